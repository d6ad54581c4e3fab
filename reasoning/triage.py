"""From findings to a level: the highest level wins, and some findings together mean more. Pure, data in `knowledge/`.

Only what is present counts, and on a flag that can be an emergency by itself also what is unsure (doubt counts as yes).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reasoning.red_flags import Also, Combination, Level, combinations, flags, worst

__all__ = ["RECHECKED", "Assessment", "Finding", "Level", "Status", "assess", "flags", "level_of", "merge", "worst"]

RECHECKED = "rechecked"  # detail of a denial that answers the re-check of an emergency: it may lower the level
NONE_OF_THE_SIGNS = "none_of_the_signs"  # detail: the page of details was answered with none


class Status(StrEnum):
    """What the person says of a danger sign."""

    PRESENT = "present"  # there now; for history flags ever, for an injury recent or undated
    DENIED = "denied"
    PAST = "past"
    SOMEONE_ELSE = "someone_else"  # of somebody who is not the patient
    ASKED_ABOUT = "asked_about"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Finding:
    """A danger sign as read. `details` are named in red_flags.yml; `evidence` holds the words that were read."""

    flag: str
    status: Status
    details: frozenset[str] = frozenset()
    evidence: str = ""


@dataclass(frozen=True)
class Assessment:
    """The level, the flags that decide it (in the order of red_flags.yml), combinations used and reasons to show."""

    level: Level
    deciding: tuple[str, ...] = ()
    combinations: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    levels: dict[str, Level] = field(
        default_factory=dict, hash=False
    )  # the level of every flag that counts, combinations included


def assess(
    findings: Iterable[Finding], has_back_trouble: bool, age: int | None = None, weeks: int | None = None
) -> Assessment:
    """Judge the findings. Age in years, weeks of pregnancy. Without any flag: H with back trouble, else NONE."""
    counting = _counting(findings)
    if not counting:
        return Assessment(Level.H if has_back_trouble else Level.NONE)
    levels = {slug: level_of(finding) for slug, finding in counting.items()}
    used: list[str] = []
    for rule in combinations().combinations:
        if rule.if_ in counting and _holds(rule, counting, age, weeks):
            used.append(rule.id)
            levels[rule.if_] = worst(levels[rule.if_], rule.level)
    level = worst(*levels.values())
    deciding = tuple(slug for slug in flags() if levels.get(slug) is level)
    return Assessment(
        level=level,
        deciding=deciding,
        combinations=tuple(used),
        reasons=tuple(dict.fromkeys(flags()[slug].reason for slug in deciding)),
        levels=levels,
    )


def level_of(finding: Finding) -> Level:
    """The level of one flag that counts, with its own details. KeyError for an unknown flag."""
    flag = flags()[finding.flag]
    settled = NONE_OF_THE_SIGNS in finding.details or (bool(flag.settled_by) and flag.settled_by <= finding.details)
    raised = [step.level for step in flag.escalates_when if step.any_of & finding.details]
    if raised:
        return worst(flag.level, *raised) if settled else worst(flag.level, flag.level_if_unknown, *raised)
    level = flag.level if settled else worst(flag.level_if_unknown, flag.level)
    # What eases is no ground to lower a flag that is an emergency.
    eased = [step.level for step in flag.eases_when if step.any_of & finding.details]
    return eased[0] if eased and not level.emergency else level


def _doubt_counts(finding: Finding) -> bool:
    flag = flags()[finding.flag]
    raised = any(step.level.emergency and step.any_of & finding.details for step in flag.escalates_when)
    return flag.can_be_emergency or raised


def _counting(findings: Iterable[Finding]) -> dict[str, Finding]:
    counting: dict[str, Finding] = {}
    for finding in findings:
        if finding.status is Status.PRESENT or (finding.status is Status.UNSURE and _doubt_counts(finding)):
            before = counting.get(finding.flag)
            details = finding.details | (before.details if before else frozenset())
            counting[finding.flag] = replace(finding, details=details)
    return counting


def _holds(rule: Combination, counting: dict[str, Finding], age: int | None, weeks: int | None) -> bool:
    own = counting[rule.if_].details
    return rule.and_all_details <= own and _any_holds(rule.if_, rule.and_any, counting, age, weeks)


def _any_holds(slug: str, also: Also, counting: dict[str, Finding], age: int | None, weeks: int | None) -> bool:
    return (
        not also.flags.isdisjoint(counting)
        or bool(also.details & counting[slug].details)
        or (also.nerve_sign and _nerve_sign(counting))
        or (also.other_flag and len(counting) > 1)
        or (also.age_over is not None and age is not None and age > also.age_over)
        or (also.weeks_known and weeks is not None)
    )


def _nerve_sign(counting: dict[str, Finding]) -> bool:
    signs = combinations().nerve_sign
    if not signs.flags.isdisjoint(counting):
        return True
    return any(
        slug in signs.with_details.flags and finding.details & signs.with_details.details
        for slug, finding in counting.items()
    )


_CLEAR = (Status.PRESENT, Status.DENIED, Status.PAST)


def merge(old: Iterable[Finding], new: Iterable[Finding]) -> tuple[Finding, ...]:
    """What is known after a message: the newest clear word wins, doubt and questions do not wipe a clear word out.

    A flag that stood as an emergency is kept beside a bare denial, so that both can be read and the level stays;
    only a denial with the detail RECHECKED replaces it.
    """
    merged: dict[str, list[Finding]] = {}
    for finding in old:
        merged.setdefault(finding.flag, []).append(finding)
    for finding in new:
        merged[finding.flag] = _merge_one(merged.get(finding.flag, []), finding)
    return tuple(finding for slug in flags() for finding in merged.get(slug, ()))


def _merge_one(before: list[Finding], finding: Finding) -> list[Finding]:
    if not before:
        return [finding]
    stands = next((item for item in before if _stands(item)), None)
    if finding.status is Status.PRESENT:
        details = finding.details | (stands.details if stands else frozenset()) - {RECHECKED}
        if len(details) > 1:
            details -= {NONE_OF_THE_SIGNS}
        return [replace(finding, details=frozenset(details))]
    if finding.status in (Status.DENIED, Status.PAST):
        if stands and level_of(stands).emergency and RECHECKED not in finding.details:
            return [stands, finding]
        return [finding]
    if finding.status is Status.UNSURE and flags()[finding.flag].can_be_emergency and not stands:
        return [finding]  # doubt after a "no" counts as yes
    if any(item.status in _CLEAR or item.status is Status.UNSURE for item in before):
        return before
    return [finding]


def _stands(finding: Finding) -> bool:
    doubt = finding.status is Status.UNSURE and flags()[finding.flag].can_be_emergency
    return finding.status is Status.PRESENT or doubt
