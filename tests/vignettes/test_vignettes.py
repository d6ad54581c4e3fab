"""The vignettes that judge the watch: written by others than the patterns' authors.

open.jsonl may be looked at and tuned on. sealed.jsonl, and sealed_2.jsonl by a later writer, are scored for reports
only: nobody who writes patterns reads them, and their hashes stand here, so that they cannot drift. The same holds for
the two files of whole conversations.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path

import pytest

from reasoning.red_flags import worst
from reasoning.triage import Level, Status, assess, flags
from understanding.screen import Screen

FOLDER = Path(__file__).parent
SEALED = {
    "sealed.jsonl": "a885e38d29478910838dcb9340a55c285bff06b913d24406b00587676b5e2811",
    "sealed_2.jsonl": "8f4527e3ae99b9635021c03c80e18cd379139b9ad60e7614b03fd991950fc04b",
    "conversations_sealed.jsonl": "91b726dc04a0fec25a5ee67e3968b7f9de6eb2aa8df58e1caa8a13655fcc0282",
}
# Emergencies that are not seen. Whoever mends one takes it out.
STILL_MISSED = {"H-021", "H-029", "H-103", "H-197", "H-211", "H-229", "H-321", "H-327"}


def rows(name: str) -> list[dict]:
    """The vignettes of a file."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", SEALED)
def test_the_sealed_part_is_as_it_was_sealed(name: str) -> None:
    """Nobody changed a case to please the watch."""
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == SEALED[name]


@pytest.mark.parametrize("name", ["open.jsonl", "sealed.jsonl", "sealed_2.jsonl"])
def test_every_vignette_speaks_the_vocabulary(name: str) -> None:
    """Flags, statuses and levels are those of knowledge/red_flags.yml and reasoning/triage.py."""
    for row in rows(name):
        assert {finding["flag"] for finding in row["findings"]} <= flags().keys(), row["id"]
        assert {finding["status"] for finding in row["findings"]} <= set(Status), row["id"]
        assert {row["level"], *row.get("ok_levels", ())} <= set(Level), row["id"]


def test_no_vignette_stands_twice() -> None:
    """At least 350 cases, each with an id of its own."""
    ids = [row["id"] for name in ("open.jsonl", "sealed.jsonl", "sealed_2.jsonl") for row in rows(name)]
    assert len(ids) == len(set(ids)) >= 350


@pytest.mark.parametrize(
    ("learned", "hard", "exact", "safe", "no_alarm"),
    [
        pytest.param(False, False, 0.95, 0.99, 0.99, id="patterns"),
        pytest.param(True, False, 0.94, 0.99, 0.99, id="with the second opinion"),
        pytest.param(True, True, 0.74, 0.95, 0.95, id="with the second opinion, the hard ones"),
    ],
)
def test_the_open_part_is_read(learned: bool, hard: bool, exact: float, safe: float, no_alarm: float) -> None:
    """Floors at what is reached on the part that was tuned on, rounded down; no emergency is missed that is not listed.

    With the 340 of F-..., by another writer than the rest and tuned on as well, since 29 November 2026. The 520 of
    H-..., written to be hard, have been there since the 30th: of their 154 emergencies the patterns of the day before
    found 87, and with the second opinion 120, when nobody had seen them.
    """
    watch = Screen(learned=learned, today=lambda: datetime.date(2026, 11, 24))
    counts = {"right": 0, "safe": 0, "harmless": 0, "alarms": 0}
    missed = []
    everything = [row for row in rows("open.jsonl") if row["id"].startswith("H-") == hard]
    for row in everything:
        result = watch.read(row["text"])
        level = assess(result.findings, result.has_back_trouble, result.age, result.weeks_pregnant).level
        wanted = [Level(name) for name in {row["level"], *row.get("ok_levels", ())}]
        counts["right"] += level in wanted
        counts["safe"] += any(worst(level, each) is level for each in wanted) or not any(
            each not in (Level.H, Level.NONE) for each in wanted
        )
        harmless = Level(row["level"]) in (Level.H, Level.NONE)
        counts["harmless"] += harmless
        counts["alarms"] += harmless and level.emergency
        if Level(row["level"]).emergency and not level.emergency:
            missed.append(row["id"])
    assert set(missed) == (STILL_MISSED if hard else set())
    assert counts["right"] >= exact * len(everything)
    assert counts["safe"] >= safe * len(everything)
    assert counts["alarms"] <= (1 - no_alarm) * counts["harmless"]
