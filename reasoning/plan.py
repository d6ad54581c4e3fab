"""The plan after the interview: what to do now, and what helps next time."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

import pydantic

from reasoning.answers import Part, compose, part
from reasoning.case import Case
from reasoning.knowledge import FOLDER, Knowledge, KnowledgeError, build, line_of, read_yaml
from reasoning.messages import Kind, Message
from reasoning.triage import Assessment, Level

ICE_UNTIL_DAYS = 3.0  # R1.02 and R1.05: ice for the first 24-72 hours, heat after 72 hours

Phase = Literal["cold", "warm", "unknown"]


class Activity(pydantic.BaseModel):
    """What people were doing: names, the entries that name it as a cause, and those that help next time."""

    id: str
    title: str
    names: tuple[str, ...]
    cause: tuple[str, ...]
    next_time: tuple[str, ...]

    class Config:
        extra = "forbid"
        frozen = True


class Steps(pydantic.BaseModel):
    """Entries that a plan is made of."""

    phases: dict[Phase, tuple[str, ...]]
    stretches: tuple[str, ...]
    gentle: tuple[str, ...]
    cause: tuple[str, ...]

    class Config:
        extra = "forbid"
        frozen = True


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


def make(knowledge: Knowledge, case: Case, assessment: Assessment) -> list[Message]:
    """The messages of the plan: now, and for next time where the activity is known."""
    parts = now(knowledge, case, assessment)
    if not parts:
        return []
    activity = activities().get(case.activity) if assessment.level is not Level.D else None
    level = assessment.level
    first = compose(knowledge, parts, case, level, kind=Kind.PLAN, with_safety_net=activity is None)
    if activity is None:
        return [first]
    later = tuple(part(knowledge, key) for key in activity.next_time)
    opening = knowledge.wording["next_time"]
    return [first, compose(knowledge, later, case, level, kind=Kind.PLAN, opening=opening)]
