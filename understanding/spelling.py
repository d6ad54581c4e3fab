"""Spelling repair towards the words of back trouble.

A word that is neither ordinary English nor a word of the domain gets the nearest domain words as further readings; the
word as written stays. So a repair can add a finding and never take one away: words that deny are repaired only from
a fixed table.
"""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Collection

from symspellpy import SymSpell, Verbosity

from understanding.tokens import Words

SHORT = 4  # letters; below, only very common words are trusted, since most slips of short words are rare words
COMMON_SHORT, COMMON_LONG = 9000, 90000  # ranks in the frequency list
LONG_FROM = 6  # from this length two slips are repaired: "fanta" is no slip of "faint"
NAME = 6  # letters: up to here an unknown word with a capital in the middle of a sentence is a name ("our Shaz")
READINGS = 4
SHORTEST, LONGEST = 3, 30  # letters of a word that is repaired
REMEMBERED = 4096  # words
_CANNOT = {"cant": "cannot", "couldnt": "cannot", "cudnt": "cannot"}  # near these, "cannot" is meant
_LITTLE = frozenset("i my me no in to is on at it a of or and so he she am we up the his her".split())


class Speller:
    """Adds readings to unknown words. `domain` are the words worth repairing to, `trusted` further known words."""

    def __init__(self, domain: Collection[str], trusted: Collection[str], deny: Collection[str]) -> None:
        self._rank = _ranks()
        self._domain = frozenset(domain)
        self._deny = frozenset(deny)
        self._trusted = frozenset(trusted) | _LITTLE | self._domain
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word in sorted({*domain, *_CANNOT}):  # in the same order in every process
            if len(word) >= SHORTEST and word.isalpha() and word not in deny:
                # Frequencies only order equally near words.
                self._symspell.create_dictionary_entry(word, max(1, 100_000 - self._rank.get(word, 99_000)))

    def known(self, word: str) -> bool:
        """Whether the word is left as it is."""
        if not word.isalpha() or word in self._trusted:
            return True
        rank = self._rank.get(word)
        return rank is not None and rank < (COMMON_SHORT if len(word) <= SHORT else COMMON_LONG)

    def repair(self, found: Words) -> None:
        """Add readings in place; words written apart or together are joined or parted."""
        unknown = [
            index for index, word in enumerate(found.words) if not self.known(word) and not _is_name(found, index)
        ]
        if not unknown:
            return
        for index in reversed(unknown):
            self._repair_at(found, index)

    @functools.lru_cache(maxsize=REMEMBERED)  # noqa: B019 - one speller per process, and it lives as long as that
    def _reading_of(self, word: str) -> tuple[tuple[str, ...], tuple[str, str] | None]:
        readings = self._readings(word)
        parts = self._parts(word) if not readings or readings[0][0] > 1 else None
        return tuple(text for _, text in readings), parts

    def _repair_at(self, found: Words, index: int) -> None:
        word = found.words[index]
        if self._join(found, index):
            return
        if len(word) > LONGEST:
            return
        readings, parts = self._reading_of(word)
        if parts:
            _put_apart(found, index, parts)
        elif readings:
            found.forms[index] = (*readings, word)
            found.words[index] = readings[0]

    def _readings(self, word: str) -> list[tuple[int, str]]:
        squeezed = _squeeze(word)
        if squeezed in self._domain:
            return [(0, squeezed)]
        if len(squeezed) < SHORTEST:
            return []
        reach = 1 if len(squeezed) < LONG_FROM else 2
        found = self._symspell.lookup(squeezed, Verbosity.CLOSEST, max_edit_distance=reach)
        once = _squeeze(word, 1)
        if not found and once != squeezed and once in self._domain:
            return [(1, once)]
        found.sort(key=lambda item: (item.distance, item.term[0] != squeezed[0], -item.count, item.term))
        return [(item.distance, _CANNOT.get(item.term, item.term)) for item in found[:READINGS]]

    def _parts(self, word: str) -> tuple[str, str] | None:
        best = None
        for cut in range(1, len(word)):
            left, right = word[:cut], word[cut:]
            if right in self._deny:
                continue  # "jonno" is a name, and would take away what comes after it
            if self._is_part(left) and self._is_part(right) and (left in self._domain or right in self._domain):
                score = min(len(left), len(right))
                if best is None or score > best[0]:
                    best = (score, left, right)
        return (best[1], best[2]) if best else None

    def _is_part(self, word: str) -> bool:
        return word in _LITTLE or (len(word) >= SHORTEST and self.known(word))

    def _join(self, found: Words, index: int) -> bool:
        for left in (index - 1, index):
            right = left + 1
            if left < 0 or right >= len(found.words) or found.sentence[left] != found.sentence[right]:
                continue
            whole = found.words[left] + found.words[right]
            if len(whole) > SHORT and whole in self._domain:
                found.words[left] = whole
                found.forms[left] = (whole,)
                found.spans[left] = (found.spans[left][0], found.spans[right][1])
                del found.words[right], found.forms[right], found.spans[right], found.sentence[right]
                return True
        return False


def _is_name(found: Words, index: int) -> bool:
    """Whether a word has a capital that nothing else gives it: it begins no sentence, its neighbour has none."""
    if not index or found.sentence[index - 1] != found.sentence[index] or len(found.words[index]) > NAME:
        return False
    before, written = (found.text[start:end] for start, end in found.spans[index - 1 : index + 1])
    return written[:1].isupper() and written[1:].islower() and not before[:1].isupper()


def _put_apart(found: Words, index: int, parts: tuple[str, str]) -> None:
    found.words[index : index + 1] = parts
    found.forms[index : index + 1] = [(parts[0],), (parts[1],)]
    found.spans[index : index + 1] = [found.spans[index]] * 2
    found.sentence[index : index + 1] = [found.sentence[index]] * 2


def _squeeze(word: str, keep: int = 2) -> str:
    """Runs of a letter cut to `keep` ("feeever")."""
    out: list[str] = []
    run = 0
    for char in word:
        run = run + 1 if out and out[-1] == char else 1
        if run <= keep:
            out.append(char)
    return "".join(out)


def _ranks() -> dict[str, int]:
    path = importlib.resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return {line.split(" ", 1)[0]: rank for rank, line in enumerate(lines)}
