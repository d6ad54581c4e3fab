"""How long what a person told is kept: when an episode has ended, and what is left of a case without its words."""

from __future__ import annotations

import datetime
import functools
from dataclasses import replace
from pathlib import Path

import pydantic

from reasoning import care, clock
from reasoning.case import Care, Case
from reasoning.strict_yaml import FOLDER, Strict, build, read_yaml

A_DAY = datetime.timedelta(days=1)


class Limits(Strict):
    """`knowledge/keeping.yml`."""

    silent_days: pydantic.PositiveInt
    words_hours: pydantic.NonNegativeInt
    answers_days: pydantic.NonNegativeInt

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
    over = clock.moment(case.care.ended)
    if over is not None:
        return max(over, heard)
    if _checks_in(case.care, now):
        return None
    return heard + kept.silent if heard + kept.silent <= now else None


def _checks_in(kept: Care, now: datetime.datetime) -> bool:
    """The person agreed to be asked how it goes, and the last time is still to come."""
    agreed = clock.moment(kept.agreed)
    last = care.times().check_in_days[-1] * A_DAY + A_DAY  # the whole of that day
    return kept.consent == "yes" and agreed is not None and now < agreed + last


def without_words(case: Case) -> Case:
    """The case with its answers, and without anything that was typed or offered."""
    return case.with_(
        findings=tuple(replace(finding, evidence="") for finding in case.findings),
        hold=replace(case.hold, wrote="") if case.hold else None,
        offers=(),
        confirm="",
        report=None,
        awaiting_report=None,
    )
