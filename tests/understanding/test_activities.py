"""Which activity of the knowledge a message names."""

from __future__ import annotations

from pathlib import Path

import pytest
import ruamel.yaml

from understanding import activities

CASES = ruamel.yaml.YAML(typ="safe").load(Path(__file__).with_name("activities_cases.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['text']}")
def test_the_activity_is_found_in_any_form_of_the_word(case: dict[str, str]) -> None:
    assert activities.read(case["text"]) == case["activity"]
