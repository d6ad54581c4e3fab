"""A turn that fails on the way: what it would have said never comes out, and what the person told stays known."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from reasoning.messages import Inbound
from serving import conversations as room
from serving.conversations import Conversations, start
from serving.gate import GateClosed
from serving.settings import newest_model
from serving.stores import ConversationStore

STORES = ("memory", "database")


@pytest.fixture(params=STORES)
async def talks(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Conversations]:
    """The trained bot over each store."""
    store = ConversationStore.at(tmp_path / "x.db") if request.param == "database" else None
    yield await start(newest_model(), tracker_store=store)
    if store is not None:
        store.engine.dispose()


async def test_what_the_gate_withholds_comes_back_neither_by_retry_nor_by_history(
    talks: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = f"web:{secrets.token_hex(8)}"
    await talks.handle(me, Inbound(id="1", text="what is an mri"))

    def closed(*_: Any) -> None:
        raise GateClosed("advice during an emergency")

    with monkeypatch.context() as patched:
        patched.setattr(room.gate, "check", closed)
        failed = await talks.handle(me, Inbound(id="2", text="is heat ok? I had cancer last year"))
    assert [message["kind"] for message in failed.messages] == ["safety"]
    said = await talks.records.history(me)
    assert [entry["text"] for entry in said if entry["from"] == "user"][-1].startswith("is heat ok")
    assert said[-1]["kind"] == "safety"
    assert said[-2]["from"] == "user"
    assert (await talks.records.case(me)).status_of("cancer_history") is not None
    again = await talks.handle(me, Inbound(id="2", text="is heat ok? I had cancer last year"))
    assert again.failed == ""
    assert "safety" not in [message["kind"] for message in again.messages]


async def test_a_database_that_fails_ends_in_the_safety_text(
    talks: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise OSError("no such disk")

    me = f"web:{secrets.token_hex(8)}"
    await talks.handle(me, Inbound(text="I cannot feel my bottom"))
    with monkeypatch.context() as patched:
        patched.setattr(talks.agent.tracker_store, "retrieve", broken)
        failed = await talks.handle(me, Inbound(text="how do I do the prayer stretch"))
    assert [message["kind"] for message in failed.messages] == ["safety"]


async def test_a_country_that_is_set_reaches_the_message(talks: Conversations) -> None:
    me = f"web:{secrets.token_hex(8)}"
    told = await talks.handle(me, Inbound(text="I cannot feel my bottom and cannot pee"), country="AU")
    assert told.messages[0]["banner"]["call"] == ["000", "112"]
    assert (await talks.records.case(me)).country == "AU"
    await talks.records.delete(me)
    assert await talks.records.history(me) == []
