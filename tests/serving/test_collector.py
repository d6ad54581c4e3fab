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


def test_what_is_there_is_looked_through_no_more() -> None:
    """In a process of its own, since it is for good."""
    said = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.split() == ["True", "True", *map(str, (collector.YOUNG, collector.OLDER, collector.OLDEST))]
