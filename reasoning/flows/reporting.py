"""An answer is called wrong: noted for whoever runs the bot, without a word of the person unless they agree."""

from __future__ import annotations

from reasoning.case import Report
from reasoning.flows import interviewing
from reasoning.flows.turn import Reply, Turn
from reasoning.messages import Kind, Message
from reasoning.offers import choice


def report(turn: Turn) -> Reply:
    """Note which answer it is about, and ask whether the next message may be kept."""
    said = turn.case.said
    if not said.file:
        return _then_its_question(turn, Message(turn.word("report_nothing"), Kind.TALK))
    buttons = (
        choice(turn.word("report_agree"), "await_report"),
        choice(turn.word("report_decline"), "decline_report"),
    )
    case = turn.case.with_(report=Report(said.file, said.entries))
    noted = Message(turn.word("report_noted", title=turn.knowledge.topics[said.file].title), Kind.NOTICE)
    if case.interview.state == "open":
        return _then_its_question(turn.with_case(case), noted)
    return Reply.of(case, noted, Message(turn.word("report_asks"), Kind.QUESTION, buttons=buttons))


def wait_for_words(turn: Turn) -> Reply:
    """The person agrees: their next message is kept."""
    case = turn.case.with_(awaiting_report=True)
    buttons = (choice(turn.word("report_decline"), "decline_report"),)
    return Reply.of(case, Message(turn.word("report_write"), Kind.QUESTION, buttons=buttons))


def keep_words(turn: Turn) -> Reply:
    """What was wrong, in the person's words; it was screened like every message."""
    said = turn.before.said
    case = turn.case.with_(report=Report(said.file, said.entries, turn.reading.text))
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
