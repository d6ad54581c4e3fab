"""`make assess FILE=in.jsonl OUT=out.jsonl`: how each text is read and answered as the first message of a new chat.

In, a line each: {"id", "text"}. Out: {"id", "topics", "findings": [{"flag", "status"}], "level", "understood",
"replies"}. Each text goes the way that channels use.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from pathlib import Path
from typing import Any

from reasoning.messages import Inbound
from serving.conversations import Conversations
from serving.terminal import PREFIX, open_conversations


async def assess(conversations: Conversations, item: dict[str, Any]) -> dict[str, Any]:
    """One text as a new conversation."""
    outbound = await conversations.handle(PREFIX + secrets.token_hex(12), Inbound(text=str(item["text"])))
    return {
        "id": item["id"],
        "topics": list(outbound.topics),
        "findings": [{"flag": found["flag"], "status": found["status"]} for found in outbound.findings],
        "level": outbound.level,
        "understood": outbound.understood,
        "replies": [message["text"] for message in outbound.messages],
    }


async def _run(source: Path, target: Path) -> None:
    conversations = await open_conversations()
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for line in lines:
            if line.strip():
                out.write(json.dumps(await assess(conversations, json.loads(line)), ensure_ascii=False) + "\n")


def main() -> None:
    """Assess the file named first into the file named second."""
    if len(sys.argv) != 3:
        raise SystemExit("usage: make assess FILE=in.jsonl OUT=out.jsonl")
    asyncio.run(_run(Path(sys.argv[1]), Path(sys.argv[2])))


if __name__ == "__main__":
    main()
