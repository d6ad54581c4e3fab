"""The vignettes that judge the watch: written by others than the patterns' authors.

open.jsonl may be looked at and tuned on. sealed.jsonl is scored for reports only: nobody who writes patterns reads it,
and its hash stands here, so that it cannot drift.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from reasoning.triage import Level, Status, flags

FOLDER = Path(__file__).parent
SEALED = "a885e38d29478910838dcb9340a55c285bff06b913d24406b00587676b5e2811"


def rows(name: str) -> list[dict]:
    """The vignettes of a file."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def test_the_sealed_part_is_as_it_was_sealed() -> None:
    """Nobody changed a case to please the watch."""
    assert hashlib.sha256((FOLDER / "sealed.jsonl").read_bytes()).hexdigest() == SEALED


@pytest.mark.parametrize("name", ["open.jsonl", "sealed.jsonl"])
def test_every_vignette_speaks_the_vocabulary(name: str) -> None:
    """Flags, statuses and levels are those of knowledge/red_flags.yml and reasoning/triage.py."""
    for row in rows(name):
        assert {finding["flag"] for finding in row["findings"]} <= flags().keys(), row["id"]
        assert {finding["status"] for finding in row["findings"]} <= set(Status), row["id"]
        assert {row["level"], *row.get("ok_levels", ())} <= set(Level), row["id"]


def test_no_vignette_stands_twice() -> None:
    """At least 350 cases, each with an id of its own."""
    ids = [row["id"] for name in ("open.jsonl", "sealed.jsonl") for row in rows(name)]
    assert len(ids) == len(set(ids)) >= 350
