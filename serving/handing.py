"""What is handed over as a file: the sheet for a doctor, the picture of the pain scores, a copy of everything.

A message names it by `kept:` and its name; each channel then sends the bytes, or a link under which the web channel has
them. It is made anew every time, from what is known then, and never lies on a disk.
"""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from reasoning.case import Case
from reasoning.flows.my_data import FILES, PAIN, SHEET, TEXT
from reasoning.knowledge import Knowledge
from reasoning.messages import KEPT
from serving import sheets


@dataclass(frozen=True)
class Made:
    """A file: its name, its media type, its bytes."""

    name: str
    media_type: str
    content: bytes


def name_in(message: Mapping[str, Any]) -> str:
    """The name of what a message (as JSON data) hands over; "" when it hands over nothing of this kind."""
    url = str((message.get("file") or {}).get("url", ""))
    return url.removeprefix(KEPT) if url.startswith(KEPT) else ""


class Source(Protocol):
    """What is needed of serving.conversations.Conversations."""

    knowledge: Knowledge

    async def is_known(self, conversation: str) -> bool: ...

    async def case(self, conversation: str) -> Case: ...

    async def export(self, conversation: str) -> dict[str, Any]: ...


async def split(
    source: Source, conversation: str, messages: Iterable[Mapping[str, Any]]
) -> tuple[tuple[dict[str, Any], ...], list[Made]]:
    """For a channel that sends files by themselves: the messages without, and the files.

    A message whose file goes along says its short text; one whose file cannot be made says all.
    """
    said: list[dict[str, Any]] = []
    files: list[Made] = []
    for message in messages:
        name = name_in(message)
        made = await make(source, conversation, name) if name else None
        if made is not None:
            files.append(made)
            message = {**message, "text": message.get("short") or message["text"]}  # noqa: PLW2901  # a copy of it
        said.append({key: value for key, value in message.items() if not (name and key == "file")})
    return tuple(said), files


async def make(
    source: Source,
    conversation: str,
    name: str,
    now: datetime.datetime | None = None,
    told: Mapping[str, Any] | None = None,
) -> Made | None:
    """The file of that name for this conversation; None when there is none, or nothing is known of it.

    `told`: what the channel keeps besides, for the copy of everything. Raises SheetError when it cannot be drawn.
    """
    file = FILES.get(name)
    if file is None or not await source.is_known(conversation):
        return None
    now = now or datetime.datetime.now(datetime.UTC)
    case = await source.case(conversation)
    content: bytes | None
    if file is SHEET:
        paper = sheets.paper_of(case.country)
        content = await asyncio.to_thread(sheets.pdf, source.knowledge, case, now, paper)
    elif file is PAIN:
        drawn = await asyncio.to_thread(sheets.picture, case, now)
        content = drawn[0] if drawn else None
    elif file is TEXT:
        content = sheets.text(source.knowledge, case, now).encode()
    else:
        data = {**await source.export(conversation), **(told or {})}
        content = json.dumps(data, ensure_ascii=False, indent=1).encode()
    return Made(file.name, file.media_type, content) if content else None
