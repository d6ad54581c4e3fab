"""The output channel that gathers what the actions say, for whoever asked."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import OutputChannel


class Collecting(OutputChannel):
    """Keeps the messages of one turn as JSON data of the message model."""

    def __init__(self, name: str) -> None:
        """`name` of the channel that the person uses."""
        self.channel = name
        self.messages: list[dict[str, Any]] = []

    def name(self) -> str:
        """The channel's name."""
        return self.channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Our actions send the whole message as `custom`; a bare text of Rasa's own is a message too."""
        custom = message.get("custom")
        if custom:
            self.messages.append(custom)
        elif message.get("text"):
            self.messages.append({"text": message["text"], "kind": "talk"})
