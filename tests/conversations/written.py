"""The conversations that are written down as data, and what each of their turns must bring.

cases/*.yml: a list of {name, turns}, and `writes_first: true` for one that lives on being written to later, which the
terminal cannot do. A turn has one of `say` (typed), `press` (title of a button or tick), `tick`
(titles), and any of
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

from reasoning.strict_yaml import plain, read_yaml
from serving.conversations import Outbound

FOLDER = Path(__file__).parent / "cases"
CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {case['name']}": case for path in sorted(FOLDER.glob("*.yml")) for case in plain(read_yaml(path))
}
KNOWN = {
    *("say", "press", "tick", "topics", "intro", "kinds", "lacks_kinds", "facts", "level"),
    *("says", "never_says", "findings", "buttons"),
}


def texts(outbound: Outbound) -> str:
    """All that was said in one turn."""
    return "\n".join(message["text"] for message in outbound.messages)


def titles_of(outbound: Outbound) -> list[str]:
    """Titles of everything that can be chosen after a turn: buttons, and the lines of lists."""
    return [choice["title"] for _, choice in choices(outbound)]


def choices(outbound: Outbound) -> list[tuple[bool, dict[str, str]]]:
    """Everything that can be chosen, in order: whether it is a line to tick among others, and the choice."""
    found = []
    for message in outbound.messages:
        ticks = message.get("ticks") or {}
        found += [(True, item) for item in ticks.get("items", ())]
        found += [(False, ticks[name]) for name in ("none", "not_sure") if ticks.get(name)]
        found += [(False, button) for button in message.get("buttons", ())]
    return found


def check(answer: Outbound, turn: dict[str, Any], where: str) -> None:
    """AssertionError where the answer lacks what the turn must bring; `where` is for whoever reads it."""
    assert not set(turn) - KNOWN, f"unknown key: {set(turn) - KNOWN}"
    assert answer.messages, where
    assert not answer.failed, (answer.failed, where)
    kinds = {str(message["kind"]) for message in answer.messages}
    said = {fact for message in answer.messages for fact in message.get("facts", ())}
    offered = {button["title"] for message in answer.messages for button in message.get("buttons", ())}
    read = {finding["flag"]: finding["status"] for finding in answer.findings}
    if "topics" in turn:
        assert list(answer.topics) == turn["topics"], where
    if "level" in turn:
        assert answer.level == turn["level"], where
    assert set(turn.get("kinds", ())) <= kinds, where
    assert not set(turn.get("lacks_kinds", ())) & kinds, where
    assert set(turn.get("facts", ())) <= said, where
    assert set(turn.get("buttons", ())) <= offered, where
    assert turn.get("findings", {}).items() <= read.items(), where
    if "intro" in turn:
        assert ("11/9/2022 (as printed)" in texts(answer)) is turn["intro"], where
    for pattern in turn.get("says", ()):
        assert re.search(pattern, texts(answer), re.IGNORECASE), (pattern, where)
    for pattern in turn.get("never_says", ()):
        assert not re.search(pattern, texts(answer), re.IGNORECASE), (pattern, where)
