"""Emergency-only mode: the watch works, with and without model and database; everything else is told kindly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from reasoning import interview
from reasoning import knowledge as knowledge_room
from reasoning.case import Case, Offer
from reasoning.messages import Inbound
from reasoning.safety import only_emergencies
from reasoning.triage import Level
from serving.conversations import Conversations, start
from serving.only_watch import FILE, Switch, answer
from serving.settings import newest_model
from serving.stores import ConversationStore
from understanding.screen import ScreenResult

KNOWN = knowledge_room.shared()
WHO = "web:somebody"
EMERGENCY = "I cannot feel my bottom and I cannot pee"


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Conversations]:
    """The trained bot with the switch as a file."""
    store = ConversationStore.at(tmp_path / "x.db")
    yield await start(newest_model(), tracker_store=store, only_watch=Switch(tmp_path / FILE))
    store.engine.dispose()


async def _send(bot: Conversations, **message: Any) -> dict[str, Any]:
    told = await bot.handle(WHO, Inbound(**message), channel="web", country="GB")
    assert len(told.messages) >= 1
    return dict(told.messages[0])


async def test_the_file_switches_without_a_restart(bot: Conversations, tmp_path: Path) -> None:
    assert (await _send(bot, text="is heat ok?"))["kind"] != "safety"
    (tmp_path / FILE).touch()
    kind_text = only_emergencies(KNOWN, "GB")
    assert await _send(bot, text="is heat ok?") == kind_text.as_dict()
    for other in ({"scale": 3}, {"button": "gone"}, {"ticks": ["gone"]}, {"text": ""}, {"text": "/restart"}):
        assert await _send(bot, **other) == kind_text.as_dict()
    assert "999" in kind_text.text
    emergency = await _send(bot, text=EMERGENCY)
    assert (emergency["kind"], emergency["level"] in ("E1", "E2")) == ("emergency", True)
    (tmp_path / FILE).unlink()
    after = await bot.handle(WHO, Inbound(text="is heat ok?"), channel="web", country="GB")
    assert after.level in ("E1", "E2"), "what the watch saw holds when the mode is over"
    assert after.messages[0]["kind"] == "emergency"


async def test_it_needs_neither_model_nor_database(
    bot: Conversations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).touch()

    async def away(*_: Any, **__: Any) -> Any:
        raise RuntimeError("away")

    for name in ("retrieve", "save", "get_or_create_tracker"):
        monkeypatch.setattr(bot.agent.tracker_store, name, away)
    for name in ("parse_message", "handle_message"):
        monkeypatch.setattr(bot.agent, name, away)
    assert (await _send(bot, text=EMERGENCY))["kind"] == "emergency"
    assert await _send(bot, text="is heat ok?") == only_emergencies(KNOWN, "GB").as_dict()


async def test_a_sign_that_is_ticked_in_the_middle_of_the_questions_counts(bot: Conversations, tmp_path: Path) -> None:
    told = await bot.handle(WHO, Inbound(text="my back went into spasm"), channel="web", country="GB")
    items = [item for message in told.messages for item in (message.get("ticks") or {}).get("items", ())]
    assert items, told.messages
    (tmp_path / FILE).touch()
    assert (await _send(bot, ticks=[items[0]["id"]]))["kind"] == "emergency"


ITEMS = [item for page in interview.pages() if page.emergency for item in page.items if item.flag]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.key)
def test_every_ticked_sign_of_danger_is_taken(item: interview.Item) -> None:
    def sees_nothing(_text: str) -> ScreenResult:
        return ScreenResult(findings=(), has_back_trouble=False)

    offer = Offer(id="1", title=item.title, intent="tick", value=item.key)
    seen = answer(KNOWN, sees_nothing, Case(), "", [offer])
    known = {finding.flag for finding in seen.case.findings}
    assert item.flag in known
    assert seen.level is not Level.NONE


def test_the_setting_switches_too(tmp_path: Path) -> None:
    assert not Switch(tmp_path / FILE)()
    assert Switch(tmp_path / FILE, always=True)()
