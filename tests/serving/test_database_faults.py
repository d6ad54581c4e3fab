"""The database fails, the server does not: the safety text within three seconds, no advice, well again within ten.

Real processes; docs/reliability.md has the table. `SOAK=1` kills a hundred times instead of three, and an outage lasts
a minute; `KILLS` kills as often as it says.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.channels.running_server import RunningServer
from tests.serving import postgres
from tests.serving.several import SAFETY, SECRET, Person, is_whole

LONG = bool(os.environ.get("SOAK"))
KILLS = int(os.environ.get("KILLS") or (100 if LONG else 3))
ANSWER_SECONDS, RECOVERY_SECONDS = 3.0, 10.0
OUTAGE_SECONDS, SQLITE_OUTAGE_SECONDS = (60.0, 60.0) if LONG else (5.0, 0.5)
PATIENCE = 60.0  # seconds for a busy machine, where no time is judged

MOST = 500  # messages of one person: more than are answered until the kill
pytestmark = pytest.mark.timeout(3600 if LONG or KILLS > 10 else 600)


@pytest.fixture(scope="module")
def database() -> Iterator[postgres.Postgres]:
    """A PostgreSQL that can be stopped."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="module")
def on_postgresql(database: postgres.Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that was started while its database was down, which is the first fault; each test sees to its own."""
    database.stop()
    more = {"DATABASE_URL": database.address, "WEB_SECRET": SECRET}
    running = RunningServer(tmp_path_factory.mktemp("faults"), settings=more)
    yield running.start("/healthz")
    running.stop()


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[RunningServer]:
    """A server with a file."""
    running = RunningServer(tmp_path / "data", settings={"WEB_SECRET": SECRET}).start()
    yield running
    running.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session:
        yield session


async def refused(server: RunningServer, person: Person, usual: float = 0.0) -> None:
    """A message that would bring advice brings the safety text alone, in time.

    `usual`: seconds that such messages take when all is well, which on a machine that is busy with other things may be
    long by itself.
    """
    begun = time.monotonic()
    kinds = {message["kind"] for message in await person.say(server.url, "is heat ok")}
    assert kinds == {SAFETY}
    assert time.monotonic() - begun < ANSWER_SECONDS + usual
    told = await person.say(server.url, "I cannot feel my bottom and cannot pee")
    assert {message["kind"] for message in told} == {"emergency"}, "the watch needs no database"


async def well_again(server: RunningServer, person: Person) -> None:
    """Answers come again, and readiness says so, both in time: the reminders look only every few seconds."""
    end = time.monotonic() + RECOVERY_SECONDS
    while {message["kind"] for message in await person.say(server.url, "what is an mri")} == {SAFETY}:
        assert time.monotonic() < end
        await asyncio.sleep(0.2)
    while (await person.ask("GET", f"{server.url}/readyz"))[0] != 200:
        assert time.monotonic() < end
        await asyncio.sleep(0.2)


async def running_again(server: RunningServer, database: postgres.Postgres, http: aiohttp.ClientSession) -> None:
    """For tests that begin with all well, whichever ran before."""
    if not database.runs:
        database.start()
        await well_again(server, await Person.new(http, server.url))


async def outlived(server: RunningServer, http: aiohttp.ClientSession, fault: Any, pause: float) -> None:
    """What was said before the fault is there after it, what was refused meanwhile is not."""
    people = [await Person.new(http, server.url) for _ in range(4)]
    begun = time.monotonic()
    await asyncio.gather(*(person.say(server.url, "what is an mri") for person in people))
    usual = time.monotonic() - begun
    with fault:
        await asyncio.gather(*(refused(server, person, usual) for person in people))
        assert (await people[0].ask("GET", f"{server.url}/readyz"))[0] == 503
        assert (await people[0].ask("GET", f"{server.url}/healthz"))[0] == 200
        await asyncio.sleep(pause)
        await refused(server, people[0], usual)
    await well_again(server, people[0])
    for person in people[1:]:
        history = await person.history(server.url)
        assert is_whole(history, ["what is an mri"])
        assert SAFETY not in {entry.get("kind") for entry in history}


async def test_down_at_the_start(
    on_postgresql: RunningServer, database: postgres.Postgres, http: aiohttp.ClientSession
) -> None:
    person = await Person.new(http, on_postgresql.url)
    await refused(on_postgresql, person)
    assert on_postgresql.get("/readyz").data == {"model": True, "database": False, "scheduler": True, "open": True}
    database.start()
    await well_again(on_postgresql, person)


@contextlib.contextmanager
def stopped(database: postgres.Postgres) -> Iterator[None]:
    """The database ends as in a power cut, and is started again."""
    database.stop()
    try:
        yield
    finally:
        database.start()


@contextlib.contextmanager
def frozen(database: postgres.Postgres) -> Iterator[None]:
    """The database is there and does not answer."""
    database.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        database.signal(signal.SIGCONT)


@contextlib.contextmanager
def read_only(database: postgres.Postgres) -> Iterator[None]:
    """As on a standby."""
    database.sql("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    time.sleep(0.5)
    try:
        yield
    finally:
        writable = "SET default_transaction_read_only = off"
        database.sql(writable, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")


@contextlib.contextmanager
def full(database: postgres.Postgres) -> Iterator[None]:
    """Every new row meets the error that PostgreSQL gives on a full disk."""
    database.sql(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
    )
    for table in ("events", "outbox", "reminders"):
        database.sql(f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk()")
    try:
        yield
    finally:
        database.sql("DROP FUNCTION full_disk CASCADE")


@pytest.mark.parametrize("fault", [stopped, frozen, read_only, full])
async def test_postgresql_fails_for_seconds(
    on_postgresql: RunningServer, database: postgres.Postgres, http: aiohttp.ClientSession, fault: Any
) -> None:
    await running_again(on_postgresql, database, http)
    await outlived(on_postgresql, http, fault(database), OUTAGE_SECONDS)


@contextlib.contextmanager
def no_room(server: RunningServer) -> Iterator[None]:
    """The server's process may not make a file longer than the database is: the write fails as on a full disk."""
    assert server.process is not None
    _, most = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, most))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (most, most))


