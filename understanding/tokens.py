"""Words of a message with their place in it: lower case, contractions written out, sentences numbered.

Linear in the length of the text: one regular expression without nested repetition, and tables.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# A hyphen inside a word parts it ("t-boned"); an apostrophe does not.
_TOKEN = re.compile(r"\b(?:e\.g|i\.e|[ap]\.m)\b\.?|[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,/:]\d+)*|\.{2,}|\S")
_FOLD = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'", "\u02bc": "'", "\u2026": ",", "\u00a0": " ",
     "\u2013": "-", "\u2014": "-", "\u200b": " ", "\u00ad": " "}
)  # fmt: skip
_ENDS = frozenset({".", "!", "?", ";"})
_WITH_IS = frozenset({"it", "mine", "he", "she", "that", "there", "what", "how", "who", "where"})
_SUFFIXES = {"'m": "am", "'ve": "have", "'re": "are", "'ll": "will", "'d": "would", "'s": ""}
# Words after which a sentence is cut, so that work on one stays bounded: at a pause, or else in any case.
LONG_SENTENCE, LONGEST_SENTENCE = 45, 80
_PAUSES = frozenset({",", "and", "but", "so", "then", "also", "because", "plus"})


@dataclass
class Words:
    """The words of a text. `forms[i]` holds what word i may mean after spelling repair, the likeliest first."""

    text: str
    words: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    forms: list[tuple[str, ...]] = field(default_factory=list)
    asks: set[int] = field(default_factory=set)  # sentences that end in a question mark

    @functools.cached_property
    def bounds(self) -> dict[int, tuple[int, int]]:
        """Words `start` up to `end` of each sentence, by its number. For when all words are there."""
        found: dict[int, tuple[int, int]] = {}
        for index, number in enumerate(self.sentence):
            found[number] = (found.get(number, (index, index))[0], index + 1)
        return found

    def evidence(self, start: int, end: int) -> str:
        """The user's own words from word `start` up to word `end`."""
        return self.text[self.spans[start][0] : self.spans[end - 1][1]]


def fold(text: str) -> str:
    """Lower case and plain quotes, every character kept in its place."""
    folded = text.translate(_FOLD)
    low = folded.lower()
    if len(low) != len(text):
        low = "".join(small if len(small := char.lower()) == 1 else char for char in folded)
    return low


def split(text: str, table: Mapping[str, str]) -> Words:
    """The words of a text. `table` writes out short forms ("cnt": "cannot", "dont": "do not")."""
    found = Words(text)
    number, length, last_end = 0, 0, 0
    low = fold(text)
    for match in _TOKEN.finditer(low):
        piece, start, end = match.group(), match.start(), match.end()
        if "\n" in low[last_end:start] and length:
            number, length = number + 1, 0
        joined, last_end = last_end == start, end
        if piece == "-" and joined and end < len(low) and not low[end].isspace():
            continue
        if "." in piece and piece[0].isalpha():
            piece = piece.replace(".", "")
        if piece in _ENDS:
            if piece == "?":
                found.asks.add(number)
            number, length = number + 1, 0
            continue
        for word in _written_out("," if piece.startswith("..") else piece, table):
            if length >= LONGEST_SENTENCE or (length >= LONG_SENTENCE and word in _PAUSES):
                number, length = number + 1, 0
            length += _put(found, word, (start, end), number, length)
    found.forms = [(word,) for word in found.words]
    return found


def _put(found: Words, word: str, span: tuple[int, int], number: int, length: int) -> int:
    """Add a word, "can not" as one; how many words the sentence got longer."""
    if word == "not" and length and found.words[-1] in ("can", "could"):
        found.words[-1] = "cannot"
        found.spans[-1] = (found.spans[-1][0], span[1])
        return 0
    found.words.append(word)
    found.spans.append(span)
    found.sentence.append(number)
    return 1


def _written_out(piece: str, table: Mapping[str, str]) -> Iterable[str]:
    plain = piece.replace("'", "")
    if piece in table:
        return table[piece].split()
    if "'" not in piece:
        return (piece,)
    if piece.endswith("n't"):
        return ("cannot",) if piece in ("can't", "couldn't") else (piece[:-3], "not")
    for suffix, meant in _SUFFIXES.items():
        if piece.endswith(suffix):
            base = piece[: -len(suffix)]
            is_verb = suffix == "'s" and base in _WITH_IS
            return (base, "is") if is_verb else (table.get(base, base), meant) if meant else (base,)
    return table.get(plain, plain).split()
