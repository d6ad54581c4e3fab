"""A turn is kept whole or not at all, in order, once; on SQLite and on PostgreSQL, which two processes share."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from serving import events
from serving.database import DatabaseUrlError, opened, sqlite_url
from serving.events import EVENTS, TURNS_READ, Unreadable
from serving.locks import ConversationLockStore
from serving.stores import ConversationStore, LostUpdate
from tests.serving import postgres

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = Domain.from_dict({"slots": {"case": {"type": "any", "mappings": [{"type": "custom"}]}}})
WHO = "web:somebody"
LISTEN = "action_listen"
BETWEEN_PROCESSES = pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite serves one


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A PostgreSQL for these tests."""
    with postgres.running() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty, prepared database of either kind."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path / "x.db")
        opening(url)
        return url
    url = request.getfixturevalue("database")
    store = opening(url)
    with store.engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE events, outbox, deliveries, addresses, reminders"))
    store.engine.dispose()
    return url


@pytest.fixture
async def store(url: str) -> AsyncIterator[ConversationStore]:
    """A process on it."""
    yield (made := opening(url))
    made.engine.dispose()


@pytest.fixture
async def other(url: str) -> AsyncIterator[ConversationStore]:
    """Another process on the same database."""
    yield (made := opening(url))
    made.engine.dispose()


def opening(url: str) -> ConversationStore:
    """A store as a process opens it."""
    store = ConversationStore(DOMAIN, url=url)
    store.prepare()
    return store


def a_turn(number: int, asked: str = "") -> list[Event]:
    """What a turn adds: the clock of its events runs backwards."""
    then = 1000.0 - number
    return [
        UserUttered(asked or f"question {number}", message_id=f"c-{number}", timestamp=then),
        ActionExecuted("action_talk", timestamp=then),
        BotUttered(f"answer {number}", {"custom": {"text": f"answer {number}", "kind": "talk"}}, timestamp=then),
        SlotSet("case", {"turn": number}, then),
        ActionExecuted(LISTEN, timestamp=then),
    ]


async def take_turn(store: ConversationStore, number: int, who: str = WHO, pause: float = 0.0) -> None:
    """A turn as the server takes it: read, think, save, keep."""
    async with store.turn(who) as turn:
        tracker = await store.get_or_create_tracker(who, append_action_listen=False)
        if not tracker.events:
            tracker.update_with_events([SessionStarted(1000.0), ActionExecuted(LISTEN, timestamp=1000.0)], DOMAIN)
        count = (tracker.get_slot("case") or {}).get("count", 0)
        await asyncio.sleep(pause)
        for event in a_turn(number):
            tracker.update(event)
        tracker.update(SlotSet("case", {"count": count + 1}))
        await store.save(tracker)
        await store.keep(turn)


def texts(store: ConversationStore, who: str = WHO) -> list[str]:
    """What was said, in order."""
    return [entry["text"] for entry in store.history(who)]


async def test_order_is_of_rows_not_of_clocks(store: ConversationStore) -> None:
    """Each turn's clock is behind that of the one before; unasked messages stand where they were said."""
    await take_turn(store, 1)
    store.outbox.append(WHO, {"text": "unasked", "kind": "notice"})
    await take_turn(store, 2)
    assert texts(store) == ["question 1", "answer 1", "unasked", "question 2", "answer 2"]


async def test_a_long_conversation_is_read_by_its_tail_alone(store: ConversationStore) -> None:
    """The slot is found where it was last set, however long ago; the full tracker has everything."""
    await take_turn(store, 0)
    for number in range(1, 40):
        tracker = await store.retrieve(WHO)
        assert tracker is not None
        for event in a_turn(number):
            if not isinstance(event, SlotSet):
                tracker.update(event)
        await store.save(tracker)
    tracker, full = await store.retrieve(WHO), await store.retrieve_full_tracker(WHO)
    assert tracker is not None
    assert full is not None
    heard = [event.text for event in tracker.events if isinstance(event, UserUttered)]
    assert heard == [f"question {number}" for number in range(40 - TURNS_READ, 40)]
    assert tracker.get_slot("case") == {"count": 1}
    assert len(full.events) == 2 + 6 + 39 * 4
    assert len(texts(store)) == 80


