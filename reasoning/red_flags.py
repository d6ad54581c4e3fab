"""Reads the danger signs and their combinations from `knowledge/`, strictly: an unknown field or slug is an error."""

from __future__ import annotations

import datetime
import functools
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pydantic

from reasoning.strict_yaml import FOLDER, KnowledgeError, Strict, build, quickly, read_yaml


class Level(StrEnum):
    """How soon, worst first. `A.worse_than(B)` compares; the text order of the values means nothing."""

    E1 = "E1"  # emergency now: call the ambulance
    E2 = "E2"  # emergency department now
    S = "S"  # seen the same day
    D = "D"  # doctor within days
    R = "R"  # routine appointment
    H = "H"  # home self-care
    NONE = "none"  # nothing to judge

    @property
    def rank(self) -> int:
        """0 for the worst level."""
        return _RANKS[self]

    def worse_than(self, other: Level) -> bool:
        """Whether this level asks for help sooner than the other."""
        return self.rank < other.rank

    @property
    def emergency(self) -> bool:
        """E1 and E2."""
        return self in (Level.E1, Level.E2)


_RANKS = {level: rank for rank, level in enumerate(Level)}


def worst(*levels: Level) -> Level:
    """The level that asks for help soonest; NONE when there is none."""
    return min(levels, key=lambda level: level.rank, default=Level.NONE)


class Step(Strict):
    """A change of level by details that were read."""

    level: Level
    any_of: frozenset[str]


class Flag(Strict):
    """One danger sign; the meaning of the fields stands at the head of red_flags.yml."""

    id: str
    slug: str
    title: str
    question: str
    why: str
    reason: str
    say: str
    ask_as: Literal["single", "tick_list"]
    level: Level
    level_if_unknown: Level
    settled_by: frozenset[str]
    escalates_when: tuple[Step, ...]
    eases_when: tuple[Step, ...]
    details: frozenset[str]
    history: bool
    list: Literal["nerves", "injury_chest_fever", "about_you"] | None
    article_rows: tuple[str, ...]
    sources: tuple[str, ...]
    basis: Literal["sourced", "mixed", "general_knowledge"]
    reviewed: datetime.date

    @property
    def can_be_emergency(self) -> bool:
        """Whether it is one, by itself or while nothing more is known."""
        return self.level.emergency or self.level_if_unknown.emergency


class Also(Strict):
    """What must hold beside the first flag of a combination; one of them is enough."""

    flags: frozenset[str] = frozenset()
    details: frozenset[str] = frozenset()
    nerve_sign: bool = False
    other_flag: bool = False
    age_over: int | None = None
    weeks_known: bool = False


class Combination(Strict):
    """Findings that together mean more than each alone."""

    id: str
    if_: str = pydantic.Field(alias="if")
    and_any: Also
    and_all_details: frozenset[str] = frozenset()
    level: Level
    sources: tuple[str, ...]
    basis: Literal["sourced", "mixed", "general_knowledge"]


class WithDetails(Strict):
    """Flags that are a nerve sign only with one of these details."""

    flags: frozenset[str]
    details: frozenset[str]


class NerveSign(Strict):
    """What counts as a sign of nerve trouble."""

    flags: frozenset[str]
    with_details: WithDetails


class Combinations(Strict):
    """The file combinations.yml."""

    nerve_sign: NerveSign
    combinations: tuple[Combination, ...]


@functools.cache
def flags(path: Path = FOLDER / "red_flags.yml") -> dict[str, Flag]:
    """The danger signs by slug, in the order of their ids."""
    found = {flag.slug: flag for flag in quickly(lambda: [build(Flag, row, path) for row in read_yaml(path)])}
    if [flag.id for flag in found.values()] != [f"RF{number:02}" for number in range(1, len(found) + 1)]:
        raise KnowledgeError(f"{path.name}: ids are not RF01 and on, each once")
    return found


@functools.cache
def combinations(path: Path = FOLDER / "combinations.yml") -> Combinations:
    """The combinations; KnowledgeError when one names a flag or a detail that does not exist."""
    data = quickly(lambda: build(Combinations, read_yaml(path), path))
    known = flags()
    for rule in data.combinations:
        unknown = ({rule.if_} | rule.and_any.flags) - known.keys()
        details = (rule.and_any.details | rule.and_all_details) - known[rule.if_].details if not unknown else set()
        if unknown or details:
            raise KnowledgeError(f"{path.name}: {rule.id} names what red_flags.yml lacks: {sorted(unknown | details)}")
    return data
