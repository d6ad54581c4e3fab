"""Processes that a measurement starts, watches and ends: only its own, by their ids."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

READY_SECONDS = 300.0  # a cold start on a busy machine
STOP_SECONDS = 20.0


class NotThere(Exception):
    """Something cannot be measured here; the text says why."""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    """A process that runs; `ready_seconds` from its start until it answered."""

    process: subprocess.Popen[bytes]
    ready_seconds: float = 0.0

    def memory_mb(self) -> float:
        """Resident memory of it and of its children, in MB (Linux; 0 elsewhere)."""
        return sum(map(_resident_mb, _with_children(self.process.pid)))

    def processor_seconds(self) -> float:
        """What it and its children have used of the processors (Linux; 0 elsewhere)."""
        return sum(map(_processor_seconds, _with_children(self.process.pid)))


def end_with_us() -> None:
    """From now on a request to end (SIGTERM) ends what was started, too, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@contextlib.contextmanager
def running(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], log: Path, url: str = ""
) -> Iterator[Process]:
    """Start it in a folder, wait until `url` answers 200 (if any), end it afterwards, with its children.

    NotThere when it ends by itself, or does not answer in time.
    """
    start = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(variables), stdout=output, stderr=output, start_new_session=True
        )
    try:
        found = Process(process)
        if url:
            _wait(process, url, start, log)
            found.ready_seconds = time.perf_counter() - start
        yield found
    finally:
        _end(process)


def _wait(process: subprocess.Popen[bytes], url: str, start: float, log: Path) -> None:
    while time.perf_counter() < start + READY_SECONDS:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  our own, on loopback
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    raise NotThere(f"it did not start: {' / '.join(last)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop; a process that does not, and children that are left, are killed. All are of its own session."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += _with_children(int(child))
    return found


def _resident_mb(pid: int) -> float:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
    return 0.0


def _processor_seconds(pid: int) -> float:
    with contextlib.suppress(OSError):
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def size_mb(*folders: Path) -> float:
    """What folders take on the disk, each file once, in MB; links within them are not followed."""
    seen: dict[tuple[int, int], int] = {}
    for folder in folders:
        for here, _, names in os.walk(folder.resolve()):
            for name in names:
                with contextlib.suppress(OSError):
                    stat = os.lstat(Path(here, name))
                    seen[stat.st_dev, stat.st_ino] = stat.st_blocks * 512
    return sum(seen.values()) / 1e6
