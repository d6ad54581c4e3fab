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
from understanding import durations, temperatures
from understanding.back_trouble import BackTrouble
from understanding.context import Context, Judged
from understanding.lay_language import (
    FOLDER,
    Hit,
    Matcher,
    compile_pattern,
    load_flags,
    load_lexicon,
    read_yaml,
)
from understanding.second_opinion import NAYS, Hint, SecondOpinion
from understanding.spelling import Speller
from understanding.tokens import Words, split

TALK, TIME = "talk", "time"
_LOOKALIKES = frozenset({"mistaken_for", "never_part_of"})
TOO_LONG_DAYS = 14  # article row W1: over 2-3 weeks; the lower bound is taken
FOUR_WEEKS_DAYS = 28
LONG_GONE_DAYS = 730
_TURNS = tuple(
    tuple(turn.split())
    for turn in (
        "actually yes", "well yes", "wait yes", "oh yes", "hang on yes", "actually i do", "actually i have",
        "actually there is", "actually it is", "yes i do", "yes i have", "yes there is", "yes it is", "yes a bit",
        "actually a bit", "actually a little",
    )
)  # fmt: skip
_STILL = frozenset("still started start began begun ongoing never ever".split())
_WELL = frozenset("fine strong good well normal clear dry healed better ok okay nothing none never cured free".split())
ELDER = 65  # RF12: from about this age a small fall counts
FIFTY = 50
ADULT = 18
TAKEN_BACK_WITHIN = 8  # words after a denial
LATE_WEEK = 24  # nobody begins with so many weeks of a back pain
FIRST_WEEK, LAST_WEEK, WEEKS_WORDS = 4, 43, 2  # "I'm 32 weeks": two words of time
ANSWER_WORDS = 6  # a message this short with only a time in it answers "how long?"
BIG_NUMBER = 6  # tablets at once or a day: more than any packet of painkillers says... checked by the pattern's words
_COUNTING = frozenset({Status.PRESENT, Status.UNSURE})
_ORDER = (Status.PRESENT, Status.UNSURE, Status.PAST, Status.DENIED, Status.SOMEONE_ELSE, Status.ASKED_ABOUT)
_NEW_CLAUSE = frozenset("i my he she it we they his her now still".split())
_FLIPS = frozenset({"not", "no", "never", "cannot", "hardly", "barely", "nothing", "neither", "without"})
_SINCE = frozenset({"since", "after"})  # "have not felt right since the fall" denies no fall
_BEGAN = frozenset("started start began begun begin came pulled hurt tweaked did injured put went trouble".split())
_STRAINS = frozenset(
    "fall fell fallen falls slipped slip tripped trip tumble tumbled stumbled jolt bump bumped lifted lifting lift "
    "twisted twist coughed sneezed bent knocked turned plonked missed click snap pop crack "
    "jarred leaned reached".split()
)
_FALLS = frozenset(
    "fall fell fallen falls slipped slip tripped trip tumble tumbled stumbled jolt bump bumped knocked".split()
)
_SITS_DOWN = frozenset({"sat", "sit", "sits", "plonked"})
_HARD = frozenset("hard harder heavily heavier awkwardly".split())  # "sat down on the kerb harder than she meant to"
_NONE_OF_IT = frozenset("hardly barely no not without never nothing none neither nor".split())
_CLOSE_BY = frozenset({"improving", "mild", "not_changing", "one_leg", "gradual"})
# Of these it is the back pain that is told, wherever in a story the illness of the past was named.
_OF_THE_PAIN = frozenset({"severe", "sudden_severe"})
WHOLE_STORY = 6  # sentences
_FIRST_EVER = frozenset({"never", "first", "new"})


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
            for kind in ("present", "mistaken_for", "never_part_of", "denied"):
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
        hits = self._matcher.find(found)
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
            judged += _second_look(self._second_opinion, self._context, found, hits, judged, denials, spans)
        age = durations.find_age(found.words, self._others)
        own = any(item.subject == "self" for item in spoken)
        if own and age is not None and age < ADULT and not _is_own_age(found.words, age):
            age = None  # the grandchild's whom the writer carried
        reading = _Reading(found, hits, judged, denials, spans, age, _told_of_others(everything, own))
        findings = _with_denials_taken_back(found, reading.findings(), judged, denials)
        return ScreenResult(
            findings=findings,
            has_back_trouble=self._back_trouble.told(found, spoken, findings, self._context.frames(found)),
            days=reading.days(),
            age=age,
            weeks_pregnant=_weeks(found, findings),
            about_someone_else=_about_someone_else(judged, spoken),
        )


