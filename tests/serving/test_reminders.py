"""Each reminder exactly once: many processes, restarts at every step, changed clocks, failures in the middle."""

from __future__ import annotations

import asyncio
import datetime
import itertools
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from reasoning import care
from reasoning.care import Due
from reasoning.case import Care, Case, Interview, Offer
from reasoning.clock import Quiet, onset_of, written
from serving.outbox import Outbox
from serving.reminders import LEASE, Claimed, Moved, Reminders, Reminding, Said
from serving.stores import ConversationStore
from tests.serving.clocks import HandClock

ROOT = Path(__file__).resolve().parents[2]
TUESDAY = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)
WHO = "web:somebody"
LONDON = "Europe/London"


def opened(address: str, clock: HandClock) -> Reminders:
    """What a process opens."""
    store = ConversationStore(url=address)
    store.prepare()
    return Reminders(store.outbox, clock)


def person(now: datetime.datetime = TUESDAY, zone: str = LONDON) -> Case:
    """Somebody whose spasm began today and who agreed to reminders."""
    case = Case(
        back_trouble=True,
        interview=Interview(state="done"),
        now=written(now),
        timezone=zone,
        onset=onset_of(0, now, zone),
        care=Care(consent="yes", agreed=written(now), phase="cold"),
    )
    return care.at(case, now)


def due(kind: str = "check_in", key: str = "one", at: datetime.datetime = TUESDAY, hours: float = 2) -> Due:
    """A reminder."""
    return Due(kind=kind, key=key, at=at, expires=at + datetime.timedelta(hours=hours))  # type: ignore[arg-type]


async def speak(_conversation: str, reminder: Due) -> tuple[Said, str]:
    """Say the key, so that it can be counted."""
    return Said(({"text": reminder.key, "kind": "notice"},)), LONDON


def told(reminders: Reminders, who: str = WHO) -> Counter[str]:
    """What was said, how often."""
    return Counter(unasked.message["text"] for unasked in reminders.outbox.read(who))


# Three weeks.


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        (TUESDAY, LONDON),
        (datetime.datetime(2026, 3, 20, 9, tzinfo=datetime.UTC), LONDON),
        (datetime.datetime(2026, 10, 20, 9, tzinfo=datetime.UTC), "America/New_York"),
        (TUESDAY, "Pacific/Auckland"),
    ],
)
async def test_three_weeks_with_two_processes_and_restarts(address: str, start: datetime.datetime, zone: str) -> None:
    """Every reminder that is wanted is said once, by one of two; each opens the database anew all the time."""
    clock = HandClock(start)
    case = person(start, zone)
    wanted = care.wanted(case, start)
    opened(address, clock).keep(WHO, wanted)

    async def speak_there(who: str, reminder: Due) -> tuple[Said, str]:
        return (await speak(who, reminder))[0], zone

    for reminder, minutes in itertools.product(wanted, (-1, 1)):
        clock.time = reminder.at + datetime.timedelta(minutes=minutes)
        both = [Reminding(opened(address, clock), speak_there) for _ in range(2)]
        await asyncio.gather(*(one.tick() for one in both))
        for one in both:
            one.reminders.engine.dispose()
    assert told(opened(address, clock)) == Counter(reminder.key for reminder in wanted)


async def test_a_clock_set_back_says_nothing_twice(address: str) -> None:
    """An hour back after every reminder, and the case asked again what it wants."""
    clock = HandClock(TUESDAY)
    one = Reminding(opened(address, clock), speak)
    one.reminders.keep(WHO, care.wanted(person(), TUESDAY))
    for _ in range(26):
        clock.move(hours=2)
        await one.tick()
        clock.move(hours=-1)
        one.reminders.keep(WHO, care.wanted(person(), clock.time))
        await one.tick()
    assert set(told(one.reminders).values()) == {1}


def test_threads_that_reach_for_one_row_get_it_once(address: str) -> None:
    """Eight at the same moment."""
    clock = HandClock(TUESDAY)
    opened(address, clock).keep(WHO, [due()])
    several = [opened(address, clock) for _ in range(8)]
    (found,) = several[0].due()
    start, got = threading.Barrier(8), []

    def reach(reminders: Reminders) -> None:
        start.wait()
        got.append(reminders.claim(*found))

    threads = [threading.Thread(target=reach, args=(reminders,)) for reminders in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claimed is not None for claimed in got) == 1


