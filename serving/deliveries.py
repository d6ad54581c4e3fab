"""Once-only delivery: which messages of the platforms were taken, kept in the conversations' database.

Telegram and Slack deliver again what they think was lost, in parallel and for a day. Whoever takes a delivery claims
its key first; a key is claimed once, also across restarts. What a claimed delivery brought is kept until it is
answered, so that it can be taken up again when the process dies in between: the platform was told long before that all
is well.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from serving.database import ID

# A claim that another process has not finished within this time died with it: three turns of 20 seconds, and sending.
LEASE_SECONDS = 120.0
KEEP_SECONDS = 7 * 24 * 3600.0  # Telegram repeats an update for a day

TABLE = sa.Table(
    "deliveries",
    sa.MetaData(),
    sa.Column("id", ID, primary_key=True, autoincrement=True),  # the order in which they came
    sa.Column("key", sa.String(128), nullable=False, unique=True),
    sa.Column("conversation", sa.String(64), nullable=False, index=True),
    sa.Column("owner", sa.String(32), nullable=False),
    sa.Column("claimed", sa.Float, nullable=False),  # seconds since 1970
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("brought", sa.Text),  # JSON data; only until it is done
    sqlite_autoincrement=True,
)


@dataclass(frozen=True)
class Delivery:
    """One that was claimed and not finished: its key, its conversation, and what it brought (JSON data)."""

    key: str
    conversation: str
    brought: Any = None


@dataclass(frozen=True)
class Deliveries:
    """The table `deliveries` of the conversations' database. An instance is one owner of claims: one process."""

    engine: sa.engine.Engine
    owner: str = field(default_factory=lambda: secrets.token_hex(16))

    def claim(self, key: str, conversation: str, brought: Any = None) -> bool:
        """Take a delivery; False when it was taken before.

        One that another process left unfinished for `LEASE_SECONDS` counts as not taken.

        `brought` (JSON data) is what `take_up` will need to do the work. Keys carry their platform: `tg:…`, `sl:…`;
        they hold nothing of a person.
        """
        now = time.time()
        values = {"conversation": conversation, "owner": self.owner, "claimed": now, "brought": _dumped(brought)}
        try:
            with self.engine.begin() as connection:
                connection.execute(TABLE.insert().values(key=key, done=False, **values))
        except sa.exc.IntegrityError:
            with self.engine.begin() as connection:
                return bool(connection.execute(_left_alone(self.owner, now, key=key).values(**values)).rowcount)
        return True

    def done(self, key: str) -> None:
        """It is answered: never again, and what it brought is forgotten."""
        with self.engine.begin() as connection:
            connection.execute(TABLE.update().where(TABLE.c.key == key).values(done=True, brought=None))

    def is_done(self, key: str) -> bool:
        """Whether it was answered."""
        with self.engine.connect() as connection:
            return bool(connection.execute(sa.select(TABLE.c.done).where(TABLE.c.key == key)).scalar())

    def take_up(self, prefix: str, lease: float | None = None) -> list[Delivery]:
        """Claim what others left unfinished, of keys that begin with `prefix`, oldest first.

        `lease`: how long ago they must have claimed it, in seconds. By default nothing on SQLite, which one server has
        for itself, and `LEASE_SECONDS` elsewhere.
        """
        if lease is None:
            lease = 0.0 if self.engine.dialect.name == "sqlite" else LEASE_SECONDS
        now = time.time()
        with self.engine.begin() as connection:
            left = sa.select(TABLE.c.key, TABLE.c.conversation, TABLE.c.brought).where(
                TABLE.c.key.startswith(prefix, autoescape=True), TABLE.c.done.is_(False), TABLE.c.owner != self.owner
            )
            rows = connection.execute(left.order_by(TABLE.c.id)).all()
            taken = [
                row
                for row in rows
                if connection.execute(
                    _left_alone(self.owner, now, lease, key=row.key).values(owner=self.owner, claimed=now)
                ).rowcount
            ]
        return [Delivery(row.key, row.conversation, json.loads(row.brought or "null")) for row in taken]

    def delete(self, conversation: str, connection: sa.engine.Connection | None = None) -> None:
        """Forget whose they were and what they brought. The keys stay: a repeated delivery must not bring it back.

        `connection`: of the transaction that this is a part of.
        """
        if connection is None:
            with self.engine.begin() as own:
                self.delete(conversation, own)
            return
        rows = TABLE.update().where(TABLE.c.conversation == conversation)
        connection.execute(rows.values(conversation="", brought=None, done=True))

    def purge(self, age: float = KEEP_SECONDS) -> int:
        """Drop what was claimed more than `age` seconds ago; how many."""
        with self.engine.begin() as connection:
            return int(connection.execute(TABLE.delete().where(TABLE.c.claimed < time.time() - age)).rowcount)


def _left_alone(owner: str, now: float, lease: float = LEASE_SECONDS, *, key: str) -> Any:
    """An update of the row with this key, if another owner claimed it `lease` seconds ago and never finished it."""
    return TABLE.update().where(
        TABLE.c.key == key, TABLE.c.done.is_(False), TABLE.c.owner != owner, TABLE.c.claimed <= now - lease
    )


def _dumped(brought: Any) -> str | None:
    return None if brought is None else json.dumps(brought)
