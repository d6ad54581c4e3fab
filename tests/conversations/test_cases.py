"""Whole conversations as data: what a person does, and what the bot must and must not say.

tests/conversations/cases/*.yml: a list of {name, turns}. A turn has one of `say` (typed), `press` (title of a button or
tick), `tick` (titles), and any of
  topics    ids that the message is read as, best first
  intro     true: this reply carries the introduction (and no other does)
  kinds     kinds that the reply has, in any order      lacks_kinds  kinds that it must not have
  facts     article facts that must be said             level        level after the turn
  says      regular expressions that must match         never_says   and that must not
  findings  {flag: status} that must be read            buttons      titles that must be offered
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from reasoning.knowledge import plain, read_yaml
from serving.conversations import Outbound
from tests.conversations.conftest import Chat, texts

FOLDER = Path(__file__).parent / "cases"
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(FOLDER.glob("*.yml"))
    for case in plain(read_yaml(path))
]
KNOWN = {
    *("say", "press", "tick", "topics", "intro", "kinds", "lacks_kinds", "facts", "level"),
    *("says", "never_says", "findings", "buttons"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_conversation_goes_as_written(chat: Chat, case: dict[str, Any]) -> None:
    """Each turn brings what the case says, and never an empty answer."""
    for number, turn in enumerate(case["turns"], start=1):
        assert not set(turn) - KNOWN, f"unknown key in turn {number}: {set(turn) - KNOWN}"
        answer = _do(chat, turn)
        where = f"turn {number}: {turn}\n{answer.level} {answer.topics}\n{texts(answer)}"
        assert answer.messages, where
        assert not answer.failed, (answer.failed, where)
        _check(answer, turn, where)


def _do(chat: Chat, turn: dict[str, Any]) -> Outbound:
    if "say" in turn:
        return chat.say(turn["say"])
    if "press" in turn:
        return chat.press(turn["press"])
    assert chat.last is not None
    lists = [m["ticks"] for m in chat.last.messages if m.get("ticks")]
    by_title = {item["title"]: item["id"] for item in lists[-1]["items"]}
    return chat.send(ticks=[by_title[title] for title in turn["tick"]])


def _check(answer: Outbound, turn: dict[str, Any], where: str) -> None:
    kinds = {str(message["kind"]) for message in answer.messages}
    said = {fact for message in answer.messages for fact in message.get("facts", ())}
    titles = {button["title"] for message in answer.messages for button in message.get("buttons", ())}
    read = {finding["flag"]: finding["status"] for finding in answer.findings}
    if "topics" in turn:
        assert list(answer.topics) == turn["topics"], where
    if "level" in turn:
        assert answer.level == turn["level"], where
    assert set(turn.get("kinds", ())) <= kinds, where
    assert not set(turn.get("lacks_kinds", ())) & kinds, where
    assert set(turn.get("facts", ())) <= said, where
    assert set(turn.get("buttons", ())) <= titles, where
    assert turn.get("findings", {}).items() <= read.items(), where
    if "intro" in turn:
        assert ("11/9/2022 (as printed)" in texts(answer)) is turn["intro"], where
    for pattern in turn.get("says", ()):
        assert re.search(pattern, texts(answer), re.IGNORECASE), (pattern, where)
    for pattern in turn.get("never_says", ()):
        assert not re.search(pattern, texts(answer), re.IGNORECASE), (pattern, where)
