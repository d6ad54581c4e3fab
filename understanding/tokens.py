"""Words of a message with their place in it: lower case, contractions written out, sentences numbered.

Linear in the length of the text: one regular expression without nested repetition, and tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# A hyphen inside a word parts it ("t-boned"); an apostrophe does not.
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,/:]\d+)*|\.{2,}|\S")
_FOLD = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'", "\u02bc": "'", "\u2026": ",", "\u00a0": " ",
     "\u2013": "-", "\u2014": "-", "\u200b": " ", "\u00ad": " "}
)  # fmt: skip
_ENDS = frozenset({".", "!", "?", ";"})
_SUFFIXES = {"'m": "am", "'ve": "have", "'re": "are", "'ll": "will", "'d": "would", "'s": ""}
LONGEST_SENTENCE = 60  # words; a longer one is cut, so that work on a sentence stays bounded


@dataclass
class Words:
    """The words of a text. `forms[i]` holds what word i may mean after spelling repair, the likeliest first."""

    text: str
    words: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    forms: list[tuple[str, ...]] = field(default_factory=list)
    asks: set[int] = field(default_factory=set)  # sentences that end in a question mark

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
    number, length = 0, 0
    low = fold(text)
    last_end = 0
    for match in _TOKEN.finditer(low):
        token, start, end = match.group(), match.start(), match.end()
        if "\n" in low[last_end:start] and length:
            number, length = number + 1, 0
        joined = last_end == start
        last_end = end
        if token == "-" and joined and end < len(low) and not low[end].isspace():
            continue
        if token in _ENDS:
            if token == "?":
                found.asks.add(number)
            number, length = number + 1, 0
            continue
        if token.startswith(".."):
            token = ","
        for word in _written_out(token, table):
            if length >= LONGEST_SENTENCE:
                number, length = number + 1, 0
            if word == "not" and found.words and found.words[-1] in ("can", "could") and length:
                found.words[-1] = "cannot"
                found.spans[-1] = (found.spans[-1][0], end)
                continue
            found.words.append(word)
            found.spans.append((start, end))
            found.sentence.append(number)
            length += 1
    found.forms = [(word,) for word in found.words]
    return found


def _written_out(token: str, table: Mapping[str, str]) -> Iterable[str]:
    plain = token.replace("'", "")
    if token in table:
        return table[token].split()
    if "'" not in token:
        return (token,)
    if token.endswith("n't"):
        return ("cannot",) if token in ("can't", "couldn't") else (token[:-3], "not")
    for suffix, word in _SUFFIXES.items():
        if token.endswith(suffix):
            base = token[: -len(suffix)]
            if suffix == "'s" and base in ("it", "he", "she", "that", "there", "what", "how", "who", "where"):
                word = "is"
            return (table.get(base, base), word) if word else (base,)
    return table.get(plain, plain).split()
