"""How patterns that are often wrong are told from the others, and moved."""

from __future__ import annotations

import pytest

from bench.patterns import is_doubtful, moved

FILE = """\
# A comment stays.
slug: bladder_leak
present:
  - wet+ .. <bed>
  - 'so: leaky'
  - <leaking>
denied:
  - no leaks
"""
AFTER = """\
# A comment stays.
slug: bladder_leak
present:
  - wet+ .. <bed>
likely:
  - 'so: leaky'
  - <leaking>
denied:
  - no leaks
"""


@pytest.mark.parametrize(
    ("right", "wrong", "emergency", "doubtful"),
    [(0, 1, False, False), (0, 2, False, True), (2, 2, False, True), (3, 2, False, False), (30, 21, False, True),
     (0, 2, True, True), (2, 2, True, False), (4, 6, True, False), (3, 6, True, True)],
)  # fmt: skip
def test_a_pattern_is_doubtful_when_it_is_wrong_often(right: int, wrong: int, emergency: bool, doubtful: bool) -> None:
    assert is_doubtful(right, wrong, emergency) is doubtful


def test_moving_leaves_all_else_in_its_place() -> None:
    """Also when some were moved before."""
    assert moved(FILE, {"so: leaky", "<leaking>"}) == AFTER
    assert moved(moved(FILE, {"so: leaky"}), {"<leaking>"}) == AFTER
    assert moved(AFTER, set()) == AFTER


def test_what_cannot_be_found_is_not_lost() -> None:
    with pytest.raises(ValueError, match="0 of 1"):
        moved(FILE, {"no leaks"})
