"""An answer is called wrong: noted for whoever runs the bot, without a word of the person unless they agree."""

from __future__ import annotations

from dataclasses import replace

from reasoning.case import Report
from reasoning.flows import emergencies, interviewing
from reasoning.flows.turn import Reply, Turn
from reasoning.messages import Kind, Message
from reasoning.offers import choice


def report(turn: Turn) -> Reply:
    """Note which answer it is about, the pressed or else the last, and ask whether the next message may be kept."""
    said = turn.case.said
    file, *entries = turn.reading.pressed.split() or (said.file, *said.entries)
    if not file:
        return _then_its_question(turn, Message(turn.word("report_nothing"), Kind.TALK))
    buttons = (
        choice(turn.word("report_agree"), "await_report"),
        choice(turn.word("report_decline"), "decline_report"),
    )
    case = turn.case.with_(report=Report(file, tuple(entries)))
    noted = Message(turn.word("report_noted", title=turn.knowledge.topics[file].title), Kind.NOTICE)
    if turn.assessment.level.emergency:
        advice = emergencies.give_advice(turn.with_case(case))
        return Reply(advice.case, (noted, *advice.messages))
    if case.interview.state == "open":
        return _then_its_question(turn.with_case(case), noted)
    return Reply.of(case, noted, Message(turn.word("report_asks"), Kind.QUESTION, buttons=buttons))


def wait_for_words(turn: Turn) -> Reply:
    """The person agrees: their next message is kept."""
    if turn.before.report is None:
        return Reply.of(turn.case, Message(turn.word("report_nothing"), Kind.TALK))
    case = turn.case.with_(awaiting_report=turn.before.report)
    buttons = (choice(turn.word("report_decline"), "decline_report"),)
    return Reply.of(case, Message(turn.word("report_write"), Kind.QUESTION, buttons=buttons))


def keep_words(turn: Turn) -> Reply:
    """What was wrong, in the person's words; it was screened like every message."""
    about = turn.before.awaiting_report
    if about is None:
        return decline(turn)
    case = turn.case.with_(report=replace(about, words=turn.reading.text))
    return Reply.of(case, Message(turn.word("report_kept"), Kind.NOTICE))


def decline(turn: Turn) -> Reply:
    """Nothing more is kept."""
    return Reply.of(turn.case, Message(turn.word("report_declined"), Kind.NOTICE))


def _then_its_question(turn: Turn, message: Message) -> Reply:
    """An open interview goes on with its question."""
    if turn.case.interview.state != "open":
        return Reply.of(turn.case, message)
    waiting = interviewing.go_on(turn)
    return Reply(waiting.case, (message, *waiting.messages))
