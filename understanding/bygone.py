"""Whether a sign is over: it was long ago, it has gone, or the time in which it counts has passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reasoning.red_flags import flags
from understanding.durations import Span as TimeSpan
from understanding.frames import Framer
from understanding.lay_language import Hit
from understanding.sentences import SHORT_SENTENCE, Sentence, contains
from understanding.subjects import JOINTS, LASTING

RECENT_INJURY_DAYS = 92
RECENT_DAYS = 60
YEAR = 364  # days
_PASSING = frozenset(
    "surgery op operation operated epidural injection infection infected antibiotics pneumonia uti abscess sepsis "
    "cellulitis discectomy laminectomy fusion puncture boil caesarean biopsy hysterectomy stent bypass "
    "replacement catheter".split()
)
_GOING_ON = frozenset({"since", "started", "began", "still", "ongoing", "ever"})
_THEN = frozenset({"that", "this", "it", "was"})
_PRESENT_TENSE = frozenset("is am are has have hurts keeps cannot now feels".split())
_FRESH_START = frozenset("today yesterday tonight now".split())


class Bygone:
    """Reads it off times and phrases ("gone now", "years ago"), which are data in `_context.yml`."""

    def __init__(self, data: Mapping[str, Any], framer: Framer) -> None:
        self._gone = _phrases(data, "gone")
        self._past = _phrases(data, "past")
        self._over = [tuple(str(phrase).split()) for phrase in data["over"]]
        self._framer = framer

    def is_over(self, view: Sentence, hit: Hit, categories: set[str], spans: Sequence[TimeSpan]) -> bool:
        """Whether what was said of the sign or its time says that it no longer counts."""
        if hit.name in ("infection_risk", "self_harm") or flags()[hit.name].history or hit.name in LASTING:
            return self._lapsed(view, hit, categories, spans)
        if hit.name == "pregnancy":
            return "past" in categories
        # "used to be able to pee, but not since": what is over is that all was well.
        if view.found.words[hit.start] == "used" or not _FRESH_START.isdisjoint(_own_clause(view, hit)):
            return False
        limit = RECENT_INJURY_DAYS if hit.name == "major_trauma" else RECENT_DAYS
        words = view.words
        ago = [span for span in spans if span.kind in ("ago",) and view.start <= span.start < view.end]
        over = any(contains(words, phrase) for phrase in self._over)
        if hit.name != "major_trauma" and _GOING_ON & set(words) and not over:
            return False
        if ago:
            nearest = min(ago, key=lambda span: abs(span.start - hit.start))
            return nearest.days > limit and not _told_as_now(view, hit, nearest)
        if "past" in categories:
            return not any(span.days <= limit for span in spans if view.start <= span.start < view.end)
        if over and not _FRESH_START & set(words):
            return True
        if (
            view.following
            and view.following[0] in _THEN
            and len(view.following) <= SHORT_SENTENCE + 3
            and "was" in view.following[:3]
        ):
            return any(contains(view.following, phrase) for phrase in self._past) or any(
                span.kind == "ago" and span.days > limit
                for span in spans
                if span.start >= view.end and span.start < view.end + len(view.following)
            )
        return False

    def _lapsed(self, view: Sentence, hit: Hit, categories: set[str], spans: Sequence[TimeSpan]) -> bool:
        """Whether even a sign that does not lapse by itself is over."""
        if hit.name == "self_harm":
            return "past" in categories and self._framer.read(view.found).well_since
        return hit.name == "infection_risk" and self._a_year_back(view, hit, spans)

    def _a_year_back(self, view: Sentence, hit: Hit, spans: Sequence[TimeSpan]) -> bool:
        """Whether an operation or an infection lies a year back: unlike a weak immune system it is no risk for good."""
        if _PASSING.isdisjoint(view.found.words[hit.start : hit.end]):
            return False
        here = [span for span in spans if view.start <= span.start < view.end]
        phrases = any(contains(view.words, phrase) for phrase in self._past if "year" not in phrase or "ago" in phrase)
        return any(span.days > YEAR and span.kind in ("ago", "since") for span in here) or phrases

    def gone_after(self, view: Sentence, hit: Hit) -> bool:
        """Whether it is said behind the sign that it has gone.

        "but" ends the reach of a ConText rule, yet "numb, but fine now" is said of the numbness.
        """
        after = view.words[hit.end - view.start :]
        if any(contains(after, phrase) for phrase in self._gone):
            return True
        asked = view.end < len(view.found.words) and view.found.sentence[view.end] in view.found.asks
        if asked:  # "is that normal?" does not say that it is
            return False
        return 0 < len(view.following) <= SHORT_SENTENCE and any(
            contains(view.following, phrase) for phrase in self._gone
        )


def _phrases(data: Mapping[str, Any], category: str) -> list[tuple[str, ...]]:
    rules = (rule for rule in data["rules"] if rule["category"] == category)
    return [tuple(str(phrase).split()) for rule in rules for phrase in rule["phrases"]]


def _own_clause(view: Sentence, hit: Hit) -> Sequence[str]:
    """The words of the clause that the sign stands in, up to its end."""
    words = view.found.words
    start = max((index for index in range(view.start, hit.start) if words[index] in JOINTS), default=view.start)
    return words[start : hit.end]


def _told_as_now(view: Sentence, hit: Hit, span: TimeSpan) -> bool:
    """As in "cancer in 2020, and my back is worse": the time stands in another clause than the sign, which is."""
    words = view.found.words
    between = words[span.end : hit.start]
    if not {",", "and", "but"} & set(between):
        return False
    joint = max(index for index, word in enumerate(between) if word in (",", "and", "but"))
    return bool(_PRESENT_TENSE & {*between[joint:], *words[hit.start : hit.end]})
