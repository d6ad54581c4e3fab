"""Whole conversations as data (written.py), over the trained model in this process.

tests/channels/test_one_set.py has the same conversations on every channel of a running server.
"""

from __future__ import annotations

from typing import Any

import pytest

from serving.conversations import Outbound
from tests.conversations.conftest import Chat
from tests.conversations.written import CASES, check, texts


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_conversation_goes_as_written(chat: Chat, case: dict[str, Any]) -> None:
    """Each turn brings what the case says, and never an empty answer."""
    for number, turn in enumerate(case["turns"], start=1):
        answer = _do(chat, turn)
        check(answer, turn, f"turn {number}: {turn}\n{answer.level} {answer.topics}\n{texts(answer)}")


def _do(chat: Chat, turn: dict[str, Any]) -> Outbound:
    if "say" in turn:
        return chat.say(turn["say"])
    if "press" in turn:
        return chat.press(turn["press"])
    assert chat.last is not None
    lists = [m["ticks"] for m in chat.last.messages if m.get("ticks")]
    by_title = {item["title"]: item["id"] for item in lists[-1]["items"]}
    return chat.send(ticks=[by_title[title] for title in turn["tick"]])
