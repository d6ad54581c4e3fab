"""How a message is cut into clauses, and which of them ask."""

from __future__ import annotations

import gc
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml
from hypothesis import given
from hypothesis import strategies as st

from understanding.clauses import MOST, asking, clauses

CASES = ruamel.yaml.YAML(typ="safe").load(Path(__file__).with_name("clauses_cases.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_the_questions_of_a_message_are_found(case: dict[str, Any]) -> None:
    assert [clause.text for clause in clauses(case["text"]) if clause.asks] == case["asking"]


def test_when_nothing_asks_all_of_it_counts() -> None:
    """A bare "tens machine" is read whole."""
    found = clauses("it grabbed me. tens machine")
    assert asking(found) == found


def test_two_things_joined_by_a_word_are_seen() -> None:
    assert clauses("ice or heat")[0].joins
    assert not clauses("how long do I ice")[0].joins


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_clauses_are_parts_of_the_text_in_order(text: str) -> None:
    """Whatever is typed: each clause stands at its place in the text, and none overlaps the next."""
    found = clauses(text)
    assert len(found) <= MOST
    assert all(text[clause.start : clause.end] == clause.text for clause in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize("part", ["what is it and ", "? ", "and ", "ice, can i ", "a", "how ", "\n", "x.y "])
def test_the_time_grows_with_the_length_and_no_faster(part: str) -> None:
    """Sixteen times the text takes at most forty times as long."""

    def seconds(times: int) -> float:
        best = 1.0
        gc.collect()
        gc.disable()  # what other tests left in memory would be walked again and again, and counted here
        try:
            for _ in range(5):
                start = time.process_time()
                clauses(part * times)
                best = min(best, time.process_time() - start)
        finally:
            gc.enable()
        return best

    assert seconds(3200) < 40 * max(seconds(200), 1e-4)
