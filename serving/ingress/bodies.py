"""Bodies of requests: their size, and JSON that is no deeper than anything we are sent on purpose."""

from __future__ import annotations

import json
import re
from typing import Any

WEB_BYTES = 16 * 1024
HOOK_BYTES = 256 * 1024  # a platform's webhook; also the most that the server reads of any request
MAX_DEPTH = 32  # of objects and lists within each other; Slack's deepest payload has about 12
STRING = re.compile(rb'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)', re.DOTALL)  # also one without an end: in linear time
BRACKET = re.compile(rb"[\[\]{}]")


class BadBody(ValueError):
    """A body that is not read; the text says why, never what stands in it."""


def read_json(raw: bytes) -> Any:
    """The JSON of a body; BadBody when it is none, too deep, or holds a number that JSON does not know."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadBody("the body is not JSON") from error
    if _depth(raw) > MAX_DEPTH:
        raise BadBody("the body is nested too deeply")
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadBody("the body is not JSON") from error


def text_in(raw: bytes) -> str:
    """The text of a message that is refused for its form or size, for the watch; "" where none can be made out."""
    try:
        data = read_json(raw)
    except BadBody:
        return ""
    text = data.get("text") if isinstance(data, dict) else None
    return text if isinstance(text, str) else ""


def _depth(raw: bytes) -> int:
    depth = deepest = 0
    for bracket in BRACKET.findall(STRING.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_number(name: str) -> None:
    raise ValueError(name)
