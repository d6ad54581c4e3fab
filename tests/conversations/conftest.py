"""One set of conversations for all tests here, in memory, over the trained model: the way that channels use."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from reasoning.case import Case
from reasoning.messages import Inbound
from serving.conversations import Conversations, Outbound, start
from serving.quiet import quieten
from serving.settings import newest_model
from serving.stores import ConversationStore


class LoopThread:
    """An event loop in a thread of its own: the browser tests' driver keeps one running in the main thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run[Result](self, work: Coroutine[Any, Any, Result]) -> Result:
        """What the coroutine returns; what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """End loop and thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class Chat:
    """One person's chat. Each method sends a message and returns what came back."""

    conversations: Conversations
    runner: LoopThread
    conversation: str = field(default_factory=lambda: f"test:{secrets.token_hex(8)}")
    last: Outbound | None = None

    def send(self, **message: object) -> Outbound:
        """Send one inbound message of the common model."""
        inbound = Inbound.parse(message)
        self.last = self.runner.run(self.conversations.handle(self.conversation, inbound))
        return self.last

    def say(self, text: str) -> Outbound:
        """Type a text."""
        return self.send(text=text)

    @property
    def case(self) -> Case:
        """What is known of the person now."""
        return self.runner.run(self.conversations.records.case(self.conversation))

    def press(self, title: str) -> Outbound:
        """Press the button with this title, of the last messages."""
        assert self.last is not None
        buttons = [b for m in self.last.messages for b in m.get("buttons", ())]
        for message in self.last.messages:
            ticks = message.get("ticks") or {}
            buttons += [*ticks.get("items", ()), *(ticks[k] for k in ("none", "not_sure") if ticks.get(k))]
        found = [button["id"] for button in buttons if button["title"] == title]
        assert found, f"no button {title!r} among {[button['title'] for button in buttons]}"
        return self.send(button=found[0])


@pytest.fixture(scope="session")
def runner() -> Iterator[LoopThread]:
    """The event loop of all chats."""
    running = LoopThread()
    yield running
    running.close()


@pytest.fixture(scope="session")
def conversations(runner: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Conversations:
    """The trained bot, loaded once, with a database as the server has it: there it can write to people."""
    quieten()
    store = ConversationStore.at(tmp_path_factory.mktemp("chats") / "conversations.db")
    return runner.run(start(newest_model(), tracker_store=store))


@pytest.fixture
def chat(conversations: Conversations, runner: LoopThread) -> Chat:
    """A new chat."""
    return Chat(conversations, runner)
