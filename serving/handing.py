"""What is handed over as a file: the sheet for a doctor, the picture of the pain scores, a copy of everything.

A message names it by `kept:` and its name; each channel then sends the bytes, or a link under which the web channel has
them. It is made anew every time, from what is known then, and never lies on a disk.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reasoning.flows.my_data import EXPORT, FILES, PAIN, SHEET, TEXT
from reasoning.messages import KEPT
from serving import sheets
from serving.records import Records

log = logging.getLogger(__name__)


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


@dataclass(frozen=True)
class Handed:
    """A message with its file, for a channel that sends files by themselves.

    `said`: the message that goes along with `made`; `instead`: the one that says all when the file cannot be sent.
    """

    made: Made
    said: dict[str, Any]
    instead: dict[str, Any]


async def prepared(
    source: Records,
    conversation: str,
    messages: Iterable[Mapping[str, Any]],
    told: Mapping[str, Any] | None = None,
) -> list[dict[str, Any] | Handed]:
    """The messages in order, those that hand something over with their files, made. Raises nothing of its own.

    `told`: as for `make`. A message whose file cannot be made says all.
    """
    parts: list[dict[str, Any] | Handed] = []
    for message in messages:
        name = name_in(message)
        if not name:
            parts.append(dict(message))
            continue
        made = await _made(source, conversation, name, told)
        instead = await _instead(source, conversation, message, name)
        said = {**instead, "text": message.get("short") or message["text"]}
        parts.append(instead if made is None else Handed(made, said, instead))
    return parts


async def _made(source: Records, conversation: str, name: str, told: Mapping[str, Any] | None) -> Made | None:
    try:
        return await make(source, conversation, name, told=told)
    except sheets.SheetError as error:
        log.error("a file was not made: %s", type(error).__name__)
        return None


async def _instead(source: Records, conversation: str, message: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The message without its file, with what stands in the file in words, where its text does not say that anyway."""
    text = str(message["text"])
    file = FILES.get(name)
    if file is EXPORT:
        text = source.knowledge.wording["file_not_sent"].format(name=file.name)
    elif file is SHEET and not message.get("short"):
        now = datetime.datetime.now(datetime.UTC)
        text += f"\n\n{sheets.text(source.knowledge, await source.case(conversation), now)}"
    return {**{key: value for key, value in message.items() if key not in ("file", "short")}, "text": text}


async def make(
    source: Records,
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
