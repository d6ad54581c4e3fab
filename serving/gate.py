"""The gate in front of every answer: no advice without this message's screen and this person's cautions.

It checks what the dialogue made, and does not trust it: a fault there ends in the safety text, never in advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reasoning import coach, intake
from reasoning.case import Case
from reasoning.knowledge import Knowledge
from reasoning.messages import ADVICE, Kind
from reasoning.person import WAIT_UNTIL_SEEN, facts_of, is_minor, verdict
from reasoning.reading import Reading
from reasoning.triage import Level

TEST_PREFIX = "D"  # ids of tests in cautions.yml: explaining a test is no advice to do something


class GateClosed(Exception):
    """An answer may not leave; the text says which rule it broke, nothing of what was written."""


def check(knowledge: Knowledge, case: Case, reading: Reading, messages: Sequence[dict[str, Any]]) -> None:
    """Raise GateClosed unless every message may leave."""
    if not messages:
        raise GateClosed("no message")
    if not reading.screened:
        raise GateClosed("not screened")
    assessment = intake.assess(case)
    for message in messages:
        if not str(message.get("text", "")).strip():
            raise GateClosed("empty text")
        if message.get("kind") in ADVICE:
            _check_advice(knowledge, case, assessment.level, message)
    kinds = {message.get("kind") for message in messages}
    if assessment.level.emergency and not kinds & {Kind.EMERGENCY, Kind.CRISIS} and case.hold is None:
        raise GateClosed("emergency without its message")


def _check_advice(knowledge: Knowledge, case: Case, level: Level, message: dict[str, Any]) -> None:
    if level.emergency or case.hold is not None:
        raise GateClosed("advice during an emergency")
    if message["kind"] == Kind.PLAN and (case.interview.state != "done" or level is Level.S or is_minor(case)):
        raise GateClosed("plan without its interview")
    if message["kind"] == Kind.COACH and not coach.may_lead(case, level):
        raise GateClosed("stretches led without the interview")
    facts = facts_of(case, level)
    for remedy in message.get("remedies", ()):
        if remedy.startswith(TEST_PREFIX):
            continue
        if level is Level.S and remedy in WAIT_UNTIL_SEEN:
            raise GateClosed("remedy that waits until seen")
        found = verdict(knowledge, [remedy], facts, case.weeks)
        if found.withheld:
            raise GateClosed("remedy that this person must not use unasked")
        if not {caution.id for caution in found.cautions} <= set(message.get("cautions", ())):
            raise GateClosed("caution left out")
