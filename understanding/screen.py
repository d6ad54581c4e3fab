"""The watch: reads every message for the danger signs, on its own words, before and apart from the dialogue.

Needs no intent and no Rasa. An error inside reaches the caller, who answers with the safety text.
"""

from __future__ import annotations

import datetime
import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reasoning.red_flags import flags
from reasoning.triage import Finding, Status
from understanding import durations
from understanding.back_trouble import BackTrouble
from understanding.context import Context, Judged
from understanding.denials import begins_anew
from understanding.findings import ADULT, SignReading, with_denials_taken_back
from understanding.lay_language import (
    FOLDER,
    LIKELY,
    LOOKALIKES,
    TIME,
    Hit,
    Matcher,
    compile_pattern,
    load_flags,
    load_lexicon,
    read_yaml,
)
from understanding.second_opinion import NAYS, Heard, Hint, SecondOpinion
from understanding.spelling import Speller
from understanding.tokens import Words, split

TALK = "talk"
BIG_NUMBER = 6  # tablets at once or a day: more than any packet of painkillers says... checked by the pattern's words
_COUNTING = frozenset({Status.PRESENT, Status.UNSURE})
_NEW_CLAUSE = frozenset("i my he she it we they his her now still".split())
_FLIPS = frozenset({"not", "no", "never", "cannot", "hardly", "barely", "nothing", "neither", "without"})
_SINCE = frozenset({"since", "after"})  # "have not felt right since the fall" denies no fall


@dataclass(frozen=True)
class ScreenResult:
    """What a message says of danger and of the person. Days since the onset, age in years, weeks of pregnancy."""

    findings: tuple[Finding, ...] = ()
    has_back_trouble: bool = False
    days: float | None = None
    age: int | None = None
    weeks_pregnant: int | None = None
    about_someone_else: bool = False  # the patient is not the writer

    def beside(self, other: ScreenResult) -> ScreenResult:
        """What this look has found, with the signs that only another look at the same words has found."""
        known = {finding.flag for finding in self.findings}
        more = tuple(finding for finding in other.findings if finding.flag not in known)
        back = self.has_back_trouble or other.has_back_trouble
        return replace(self, findings=(*self.findings, *more), has_back_trouble=back)


class Screen:
    """Reads messages. Loads once; safe to share between threads."""

    def __init__(
        self,
        folder: Path = FOLDER,
        learned: bool = True,
        today: Callable[[], datetime.date] = datetime.date.today,
    ) -> None:
        """`learned`: with the second opinion; FileNotFoundError when it is not built."""
        self._today = today
        lexicon = load_lexicon(folder)
        signs = []
        for language in load_flags(folder):
            for kind in ("present", LIKELY, "mistaken_for", "never_part_of", "denied"):
                for text in getattr(language, kind):
                    signs += compile_pattern(lexicon, text, kind, language.slug)
        for name, texts in read_yaml(folder / "_details.yml")["details"].items():
            for text in texts:
                signs += compile_pattern(lexicon, str(text), "detail", name)
        for name, texts in read_yaml(folder / "_back_trouble.yml")["patterns"].items():
            for text in texts:
                signs += compile_pattern(lexicon, str(text), name, "back_trouble")
        missing = flags().keys() - {pattern.name for pattern in signs if pattern.kind == "present"}
        if missing:
            raise ValueError(f"no lay language for {sorted(missing)}")
        self.lexicon = lexicon
        self._matcher = Matcher(lexicon, signs)
        self._second_opinion = SecondOpinion(lexicon) if learned else None
        relatives = {phrase[0] for phrase in lexicon.phrases("relative") if len(phrase) == 1}
        self._context = Context(folder, relatives)
        self._back_trouble = BackTrouble(relatives, folder)
        spelling = read_yaml(folder / "_spelling.yml")
        self._small_after, self._urine_before, self._gardens_after, self._gardens_before = (
            frozenset(str(word) for word in spelling[key])
            for key in ("wee_is_small_after", "wee_is_urine_before", "weed_is_a_plant_after", "weed_is_a_plant_before")
        )
        self._written_out = {str(key): str(value) for key, value in spelling["written_out"].items()}
        trusted = {str(word) for word in spelling["trusted"]} | self._context.vocabulary | set(durations.NUMBERS)
        # Repairing towards a word that denies could take a sign away.
        self._speller = Speller(lexicon.vocabulary, trusted, deny={"not", "no", "never", "without", "neither", "nor"})
        self._others = frozenset(relatives | {"he", "she", "son", "daughter"})

    def words(self, text: str) -> Words:
        """The words of a text, spelling repaired."""
        found = split(text, self._written_out)
        self._speller.repair(found)
        self._read_wee(found)
        _mark_numbers(found)
        return found

    def _read_wee(self, found: Words) -> None:
        """As in "a wee knot in my back": Scots for small, unless a word follows that a noun is not followed by."""
        for index, word in enumerate(found.words[:-1]):
            if word not in ("wee", "weed"):
                continue
            before, after = found.words[index - 1] if index else "", found.words[index + 1]
            same = found.sentence[index] == found.sentence[index + 1]
            if word == "wee" and before in self._small_after and same and after not in self._urine_before:
                found.words[index], found.forms[index] = "small", ("small",)
            elif word != "wee" and same and (before in self._gardens_after or after in self._gardens_before):
                found.words[index], found.forms[index] = "gardening", ("gardening",)

    def read(self, text: str, by_patterns_alone: bool = False) -> ScreenResult:
        """Read one message; `by_patterns_alone` needs no encoder, for when that has failed."""
        found = self.words(text)
        if not found.words:
            return ScreenResult()
        hits, likely = _signs_in_one(self._matcher.find(found))
        spans = durations.find(found.words, self._today())
        back = self._back_trouble.hits(found, hits)
        signs, denials = _sort_out(found, hits)
        # What is said of the back is judged along with the signs, under a name that no context rule singles out.
        talk = [Hit(TALK, "severe_immobile", hit.start, hit.end) for hit in back]
        times = [Hit(TIME, "not_better_in_time", span.start, span.end) for span in spans]
        everything = self._context.judge(found, (*signs, *talk, *times), spans, back)
        judged = [item for item in everything if item.hit.kind not in (TALK, TIME)]
        spoken = [item for item in everything if item.hit.kind == TALK]
        if self._second_opinion is not None and not by_patterns_alone:
            heard = self._second_opinion.hear(found)
            judged = [item for item in judged if item.hit not in likely or not _unlikely(heard, found, item)]
            judged += _second_look(heard, self._context, found, hits, judged, denials, spans)
        age = durations.find_age(found.words, self._others)
        own = any(item.subject == "self" for item in spoken)
        if own and age is not None and age < ADULT and not _is_own_age(found.words, age):
            age = None  # the grandchild's whom the writer carried
        reading = SignReading(found, hits, judged, denials, spans, age, _told_of_others(everything, own))
        findings = with_denials_taken_back(found, reading.findings(), judged, denials)
        return ScreenResult(
            findings=findings,
            has_back_trouble=self._back_trouble.told(found, spoken, findings, self._context.frames(found)),
            days=reading.days(),
            age=age,
            weeks_pregnant=_weeks(found, findings),
            about_someone_else=_about_someone_else(judged, spoken),
        )


