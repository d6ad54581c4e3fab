"""The same messages with a layer of the product failing: what reaches the person then."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unittest import mock

from rasa_sdk.executor import ActionExecutor

from reasoning.messages import ADVICE, Inbound, Kind
from reasoning.triage import Level
from serving.conversations import Conversations
from serving.stores import ConversationStore
from serving.terminal import open_conversations
from understanding.encoder import Encoder
from understanding.token_scores import TokenScores

ALARM = frozenset({Kind.EMERGENCY, Kind.CRISIS})
# Layer → what of it raises. The places are those that every message of every channel passes.
LAYERS: Mapping[str, tuple[tuple[type, str], ...]] = {
    "none": (),
    "actions": ((ActionExecutor, "run"),),
    "database": ((ConversationStore, "retrieve"),),
    "encoder": ((Encoder, "_run_all"), (TokenScores, "_run")),  # below what others hold
}


class LayerFailure(RuntimeError):
    """Raised in place of the layer's work."""


@contextlib.contextmanager
def failing(layer: str) -> Iterator[None]:
    """Let a layer raise at each call. KeyError for a layer that is not listed."""
    with contextlib.ExitStack() as broken:
        for owner, method in LAYERS[layer]:
            broken.enter_context(mock.patch.object(owner, method, side_effect=LayerFailure(layer)))
        yield


def outcomes(rows: Iterable[Mapping[str, Any]], layer: str, conversations: Conversations) -> Counter[str]:
    """What the first answer to each message was: `alarm`, `missed` (of emergencies), `advice`, `safety`, `other`."""
    counted: Counter[str] = Counter()
    with failing(layer), asyncio.Runner() as runner, _quiet():
        for row in rows:
            counted.update(runner.run(_outcome(row, layer, conversations)))
    return counted


async def _outcome(row: Mapping[str, Any], layer: str, conversations: Conversations) -> list[str]:
    answer = await conversations.handle(f"term:{layer}-{row['id']}", Inbound(text=row["text"]))
    kinds = {Kind(message["kind"]) for message in answer.messages}
    expected = {Level(row["level"]), *map(Level, row.get("ok_levels", ()))}
    found = ["answered" if answer.messages else "silent"]
    if all(level.emergency for level in expected):
        found.append("alarm" if kinds & ALARM else "missed")
    if kinds & ADVICE:
        found.append("advice")
    if Kind.SAFETY in kinds:
        found.append("safety")
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Each failing turn is logged as an error, and thousands are made on purpose."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def loaded() -> Conversations:
    """The product, conversations kept in memory."""
    return asyncio.run(open_conversations())
