"""Whose a sign is: the writer's, a patient's whom the writer asks for, or somebody else's who is only mentioned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reasoning.red_flags import flags
from reasoning.triage import Level, Status
from understanding.lay_language import Hit
from understanding.tokens import Words

LOOK_BACK = 4  # sentences in which the person spoken of is looked for
# Signs of which the family's say something of the patient's risk, and not of the patient.
RUNS_IN_FAMILIES = frozenset({"inflammatory_back_pain", "pulsing_belly_aneurysm", "belly_causes"})
# What somebody is, rather than has.
SITUATION = frozenset({"child", "pregnancy", "new_over_50"})
# Long-lasting by nature: "years ago" says when it began.
LASTING = frozenset(
    "child new_over_50 not_better_in_time inflammatory_back_pain spine_deformity_lump pulsing_belly_aneurysm "
    "belly_causes".split()
)
JOINTS = frozenset({",", "and", "but", "so"})
_SELF = frozenset("i me myself mine mi ah".split())
_SEVERAL = frozenset("they them their".split())  # mostly things
_UNBORN = frozenset("baby babies twins triplets bub bubba".split())
_OLD_TENSE = frozenset({"had", "died", "was", "were", "passed", "used", "did"})
_FRESH = frozenset("now today yesterday just since morning tonight currently hurts hurting has is keeps cannot".split())
_FALLS = frozenset("fell fallen falls fall slipped tripped tumbled stumbled over".split())
_THIS_MINUTE = frozenset("today tonight now morning minutes".split())
_LOOKED_AFTER = frozenset("stable hospital ward doctor paramedic paramedics icu discharged bedside".split())


class Subjects:
    """Finds whom a sign is told of. `data`: `_context.yml`; `relatives`: words for people one speaks of."""

    def __init__(self, data: Mapping[str, Any], relatives: frozenset[str]) -> None:
        self._relatives = relatives
        self._named = relatives | frozenset(data["third_person"]) - _SEVERAL
        self._distant = frozenset(data["distant"])
        self._onlookers_do = frozenset(data["onlookers_do"])
        self._beside_onlookers = frozenset(data["beside_onlookers"])

    def of(self, found: Words, hit: Hit) -> str:
        """Of whom a hit speaks: "self", "other" or "" when nobody is named."""
        own = found.sentence[hit.start]
        for sentence in range(own, own - LOOK_BACK, -1):
            if sentence not in found.bounds:
                return ""
            start, end = found.bounds[sentence]
            for index in reversed(range(start, hit.end if sentence == own else end)):
                whose = self._whose(found.words, index, hit)
                if whose:
                    return whose
        return ""

    def _whose(self, words: Sequence[str], index: int, hit: Hit) -> str:
        word = words[index]
        if hit.name == "pregnancy" and word in _UNBORN:
            return ""  # "22 weeks with my first, baby kicking"
        if word in self._named:
            before, after = words[index - 1] if index else "", words[index + 1 : index + 2]
            onlooker = before in self._beside_onlookers or not self._onlookers_do.isdisjoint(after)
            return "" if onlooker else "other"
        if word in _SELF or (word == "my" and self._relatives.isdisjoint(words[index + 1 : index + 4])):
            return "self"
        return ""

    def told_of_old(self, found: Words, hit: Hit) -> bool:
        """Whether the sentence speaks of the past and of nothing fresh ("he was numb after his operation")."""
        start, end = found.bounds[found.sentence[hit.start]]
        before = set(found.words[start : hit.end])
        joint = next((index for index in range(hit.end, end) if found.words[index] in JOINTS), end)
        end = max(joint, hit.end)
        # "Could not" is written out as "cannot"; only what was written tells that it is long ago.
        now = {found.evidence(index, index + 1).lower()[:5] for index in range(start, end)} - {"could", "cudnt"}
        fresh = _FRESH if "can't" in now or "canno" in now or "cant" in now else _FRESH - {"cannot"}
        return bool(before & _OLD_TENSE) and not (set(found.words[start:end]) & fresh)

    def status_of_another(self, found: Words, hit: Hit, status: Status, *, own_trouble: bool, contrast: bool) -> Status:
        """The status of a sign that is told of another person, when nothing says that this person is the patient.

        `own_trouble`: the writer is a patient; `contrast`: the message sets two people beside each other.
        """
        start, end = found.bounds[found.sentence[hit.start]]
        distant = not self._distant.isdisjoint(found.words[start : hit.end])  # "my neighbour"
        if own_trouble and (contrast or distant) and (distant or not _happens_now(found, hit)):
            return Status.SOMEONE_ELSE
        old = self.told_of_old(found, hit)
        if hit.name == "fragility_fracture" and not own_trouble and _FALLS & set(found.words[start:end]):
            return status  # weak bones and a fall: it is the patient who is spoken of
        flag = flags()[hit.name]
        of_a_family = flag.history or hit.name in RUNS_IN_FAMILIES
        if not own_trouble and flag.level_if_unknown.emergency and not of_a_family:
            return status
        if of_a_family or hit.name in SITUATION or old:
            return Status.SOMEONE_ELSE if own_trouble or old or hit.name not in SITUATION else status
        return status


def _happens_now(found: Words, hit: Hit) -> bool:
    """As in "Nan fell this morning and can't get up": an emergency of today that nobody has taken over yet."""
    words = found.words[slice(*found.bounds[found.sentence[hit.start]])]
    life = flags()[hit.name].level_if_unknown is Level.E1
    return life and not _THIS_MINUTE.isdisjoint(words) and _LOOKED_AFTER.isdisjoint(found.words)
