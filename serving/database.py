"""The database behind everything that is kept: SQLite in a file by default, PostgreSQL where `DATABASE_URL` says so.

What SQLAlchemy and the drivers leave open is settled here: no parameters in errors (they hold what people wrote), no
wait without an end, and reads of a turn on the turn's own connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import hashlib
import logging
import os
import select
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import sqlalchemy as sa

log = logging.getLogger(__name__)

SQLITE, POSTGRESQL = "sqlite", "postgresql"
PATIENCE = 1.5  # seconds in which PostgreSQL must answer a statement, or take a connection
SHORT_PATIENCE = 0.1  # seconds, once it has let that time pass, until it answers again: a person gets the safety text
LONG_PATIENCE = 60.0  # seconds for migrations and for what goes through a whole table
LOCK_SECONDS = 10.0  # how long a turn waits for one of the same conversation in another process
BUSY_MILLISECONDS = 100  # how long SQLite waits for another process to end its change, and all conversations with it
POOL, MORE = 20, 30  # connections kept open, and opened besides for a while

ID = sa.BigInteger().with_variant(sa.Integer(), SQLITE)  # SQLite numbers only an INTEGER by itself

patience: contextvars.ContextVar[float] = contextvars.ContextVar("patience", default=PATIENCE)
# The task that is in a turn (serving/turns.py), and the turn's connection, on which its reads go too.
of_turn: contextvars.ContextVar[tuple[asyncio.Task[Any] | None, sa.engine.Connection | None]] = contextvars.ContextVar(
    "of_turn", default=(None, None)
)


class DatabaseUrlError(ValueError):
    """DATABASE_URL is of no database that is served; the text does not repeat it, it may hold a password."""


def sqlite_url(path: Path) -> str:
    """The address of a database file."""
    return f"sqlite:///{path}"


def configured_url(folder: Path) -> str:
    """What `DATABASE_URL` says; by default a file in this folder."""
    return os.environ.get("DATABASE_URL") or sqlite_url(folder / "conversations.db")


def opened(url: str) -> sa.engine.Engine:
    """An engine for this address; nothing is connected yet. Raises DatabaseUrlError."""
    address = _parsed(url)
    if address.get_backend_name() == SQLITE:
        return _opened_sqlite(address)
    psycopg2.extensions.set_wait_callback(_wait)
    # A server that hangs, or a line that is cut, must not hold a conversation's lock for long.
    options = (
        f"-c idle_in_transaction_session_timeout=30000 -c lock_timeout={int(LOCK_SECONDS * 1000)} "
        "-c client_connection_check_interval=2000 -c jit=off"
    )
    return sa.create_engine(
        address.set(drivername="postgresql+psycopg2"),
        hide_parameters=True,
        pool_size=POOL,
        max_overflow=MORE,
        pool_timeout=1,
        connect_args={"options": options, "application_name": "back_spasm"},
    )


def _parsed(url: str) -> sa.engine.URL:
    try:
        address = sa.engine.make_url(url.replace("postgres://", "postgresql://", 1))
    except sa.exc.ArgumentError as error:
        raise DatabaseUrlError("DATABASE_URL is not an address") from error
    if address.get_backend_name() not in (SQLITE, POSTGRESQL):
        raise DatabaseUrlError("DATABASE_URL is sqlite:///… or postgresql://…")
    return address


def _opened_sqlite(address: sa.engine.URL) -> sa.engine.Engine:
    if address.database in (None, "", ":memory:"):
        pool: dict[str, Any] = {"poolclass": sa.pool.StaticPool}
    else:
        Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        pool = {"poolclass": sa.pool.QueuePool, "pool_size": POOL, "max_overflow": MORE}
    engine = sa.create_engine(address, hide_parameters=True, connect_args={"check_same_thread": False}, **pool)
    sa.event.listen(engine, "connect", prepare_sqlite)
    return engine


def prepare_sqlite(connection: Any, _record: Any = None) -> None:
    """WAL; deleted rows are overwritten, so that nothing of a deleted chat stays in the file."""
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "secure_delete=ON",
        "synchronous=NORMAL",
        f"busy_timeout={BUSY_MILLISECONDS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


_silent = False  # PostgreSQL did not answer in time, and has not answered since


def _wait(connection: Any) -> None:
    """psycopg2 waits here for the database; by itself it would wait for ever, and the whole server with it."""
    global _silent  # noqa: PLW0603  # one answer for all connections of the process
    allowed = patience.get()
    end = time.monotonic() + (min(allowed, SHORT_PATIENCE) if _silent and allowed <= PATIENCE else allowed)
    poll = select.poll()
    while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
        wanted = select.POLLIN if state == psycopg2.extensions.POLL_READ else select.POLLOUT
        poll.register(connection.fileno(), wanted | select.POLLERR | select.POLLHUP)
        left = end - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            _silent = True
            raise psycopg2.OperationalError("no answer in time")
    _silent = False


@contextlib.contextmanager
def patient(seconds: float = LONG_PATIENCE) -> Iterator[None]:
    """Statements in here may take this long."""
    token = patience.set(seconds)
    try:
        yield
    finally:
        patience.reset(token)


@contextlib.contextmanager
def reading(engine: sa.engine.Engine) -> Iterator[sa.engine.Connection]:
    """A connection to read from: the turn's own, where this task is in one that has its connection."""
    task, mine = of_turn.get()
    if mine is not None and is_current(task) and mine.engine is engine and not mine.closed:
        yield mine
        return
    with engine.connect() as connection:
        yield connection


def is_current(task: asyncio.Task[Any] | None) -> bool:
    """Whether this is the task that runs: what it starts inherits its context, but is not in its turn."""
    try:
        return task is not None and asyncio.current_task() is task
    except RuntimeError:  # a thread
        return False


def lock_key(conversation: str) -> int:
    """The number under which PostgreSQL locks a conversation: 64 bits, so two that share one are no matter."""
    return int.from_bytes(hashlib.sha256(conversation.encode()).digest()[:8], "big", signed=True)


def is_postgresql(engine: sa.engine.Engine) -> bool:
    """Whether several processes may serve from it."""
    return bool(engine.dialect.name == POSTGRESQL)


def tells_too_much(engine: sa.engine.Engine) -> bool:
    """Whether PostgreSQL writes a statement that fails into its own log; its values are what people wrote."""
    with engine.connect() as connection:
        return connection.exec_driver_sql("SHOW log_min_error_statement").scalar() not in ("fatal", "panic")
