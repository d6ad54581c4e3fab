"""What the bot says unasked, on Telegram and in Slack: reminders and check-ins arrive, stop, and outlive a power cut.

The product's own server with the trained model. Its reminders are made due by moving their time in its database.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.channels.fake_slack import FakeSlack
from tests.channels.fake_telegram import FakeTelegram, Fault
from tests.channels.people import WORDS, InSlack, LogBook, OnTelegram, environment
from tests.channels.running_server import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOLF = "my back cramps since yesterday after golf, what can I do"
NOON = "12:00"  # on the person's clock, so that no night holds a check-in back
RINGS = WORDS["care_timer_over"]
PATIENCE = 90.0  # seconds: a busy machine
LONG_ENOUGH = 12.0  # seconds in which anything due is said: a look every 5, another every 2


@dataclass
class Place:
    """The server, and both platforms."""

    server: RunningServer
    telegram: FakeTelegram
    slack: FakeSlack
    session: aiohttp.ClientSession
    book: LogBook

    def person(self, channel: str, number: int) -> OnTelegram | InSlack:
        """Somebody new there."""
        if channel == "telegram":
            return OnTelegram(self.telegram, self.book, 5000 + number)
        return InSlack(self.slack, self.session, self.server.url, self.book, f"U0LIVE{number}")

    def read(self, person: OnTelegram | InSlack) -> str:
        """All that the bot has written to somebody."""
        if isinstance(person, OnTelegram):
            return "\n".join(self.telegram.texts(person.chat))
        return "\n".join(self.slack.said(self.slack.direct(person.user)))

    def make_due(self, person: OnTelegram | InSlack, kind: str) -> int:
        """The person's reminders whose key begins so are due now; how many."""
        with contextlib.closing(sqlite3.connect(self.book.path, timeout=20)) as base, base:
            query = "UPDATE reminders SET due = ? WHERE sender_id = ? AND state = 'waiting' AND key LIKE ?"
            return base.execute(query, [time.time() - 1, person.conversation, f"{kind}%"]).rowcount

    async def cut_the_power(self, meanwhile: Callable[[], object]) -> None:
        """Kill the server, and start it again."""
        assert self.server.process is not None
        self.server.process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self.server.process.wait, 10)
        await asyncio.sleep(0.5)  # what it had sent off is answered as before, not as `meanwhile` has it
        meanwhile()
        await asyncio.to_thread(self.server.start)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """Everything, once for this file."""
    folder: Path = tmp_path_factory.mktemp("unasked")
    telegram, slack = await FakeTelegram().start(), await FakeSlack().start()
    server = RunningServer(folder, settings=environment(telegram, slack))
    await asyncio.to_thread(server.start)
    book = LogBook(folder / "conversations.db")
    following = asyncio.create_task(book.follow())
    async with aiohttp.ClientSession() as session:
        yield Place(server, telegram, slack, session, book)
    following.cancel()
    await asyncio.to_thread(server.stop)
    await asyncio.gather(telegram.stop(), slack.stop())
    assert telegram.complaints == []
    assert (slack.broken, slack.notified) == ([], [])


async def _until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.1)


async def _with_timer(place: Place, channel: str, number: int) -> OnTelegram | InSlack:
    person = place.person(channel, number)
    await person.say("I've put the ice on, start a timer")
    return person


async def _with_check_ins(place: Place, channel: str, number: int) -> OnTelegram | InSlack:
    person = place.person(channel, number)
    await person.say(GOLF)
    for _ in range(3):
        seen = await person.say("none of these")
    assert WORDS["care_consent_yes"] in seen.titles
    await person.choose([WORDS["care_consent_yes"]], press=True)
    await person.say(NOON)
    return person


