"""What people typed, made fit to be quoted in one line: whatever they typed."""

from __future__ import annotations

import unicodedata

WORD = 28  # characters of one word: what has no spaces must not run over the edge
# What is invisible, or turns the direction of everything after it.
DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def cleaned(text: str) -> str:
    """One line of what can be seen: no control or direction signs, no piled-up accents, no endless words."""
    seen: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(character)
        if character.isspace():
            seen.append(" ")
        elif kind not in DROPPED:
            marks = marks + 1 if kind.startswith("M") else 0
            if marks <= 1:
                seen.append(character)
    return " ".join(_broken(word) for word in "".join(seen).split())


def _broken(word: str) -> str:
    return " ".join(word[start : start + WORD] for start in range(0, len(word), WORD))


def shortened(text: str, limit: int, note: str) -> str:
    """At most `limit` characters of the text, cut between words, then the note that says so."""
    if len(text) <= limit:
        return text
    cut = text[:limit].rsplit(" ", 1)[0] if " " in text[:limit] else text[:limit]
    return f"{cut.rstrip()} {note}"
