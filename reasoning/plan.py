"""The plan after the interview: what to do now, and what helps next time."""

from __future__ import annotations

import datetime
import functools
from dataclasses import replace
from pathlib import Path
from typing import Literal

from reasoning import clock
from reasoning.answers import Part, compose, part
from reasoning.case import Case
from reasoning.knowledge import Knowledge, Topic
from reasoning.messages import Card, Kind, Message
from reasoning.person import facts_of, verdict
from reasoning.strict_yaml import FOLDER, KnowledgeError, Strict, build, line_of, read_yaml
from reasoning.triage import Assessment, Level

ICE_UNTIL_DAYS = float(clock.ICE_DAYS)  # R1.02 and R1.05: ice for the first 24-72 hours, heat after 72 hours

Phase = Literal["cold", "warm", "unknown"]


class Activity(Strict):
    """What people were doing: names, the entries that name it as a cause, and those that help next time."""

    id: str
    title: str
    names: tuple[str, ...]
    cause: tuple[str, ...]
    next_time: tuple[str, ...]


class Steps(Strict):
    """Entries that a plan is made of."""

    phases: dict[Phase, tuple[str, ...]]
    stretches: tuple[str, ...]
    gentle: tuple[str, ...]
    cause: tuple[str, ...]
    card: dict[str, str]
    card_stretches: tuple[str, ...]


@functools.cache
def activities(path: Path = FOLDER / "activities.yml") -> dict[str, Activity]:
    """Activities by id."""
    data = read_yaml(path)
    found: dict[str, Activity] = {}
    for item in data["activities"]:
        activity = build(Activity, item, path)
        if activity.id in found:
            raise KnowledgeError(f"{path.name}:{line_of(item)}: {activity.id} stands twice")
        found[activity.id] = activity
    return found


@functools.cache
def steps(path: Path = FOLDER / "plan.yml") -> Steps:
    """What plans are made of."""
    return build(Steps, read_yaml(path), path)


def phase(days: float | None) -> Phase:
    """Ice or heat by the days since the spasm began; `unknown` when they are."""
    if days is None:
        return "unknown"
    return "cold" if days <= ICE_UNTIL_DAYS else "warm"


def cause(knowledge: Knowledge, case: Case) -> tuple[Part, ...]:
    """What the article says of the cause: of the activity told, else what a spasm is."""
    activity = activities().get(case.activity)
    return tuple(part(knowledge, key) for key in (activity.cause if activity else steps().cause))


def now(knowledge: Knowledge, case: Case, assessment: Assessment) -> tuple[Part, ...]:
    """What to do now; at level D only the gentle part, at S and above nothing."""
    if assessment.level in (Level.E1, Level.E2, Level.S):
        return ()
    last = steps().gentle if assessment.level is Level.D else steps().stretches
    return tuple(part(knowledge, key) for key in (*steps().phases[phase(case.days)], *last))


def make(knowledge: Knowledge, case: Case, assessment: Assessment, next_time: bool = True) -> list[Message]:
    """The messages of the plan: now, and for next time where the activity is known and that is wanted."""
    parts = now(knowledge, case, assessment)
    if not parts:
        return []
    activity = activities().get(case.activity) if next_time and assessment.level is not Level.D else None
    level = assessment.level
    opening = _by_the_clock(knowledge, case)
    first = compose(knowledge, parts, case, level, kind=Kind.PLAN, opening=opening, with_safety_net=activity is None)
    first = replace(first, card=card(knowledge, case, assessment))
    if activity is None:
        return [first]
    later = tuple(part(knowledge, key) for key in activity.next_time)
    opening = knowledge.wording["next_time"]
    return [first, compose(knowledge, later, case, level, kind=Kind.PLAN, opening=opening)]


def remembered(case: Case) -> Case:
    """The case after its plan was told: which of ice and heat it was, so that a change can be told as one."""
    return case.with_(care=replace(case.care, phase=phase(case.days)))


def _by_the_clock(knowledge: Knowledge, case: Case) -> str:
    """When ice gives way to heat; or that it has, since the plan was told last. "" while the onset is not known."""
    now = clock.moment(case.now)
    if case.onset is None or now is None:
        return ""
    if phase(case.days) == "cold":
        day = clock.today(clock.change_at(case.onset, case.timezone), case.timezone)
        return knowledge.wording["plan_ice_until"].format(day=named(day))
    return knowledge.wording["plan_heat_now"] if case.care.phase == "cold" else ""


def named(day: datetime.date) -> str:
    """A date in words: Friday, 27 November."""
    return f"{day:%A}, {day.day} {day:%B}"


def card(knowledge: Knowledge, case: Case, assessment: Assessment) -> Card | None:
    """Today's steps for this person, short; what they must leave out, or ask about first, does not stand on it."""
    facts = facts_of(case, assessment.level)

    def allowed(remedies: tuple[str, ...]) -> bool:
        return not verdict(knowledge, remedies, facts, case.weeks).withheld

    parts = [p for p in now(knowledge, case, assessment) if p.key in steps().card and allowed(p.remedies)]
    lines = [steps().card[p.key] for p in parts]
    if assessment.level is not Level.D:
        files = [knowledge.topics[name] for name in steps().card_stretches]
        lines += [_dose(knowledge, file) for file in files if allowed(file.remedies)]
    moment = clock.moment(case.now)
    title = knowledge.wording["plan_card"]
    if moment is not None:
        title = knowledge.wording["plan_card_of"].format(day=named(clock.today(moment, case.timezone)))
    return Card(title, tuple(lines)) if lines else None


def _dose(knowledge: Knowledge, file: Topic) -> str:
    """A stretch with its figures, those that the article gives."""
    dose = file.dose
    figures = []
    if dose and dose.hold_seconds:
        least, most = dose.hold_seconds
        seconds = str(least) if least == most else knowledge.wording["card_dose_range"].format(least=least, most=most)
        figures.append(knowledge.wording["card_dose_hold"].format(seconds=seconds))
    if dose and dose.repetitions:
        figures.append(knowledge.wording[f"card_dose_times_{dose.sides or 'both'}"].format(times=dose.repetitions))
    if dose and dose.sets:
        figures.append(knowledge.wording["card_dose_sets"].format(sets=dose.sets))
    if dose and dose.sessions_a_day:
        figures.append(knowledge.wording["card_dose_sessions"].format(sessions=dose.sessions_a_day))
    return knowledge.wording["card_dose"].format(title=file.title, figures=", ".join(figures))
