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


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The address of a fresh database; the server is ended afterwards."""
    programs = FOUND[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    # The server refuses to run as root.
    user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)  # type: ignore[call-overload]

    try:
        run(str(programs / "initdb"), "-D", str(folder / "data"), "-U", "bot", "-A", "trust", "--no-sync")
        run(
            str(programs / "pg_ctl"),
            "-D",
            str(folder / "data"),
            "-w",
            "-o",
            options,
            "-l",
            str(folder / "log"),
            "start",
        )
        try:
            yield f"postgresql+psycopg2://bot@/postgres?host={folder}"
        finally:
            run(str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
