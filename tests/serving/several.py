"""Several server processes on one PostgreSQL, real ones, and somebody who talks to them."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.channels.running_server import ROOT, RunningServer, free_port
from tests.serving import postgres

HOOKS = "/webhooks/web"
SAFETY = "safety"
SECRET = "0123456789abcdef0123456789abcdef"


@dataclass
class Several:
    """The processes and their database."""

    folder: Path
    database: postgres.Postgres
    servers: list[RunningServer] = field(default_factory=list)

    def start(self, number: int) -> Several:
        """Start so many, at once; the first with an order of Python's sets that is not the others'."""
        more = {"DATABASE_URL": self.database.address, "WEB_SECRET": SECRET}
        self.servers = [RunningServer(self.folder / f"server{n}", settings=more, forked=n > 0) for n in range(number)]
        with ThreadPoolExecutor(number) as pool:
            list(pool.map(lambda server: server.start(), self.servers))
        return self

    def stop(self) -> None:
        """End them."""
        for server in self.servers:
            server.stop()

    @property
    def urls(self) -> list[str]:
        """Where they listen."""
        return [server.url for server in self.servers]

    def logs(self) -> str:
        """What they wrote on standard output and error."""
        return "".join((server.folder / "server.log").read_text() for server in self.servers)


@contextlib.contextmanager
def running(folder: Path, number: int = 2) -> Iterator[Several]:
    """So many processes on a fresh PostgreSQL."""
    with postgres.server() as database:
        several = Several(folder, database)
        try:
            yield several.start(number)
        finally:
            several.stop()


@contextlib.contextmanager
def behind_nginx(folder: Path, urls: Sequence[str]) -> Iterator[str]:
    """The configuration of deploy/ in an nginx on a free port, in front of these servers; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    text = (ROOT / "deploy/nginx/back-spasm.conf").read_text(encoding="utf-8")
    servers = "".join(f"    server {url.removeprefix('http://')} max_fails=2 fail_timeout=5s;\n" for url in urls)
    text = re.sub(r"(    server 127\.0\.0\.1:\d+ max_fails=2 fail_timeout=5s;\n)+", servers, text)
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    text = text.replace("/var/log/nginx/back-spasm.log", str(folder / "access.log"))
    text = text.replace("/etc/nginx/back-spasm", str(ROOT / "deploy/nginx"))
    (folder / "site.conf").write_text(text, encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; daemon off; error_log {folder}/error.log; user root;\n"
        f"events {{ worker_connections 512; }}\nhttp {{ {temporary} include {folder}/site.conf; }}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@dataclass
class Person:
    """Somebody with a conversation, over any of several addresses."""

    http: aiohttp.ClientSession
    token: str

    @classmethod
    async def new(cls, http: aiohttp.ClientSession, url: str) -> Person:
        """Begin a conversation there."""
        async with http.post(f"{url}{HOOKS}/session", json={}) as answer:
            return cls(http, (await answer.json())["token"])

    async def ask(self, method: str, url: str, **arguments: Any) -> tuple[int, Any]:
        """One request; status and JSON."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.request(method, url, headers=headers, **arguments) as answer:
            return answer.status, await answer.json(content_type=None)

    async def say(self, url: str, text: str, name: str = "") -> list[dict[str, Any]]:
        """One message and its answer."""
        message = {"text": text, **({"id": name} if name else {})}
        status, data = await self.ask("POST", f"{url}{HOOKS}/messages", json=message)
        assert status == 200, data
        return list(data["messages"])

    async def history(self, url: str) -> list[dict[str, Any]]:
        """What both sides said."""
        return list((await self.ask("GET", f"{url}{HOOKS}/history"))[1]["messages"])

    async def known(self, url: str) -> dict[str, Any]:
        """What is noted of them."""
        return dict((await self.ask("GET", f"{url}{HOOKS}/export"))[1]["known"])


def is_whole(history: Sequence[dict[str, Any]], asked: Sequence[str]) -> bool:
    """Each of these messages stands in the history exactly once, and each has its answer right behind it."""
    mine = [entry["text"] for entry in history if entry["from"] == "user"]
    following = [*history, {"from": ""}][1:]
    answered = all(
        after["from"] == "bot" for entry, after in zip(history, following, strict=True) if entry["from"] == "user"
    )
    return sorted(mine) == sorted(asked) and answered
