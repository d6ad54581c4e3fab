"""Puts the Slack channel on the server. Off the main path: nothing here waits for Slack, or fails the start."""

from __future__ import annotations

import functools
import logging
from pathlib import Path
from typing import Any

from sanic import Sanic

from channels.slack import routes
from channels.slack.channel import Slack
from channels.slack.pictures import Pictures
from channels.slack.sending import Web
from channels.slack.socket_mode import Socket
from channels.slack.voice import Voice
from reasoning import knowledge
from serving.settings import SlackSettings
from serving.watching import is_emergency

log = logging.getLogger(__name__)


def connect(app: Sanic[Any, Any], settings: SlackSettings, secret: str, pictures: Path, data: Path) -> Slack | None:
    """The channel on this application; None where its tokens are not set.

    `secret` makes the conversation ids; `pictures` are the stretches' PNG files; `data` keeps Slack's ids of them.
    """
    if not settings.bot_token or not (settings.signing_secret or settings.app_token):
        return None
    web = Web(settings.bot_token, settings.api_url)

    async def watch(conversation: str, text: str) -> bool:
        return await is_emergency(app.ctx.conversations, conversation, text)

    slack = Slack(
        talks=lambda: app.ctx.conversations,
        watch=watch,
        voice=Voice(web, Pictures(web, pictures, data / "slack-pictures.json"), lambda: knowledge.shared().wording),
        secret=secret,
        deliveries=lambda: app.ctx.conversations.deliveries,
        addresses=lambda: app.ctx.conversations.addresses,
    )
    if settings.signing_secret:
        app.blueprint(routes.blueprint(slack, settings.signing_secret))
    socket = Socket(slack, settings.app_token) if settings.app_token else None
    app.after_server_start(functools.partial(_start, slack, socket))
    app.before_server_stop(functools.partial(_stop, slack, socket))
    return slack


async def _start(slack: Slack, socket: Socket | None, _app: Sanic[Any, Any]) -> None:
    left = slack.resume()
    if left:
        log.warning("slack: %d unanswered from before", left)
    if socket is not None:
        socket.start()


async def _stop(slack: Slack, socket: Socket | None, _app: Sanic[Any, Any]) -> None:
    if socket is not None:
        await socket.close()
    await slack.close()
