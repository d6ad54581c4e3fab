"""Backups of the database: `python -m serving.backup FOLDER [DAYS]`, while it serves; `... --restore FILE`, when not.

A backup holds health data, so it is readable by its owner only, and those older than DAYS (default 7) are removed with
each new one: that is how a deletion reaches backups. SQLite by its own backup, PostgreSQL by pg_dump and pg_restore.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from serving import migrate
from serving.database import SQLITE, configured_url, opened

DAYS = 7.0
STEM = "back-spasm-"
USAGE = "python -m serving.backup FOLDER [DAYS] | --restore FILE"


class BackupError(RuntimeError):
    """It could not be made or put back; the text says why, and holds no password."""


def save(url: str, folder: Path, days: float = DAYS) -> Path:
    """Write a backup into this folder and remove those older than `days`; its path. It appears when it is whole."""
    address = opened(url).url
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = datetime.datetime.now(datetime.UTC)
    kind = "db" if address.get_backend_name() == SQLITE else "dump"
    path = folder / f"{STEM}{now:%Y%m%dT%H%M%S.%f}.{kind}"
    beside = path.with_suffix(".new")
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        if kind == "db":
            _copy(Path(str(address.database)), beside)
        else:
            _run("pg_dump", address, "--format=custom", f"--file={beside}")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    prune(folder, days)
    return path


def prune(folder: Path, days: float) -> int:
    """Remove the backups older than this; how many."""
    oldest = datetime.datetime.now(datetime.UTC).timestamp() - days * 24 * 3600
    old = [path for path in folder.glob(f"{STEM}*") if path.stat().st_mtime < oldest]
    for path in old:
        path.unlink()
    return len(old)


def restore(url: str, path: Path) -> None:
    """Put a backup in the place of what is there, and bring it up to date. No server may be running on it."""
    engine = opened(url)
    if engine.url.get_backend_name() == SQLITE:
        _copy(path, Path(str(engine.url.database)))
    else:
        options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        _run("pg_restore", engine.url, *options, str(path))
    engine.dispose()
    migrate.upgrade(engine)


def _copy(source: Path, target: Path) -> None:
    """A consistent copy, also of a database that is being written to."""
    if not source.is_file():
        raise BackupError("no such database")
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as read,
        contextlib.closing(sqlite3.connect(target)) as write,
    ):
        if read.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise BackupError("the database is damaged")
        read.backup(write)


def _run(program: str, address: sa.engine.URL, *arguments: str) -> None:
    """One of PostgreSQL's programs; the password goes by the environment, where other users do not see it."""
    environment = {**os.environ, **({"PGPASSWORD": str(address.password)} if address.password else {})}
    shown = address.set(drivername="postgresql", password=None).render_as_string()
    done = subprocess.run(
        [program, f"--dbname={shown}", *arguments], env=environment, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} ended with {done.returncode}: {done.stderr[-500:]}")


def main() -> None:
    """Make one, or put one back."""
    from serving.settings import VAR

    url = configured_url(VAR)
    match sys.argv[1:]:
        case ["--restore", path]:
            restore(url, Path(path))
        case [folder]:
            print(save(url, Path(folder)))
        case [folder, days]:
            print(save(url, Path(folder), float(days)))
        case _:
            sys.exit(USAGE)


if __name__ == "__main__":
    main()
