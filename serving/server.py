"""The Sanic application: channels over one set of conversations. Rasa's own HTTP API is not served."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import json as json_response

from channels import pages, web
from reasoning import knowledge
from reasoning.safety import failure
from serving.conversations import start
from serving.feedback import Feedback
from serving.reminders import Reminding
from serving.retention import Retention
from serving.settings import ROOT, VAR, Settings, newest_model
from serving.stores import ConversationStore

log = logging.getLogger(__name__)

WIDGET = ROOT / "widget"
KEEP_ALIVE_SECONDS = 30
SHUTDOWN_SECONDS = 5.0  # for turns that are under way; event streams end at once
REQUEST_BYTES = 256 * 1024


def create_app(settings: Settings) -> Sanic[Any, Any]:
    """The application; conversations are loaded before it listens, so a port that answers is ready to talk."""
    app: Sanic[Any, Any] = Sanic("back_spasm", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = REQUEST_BYTES
    app.config.KEEP_ALIVE_TIMEOUT = KEEP_ALIVE_SECONDS
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = SHUTDOWN_SECONDS
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.ctx.conversations = None

    feedback = Feedback(VAR / "feedback.jsonl")

    @app.before_server_start
    async def load(app: Sanic[Any, Any]) -> None:
        for channel, missing in settings.channels_off().items():
            log.warning("%s is off: %s is not set", channel, missing)
        app.ctx.closing = asyncio.Event()
        store = ConversationStore(VAR / "conversations.db")
        app.ctx.conversations = await start(
            newest_model(), tracker_store=store, country=settings.country, feedback=feedback
        )
        app.add_task(Retention(app.ctx.conversations).keep_sweeping(app.ctx.closing))
        app.ctx.reminding = Reminding(app.ctx.conversations.reminders, app.ctx.conversations.remind)
        app.ctx.reminding.start()

    @app.before_server_stop
    async def close(app: Sanic[Any, Any]) -> None:
        app.ctx.reminding.stop()
        app.ctx.closing.set()

    if settings.telegram.token:
        _add_telegram(app, settings)
    if "slack" not in settings.channels_off():
        _add_slack(app, settings)

    @app.get("/healthz")
    async def healthz(_request: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    @app.get("/readyz")
    async def readyz(_request: Request) -> HTTPResponse:
        conversations = app.ctx.conversations
        found = conversations.ready() if conversations else {"model": False, "database": False}
        return json_response(found, status=200 if all(found.values()) else 503)

    served = web.Served(
        conversations=lambda: app.ctx.conversations,
        closing=lambda: app.ctx.closing,
        feedback=feedback,
        tokens=web.Tokens(settings.keys),
        origins=settings.origins,
    )
    app.blueprint(web.blueprint(served))
    app.blueprint(pages.blueprint(WIDGET))
    app.on_response(pages.harden)

    @app.exception(Exception)
    async def failed(_request: Request, error: Exception) -> HTTPResponse:
        status = getattr(error, "status_code", 500)
        message = failure(knowledge.shared(), settings.country).as_dict()
        return json_response({"error": type(error).__name__, "messages": [message]}, status=status)

    return app


def _add_telegram(app: Sanic[Any, Any], settings: Settings) -> None:
    """Telegram beside the web; loaded only when it is on. Its work runs in the background."""
    from channels.telegram import receiving
    from channels.telegram.channel import Channel

    @app.before_server_start
    async def start_telegram(app: Sanic[Any, Any]) -> None:
        app.ctx.telegram = Channel(
            settings.telegram, settings.id_secret, app.ctx.conversations, VAR / "telegram-pictures.json"
        )
        await app.ctx.telegram.start()

    @app.before_server_stop
    async def stop_telegram(app: Sanic[Any, Any]) -> None:
        await app.ctx.telegram.stop()

    if settings.telegram.mode == "webhook":
        app.blueprint(receiving.blueprint(lambda: app.ctx.telegram, settings.telegram.secret))


def _add_slack(app: Sanic[Any, Any], settings: Settings) -> None:
    """Slack beside the web; loaded only when it is on."""
    from channels.slack import wiring

    wiring.connect(app, settings)