@contextlib.contextmanager
def held(server: RunningServer) -> Iterator[None]:
    """Another process holds the file, for longer than a person waits."""
    other = sqlite3.connect(server.folder / "conversations.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.mark.parametrize("fault", [no_room, held])
async def test_sqlite_fails_for_seconds(on_sqlite: RunningServer, http: aiohttp.ClientSession, fault: Any) -> None:
    await outlived(on_sqlite, http, fault(on_sqlite), SQLITE_OUTAGE_SECONDS)


async def _talk(person: Person, server: RunningServer, texts: list[str], acknowledged: dict[str, Any]) -> None:
    """Say one after the other until the server is gone."""
    for text in texts:
        if text in acknowledged:
            continue
        try:
            answer = await person.say(server.url, text, name=text.replace(" ", "-"))
        except (aiohttp.ClientError, OSError, AssertionError):
            return
        if {message["kind"] for message in answer} != {SAFETY}:
            acknowledged[text] = answer


async def test_killed_at_random_points_under_load(on_sqlite: RunningServer, http: aiohttp.ClientSession) -> None:
    """What was acknowledged is there after the restart; the rest, sent again by its id, counts once."""
    chance = random.Random(7)  # noqa: S311  a seed, so that a failure can be had again
    for kill in range(KILLS):
        people = [await Person.new(http, on_sqlite.url) for _ in range(4)]
        texts = [[f"is heat ok {kill} {one} {number}" for number in range(MOST)] for one in range(4)]
        acknowledged: list[dict[str, Any]] = [{} for _ in people]
        talking = [
            asyncio.create_task(_talk(person, on_sqlite, said, known))
            for person, said, known in zip(people, texts, acknowledged, strict=True)
        ]
        await asyncio.sleep(chance.uniform(0.1, 1.5))
        assert on_sqlite.process is not None
        on_sqlite.process.kill()
        on_sqlite.process.wait()
        on_sqlite.process = None
        await asyncio.gather(*talking)
        on_sqlite.start()
        for person, said, known in zip(people, texts, acknowledged, strict=True):
            history = await person.history(on_sqlite.url)
            heard = [entry["text"] for entry in history if entry["from"] == "user"]
            assert len(heard) - len(known) in (0, 1), "the one under way may be kept without having been told"
            assert is_whole(history, heard)
            assert set(known) <= set(heard)
            again = said[len(known)]
            await person.say(on_sqlite.url, again, name=again.replace(" ", "-"))
            assert is_whole(await person.history(on_sqlite.url), [*known, again])
            assert (await person.known(on_sqlite.url))["turn"] == len(known) + 1


async def test_one_of_two_processes_is_killed_in_the_middle_of_turns(
    on_postgresql: RunningServer, database: postgres.Postgres, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Its locks are free at once: the other process answers the same people, who lose nothing."""
    await running_again(on_postgresql, database, http)
    more = {"DATABASE_URL": database.address, "WEB_SECRET": SECRET}
    dying = RunningServer(tmp_path / "dying", settings=more).start()
    people = [await Person.new(http, dying.url) for _ in range(4)]
    acknowledged: list[dict[str, Any]] = [{} for _ in people]
    texts = [[f"is heat ok {one} {number}" for number in range(MOST)] for one in range(4)]
    talking = [
        asyncio.create_task(_talk(person, dying, said, known))
        for person, said, known in zip(people, texts, acknowledged, strict=True)
    ]
    await asyncio.sleep(2)
    assert dying.process is not None
    dying.process.kill()
    await asyncio.gather(*talking)
    dying.process.wait()
    dying.process = None
    for person, said, known in zip(people, texts, acknowledged, strict=True):
        again = said[len(known)]
        begun = time.monotonic()
        answer = await person.say(on_postgresql.url, again, name=again.replace(" ", "-"))
        assert {message["kind"] for message in answer} != {SAFETY}
        assert time.monotonic() - begun < RECOVERY_SECONDS
        assert is_whole(await person.history(on_postgresql.url), [*known, again])


def test_nothing_that_was_said_is_in_the_log(on_postgresql: RunningServer) -> None:
    """Runs last: after every fault of PostgreSQL."""
    text = (on_postgresql.folder / "server.log").read_text()
    assert "turn" in text
    for word in ("heat", "mri", "bottom", "postgresql://", "web:"):
        assert word not in text


def test_nothing_that_was_said_is_in_the_log_of_postgresql(database: postgres.Postgres) -> None:
    """It would write down every statement that fails, with its values, unless it is told not to (docs/privacy.md)."""
    text = (database.folder / "log").read_text()
    assert "read-only transaction" in text
    for word in ("heat", "mri", "bottom", "STATEMENT", "web:"):
        assert word not in text
