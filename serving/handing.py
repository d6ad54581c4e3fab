"""What is handed over as a file: the sheet for a doctor, the picture of the pain scores, a copy of everything.

A message names it by `kept:` and its name; each channel then sends the bytes, or a link under which the web channel has
them. It is made anew every time, from what is known then, and never lies on a disk.
"""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reasoning.flows.my_data import FILES, PAIN, SHEET, TEXT
from reasoning.messages import KEPT
from serving import sheets
from serving.conversations import Conversations


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


async def make(
    conversations: Conversations,
    conversation: str,
    name: str,
    now: datetime.datetime | None = None,
    told: Mapping[str, Any] | None = None,
) -> Made | None:
    """The file of that name for this conversation; None when there is none, or nothing is known of it.

    `told`: what the channel keeps besides, for the copy of everything. Raises SheetError when it cannot be drawn.
    """
    file = FILES.get(name)
    if file is None or not await conversations.is_known(conversation):
        return None
    now = now or datetime.datetime.now(datetime.UTC)
    case = await conversations.case(conversation)
    content: bytes | None
    if file is SHEET:
        paper = sheets.paper_of(case.country)
        content = await asyncio.to_thread(sheets.pdf, conversations.knowledge, case, now, paper)
    elif file is PAIN:
        drawn = await asyncio.to_thread(sheets.picture, case, now)
        content = drawn[0] if drawn else None
    elif file is TEXT:
        content = sheets.text(conversations.knowledge, case, now).encode()
    else:
        data = {**await conversations.export(conversation), **(told or {})}
        content = json.dumps(data, ensure_ascii=False, indent=1).encode()
    return Made(file.name, file.media_type, content) if content else None
