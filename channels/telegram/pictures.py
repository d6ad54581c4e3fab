"""The stretches' pictures: sent once as a file, from then on by the id that Telegram gave it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


class Pictures:
    """PNGs of a folder, and the file ids of those that a bot has sent, kept in a JSON file."""

    def __init__(self, folder: Path, kept: Path, bot: str) -> None:
        """`bot`: the bot's number; a file id is of no use to another bot."""
        self._folder = folder
        self._kept = kept
        self._bot = bot
        self._ids: dict[str, str] = self._read()

    def file_id(self, name: str) -> str | None:
        """The id under which Telegram has this picture, as it is now."""
        return self._ids.get(self._key(name))

    def png(self, name: str) -> bytes:
        """The picture itself; OSError where there is none of this name."""
        if not name.replace("_", "").isalnum():
            raise FileNotFoundError("no picture has such a name")
        return (self._folder / f"{name}.png").read_bytes()

    def keep(self, name: str, file_id: str) -> None:
        """Telegram has it under this id."""
        self._ids[self._key(name)] = file_id
        self._write()

    def forget(self, name: str) -> None:
        """Telegram no longer knows the id."""
        self._ids.pop(self._key(name), None)
        self._write()

    def _key(self, name: str) -> str:
        try:
            drawn = hashlib.sha256(self.png(name)).hexdigest()[:16]
        except OSError:
            drawn = ""
        return f"{self._bot}:{name}:{drawn}"

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._kept.read_text())
        except (OSError, ValueError):
            return {}
        return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}

    def _write(self) -> None:
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._kept.with_suffix(".new")
        temporary.write_text(json.dumps(self._ids, indent=1))
        temporary.replace(self._kept)
