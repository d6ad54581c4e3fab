"""Animals and things of which a sign is told: "our cat can't pee", "the plants went pale", "my laptop is weak".

They count only as the subject of the sign's own clause, with no person between them and the end of the sign, so that
"the horse threw me" and "the dog pulled and I went numb" stay with the writer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from understanding.lay_language import Hit
from understanding.tokens import Words

_JOINTS = frozenset(", ; : - ( ) and but so because cause then when while that though although or after before".split())
_PERSONS = frozenset("i me my mine myself we us he she him they them you".split())
_BEFORE = frozenset(
    "the my our your his her their a an this that these those one both all some another old new poor little small "
    "young big black brown white stupid bloody daft other next door mother mad of sisters brothers neighbours "
    "neighbors friends mates in-law in law".split()
)
_AHEAD = 4  # words that may stand before the noun ("my mother in law's old dog")
_APART = 6  # words between the noun and the sign
_LIKENESS = frozenset({"like", "as"})


class Bystanders:
    """Tells whether a sign is told of an animal or a thing."""

    def __init__(self, animals: Iterable[str], machines: Iterable[str], relatives: Iterable[str]) -> None:
        self._animals = frozenset(str(word) for word in animals)
        self._machines = frozenset(str(word) for word in machines)
        self._before = _BEFORE | frozenset(relatives)

    def speak(self, found: Words, hit: Hit) -> bool:
        """Whether an animal or a thing is the subject of the hit's clause."""
        words, here = found.words, found.sentence[hit.start]
        start = hit.start
        while start > 0 and found.sentence[start - 1] == here:
            if words[start - 1] in _JOINTS and (start != hit.start or words[start - 1] != "and"):
                break
            start -= 1
        place = self._subject(words, start, hit)
        return place is not None and not self._person_after(words, place, hit)

    def _subject(self, words: Sequence[str], start: int, hit: Hit) -> int | None:
        for index in range(start, min(start + _AHEAD + 1, hit.end)):
            word = words[index]
            if word in self._machines or (word in self._animals and hit.name != "major_trauma"):
                return index if hit.start - index <= _APART else None
            if word not in self._before:
                return None
        return None

    @staticmethod
    def _person_after(words: Sequence[str], place: int, hit: Hit) -> bool:
        for index in range(place + 1, hit.end):
            if words[index] in _PERSONS or (words[index] in _LIKENESS and index < hit.start):
                return True
            if index > hit.start and words[index] in _JOINTS:
                return False
        return False
