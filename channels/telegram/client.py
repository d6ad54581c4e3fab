"""The way to Telegram's Bot API: paced, repeated when it fails, in order for each chat, and never holding up another.

python-telegram-bot makes the calls and knows the types; when to call again is decided here. Its own rate limiter stops
all chats while one of them has to wait.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from serving.settings import TelegramSettings

log = logging.getLogger(__name__)

POLL_SECONDS = 50  # how long Telegram may keep an empty answer back
PATIENCE_SECONDS = 15 * 60.0  # a message that could not be sent for so long is given up
FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0
CONNECTIONS = 32
LAST_MOMENT = 1.0  # seconds
# Telegram asks for about a message a second in a chat and 30 a second in all, and allows short bursts.
CHAT_BURST, CHAT_RATE = 5, 1.0
ALL_BURST, ALL_RATE = 5, 25.0
CHATS_REMEMBERED = 10_000
REFUSALS = (BadRequest, Forbidden, InvalidToken, EndPointNotFound, Conflict, ChatMigrated)

T = TypeVar("T")


@dataclass
class Bucket:
    """Lets `burst` calls pass at once and `rate` a second after that."""

    burst: float
    rate: float
    filled: float = field(init=False)
    seen: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Full at first."""
        self.filled = self.burst

    def wait(self) -> float:
        """Take one; how many seconds the caller has to wait for it."""
        now = time.monotonic()
        self.filled = min(self.burst, self.filled + (now - self.seen) * self.rate)
        self.seen = now
        self.filled -= 1
        return max(0.0, -self.filled / self.rate)


class Client:
    """Calls of the Bot API. `send` is for what a chat gets to see; its errors are Telegram's refusals and giving up."""

    def __init__(self, settings: TelegramSettings, patience: float = PATIENCE_SECONDS) -> None:
        """Connects to nothing yet. `patience`: seconds after which a call that goes on failing raises its error."""
        self.patience = patience
        self._requests = (
            HTTPXRequest(connection_pool_size=2, read_timeout=POLL_SECONDS + 10.0, connect_timeout=10.0),
            HTTPXRequest(
                connection_pool_size=CONNECTIONS,
                read_timeout=20.0,
                write_timeout=20.0,
                connect_timeout=10.0,
                pool_timeout=30.0,
            ),
        )
        self.bot = Bot(
            settings.token,
            base_url=f"{settings.api_url}/bot",
            base_file_url=f"{settings.api_url}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )
        self._chats: OrderedDict[int, Bucket] = OrderedDict()
        self._all = Bucket(ALL_BURST, ALL_RATE)
        self._under_way: set[asyncio.Future[Any]] = set()

    async def send(self, chat: int, call: Callable[[], Awaitable[T]], patience: float | None = None) -> T:
        """Make a call that writes to this chat until it is through, each time at the pace that Telegram asks for."""
        return await self.until_through(call, patience, lambda: max(self._bucket(chat).wait(), self._all.wait()))

    async def until_through(
        self,
        call: Callable[[], Awaitable[T]],
        patience: float | None = None,
        pace: Callable[[], float] = lambda: 0.0,
    ) -> T:
        """Repeat a call while Telegram is busy, broken or out of reach; `pace`: seconds to wait before each attempt.

        Raises Telegram's refusals at once (wrong token, blocked by the person, a bad request), and the last error when
        `patience` seconds are over.
        """
        end = time.monotonic() + (self.patience if patience is None else patience)
        wait = FIRST_WAIT
        while True:
            before = pace()
            if before:
                await asyncio.sleep(before)
            try:
                return await self._to_its_end(call)
            except REFUSALS:
                raise
            except RetryAfter as error:
                asked_for = seconds(error.retry_after)
                if time.monotonic() + asked_for > end:
                    raise
                await asyncio.sleep(asked_for)
            except TelegramError as error:
                if time.monotonic() + wait > end:
                    raise
                log.warning("telegram: %s, again in %.1f s", type(error).__name__, wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def _to_its_end(self, call: Callable[[], Awaitable[T]]) -> T:
        """A call that goes on when who waits for it does not.

        httpcore never gets back the connection of a call that is cut off at a bad moment (encode/httpcore#1093), and
        without connections the bot could write to nobody until its next start. "Typing" is given up with every answer.
        """
        task = asyncio.ensure_future(call())
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Future[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may be left to ask

    async def updates(self, offset: int, kinds: list[str]) -> list[dict[str, Any]]:
        """Wait for updates from `offset` on, as JSON data: one that cannot be read must not hold up the others."""
        wanted = urlencode({"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": json.dumps(kinds)})
        found = await self._requests[0].post(f"{self.bot.base_url}/getUpdates?{wanted}")
        return found if isinstance(found, list) else []

    async def close(self) -> None:
        """Close the connections, once what is under way has had a moment to end."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LAST_MOMENT)
        for request in self._requests:
            await request.shutdown()

    def _bucket(self, chat: int) -> Bucket:
        bucket = self._chats.pop(chat, None) or Bucket(CHAT_BURST, CHAT_RATE)
        self._chats[chat] = bucket
        if len(self._chats) > CHATS_REMEMBERED:
            self._chats.popitem(last=False)
        return bucket


def seconds(length: float | datetime.timedelta) -> float:
    """A length of time in seconds; the library gives it in either form."""
    return length.total_seconds() if isinstance(length, datetime.timedelta) else float(length)
