"""Log lines carry places and classes, never what a person wrote."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from serving.logs import Careful

CANARY = "my bladder is numb"


def _record(name: str, message: str, *args: object, error: BaseException | None = None, **extra: Any) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, "/x/y/place.py", 7, message, args, info)
    record.__dict__.update(extra)
    return Careful(as_json=True).format(record) + "\n" + Careful().format(record)


@pytest.mark.parametrize(
    "line",
    [
        _record("sqlalchemy.engine", "INSERT %s", CANARY),
        _record("sanic.error", f"Exception on {CANARY}"),
        _record("serving.conversations", "turn failed", error=ValueError(CANARY)),
        _record("asyncio", "never retrieved", error=OSError(CANARY)),
        _record("other", "fields", facts={"text": CANARY}),
    ],
)
def test_what_a_library_says_and_what_an_error_holds_stay_out(line: str) -> None:
    assert CANARY not in line
    assert "bladder" not in line


def test_an_error_is_named_with_its_class_and_the_machines_own_with_its_reason() -> None:
    taken = OSError(98, "Address already in use")
    found = json.loads(_record("sanic.error", "x", error=taken).splitlines()[0])
    assert (found["message"], found["error"]) == ("place.py:7", "OSError: Address already in use")


def test_own_lines_are_whole_with_their_facts() -> None:
    both = _record("serving.conversations", "turn of %s", "web", facts={"ms": 12, "level": "none"}).splitlines()
    found = json.loads(both[0])
    assert (found["message"], found["ms"], found["level"]) == ("turn of web", 12, "none")
    assert both[1].endswith("ERROR serving.conversations: turn of web ms=12")


def test_every_line_is_one_line() -> None:
    try:
        raise RuntimeError("a\nb")
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "p.py", 1, "a\nb", (), sys.exc_info())
    assert Careful(as_json=True).format(record).count("\n") == 0
    assert Careful().format(record).count("\n") == 0