def _signs_in_one(hits: Sequence[Hit]) -> tuple[list[Hit], frozenset[Hit]]:
    """The hits with those of `likely` patterns among the signs, and the signs that rest on these alone."""
    ends: dict[tuple[str, int, bool], tuple[int, bool]] = {}
    others = []
    for hit in hits:
        if hit.kind not in ("present", LIKELY):
            others.append(hit)
            continue
        key = (hit.name, hit.start, hit.negated)
        end, only_likely = ends.get(key, (0, True))
        ends[key] = (max(end, hit.end), only_likely and hit.kind == LIKELY)
    signs = {
        Hit("present", name, start, end, negated): only_likely
        for (name, start, negated), (end, only_likely) in ends.items()
    }
    return [*others, *signs], frozenset(hit for hit, only_likely in signs.items() if only_likely)


def _unlikely(heard: Heard, found: Words, item: Judged) -> bool:
    """Whether the second opinion is far from a sign that rests on words that often mean something else.

    Words that are most of what a sentence says mean what they say ("pain at rest").
    """
    if item.status not in _COUNTING:
        return False
    hit = item.hit
    sentence = found.sentence.count(found.sentence[hit.start])
    return 2 * (hit.end - hit.start) < sentence and not heard.supports(hit.name, hit.start, hit.end)


def _second_look(
    opinion: Heard,
    context: Context,
    found: Words,
    hits: Sequence[Hit],
    judged: Sequence[Judged],
    denials: Sequence[Hit],
    spans: Sequence[durations.Span],
) -> list[Judged]:
    """Of the signs that no pattern speaks of, those that the second opinion sees and that are or may be there."""
    hints: dict[Hit, Hint] = {}
    for hint in opinion.hints({item.hit.name for item in judged} | {hit.name for hit in denials}):
        lookalike = any(hit.kind in LOOKALIKES and hit.name == hint.flag and _meet(hit, hint) for hit in hits)
        if not lookalike and not _told_as_absent(hint, judged, denials):
            hints[Hit("present", hint.flag, hint.at, hint.at + 1)] = hint
    if not hints:
        return []
    back = [hit for hit in hits if hit.kind == "back"]
    result = []
    for item in context.judge(found, (*(item.hit for item in judged), *hints), spans, back):
        if item.hit not in hints:
            continue
        hint, status = hints[item.hit], item.status
        if status is Status.DENIED or not NAYS.isdisjoint(found.words[hint.start : hint.end]):
            status = Status.PRESENT if opinion.outweighs_denial(hint) else Status.DENIED
        if status in _COUNTING:
            status = status if hint.sure else Status.UNSURE
            result.append(Judged(Hit("present", hint.flag, hint.start, hint.end), status, item.subject))
    return result


