"""A PostgreSQL of one's own, in a temporary folder, reached by a socket there: where Debian's package is installed."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


class Postgres:
    """A server that can be stopped, frozen and started again."""

    def __init__(self) -> None:
        """Make its folder and an empty cluster in it."""
        self._programs = FOUND[-1].parent
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        # The server refuses to run as root.
        user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self._as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        if user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.run("initdb", "-D", str(self.data), "-U", "bot", "-A", "trust", "--no-sync")

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.folder / "data"

    @property
    def address(self) -> str:
        """Its database, as DATABASE_URL takes it."""
        return f"postgresql://bot@/postgres?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as its user."""
        command = (str(self._programs / program), *arguments)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self._as_user)  # type: ignore[call-overload]

    def control(self, *arguments: str) -> None:
        """`pg_ctl` on it."""
        self.run("pg_ctl", "-D", str(self.data), "-w", *arguments)

    @property
    def runs(self) -> bool:
        """Whether it has been started and not ended."""
        return (self.data / "postmaster.pid").exists()

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = (
            f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off -c max_connections=300 "
            "-c log_min_error_statement=panic -c log_error_verbosity=terse"
        )
        self.control("-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        """End it as a power cut does; started again it recovers."""
        self.control("-m", "immediate", "stop")

    def processes(self) -> list[int]:
        """Its main process and all that this has started."""
        main = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [main, *map(int, children)]

    def signal(self, number: int) -> None:
        """Send it to every process: SIGSTOP freezes the server, SIGCONT lets it go on."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def sql(self, *statements: str) -> None:
        """Run these one after the other in one session, each by itself."""
        commands = [part for statement in statements for part in ("-c", statement)]
        session = ("-h", str(self.folder), "-U", "bot", "-d", "postgres", "-q", "-v", "ON_ERROR_STOP=1")
        self.run("psql", *session, *commands)

    def dump(self) -> str:
        """All that can be read from its database."""
        command = (str(self._programs / "pg_dump"), "-h", str(self.folder), "-U", "bot", "postgres")
        return subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=self.folder, **self._as_user
        ).stdout  # type: ignore[call-overload,no-any-return]

    def remove(self) -> None:
        """Everything of it."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def server() -> Iterator[Postgres]:
    """A fresh server; ended afterwards."""
    made = Postgres()
    try:
        made.start()
        yield made
    finally:
        if made.runs:
            made.stop()
        made.remove()


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The address of a fresh database; the server is ended afterwards."""
    with server() as made:
        yield made.address
