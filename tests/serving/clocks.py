"""A clock that is moved by hand."""

from __future__ import annotations

import datetime


class HandClock:
    """Shows `time` until it is moved."""

    def __init__(self, time: datetime.datetime) -> None:
        self.time = time

    def now(self) -> datetime.datetime:
        """The time it shows."""
        return self.time

    def move(self, **time: float) -> None:
        """On or back (arguments of timedelta)."""
        self.time += datetime.timedelta(**time)
