"""What the platforms deliver counts once, in parallel and across restarts; addresses are kept in one place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from serving import deliveries as module
from serving import migrate
from serving.addresses import Address, Addresses
from serving.deliveries import Deliveries
from serving.outbox import Outbox


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.engine.Engine]:
    """A database file of its own."""
    made = sa.create_engine(f"sqlite:///{tmp_path / 'kept.db'}", connect_args={"timeout": 20})
    migrate.upgrade(made)
    yield made
    made.dispose()


def test_a_key_is_claimed_once(engine: sa.engine.Engine) -> None:
    first = Deliveries(engine)
    assert [first.claim("tg:1", "tg:a"), first.claim("tg:1", "tg:a"), first.claim("tg:2", "tg:a")] == [
        True,
        False,
        True,
    ]
    first.done("tg:1")
    assert (first.is_done("tg:1"), first.is_done("tg:2"), first.is_done("tg:3")) == (True, False, False)
    assert first.claim("tg:1", "tg:a") is False


def test_in_parallel_exactly_one_gets_it(engine: sa.engine.Engine) -> None:
    owners = [Deliveries(engine) for _ in range(4)]
    keys = [f"tg:{number}" for number in range(100)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(
            pool.map(lambda job: job[0].claim(job[1], "tg:a"), [(owner, key) for key in keys for owner in owners])
        )
    assert sum(taken) == len(keys)


def test_what_a_dead_process_left_is_taken_up_again_in_order_and_once(engine: sa.engine.Engine) -> None:
    dead = Deliveries(engine)
    for number in (1, 2, 3):
        dead.claim(f"tg:{number}", "tg:a", {"text": str(number)})
    dead.claim("sl:9", "sl:a", {"text": "of another platform"})
    dead.done("tg:2")
    after = Deliveries(engine)
    assert [(left.key, left.brought) for left in after.take_up("tg:")] == [
        ("tg:1", {"text": "1"}),
        ("tg:3", {"text": "3"}),
    ]
    assert after.take_up("tg:") == []
    assert after.claim("tg:1", "tg:a") is False


def test_a_delivery_of_a_dead_process_counts_again_when_its_lease_is_over(
    engine: sa.engine.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    Deliveries(engine).claim("tg:1", "tg:a")
    second, third = Deliveries(engine), Deliveries(engine)
    assert second.claim("tg:1", "tg:a") is False
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + module.LEASE_SECONDS + 1)
    assert [second.claim("tg:1", "tg:a"), second.claim("tg:1", "tg:a"), third.claim("tg:1", "tg:a")] == [
        True,
        False,
        False,
    ]


def test_done_and_deleted_deliveries_hold_nothing_of_a_person(engine: sa.engine.Engine) -> None:
    kept = Deliveries(engine)
    kept.claim("tg:1", "tg:a", {"text": "canary"})
    kept.claim("tg:2", "tg:a", {"text": "canary"})
    kept.done("tg:1")
    kept.delete("tg:a")
    with engine.connect() as connection:
        rows = connection.execute(module.TABLE.select()).all()
    assert [(row.key, row.brought, row.conversation) for row in rows] == [("tg:1", None, ""), ("tg:2", None, "")]
    assert kept.claim("tg:2", "tg:a") is False, "a repeated delivery must not bring a deleted chat back"


def test_old_deliveries_are_dropped(engine: sa.engine.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Deliveries(engine)
    kept.claim("tg:1", "tg:a")
    assert kept.purge() == 0
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + module.KEEP_SECONDS + 1)
    assert kept.purge() == 1


def test_an_address_is_put_replaced_and_forgotten(engine: sa.engine.Engine) -> None:
    addresses = Addresses(engine)
    assert addresses.get("tg:a") is None
    addresses.put("tg:a", Address("telegram", {"chat": 42}))
    addresses.put("tg:a", Address("telegram", {"chat": 43}))
    addresses.put("sl:a", Address("slack", {"team": "T1", "user": "U1"}))
    assert addresses.get("tg:a") == Address("telegram", {"chat": 43})
    addresses.delete("tg:a")
    assert (addresses.get("tg:a"), addresses.get("sl:a")) == (None, Address("slack", {"team": "T1", "user": "U1"}))


def test_the_outbox_tells_a_platform_what_to_send(engine: sa.engine.Engine) -> None:
    outbox = Outbox(engine)
    outbox.append("tg:a", {"text": "one"})
    outbox.append("sl:a", {"text": "of another platform"})
    second = outbox.append("tg:b", {"text": "two"})
    found = outbox.since("tg:")
    assert [(conversation, unasked.message["text"]) for conversation, unasked in found] == [
        ("tg:a", "one"),
        ("tg:b", "two"),
    ]
    assert outbox.since("tg:", after=found[0][1].event) == [("tg:b", second)]
    with outbox.engine.begin() as connection:  # what is of no use any more is left out
        outbox.put(connection, "tg:b", {"text": "late"}, until=time.time() - 1)
    assert outbox.since("tg:", after=found[0][1].event) == [("tg:b", second)]
