"""What the bot says unasked, kept in the database until the conversation ends, read from an event id on.

Reminders are said here (serving/reminders.py). A message of the outbox is part of the conversation's history.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from actions.speaking import message_id
from serving.database import ID, is_postgresql, reading
from serving.events import EVENTS

log = logging.getLogger(__name__)

RELAY_SECONDS = 1.0  # how late another process's message may be on an open page
OVERLAP_SECONDS = 10.0  # longer than a transaction that says something

TABLE = sa.Table(
    "outbox",
    sa.MetaData(),
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    sa.Column("timestamp", sa.Float, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("follows", ID, nullable=False, server_default="0"),  # the last event of the conversation before it
    sqlite_autoincrement=True,  # the id of a deleted message is never given again
)


DAY = 24 * 3600.0
LONGEST = 3 * DAY  # longer than anything is of use (knowledge/care.yml)
UNTIL = "until"  # stands beside a message in its row, and is no part of it


@dataclass(frozen=True)
class Unasked:
    """One message: its event id, when it was said and until when it is of use (seconds since 1970), itself, and the
    last row before it of what both sides said.
    """

    event: int
    timestamp: float
    message: dict[str, Any]
    until: float = math.inf
    follows: int = field(default=0, compare=False)


@dataclass
class Outbox:
    """The table `outbox` of the conversations' database."""

    engine: sa.engine.Engine
    _news: defaultdict[str, set[asyncio.Event]] = field(default_factory=lambda: defaultdict(set))

    def append(self, conversation: str, message: dict[str, Any]) -> Unasked:
        """Say this message (of the common model, as JSON data); whoever listens gets it at once."""
        with self.engine.begin() as connection:
            said = self.put(connection, conversation, message)
        self.announce(conversation)
        return said

    def put(
        self, connection: sa.engine.Connection, conversation: str, message: dict[str, Any], until: float = 0.0
    ) -> Unasked:
        """Say it as a part of a transaction; `announce` it when that has ended. `until`: by default for a day."""
        said = {"id": message_id(), **message}
        now = time.time()
        until = until or now + DAY
        last = sa.select(sa.func.coalesce(sa.func.max(EVENTS.c.id), 0)).where(EVENTS.c.sender_id == conversation)
        row = TABLE.insert().values(
            sender_id=conversation,
            timestamp=now,
            message=json.dumps({**said, UNTIL: until}),
            follows=last.scalar_subquery(),
        )
        event = int(connection.execute(row).inserted_primary_key[0])
        return Unasked(event, now, said, until)

    def take_back(self, connection: sa.engine.Connection, said: Unasked) -> None:
        """Unsay it, in the transaction in which it was said."""
        connection.execute(TABLE.delete().where(TABLE.c.id == said.event))

    def announce(self, conversation: str) -> None:
        """Wake whoever listens."""
        for news in self._news.get(conversation, ()):
            news.set()

    def read(self, conversation: str, after: int = 0) -> list[Unasked]:
        """The messages with an event id above `after`, oldest first."""
        query = TABLE.select().where(TABLE.c.sender_id == conversation, TABLE.c.id > after).order_by(TABLE.c.id)
        with reading(self.engine) as connection:
            return [_unasked(row) for row in connection.execute(query)]

    def since(self, prefix: str, after: int = 0) -> list[tuple[str, Unasked]]:
        """What was said in all conversations whose ids begin with `prefix`, with the conversation, oldest first.

        Only event ids above `after`, and only what is still of use. For a platform that we must write to. Those of the
        last seconds come again: of two processes, the one with the lower id may be the later one to end.
        """
        now = time.time()
        query = TABLE.select().where(
            TABLE.c.sender_id.startswith(prefix, autoescape=True),
            sa.or_(TABLE.c.id > after, TABLE.c.timestamp > now - self._overlap),
            TABLE.c.timestamp > now - LONGEST,
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(TABLE.c.id)).all()
        found = [(row.sender_id, _unasked(row)) for row in rows]
        return [(conversation, unasked) for conversation, unasked in found if unasked.until > now]

    def depth(self) -> int:
        """How many messages are kept."""
        with reading(self.engine) as connection:
            return int(connection.execute(sa.select([sa.func.count()]).select_from(TABLE)).scalar() or 0)

    def delete(self, conversation: str, connection: sa.engine.Connection) -> None:
        """Forget what was said in a conversation, as a part of a transaction."""
        connection.execute(TABLE.delete().where(TABLE.c.sender_id == conversation))

    def delete_until(self, conversation: str, moment: float, connection: sa.engine.Connection) -> int:
        """Forget what was said in a conversation up to this moment (seconds since 1970); how many messages."""
        older = TABLE.delete().where(TABLE.c.sender_id == conversation, TABLE.c.timestamp <= moment)
        return int(connection.execute(older).rowcount)

    def listen(self, conversation: str) -> asyncio.Event:
        """An event that is set at each new message, until `leave`."""
        news = asyncio.Event()
        self._news[conversation].add(news)
        return news

    def leave(self, conversation: str, news: asyncio.Event) -> None:
        """Listen no longer."""
        self._news[conversation].discard(news)
        if not self._news[conversation]:
            del self._news[conversation]

    async def relay(self, closing: asyncio.Event) -> None:
        """Wake whoever listens here to what other processes say, until the server stops."""
        after = 0
        while not closing.is_set():
            try:
                after = self._relay(after)
            except sa.exc.SQLAlchemyError as error:
                log.warning("the outbox was not read: %s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(closing.wait(), RELAY_SECONDS)

    def _relay(self, after: int) -> int:
        """Wake the listeners of what is new since this id; the highest id."""
        new = sa.or_(TABLE.c.id > after, TABLE.c.timestamp > time.time() - self._overlap)
        query = sa.select(TABLE.c.id, TABLE.c.sender_id).where(new) if after else sa.select(sa.func.max(TABLE.c.id))
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        if not after:
            return int(rows[0][0] or 0)
        for conversation in {row.sender_id for row in rows}:
            self.announce(conversation)
        return max((after, *(int(row.id) for row in rows)))

    @property
    def _overlap(self) -> float:
        return OVERLAP_SECONDS if is_postgresql(self.engine) else 0.0

    def listeners(self, conversation: str) -> int:
        """How many listen to a conversation."""
        return len(self._news.get(conversation, ()))


def _unasked(row: Any) -> Unasked:
    message = json.loads(row.message)
    return Unasked(row.id, row.timestamp, message, message.pop(UNTIL, row.timestamp + DAY), row.follows)
