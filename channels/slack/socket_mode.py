"""Socket Mode: Slack's events over a line that this server opens, so that it needs no public address."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from channels.slack import arrivals
from channels.slack.channel import Slack
from channels.slack.sending import quiet_logger

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds between tries to get a line
PING_SECONDS = 10.0  # a line without an answer for half of it counts as lost: a long turn must not do that
CONNECT_SECONDS = 30.0
LOST_PINGS = 6  # without a line for so many pings: begin anew


@dataclass
class Socket:
    """One line, held for as long as the server runs."""

    slack: Slack
    app_token: str = field(repr=False)
    first_wait: float = FIRST_WAIT
    ping_seconds: float = PING_SECONDS
    _client: SocketModeClient | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to get a line; the server does not wait for it."""
        self._task = asyncio.get_running_loop().create_task(self._keep_a_line())

    async def close(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def connected(self) -> bool:
        """Whether there is a line now."""
        return self._client is not None and await self._client.is_connected()

    async def _keep_a_line(self) -> None:
        tries = 0
        while True:
            client = self._new_client()
            try:
                await asyncio.wait_for(client.connect_to_new_endpoint(), CONNECT_SECONDS)
                log.warning("slack: connected in Socket Mode")
                tries = 0
                await self._until_lost(client)
                log.warning("slack: the line is lost")
            except Exception as error:  # no network, no such token: the rest of the server goes on without
                log.warning("slack: no line yet: %s", _reason(error))
            finally:
                await client.close()
            wait = min(LONGEST_WAIT, self.first_wait * 2 ** min(tries, 10))
            tries += 1
            await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311  spreads the tries, keeps no secret

    async def _until_lost(self, client: SocketModeClient) -> None:
        """slack_sdk gets a new line by itself, but tries one address for ever, also after it has expired."""
        seen = time.monotonic()
        while time.monotonic() - seen < LOST_PINGS * self.ping_seconds:
            if await client.is_connected():
                seen = time.monotonic()
            await asyncio.sleep(self.ping_seconds)

    def _new_client(self) -> SocketModeClient:
        self._client = SocketModeClient(
            app_token=self.app_token,
            web_client=self.slack.voice.web.client,
            ping_interval=self.ping_seconds,
            logger=quiet_logger(),
        )
        self._client.socket_mode_request_listeners.append(self._received)
        return self._client

    async def _received(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Take it, then say so: what was not taken comes again."""
        if request.type == "events_api":
            self.slack.admit(arrivals.of_event(request.payload))
        elif request.type == "interactive":
            self.slack.admit(arrivals.of_interaction(request.payload))
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))


def _reason(error: Exception) -> str:
    """Slack's own code, such as `invalid_auth`, or the class of the error."""
    body: Any = getattr(getattr(error, "response", None), "data", None)
    code = body.get("error") if isinstance(body, dict) else None
    return str(code or type(error).__name__)
