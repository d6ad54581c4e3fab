"""What the facts about a person change in a remedy (`knowledge/cautions.yml`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reasoning.case import Case
from reasoning.knowledge import EFFECTS, Caution, Effect, Knowledge
from reasoning.triage import Level, Status

ANY_TIP = "any_tip"
ADULT, SENIOR, OLDER = 18, 65, 60
MINORS = frozenset({"under_18", "under_15", "under_12"})
# triage_rules.md, level S: none of these until the person has been seen.
WAIT_UNTIL_SEEN = frozenset(
    {
        *("R2_prayer", "R2_trunk_rotation", "R2_single_knee", "R2_double_knee", "R2_pelvic_tilt"),
        *("R9_tens", "R10_acupuncture"),
    }
)


@dataclass(frozen=True)
class Verdict:
    """What counts for a remedy and this person: the strictest effect, and every caution that applies."""

    effect: Effect | None
    cautions: tuple[Caution, ...]

    @property
    def withheld(self) -> bool:
        """No instructions are given."""
        return self.effect in ("avoid", "ask_first")


def verdict(
    knowledge: Knowledge,
    remedies: Iterable[str],
    facts: Iterable[str],
    weeks: int | None = None,
) -> Verdict:
    """The cautions of `knowledge` for these remedies and user facts; `weeks` of pregnancy, None when not known."""
    known = knowledge.implied([*facts, "everyone"])
    wanted = {*remedies, ANY_TIP} if remedies else set()
    found = tuple(
        caution
        for caution in knowledge.cautions.values()
        if wanted.intersection(caution.remedies) and _counts(caution, known, weeks)
    )
    strictest = min((EFFECTS.index(caution.effect) for caution in found), default=None)
    return Verdict(None if strictest is None else EFFECTS[strictest], found)


def _counts(caution: Caution, facts: frozenset[str], weeks: int | None) -> bool:
    because = facts.intersection(caution.user_facts)
    if because != {"pregnant"} or caution.weeks is None:
        return bool(because)
    if weeks is None:
        return caution.weeks.if_unknown == "applies"
    return (caution.weeks.from_ or 0) <= weeks <= (caution.weeks.to if caution.weeks.to is not None else weeks)


def facts_of(case: Case, level: Level) -> frozenset[str]:
    """The user facts that hold for a case: said, ticked, and those that age, flags and level set."""
    facts = set(case.user_facts)
    if case.age is not None:
        facts -= {"under_18", "under_15", "under_12", "age_60_plus", "age_65_plus"}
        facts |= {name for name, limit in (("under_18", 18), ("under_15", 15), ("under_12", 12)) if case.age < limit}
        facts |= {name for name, limit in (("age_60_plus", OLDER), ("age_65_plus", SENIOR)) if case.age >= limit}
    facts |= {fact for flag, fact in FACTS_OF_FLAGS.items() if case.status_of(flag) in ("present", "unsure")}
    if level in (Level.E1, Level.E2, Level.S):
        facts.add("open_e_or_s_flag")
    return frozenset(facts)


# Flags that are user facts too, where the caution asks for just what the flag says.
FACTS_OF_FLAGS = {
    "pregnancy": "pregnant",
    "child": "under_18",
    "fragility_fracture": "osteoporosis",
    "anticoagulant": "blood_thinner",
    "weight_loss": "unplanned_weight_loss",
    "fever_unwell": "fever",
    "infection_risk": "weak_immunity",
    "major_trauma": "recent_injury",
}
# Of these, the ones whose denial denies the fact too.
SAME_AS_FACT = ("pregnancy", "anticoagulant", "child")


def is_minor(case: Case, level: Level = Level.NONE) -> bool:
    """The patient is under 18, as far as is known."""
    return not MINORS.isdisjoint(facts_of(case, level))


def facts_that_matter(knowledge: Knowledge, remedies: Iterable[str], case: Case) -> tuple[str, ...]:
    """User facts not spoken of yet that would withhold or change one of the remedies, strictest first."""
    wanted = set(remedies)
    spoken = knowledge.implied(facts_of(case, Level.NONE)) | set(case.user_facts) | set(case.not_user_facts)
    spoken |= {FACTS_OF_FLAGS[flag] for flag in SAME_AS_FACT if case.status_of(flag) is Status.DENIED}
    order: dict[str, int] = {}
    for caution in knowledge.cautions.values():
        if not wanted.intersection(caution.remedies) or caution.effect == "inform":
            continue
        for slug in caution.user_facts:
            fact = knowledge.user_facts[slug]
            if slug in spoken or fact.asked is None or slug == "everyone":
                continue
            order[slug] = min(order.get(slug, len(EFFECTS)), EFFECTS.index(caution.effect))
    return tuple(sorted(order, key=lambda slug: (order[slug], list(knowledge.user_facts).index(slug))))