def _told_as_absent(hint: Hint, judged: Sequence[Judged], denials: Sequence[Hit]) -> bool:
    """Whether the patterns read only signs that are not there in the clause of the hint."""
    here = {item.status for item in judged if _meet(item.hit, hint)}
    here |= {Status.DENIED for hit in denials if _meet(hit, hint)}
    return bool(here) and here.isdisjoint((Status.PRESENT, Status.UNSURE))


def _meet(hit: Hit, hint: Hint) -> bool:
    return hit.start < hint.end and hint.start < hit.end


def _about_someone_else(judged: Sequence[Judged], spoken: Sequence[Judged]) -> bool:
    """Whether the patient is another person than the writer."""
    if any(item.subject == "self" for item in spoken):
        return False
    there = (Status.PRESENT, Status.UNSURE)
    return any(item.subject == "other" and item.status in there for item in (*judged, *spoken))


def _told_of_others(judged: Sequence[Judged], own: bool) -> frozenset[int]:
    """First words of the times that are told of somebody else or only asked about. `own`: the writer is the patient."""
    return frozenset(
        item.hit.start
        for item in judged
        if item.hit.kind == TIME
        and (item.status in (Status.SOMEONE_ELSE, Status.ASKED_ABOUT) or (own and item.subject == "other"))
    )


def _is_own_age(words: Sequence[str], age: int) -> bool:
    """Whether the writer says "I am" before the age: a grandchild who was carried is no patient."""
    return any(
        durations.number(word) == age and "am" in words[max(0, index - 3) : index] for index, word in enumerate(words)
    )


def _mark_numbers(found: Words) -> None:
    for index, word in enumerate(found.words):
        if word[:1].isdigit():
            value = durations.number(word)
            extra = ("#", "#big") if value is not None and value >= BIG_NUMBER else ("#",)
            found.forms[index] = (word, *extra)


def _sort_out(found: Words, hits: Sequence[Hit]) -> tuple[list[Hit], list[Hit]]:
    """Signs without what only looks like one, and words of health that no sign of the same flag contradicts."""
    sentence = found.sentence
    against: dict[tuple[str, int], list[Hit]] = {}
    denials: list[Hit] = []
    for hit in hits:
        if hit.kind == "denied" and begins_anew(found.words, hit.start + 1, hit):
            continue
        if hit.kind in LOOKALIKES and not hit.negated:
            against.setdefault((hit.name, sentence[hit.start]), []).append(hit)
        elif (
            hit.kind == "denied"
            and not hit.negated
            and not (_FLIPS & set(found.words[hit.start + 1 : hit.end]))
            and not _starts_anew(found, hit)
            and _SINCE.isdisjoint(found.words[hit.start + 1 : hit.end - 1])
        ):
            denials.append(hit)
            against.setdefault((hit.name, sentence[hit.start]), []).append(hit)
    signs = [
        hit
        for hit in hits
        if hit.kind == "present"
        and not any(
            _explains(other, hit) or _denies(found, other, hit)
            for other in against.get((hit.name, sentence[hit.start]), ())
        )
    ]
    return signs, denials


def _starts_anew(found: Words, hit: Hit) -> bool:
    """Whether a comma and a new clause stand inside, as in "not joking, I am going to ..."."""
    words = found.words[hit.start : hit.end]
    return any(before == "," and after in _NEW_CLAUSE for before, after in itertools.pairwise(words))


def _denies(found: Words, other: Hit, hit: Hit) -> bool:
    """As in "pain stays in the back, nothing in either leg": the end of the sign stands in words that deny it."""
    return found.words[other.start] in _FLIPS and hit.start < other.start < hit.end <= other.end


def _explains(other: Hit, hit: Hit) -> bool:
    if other.start <= hit.start and other.end >= hit.end:
        return True
    if other.kind == "never_part_of" and other.start < hit.end and hit.start < other.end:
        return True
    touches = other.start <= hit.start < other.end or other.start < hit.end <= other.end
    # What says more than the look-alike is more than it ("hurt myself on purpose", "hurt myself").
    return other.kind == "mistaken_for" and touches and other.end - other.start >= hit.end - hit.start


def _weeks(found: Words, findings: Sequence[Finding]) -> int | None:
    if any(finding.flag == "pregnancy" and finding.status is Status.PRESENT for finding in findings):
        return durations.find_weeks(found.words)
    return None


@functools.cache
def shared_screen() -> Screen:
    """The one screen of this process."""
    return Screen()
