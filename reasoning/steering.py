"""The small words that steer a session of stretches: "next", "hang on", "ouch", "about a 6" (knowledge/coach.yml).

A session is led by somebody who lies on the floor: a short message there is nearly always one of a few commands.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

from reasoning.diary import pain_in
from reasoning.strict_yaml import FOLDER, Strict, build, read_yaml

SHORT = 6  # words of a message that may be a command
REACH = 3  # words before a sign in which it is denied ("it does not hurt more")


class Course(Strict):
    """The session as data: order, limits on the pain scale, words."""

    order: tuple[str, ...]
    severe_from: int
    worse_by: int
    denied_by: frozenset[str]
    supposing: frozenset[str]
    commands: dict[str, tuple[str, ...]]


@functools.cache
def course(path: Path = FOLDER / "coach.yml") -> Course:
    """The session; KnowledgeError names what is wrong in the file."""
    return build(Course, read_yaml(path), path)


def command(text: str, among: Iterable[str]) -> str:
    """The first of these commands that the text gives, "" for none. Pain counts in a message of any length."""
    words = spoken(text)
    for name in among:
        phrases = course().commands[name]
        if name in ("trouble", "ache"):
            if any(_told(words, phrase.split()) for phrase in phrases) and not _only_asked(text, words):
                return name
        elif len(words) <= SHORT and "?" not in text and any(_places(words, phrase.split()) for phrase in phrases):
            return name
    return ""


def mark(text: str) -> int | None:
    """The mark on the pain scale that a short text gives ("7", "about a six", "4/10"); None for none or several."""
    return pain_in(text) if len(spoken(text)) <= SHORT + 2 else None


def spoken(text: str) -> list[str]:
    """The words of a text, in small letters, without apostrophes."""
    return re.findall(r"[a-z]+|\d+", text.lower().replace("'", "").replace("\u2019", ""))


def _places(words: list[str], phrase: list[str]) -> list[int]:
    return [n for n in range(len(words) - len(phrase) + 1) if words[n : n + len(phrase)] == phrase]


def _told(words: list[str], phrase: list[str]) -> bool:
    """The phrase stands there and is not denied just before."""
    return any(course().denied_by.isdisjoint(words[max(0, n - REACH) : n]) for n in _places(words, phrase))


def _only_asked(text: str, words: list[str]) -> bool:
    """ "What if it gets worse?" tells of no pain."""
    return "?" in text and bool(words) and words[0] in course().supposing
