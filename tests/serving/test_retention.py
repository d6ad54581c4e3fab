"""Words go first, then answers; an episode that goes on is left alone. Weeks pass in seconds."""

from __future__ import annotations

import asyncio
import datetime
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from reasoning import keeping
from reasoning.case import Case
from reasoning.triage import Finding, Status
from serving.addresses import Address
from serving.conversations import Conversations
from serving.events import EVENTS
from serving.records import CASE_SLOT
from serving.retention import Retention, Swept
from serving.stores import START_OVER, ConversationStore

DOMAIN = Domain.from_dict({"slots": {"case": {"type": "any", "mappings": [{"type": "custom"}]}}})
NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
CASE = Case(
    findings=(Finding("chest_pain", Status.DENIED, evidence="no chest pain zqx"),), age=54, turn=1, introduced=True
)


def _days(number: float) -> datetime.datetime:
    return NOW + datetime.timedelta(days=number)


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    """An empty database."""
    return ConversationStore.at(tmp_path / "conversations.db", domain=DOMAIN)


@pytest.fixture
def retention(store: ConversationStore) -> Retention:
    """The sweeper over conversations without a model: nobody talks here."""
    return Retention(Conversations(agent=SimpleNamespace(tracker_store=store), reader=None))  # type: ignore[arg-type]


async def _talked(store: ConversationStore, name: str, day: float, case: Case = CASE, **more: Any) -> None:
    at = _days(day).timestamp()
    events = [
        ActionExecuted("action_session_start", timestamp=at),
        SessionStarted(at),
        UserUttered("zqx my back hurts", timestamp=at, input_channel="web"),
        *([ActionExecuted(START_OVER, timestamp=at)] if more.get("started_over") else []),
        BotUttered("you wrote zqx", timestamp=at),
        SlotSet(CASE_SLOT, case.as_dict(), at),
    ]
    await store.save(DialogueStateTracker.from_events(name, events, DOMAIN.slots))


def _marker(store: ConversationStore) -> bool:
    folder = Path(str(store.engine.url.database)).parent
    return any(b"zqx" in path.read_bytes() for path in folder.iterdir())


async def test_words_go_after_a_day_and_answers_after_thirty(store: ConversationStore, retention: Retention) -> None:
    """The episode ends by 7 days of silence; each step at its time, and not before."""
    await _talked(store, "web:a", 0)
    store.outbox.append("web:a", {"text": "zqx unasked", "kind": "notice"})
    store.addresses.put("web:a", Address("web", {"x": 1}))
    for day in (0.5, 6.9, 7.5, 7.99):
        assert await retention.sweep(_days(day)) == Swept()
        assert len(await retention.conversations.records.history("web:a")) == 3
    assert await retention.sweep(_days(8)) == Swept(words=1)
    assert await retention.conversations.records.history("web:a") == []
    assert not _marker(store)
    case = await retention.conversations.records.case("web:a")
    assert (case.age, case.status_of("chest_pain"), case.introduced) == (54, "denied", True)
    for day in (8.1, 20, 36.9):
        assert await retention.sweep(_days(day)) == Swept()
        assert (await retention.conversations.records.case("web:a")).age == 54
    assert await retention.sweep(_days(37)) == Swept(answers=1)
    assert store.rows_of("web:a") == 0
    assert store.conversations() == []
    assert await retention.sweep(_days(38)) == Swept()


async def test_who_comes_back_keeps_their_answers_and_the_clock_starts_anew(
    store: ConversationStore, retention: Retention
) -> None:
    """After the words were dropped, a message makes it a talk again."""
    await _talked(store, "web:a", 0)
    await retention.sweep(_days(9))
    tracker = await store.retrieve("web:a")
    assert tracker is not None
    tracker.update(UserUttered("it is back", timestamp=_days(10).timestamp()))
    await store.save(tracker)
    assert await retention.sweep(_days(16)) == Swept()
    assert len(await retention.conversations.records.history("web:a")) == 1
    assert (await retention.conversations.records.case("web:a")).age == 54
    assert await retention.sweep(_days(18)) == Swept(words=1)
    assert await retention.sweep(_days(47.1)) == Swept(answers=1)


async def test_a_long_absence_of_the_server_forgets_all_at_once(store: ConversationStore, retention: Retention) -> None:
    """Nothing waits for a first step that was missed."""
    await _talked(store, "web:a", 0)
    await _talked(store, "web:b", 399)
    assert await retention.sweep(_days(400)) == Swept(answers=1)
    assert store.conversations() == ["web:b"]


