"""A PostgreSQL as Debian installs it, in a temporary folder, reached by a socket there; it writes to the disk for good.

(The tests have their own, which does not wait for the disk: tests/serving/postgres.py.)
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.load.processes import NotThere

LIMIT = 60  # seconds for each of its commands


@contextlib.contextmanager
def database() -> Iterator[str]:
    """The address of a fresh database; its server is ended afterwards. NotThere without the package."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise NotThere("PostgreSQL is not installed (apt-get install postgresql)")
    programs, folder = found[-1].parent, Path(tempfile.mkdtemp(prefix="pg-"))
    # The server refuses to run as root.
    user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=LIMIT, **identity)  # type: ignore[call-overload]

    try:
        run("initdb", "-U", "bot", "-A", "trust")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c max_connections=200"
        run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://bot@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "fast", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
