"""What the bot says unasked, when a reminder is due.

It sees the case as it stands at that moment, and says nothing where an emergency, a crisis or a same-day sign is open.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace

from reasoning import care, diary, intake, offers, plan, routing
from reasoning.answers import compose, part
from reasoning.care import Due
from reasoning.case import Case
from reasoning.flows import caring
from reasoning.flows.turn import Turn
from reasoning.knowledge import Knowledge
from reasoning.messages import Kind, Message
from reasoning.offers import choice
from reasoning.person import is_minor
from reasoning.reading import Reading
from reasoning.triage import Level


def remind(knowledge: Knowledge, case: Case, due: Due, now: datetime.datetime) -> tuple[Case, tuple[Message, ...]]:
    """What is said now that this is due, and the case that accepts its buttons; no messages when it is held.

    No message of the person stands behind it, so there is none to screen: the case holds all that was ever screened.
    """
    case = care.at(case, now)
    turn = Turn(knowledge, case, case, Reading(screened=True, can_remind=True), intake.assess(case))
    messages = () if _held(turn, due) else SAYS[due.kind](turn, due)
    made, minted = offers.mint(case, offers.with_report(knowledge, messages), kept=case.offers)
    return made, minted


def _held(turn: Turn, due: Due) -> bool:
    """E, S or a crisis hold every remedy; a check-in waits in an emergency only."""
    level = turn.assessment.level
    if level.emergency or turn.case.hold is not None:
        return True
    if due.kind == "check_in":
        return False
    return level is Level.S or routing.in_emergency_part(turn.case)


def _timer_over(turn: Turn, _due: Due) -> tuple[Message, ...]:
    again = [
        choice(turn.word("care_timer_again", hours=hours), "again_later", str(hours))
        for hours in care.times().again_hours
    ]
    return (Message(turn.word("care_timer_over"), Kind.NOTICE, buttons=(*again, *caring.stop_button(turn))),)


def _time_again(turn: Turn, _due: Due) -> tuple[Message, ...]:
    parts = caring.ice_or_heat(turn.knowledge, turn.case)
    if caring.other_times(turn.knowledge, turn.case, turn.assessment.level, parts):
        return ()
    opening = turn.word("care_timer_now_again")
    message = caring.advice(turn.knowledge, turn.case, turn.assessment.level, parts, opening)
    start = choice(turn.word("care_timer_start"), "start_timer")
    return (replace(message, buttons=(start, *caring.stop_button(turn))),)


def _check_in(turn: Turn, due: Due) -> tuple[Message, ...]:
    feelings = tuple(choice(turn.word(f"feel_{feel}"), f"feel_{feel}") for feel in diary.FEELINGS)
    text = turn.word("check_in", day=due.value)
    return (Message(text, Kind.QUESTION, buttons=(*feelings, *caring.stop_button(turn))),)


def _stretch(turn: Turn, due: Due) -> tuple[Message, ...]:
    if turn.assessment.level is Level.D or turn.case.interview.state != "done" or is_minor(turn.case):
        return ()
    parts = tuple(part(turn.knowledge, key) for key in plan.steps().stretches)
    opening = turn.word("stretch_now", number=due.value, sessions=len(care.times().stretch_times))
    message = compose(
        turn.knowledge, parts, turn.case, turn.assessment.level, kind=Kind.PLAN, opening=opening, with_notes=False
    )
    if not message.remedies:
        return ()  # held back from this person
    done = choice(turn.word("stretch_done"), "did_stretches")
    return (replace(message, buttons=(done, *caring.stop_button(turn))),)


def _change(turn: Turn, _due: Due) -> tuple[Message, ...]:
    if plan.phase(turn.case.days) != "warm" or turn.case.interview.state != "done" or is_minor(turn.case):
        return ()
    parts = caring.ice_or_heat(turn.knowledge, turn.case)
    message = compose(
        turn.knowledge, parts, turn.case, turn.assessment.level, kind=Kind.PLAN, opening=turn.word("change_now")
    )
    start = choice(turn.word("care_timer_start"), "start_timer")
    return (replace(message, buttons=(start, *caring.stop_button(turn))),) if message.remedies else ()


SAYS: Mapping[str, Callable[[Turn, Due], tuple[Message, ...]]] = {
    "timer": _timer_over,
    "again": _time_again,
    "check_in": _check_in,
    "stretch": _stretch,
    "change": _change,
}
