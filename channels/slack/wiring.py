"""Puts the Slack channel on the server. Off the main path: nothing here waits for Slack, or fails the start."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import sqlalchemy as sa
from sanic import Sanic

from channels.slack import routes
from channels.slack.channel import Slack
from channels.slack.pictures import Pictures
from channels.slack.sending import Web
from channels.slack.socket_mode import Socket
from channels.slack.voice import Voice
from reasoning import knowledge
from serving.settings import PICTURES, VAR, Settings

log = logging.getLogger(__name__)

OUTBOX_SECONDS = 2.0  # between looks at what is to be said unasked


def connect(app: Sanic[Any, Any], settings: Settings) -> Slack:
    """The channel on this application, by the ways in for which there are tokens."""
    web = Web(settings.slack.bot_token, settings.slack.api_url)
    pictures = Pictures(web, PICTURES, VAR / "slack-pictures.json")
    slack = Slack(
        talks=lambda: app.ctx.conversations,
        voice=Voice(web, pictures, lambda: knowledge.shared().wording),
        secret=settings.id_secret,
    )
    socket = Socket(slack, settings.slack.app_token) if settings.slack.app_token else None
    if settings.slack.signing_secret:
        app.blueprint(routes.blueprint(slack, settings.slack.signing_secret))

    @app.after_server_start
    async def start_slack(app: Sanic[Any, Any]) -> None:
        left = slack.resume()
        if left:
            log.warning("slack: %d unanswered from before", left)
        app.ctx.slack_outbox = asyncio.get_running_loop().create_task(_read_outbox(slack))
        if socket is not None:
            socket.start()

    @app.before_server_stop
    async def stop_slack(app: Sanic[Any, Any]) -> None:
        app.ctx.slack_outbox.cancel()
        if socket is not None:
            await socket.close()
        await slack.close()

    return slack


async def _read_outbox(slack: Slack) -> None:
    while True:
        try:
            slack.take_unasked()
        except sa.exc.SQLAlchemyError as error:
            log.warning("slack: the outbox was not read: %s", type(error).__name__)
        await asyncio.sleep(OUTBOX_SECONDS)
