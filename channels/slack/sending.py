"""Slack's Web API as this channel calls it: again after a refusal for haste, a fault or a cut line, in order.

slack_sdk's own retries cover 429, 500, 503 and broken connections; not time-outs, 502, 504, and errors that come with
status 200. One loop for all of them keeps the order within a conversation, because whoever calls waits.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

CALL_SECONDS = 10
PATIENCE_SECONDS = 3600.0  # an answer an hour late is better than none
FIRST_WAIT = 0.5  # seconds, doubled each time up to
LONGEST_WAIT = 30.0
# Errors of the platform that pass (https://docs.slack.dev/reference/methods/chat.postMessage, "Errors").
PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


class Refused(Exception):
    """Slack said no, and will say no again; the text is Slack's own error code."""


class Unreachable(Exception):
    """Slack could not be reached for as long as `patience` lasts."""


def quiet_logger() -> logging.Logger:
    """A logger for slack_sdk that says nothing: its messages hold what people wrote."""
    logger = logging.getLogger("slack_sdk")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


@dataclass
class Web:
    """The Web API with one token. `first_wait`, `patience` in seconds."""

    token: str = field(repr=False)
    api_url: str = "https://slack.com/api/"
    first_wait: float = FIRST_WAIT
    patience: float = PATIENCE_SECONDS
    call_seconds: float = CALL_SECONDS
    _session: aiohttp.ClientSession | None = None

    @property
    def client(self) -> AsyncWebClient:
        """slack_sdk's client over one pool of connections, which is made at the first use."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.call_seconds))
        return AsyncWebClient(
            self.token,
            base_url=self.api_url,
            timeout=int(self.call_seconds) or 1,
            session=self._session,
            logger=quiet_logger(),
            retry_handlers=[],
        )

    async def close(self) -> None:
        """Give up the connections."""
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One of slack_sdk's methods, by its name there; Refused or Unreachable when it does not come about."""
        call = getattr(self.client, method)
        return await self.patiently(method, lambda: call(**arguments))

    async def patiently(
        self, name: str, call: Callable[[], Awaitable[Any]], patience: float | None = None
    ) -> dict[str, Any]:
        """What `call` returns, tried until it succeeds, is refused, or the patience (seconds) is at its end."""
        end = time.monotonic() + (self.patience if patience is None else patience)
        tries = 0
        while True:
            try:
                answer = await call()
                return dict(answer.data) if isinstance(answer.data, dict) else {}
            except SlackApiError as error:
                wait = self._wait(error, tries)
            except (TimeoutError, aiohttp.ClientError, OSError, SlackRequestError, AttributeError):
                wait = self._backoff(tries)  # AttributeError: slack_sdk on a success whose body is a plain text
            tries += 1
            if time.monotonic() + wait > end:
                log.error("slack not reached: %s, %d tries", name, tries)
                raise Unreachable(name)
            await asyncio.sleep(wait)

    def _wait(self, error: SlackApiError, tries: int) -> float:
        """Seconds to wait; Refused where waiting does not help."""
        response = error.response
        status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
        body = getattr(response, "data", None)
        code = body.get("error") if isinstance(body, dict) else None
        if status == 429 or code in ("ratelimited", "rate_limited"):
            asked = _seconds(getattr(response, "headers", {}))
            return max(asked, self._backoff(tries)) if asked is not None else self._backoff(tries)
        if status >= 500 or code in PASSING or code is None:
            return self._backoff(tries)
        raise Refused(str(code)) from error

    def _backoff(self, tries: int) -> float:
        longest = min(LONGEST_WAIT, self.first_wait * 2 ** min(tries, 10))
        return longest * random.uniform(0.5, 1)  # noqa: S311  spreads the tries, keeps no secret


def _seconds(headers: Any) -> float | None:
    """Retry-After; slack_sdk hands the headers on as they came."""
    for name, value in dict(headers).items():
        if str(name).lower() == "retry-after" and str(value).isascii() and str(value).isdigit():
            return float(value)
    return None
