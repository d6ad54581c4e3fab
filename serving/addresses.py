"""Where a conversation is written to: the only place that keeps the raw ids of a platform (a chat, a user, a team).

Everywhere else a conversation goes by its keyed hash (channels/identity.py), from which nobody reads them back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

TABLE = sa.Table(
    "addresses",
    sa.MetaData(),
    sa.Column("conversation", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("address", sa.Text, nullable=False),  # JSON data
)


@dataclass(frozen=True)
class Address:
    """`channel`: telegram, slack. `address`: what that channel needs to send, as JSON data, such as {"chat": 42}."""

    channel: str
    address: dict[str, Any]


@dataclass(frozen=True)
class Addresses:
    """The table `addresses` of the conversations' database."""

    engine: sa.engine.Engine

    def put(self, conversation: str, address: Address) -> None:
        """Keep this address, instead of an earlier one."""
        values = {"channel": address.channel, "address": json.dumps(address.address, sort_keys=True)}
        if self._update(conversation, values):
            return
        try:
            with self.engine.begin() as connection:
                connection.execute(TABLE.insert().values(conversation=conversation, **values))
        except sa.exc.IntegrityError:  # another wrote it in between
            self._update(conversation, values)

    def get(self, conversation: str) -> Address | None:
        """The address; None where there is none."""
        query = TABLE.select().where(TABLE.c.conversation == conversation)
        with self.engine.connect() as connection:
            row = connection.execute(query).first()
        return Address(row.channel, json.loads(row.address)) if row else None

    def delete(self, conversation: str) -> None:
        """Forget it."""
        with self.engine.begin() as connection:
            connection.execute(TABLE.delete().where(TABLE.c.conversation == conversation))

    def _update(self, conversation: str, values: dict[str, str]) -> bool:
        with self.engine.begin() as connection:
            changed = connection.execute(TABLE.update().where(TABLE.c.conversation == conversation).values(**values))
            return bool(changed.rowcount)
