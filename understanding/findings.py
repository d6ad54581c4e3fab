"""From hits to findings: the best reading of every sign, its details, and what times, ages and temperatures tell."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reasoning.red_flags import flags
from reasoning.triage import Finding, Status
from understanding import durations, temperatures
from understanding.context import Judged
from understanding.lay_language import LOOKALIKES, Hit
from understanding.tokens import Words

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
_ORDER = (Status.PRESENT, Status.UNSURE, Status.PAST, Status.DENIED, Status.SOMEONE_ELSE, Status.ASKED_ABOUT)
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


@dataclass
class SignReading:
    """One message on its way from hits to findings."""

    found: Words
    hits: Sequence[Hit]
    judged: Sequence[Judged]
    denials: Sequence[Hit]
    spans: Sequence[durations.Span]
    age: int | None
    away: frozenset[int] = frozenset()  # first words of time spans that are not the patient's

    def findings(self) -> tuple[Finding, ...]:
        """One finding for every sign that is spoken of, in the order of their ids."""
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
            hit.kind in LOOKALIKES
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


def _rank(item: Judged) -> tuple[int, int]:
    return _ORDER.index(item.status), -(item.hit.end - item.hit.start)


def with_denials_taken_back(
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
