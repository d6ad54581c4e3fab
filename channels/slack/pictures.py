"""The pictures of the stretches in Slack: handed over once as a file, afterwards named by the file's id.

So no public address is needed. The ids are kept beside the conversations: another picture or another workspace is
another id.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

from channels.slack.sending import Refused, Unreachable, Web

log = logging.getLogger(__name__)

ENDING = ".png"  # Slack draws no SVG
PATIENCE_SECONDS = 10.0  # an answer does not wait longer for its picture


@dataclass
class Pictures:
    """`folder` holds the pictures by name; `kept` is the file with the ids."""

    web: Web
    folder: Path
    kept: Path
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def id_of(self, name: str, alt: str) -> str | None:
        """Slack's id of this picture; None where there is no such picture, or Slack does not take it."""
        path = {found.name: found for found in self.folder.glob(f"*{ENDING}")}.get(name + ENDING)
        if path is None:
            return None
        content = path.read_bytes()
        key = hashlib.sha256(self.web.token.encode() + b"\0" + content).hexdigest()
        async with self._lock:
            ids = self._read()
            if key not in ids:
                try:
                    ids[key] = await self._hand_over(name, alt, content)
                except (Refused, Unreachable, LookupError) as error:
                    log.warning("picture not taken: %s", error)
                    return None
                self._write(ids)
            return ids[key]

    async def _hand_over(self, name: str, alt: str, content: bytes) -> str:
        client = self.web.client
        answer = await self.web.patiently(
            "files_upload_v2",
            lambda: client.files_upload_v2(content=content, filename=name + ENDING, title=name, alt_txt=alt[:1000]),
            patience=PATIENCE_SECONDS,
        )
        return str(answer["files"][0]["id"])

    def forget(self, file_id: str) -> None:
        """Slack does not know this id (any more): hand the picture over anew next time."""
        self._write({key: value for key, value in self._read().items() if value != file_id})

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.kept.read_text(encoding="utf-8")))
        except (OSError, ValueError):  # none yet, or half written
            return {}

    def _write(self, ids: dict[str, str]) -> None:
        self.kept.parent.mkdir(parents=True, exist_ok=True)
        part = self.kept.with_suffix(".part")
        part.write_text(json.dumps(ids), encoding="utf-8")
        os.replace(part, self.kept)
