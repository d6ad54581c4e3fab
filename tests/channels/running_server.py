"""The product's own server, on a free port and with data of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serving.database import opened, sqlite_url
from serving.feedback import Feedback
from tests.nursery import Forked

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "widget/node_modules/axe-core/axe.min.js"
PATIENCE = 240.0  # seconds until ready: a cold start on a busy machine


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of an HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class RunningServer:
    """What `python -m serving` runs, in a process; `folder` is its DATA_DIR.

    `settings`: further variables. `program`: Python source to run instead, for a server in which something is amiss.
    `root`: the checkout that is served. `forked`: out of the nursery (tests/nursery.py), which starts faster.
    """

    folder: Path
    origins: str = ""
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    program: str = ""
    root: Path = ROOT
    forked: bool = True
    process: subprocess.Popen[bytes] | Forked | None = None
    reports: list[Any] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, path: str = "/readyz") -> RunningServer:
        """Start it and wait until it is ready: until `path` answers 200."""
        environment = {
            **os.environ,
            "PORT": str(self.port),
            "DATA_DIR": str(self.folder),
            "ALLOWED_ORIGINS": self.origins,
            "COUNTRY": "",
            "PYTHONPATH": os.pathsep.join((str(self.root), str(self.root / "setup"))),
            **self.settings,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.forked:
            self.process = Forked(self.program, environment, self.folder / "server.log", self.root)
        else:
            with (self.folder / "server.log").open("ab") as log:
                command = [sys.executable, "-W", "ignore"]
                command += ["-c", self.program] if self.program else ["-m", "serving"]
                self.process = subprocess.Popen(command, cwd=self.root, env=environment, stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                if self.get(path).status == 200:
                    return self
            except OSError:
                time.sleep(0.2)
        self.stop()
        raise RuntimeError(f"the server did not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None

    @staticmethod
    def axe_source() -> str:
        """The axe engine, as text."""
        return AXE.read_text(encoding="utf-8")

    def ask(self, method: str, path: str, token: str = "", body: Any = None, **headers: str) -> Answer:
        """One request; `body` is sent as JSON (bytes as they are); header names with _ for -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=raw, method=method, headers=sent)  # noqa: S310  our own
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:  # noqa: S310
                return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())

    def get(self, path: str, token: str = "", **headers: str) -> Answer:
        """A GET request."""
        return self.ask("GET", path, token, **headers)

    def feedback(self) -> list[dict[str, Any]]:
        """What was kept of answers that were rated or called wrong."""
        return Feedback(opened(sqlite_url(self.folder / "conversations.db"))).lines()

    def session(self, **place: str) -> str:
        """Begin a conversation; its token."""
        return str(self.ask("POST", "/webhooks/web/session", body=place).data["token"])

    def say(self, token: str, **message: Any) -> list[dict[str, Any]]:
        """Send one message; what the bot answered."""
        answer = self.ask("POST", "/webhooks/web/messages", token, body=message)
        assert answer.status == 200, answer.body
        return list(answer.data["messages"])