async def test_starting_over_closes_the_episode_before(store: ConversationStore, retention: Retention) -> None:
    """A day later its words and answers are gone; the new talk stays."""
    await _talked(store, "web:a", 0)
    at = _days(1).timestamp()
    tracker = await store.retrieve("web:a")
    assert tracker is not None
    fresh = Case(introduced=True, turn=2)
    for event in (
        UserUttered("start over", timestamp=at),
        ActionExecuted(START_OVER, timestamp=at + 0.01),
        BotUttered("cleared", timestamp=at + 0.02),
        SlotSet(CASE_SLOT, fresh.as_dict(), at + 0.02),
        UserUttered("what is an MRI", timestamp=_days(3).timestamp()),
    ):
        tracker.update(event)
    await store.save(tracker)
    assert await retention.sweep(_days(1.5)) == Swept()
    assert _marker(store)
    assert await retention.sweep(_days(2.5)) == Swept(words=1)
    assert not _marker(store)
    assert await retention.sweep(_days(3.5)) == Swept()
    said = [entry["text"] for entry in await retention.conversations.records.history("web:a")]
    assert said == ["cleared", "what is an MRI"]
    assert await retention.conversations.records.case("web:a") == fresh


async def test_an_address_without_a_conversation_goes_at_the_second_look(
    store: ConversationStore, retention: Retention
) -> None:
    """It is kept just before the first message: at the first look that may still be on its way."""
    store.addresses.put("tg:a", Address("telegram", {"chat": 42}))
    assert await retention.sweep(NOW) == Swept()
    assert store.addresses.get("tg:a") is not None
    assert await retention.sweep(NOW) == Swept(answers=1)
    assert store.addresses.get("tg:a") is None


async def test_a_conversation_that_nobody_can_read_holds_up_no_other(
    store: ConversationStore, retention: Retention
) -> None:
    """And goes with the answers."""
    await _talked(store, "web:a", 0)
    await _talked(store, "web:b", 0)
    with store.engine.begin() as connection:
        connection.execute(EVENTS.update().where(EVENTS.c.sender_id == "web:a").values(data="{"))
    assert await retention.sweep(_days(8)) == Swept(words=1)
    assert await retention.sweep(_days(30.1)) == Swept(answers=1)
    assert store.conversations() == ["web:b"]


async def test_limits_are_settings(store: ConversationStore, retention: Retention) -> None:
    """An operator may keep less."""
    retention.limits = keeping.Limits(silent_days=1, words_hours=0, answers_days=2)
    await _talked(store, "web:a", 0)
    assert await retention.sweep(_days(0.9)) == Swept()
    assert await retention.sweep(_days(1)) == Swept(words=1)
    assert await retention.sweep(_days(3)) == Swept(answers=1)


async def test_a_conversation_that_is_being_changed_is_waited_for(
    store: ConversationStore, retention: Retention
) -> None:
    """The sweep takes the same lock as a turn."""
    await _talked(store, "web:a", 0)
    async with retention.conversations.records.alone_with("web:a"):
        sweeping = asyncio.create_task(retention.sweep(_days(400)))
        await asyncio.sleep(0.05)
        assert not sweeping.done()
    assert await sweeping == Swept(answers=1)


async def test_the_task_goes_on_after_a_failure_and_ends_with_the_server(
    store: ConversationStore, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is ill for an hour must not end retention for good."""
    await _talked(store, "web:a", -400)
    calls: list[int] = []
    healthy = store.conversations

    def ill() -> list[str]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("disk")
        return healthy()

    monkeypatch.setattr(store, "conversations", ill)
    closing = asyncio.Event()
    task = asyncio.create_task(retention.keep_sweeping(closing, every=0.01))
    end = time.monotonic() + 5
    while healthy() and time.monotonic() < end:
        await asyncio.sleep(0.01)
    closing.set()
    await asyncio.wait_for(task, 5)
    assert healthy() == []


async def test_a_deletion_that_leaves_a_row_is_no_deletion(store: ConversationStore, retention: Retention) -> None:
    """Whoever is told that nothing is left can rely on it; a table of tomorrow is deleted from too."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE jobs_of_tomorrow (conversation TEXT, what TEXT)")
        connection.exec_driver_sql("INSERT INTO jobs_of_tomorrow VALUES ('web:a', 'zqx')")
    await _talked(store, "web:a", 0)
    assert store.rows_of("web:a") > 1
    await retention.conversations.records.delete("web:a")
    assert store.rows_of("web:a") == 0
    assert not _marker(store)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER t BEFORE DELETE ON jobs_of_tomorrow BEGIN SELECT RAISE(IGNORE); END")
        connection.exec_driver_sql("INSERT INTO jobs_of_tomorrow VALUES ('web:a', 'zqx')")
    with pytest.raises(RuntimeError):
        await retention.conversations.records.delete("web:a")
