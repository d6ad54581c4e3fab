"""People who talk with a running server: in the terminal, on the web, on Telegram, in Slack. Each the same three ways.

What a person gets to see comes back in the platform's own form; `LogBook` tells what the server concluded.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
import sqlite3
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from channels.identity import conversation_id
from channels.slack import arrivals
from channels.slack.blocks import MAX_TITLE
from channels.telegram.drawing import CLOCK, EMPTY, MARK, TICKED
from reasoning import intake, knowledge
from reasoning.case import Case
from serving.conversations import Outbound
from serving.records import CASE_SLOT
from tests.channels import fake_slack, fake_telegram
from tests.channels.fake_slack import FakeSlack, as_event, as_interaction, buttons_of, shown, sign, ticks_of
from tests.channels.fake_telegram import BOT, FakeTelegram
from tests.channels.running_server import ROOT
from tests.conversations.written import choices, titles_of

WORDS = knowledge.shared().wording
SECRET = "one-secret-for-all-channels-of-this-server-long-enough"
PATIENCE = 60.0  # seconds for an answer: a busy machine
QUIET = 0.4  # seconds without a new message: what was deleted leaves no other sign that all is said
LOOK_SECONDS = 0.05
NUMBER = re.compile(r"\d+\. ")


@dataclass(frozen=True)
class Seen:
    """What a person saw of one answer: all words, in one line; the titles that can be chosen; `key`: its turn."""

    key: str
    words: str
    titles: frozenset[str]


class Person(Protocol):
    """Somebody in one conversation; `last`: what the bot answered, where that says what it concluded."""

    @property
    def conversation(self) -> str: ...

    @property
    def last(self) -> Outbound | None: ...

    async def say(self, text: str) -> Seen: ...

    async def choose(self, titles: list[str], press: bool) -> Seen:
        """Press the button of this title, or tick these lines and send them."""


def in_line(parts: Iterable[str]) -> str:
    """The words in one line: where lines are broken is a matter of form."""
    return " ".join(" ".join(parts).split())


# --- the server's own notes


@dataclass
class LogBook:
    """The database of the running server, read only."""

    path: Path
    _waiting: dict[str, asyncio.Future[str]] = field(default_factory=dict)

    def _connect(self) -> contextlib.closing[sqlite3.Connection]:
        return contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=20))

    async def follow(self) -> None:
        """Look for finished deliveries for as long as somebody waits for them."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            keys = list(self._waiting)
            marks = ", ".join("?" * len(keys))
            query = f"SELECT key, conversation FROM deliveries WHERE done = 1 AND key IN ({marks})"  # noqa: S608
            try:
                with self._connect() as connection:
                    rows = connection.execute(query, keys).fetchall()
            except sqlite3.OperationalError:  # the server empties its log just now
                continue
            for key, conversation in rows:
                if not self._waiting[key].done():
                    self._waiting[key].set_result(conversation)

    async def finished(self, key: str) -> bool:
        """Wait until a delivery is answered; False when its conversation was deleted meanwhile."""
        future = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            return bool(await asyncio.wait_for(future, PATIENCE))
        finally:
            del self._waiting[key]

    def turns(self, conversation: str) -> dict[str, Outbound]:
        """What each message of a conversation brought, by the message's id; of a deleted one only what came after."""
        with self._connect() as connection:
            query = "SELECT type_name, data FROM events WHERE sender_id = ? ORDER BY id"
            rows = connection.execute(query, [conversation]).fetchall()
        found: dict[str, Outbound] = {}
        key, reading, case = "", {}, Case()
        messages: list[dict[str, Any]] = []
        for kind, text in rows:
            data = json.loads(text)
            if kind == "user":
                key, messages, reading = str(data["message_id"]), [], data["metadata"]["reading"]
            elif kind == "bot":
                messages.append(data["data"]["custom"])
            elif kind == "slot" and data["name"] == CASE_SLOT:
                case = Case.from_dict(data["value"])
            if key:
                level = str(intake.assess(case).level)
                told = tuple(reading["topics"]), tuple(reading["findings"])
                found[key] = Outbound(conversation, tuple(messages), level, *told)
        return found


# --- terminal


