"""How long what a person told is kept: when an episode has ended, and what is left of a case without its words."""

from __future__ import annotations

import datetime
import functools
from dataclasses import replace
from pathlib import Path

import pydantic

from reasoning.case import Case
from reasoning.knowledge import FOLDER, build, read_yaml

LAST_CHECK_IN = datetime.timedelta(days=22)  # after the consent to check-ins, of which the last is on day 21


class Limits(pydantic.BaseModel):
    """`knowledge/keeping.yml`."""

    silent_days: pydantic.PositiveInt
    words_hours: pydantic.NonNegativeInt
    answers_days: pydantic.NonNegativeInt

    class Config:
        extra = "forbid"
        frozen = True

    @property
    def silent(self) -> datetime.timedelta:
        """So long without a message, and an episode has ended."""
        return datetime.timedelta(days=self.silent_days)

    @property
    def words(self) -> datetime.timedelta:
        """So long after the end words are kept."""
        return datetime.timedelta(hours=self.words_hours)

    @property
    def answers(self) -> datetime.timedelta:
        """So long after the end answers are kept."""
        return datetime.timedelta(days=self.answers_days)


@functools.cache
def limits(path: Path = FOLDER / "keeping.yml") -> Limits:
    """The limits; KnowledgeError names the line of what is wrong."""
    return build(Limits, read_yaml(path), path)


def end_of(case: Case, heard: datetime.datetime, now: datetime.datetime, kept: Limits) -> datetime.datetime | None:
    """When the episode ended; None while it goes on. `heard`: when the person last wrote."""
    care = getattr(case, "care", None)
    over = _moment(str(getattr(care, "ended", "") or ""))
    if over is not None:
        return max(over, heard)
    if _checks_in(care, now):
        return None
    return heard + kept.silent if heard + kept.silent <= now else None


def _checks_in(care: object, now: datetime.datetime) -> bool:
    """The person agreed to be asked how it goes, and the last time is still to come."""
    agreed = _moment(str(getattr(care, "agreed", "") or ""))
    return getattr(care, "consent", "") == "yes" and agreed is not None and now < agreed + LAST_CHECK_IN


def without_words(case: Case) -> Case:
    """The case with its answers, and without anything that was typed or offered."""
    return case.with_(
        findings=tuple(replace(finding, evidence="") for finding in case.findings),
        hold=replace(case.hold, wrote="") if case.hold else None,
        offers=(),
        confirm="",
        report=None,
        awaiting_report=False,
    )


def _moment(text: str) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
