"""One set of conversations for all tests here, in memory, over the trained model: the way that channels use."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from reasoning.messages import Inbound
from serving.conversations import Conversations, Outbound
from serving.terminal import open_conversations


@dataclass
class Chat:
    """One person's chat. Each method sends a message and returns what came back."""

    conversations: Conversations
    runner: asyncio.Runner
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


def texts(outbound: Outbound) -> str:
    """All that was said in one turn."""
    return "\n".join(message["text"] for message in outbound.messages)


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop of all chats."""
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="session")
def conversations(runner: asyncio.Runner) -> Conversations:
    """The trained bot, loaded once."""
    return runner.run(open_conversations())


@pytest.fixture
def chat(conversations: Conversations, runner: asyncio.Runner) -> Chat:
    """A new chat."""
    return Chat(conversations, runner)
