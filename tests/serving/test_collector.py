"""What the start has made is put aside."""

from __future__ import annotations

import subprocess
import sys

from serving import collector

LOOK = """
import gc
from serving.collector import settle
kept = [[number] for number in range(1000)]
before = len(gc.get_objects())
settle()
print(gc.get_freeze_count() >= len(kept), len(gc.get_objects()) < before, *gc.get_threshold())
"""

CIRCLES = """
import gc
kept = [[number] for number in range(400_000)]
from serving import collector
collector.settle()
oldest = gc.get_stats()[2]["collections"]
waiting = []
for _ in range((collector.OLDER + 1) * (collector.OLDEST + 2) * 2 * collector.YOUNG):  # half of them stay for a while
    circle = []
    circle.append(circle)
    waiting.append(circle)
    if len(waiting) > collector.YOUNG * 2:
        waiting.clear()
print(gc.get_stats()[2]["collections"] > oldest)
"""


def run(code: str) -> list[str]:
    """What it prints, in a process of its own, since settling is for good."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


def test_what_messages_leave_in_circles_is_found_however_much_the_start_has_made() -> None:
    assert run(CIRCLES) == ["True"]


def test_what_is_there_is_looked_through_no_more() -> None:
    assert run(LOOK) == ["True", "True", *map(str, (collector.YOUNG, collector.OLDER, collector.OLDEST))]
