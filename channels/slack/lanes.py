"""Order within a conversation, none between conversations: one lane each, worked off one by one."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


@dataclass
class Lanes:
    """What waits in a lane is taken by its time, so that two that overtook each other on the way are put right."""

    _waiting: dict[str, list[tuple[float, int, Work]]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def add(self, lane: str, at: float, work: Work) -> None:
        """Put work into a lane; `at` orders it among what still waits there. `work` keeps its errors to itself."""
        entry = (at, next(self._count), work)
        if lane in self._waiting:
            heapq.heappush(self._waiting[lane], entry)
            return
        self._waiting[lane] = [entry]
        task = asyncio.get_running_loop().create_task(self._drive(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drive(self, lane: str) -> None:
        await asyncio.sleep(0)  # what arrived together is sorted before the first is taken
        try:
            while self._waiting[lane]:
                _, _, work = heapq.heappop(self._waiting[lane])
                try:
                    await work()
                except Exception as error:
                    log.error("work failed: %s", type(error).__name__)
        finally:
            del self._waiting[lane]

    async def idle(self) -> None:
        """Wait until nothing is left to do."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            # Gathering what is done already gives way to nobody, not even to the callbacks that take it out.
            await asyncio.sleep(0)

    async def close(self, seconds: float) -> None:
        """Let the work end for so long, then stop it; what was stopped is taken up at the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
