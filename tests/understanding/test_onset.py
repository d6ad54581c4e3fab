"""When it began, as a message says it: the beginning is read, and what is none is not taken for one."""

from __future__ import annotations

import datetime
import re

import pytest

from understanding import durations, onset

THURSDAY = datetime.date(2026, 11, 26)


def days(text: str) -> float | None:
    """Days from the beginning that the message tells."""
    found = onset.read(text, re.findall(r"[a-z0-9']+", text.casefold()), THURSDAY)
    return found.days if found else None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("this morning", 0),
        ("since Tuesday", 2),
        ("5 days ago", 5),
        ("yesterday", 1),
        ("it began 5 days ago", 5),
        ("no, it was Monday", 3),
        ("my back went this morning", 0),
        ("this morning at work my back locked", 0),
        ("My lower back just seized up this evening", 0),
        ("my back locked on Sunday", 4),
    ],
)
def test_the_beginning_is_read(text: str, told: float) -> None:
    assert days(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "the pain went this morning",
        "my back pain went this morning",
        "my back is better today",
        "my back went after golf, help",
        "three weeks of it and this morning my back locked",
        "remind me tomorrow",
    ],
)
def test_what_is_no_beginning_is_not_taken_for_one(text: str) -> None:
    assert days(text) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("my back cramps since golf yesterday please help", [1.0]),
        ("it has been like this since the move on sunday", [4.0]),
        ("since golf i was fine yesterday", []),
        ("since golf my back hurts", []),
    ],
)
def test_what_it_began_with_may_stand_before_its_day(text: str, told: list[float]) -> None:
    assert [span.days for span in durations.find(text.split(), THURSDAY) if span.kind == "since"] == told
