"""One turn of a conversation: alone with it in all processes, and kept whole or not at all.

In a process an asyncio lock; between processes an advisory lock of PostgreSQL, held by the transaction that also keeps
the turn. So whoever loses the lock (the process dies, the line is cut, the database restarts) cannot keep anything
either, and no update is lost. PostgreSQL hands the lock on in the order in which it was asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from rasa.shared.core.events import BotUttered, Event
from rasa.shared.core.trackers import DialogueStateTracker

from serving.database import LOCK_SECONDS, PATIENCE, is_current, is_postgresql, lock_key, of_turn, patient

AT_ONCE = 16  # turns of a process that hold or await a lock in the database: fewer than there are connections

TRY = sa.text("SELECT pg_try_advisory_xact_lock(:key)")
AWAIT = sa.text("SELECT pg_advisory_xact_lock(:key)")

Work = Callable[[sa.engine.Connection], None]


@dataclass
class Turn:
    """What a turn has read, and what is to be kept of it. `connection`: the one that holds the lock (PostgreSQL)."""

    conversation: str
    connection: sa.engine.Connection | None = None
    tracker: DialogueStateTracker | None = None
    loaded: bool = False
    last_row: int = 0  # where the conversation ended when it was read
    kept: int = 0  # how many of the tracker's events the database has
    saved: int = 0  # how many Rasa wants to be kept
    work: list[Work] = field(default_factory=list)  # what is written in the same transaction
    task: asyncio.Task[Any] | None = field(default_factory=asyncio.current_task)  # the one that is in it

    def new_events(self) -> list[Event]:
        """What is to be kept."""
        return list(self.tracker.events)[self.kept : self.saved] if self.tracker is not None else []

    def withheld(self, instead: BotUttered) -> list[Event]:
        """The same without what the bot said, which did not go out: `instead` did. Nothing when nothing was saved."""
        new = self.new_events()
        return [*(event for event in new if not isinstance(event, BotUttered)), instead] if new else []


current: contextvars.ContextVar[Turn | None] = contextvars.ContextVar("turn", default=None)


def turn_of(conversation: str) -> Turn | None:
    """The turn of this conversation that this task is in."""
    turn = current.get()
    return turn if turn is not None and turn.conversation == conversation and is_current(turn.task) else None


class Turns:
    """Gives out turns, one at a time for each conversation."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        """Turns on this database."""
        self._engine = engine
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._places: asyncio.Semaphore | None = None
        self._waiting = ThreadPoolExecutor(AT_ONCE, "lock") if is_postgresql(engine) else None

    @contextlib.asynccontextmanager
    async def turn(self, conversation: str) -> AsyncIterator[Turn]:
        """Alone with this conversation until the end of the block; what was not kept until then is forgotten."""
        mine = turn_of(conversation)
        if mine is not None:  # Rasa's own lock inside ours
            yield mine
            return
        async with self._locks.setdefault(conversation, asyncio.Lock()):
            if self._waiting is None:
                with _as_current(Turn(conversation)) as turn:
                    yield turn
                return
            self._places = self._places or asyncio.Semaphore(AT_ONCE)
            async with self._places:
                connection = await self._locked(conversation)
                try:
                    with _as_current(Turn(conversation, connection)) as turn:
                        yield turn
                finally:
                    connection.close()  # takes back what was not committed, and frees the lock

    def is_busy(self, conversation: str) -> bool:
        """Whether a turn of this conversation is under way in this process."""
        lock = self._locks.get(conversation)
        return lock is not None and lock.locked()

    async def _locked(self, conversation: str) -> sa.engine.Connection:
        """A connection in a transaction that holds the lock."""
        try:
            return await self._lock(conversation)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._lock(conversation)  # it had been open since before the database restarted

    async def _lock(self, conversation: str) -> sa.engine.Connection:
        connection = self._engine.connect()
        try:
            connection.begin()
            key = {"key": lock_key(conversation)}
            if not connection.execute(TRY, key).scalar():
                await self._await_lock(connection, key)
        except asyncio.CancelledError:
            raise  # the connection is closed when the thread is done with it
        except BaseException:
            connection.close()
            raise
        return connection

    async def _await_lock(self, connection: sa.engine.Connection, key: dict[str, int]) -> None:
        def wait() -> None:
            with patient(LOCK_SECONDS + PATIENCE):
                connection.execute(AWAIT, key)

        waited = asyncio.get_running_loop().run_in_executor(self._waiting, wait)
        try:
            await asyncio.shield(waited)
        except asyncio.CancelledError:
            waited.add_done_callback(lambda done: (done.exception(), connection.close()))
            raise


@contextlib.contextmanager
def _as_current(turn: Turn) -> Iterator[Turn]:
    tokens = current.set(turn), of_turn.set((turn.task, turn.connection))
    try:
        yield turn
    finally:
        current.reset(tokens[0])
        of_turn.reset(tokens[1])
