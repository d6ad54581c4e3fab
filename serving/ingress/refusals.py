"""A refusal over HTTP: a reason for programs, the safety text for people, and when to come again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sanic import HTTPResponse
from sanic.response import json as json_response

from reasoning import knowledge
from reasoning.safety import failure


def refusal(
    status: int,
    reason: str,
    messages: Sequence[dict[str, Any]] = (),
    *,
    country: str = "",
    retry_after: int = 0,
) -> HTTPResponse:
    """The answer; without `messages` it has the safety text. `retry_after` in seconds, 0 where that would not help."""
    said = list(messages) or [failure(knowledge.shared(), country).as_dict()]
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return json_response({"error": reason, "messages": said}, status=status, headers=headers)