@pytest.mark.parametrize("influences", [False, True])
async def test_of_a_slot_that_influences_nothing_the_last_value_is_read(
    store: ConversationStore, influences: bool
) -> None:
    """Where it has influence, each of its values is a part of what a rule looks at."""
    slot = {"type": "any" if not influences else "text", "influence_conversation": influences}
    store.domain = Domain.from_dict({"slots": {"case": {**slot, "mappings": [{"type": "custom"}]}}})
    for number in range(3):
        tracker = await store.get_or_create_tracker(WHO)
        for event in a_turn(number):
            tracker.update(event)
        await store.save(tracker)
    tracker, full = await store.retrieve(WHO), await store.retrieve_full_tracker(WHO)
    assert tracker is not None
    assert full is not None
    values = [event.value for event in tracker.events if isinstance(event, SlotSet) and event.key == "case"]
    assert values == [{"turn": number} for number in range(3)][0 if influences else 2 :]
    others = [type(event) for event in full.events if not isinstance(event, SlotSet)]
    assert [type(event) for event in tracker.events if not isinstance(event, SlotSet)] == others
    for event in a_turn(3):
        tracker.update(event)
    await store.save(tracker)
    assert len(texts(store)) == 8


async def test_turn_300_reads_and_writes_what_turn_10_does(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: rows that are read, statements, and rows that are written."""
    seen: Counter[str] = Counter()
    event_of, put = events.event_of, events.put

    def read(row: Any) -> Event:
        seen["read"] += 1
        return event_of(row)

    def write(connection: sa.engine.Connection, who: str, new: Sequence[Event]) -> None:
        seen["written"] += len(new)
        put(connection, who, new)

    def execute(*_: Any) -> None:
        seen["statements"] += 1

    monkeypatch.setattr(events, "event_of", read)
    monkeypatch.setattr(events, "put", write)
    sa.event.listen(store.engine, "before_cursor_execute", execute)
    costs = {}
    for number in range(1, 301):
        seen.clear()
        await take_turn(store, number)
        assert store.answer_to(WHO, f"c-{number}")
        costs[number] = dict(seen)
    assert costs[300] == costs[10]
    assert costs[300]["read"] <= 6 * (TURNS_READ + 1) + 1


async def test_what_a_turn_saved_is_kept_by_keep_and_by_nothing_else(store: ConversationStore) -> None:
    await take_turn(store, 1)
    with suppress(OSError):
        async with store.turn(WHO):
            tracker = await store.retrieve(WHO)
            assert tracker is not None
            tracker.update_with_events(a_turn(2), DOMAIN)
            await store.save(tracker)
            assert await store.retrieve(WHO) is tracker
            raise OSError
    assert texts(store) == ["question 1", "answer 1"]


async def test_a_turn_and_its_other_work_are_kept_together_or_not(store: ConversationStore) -> None:
    def fails(connection: sa.engine.Connection) -> None:
        store.outbox.put(connection, WHO, {"text": "never"})
        raise OSError("work")

    async with store.turn(WHO) as turn:
        tracker = await store.get_or_create_tracker(WHO)
        tracker.update_with_events(a_turn(1), DOMAIN)
        await store.save(tracker)
        store.also(WHO, fails)
        with pytest.raises(OSError, match="work"):
            await store.keep(turn)
    assert store.rows_of(WHO) == 0


async def test_what_was_withheld_comes_back_by_no_way(store: ConversationStore) -> None:
    async with store.turn(WHO) as turn:
        tracker = await store.get_or_create_tracker(WHO)
        tracker.update_with_events(a_turn(1), DOMAIN)
        await store.save(tracker)
        await store.keep(turn, instead={"text": "sorry", "kind": "safety"})
    assert texts(store) == ["question 1", "sorry"]
    assert store.answer_to(WHO, "c-1") is None
    found = await store.retrieve(WHO)
    assert found is not None
    assert found.get_slot("case") == {"turn": 1}


async def test_an_answer_is_found_by_the_id_of_its_message(store: ConversationStore) -> None:
    for number in range(20):
        await take_turn(store, number)
    assert store.answer_to(WHO, "c-3") == [{"text": "answer 3", "kind": "talk"}]
    assert store.answer_to(WHO, "c-99") is None
    assert store.answer_to("web:other", "c-3") is None


@BETWEEN_PROCESSES
async def test_turns_of_two_processes_lose_no_update(store: ConversationStore, other: ConversationStore) -> None:
    """Each reads, waits, writes; what one adds to the count the other has read. In the order in which they came."""
    await take_turn(store, 0)
    tasks = []
    for number in range(1, 13):
        tasks.append(asyncio.create_task(take_turn((store, other)[number % 2], number, pause=0.02)))
        await asyncio.sleep(0.005)
    await asyncio.gather(*tasks)
    tracker = await store.retrieve(WHO)
    assert tracker is not None
    assert tracker.get_slot("case") == {"count": 13}
    assert [text for text in texts(store) if text.startswith("q")] == [f"question {number}" for number in range(13)]


async def test_who_comes_too_late_is_told_so(store: ConversationStore, other: ConversationStore) -> None:
    """Without a lock (two servers on one SQLite, Rasa's own commands) nothing is overwritten either."""
    await take_turn(store, 1)
    late = await other.retrieve(WHO)
    assert late is not None
    await take_turn(store, 2)
    late.update_with_events(a_turn(3), DOMAIN)
    with pytest.raises(LostUpdate):
        await other.save(late)
    assert "question 3" not in texts(store)


@BETWEEN_PROCESSES
async def test_a_lock_is_free_when_its_process_has_gone(url: str, store: ConversationStore) -> None:
    """PostgreSQL ends the lock with the connection; the turn whose connection is gone cannot be kept."""
    dead, after = opening(url), asyncio.Event()

    async def dies() -> None:
        async with dead.turn(WHO) as turn:
            tracker = await dead.get_or_create_tracker(WHO)
            tracker.update_with_events(a_turn(1), DOMAIN)
            await dead.save(tracker)
            assert turn.connection is not None
            process = turn.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            with store.engine.connect() as connection:
                connection.exec_driver_sql(f"SELECT pg_terminate_backend({process})")
            after.set()
            await asyncio.sleep(0.2)
            with pytest.raises(sa.exc.DBAPIError):
                await dead.keep(turn)

    dying = asyncio.create_task(dies())
    await after.wait()
    await asyncio.wait_for(take_turn(store, 2), 5)
    await dying
    assert texts(store) == ["question 2", "answer 2"]
    await take_turn(dead, 3)  # its pool has found a new connection
    assert len(texts(store)) == 4
    dead.engine.dispose()


@BETWEEN_PROCESSES
async def test_who_leaves_while_waiting_holds_nothing_up(store: ConversationStore, other: ConversationStore) -> None:
    async with store.turn(WHO):
        left = asyncio.create_task(take_turn(other, 1))
        await asyncio.sleep(0.1)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
    await asyncio.wait_for(take_turn(store, 2), 5)
    await asyncio.wait_for(take_turn(other, 3), 5)
    assert texts(store) == ["question 2", "answer 2", "question 3", "answer 3"]
    assert other.engine.pool.checkedout() == 0


async def test_a_hundred_conversations_at_once_need_no_hundred_connections(
    store: ConversationStore, other: ConversationStore
) -> None:
    jobs = [take_turn((store, other)[n % 2], 1, f"web:p{n}", 0.01) for n in range(100)]
    await asyncio.wait_for(asyncio.gather(*jobs), 30)
    assert len(store.conversations()) == 100


async def test_rasas_own_lock_is_the_turn(store: ConversationStore) -> None:
    """What is saved under it is kept at its end; within a turn it is the turn's."""
    locks = ConversationLockStore(store=store)
    async with locks.lock(WHO):
        tracker = await store.get_or_create_tracker(WHO)
        tracker.update_with_events(a_turn(1), DOMAIN)
        await store.save(tracker)
        assert store.turns.is_busy(WHO)
    assert texts(store) == ["question 1", "answer 1"]
    async with store.turn(WHO):
        async with asyncio.timeout(2), locks.lock(WHO):
            pass
        assert store.turns.is_busy(WHO)


async def test_rasas_own_commands_get_both_stores_by_endpoints_yml(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made apart from each other, they share the database and the turn."""
    monkeypatch.setenv("DATABASE_URL", url)
    configured = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    store, locks = TrackerStore.create(configured.tracker_store, DOMAIN), LockStore.create(configured.lock_store)
    assert isinstance(store, ConversationStore)
    assert isinstance(locks, ConversationLockStore)
    async with locks.lock(WHO):
        tracker = await store.get_or_create_tracker(WHO)
        tracker.update_with_events(a_turn(1), DOMAIN)
        await store.save(tracker)
        assert texts(store) == []
    assert texts(store) == ["question 1", "answer 1"]
    assert list(await store.keys()) == [WHO]


@pytest.mark.parametrize("data", ["", "{", "[]", "null", '{"event": "no such"}', '{"event": "slot"}'])
async def test_bad_data_ends_no_process_and_is_not_passed_over(store: ConversationStore, data: str) -> None:
    """The conversation is not answered from the rest; others are, and it can be deleted."""
    await take_turn(store, 1)
    await take_turn(store, 1, "web:other")
    with store.engine.begin() as connection:
        connection.execute(EVENTS.insert().values(sender_id=WHO, type_name="user", data=data))
    with pytest.raises(Unreadable):
        await store.retrieve(WHO)
    assert await store.retrieve("web:other") is not None
    store.delete(WHO)
    assert store.rows_of(WHO) == 0


async def test_errors_hold_no_parameters(store: ConversationStore) -> None:
    """They may be logged; what people wrote may not."""
    with store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE events RENAME TO gone"))
    try:
        with pytest.raises(sa.exc.DBAPIError) as failed:
            await store.save(DialogueStateTracker.from_events("web:zqx", [UserUttered("zqx")], DOMAIN.slots))
        with pytest.raises(sa.exc.DBAPIError) as second, store.engine.begin() as connection:
            connection.execute(EVENTS.insert(), [events.row_of(WHO, UserUttered("zqx"))])
        assert "zqx" not in str(failed.value)
        assert "zqx" not in str(second.value)
    finally:
        with store.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE gone RENAME TO events"))


@BETWEEN_PROCESSES
async def test_a_postgresql_that_would_log_what_people_write_is_warned_of(
    url: str, store: ConversationStore, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the database's own log; only its superuser can turn that off."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER ROLE bot SET log_min_error_statement = error")
    opening(url).engine.dispose()
    assert "docs/privacy.md" in caplog.text
    caplog.clear()
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER ROLE bot RESET log_min_error_statement")
    opening(url).engine.dispose()
    assert caplog.text == ""


@pytest.mark.parametrize("url", ["mysql://x:secret@y/z", "secret", ""])
def test_another_database_is_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        opened(url)
    assert "secret" not in str(refused.value)


async def test_deleted_is_everything(store: ConversationStore) -> None:
    await take_turn(store, 1)
    store.outbox.append(WHO, {"text": "unasked"})
    store.deliveries.claim("tg:1", WHO, {"text": "x"})
    store.delete(WHO)
    assert store.rows_of(WHO) == 0
    assert json.dumps(store.history(WHO)) == "[]"
    assert store.deliveries.is_done("tg:1")
