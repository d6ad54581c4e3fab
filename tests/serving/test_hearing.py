"""A message is screened whatever becomes of the work beside it, be it short or long."""

from __future__ import annotations

import asyncio
import datetime
import threading
import time
from typing import Any

import pytest

from reasoning.case import Case
from reasoning.messages import Inbound
from serving import hearing
from serving.hearing import SHORT, Hearing

TEXTS = pytest.mark.parametrize("text", ["is heat ok", "my back went." * SHORT], ids=["short", "long"])
TODAY = datetime.date(2026, 11, 30)


class Agent:
    async def parse_message(self, text: str) -> dict[str, Any]:
        return {"text": text, "intent": {"name": "report", "confidence": 1.0}}


class Reader:
    """Notes in which threads it was asked."""

    def __init__(self) -> None:
        self.screened: list[str] = []
        self.read_in: list[str] = []

    def screen(self, text: str) -> str:
        self.screened.append(threading.current_thread().name)
        return f"seen in {len(text)}"

    def read(self, _text: str, screened: str, *_: Any) -> str:
        self.read_in.append(threading.current_thread().name)
        return screened


@TEXTS
async def test_the_watch_reads_beside_the_event_loop(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long text is read there as well: other conversations go on meanwhile."""
    made_in: list[str] = []
    monkeypatch.setattr(hearing, "vectors_of", lambda _text: made_in.append(threading.current_thread().name))
    reader, here = Reader(), threading.current_thread().name
    heard, parsed = await Hearing(Agent(), reader, {}).hear(Case(), Inbound(text=text), TODAY)  # type: ignore[arg-type]
    assert (heard, parsed["intent"]["name"]) == (f"seen in {len(text)}", "report")
    assert len(reader.screened) == 1
    assert here not in reader.screened
    assert [thread == here for thread in (*made_in, *reader.read_in)] == [len(text) <= SHORT] * 2


@TEXTS
async def test_what_fails_beside_the_watch_fails_the_reading(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends in the safety text then."""

    def fail(_text: str) -> None:
        raise RuntimeError("no vectors")

    monkeypatch.setattr(hearing, "vectors_of", fail)
    reader = Reader()
    with pytest.raises(RuntimeError, match="no vectors"):
        await Hearing(Agent(), reader, {}).hear(Case(), Inbound(text=text), TODAY)  # type: ignore[arg-type]


@TEXTS
async def test_the_deadline_holds_though_the_watch_hangs(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it wait for the vectors of a long text."""
    go_on, reader = threading.Event(), Reader()
    monkeypatch.setattr(reader, "screen", lambda _text: go_on.wait(20))
    monkeypatch.setattr(hearing, "vectors_of", lambda _text: go_on.wait(0 if len(text) <= SHORT else 20))
    began = time.monotonic()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await Hearing(Agent(), reader, {}).hear(Case(), Inbound(text=text), TODAY)  # type: ignore[arg-type]
        assert time.monotonic() - began < 5
    finally:
        go_on.set()


@TEXTS
async def test_a_watch_that_fails_fails_the_reading(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_text: str) -> None:
        raise RuntimeError("no watch")

    monkeypatch.setattr(hearing, "vectors_of", lambda _text: None)
    reader = Reader()
    monkeypatch.setattr(reader, "screen", fail)
    with pytest.raises(RuntimeError, match="no watch"):
        await Hearing(Agent(), reader, {}).hear(Case(), Inbound(text=text), TODAY)  # type: ignore[arg-type]
