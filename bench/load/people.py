"""People who talk with a server over HTTP: ours (the website's channel), stock Rasa (rest), and the bare echo."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from bench.load.scripts import Script, Turn

TIMEOUT = 30.0  # seconds until a person gives up
REFUSED = (429, 503)
SAFE = ("safety", "emergency", "crisis")  # kinds of messages

# What became of a message. Anything else is an error, and says which.
ANSWERED, REFUSED_SAFELY, STRAYED = "answered", "refused", "strayed"
NO_ERROR = {ANSWERED, REFUSED_SAFELY, STRAYED}


class Lost(Exception):
    """The script wants a button that was not offered: the talk went another way."""


@dataclass
class Person:
    """One of the crowd, in a conversation: what the channel needs, what was offered, what is left of the script."""

    talker: Talker
    scripts: Iterator[Script]
    left: list[Turn] = field(default_factory=list)
    token: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def prepare(self) -> None:
        """Begin another conversation when the last one is over. Raises what aiohttp raises."""
        if not self.left:
            self.left, self.messages = list(next(self.scripts)), []
            self.token = await self.talker.begin()

    async def write(self) -> tuple[str, bool]:
        """Send the next turn: what became of it, and whether it was typed. A refused one stays to be sent again."""
        turn = self.left[0]
        try:
            became = await self.talker.send(self, turn)
        except Lost:
            became = STRAYED
        except TimeoutError:
            became = "timeout"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            became = type(error).__name__
        if became == ANSWERED:
            self.left.pop(0)
        elif became != REFUSED_SAFELY:
            self.left.clear()
        return became, turn.way == "say"


class Talker(Protocol):
    """How one kind of server is talked to."""

    async def begin(self) -> str:
        """A new conversation; its token."""

    async def send(self, person: Person, turn: Turn) -> str:
        """Send a turn; what became of it. Raises Lost, and what aiohttp raises."""


@dataclass(frozen=True)
class Ours:
    """The website's channel at `url`."""

    http: aiohttp.ClientSession
    url: str

    async def begin(self) -> str:
        """POST session."""
        async with self.http.post(f"{self.url}/webhooks/web/session", json={}) as answer:
            answer.raise_for_status()
            return str((await answer.json())["token"])

    async def send(self, person: Person, turn: Turn) -> str:
        """POST messages."""
        body = {"id": f"n{next(person.numbers)}", **inbound(turn, person.messages)}
        headers = {"Authorization": f"Bearer {person.token}"}
        async with self.http.post(f"{self.url}/webhooks/web/messages", json=body, headers=headers) as answer:
            data = _object(await answer.read())
            messages = data.get("messages") or []
            if answer.status in REFUSED:
                return REFUSED_SAFELY if _safe(messages) else f"{answer.status} without a safety text"
            if answer.status != 200:
                return f"status {answer.status}"
        if not messages or not all(message.get("text") for message in messages):
            return "empty"
        person.messages = messages
        return "failed turn" if any(map(_is_failure, messages)) else ANSWERED


@dataclass(frozen=True)
class Stock:
    """Rasa's own rest channel at `url`: a sender, no token."""

    http: aiohttp.ClientSession
    url: str

    async def begin(self) -> str:
        """Any name."""
        return secrets.token_hex(12)

    async def send(self, person: Person, turn: Turn) -> str:
        """POST webhook."""
        body = {"sender": person.token, "message": turn.words[0]}
        async with self.http.post(f"{self.url}/webhooks/rest/webhook", json=body) as answer:
            if answer.status != 200:
                return f"status {answer.status}"
            return ANSWERED if json.loads(await answer.read()) else "empty"


@dataclass(frozen=True)
class Echo:
    """The bare server at `url`, which gives back what it gets."""

    http: aiohttp.ClientSession
    url: str

    async def begin(self) -> str:
        """Nothing to begin."""
        return ""

    async def send(self, person: Person, turn: Turn) -> str:
        """POST anything."""
        async with self.http.post(f"{self.url}/echo", json={"text": turn.words[0]}) as answer:
            return ANSWERED if answer.status == 200 and await answer.read() else f"status {answer.status}"


def inbound(turn: Turn, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The turn as the message model wants it, with the ids of what was offered last. Lost when it was not."""
    if turn.way == "say":
        return {"text": turn.words[0]}
    lists = [message["ticks"] for message in messages if message.get("ticks")]
    ticks = {item["title"]: item["id"] for offered in lists for item in offered["items"]}
    if turn.way == "tick":
        if not set(turn.words) <= set(ticks):
            raise Lost
        return {"ticks": [ticks[title] for title in turn.words]}
    buttons = [button for message in messages for button in message.get("buttons", ())]
    buttons += [offered[other] for offered in lists for other in ("none", "not_sure") if offered.get(other)]
    ids = {button["title"]: button["id"] for button in buttons} | ticks
    if turn.words[0] not in ids:
        raise Lost
    return {"button": ids[turn.words[0]]}


def _object(raw: bytes) -> dict[str, Any]:
    data = json.loads(raw) if raw else {}
    return data if isinstance(data, dict) else {}


def _is_failure(message: dict[str, Any]) -> bool:
    """The safety text of a failed turn; other languages are answered by a text of that kind too, without the banner."""
    return message["kind"] == "safety" and bool(message.get("banner"))


def _safe(messages: list[dict[str, Any]]) -> bool:
    """Whether a refusal tells people what to do in an emergency: the safety text, or the advice itself."""
    return any(message.get("text") and message.get("kind") in SAFE for message in messages)
