"""Typing mistakes, as hurried thumbs make them: seeded, so that a ladder of them can be compared."""

from __future__ import annotations

import random

SHORTEST = 4  # letters of a word that is mistyped: shorter ones turn into other words
_NEIGHBOURS = {
    "a": "qsz", "b": "vgn", "c": "xdv", "d": "sfec", "e": "wrd", "f": "dgrv", "g": "fhtb", "h": "gjyn", "i": "uok",
    "j": "hkun", "k": "jlim", "l": "kop", "m": "nk", "n": "bmh", "o": "ipl", "p": "ol", "q": "wa", "r": "etf",
    "s": "adwx", "t": "ryg", "u": "yij", "v": "cbf", "w": "qes", "x": "zsc", "y": "tuh", "z": "xa",
}  # fmt: skip


def mistype(text: str, share: float, seed: int) -> str:
    """The text with about `share` (0 to 1) of its words of four letters and more mistyped, one mistake a word."""
    dice = random.Random(seed)  # noqa: S311 - mistakes, no secrets
    return " ".join(
        _mistyped(word, dice) if len(word) >= SHORTEST and word.isalpha() and dice.random() < share else word
        for word in text.split()
    )


def _mistyped(word: str, dice: random.Random) -> str:
    """One letter left out, doubled, swapped with the next, or the key beside it; the first letter mostly right."""
    place = dice.randrange(0 if dice.random() < 0.1 else 1, len(word) - 1)
    kind = dice.choice(("left out", "doubled", "swapped", "beside"))
    if kind == "left out":
        return word[:place] + word[place + 1 :]
    if kind == "doubled":
        return word[:place] + word[place] + word[place:]
    if kind == "swapped":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    beside = _NEIGHBOURS.get(word[place].lower(), "e")
    return word[:place] + dice.choice(beside) + word[place + 1 :]
