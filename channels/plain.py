"""What a chat platform needs of plain text: long texts in pieces, choices as numbered lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

# Where a text may be parted, the best place first: between paragraphs, lines, sentences, words.
PLACES = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?…])[\"')\]]*\s+", r"\s+"))


def utf16_length(text: str) -> int:
    """Length as Telegram counts it, in UTF-16 code units: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int, length: Callable[[str], int] = utf16_length) -> list[str]:
    """The text in pieces of at most `limit`, parted between sentences where it can be; only white space is lost."""
    if limit < 2:
        raise ValueError("a piece holds at least one character")
    pieces = []
    rest = text.strip()
    while length(rest) > limit:
        end = _end(rest, limit, length)
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest else pieces


def numbered(titles: Iterable[str], line: str) -> str:
    """The titles one below the other; `line` has {number} and {title} (`item_line` of knowledge/wording.yml)."""
    return "\n".join(line.format(number=number, title=title) for number, title in enumerate(titles, 1))


def _end(text: str, limit: int, length: Callable[[str], int]) -> int:
    """Where the first piece ends: at the best place in its second half, else wherever it is full."""
    full = _fitting(text, limit, length)
    for place in PLACES:
        ends = [found.end() for found in place.finditer(text, 0, full) if full // 2 < found.end()]
        if ends:
            return ends[-1]
    return full


def _fitting(text: str, limit: int, length: Callable[[str], int]) -> int:
    """How many characters of the text fit."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text[:middle]) <= limit else (low, middle - 1)
    return low