@dataclass
class Terminal:
    """`make talk` with JSON lines: one process for all conversations, answers in the order of the questions."""

    process: asyncio.subprocess.Process
    _asked: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def open(cls, folder: Path) -> Terminal:
        """Start it."""
        with (folder / "terminal.log").open("wb") as log:
            command = (sys.executable, "-W", "ignore", "-m", "serving.talk")
            pipe = asyncio.subprocess.PIPE
            return cls(
                await asyncio.create_subprocess_exec(
                    *command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=log, limit=2**22
                )
            )

    async def ask(self, conversation: str, **message: Any) -> Outbound:
        """One line there, one line back."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self._asked:
            self.process.stdin.write(json.dumps({"conversation": conversation, **message}).encode() + b"\n")
            await self.process.stdin.drain()
            answer = json.loads(await self.process.stdout.readline())
        return Outbound(
            conversation,
            tuple(answer["messages"]),
            answer["level"],
            tuple(answer["topics"]),
            tuple(answer["findings"]),
        )

    async def close(self) -> None:
        """The end of the input ends it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()


@dataclass
class AtTheTerminal:
    """Somebody at the terminal; `last` is what the bot answered."""

    terminal: Terminal
    conversation: str = field(default_factory=lambda: f"t{secrets.token_hex(6)}")
    last: Outbound | None = None

    async def say(self, text: str) -> Seen:
        return await self._send(text=text)

    async def choose(self, titles: list[str], press: bool) -> Seen:
        assert self.last is not None
        return await self._send(**chosen(self.last, titles, press))

    async def _send(self, **message: Any) -> Seen:
        self.last = await self.terminal.ask(self.conversation, **message)
        return as_drawn(self.last)


def chosen(last: Outbound, titles: list[str], press: bool) -> dict[str, Any]:
    """The message of the model that chooses these titles among what was offered last."""
    ids = {choice["title"]: choice["id"] for _, choice in reversed(choices(last))}
    assert set(titles) <= set(ids), f"no {titles} among {list(ids)}"
    return {"button": ids[titles[0]]} if press else {"ticks": [ids[title] for title in titles]}


def as_drawn(answer: Outbound, key: str = "") -> Seen:
    """An answer in the model's own form: its texts, and its choices."""
    return Seen(key, in_line(message["text"] for message in answer.messages), frozenset(titles_of(answer)))


# --- web


@dataclass
class OnTheWeb:
    """Somebody on the website."""

    session: aiohttp.ClientSession
    url: str
    conversation: str = ""
    token: str = ""
    last: Outbound | None = None
    sent: int = 0

    async def say(self, text: str) -> Seen:
        return await self._send(text=text)

    async def choose(self, titles: list[str], press: bool) -> Seen:
        assert self.last is not None
        return await self._send(**chosen(self.last, titles, press))

    async def _send(self, **message: Any) -> Seen:
        if not self.token:
            data = await self._post("session", {})
            self.token, self.conversation = data["token"], data["conversation"]
        self.sent += 1
        data = await self._post("messages", {"id": f"m{self.sent}", **message})
        self.last = Outbound(self.conversation, tuple(data["messages"]))
        return as_drawn(self.last, f"m{self.sent}")

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.session.post(f"{self.url}/webhooks/web/{path}", json=body, headers=headers) as answer:
            data: dict[str, Any] = await answer.json()
            assert answer.status == 200, data
            return data


def environment(telegram: FakeTelegram, slack: FakeSlack) -> dict[str, str]:
    """What a server needs to know to be on both platforms."""
    return {
        "WEB_SECRET": SECRET,
        "TELEGRAM_TOKEN": fake_telegram.TOKEN,
        "TELEGRAM_API_URL": telegram.url,
        "SLACK_BOT_TOKEN": fake_slack.BOT_TOKEN,
        "SLACK_SIGNING_SECRET": fake_slack.SECRET,
        "SLACK_API_URL": slack.url,
    }


# --- Telegram


