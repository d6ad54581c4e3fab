"""A backup that is put back has every conversation of its moment; a deletion reaches backups by their age."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from serving import backup
from serving.backup import BackupError
from serving.database import patient, sqlite_url
from serving.stores import ConversationStore
from tests.serving import postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ConversationStore]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield ConversationStore.at(tmp_path / "x.db")
        return
    with postgres.running() as address:
        made = ConversationStore(url=address)
        with patient():  # the database has just started, maybe on a busy machine
            made.prepare()
        yield made
        made.engine.dispose()


async def talk(store: ConversationStore, who: str, text: str) -> None:
    """A message and its answer."""
    said = [UserUttered(text), BotUttered(f"heard {text}")]
    await store.save(DialogueStateTracker.from_events(who, said, []))


def texts(store: ConversationStore, who: str) -> list[str]:
    """What was said."""
    return [entry["text"] for entry in store.history(who)]


async def test_what_is_put_back_is_what_was_there(store: ConversationStore, tmp_path: Path) -> None:
    """Made while the database is open; what came after it is gone, and the database goes on from there."""
    await talk(store, "web:a", "one")
    store.outbox.append("web:a", {"text": "unasked"})
    path = backup.save(store.url, tmp_path / "backups")
    assert path.stat().st_mode & 0o077 == 0
    await talk(store, "web:b", "two")
    store.delete("web:a")
    store.engine.dispose()
    backup.restore(store.url, path)
    again = ConversationStore(url=store.url)
    again.prepare()
    assert texts(again, "web:a") == ["one", "heard one", "unasked"]
    assert again.conversations() == ["web:a"]
    await talk(again, "web:c", "three")
    assert again.outbox.append("web:c", {"text": "next"}).event > 1
    again.engine.dispose()


async def test_a_deletion_reaches_backups_by_their_age(store: ConversationStore, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    await talk(store, "web:a", "zqx")
    before = backup.save(store.url, folder)
    store.delete("web:a")
    after = backup.save(store.url, folder)
    assert before.exists()
    week = time.time() - 7.1 * 24 * 3600
    os.utime(before, (week, week))
    newest = backup.save(store.url, folder)
    assert sorted(folder.iterdir()) == sorted([after, newest])
    assert not any(b"zqx" in path.read_bytes() for path in folder.iterdir())


def test_what_fails_leaves_no_half_and_tells_no_password(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    with pytest.raises(BackupError) as failed:
        backup.save("postgresql://bot:sesame@127.0.0.1:1/nothing", folder)
    assert "sesame" not in str(failed.value)
    with pytest.raises(BackupError):
        backup.save(sqlite_url(tmp_path / "missing.db"), folder)
    assert list(folder.iterdir()) == []


def test_a_damaged_backup_is_not_put_in_place(tmp_path: Path) -> None:
    store = ConversationStore.at(tmp_path / "x.db")
    store.outbox.append("web:a", {"text": "kept"})
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database" * 1000)
    store.engine.dispose()
    with pytest.raises(Exception, match="database"):
        backup.restore(store.url, damaged)
    with sa.create_engine(store.url).connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM outbox")).scalar() == 1
