"""How often Python looks for what nobody holds any more.

A turn makes some ten thousand short-lived objects, and the model and the knowledge are a million that stay: by its own
measure Python would look through the young ones thirty times a turn, and now and then through all.
"""

from __future__ import annotations

import gc

YOUNG = 20_000  # new objects until the young ones are looked through
OLDER, OLDEST = 20, 100  # so many of these looks until the next generation is


def settle() -> None:
    """What is there now stays, and is not looked through again; what comes is looked through less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDEST)
