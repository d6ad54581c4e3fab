"""For a stand-in of the conversations that is its own records and its own watch."""

from __future__ import annotations

from typing import Self


class ItsOwn:
    """What the real conversations have as parts of their own (serving/records.py, serving/watching.py)."""

    @property
    def records(self) -> Self:
        """What is kept of people."""
        return self

    @property
    def watching(self) -> Self:
        """What the watch says without a dialogue."""
        return self
