"""Countdowns in a chat: a message that is edited as the time goes by, slowly enough for Telegram's limits.

The course of a hold is that of the website (widget/src/hold.ts): the dose is the card's, the pauses between are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

READY, REST, CHANGE_SIDE, BETWEEN_SETS = 5, 5, 6, 20  # seconds
LONGEST_TIMER = 2 * 3600
HOLD = re.compile(r"(\d{1,3}):(\d{1,2}):(\d):([ea])\Z")
TIMER = re.compile(r"\d{1,5}\Z")
MINUTE = 60


@dataclass(frozen=True)
class Step:
    """What the message shows, from so many seconds after the start on."""

    at: float
    text: str


def hold(data: str, wording: Mapping[str, str]) -> list[Step] | None:
    """The steps of a hold from the data of its button; None when it is not of that form."""
    found = HOLD.match(data)
    if found is None:
        return None
    length, rounds, sets = (max(1, int(value)) for value in found.groups()[:3])
    at, steps = 0.0, []
    for what, seconds, number, set_number in _phases(length, rounds, sets, found[4] == "e"):
        said = wording[f"hold_{what}"].format(seconds=length)
        place = {"round": number, "rounds": rounds, "set": set_number, "sets": sets}
        steps.append(Step(at, wording["hold_round"].format(what=said, **place)))
        at += seconds
    return [*steps, Step(at, wording["hold_finished"])]


def _phases(length: int, rounds: int, sets: int, each_side: bool) -> Iterator[tuple[str, int, int, int]]:
    yield "ready", READY, 1, 1
    for set_number in range(1, sets + 1):
        for number in range(1, rounds + 1):
            yield "left" if each_side else "hold", length, number, set_number
            if each_side:
                yield "change_side", CHANGE_SIDE, number, set_number
                yield "right", length, number, set_number
            if number < rounds:
                yield "change_side" if each_side else "rest", REST, number, set_number
            elif set_number < sets:
                yield "set_done", BETWEEN_SETS, number, set_number


def timer(data: str, label: str, wording: Mapping[str, str]) -> list[Step] | None:
    """The steps of a timer: each minute, then the end. None for data that are not of that form."""
    if not TIMER.match(data) or not 0 < int(data) <= LONGEST_TIMER:
        return None
    whole = int(data)
    steps = []
    for left in (whole, *range((whole - 1) // MINUTE * MINUTE, 0, -MINUTE)):
        shown = wording["timer_minutes" if left >= MINUTE else "timer_seconds"]
        time_left = shown.format(minutes=-(-left // MINUTE), seconds=left)
        steps.append(Step(whole - left, wording["timer_left"].format(label=label, left=time_left)))
    return [*steps, Step(whole, wording["timer_up"].format(label=label))]


def now(steps: list[Step], past: float) -> int:
    """Which step shows, so many seconds after the start."""
    return max(number for number, step in enumerate(steps) if step.at <= max(past, 0.0))
