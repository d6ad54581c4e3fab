"""What a message tells of the person, and what it only asks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml

from understanding.user_facts import UserFactReader

CASES = ruamel.yaml.YAML(typ="safe").load(Path(__file__).with_name("user_facts_cases.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reader() -> UserFactReader:
    return UserFactReader()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['text']}")
def test_facts_are_told_denied_or_asked(reader: UserFactReader, case: dict[str, Any]) -> None:
    found = reader.read(case["text"])
    assert sorted(found.facts) == sorted(case.get("facts", []))
    assert sorted(found.denied) == sorted(case.get("denied", []))
    assert found.in_general == case.get("general", False)
    assert found.age == case.get("age")
    assert found.weeks == case.get("weeks")


def test_a_long_message_takes_no_long_time(reader: UserFactReader) -> None:
    reader.read("warm")
    start = time.perf_counter()
    reader.read("i have asthma and my back hurts and i took ibuprofen " * 60)
    assert time.perf_counter() - start < 1  # a safety net against blow-up, not a speed test
