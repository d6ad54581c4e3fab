"""Two real processes on one PostgreSQL: what one person sends to both at once is neither lost nor doubled.

Short here; `SOAK=1` (make soak) takes the long form.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import jwt
import pytest
import sqlalchemy as sa

from reasoning.knowledge import shared
from reasoning.safety import failure
from tests.channels import canary
from tests.channels.running_server import ROOT
from tests.serving import several
from tests.serving.several import HOOKS, SAFETY, Person, Several, behind_nginx, is_whole

LONG = bool(os.environ.get("SOAK"))
PAIRS, BURSTS = (1000, 100) if LONG else (200, 20)
PEOPLE = 20
REMINDERS = 20
# Seconds between the messages of a burst: somebody who types fast on two devices. At 0.05 a busy machine itself decided
# now and then which of the two processes got its message first, and order is the order of arrival.
SPACING = 0.15

pytestmark = pytest.mark.timeout(1800 if LONG else 300)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    """Two processes."""
    with several.running(tmp_path_factory.mktemp("two")) as processes:
        yield processes


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that waits long enough for a busy machine."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60)) as session:
        yield session


async def pairs_of(person: Person, urls: list[str], number: int) -> list[str]:
    """So many pairs, each to both processes at once; the texts that were sent."""
    sent = []
    for pair in range(number):
        texts = [f"what is an mri {pair} {side}" for side in "ab"]
        answers = await asyncio.gather(*(person.say(url, text) for url, text in zip(urls, texts, strict=True)))
        assert all(answers)
        assert not [message for answer in answers for message in answer if message["kind"] == SAFETY]
        sent += texts
    return sent


async def test_pairs_of_simultaneous_messages_are_kept_once(two: Several, http: aiohttp.ClientSession) -> None:
    """Nothing lost, nothing doubled, each answer behind its message, and no turn overwrote the case of another."""
    people = [await Person.new(http, two.urls[number % 2]) for number in range(PEOPLE)]
    several_at_once = asyncio.Semaphore(4)

    async def talk(person: Person) -> None:
        async with several_at_once:
            sent = await pairs_of(person, two.urls, PAIRS // PEOPLE)
        for url in two.urls:
            assert is_whole(await person.history(url), sent)
            assert (await person.known(url))["turn"] == len(sent)

    await asyncio.gather(*map(talk, people))


async def test_bursts_of_five_are_kept_in_order(two: Several, http: aiohttp.ClientSession) -> None:
    """Sent to the two processes in turn, faster than they are answered."""
    for burst in range(BURSTS):
        person = await Person.new(http, two.urls[0])
        texts = [f"is heat ok {burst} {number}" for number in range(5)]
        tasks = []
        for text, url in zip(texts, itertools.cycle(two.urls), strict=False):
            tasks.append(asyncio.create_task(person.say(url, text, name=text.replace(" ", "-"))))
            await asyncio.sleep(SPACING)
        answers = await asyncio.gather(*tasks)
        assert not [message for answer in answers for message in answer if message["kind"] == SAFETY]
        history = await person.history(two.urls[burst % 2])
        assert is_whole(history, texts)
        assert [entry["text"] for entry in history if entry["from"] == "user"] == texts


async def test_one_message_to_both_processes_counts_once(two: Several, http: aiohttp.ClientSession) -> None:
    """A client that tries again while the first try is still under way: the same id, the same answer."""
    for number in range(20):
        person = await Person.new(http, two.urls[0])
        tries = [person.say(url, "what is an mri", name=f"m{number}") for url in (*two.urls, *two.urls)]
        answers = await asyncio.gather(*tries)
        assert all(answer == answers[0] for answer in answers)
        assert (await person.known(two.urls[1]))["turn"] == 1


async def test_a_reminder_is_said_once_and_reaches_the_page_on_the_other_process(
    two: Several, http: aiohttp.ClientSession
) -> None:
    """Timers that all end now; each person has a page open on each process."""
    people = [await Person.new(http, two.urls[number % 2]) for number in range(REMINDERS)]
    for person in people:
        await person.say(two.urls[0], "start a timer")
    heard: Counter[tuple[str, str]] = Counter()

    async def listen(person: Person, url: str) -> None:
        headers = {"Authorization": f"Bearer {person.token}"}
        async with http.get(f"{url}{HOOKS}/events", headers=headers) as stream:
            async for line in stream.content:
                if line.startswith(b"data:"):
                    heard[person.token, url] += 1

    listening = [asyncio.create_task(listen(person, url)) for person in people for url in two.urls]
    await asyncio.sleep(1)
    engine = sa.create_engine(two.database.address)
    with engine.begin() as connection:
        due = connection.execute(sa.text("UPDATE reminders SET due = :now"), {"now": time.time() - 1}).rowcount
    assert due == REMINDERS
    end = time.monotonic() + 30
    while len(heard) < 2 * REMINDERS and time.monotonic() < end:
        await asyncio.sleep(0.2)
    await asyncio.sleep(7)  # another look of both processes
    for task in listening:
        task.cancel()
    assert set(heard.values()) == {1}
    assert len(heard) == 2 * REMINDERS
    owners = {jwt.decode(person.token, options={"verify_signature": False})["sub"] for person in people}
    with engine.connect() as connection:
        rows = Counter(connection.execute(sa.text("SELECT sender_id FROM outbox")).scalars())
    engine.dispose()
    assert rows == Counter(owners)


def test_what_is_deleted_on_one_process_is_left_nowhere(two: Several) -> None:
    """Typed on one, deleted on the other: in no row, log or file of the servers; nor in the tables, once swept."""
    first, second = two.servers
    token = first.session(country="GB", timezone="Europe/London")
    canary.leave_the_marker_everywhere(first, token)
    first.say(token, text="delete my data")
    assert "nothing of it is left" in second.say(token, text="yes, forget it")[-1]["text"]
    token = second.session(country="GB", timezone="Europe/London")
    conversation = jwt.decode(token, options={"verify_signature": False})["sub"]
    canary.fill_what_goes_on_for_days(second, token)
    assert two.database.dump().lower().count(canary.CANARY) > 10
    second.say(token, text="delete my data")
    assert "nothing of it is left" in first.say(token, text="yes, forget it")[-1]["text"]
    assert first.get(f"{HOOKS}/history", token).data["messages"] == []
    two.database.sql("VACUUM FULL", "CHECKPOINT")
    texts = [two.database.dump(), two.logs(), (two.database.folder / "log").read_text()]
    for marker in (canary.CANARY, conversation.lower()):
        assert [text for text in texts if marker in text.lower()] == []
        kept = [server.folder for server in two.servers] + [two.database.data / "base"]
        files = [path for folder in kept for path in folder.rglob("*") if path.is_file()]
        assert len(files) > 100
        assert [path.name for path in files if marker.encode() in path.read_bytes().lower()] == []


async def test_behind_nginx_with_a_process_killed(two: Several, http: aiohttp.ClientSession, tmp_path: Path) -> None:
    """The configuration of deploy/: both processes serve one person, and one that is gone is not noticed."""
    with behind_nginx(tmp_path / "nginx", two.urls) as url:
        await asyncio.sleep(0.5)
        person = await Person.new(http, url)
        sent = [f"is heat ok {number}" for number in range(10)]
        for text in sent:
            assert (await person.say(url, text))[0]["kind"] != SAFETY
        gone = two.servers[0]
        assert gone.process is not None
        gone.process.kill()
        gone.process.wait()
        gone.process = None
        for number in range(10, 16):
            sent.append(f"is heat ok {number}")
            assert (await person.say(url, sent[-1]))[0]["kind"] != SAFETY
        assert is_whole(await person.history(url), sent)
        two.servers[1].stop()
        status, data = await person.ask("POST", f"{url}{HOOKS}/messages", json={"text": "hello"})
        assert (status, [message["kind"] for message in data["messages"]]) == (503, [SAFETY])
        assert "what is" not in (tmp_path / "nginx/access.log").read_text()


def test_nginx_has_the_safety_text_of_today() -> None:
    said = json.loads((ROOT / "deploy/nginx/unavailable.json").read_text(encoding="utf-8"))
    assert said["messages"] == [failure(shared(), "").as_dict()]


def test_the_processes_have_written_nothing_of_what_was_said(two: Several) -> None:
    """Runs last."""
    for word in ("mri", "heat", "postgresql://"):
        assert word not in two.logs()