@dataclass
class OnTelegram:
    """Somebody in a private chat on Telegram, whose updates the server fetches."""

    fake: FakeTelegram
    book: LogBook
    chat: int
    last: None = None

    @property
    def conversation(self) -> str:
        return conversation_id("tg", self.chat, SECRET)

    async def say(self, text: str) -> Seen:
        return await self._after(self.fake.text(self.chat, text))

    async def choose(self, titles: list[str], press: bool) -> Seen:
        message = self._offering(titles[0])
        lines = [title for title in self.fake.titles(self.chat, message) if title.startswith((EMPTY, TICKED))]
        if press and not any(_plain(line) == titles[0] for line in lines):
            return await self._after(self._press(message, titles[0]))
        for title in titles:
            self.fake.queue(self._press(message, title))
        return await self._after(self._press(message, WORDS["ticks_done"]))

    def _offering(self, title: str) -> int:
        """The newest message with this button."""
        numbers = [m["message_id"] for m in self.fake.said(self.chat)]
        found = [n for n in numbers if title in map(_plain, self.fake.titles(self.chat, n))]
        assert found, f"no {title!r} among {[self.fake.titles(self.chat, n) for n in numbers[-3:]]}"
        return int(found[-1])

    def _press(self, message: int, title: str) -> dict[str, Any]:
        keys = [key for row in self.fake.chats[self.chat][message]["reply_markup"]["inline_keyboard"] for key in row]
        data = next(key["callback_data"] for key in keys if _plain(key["text"]) == title)
        return self.fake.press_data(self.chat, message, data)

    async def _after(self, update: dict[str, Any]) -> Seen:
        before, key = len(self.fake.said(self.chat)), f"tg:{BOT['id']}:{update['update_id']}"
        self.fake.queue(update)
        if not await self.book.finished(key):
            await _quiet(lambda: len(self.fake.said(self.chat)), before)
        new = self.fake.said(self.chat)[before:]
        titles = {title for m in new for title in self.fake.titles(self.chat, m["message_id"])}
        own = {title for title in titles if title.startswith(CLOCK) or title == WORDS["ticks_done"] or title.isdigit()}
        return Seen(key, in_line(self.fake.texts(self.chat)[before:]), frozenset(map(_plain, titles - own)))


def _plain(title: str) -> str:
    """A button's title without what Telegram's form puts before it."""
    if title.startswith((EMPTY, TICKED)):
        return NUMBER.sub("", title[len(EMPTY) :], count=1)
    return title.removeprefix(MARK)


# --- Slack


@dataclass
class InSlack:
    """Somebody in the direct messages of a Slack app that gets its events by HTTP."""

    fake: FakeSlack
    session: aiohttp.ClientSession
    url: str
    book: LogBook
    user: str
    last: None = None

    @property
    def conversation(self) -> str:
        return conversation_id("sl", self.user, SECRET)

    async def say(self, text: str) -> Seen:
        payload = self.fake.writes(self.user, text)
        return await self._after(payload, f"sl:{payload['event_id']}")

    async def choose(self, titles: list[str], press: bool) -> Seen:
        titles = [cut(title) for title in titles]
        channel = self.fake.direct(self.user)
        lists = [m for m in reversed(self.fake.messages[channel]) if set(titles) <= set(ticks_of(m))]
        buttons = titles[0] in self.fake.pressable(channel)
        if lists and not (press and buttons):
            payload = self.fake.presses(self.user, WORDS["ticks_done"], titles, lists[0])
        else:
            payload = self.fake.presses(self.user, titles[0])
        arrival = arrivals.of_interaction(payload)
        assert arrival is not None
        return await self._after(payload, arrival.key)

    async def _after(self, payload: dict[str, Any], key: str) -> Seen:
        channel = self.fake.direct(self.user)
        before = len(self.fake.said(channel))
        form = as_interaction if payload["type"] == "block_actions" else as_event
        path, body, media = form(payload)
        headers = {**sign(body), "Content-Type": media}
        async with self.session.post(self.url + path, data=body, headers=headers) as answer:
            assert answer.status == 200
        if not await self.book.finished(key):
            await _quiet(lambda: len(self.fake.said(channel)), before)
        new = [m for m in self.fake.messages[channel] if m["user"] != self.user][before:]
        titles = {b["text"]["text"] for m in new for b in buttons_of(m) if b["action_id"].split(":")[0] in OFFERED}
        ticks = {title for m in new for title in ticks_of(m)}
        return Seen(key, in_line(map(shown, new)), frozenset(titles | ticks))


OFFERED = ("press", "only")  # action ids of the conversation's own choices


def cut(title: str) -> str:
    """A title as Slack has room for it."""
    return title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1].rstrip() + "…"


async def _quiet(count: Any, before: int) -> None:
    """Until something was said and no more comes."""
    async with asyncio.timeout(PATIENCE):
        seen = before
        while count() == before or count() != seen:
            seen = count()
            await asyncio.sleep(QUIET)
