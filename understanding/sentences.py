"""A sentence of a message, as those see it who judge a sign in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from understanding.tokens import Words

SHORT_SENTENCE = 7  # words; "It's fine now." speaks of the sentence before


@dataclass(frozen=True)
class Sentence:
    """Words `start` up to `end` of a message, and those of the next sentence; `asks`: it ends in a question mark."""

    found: Words
    start: int
    end: int
    words: Sequence[str]
    following: Sequence[str]
    asks: bool


def contains(words: Sequence[str], phrase: tuple[str, ...]) -> bool:
    """Whether the words of the phrase stand there in a row."""
    size = len(phrase)
    if phrase[0] not in words:
        return False
    return any(tuple(words[index : index + size]) == phrase for index in range(len(words) - size + 1))
