"""What a stretch of a message is about, whatever its signs: parts of the body that are well, a lesson or a film, a time
long gone, a person set apart from the patient.

A frame only ever weakens a sign, so each asks for plain words (data: `_frames.yml`) and gives way to a word of trouble.
Every word is looked at a few times: the time grows with the length of the message and no faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from understanding import durations
from understanding.lay_language import FOLDER, Hit, read_yaml
from understanding.tokens import Words

Phrase = tuple[str, ...]
_CUTS = frozenset(
    {",", ":", "-", "(", ")", "but", "however", "though", "although", "except", "just", "yet", "whereas", "while"}
)
_NEW_SUBJECT = frozenset(
    "i my the it he she we they you no not his her both can cannot have am had everything all nothing there this "
    "that now still do".split()
)
_SELF = frozenset("i me my myself mine meself".split())
_OPENERS = frozenset("ok okay oki alright good fine perfect normally perfectly clear".split())  # "ok my knees fold"
_PLACES = frozenset("in with down on at below to for everywhere all otherwise thanks there".split())
_TAIL, _BRIEF = 4, 6  # words: what is well is said at the end of its clause, or the clause is brief
_TODAY = frozenset("come comes now today yesterday tonight still again since".split())
_SHORT = 3  # words: "Legs? Strong as ever."
_YOUNG = 60  # "when I was 12": an age that the writer has left behind


class Phrases:
    """A set of phrases that is found in words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            words = tuple(str(phrase).split())
            self._by_first.setdefault(words[0], []).append(words)
        self.vocabulary = {word for group in self._by_first.values() for phrase in group for word in phrase}

    def find(self, words: Sequence[str], start: int, end: int) -> Iterator[tuple[int, int]]:
        """Places in words `start` up to `end`."""
        for index in range(start, end):
            for phrase in self._by_first.get(words[index], ()):
                stop = index + len(phrase)
                if stop <= end and tuple(words[index:stop]) == phrase:
                    yield index, stop

    def occur(self, words: Sequence[str], start: int, end: int) -> bool:
        """Whether one of the phrases stands there."""
        return next(self.find(words, start, end), None) is not None


class Framer:
    """Reads frames. Loads once; safe to share between threads."""

    def __init__(self, folder: Path = FOLDER) -> None:
        data: dict[str, Any] = read_yaml(folder / "_frames.yml")
        self._well = Phrases(data["well"])
        self._troubles = frozenset(str(word) for word in data["troubles"])
        self._told_of = Phrases(data["told_of"])
        self._lessons = Phrases(data["lessons"])
        self._contrast = Phrases(data["contrast"])
        self._long_gone = Phrases(data["long_gone"])
        self._well_since = Phrases(data["well_since"])
        lists = (self._well, self._told_of, self._lessons, self._contrast, self._long_gone, self._well_since)
        self.vocabulary = {word for phrases in lists for word in phrases.vocabulary}

    def read(self, found: Words) -> Frames:
        """The frames of a message."""
        bounds = list(found.bounds.values())
        words = found.words
        return Frames(
            found,
            well=self._well_words(found, bounds),
            told_of=list(self._told_of.find(words, 0, len(words))),
            lesson=self._lessons.occur(words, 0, len(words)),
            contrast=self._contrast.occur(words, 0, len(words)),
            long_gone={found.sentence[start] for start, _ in self._gone(words)},
            well_since={found.sentence[start] for start, _ in self._well_since.find(words, 0, len(words))},
        )

    def _gone(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        yield from self._long_gone.find(words, 0, len(words))
        for index in range(len(words) - 3):
            young = words[index : index + 3] in (["when", "i", "was"], ["when", "he", "was"], ["when", "she", "was"])
            age = durations.number(words[index + 3]) if young else None
            if age is not None and age < _YOUNG:
                yield index, index + 4

    def _well_words(self, found: Words, bounds: Sequence[tuple[int, int]]) -> frozenset[int]:
        well: set[int] = set()
        for number, (start, end) in enumerate(bounds):
            asked = found.sentence[start] in found.asks
            if asked:
                # "Legs? Strong as ever.": the answer stands in the next sentence.
                if (
                    end - start <= _SHORT
                    and number + 1 < len(bounds)
                    and self._is_well(found.words, *bounds[number + 1])
                ):
                    well |= set(range(start, bounds[number + 1][1]))
                continue
            for left, right in clauses(found.words, start, end):
                if self._is_well(found.words, left, right):
                    well |= set(range(left, right))
        return frozenset(well)

    def _is_well(self, words: Sequence[str], start: int, end: int) -> bool:
        covered: set[int] = set()
        for left, right in self._well.find(words, start, end):
            opens = left == start and right < end and words[left] in _OPENERS and words[right] not in _PLACES
            if not opens and (end - right <= _TAIL or end - start <= _BRIEF):
                covered |= set(range(left, right))
        return bool(covered) and not any(
            words[index] in self._troubles for index in range(start, end) if index not in covered
        )


class Frames:
    """The frames of one message."""

    def __init__(
        self,
        found: Words,
        well: frozenset[int],
        told_of: Sequence[tuple[int, int]],
        lesson: bool,
        contrast: bool,
        long_gone: set[int],
        well_since: set[int],
    ) -> None:
        self._found = found
        self._well = well
        self._told_of = told_of
        self.lesson = lesson  # the message is about a lesson or a rule in general
        self.contrast = contrast  # the writer sets himself apart from the person spoken of
        self.long_gone = long_gone  # sentences that tell of a time long gone
        self.well_since = bool(well_since)
        self._well_since_in = well_since

    @property
    def says_well(self) -> bool:
        """Whether something is said to be as it should be."""
        return bool(self._well)

    def is_well(self, hit: Hit) -> bool:
        """Whether the sign begins or ends in a clause that says that all is well there."""
        return hit.start in self._well or hit.end - 1 in self._well

    def is_long_gone(self, hit: Hit) -> bool:
        """Whether the sentence of the sign tells of a time long gone, and not of today, or else of being well now."""
        here = self._found.sentence[hit.start]
        if here not in self.long_gone:
            return False
        words = {
            word for word, sentence in zip(self._found.words, self._found.sentence, strict=True) if sentence == here
        }
        return here in self._well_since_in or not _TODAY & words

    def is_told_of(self, hit: Hit) -> bool:
        """Whether the sign is told of a text or a film: it follows one, and the writer does not come between."""
        words, sentence = self._found.words, self._found.sentence
        for start, end in self._told_of:
            near = sentence[hit.start] == sentence[start] or (
                hit.kind == "present"
                and sentence[hit.start] == sentence[start] + 1
                and words[hit.start - 1 : hit.start] != ["i"]
            )
            if end <= hit.start and near and not _SELF & set(words[end : hit.end]):
                return True
        return False


def clauses(words: Sequence[str], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Words `start` up to `end` of the clauses of a sentence, without the words that part them."""
    left = start
    for index in range(start, end):
        joint = words[index] in _CUTS or (
            words[index] in ("and", "so", "or") and index + 1 < end and words[index + 1] in _NEW_SUBJECT
        )
        if joint:
            if index > left:
                yield left, index
            left = index + 1
    if left < end:
        yield left, end
