"""Which of the offered items a message picks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml

from understanding import ordinals

CASES = ruamel.yaml.YAML(typ="safe").load(Path(__file__).with_name("ordinals_cases.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['text']}")
def test_picks_are_read_and_other_numbers_are_not(case: dict[str, Any]) -> None:
    assert ordinals.read(str(case["text"]), case["act"]) == tuple(case["picks"])


def test_a_long_message_is_read_in_linear_time() -> None:
    assert ordinals.read("1 and 2 and " * 4000 + "my back hurts", "") is not None
