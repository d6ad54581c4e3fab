"""The evaluation set is kept apart: big enough, long enough, and never trained on."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from reasoning.knowledge import topic_paths
from reasoning.strict_yaml import plain, read_yaml

ROOT = Path(__file__).resolve().parents[2]
SETS = [ROOT / "tests" / "understanding" / name for name in ("evaluation.jsonl", "development.jsonl")]


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _trained_on() -> set[str]:
    found: set[str] = set()
    for path in sorted((ROOT / "data").rglob("*.yml")):
        for block in plain(read_yaml(path)).get("nlu", ()):
            examples = block["examples"]
            if isinstance(examples, str):
                found.update(_folded(re.sub(r"^- ", "", line)) for line in examples.splitlines())
            else:
                found.update(_folded(example["text"]) for example in examples)
    for path in topic_paths():
        topic = plain(read_yaml(path))
        found.update(_folded(question) for question in topic["asked_as"])
        found.update(_folded(question) for entry in topic["entries"] for question in entry["asked_as"])
    return found


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_nobody_trained_on_a_sentence_of_it(path: Path) -> None:
    """No message of the set is a training example, letter case and punctuation aside."""
    shared = [row["id"] for row in _rows(path) if _folded(row["text"]) in _trained_on_once]
    assert not shared


_trained_on_once = _trained_on()


def test_the_evaluation_set_has_the_size_that_its_figures_claim() -> None:
    """At least 500 sentences, 15 for each topic, a third of them over 25 words, no two alike."""
    rows = _rows(SETS[0])
    topics = Counter(row["topics"][0] for row in rows if len(row["topics"]) == 1)
    long = sum(len(row["text"].split()) > 25 for row in rows)
    assert len(rows) >= 500
    assert min(topics.values()) >= 15
    assert len(topics) == 25
    assert long >= len(rows) / 3
    assert len({_folded(row["text"]) for row in rows}) == len(rows)
