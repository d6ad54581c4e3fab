"""Whether answers helped and which were called wrong, for whoever runs the bot: a line of JSON each.

No words, conversation or time of day; a person's words stand there only when they agreed to it, under a key that finds
them again when the conversation is deleted.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reasoning.case import Report

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
        self._append({**about, "helpful": helpful})
        return True

    def report(self, conversation: str, report: Report) -> None:
        """Keep that an answer was called wrong, with the person's words where they agreed."""
        line: dict[str, Any] = {"wrong": report.file, "entries": list(report.entries)}
        if report.words:
            line |= {"words": report.words, "key": _key(conversation)}
        self._append(line)

    def forget(self, conversation: str) -> None:
        """Take out the words of a conversation; that an answer was called wrong stays."""
        if not self.path.exists():
            return
        key, lines = _key(conversation), self.path.read_text(encoding="utf-8").splitlines()
        if not any(key in line for line in lines):
            return
        kept = [json.loads(line) for line in lines]
        for line in kept:
            if line.get("key") == key:
                del line["words"], line["key"]
        beside = self.path.with_suffix(".new")
        beside.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        beside.replace(self.path)

    def _append(self, line: Mapping[str, Any]) -> None:
        dated = {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), **line}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(dated) + "\n")


def _key(conversation: str) -> str:
    """Ids hold 144 random bits, so their hash tells nothing and cannot be guessed."""
    return hashlib.sha256(conversation.encode()).hexdigest()[:32]
