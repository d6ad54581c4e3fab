"""`make talk`: a chat in the terminal; with stdin not a terminal, JSON lines in and out.

In: {"conversation": "c1", "text": "..."} (or "button", "ticks", "scale"); out: one line for each, in order, flushed:
{"conversation", "messages", "level", "topics", "findings"}.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from typing import Any

from reasoning.messages import BadMessage, Inbound
from serving.conversations import Conversations
from serving.terminal import PREFIX, open_conversations


def main() -> None:
    """Talk until the input ends."""
    asyncio.run(_chat() if sys.stdin.isatty() else _lines())


async def _lines() -> None:
    conversations = await open_conversations()
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            print(json.dumps(await _answer_line(conversations, line), ensure_ascii=False), flush=True)


async def _answer_line(conversations: Conversations, line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
        conversation = str(data.pop("conversation"))
        inbound = Inbound.parse(data)
        outbound = await conversations.handle(_prefixed(conversation), inbound)
    except (ValueError, KeyError, AttributeError) as error:
        reason = str(error) if isinstance(error, BadMessage) else "bad message"
        return {"conversation": None, "error": reason, "messages": []}
    return {**outbound.as_dict(), "conversation": conversation}


def _prefixed(conversation: str) -> str:
    return conversation if conversation.startswith(PREFIX) else PREFIX + conversation


async def _chat() -> None:
    conversations = await open_conversations()
    conversation = PREFIX + secrets.token_hex(8)
    titles: dict[str, str] = {}
    while True:
        try:
            text = await asyncio.to_thread(input, "\nyou> ")
        except EOFError:
            return
        inbound = Inbound(button=titles[text.strip()]) if text.strip() in titles else Inbound(text=text)
        outbound = await conversations.handle(conversation, inbound)
        titles = {}
        for message in outbound.messages:
            print(f"\nbot> {message['text']}")
            for button in message.get("buttons", ()):
                key = chr(ord("a") + len(titles)) if not message.get("ticks") else button["title"]
                titles[key] = button["id"]
                print(f"     [{key}] {button['title']}" if key != button["title"] else f"     [{key}]")


if __name__ == "__main__":
    main()