@pytest.mark.parametrize("channel", ["telegram", "slack"])
async def test_the_end_of_a_timer_and_a_check_in_arrive_and_are_answered_by_their_buttons(
    place: Place, channel: str
) -> None:
    person = await _with_timer(place, channel, 1)
    assert place.make_due(person, "timer") == 1
    await _until(lambda: RINGS in place.read(person))
    person = await _with_check_ins(place, channel, 2)
    before = place.read(person)
    assert place.make_due(person, "check_in")
    await _until(lambda: len(place.read(person)) > len(before))
    await asyncio.sleep(1)
    seen = await person.choose([WORDS["feel_better"]], press=True)
    assert WORDS["feel_noted_better"] in seen.words


@pytest.mark.parametrize("channel", ["telegram", "slack"])
async def test_after_stop_reminders_nothing_comes(place: Place, channel: str) -> None:
    person = await _with_check_ins(place, channel, 3)
    seen = await person.say("stop reminders")
    assert WORDS["care_stopped"] in seen.words
    assert place.make_due(person, "") == 0
    before = place.read(person)
    await asyncio.sleep(LONG_ENOUGH)
    assert place.read(person) == before


@pytest.mark.parametrize("channel", ["telegram", "slack"])
async def test_whoever_blocked_the_bot_is_tried_once_and_hears_again_when_they_write(
    place: Place, channel: str
) -> None:
    person = await _with_check_ins(place, channel, 4)
    direct = ""
    if isinstance(person, OnTelegram):
        place.telegram.blocked.add(person.chat)
    else:
        direct = f"chat.postMessage {place.slack.direct(person.user)}"
        place.slack.faults[direct] = ["channel_not_found"]
    before = place.read(person)
    assert place.make_due(person, "check_in/") >= 1

    def states() -> set[str]:
        with contextlib.closing(sqlite3.connect(place.book.path, timeout=20)) as base:
            query = "SELECT state FROM reminders WHERE sender_id = ? AND state != 'said'"
            return {state for (state,) in base.execute(query, [person.conversation])}

    await _until(lambda: states() == {"unreachable"})
    assert place.make_due(person, "") == 0
    await asyncio.sleep(LONG_ENOUGH)
    assert place.read(person) == before
    if isinstance(person, OnTelegram):
        place.telegram.blocked.clear()
    assert not place.slack.faults[direct]
    await person.say("is heat ok?")
    assert states() == {"waiting"}


async def test_a_power_cut_loses_nothing_and_repeats_only_what_was_on_its_way(place: Place) -> None:
    """At least once: what arrived without being noted comes once more, everything else just once."""
    arrived = [await _with_timer(place, channel, 5) for channel in ("telegram", "slack")]
    unsent = [await _with_timer(place, channel, 6) for channel in ("telegram", "slack")]
    waiting = [await _with_timer(place, channel, 7) for channel in ("telegram", "slack")]
    place.slack.slow_seconds = 3.0
    directs = [f"chat.postMessage {place.slack.direct(f'U0LIVE{number}')}" for number in (5, 6)]
    place.telegram.faults = [
        Fault("slow_after", "sendMessage", times=1, chat=5005, seconds=3.0),
        Fault("500", "sendMessage", times=1000, chat=5006),
    ]
    place.slack.faults[directs[0]], place.slack.faults[directs[1]] = ["slow_after"], [500] * 1000
    for person in (*arrived, *unsent):
        assert place.make_due(person, "timer") == 1
    await _until(lambda: all(RINGS in place.read(person) for person in arrived))
    assert not any(RINGS in place.read(person) for person in unsent)

    def meanwhile() -> None:
        place.telegram.faults.clear()
        place.slack.faults.clear()
        for person in waiting:  # a timer that ends while no server runs
            assert place.make_due(person, "timer") == 1

    await place.cut_the_power(meanwhile)
    await _until(lambda: all(place.read(person).count(RINGS) == 2 for person in arrived))
    await _until(lambda: all(RINGS in place.read(person) for person in (*unsent, *waiting)))
    await asyncio.sleep(LONG_ENOUGH)
    assert [place.read(person).count(RINGS) for person in (*arrived, *unsent, *waiting)] == [2, 2, 1, 1, 1, 1]
