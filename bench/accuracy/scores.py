"""Counts: what the watch made of labelled messages. Pure; no text of a message is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scipy.stats import binomtest

from reasoning.triage import Level, Status, flags
from understanding.screen import ScreenResult

COUNTS = (Status.PRESENT, Status.UNSURE)
HARMLESS = (Level.H, Level.NONE)


@dataclass(frozen=True)
class Judged:
    """One labelled message as it was read. `accepted`: every level that the label takes for right."""

    id: str
    kind: str
    pair: str
    expected: Level
    accepted: frozenset[Level]
    advised: Level
    wanted: Mapping[str, Status]
    found: Mapping[str, Status]

    @classmethod
    def of(cls, row: Mapping[str, Any], read: ScreenResult, advised: Level) -> Judged:
        """A vignette's row with what was read in it."""
        expected = Level(row["level"])
        return cls(
            id=row["id"],
            kind=row["kind"],
            pair=row.get("pair", ""),
            expected=expected,
            accepted=frozenset({expected, *map(Level, row.get("ok_levels", ()))}),
            advised=advised,
            wanted={item["flag"]: Status(item["status"]) for item in row["findings"]},
            found={item.flag: item.status for item in read.findings},
        )

    @property
    def exact(self) -> bool:
        """The level advised is one that the label takes for right."""
        return self.advised in self.accepted

    @property
    def safe(self) -> bool:
        """Not lower than the lowest level that is right. H and none both send nobody anywhere."""
        lowest = max(self.accepted, key=lambda level: level.rank)
        return not lowest.worse_than(self.advised) or (lowest in HARMLESS and self.advised in HARMLESS)

    @property
    def self_care_kept(self) -> bool:
        """No visit to anybody is advised."""
        return self.advised in HARMLESS


@dataclass
class FlagCount:
    """How often a sign was there and found, there and missed, found and not there."""

    hit: int = 0
    missed: int = 0
    false: int = 0


@dataclass(frozen=True)
class Share:
    """A part of a whole, with its 95 % bounds (Wilson)."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The share; 0 for nothing of nothing."""
        return self.part / self.whole if self.whole else 0.0

    def __str__(self) -> str:
        """As in "0.93 (0.88-0.96), 148 of 159"."""
        if not self.whole:
            return "-"
        low, high = binomtest(self.part, self.whole).proportion_ci(method="wilson")
        return f"{self.value:.3f} ({low:.3f}-{high:.3f}), {self.part} of {self.whole}"


def share(rows: Iterable[bool]) -> Share:
    """How many of the rows hold."""
    counted = list(rows)
    return Share(sum(counted), len(counted))


@dataclass(frozen=True)
class Totals:
    """The figures of a set of messages."""

    exact: Share
    safe: Share
    emergencies_found: Share
    no_alarm_on_harmless: Share
    self_care_kept: Share
    recall: Share
    recall_emergency_flags: Share
    precision: Share


def totals(judged: Iterable[Judged]) -> Totals:
    """The figures over all messages."""
    rows = list(judged)
    emergencies = [row for row in rows if all(level.emergency for level in row.accepted)]
    harmless = [row for row in rows if row.expected in HARMLESS]
    counts = by_flag(rows)
    e_flags = {slug for slug, flag in flags().items() if flag.can_be_emergency}
    hit, missed, false = (sum(getattr(count, name) for count in counts.values()) for name in ("hit", "missed", "false"))
    e_counts = [counts[slug] for slug in e_flags if slug in counts]
    e_hit, e_missed = sum(count.hit for count in e_counts), sum(count.missed for count in e_counts)
    return Totals(
        exact=share(row.exact for row in rows),
        safe=share(row.safe for row in rows),
        emergencies_found=share(row.advised.emergency for row in emergencies),
        no_alarm_on_harmless=share(not row.advised.emergency for row in harmless),
        self_care_kept=share(row.self_care_kept for row in harmless),
        recall=Share(hit, hit + missed),
        recall_emergency_flags=Share(e_hit, e_hit + e_missed),
        precision=Share(hit, hit + false),
    )


def by_flag(judged: Iterable[Judged]) -> dict[str, FlagCount]:
    """Per flag: found where it is there (or may be), missed, found where it is not."""
    counts: dict[str, FlagCount] = {}
    for row in judged:
        for flag, status in row.wanted.items():
            if status is Status.PRESENT:
                count = counts.setdefault(flag, FlagCount())
                if row.found.get(flag) in COUNTS:
                    count.hit += 1
                else:
                    count.missed += 1
        for flag, status in row.found.items():
            if status in COUNTS and row.wanted.get(flag) not in COUNTS:
                counts.setdefault(flag, FlagCount()).false += 1
    return counts


def levels(judged: Iterable[Judged]) -> Counter[tuple[Level, Level]]:
    """How often a level was expected and which was advised."""
    return Counter((row.expected, row.advised) for row in judged)


@dataclass
class Pairs:
    """Negation pairs: the same sentence with the sign and without. A flip is a sign that is read as its opposite."""

    right: int = 0
    wrong: int = 0
    unsafe_flips: int = 0
    ids: list[str] = field(default_factory=list)


def negation_pairs(judged: Iterable[Judged]) -> Pairs:
    """A pair is right when every sign of both its sentences is read as labelled, counting or not counting."""
    grouped: dict[str, list[Judged]] = {}
    for row in judged:
        if row.pair:
            grouped.setdefault(row.pair, []).append(row)
    result = Pairs()
    for name, rows in grouped.items():
        wrong = unsafe = False
        for row in rows:
            for flag, status in row.wanted.items():
                counts = row.found.get(flag) in COUNTS
                wrong |= counts != (status in COUNTS)
                unsafe |= status is Status.PRESENT and row.found.get(flag) in (Status.DENIED, Status.PAST)
        result.wrong += wrong
        result.right += not wrong
        result.unsafe_flips += unsafe
        if wrong:
            result.ids.append(name)
    return result
