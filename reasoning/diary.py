"""The diary of an episode: pain scores, how it went, what was tried, each with its moment; and what it shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reasoning.messages import PAIN_SCALE

MAX_NOTES = 200  # an episode of three weeks has far fewer; older ones give way
FEELINGS = ("better", "same", "worse", "gone")

_COUNTED = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_IN_WORDS = {**{word: number for number, word in enumerate(_COUNTED)}, "nought": 0, "none": 0}
_NUMBER = re.compile(r"(?<![\d.:/])(\d{1,2})(?![\d:%]|\.\d)", re.IGNORECASE)
_OUT_OF_TEN = re.compile(r"(?:/|out of|of)\s*(?:10|ten)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Note:
    """One line of the diary. `at`: moment in UTC; `pain`: 0 to 10; `feel`: of FEELINGS; `tried`: a remedy.

    `passing`: nobody has agreed to a diary; it is the last answer of its kind, and gives way to the next.
    """

    at: str
    pain: int | None = None
    feel: str = ""
    tried: str = ""
    passing: bool = False

    @property
    def kind(self) -> tuple[bool, bool, bool]:
        """What it is about."""
        return self.pain is not None, bool(self.feel), bool(self.tried)


def add(notes: Sequence[Note], note: Note, *, agreed: bool) -> tuple[Note, ...]:
    """The diary with one more line; the oldest give way when there are too many.

    Where the person has not `agreed` to a diary, only the last answer of each kind is known, and no course of days.
    """
    before = [old for old in notes if not (old.passing and old.kind == note.kind)]
    return (*before, replace(note, passing=not agreed))[-MAX_NOTES:]


def scores(notes: Sequence[Note]) -> tuple[int, ...]:
    """The pain scores in order."""
    return tuple(note.pain for note in notes if note.pain is not None)


def trend(notes: Sequence[Note]) -> str:
    """How the pain goes, by the first score and the last: first (there is no other), same, down or up."""
    found = scores(notes)
    if len(found) < 2:
        return "first"
    if found[-1] == found[0]:
        return "same"
    return "down" if found[-1] < found[0] else "up"


def last_feeling(notes: Sequence[Note]) -> str:
    """How it went when that was told last; "" when it never was."""
    return next((note.feel for note in reversed(notes) if note.feel), "")


def pain_in(text: str) -> int | None:
    """The pain score that a short answer names: "6", "about six", "7/10"; None when it names none, or more than one."""
    plain = _OUT_OF_TEN.sub(" ", text.casefold())
    digits = [int(number) for number in _NUMBER.findall(plain)]
    words = [_IN_WORDS[word] for word in re.findall(r"[a-z]+", plain) if word in _IN_WORDS]
    found = [number for number in (*digits, *words) if number in PAIN_SCALE]
    # "It is the worst one, a nine": a counting word beside a score is none.
    if len(set(found)) == 2 and 1 in words and 1 not in digits:
        found = [number for number in found if number != 1]
    return found[0] if len(set(found)) == 1 and len(digits) <= 1 else None
