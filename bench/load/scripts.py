"""What people do: the conversations of tests/conversations/cases, turn by turn, without what is checked there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reasoning.strict_yaml import plain, read_yaml

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "conversations" / "cases"
WAYS = ("say", "press", "tick")


@dataclass(frozen=True)
class Turn:
    """`way`: say (typed), press (a button), tick (items of a list); `words`: the text, or the titles."""

    way: str
    words: tuple[str, ...]


Script = tuple[Turn, ...]


def scripts(*, typed_only: bool = False) -> list[Script]:
    """All conversations; `typed_only` leaves out what a bot without our buttons and lists cannot take."""
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        for case in plain(read_yaml(path)):
            turns = tuple(_turn(turn) for turn in case["turns"])
            turns = tuple(turn for turn in turns if turn.way == "say") if typed_only else turns
            if turns:
                found.append(turns)
    return found


def endless(of: list[Script], seed: int) -> Iterator[Script]:
    """These conversations for ever, each as often as the others, in an order that the seed decides."""
    shuffled = random.Random(seed)  # noqa: S311  an order, no secret
    while True:
        yield from shuffled.sample(of, len(of))


def _turn(turn: dict[str, object]) -> Turn:
    way = next(way for way in WAYS if way in turn)
    words = turn[way]
    return Turn(way, tuple(map(str, words)) if isinstance(words, list) else (str(words),))