def _with_denials_taken_back(
    found: Words, findings: tuple[Finding, ...], judged: Sequence[Judged], denials: Sequence[Hit]
) -> tuple[Finding, ...]:
    """As in "no fever, well actually yes": a denial that is taken back right after it is a yes."""
    denied = [*denials, *(item.hit for item in judged if item.status is Status.DENIED)]
    taken = {hit.name for hit in denied if _takes_back(found.words[hit.start : hit.end + TAKEN_BACK_WITHIN])}
    return tuple(
        replace(finding, status=Status.PRESENT)
        if finding.flag in taken and finding.status is Status.DENIED
        else finding
        for finding in findings
    )


def _takes_back(words: Sequence[str]) -> bool:
    return any(tuple(words[at : at + len(turn)]) == turn for turn in _TURNS for at in range(len(words)))


def _second_look(
    opinion: SecondOpinion,
    context: Context,
    found: Words,
    hits: Sequence[Hit],
    judged: Sequence[Judged],
    denials: Sequence[Hit],
    spans: Sequence[durations.Span],
) -> list[Judged]:
    """Of the signs that no pattern speaks of, those that the second opinion sees and that are or may be there."""
    hints: dict[Hit, Hint] = {}
    for hint in opinion.read(found, {item.hit.name for item in judged} | {hit.name for hit in denials}):
        lookalike = any(hit.kind in _LOOKALIKES and hit.name == hint.flag and _meet(hit, hint) for hit in hits)
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
            status = Status.PRESENT if opinion.outweighs_denial(found, hint) else Status.DENIED
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


