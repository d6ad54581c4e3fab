"""Whether answers helped, for whoever runs the bot: a line of JSON each, without words, conversation or time of day."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEPT = ("kind", "topics", "facts")  # ids of our own; what stands in a message for one person is left out


@dataclass
class Feedback:
    """Appends to the file at `path`; a message counts once for as long as the process runs."""

    path: Path
    _rated: set[str] = field(default_factory=set)

    def add(self, message: Mapping[str, Any], helpful: bool) -> bool:
        """Keep that this bot message helped or did not; False when it was rated before."""
        if message["id"] in self._rated:
            return False
        self._rated.add(message["id"])
        about = {name: message[name] for name in KEPT if message.get(name)}
        line = {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), **about, "helpful": helpful}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        return True
