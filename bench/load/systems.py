"""What is measured: our server on SQLite, two of them on PostgreSQL, stock Rasa, and a bare Sanic as the limit."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.load import postgres
from bench.load.people import TIMEOUT, Echo, Ours, Stock, Talker
from bench.load.processes import NotThere, Process, free_port, running
from bench.load.scripts import Script, scripts
from bench.stock import install

ROOT = Path(__file__).resolve().parents[2]
# One client writes faster than a person can: what one conversation may send in a minute is not what is measured.
WITHOUT_RATES = {"MESSAGES_PER_MINUTE": "0", "REQUESTS_PER_MINUTE": "0"}


@dataclass
class Running:
    """A system that answers: where, how it is talked to, what it consists of (without the database's server)."""

    talk: Callable[[aiohttp.ClientSession, str], Talker]
    urls: list[str]
    processes: list[Process] = field(default_factory=list)
    ready_seconds: float = 0.0

    def talkers(self, http: aiohttp.ClientSession) -> list[Talker]:
        """One for each of its ports."""
        return [self.talk(http, url) for url in self.urls]

    def memory_mb(self) -> float:
        """Of all its processes."""
        return sum(process.memory_mb() for process in self.processes)

    def processor_seconds(self) -> float:
        """Of all its processes."""
        return sum(process.processor_seconds() for process in self.processes)


@dataclass(frozen=True)
class System:
    """`start` yields it running, or raises NotThere. `folders`: what it takes on the disk."""

    title: str
    start: Callable[[], AbstractContextManager[Running]]
    scripts: Callable[[], list[Script]]
    folders: tuple[Path, ...] = ()


def session() -> aiohttp.ClientSession:
    """One pool of connections for all people: nobody waits for another's."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=20), timeout=aiohttp.ClientTimeout(total=TIMEOUT)
    )


@contextlib.contextmanager
def ours(settings: dict[str, str] | None = None, folder: Path | None = None) -> Iterator[Running]:
    """One process on SQLite, as `make run` starts it. `settings`: further variables; `folder`: its data."""
    with contextlib.ExitStack() as stack:
        data = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, process = _server(stack, data, settings or {})
        yield Running(Ours, [url], [process], process.ready_seconds)


@contextlib.contextmanager
def ours_on_postgres(settings: dict[str, str] | None = None) -> Iterator[Running]:
    """Two processes on one PostgreSQL; each conversation stays with one of them."""
    if not any("DATABASE_URL" in path.read_text(encoding="utf-8") for path in (ROOT / "serving").rglob("*.py")):
        raise NotThere("the server does not read DATABASE_URL")
    with contextlib.ExitStack() as stack:
        shared = {
            **(settings or {}),
            "DATABASE_URL": stack.enter_context(postgres.database()),
            "WEB_SECRET": secrets.token_urlsafe(48),
            "ID_SECRET": secrets.token_urlsafe(48),
        }
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        found = [_server(stack, data, shared) for data in folders]
        processes = [process for _, process in found]
        yield Running(Ours, [url for url, _ in found], processes, max(one.ready_seconds for one in processes))


@contextlib.contextmanager
def stock() -> Iterator[Running]:
    """Rasa 3.6.21 with its pipeline, an action server over HTTP, and SQLite."""
    from bench.stock import serve  # loads Rasa, which takes seconds

    action_port, port = free_port(), free_port()
    serve.ready(action_port)
    for left in serve.PROJECT.glob("conversations.db*"):
        left.unlink()
    with contextlib.ExitStack() as stack:

        def start(command: list[str], log: str, url: str) -> Process:
            return stack.enter_context(running(command, serve.PROJECT, install.VARIABLES, serve.PROJECT / log, url))

        actions = start(serve.actions(action_port), "actions.log", f"http://127.0.0.1:{action_port}/health")
        server = start(serve.server(port), "server.log", f"http://127.0.0.1:{port}/")
        # Both start at once where it matters: the slower of the two.
        ready = max(actions.ready_seconds, server.ready_seconds)
        yield Running(Stock, [f"http://127.0.0.1:{port}"], [actions, server], ready)


@contextlib.contextmanager
def echo() -> Iterator[Running]:
    """A Sanic that does nothing."""
    port = free_port()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-W", "ignore", "-m", "bench.load.echo", str(port)]
        process = stack.enter_context(running(command, ROOT, os.environ, folder / "log", f"{url}/readyz"))
        yield Running(Echo, [url], [process], process.ready_seconds)


def _server(stack: contextlib.ExitStack, folder: Path, settings: dict[str, str]) -> tuple[str, Process]:
    port = free_port()
    variables = {**os.environ, "PORT": str(port), "DATA_DIR": str(folder), "COUNTRY": "", **settings}
    command = [sys.executable, "-W", "ignore", "-m", "serving"]
    url = f"http://127.0.0.1:{port}"
    return url, stack.enter_context(running(command, ROOT, variables, folder / "server.log", f"{url}/readyz"))


def typed() -> list[Script]:
    """Only what is typed: what stock Rasa can be told."""
    return scripts(typed_only=True)


OUR_FOLDERS = (ROOT / ".venv", ROOT / "models")
SYSTEMS = {
    "ours": System("ours, SQLite", lambda: ours(WITHOUT_RATES), scripts, OUR_FOLDERS),
    "ours-typed": System("ours, SQLite, typed turns only", lambda: ours(WITHOUT_RATES), typed, OUR_FOLDERS),
    "ours-postgres": System(
        "ours, 2 processes, PostgreSQL", lambda: ours_on_postgres(WITHOUT_RATES), scripts, OUR_FOLDERS
    ),
    "stock": System(
        "stock Rasa, typed turns only", stock, typed, (install.ENVIRONMENT, install.HERE / "served" / "models")
    ),
    "echo": System("bare Sanic echo", echo, typed),
}
