"""Log lines without health text, as text or as JSON lines.

What this project logs is written with care (class names, places, counts). What libraries log may hold anything that a
person wrote, also in the text of an error: of theirs only the place in the code and the class of the error pass.
"""

from __future__ import annotations

import datetime
import json
import logging
from pathlib import Path
from typing import Any

OWN = {"actions", "channels", "reasoning", "serving", "understanding"}


class Careful(logging.Formatter):
    """One line for each record."""

    def __init__(self, as_json: bool = False) -> None:
        """`as_json`: JSON lines, for programs; else text, for people."""
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line. `facts` given with `extra` are fields of it."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at, "level": record.levelname, "logger": record.name, "message": _message(record)}
        line |= getattr(record, "facts", {}) if _is_own(record) else {}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["error"] = _named(error)
        if self.as_json:
            return json.dumps(line)
        rest = "".join(f" {name}={value}" for name, value in line.items() if name not in _FIRST)
        return f"{at} {record.levelname} {record.name}: {line['message']}{rest}"


_FIRST = ("at", "level", "logger", "message")


def _is_own(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OWN


def _message(record: logging.LogRecord) -> str:
    return record.getMessage() if _is_own(record) else f"{Path(record.pathname).name}:{record.lineno}"


def _named(error: BaseException) -> str:
    """The class of an error; of the machine's own also what it says, such as that a port is taken."""
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror.partition(chr(10))[0]}"
    return type(error).__name__


def place_of(error: BaseException) -> str:
    """Class and place of an error, without its text, which may hold what a person wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {where}"


def set_up(log_format: str = "text", level: str = "WARNING") -> None:
    """Write to standard error from now on; `level` counts for this project's lines, libraries only warn."""
    handler = logging.StreamHandler()
    handler.setFormatter(Careful(as_json=log_format == "json"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in OWN:
        logging.getLogger(name).setLevel(level)
