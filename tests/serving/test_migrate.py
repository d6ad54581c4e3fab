"""Every step on both databases, and what was there before is still there afterwards."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from serving import addresses, deliveries, events, feedback, migrate, outbox, reminders
from serving.database import opened, sqlite_url
from serving.stores import ConversationStore
from tests.serving import postgres

TABLES = [module.TABLE for module in (addresses, deliveries, outbox, reminders)] + [
    events.EVENTS,
    feedback.TABLE,
    feedback.RATINGS,
]

# As the versions before steps made it, with a talk in it.
BEFORE = """
CREATE TABLE events (id INTEGER NOT NULL, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL,
    timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT, PRIMARY KEY (id));
CREATE INDEX ix_events_sender_id ON events (sender_id);
CREATE TABLE outbox (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, sender_id VARCHAR(255) NOT NULL,
    timestamp FLOAT NOT NULL, message TEXT NOT NULL);
CREATE INDEX ix_outbox_sender_id ON outbox (sender_id);
"""
OLD = [
    ("user", 1.0, None, {"event": "user", "text": "my back", "message_id": "c-1", "parse_data": {}}),
    ("bot", 1.1, None, {"event": "bot", "text": "tell me more", "data": {"custom": {"text": "more", "kind": "talk"}}}),
    ("user", 9.0, None, {"event": "user", "text": "it hurts", "message_id": None, "parse_data": {}}),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.engine.Engine]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield opened(sqlite_url(tmp_path / "x.db"))
        return
    with postgres.running() as address:
        made = opened(address)
        yield made
        made.dispose()


def test_the_steps_make_the_tables_that_the_code_knows(engine: sa.engine.Engine) -> None:
    migrate.upgrade(engine)
    known = sa.MetaData()
    for table in TABLES:
        table.to_metadata(known)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [found for found in compare_metadata(context, known) if "sqlite_sequence" not in str(found)]
    assert differences == []
    assert migrate.version(engine) == migrate.newest()


def test_processes_that_start_at_once_take_each_step_once(engine: sa.engine.Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(migrate.upgrade, opened(str(engine.url))) for _ in range(4)]:
            done.result(60)
    assert migrate.version(engine) == migrate.newest()


def test_a_step_that_fails_leaves_nothing_of_it(tmp_path: Path) -> None:
    engine = opened(sqlite_url(tmp_path / "x.db"))
    migrate.upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE INDEX events_by_message ON events (data)")  # in the way of the second
    with pytest.raises(sa.exc.OperationalError):
        migrate.upgrade(engine)
    assert migrate.version(engine) == "0001"
    assert "follows" not in {column["name"] for column in sa.inspect(engine).get_columns("outbox")}


def test_a_database_from_before_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    with sqlite3.connect(path) as old:
        old.executescript(BEFORE)
        for kind, timestamp, name, data in OLD:
            row = ("web:a", kind, timestamp, name, json.dumps({**data, "timestamp": timestamp}))
            old.execute(
                "INSERT INTO events (sender_id, type_name, timestamp, action_name, data) VALUES (?, ?, ?, ?, ?)", row
            )
        said = json.dumps({"text": "how is it", "kind": "notice"})
        old.execute("INSERT INTO outbox (sender_id, timestamp, message) VALUES ('web:a', 5.0, ?)", (said,))
    old.close()
    store = ConversationStore.at(path)
    assert [entry["text"] for entry in store.history("web:a")] == ["my back", "more", "how is it", "it hurts"]
    assert store.answer_to("web:a", "c-1") == [{"text": "more", "kind": "talk"}]
    assert {table.name for table in TABLES} <= set(sa.inspect(store.engine).get_table_names())
