"""Figures for Prometheus: how much, how long, how often wrong. No id and nothing of what was said is in any of them.

Labels have few values, which stand in the code: channels, levels, names of modules, HTTP statuses.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    make_wsgi_app,
)
from prometheus_client.exposition import ThreadingWSGIServer

PATH = "/metrics"
# A turn takes some 20 ms (docs/figures.md); TURN_SECONDS of the environment ends it, after 10 by default.
SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

_ours: dict[str, Any] = {"namespace": "back_spasm", "registry": REGISTRY}
MESSAGES = Counter("messages", "Messages of people", ["channel"], **_ours)
LEVELS = Counter("levels", "Turns by the level of care that they ended with", ["level"], **_ours)
TURN_SECONDS = Histogram("turn_seconds", "From a message to its answer", buckets=SECONDS, **_ours)
FAILED = Counter("failed_turns", "Turns that ended in the safety text", **_ours)
IN_FLIGHT = Gauge("turns_in_flight", "Turns that are under way", **_ours)
REFUSALS = Counter("refusals", "Requests that were refused", ["status"], **_ours)
ERRORS = Counter("errors", "Errors in the log", ["module"], **_ours)
REMINDERS = Counter("reminders", "Reminders and check-ins that were said", **_ours)
OUTBOX = Gauge("outbox_messages", "What was said unasked and is kept", **_ours)
WAITING = Gauge("reminders_waiting", "Reminders that are still to be said", **_ours)
EMERGENCY_ONLY = Gauge("emergency_only", "1 while only the watch works", **_ours)


@contextmanager
def turn(channel: str) -> Iterator[Callable[[str, str], float]]:
    """Count a turn of this channel; call what it gives with the level and the class of what failed ("" for nothing).

    That gives the seconds since the turn began.
    """
    MESSAGES.labels(channel).inc()
    start = time.perf_counter()

    def ended(level: str, failed: str) -> float:
        LEVELS.labels(level).inc()
        if failed:
            FAILED.inc()
        return time.perf_counter() - start

    with IN_FLIGHT.track_inprogress():
        try:
            yield ended
        finally:
            TURN_SECONDS.observe(time.perf_counter() - start)


class CountErrors(logging.Handler):
    """Counts what is logged as an error, by the module that logs it."""

    def emit(self, record: logging.LogRecord) -> None:
        """One more."""
        ERRORS.labels(record.name).inc()


def count_errors() -> None:
    """From now on, in this process."""
    logging.getLogger().addHandler(CountErrors(logging.ERROR))


def asked_for(gauge: Gauge, count: Callable[[], float]) -> None:
    """Let `count` say the figure when somebody looks; not a number while it fails."""

    def counted() -> float:
        try:
            return float(count())
        except Exception:  # the database is away: the other figures are needed all the more
            return math.nan

    gauge.set_function(counted)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name in the standard library
        """Nothing."""


def serve(host: str, port: int) -> Callable[[], None]:
    """Serve `PATH` from a thread of its own; what it gives stops it. OSError when the port is taken."""
    figures = make_wsgi_app(REGISTRY)

    def only_metrics(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("PATH_INFO") != PATH or environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b""]
        return figures(environ, start_response)

    server = make_server(host, port, only_metrics, ThreadingWSGIServer, _Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return stop
