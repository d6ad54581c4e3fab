"""Where conversations are kept: Rasa's tracker store on SQLite or PostgreSQL, with what Rasa's own lack.

Only the last turns are read and only what is new is written; a turn is kept whole or not at all (serving/turns.py);
nothing goes on in memory when the database fails; everything of a conversation can be deleted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from serving import events, migrate
from serving.addresses import Addresses
from serving.database import (
    SQLITE,
    configured_url,
    is_postgresql,
    lock_key,
    opened,
    patient,
    reading,
    sqlite_url,
    tells_too_much,
)
from serving.deliveries import Deliveries
from serving.events import EVENTS
from serving.outbox import Outbox, Unasked
from serving.settings import VAR
from serving.turns import TRY, Turn, Turns, Work, turn_of

log = logging.getLogger(__name__)

SAFETY = "safety"
OWNERS = ("sender_id", "conversation")  # columns that say whose a row is
START_OVER = "action_start_over"
IN_MEMORY = "sqlite://"
BUSY_SECONDS, BUSY_AGAIN = (
    1.0,
    0.05,
)  # how long a turn waits for another process that holds SQLite's file, and how often


class LostUpdate(Exception):
    """Somebody else wrote to the conversation during a turn: the turn is not kept, and the person is told."""


class ConversationStore(TrackerStore):
    """The conversations' database. Rasa makes one by the module path in endpoints.yml; the server by `at`."""

    def __init__(
        self, domain: Any = None, event_broker: Any = None, host: str | None = None, url: str = "", **_: Any
    ) -> None:
        """Open the database at `url`, by default the configured one; it is reached and brought up to date later."""
        super().__init__(domain, event_broker)
        self.url = url or host or configured_url(VAR)
        self.engine = opened(self.url)
        self.turns = Turns(self.engine)
        self.outbox = Outbox(self.engine)
        self.deliveries = Deliveries(self.engine)
        self.addresses = Addresses(self.engine)
        self.prepared = False

    @classmethod
    def at(cls, path: Path, domain: Any = None) -> ConversationStore:
        """The store in this file, up to date."""
        store = cls(domain, url=sqlite_url(path))
        store.prepare()
        return store

    @classmethod
    def in_memory(cls) -> ConversationStore:
        """A store that ends with the process."""
        store = cls(url=IN_MEMORY)
        store.prepare()
        return store

    @property
    def forgetful(self) -> bool:
        """Whether conversations are kept in memory only."""
        return self.url == IN_MEMORY

    def prepare(self) -> None:
        """Bring the tables up to date. Raises what the database raises; until it has succeeded, no turn is answered."""
        migrate.upgrade(self.engine)
        if is_postgresql(self.engine) and not self.prepared and tells_too_much(self.engine):
            log.warning("PostgreSQL writes failing statements into its log, with what people wrote: docs/privacy.md")
        self.prepared = True

    # --- a turn

    @contextlib.asynccontextmanager
    async def turn(self, conversation: str) -> AsyncIterator[Turn]:
        """Alone with a conversation in all processes; what is saved in here is kept by `keep`, and only by it."""
        if not self.prepared:
            self.prepare()
        async with self.turns.turn(conversation) as turn:
            yield turn

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation's last turns; within a turn the same tracker every time."""
        turn = turn_of(sender_id)
        if turn is None:
            tracker, last = self._read(sender_id)
            _mark(tracker, last)
            return tracker
        if not turn.loaded:
            turn.tracker, turn.last_row = self._read(sender_id)
            turn.kept = turn.saved = len(turn.tracker.events) if turn.tracker is not None else 0
            turn.loaded = True
        return turn.tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Every event that is kept."""
        query = EVENTS.select().where(EVENTS.c.sender_id == conversation_id).order_by(EVENTS.c.id)
        with reading(self.engine) as connection:
            found = [events.event_of(row) for row in connection.execute(query)]
        return DialogueStateTracker.from_events(conversation_id, found, self.domain.slots) if found else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Within a turn, what `keep` will keep; outside, what is new is kept at once."""
        await self.stream_events(tracker)
        turn = turn_of(tracker.sender_id)
        if turn is not None:
            if not turn.loaded:
                await self.retrieve(tracker.sender_id)
            turn.tracker, turn.saved = tracker, len(tracker.events)
            return
        last, kept = getattr(tracker, "kept_until", (None, None))
        with self.engine.begin() as connection:
            if kept is None:
                kept = self._count(connection, tracker.sender_id)
            self._put(connection, tracker.sender_id, list(tracker.events)[kept:], last)
            last = events.last_row(connection, tracker.sender_id)
        _mark(tracker, last)

    async def keep(self, turn: Turn, instead: dict[str, Any] | None = None) -> None:
        """Write what the turn saved, and its other work, in one transaction that ends its lock. Raises on any failure.

        `instead` went out in place of what the bot said: neither history nor a retry may bring that. What the person
        told is kept. Raises LostUpdate when somebody wrote in between, which the lock should prevent.
        """
        new = turn.new_events()
        if instead is not None:
            new = turn.withheld(BotUttered(instead["text"], {"custom": instead}))
        if not (new or turn.work):
            return
        if turn.connection is None:
            await self._keep_in_file(turn, new)
        else:
            self._keep(turn.connection, turn, new)
            turn.connection.get_transaction().commit()
        turn.kept = turn.saved
        turn.work.clear()

    async def _keep_in_file(self, turn: Turn, new: Sequence[Event]) -> None:
        """While another process holds the file, wait without holding up the other conversations."""
        end = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                with self.engine.begin() as connection:
                    self._keep(connection, turn, new)
                return
            except sa.exc.OperationalError as error:
                if getattr(error.orig, "sqlite_errorcode", 0) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
            await asyncio.sleep(BUSY_AGAIN)

    def _keep(self, connection: sa.engine.Connection, turn: Turn, new: Sequence[Event]) -> None:
        self._put(connection, turn.conversation, new, turn.last_row)
        for work in turn.work:
            work(connection)

    def also(self, conversation: str, work: Work) -> None:
        """Do this in the transaction that keeps the turn; at once when there is none."""
        turn = turn_of(conversation)
        if turn is not None:
            turn.work.append(work)
            return
        with self.engine.begin() as connection:
            work(connection)

    def _put(self, connection: sa.engine.Connection, conversation: str, new: Iterable[Event], last: int | None) -> None:
        if self.engine.dialect.name == SQLITE and not connection.connection.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # before the look, so that nobody writes in between
        if last is not None and events.last_row(connection, conversation) != last:
            raise LostUpdate
        events.put(connection, conversation, new)

    def _read(self, conversation: str) -> tuple[DialogueStateTracker | None, int]:
        with reading(self.engine) as connection:
            return events.read_tail(connection, conversation, self.domain.slots)

    @staticmethod
    def _count(connection: sa.engine.Connection, conversation: str) -> int:
        query = sa.select(sa.func.count()).where(EVENTS.c.sender_id == conversation)
        return int(connection.execute(query).scalar() or 0)

    # --- what was said

    def history(self, conversation: str) -> list[dict[str, Any]]:
        """What both sides said, in order: {"from": "user" | "bot", "id", "text", and the bot message's own fields}."""
        with reading(self.engine) as connection:
            said = events.said(connection, conversation)
        return history(said, self.outbox.read(conversation))

    def answer_to(self, conversation: str, client_id: str) -> list[dict[str, Any]] | None:
        """The messages that a message with this client id was answered with; None when it was never answered.

        The safety text is no answer: a message that ended in it may be sent again.
        """
        with reading(self.engine) as connection:
            for reply in events.answered(connection, conversation, client_id):
                found = [message for message in map(_message, reply) if message.get("kind") != SAFETY]
                if found:
                    return found
        return None

    def last_row(self, conversation: str) -> int:
        """The highest row id of a conversation; 0 when it has none."""
        with reading(self.engine) as connection:
            return events.last_row(connection, conversation)

    def unchanged(self, conversation: str, end: int) -> Callable[[sa.engine.Connection], bool]:
        """A check, within a transaction, that a conversation still ends there and that no turn of it is under way.

        It holds until the transaction ends.
        """

        def check(connection: sa.engine.Connection) -> bool:
            if self.turns.is_busy(conversation):
                return False
            if is_postgresql(self.engine) and not connection.execute(TRY, {"key": lock_key(conversation)}).scalar():
                return False
            return events.last_row(connection, conversation) == end

        return check

    # --- keeping less

    def delete(self, conversation: str) -> int:
        """Forget a conversation; the number of its events."""
        turn = turn_of(conversation)
        if turn is not None:  # nothing of the turn that asked for it is kept either
            turn.kept = turn.saved
            turn.work.clear()
        with self.engine.begin() as connection:
            gone = connection.execute(EVENTS.delete().where(EVENTS.c.sender_id == conversation)).rowcount
            self.deliveries.delete(conversation, connection)
            for table, column in self._tables_of_people(connection):
                connection.execute(table.delete().where(column == conversation))
        self.truncate_log()
        return int(gone)

    @staticmethod
    def _tables_of_people(connection: sa.engine.Connection) -> list[tuple[sa.Table, sa.Column[Any]]]:
        """Every table that has a column for the conversation: what is added later is deleted and counted too."""
        known = sa.MetaData()
        known.reflect(connection)
        return [(table, table.c[name]) for table in known.tables.values() for name in OWNERS if name in table.c]

    def rows_of(self, conversation: str) -> int:
        """How many rows of the whole database belong to a conversation."""
        with self.engine.connect() as connection:
            return sum(
                int(connection.execute(sa.select(sa.func.count()).where(column == conversation)).scalar() or 0)
                for _, column in self._tables_of_people(connection)
            )

    def truncate_log(self) -> bool:
        """Empty SQLite's write-ahead log, in which deleted rows still stand; False while somebody reads."""
        if self.engine.dialect.name != SQLITE:
            return True
        with self.engine.connect() as connection:
            busy = connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar()
        return not busy

    def conversations(self) -> list[str]:
        """The ids of all conversations of which anything but a delivery's key is kept."""
        with patient(), self.engine.connect() as connection:
            found = {
                str(owner)
                for _, column in self._tables_of_people(connection)
                for (owner,) in connection.execute(sa.select(column).distinct())
            }
        return sorted(found - {""})

    async def keys(self) -> Iterable[str]:
        """The same, as Rasa's own commands ask for it."""
        return self.conversations()

    def last_heard(self, conversation: str) -> float | None:
        """When the person last wrote, in seconds since 1970; None when no message of theirs is kept."""
        return self._latest(conversation, EVENTS.c.type_name == UserUttered.type_name)

    def last_kept(self, conversation: str) -> float | None:
        """When the last event was kept."""
        return self._latest(conversation)

    def started_over(self, conversation: str) -> float | None:
        """When the person last started over."""
        return self._latest(conversation, EVENTS.c.action_name == START_OVER)

    def _latest(self, conversation: str, *conditions: Any) -> float | None:
        query = sa.select(sa.func.max(EVENTS.c.timestamp)).where(EVENTS.c.sender_id == conversation, *conditions)
        with reading(self.engine) as connection:
            found = connection.execute(query).scalar()
        return None if found is None else float(found)

    def forget_until(self, conversation: str, moment: float) -> int:
        """Forget what was said up to this moment (seconds since 1970); how many rows."""
        older = EVENTS.delete().where(EVENTS.c.sender_id == conversation, EVENTS.c.timestamp <= moment)
        with self.engine.begin() as connection:
            gone = connection.execute(older).rowcount
            return int(gone) + self.outbox.delete_until(conversation, moment, connection)

    def keep_only(self, conversation: str, slot: str, value: dict[str, Any], moment: float) -> None:
        """Instead of all that was said, keep the value of one slot, as of this moment."""
        with self.engine.begin() as connection:
            connection.execute(EVENTS.delete().where(EVENTS.c.sender_id == conversation))
            events.put(connection, conversation, [SessionStarted(moment), SlotSet(slot, value, moment)])
            self.outbox.delete(conversation, connection)

    def writable(self) -> bool:
        """Whether the database takes a change, to its disk; nothing of it is left."""
        try:
            with self.engine.begin() as connection:
                probe = self.outbox.put(connection, "", {})
                self.outbox.take_back(connection, probe)
        except sa.exc.SQLAlchemyError:
            return False
        return True


def _mark(tracker: DialogueStateTracker | None, last_row: int) -> None:
    """Note on the tracker what the database has of it."""
    if tracker is not None:
        tracker.kept_until = (last_row, len(tracker.events))


def history(said: Iterable[tuple[int, Event]], unasked: Sequence[Unasked] = ()) -> list[dict[str, Any]]:
    """What both sides said, and in between what was said unasked: after the row that it follows."""
    found: list[tuple[tuple[int, int], dict[str, Any]]] = []
    for row, event in said:
        if isinstance(event, UserUttered) and event.text:
            found.append(((row, 0), {"from": "user", "id": str(event.message_id), "text": event.text}))
        elif isinstance(event, BotUttered):
            found.append(((row, 0), {"from": "bot", "id": f"bot-{len(found)}", **_message(event)}))
    found += [((told.follows, told.event), {"from": "bot", **told.message}) for told in unasked]
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def _message(event: BotUttered) -> dict[str, Any]:
    custom = event.data.get("custom")
    return dict(custom) if custom else {"text": event.text or "", "kind": "talk"}