PROCESS = """
import asyncio, datetime, sys
import sqlalchemy as sa
from serving.outbox import Outbox
from serving.reminders import Reminders, Reminding, Said
from tests.serving.clocks import HandClock

async def speak(conversation, reminder):
    return Said(({"text": reminder.key, "kind": "notice"},)), "Europe/London"

async def main():
    clock = HandClock(datetime.datetime.fromisoformat(sys.argv[2]))
    one = Reminding(Reminders(Outbox(sa.create_engine(sys.argv[1])), clock), speak)
    print("ready", flush=True)
    sys.stdin.readline()
    print(sum([await one.tick() for _ in range(3)]), flush=True)

asyncio.run(main())
"""


def test_processes_on_one_database_say_each_reminder_once(address: str) -> None:
    """Three real processes, 60 reminders that are due at once."""
    reminders = opened(address, HandClock(TUESDAY))
    for number in range(60):
        reminders.keep(f"{WHO}{number}", [due(key=f"key{number}")])
    command = [sys.executable, "-W", "ignore", "-c", PROCESS, address, TUESDAY.isoformat()]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    said = [int(process.communicate("go\n", timeout=60)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum(said) == 60
    assert all(told(reminders, f"{WHO}{number}") == {f"key{number}": 1} for number in range(60))


# Failures.


async def test_a_process_that_dies_after_claiming_loses_nothing(address: str) -> None:
    """Its claim lapses; when it wakes up after all, it has nothing to say any more."""
    clock = HandClock(TUESDAY)
    dead, other = opened(address, clock), Reminding(opened(address, clock), speak)
    dead.keep(WHO, [due()])
    claimed = dead.claim(*dead.due()[0])
    assert claimed is not None
    assert await other.tick() == 0
    clock.move(seconds=LEASE.total_seconds() + 1)
    assert await other.tick() == 1
    with pytest.raises(Moved):
        dead.say(claimed, Said(({"text": "again", "kind": "notice"},)))
    assert told(dead) == {"one": 1}


async def test_a_failure_while_saying_leaves_neither_half(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Message and end of the row are one transaction."""
    clock = HandClock(TUESDAY)
    one = Reminding(opened(address, clock), speak)
    one.reminders.keep(WHO, [due()])
    put = Outbox.put

    def fails(self: Outbox, *arguments: Any) -> Any:
        put(self, *arguments)
        raise OSError

    monkeypatch.setattr(Outbox, "put", fails)
    assert await one.tick() == 0
    monkeypatch.undo()
    assert told(one.reminders) == {}
    clock.move(seconds=LEASE.total_seconds() + 1)
    assert await one.tick() == 1
    assert told(one.reminders) == {"one": 1}


async def test_one_that_fails_does_not_hold_up_the_others(address: str) -> None:
    """A conversation that cannot be read."""

    async def fails_for_one(who: str, reminder: Due) -> tuple[Said, str]:
        if who == WHO:
            raise LookupError
        return await speak(who, reminder)

    one = Reminding(opened(address, HandClock(TUESDAY)), fails_for_one)
    one.reminders.keep(WHO, [due()])
    one.reminders.keep("web:other", [due()])
    assert await one.tick() == 1
    assert told(one.reminders, "web:other") == {"one": 1}


async def test_a_message_that_comes_in_between_is_heeded(address: str) -> None:
    """The conversation went on while the reminder was made: it is made again, of what is known then."""
    tries = itertools.count()

    async def overtaken(_who: str, reminder: Due) -> tuple[Said, str]:
        still = next(tries) > 0
        return Said(({"text": reminder.key, "kind": "notice"},), (), lambda _connection: still), LONDON

    one = Reminding(opened(address, HandClock(TUESDAY)), overtaken)
    one.reminders.keep(WHO, [due()])
    assert await one.tick() == 0
    assert told(one.reminders) == {}
    assert await one.tick() == 1
    assert told(one.reminders) == {"one": 1}


async def test_delivery_is_tried_once_and_a_failure_unsays_nothing(address: str) -> None:
    """The channel's fault is the channel's."""
    handed: list[tuple[str, dict[str, Any]]] = []

    async def deliver(who: str, message: dict[str, Any]) -> None:
        handed.append((who, message))
        raise OSError

    one = Reminding(opened(address, HandClock(TUESDAY)), speak, deliver)
    one.reminders.keep(WHO, [due()])
    assert [await one.tick(), await one.tick()] == [1, 0]
    assert [(who, message["text"]) for who, message in handed] == [(WHO, "one")]
    assert handed[0][1]["id"] == one.reminders.outbox.read(WHO)[0].message["id"]


# Time.


async def test_what_was_missed_is_said_once_and_what_is_stale_never(address: str) -> None:
    """The server was down for a day."""
    clock = HandClock(TUESDAY)
    one = Reminding(opened(address, clock), speak)
    missed = [due("check_in", "check", hours=36), due("stretch", "stretch"), due("timer", "timer", hours=0.5)]
    one.reminders.keep(WHO, missed)
    clock.move(hours=24)
    again = Reminding(opened(address, clock), speak)
    assert [await again.tick(), await again.tick()] == [1, 0]
    assert told(again.reminders) == {"check": 1}


async def test_the_night_silences_all_but_what_the_person_started(address: str) -> None:
    """Said in the morning when it is not stale then."""
    night = datetime.datetime(2026, 11, 24, 23, 30, tzinfo=datetime.UTC)
    clock = HandClock(night)
    one = Reminding(opened(address, clock), speak)
    everything = [due("timer", "timer", night), due("again", "again", night), due("stretch", "stretch", night)]
    one.reminders.keep(WHO, [*everything, due("check_in", "check", night, hours=36)])
    await one.tick()
    assert told(one.reminders) == {"timer": 1, "again": 1}
    clock.time = datetime.datetime(2026, 11, 25, 8, 0, tzinfo=datetime.UTC)
    await one.tick()
    assert told(one.reminders) == {"timer": 1, "again": 1, "check": 1}


@pytest.mark.parametrize(
    ("quiet", "at_night", "said_at"),
    [("22:00-08:00", 2, "08:00"), ("23:30-06:45", 2, "06:45"), ("23:31-06:45", 4, ""), ("off", 4, "")],
)
async def test_the_night_is_as_long_as_the_server_is_told(
    address: str, quiet: str, at_night: int, said_at: str
) -> None:
    """What the person started rings in any case; the rest as soon as the night is over, and not a minute earlier."""
    night = datetime.datetime(2026, 11, 24, 23, 30, tzinfo=datetime.UTC)
    clock = HandClock(night)
    reminders = replace(opened(address, clock), quiet=Quiet.parse(quiet))
    kinds = ("timer", "again", "stretch", "check_in")
    reminders.keep(WHO, [due(kind, kind, night, hours=36) for kind in kinds])
    one = Reminding(reminders, speak)
    assert await one.tick() == at_night
    assert {"timer", "again"} <= set(told(reminders))
    if said_at:
        morning = datetime.datetime.fromisoformat(f"2026-11-25T{said_at}:00+00:00")
        clock.time = morning - datetime.timedelta(minutes=1)
        assert await one.tick() == 0
        clock.time = morning
        await one.tick()
    assert told(reminders) == Counter(kinds)


async def test_what_is_held_is_not_said_later(address: str) -> None:
    """A remedy that an emergency held is not caught up with."""

    async def held(_who: str, _reminder: Due) -> tuple[Said, str]:
        return Said(()), LONDON

    clock = HandClock(TUESDAY)
    one = Reminding(opened(address, clock), held)
    one.reminders.keep(WHO, [due()])
    await one.tick()
    clock.move(minutes=30)
    await Reminding(one.reminders, speak).tick()
    assert told(one.reminders) == {}


# Keeping to what is wanted.


def keys(reminders: Reminders) -> list[str]:
    """What is still to be said."""
    return [reminder.key for reminder in reminders.waiting(WHO)]


def test_the_table_follows_the_case(address: str) -> None:
    """More, other, fewer, none; as often as it is told."""
    clock = HandClock(TUESDAY)
    reminders = opened(address, clock)
    case = person()
    for _ in range(3):
        reminders.keep(WHO, care.wanted(case, TUESDAY))
        assert keys(reminders) == [reminder.key for reminder in care.wanted(case, TUESDAY)]
    moved = care.told_onset(case, 1.0, TUESDAY)
    reminders.keep(WHO, care.wanted(moved, TUESDAY))
    assert "check_in/2026-11-24" not in keys(reminders)  # day 1 is over
    assert "check_in/2026-11-26" in keys(reminders)
    reminders.keep(WHO, care.wanted(care.stopped(moved), TUESDAY))
    assert keys(reminders) == []


async def test_whoever_cannot_be_reached_is_not_written_to_until_they_write(address: str) -> None:
    """Blocked: nothing is said and nothing waits; a message of theirs opens it again."""
    reminders = opened(address, HandClock(TUESDAY))
    reminders.keep(WHO, [due()])
    reminders.leave(WHO)
    assert reminders.waiting(WHO) == []
    assert await Reminding(reminders, speak).tick() == 0
    reminders.keep(WHO, [due()])
    assert await Reminding(reminders, speak).tick() == 1
    reminders.leave(WHO)
    reminders.keep(WHO, [due()])
    assert await Reminding(reminders, speak).tick() == 0, "what was said is not said again"


def test_a_new_time_for_one_key_is_kept(address: str) -> None:
    """Another zone: the same reminder at another moment."""
    reminders = opened(address, HandClock(TUESDAY))
    reminders.keep(WHO, [due(key="stretch")])
    later = due(key="stretch", at=TUESDAY + datetime.timedelta(hours=5))
    reminders.keep(WHO, [later])
    assert reminders.waiting(WHO) == [later]


async def test_a_reminder_that_is_taken_back_while_it_is_made_is_not_said(address: str) -> None:
    """Said: "stop reminders", at that very moment, in another process."""
    reminders = opened(address, HandClock(TUESDAY))
    reminders.keep(WHO, [due()])

    async def stopped_meanwhile(who: str, reminder: Due) -> tuple[Said, str]:
        reminders.keep(WHO, [])
        return await speak(who, reminder)

    assert await Reminding(reminders, stopped_meanwhile).tick() == 0
    assert told(reminders) == {}


def test_buttons_are_handed_over_to_the_case_once(address: str) -> None:
    """Kept with the row until the next message has taken them."""
    reminders = opened(address, HandClock(TUESDAY))
    reminders.keep(WHO, [due(), due(key="two")])
    offers = [Offer(f"b{number}", "Better", "feel_better") for number in range(2)]
    for found, offer in zip(reminders.due(), offers, strict=True):
        claimed = reminders.claim(*found)
        assert isinstance(claimed, Claimed)
        reminders.say(claimed, Said(({"text": "?", "kind": "question"},), (offer,)))
    assert reminders.offers(WHO) == tuple(offers)
    reminders.taken(WHO, offers[:1])
    assert reminders.offers(WHO) == tuple(offers[1:])


def test_a_forgotten_conversation_leaves_no_row(address: str) -> None:
    """And no other conversation loses one."""
    reminders = opened(address, HandClock(TUESDAY))
    reminders.keep(WHO, [due()])
    reminders.keep("web:other", [due()])
    reminders.delete(WHO)
    assert keys(reminders) == []
    assert len(reminders.waiting("web:other")) == 1


async def test_the_scheduler_says_at_once_what_was_missed(tmp_path: Path) -> None:
    """Started, it does not wait for its first interval; stopped, it says no more."""
    clock = HandClock(TUESDAY)
    reminders = opened(f"sqlite:///{tmp_path}/conversations.db", clock)
    reminders.keep(WHO, [due()])
    running = Reminding(reminders, speak)
    news = reminders.outbox.listen(WHO)
    running.start()
    try:
        await asyncio.wait_for(news.wait(), 5)
    finally:
        running.stop()
    assert told(reminders) == {"one": 1}


def test_due_rows_are_found_in_the_order_of_time(address: str) -> None:
    """And none before its time."""
    clock = HandClock(TUESDAY)
    reminders = opened(address, clock)
    hours: Sequence[int] = (2, 0, 1, 3)
    for hour in hours:
        reminders.keep(f"{WHO}{hour}", [due(key=str(hour), at=TUESDAY + datetime.timedelta(hours=hour), hours=9)])
    clock.move(hours=2)
    assert [found[2].key for found in reminders.due()] == ["0", "1", "2"]


def test_a_case_without_consent_wants_nothing() -> None:
    """What the table is filled from."""
    asked = person()
    assert care.wanted(asked.with_(care=replace(asked.care, consent="asked")), TUESDAY) == ()


async def test_a_scheduler_that_finds_no_database_is_not_alive(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readiness tells it: after a minute without a look at what is due."""
    one = Reminding(opened(address, HandClock(TUESDAY)), speak)
    assert not one.is_alive(), "not started"
    one.start()
    try:
        assert one.is_alive()
        monkeypatch.setattr("serving.reminders.SILENT_SECONDS", 0.0)
        assert not one.is_alive()
        monkeypatch.setattr("serving.reminders.SILENT_SECONDS", 0.2)
        await one.tick()
        assert one.is_alive()
        monkeypatch.setattr(one.reminders, "due", _away)
        await asyncio.sleep(0.3)
        with pytest.raises(sa.exc.OperationalError):
            await one.tick()
        assert not one.is_alive()
    finally:
        one.stop()
    assert not one.is_alive()


def _away() -> list[Any]:
    raise sa.exc.OperationalError("SELECT", {}, Exception("away"))


async def test_in_emergency_only_mode_nothing_is_said_unasked_and_nothing_is_lost(address: str) -> None:
    """It waits until the mode is over; what is too late by then is never said."""
    clock, modes = HandClock(TUESDAY), [True]
    one = Reminding(opened(address, clock), speak, paused=lambda: modes[0])
    one.reminders.keep(WHO, [due(key="short", hours=0.5), due(key="long")])
    assert await one.tick() == 0
    clock.move(hours=1)
    modes[0] = False
    assert await one.tick() == 1
    assert told(one.reminders) == {"long": 1}
