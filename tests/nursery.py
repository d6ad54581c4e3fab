"""Servers that start fast: forked from a process that has imported the libraries already.

A start is imports for its greater part, and the tests start some sixty servers. The project's own modules (but
`serving/unused.py`, which leaves libraries out) are imported by the new process itself, and there settings are read and
models loaded.

Not for a test of what comes before or after that: that libraries are told to keep quiet before they are imported, that
a process ends cleanly, that nothing depends on the order of Python's sets (all forked processes have one). Such a test
takes `RunningServer(forked=False)`, the program as `make run` starts it.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import multiprocessing
import os
import runpy
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests.rooms import ROOMS

ROOT = Path(__file__).resolve().parents[1]
_lock = threading.Lock()


class Forked:
    """A process out of the nursery, with what the tests use of `subprocess.Popen`."""

    def __init__(self, program: str, environment: dict[str, str], log: Path, root: Path = ROOT) -> None:
        """`program`: Python source; "" is `python -m serving`. Output is added to `log`. `root`: the checkout."""
        with _lock:
            given = (program, environment, str(log), str(root))
            self._process = _context().Process(target=_live, args=given, daemon=True)
            self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; TimeoutError when it runs on, and has to be killed."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            self.kill()  # or the end of pytest would wait for it
            self._process.join()
            raise TimeoutError(f"process {self.pid} ran on after {timeout} s")
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """As a power cut does."""
        self.send_signal(signal.SIGKILL)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__ + "_libraries"])
    return context


def _live(program: str, environment: dict[str, str], log: str, root: str) -> None:
    """What the new process does."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(root)
    sys.path[:0] = [root, os.path.join(root, "setup")]
    if root != str(ROOT):
        for name in [name for name in sys.modules if name.partition(".")[0] in ROOMS]:
            del sys.modules[name]  # it is this checkout's
    sys.argv = ["serving"]
    warnings.simplefilter("ignore")
    if program:
        exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})  # noqa: S102  a test's own
    else:
        runpy.run_module("serving", run_name="__main__")


def libraries() -> Iterator[str]:
    """The modules of others that the rooms import."""
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            yield from (name for name in names if name.partition(".")[0] not in ROOMS)


def import_libraries() -> None:
    """Import them; what is not installed is left to the one who needs it."""
    sys.path[:0] = [str(ROOT), str(ROOT / "setup")]
    import serving  # noqa: F401  leaves out what a server never uses

    for name in dict.fromkeys(libraries()):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
