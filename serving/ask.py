"""`make ask TEXT="..."`: one message, and what the bot replies."""

from __future__ import annotations

import asyncio
import secrets
import sys

from reasoning.messages import Inbound
from serving.terminal import PREFIX, open_conversations


async def _ask(text: str) -> None:
    conversations = await open_conversations()
    outbound = await conversations.handle(PREFIX + secrets.token_hex(8), Inbound(text=text))
    for message in outbound.messages:
        print(message["text"])
        titles = [button["title"] for button in message.get("buttons", ())]
        print(*(f"  [{title}]" for title in titles), sep="\n", end="\n\n" if titles else "\n")


def main() -> None:
    """Ask the text given on the command line."""
    if len(sys.argv) != 2:
        raise SystemExit('usage: make ask TEXT="my back cramps after golf, what do I do"')
    asyncio.run(_ask(sys.argv[1]))


if __name__ == "__main__":
    main()
