"""The Telegram channel as a whole: takes updates, once each, and works on them in the background.

The server starts and serves the web whether Telegram can be reached or not: nothing here is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from telegram import BotCommand, BotCommandScopeAllPrivateChats, User
from telegram.error import InvalidToken, RetryAfter, TelegramError

from channels.identity import conversation_id
from channels.telegram.answering import Answering
from channels.telegram.client import FIRST_WAIT, LONGEST_WAIT, Client, seconds
from channels.telegram.lines import Lines
from channels.telegram.pictures import Pictures
from channels.telegram.reading import COMMANDS, KINDS, Incoming, read
from channels.telegram.running import Running
from channels.telegram.sending import Sender
from serving.conversations import Conversations
from serving.outbox import Unasked
from serving.settings import PICTURES, TelegramSettings

log = logging.getLogger(__name__)

PREFIX = "tg"
WEBHOOK = "/webhooks/telegram"
WAITING = 100  # updates of a chat; more are left with Telegram, which sends them again
UNASKED_SECONDS = 2.0  # between looks at what the bot wants to say unasked
PURGE_SECONDS = 24 * 3600.0  # between two looks for deliveries that have grown old
FINISH_SECONDS = 3.0
FOR_EVER = float("inf")


class Busy(Exception):
    """An update cannot be taken now; Telegram is to send it again."""


class Channel:
    """Telegram for one bot. `start` and `stop` frame the server's life; `take` is the way in."""

    def __init__(
        self,
        settings: TelegramSettings,
        secret: str,
        conversations: Conversations,
        kept: Path,
        pictures: Path = PICTURES,
    ) -> None:
        """`secret`: the server's, for conversation ids. `kept`: the file that remembers the ids of sent pictures."""
        if (
            conversations.records.deliveries is None
            or conversations.records.addresses is None
            or conversations.records.outbox is None
        ):
            raise ValueError("this channel needs a database")
        self.settings = settings
        self._secret = secret
        self._bot_number = settings.token.partition(":")[0]
        self._deliveries = conversations.records.deliveries
        self._addresses = conversations.records.addresses
        self._outbox = conversations.records.outbox
        self._wording = conversations.knowledge.wording
        self.client = Client(settings)
        sender = Sender(
            self.client, Pictures(pictures, kept, self._bot_number), self._wording, public_url=settings.public_url
        )
        self._running = Running(sender, self._deliveries, self._wording)
        self._answering = Answering(conversations, sender, self._running, self._deliveries, self._addresses, self._own)
        self.lines = Lines()
        self._user: asyncio.Future[User] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to work; returns at once."""
        self._user = asyncio.get_running_loop().create_future()
        try:
            self._take_up()
        except SQLAlchemyError as error:
            log.warning("telegram: the database failed: %s", type(error).__name__)
            self._background(self._take_up_later())
        self._background(self._introduce())
        self._background(self._say_unasked())
        self._background(self._poll() if self.settings.mode == "polling" else self._register())

    async def stop(self) -> None:
        """Finish what is nearly done; the rest is taken up at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._running.close()
        await self.lines.finish(FINISH_SECONDS)
        await self.client.close()

    def take(self, update: dict[str, Any]) -> None:
        """Take an update (decoded JSON), once, and work on it later.

        Raises Busy, or the database's error, when it could not be kept: Telegram must send it again.
        """
        try:
            incoming = read(update)
        except Exception as error:  # one that we cannot read must not come again for a day
            log.warning("telegram: an update could not be read: %s", type(error).__name__)
            return
        if incoming is None:
            return
        if self.lines.length(incoming.chat) >= WAITING:
            raise Busy
        key = f"{PREFIX}:{self._bot_number}:{update['update_id']}"
        conversation = self.conversation(incoming.chat)
        if self._deliveries.claim(key, conversation, incoming.as_dict()):
            self._put(key, conversation, incoming)

    def conversation(self, chat: int) -> str:
        """The conversation of a chat."""
        return conversation_id(PREFIX, chat, self._secret)

    def _put(self, key: str, conversation: str, incoming: Incoming) -> None:
        self.lines.put(incoming.chat, lambda: self._answering.answer(key, conversation, incoming))

    async def _take_up_later(self) -> None:
        """When the database was not there at the start: as soon as it is."""
        while True:
            await asyncio.sleep(UNASKED_SECONDS)
            with contextlib.suppress(SQLAlchemyError):
                return self._take_up()

    def _take_up(self) -> None:
        """What was taken and not finished when the last process ended."""
        self._deliveries.purge()
        for left in self._deliveries.take_up(f"{PREFIX}:"):
            if left.brought is None:
                self._deliveries.done(left.key)
                continue
            incoming = Incoming(**left.brought)
            incoming.more["resumed"] = True
            if incoming.kind == "countdown":
                self._running.go_on(incoming, left.key)
            else:
                self._put(left.key, left.conversation, incoming)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def _own(self) -> User:
        if self._user is None:
            raise RuntimeError("the channel was not started")
        return await asyncio.shield(self._user)

    async def _introduce(self) -> None:
        """Find out our name, and tell Telegram our commands."""
        commands = [BotCommand(name, self._wording[f"command_{name}"]) for name in COMMANDS]
        try:
            user = await self.client.until_through(self.client.bot.get_me, FOR_EVER)
            if self._user is not None and not self._user.done():
                self._user.set_result(user)
            await self.client.until_through(
                lambda: self.client.bot.set_my_commands(commands, scope=BotCommandScopeAllPrivateChats()), FOR_EVER
            )
        except TelegramError as error:
            log.error("telegram: %s (TELEGRAM_TOKEN may be wrong)", type(error).__name__)

    async def _register(self) -> None:
        """Tell Telegram where to send updates, and the secret that it must send with them, until it takes it."""
        wait = FIRST_WAIT
        while True:
            try:
                await self.client.bot.set_webhook(
                    self.settings.public_url + WEBHOOK,
                    allowed_updates=KINDS,
                    secret_token=self.settings.secret,
                    drop_pending_updates=False,
                )
                return
            except InvalidToken:
                log.error("telegram: the webhook was not registered: TELEGRAM_TOKEN is wrong")
                return
            except TelegramError as error:
                wait = self._longer(error, wait, "webhook not registered")
                await asyncio.sleep(wait)

    async def _poll(self) -> None:
        """Fetch updates. Telegram forgets those below the offset, so it moves only past what was taken."""
        offset, wait = 0, FIRST_WAIT
        try:
            await self.client.until_through(self.client.bot.delete_webhook, FOR_EVER)
        except TelegramError as error:
            log.error("telegram: no polling: %s (TELEGRAM_TOKEN may be wrong)", type(error).__name__)
            return
        while True:
            try:
                updates = await self.client.updates(offset, KINDS)
                for update in updates:
                    self.take(update)
                    offset = max(offset, int(update["update_id"]) + 1)
                wait = FIRST_WAIT
            except InvalidToken:
                log.error("telegram: no polling: TELEGRAM_TOKEN is wrong")
                return
            except (TelegramError, SQLAlchemyError, Busy) as error:
                wait = self._longer(error, wait, "polling failed")
                await asyncio.sleep(wait)

    @staticmethod
    def _longer(error: Exception, wait: float, what: str) -> float:
        """The next wait, in seconds."""
        if isinstance(error, RetryAfter):
            return seconds(error.retry_after)
        log.warning("telegram: %s: %s, again in %.1f s", what, type(error).__name__, wait)
        return min(wait * 2, LONGEST_WAIT)

    async def _say_unasked(self) -> None:
        """Send what the bot says unasked, each once, in the line of its chat; drop old deliveries once a day."""
        after, purged = 0, time.monotonic()
        while True:
            try:
                if time.monotonic() - purged > PURGE_SECONDS:
                    self._deliveries.purge()
                    purged = time.monotonic()
                for conversation, unasked in self._outbox.since(f"{PREFIX}:", after):
                    self._send_unasked(conversation, unasked)
                    after = unasked.event
            except SQLAlchemyError as error:
                log.warning("telegram: the database failed: %s", type(error).__name__)
            await asyncio.sleep(UNASKED_SECONDS)

    def _send_unasked(self, conversation: str, unasked: Unasked) -> None:
        address = self._addresses.get(conversation)
        if address is None:
            return
        incoming = Incoming(
            "unasked", int(address.address["chat"]), more={"message": unasked.message, "until": unasked.until}
        )
        key = f"{PREFIX}:said:{unasked.event}"
        if self._deliveries.claim(key, conversation, incoming.as_dict()):
            self._put(key, conversation, incoming)
