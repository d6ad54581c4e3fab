"""What a turn costs late in a conversation, beside what it cost early: `python -m bench.long_conversation [TURNS]`.

Processor time of this process, so that a busy machine does not count; on SQLite in a temporary folder, or on
`DATABASE_URL`, where the database's own time is not in it and wall time is told besides.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from reasoning.messages import Inbound
from serving.conversations import Conversations, start
from serving.database import sqlite_url
from serving.quiet import quieten
from serving.settings import newest_model
from serving.stores import ConversationStore

TURNS = 2000
EARLY, WINDOW = 10, 25  # the turns that are compared: these after the tenth, and the last
SAYS = (
    "what is an mri",
    "is heat ok",
    "my back cramps after golf",
    "thanks",
    "how do I do the prayer stretch",
)
WHO = "web:long"


async def costs(talks: Conversations, turns: int) -> list[tuple[float, float]]:
    """Processor and wall time of each turn, in milliseconds."""
    found = []
    for number in range(turns):
        inbound = Inbound(id=f"c-{number}", text=SAYS[number % len(SAYS)])
        begun, wall = time.process_time(), time.perf_counter()
        outbound = await talks.handle(WHO, inbound, channel="web")
        found.append((1000 * (time.process_time() - begun), 1000 * (time.perf_counter() - wall)))
        if outbound.failed:
            raise RuntimeError(outbound.failed)
    return found


async def measure(url: str, turns: int) -> None:
    """Talk, and print a line for each window."""
    store = ConversationStore(url=url)
    store.prepare()
    talks = await start(newest_model(), tracker_store=store)
    found = await costs(talks, turns)
    windows = [EARLY, *(n - WINDOW for n in (100, 400, 1000, 2000, turns) if EARLY + WINDOW < n <= turns)]
    first = None
    for begin in dict.fromkeys(windows):
        processor, wall = zip(*found[begin : begin + WINDOW], strict=True)
        median = statistics.median(processor)
        first = first or median
        print(
            f"turns {begin + 1}-{begin + WINDOW}: median {median:.1f} ms of processor, "
            f"{statistics.median(wall):.1f} ms in all, {median / first:.2f} x turn 10",
            flush=True,
        )
    store.delete(WHO)


def main() -> None:
    """Measure on the database that is configured, or a new one."""
    quieten()
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(os.environ.get("DATABASE_URL") or sqlite_url(Path(folder) / "x.db"), turns))


if __name__ == "__main__":
    main()
