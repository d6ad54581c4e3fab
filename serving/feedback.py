"""Whether answers helped and which were called wrong, for whoever runs the bot: `python -m serving.feedback` lists it.

No words, conversation or time of day; a person's words stand there only when they agreed to it, under a key that finds
them again when the conversation is deleted.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from reasoning.case import Report
from serving.database import ID, configured_url, opened

KEPT = ("kind", "topics", "facts")  # ids of our own; what stands in a message for one person is left out

TABLE = sa.Table(
    "feedback",
    sa.MetaData(),
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("date", sa.String(10), nullable=False),
    sa.Column("note", sa.Text, nullable=False),  # JSON data
    sa.Column("words", sa.Text),
    sa.Column("key", sa.String(32), nullable=False, server_default=""),
    sa.Index("feedback_by_key", "key"),
)
# That a message was rated, so that it counts once; goes with the conversation, and says nothing of how it was rated.
RATINGS = sa.Table(
    "ratings",
    TABLE.metadata,
    sa.Column("conversation", sa.String(64), primary_key=True),
    sa.Column("message", sa.String(64), primary_key=True),
)


@dataclass(frozen=True)
class Feedback:
    """The tables `feedback` and `ratings` of the conversations' database."""

    engine: sa.engine.Engine

    def add(self, conversation: str, message: Mapping[str, Any], helpful: bool) -> bool:
        """Keep that this bot message helped or did not; False when it was rated before."""
        about = {name: message[name] for name in KEPT if message.get(name)}
        try:
            with self.engine.begin() as connection:
                connection.execute(RATINGS.insert().values(conversation=conversation, message=message["id"]))
                _put(connection, {**about, "helpful": helpful})
        except sa.exc.IntegrityError:
            return False
        return True

    def report(self, conversation: str, report: Report, connection: sa.engine.Connection) -> None:
        """Keep that an answer was called wrong, with the words where the person agreed, as a part of a transaction."""
        note = {"wrong": report.file, "entries": list(report.entries)}
        _put(connection, note, report.words or None, _key(conversation) if report.words else "")

    def forget(self, conversation: str) -> None:
        """Take out the words of a conversation; that an answer was called wrong stays."""
        mine = TABLE.update().where(TABLE.c.key == _key(conversation))
        with self.engine.begin() as connection:
            connection.execute(mine.values(words=None, key=""))

    def lines(self) -> list[dict[str, Any]]:
        """All of it, oldest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(TABLE.select().order_by(TABLE.c.id)).all()
        return [
            {"date": row.date, **json.loads(row.note), **({"words": row.words} if row.words else {})} for row in rows
        ]

    def take_over(self, path: Path) -> None:
        """Put in what stood in a file of JSON lines, as earlier versions kept it, and remove that."""
        mine = path.with_suffix(".taken")
        try:
            path.replace(mine)
        except FileNotFoundError:
            return  # there is none, or another process has it
        with self.engine.begin() as connection:
            for text in mine.read_text(encoding="utf-8").splitlines():
                line = json.loads(text)
                date, words, key = line.pop("date"), line.pop("words", None), line.pop("key", "")
                _put(connection, line, words, key, date)
        mine.unlink()


def _put(
    connection: sa.engine.Connection, note: Mapping[str, Any], words: str | None = None, key: str = "", date: str = ""
) -> None:
    date = date or datetime.datetime.now(datetime.UTC).date().isoformat()
    connection.execute(TABLE.insert().values(date=date, note=json.dumps(note), words=words, key=key))


def _key(conversation: str) -> str:
    """Ids hold 144 random bits, so their hash tells nothing and cannot be guessed."""
    return hashlib.sha256(conversation.encode()).hexdigest()[:32]


def main() -> None:
    """Print a line of JSON for each."""
    from serving.settings import VAR

    for line in Feedback(opened(configured_url(VAR))).lines():
        print(json.dumps(line))


if __name__ == "__main__":
    main()
