"""What goes on between two messages: what the person agreed to, and which reminders follow from the case.

Nothing is scheduled here. `wanted` says, from the case and the present moment alone, which reminders there should be;
serving/reminders.py keeps its table to that. So a correction ("no, it was Monday"), a recovery or "stop reminders"
changes the reminders by changing the case.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pydantic

from reasoning import clock, diary
from reasoning.case import Care, Case, Timer
from reasoning.clock import Quiet
from reasoning.diary import Note
from reasoning.strict_yaml import FOLDER, Strict, build, read_yaml
from reasoning.triage import Finding, Status, merge

NOT_BETTER = "not_better_in_time"

Kind = Literal["timer", "again", "check_in", "stretch", "change"]
STARTED_BY_PERSON = frozenset({"timer", "again"})  # the night silences none of these


class Times(Strict):
    """`knowledge/care.yml`."""

    check_in_days: tuple[int, ...]
    check_in_time: datetime.time
    check_in_hours: int
    check_in_gap_hours: int
    stretch_times: tuple[datetime.time, ...]
    stretch_hours: int
    silent_days: int
    change_time: datetime.time
    change_hours: int
    timer_minutes: int
    timer_stale_minutes: int
    again_hours: tuple[int, ...]
    again_stale_minutes: int
    not_better_days: tuple[int, int]
    quiet_hours: str
    prevention: tuple[str, ...]

    @property
    def quiet(self) -> Quiet:
        """The hours in which nothing is said unasked, where the server is not told others."""
        return Quiet.parse(self.quiet_hours)

    @pydantic.validator("quiet_hours")
    @classmethod
    def _readable(cls, value: str) -> str:
        return str(Quiet.parse(value))


@functools.cache
def times(path: Path = FOLDER / "care.yml") -> Times:
    """When what is said; KnowledgeError names the line of what is wrong."""
    return build(Times, read_yaml(path), path)


class Due(pydantic.BaseModel):
    """A reminder: unique in its conversation by `key`; `value` is the day of a check-in, the number of a session."""

    kind: Kind
    key: str
    at: datetime.datetime
    expires: datetime.datetime
    value: int = 0

    class Config:
        extra = "forbid"
        frozen = True

    @property
    def started_by_person(self) -> bool:
        """A timer that the person set running."""
        return self.kind in STARTED_BY_PERSON


def at(case: Case, now: datetime.datetime) -> Case:
    """The case as it stands now: days counted anew, and what has not settled after 2-3 weeks is a finding."""
    case = case.with_(now=clock.written(now))
    if case.onset is None:
        return case
    case = case.with_(days=clock.days_since(case.onset, now, case.timezone))
    return _not_better(case) if case.care.ended == "" else case


def _not_better(case: Case) -> Case:
    """Add what the clock knows: 2-3 weeks are over. Nobody need say so."""
    lower, upper = times().not_better_days
    feels = diary.last_feeling(case.diary)
    days = case.days or 0.0
    late = days > upper or (days >= lower and feels in ("same", "worse"))
    if not late or case.status_of(NOT_BETTER) is Status.PRESENT or not case.back_trouble:
        return case
    details = frozenset({"improving"}) if feels == "better" else frozenset()
    found = Finding(NOT_BETTER, Status.PRESENT, details)
    return case.with_(findings=merge(case.findings, [found]))


def told_onset(case: Case, days: float, now: datetime.datetime) -> Case:
    """The case in which it began so many days before now."""
    return at(case.with_(onset=clock.onset_of(days, now, case.timezone)), now)


def agreed(case: Case) -> bool:
    """The person wants to be written to, and nothing has ended it."""
    return case.care.consent == "yes" and not case.care.ended


def noted(case: Case, note: Note) -> Case:
    """The case with one more line in its diary, which grows only after the person agreed to it."""
    return case.with_(diary=diary.add(case.diary, note, agreed=case.care.consent == "yes"))


def wanted(case: Case, now: datetime.datetime) -> tuple[Due, ...]:
    """The reminders that there should be now, missed ones that are not yet stale among them, in the order of time."""
    found = [*_timers(case)]
    began = clock.moment(case.care.agreed)
    if agreed(case) and case.timezone and began is not None:
        found += [due for due in (*_check_ins(case), *_stretches(case), *_change(case)) if due.at > began]
    return tuple(sorted((due for due in found if due.expires > now), key=lambda due: due.at))


def _timers(case: Case) -> Iterator[Due]:
    stale = {"timer": times().timer_stale_minutes, "again": times().again_stale_minutes}
    for timer in case.care.timers:
        ends = clock.moment(timer.at)
        if ends is not None and timer.kind in stale:
            late = datetime.timedelta(minutes=stale[timer.kind])
            yield Due(kind=timer.kind, key=f"{timer.kind}/{timer.at}", at=ends, expires=ends + late)


def first_day(case: Case) -> datetime.date:
    """The day from which check-ins count: when it began, or when they were agreed to where that is long ago."""
    began = clock.moment(case.care.agreed) or clock.moment(case.now)
    agreed_on = clock.today(began, case.timezone) if began else datetime.date.min
    if case.onset is None:
        return agreed_on
    day = clock.onset_date(case.onset, case.timezone)
    return day if (agreed_on - day).days < max(times().check_in_days) else agreed_on


def check_in_days(case: Case, now: datetime.datetime) -> tuple[int, ...]:
    """The days of the check-ins still to come."""
    return tuple(due.value for due in _check_ins(case) if due.at > now)


def _check_in_at(case: Case, day: int) -> datetime.datetime:
    return clock.at_time(first_day(case) + datetime.timedelta(days=day), times().check_in_time, case.timezone)


def _check_ins(case: Case) -> Iterator[Due]:
    """Not before there was time for the plan to help."""
    began = clock.moment(case.care.agreed)
    gap = datetime.timedelta(hours=times().check_in_gap_hours)
    late = datetime.timedelta(hours=times().check_in_hours)
    for day in times().check_in_days:
        when = _check_in_at(case, day)
        if began is None or when < began + gap:
            continue
        date = first_day(case) + datetime.timedelta(days=day)
        yield Due(kind="check_in", key=f"check_in/{date}", at=when, expires=when + late, value=day)


def _stretches(case: Case) -> Iterator[Due]:
    """Two sessions a day, as long as something was heard of the person, and no longer than check-ins go on."""
    heard, began = clock.moment(case.now), clock.moment(case.care.agreed)
    if heard is None or began is None or case.interview.state != "done":
        return
    end = first_day(case) + datetime.timedelta(days=max(times().check_in_days))
    last = min(end, clock.today(heard, case.timezone) + datetime.timedelta(days=times().silent_days))
    day = clock.today(began, case.timezone)
    while day <= last:
        for number, time in enumerate(times().stretch_times, start=1):
            when = clock.at_time(day, time, case.timezone)
            late = datetime.timedelta(hours=times().stretch_hours)
            yield Due(kind="stretch", key=f"stretch/{day}/{number}", at=when, expires=when + late, value=number)
        day += datetime.timedelta(days=1)


def _change(case: Case) -> Iterator[Due]:
    """From ice to heat, when ice was the plan."""
    if case.onset is None or case.care.phase != "cold":
        return
    change = clock.change_at(case.onset, case.timezone)
    day = clock.today(change, case.timezone)
    when = max(change, clock.at_time(day, times().change_time, case.timezone))
    late = datetime.timedelta(hours=times().change_hours)
    yield Due(kind="change", key=f"change/{day}", at=when, expires=when + late)


def with_timer(case: Case, kind: Literal["timer", "again"], now: datetime.datetime, minutes: int) -> Case:
    """The case with this timer running instead of any other."""
    ends = clock.written(now + datetime.timedelta(minutes=minutes))
    return case.with_(care=replace(case.care, timers=(Timer(kind, ends),)))


def stopped(case: Case) -> Case:
    """The case after "stop reminders": nothing more is said unasked."""
    return case.with_(care=replace(case.care, consent="no", timers=(), waiting=""))


def ended(case: Case) -> Case:
    """The case after recovery."""
    return case.with_(care=replace(case.care, ended=case.now, timers=(), waiting=""))


def renewed(case: Case) -> Case:
    """The case at the start of an interview: after a recovery a new episode begins, with what this message told."""
    if not case.care.ended:
        return case
    onset = case.onset if case.onset and case.onset.told == case.now else None
    fresh = case.with_(care=Care(), onset=onset, days=None, diary=())
    now = clock.moment(case.now)
    return at(fresh, now) if now else fresh
