"""A typed text, made fit to be kept and fit to be understood.

What is shown and kept is what was typed, without what no database or file takes. What is understood has the letters
that were meant: compatibility forms folded (NFKC), and no characters that cannot be seen.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_CHARACTERS = 4_000  # of a text that is answered; a longer one is screened only
MAX_BYTES = 16 * 1024  # UTF-8, of what is looked at and kept at all

UNKEEPABLE = re.compile("[\ud800-\udfff]")  # halves of a surrogate pair, which have no UTF-8
# Seen by nobody: soft hyphen, grapheme joiner, fillers, variation selectors; and everything of category Cf (direction
# marks, joiners, zero-width spaces, tags).
UNSEEN = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x1810))))
)
SPACES = frozenset("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85")
MAY_PART = "\u200b"  # zero-width space: between words in some scripts, inside a word where somebody hides it


@dataclass(frozen=True)
class Text:
    """A text as it is read. `apart`: with a space wherever something unseen stood; "" where nothing did."""

    plain: str
    apart: str = ""
    too_long: bool = False

    @property
    def without_slash(self) -> str:
        """What Rasa's parser is given: a leading slash is a command to it, and here it is text."""
        return self.plain.lstrip("/ \t\r\n").strip()

    @property
    def is_command(self) -> bool:
        """It begins like one of Rasa's commands."""
        return self.plain.lstrip().startswith("/")


def shown(text: str) -> str:
    """As typed, and keepable: no NUL, halves of surrogate pairs as U+FFFD, no more than `MAX_BYTES`."""
    return _cut(UNKEEPABLE.sub("\ufffd", text.replace("\0", "")))


def read(text: str) -> Text:
    """How the text is understood."""
    keepable = shown(text)
    if keepable.isascii() and keepable.isprintable():  # nothing to fold and nothing unseen: most messages
        return Text(keepable, too_long=len(keepable) > MAX_CHARACTERS)
    folded = _cut(unicodedata.normalize("NFKC", keepable))  # one letter can unfold to eighteen
    plain = "".join(_seen(letter, "") for letter in folded)
    apart = "".join(_seen(letter, " ") for letter in folded)
    # What was cut is too long by that: MAX_BYTES of the widest letters are more than MAX_CHARACTERS.
    too_long = max(len(keepable), len(folded)) > MAX_CHARACTERS
    return Text(plain, apart if apart != plain else "", too_long)


def _seen(letter: str, instead: str) -> str:
    if letter in UNSEEN:
        return ""
    category = unicodedata.category(letter)
    if category == "Cf":
        return instead if letter == MAY_PART else ""
    if category == "Cc":
        return (letter if letter in "\n\t" else " ") if letter in SPACES else instead
    return letter


def _cut(text: str) -> str:
    raw = text.encode("utf-8")
    return text if len(raw) <= MAX_BYTES else raw[:MAX_BYTES].decode("utf-8", "ignore")
