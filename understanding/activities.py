"""Finds the activity that a person names as what set their back off, by the names of `knowledge/activities.yml`.

Tolerant of word forms: "lifted", "lifts" and "lifting" are one. Words that are activities only in some sentences (a
place, a posture, a verb with other senses) count only beside a word of cause or time ("after", "all day").
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from reasoning.strict_yaml import FOLDER, read_yaml

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[.!?;\n]")
_SKIPPED = frozenset("a an the my some his her their our your this that two three up".split())
# The plain form is mostly something else: a box, a train, a row; only "boxing", "trained", "rowed" are the activity.
_PLAIN_IS_OTHER = frozenset(
    "bowl box row train cycle study throw twist run squat dance drive work hike plane clean".split()
)
_WEAK = frozenset(
    "bed couch sofa computer laptop office plane flight run running sport clean cleaning train training snow sit "
    "sitting "
    "study studying drive driving desk dancing jog carry throw throwing swimming walk workout gym yoga pilates "
    "cycling".split()
)
_CUE = re.compile(
    r"\b(after|from|since|while|whilst|when|during|because|cause|cos|coz|due to|all day|all night|hours?|"
    r"yesterday|today|"
    r"was|were|been|did|went|too much|too long|too hard|long|fell asleep|slept|yday|this morning|last night|weekend|"
    r"job|for work|at work|every day|started|overdid|spent|doing)\b"
)
# "Threw my back out", "running a temperature", "pain running down my leg", "can't lift my foot".
_NOT_AFTER = {
    "throw": frozenset("back out".split()),
    "run": frozenset("a down out into its temperature through along fever".split()),
    "lift": frozenset("leg legs arm arms foot feet knee knees head toe toes hand hands".split()),
}
_REACH = 3  # words after the activity in which such a word takes it away


@dataclass(frozen=True)
class _Word:
    text: str
    lemma: str


@functools.cache
def lemma(word: str) -> str:
    """The dictionary form of a lower-case word, read as a verb first ("lifted", "drove"), then as a noun ("feet")."""
    import lemminflect

    found = lemminflect.getAllLemmas(word)
    for kind in ("AUX", "VERB", "NOUN"):
        if kind in found:
            return str(found[kind][0])
    return word


class ActivityReader:
    """Reads the activity of a text. Loaded once; holds no state between texts."""

    def __init__(self, path: Path = FOLDER / "activities.yml") -> None:
        """Read the names; KnowledgeError when the file cannot be read."""
        self._names: dict[tuple[str, ...], str] = {}
        for item in read_yaml(path)["activities"]:
            for name in item["names"]:
                words = _words(str(name))
                self._names.setdefault(tuple(word.text for word in words), str(item["id"]))
                if not (len(words) == 1 and words[0].lemma in _PLAIN_IS_OTHER):
                    self._names.setdefault(tuple(word.lemma for word in words), str(item["id"]))
                else:
                    self._names.setdefault((f"{words[0].lemma}+",), str(item["id"]))
        self._longest = max(map(len, self._names))

    def read(self, text: str) -> str:
        """Id of the activity named in the text, the longest name first and then the earliest; "" if there is none."""
        words = _words(text)
        cued = bool(_CUE.search(text.lower()))
        for size in range(min(self._longest, len(words)), 0, -1):
            for start in range(len(words) - size + 1):
                found = self._at(words, start, size, cued)
                if found:
                    return found
        return ""

    def _at(self, words: list[_Word], start: int, size: int, cued: bool) -> str:
        part = words[start : start + size]
        found = self._names.get(tuple(word.text for word in part)) or self._names.get(
            tuple(word.lemma for word in part)
        )
        single = part[0]
        if size > 1:
            return found or ""
        if found is None and single.text != single.lemma:
            found = self._names.get((f"{single.lemma}+",))
        if found is None or (not cued and (single.text in _WEAK or single.lemma in _WEAK)):
            return ""
        barred = _NOT_AFTER.get(single.lemma, frozenset())
        after = {word.text for word in words[start + 1 : start + 1 + _REACH]}
        return "" if barred & after else found


def _words(text: str) -> list[_Word]:
    found = _WORD.findall(text.lower().replace("\u2019", "'"))
    return [_Word(word, lemma(word)) for word in found if word not in _SKIPPED]


@functools.cache
def shared_reader() -> ActivityReader:
    """The reader of this process."""
    return ActivityReader()


def read(text: str) -> str:
    """Id of the activity of `knowledge/activities.yml` named in the text; "" if there is none."""
    return shared_reader().read(text)