@dataclass
class _Reading:
    """One message on its way from hits to findings."""

    found: Words
    hits: Sequence[Hit]
    judged: Sequence[Judged]
    denials: Sequence[Hit]
    spans: Sequence[durations.Span]
    age: int | None
    away: frozenset[int] = frozenset()  # first words of time spans that are not the patient's

    def findings(self) -> tuple[Finding, ...]:
        best: dict[str, Judged] = {}
        for item in self.judged:
            before = best.get(item.hit.name)
            if before is None or _rank(item) < _rank(before):
                best[item.hit.name] = item
        findings = {slug: self._finding(slug, item) for slug, item in best.items()}
        for denial in self.denials:
            if denial.name not in findings:
                evidence = self.found.evidence(denial.start, denial.end)
                findings[denial.name] = Finding(denial.name, Status.DENIED, frozenset(), evidence)
        for finding in self._measured():
            known = findings.get(finding.flag)
            if known is None or known.status is not Status.PRESENT:
                findings[finding.flag] = finding
            else:
                findings[finding.flag] = Finding(
                    finding.flag, known.status, known.details | finding.details, known.evidence
                )
        self._correct_temperature(findings)
        return tuple(findings[slug] for slug in flags() if slug in findings)

    def _finding(self, slug: str, item: Judged) -> Finding:
        details: frozenset[str] = frozenset()
        if item.status in (Status.PRESENT, Status.UNSURE):
            details = self._details(slug, item.hit)
        return Finding(slug, item.status, details, self.found.evidence(item.hit.start, item.hit.end))

    def _details(self, slug: str, hit: Hit) -> frozenset[str]:
        wanted = flags()[slug].details
        sentence = self.found.sentence[hit.start]
        details = set()
        for detail in self.hits:
            if detail.kind != "detail" or detail.name not in wanted:
                continue
            away = abs(self.found.sentence[detail.start] - sentence)
            before = self.found.words[max(0, detail.start - 3) : detail.start]
            if away <= self._reach(slug, detail, hit) and not (_NONE_OF_IT & set(before)):
                details.add(detail.name)
        if "over_four_weeks" in wanted and any(span.days >= FOUR_WEEKS_DAYS for span in self._lasting):
            details.add("over_four_weeks")
        if "worsening" in details:
            details -= {"improving", "not_changing"}
        return frozenset(details)

    def _reach(self, slug: str, detail: Hit, hit: Hit) -> int:
        """How many sentences from a sign its detail may stand."""
        if flags()[slug].history and detail.name in _OF_THE_PAIN:
            return WHOLE_STORY  # "had an injection ten days ago. ... . It is brutal."
        goes_on = detail.name == "not_changing" and self.found.words[self._opens(detail)] in ("it", "that")
        return 0 if detail.name in _CLOSE_BY and not (goes_on and detail.start > hit.start) else 1

    def _opens(self, detail: Hit) -> int:
        """The first word of a detail's sentence."""
        return self.found.sentence.index(self.found.sentence[detail.start])

    @functools.cached_property
    def _lasting(self) -> list[durations.Span]:
        words = self.found.words
        result = []
        for span in self.spans:
            around = set(words[max(0, span.start - 8) : span.start])
            after = words[span.end] if span.end < len(words) else ""
            if after in ("old", "pregnant", "gone", "along", "of") or span.start in self.away:
                continue
            if self._pregnant_weeks == (span.start, span.end):
                continue
            if self._dates_something_else(span):
                continue
            if _WELL & set(words[max(0, span.start - 4) : span.start]) or self._in_a_year(span):
                continue  # "strong again for years", "for a few months in 2009"
            if {"how", "pregnant"} & around or (span.end < len(words) and "pregnant" in words[span.end : span.end + 2]):
                continue
            if span.kind == "ago" and span.days > LONG_GONE_DAYS / 2 and not _STILL & set(self._sentence_of(span)):
                continue
            if span.kind in ("for", "since") or (span.kind == "ago" and around & _BEGAN) or len(words) <= ANSWER_WORDS:
                result.append(span)
        return result

    def _dates_something_else(self, span: durations.Span) -> bool:
        """As in "on hold for three weeks" and "leaky since the twins": no time of the back pain."""
        return any(
            hit.kind in _LOOKALIKES
            and hit.name == "not_better_in_time"
            and hit.start < span.end
            and span.start < hit.end
            for hit in self.hits
        )

    def _sentence_of(self, span: durations.Span) -> list[str]:
        here = self.found.sentence[span.start]
        return [word for word, sentence in zip(self.found.words, self.found.sentence, strict=True) if sentence == here]

    def _in_a_year(self, span: durations.Span) -> bool:
        """Whether the sentence tells of a year long gone."""
        here = self.found.sentence[span.start]
        return span.kind == "for" and any(
            other.days > LONG_GONE_DAYS
            and self.found.sentence[other.start] == here
            and self.found.words[other.start] == "in"
            for other in self.spans
        )

    def days(self) -> float | None:
        """Days since the trouble began, the longest that was said."""
        return max((span.days for span in self._lasting), default=None)

    def _measured(self) -> list[Finding]:
        found: list[Finding] = []
        long = [span for span in self._lasting if span.days > TOO_LONG_DAYS]
        asks = set(self.found.asks)
        for span in long:
            if self.found.sentence[span.start] in asks and self.found.words[0] in (
                "how",
                "can",
                "is",
                "does",
                "should",
                "what",
                "will",
            ):
                continue
            details = self._details("not_better_in_time", Hit("present", "not_better_in_time", span.start, span.end))
            evidence = self.found.evidence(span.start, span.end)
            found.append(Finding("not_better_in_time", Status.PRESENT, details, evidence))
            break
        for temperature in temperatures.find(self.found.words):
            if temperature.ill:
                at = temperature.at
                found.append(Finding("fever_unwell", Status.PRESENT, frozenset(), self.found.evidence(at, at + 1)))
        weeks = self._pregnant_weeks
        if weeks:
            details = self._details("pregnancy", Hit("present", "pregnancy", *weeks))
            found.append(Finding("pregnancy", Status.PRESENT, details, self.found.evidence(*weeks)))
        words = set(self.found.words)
        if self.age is not None and self.age < ADULT:
            found.append(self._by_age("child"))
        if self.age is not None and self.age >= ELDER and (words & _STRAINS or (words & _SITS_DOWN and words & _HARD)):
            details = frozenset({"fall"}) if words & _FALLS else frozenset()
            found.append(Finding("fragility_fracture", Status.PRESENT, details, self._age_words()))
        if self.age is not None and self.age >= FIFTY and words & _FIRST_EVER:
            found.append(self._by_age("new_over_50"))
        return found

    @functools.cached_property
    def _pregnant_weeks(self) -> tuple[int, int] | None:
        """The words of "I'm 32 weeks", which speaks of a pregnancy without naming it."""
        words = self.found.words
        for span in self.spans:
            after = words[span.end] if span.end < len(words) else ""
            if span.start == 0 and after == "and" and LATE_WEEK * 7 <= span.days <= LAST_WEEK * 7:
                return span.start, span.end  # "28 weeks and ..." opens as midwives hear it
            if (
                span.start > 1
                and words[span.start - 1] in ("am", "is", "nearly", "almost", "about")
                and {"i", "she", "wife"} & set(words[max(0, span.start - 4) : span.start])
                and span.end - span.start == WEEKS_WORDS
                and words[span.end - 1] in ("weeks", "week")
                and FIRST_WEEK * 7 <= span.days <= LAST_WEEK * 7
                and after
                not in (
                    "in",
                    "into",
                    "post",
                    "out",
                    "since",
                    "of",
                    "ago",
                    "late",
                    "old",
                    "away",
                    "clean",
                    "from",
                    "now",
                )
            ):
                return span.start, span.end
        return None

    def _by_age(self, slug: str) -> Finding:
        return Finding(slug, Status.PRESENT, self._details(slug, Hit("present", slug, 0, 1)), self._age_words())

    def _age_words(self) -> str:
        return self.found.text.strip()[:80]

    def _correct_temperature(self, findings: dict[str, Finding]) -> None:
        """A normal reading is a denial, unless something else speaks of illness."""
        read = temperatures.find(self.found.words)
        fever = findings.get("fever_unwell")
        if read and not any(item.ill for item in read) and fever and fever.status is Status.PRESENT:
            only = all(
                {"temperature", "temp"} & set(self.found.words[item.hit.start : item.hit.end])
                for item in self.judged
                if item.hit.name == "fever_unwell" and item.status is Status.PRESENT
            )
            if only:
                findings["fever_unwell"] = Finding("fever_unwell", Status.DENIED, frozenset(), fever.evidence)


def _about_someone_else(judged: Sequence[Judged], spoken: Sequence[Judged]) -> bool:
    """Whether the patient is another person than the writer."""
    if any(item.subject == "self" for item in spoken):
        return False
    there = (Status.PRESENT, Status.UNSURE)
    return any(item.subject == "other" and item.status in there for item in (*judged, *spoken))


def _rank(item: Judged) -> tuple[int, int]:
    return _ORDER.index(item.status), -(item.hit.end - item.hit.start)


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
        if hit.kind in _LOOKALIKES and not hit.negated:
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
