"""What is known of a person, in their hands: told, handed over as files, deleted; and the sheet for their doctor.

Deleting is the server's to do: the case that leaves here wishes it, serving/conversations.py does it at the end of the
turn and looks whether anything is left. In an emergency its advice comes first, and what was asked for is done too.
"""

from __future__ import annotations

import datetime

from reasoning import sheet
from reasoning.answers import compose, part
from reasoning.case import Case
from reasoning.flows import emergencies, interviewing
from reasoning.flows.turn import Reply, Turn
from reasoning.messages import KEPT, Choice, File, Kind, Message
from reasoning.offers import choice
from reasoning.routing import WHAT_IS_KEPT

DELETE = "delete"
PRIVACY = "about_the_bot/privacy"
SHEET = File("back-spasm-sheet.pdf", "application/pdf", f"{KEPT}sheet.pdf")
PAIN = File("pain-scores.png", "image/png", f"{KEPT}pain.png")
TEXT = File("back-spasm-sheet.txt", "text/plain", f"{KEPT}sheet.txt")
EXPORT = File("back-spasm-chat.json", "application/json", f"{KEPT}export.json")
FILES = {file.url.removeprefix(KEPT): file for file in (SHEET, PAIN, TEXT, EXPORT)}


def tell(turn: Turn) -> Reply:
    """Everything noted of the person, and what can be done with it."""
    sections = sheet.noted(turn.knowledge, turn.case, _now())
    lines = [turn.word("data_noted") if sections or turn.case.country else turn.word("data_none")]
    for section in sections:
        lines.append(turn.word("data_heading", title=section.title))
        lines += [turn.word("data_line", line=sheet.written(line)) for line in section.lines]
    country = turn.knowledge.help_lines.countries.get(turn.case.country)
    if country is not None:
        where = sheet.Line(turn.word("data_where"), country.name)
        lines.append(turn.word("data_line", line=sheet.written(where)))
    lines.append(turn.word("data_also"))
    kept = choice(turn.word("what_is_kept"), WHAT_IS_KEPT)
    return _said(turn, turn.case, Message("\n".join(lines), Kind.NOTICE, buttons=(*_offers(turn), kept)))


def what_is_kept(turn: Turn) -> Reply:
    """What is kept, how long, and who else sees it."""
    about = part(turn.knowledge, PRIVACY)
    message = compose(turn.knowledge, (about,), turn.case, turn.assessment.level, kind=Kind.NOTICE)
    known = choice(turn.knowledge.topics[about.file.id].title, about.file.topic, about.file.id)
    return _said(turn, turn.case, Message(message.text, Kind.NOTICE, buttons=(*_offers(turn), known)))


def export(turn: Turn) -> Reply:
    """All that is kept, as a file for programs, and the sheet for people."""
    copy = Message(turn.word("export_done"), Kind.NOTICE, file=EXPORT)
    readable = turn.word("sheet_readable")
    return _said(turn, turn.case, copy, Message(readable, Kind.NOTICE, file=SHEET))


def doctor_sheet(turn: Turn) -> Reply:
    """The sheet as a file, and as text where there are no files; the picture of the pain scores with its numbers."""
    now = _now()
    lead = turn.word("sheet_here")
    text = f"{lead}\n\n{sheet.text_of(sheet.make(turn.knowledge, turn.case, now))}"
    messages = [Message(text, Kind.NOTICE, short=lead, file=SHEET)]
    plot = sheet.pain_plot(turn.case, now)
    if plot is not None:
        messages.append(Message(plot.alt, Kind.NOTICE, file=PAIN))
    return _said(turn, turn.case, *messages)


def ask_to_delete(turn: Turn) -> Reply:
    """The one question before it is done. In an emergency only its button counts: a "yes" there says that it is one."""
    buttons = (
        choice(turn.word("delete_yes"), "confirm_delete"),
        choice(turn.word("delete_no"), "keep_data"),
    )
    asked = Message(turn.word("delete_asks"), Kind.QUESTION, buttons=buttons)
    if turn.assessment.level.emergency:
        return _said(turn, turn.case, asked)
    return Reply.of(turn.case.with_(confirm=DELETE), asked)


def delete(turn: Turn) -> Reply:
    """It is done at the end of this turn; if it cannot be, none of this is said."""
    text = f"{turn.word('delete_done')} {turn.word('delete_proof')}"
    done = Message(text, Kind.NOTICE)
    if turn.assessment.level.emergency:
        advice = emergencies.give_advice(turn).messages[0]
        return Reply.of(turn.case.with_(wish=DELETE), advice, done)
    return Reply.of(turn.case.with_(wish=DELETE), done)


def keep(turn: Turn) -> Reply:
    """No: nothing happens, and the talk goes on where it was."""
    return _said(turn, turn.case, Message(turn.word("delete_not_done"), Kind.NOTICE))


def _said(turn: Turn, case: Case, *messages: Message) -> Reply:
    """These messages: after the advice of an emergency, before the question that waits."""
    if turn.assessment.level.emergency:
        advice = emergencies.give_advice(turn.with_case(case))
        return Reply(advice.case, (advice.messages[0], *messages, *advice.messages[1:]))
    if case.interview.state == "open":
        waiting = interviewing.back_to_question(turn.with_case(case))
        return Reply(waiting.case, (*messages, *waiting.messages))
    return Reply(case, messages)


def _offers(turn: Turn) -> tuple[Choice, ...]:
    return (
        choice(turn.word("get_a_copy"), "export_data"),
        choice(turn.word("get_the_sheet"), "doctor_sheet"),
        choice(turn.word("delete_my_data"), "delete_data"),
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
