"""Work in order within a chat, chats beside each other."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


class Lines:
    """A line of jobs for each chat. A job that fails does not hold up the next one."""

    def __init__(self) -> None:
        """Without any chat."""
        self._waiting: dict[int, deque[Job]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._closing = False

    def put(self, chat: int, job: Job) -> None:
        """Put a job at the end of the chat's line."""
        if chat in self._waiting:
            self._waiting[chat].append(job)
            return
        self._waiting[chat] = deque([job])
        self._tasks[chat] = asyncio.get_running_loop().create_task(self._work(chat))

    def length(self, chat: int) -> int:
        """How many jobs of the chat wait; the one that is being worked on is none of them."""
        return len(self._waiting.get(chat, ()))

    async def finish(self, patience: float) -> None:
        """Begin nothing more; give what is under way `patience` seconds, then end it."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=patience)
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def idle(self) -> None:
        """Wait until nothing is left to do."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))
            await asyncio.sleep(0)  # what is done already gives way to nobody

    async def _work(self, chat: int) -> None:
        waiting = self._waiting[chat]
        try:
            while waiting and not self._closing:
                job = waiting.popleft()
                try:
                    await job()
                except Exception as error:
                    log.error("a chat's job failed: %s", type(error).__name__)
        finally:
            del self._waiting[chat], self._tasks[chat]
