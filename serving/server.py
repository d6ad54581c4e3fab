"""The Sanic application: channels over one set of conversations. Rasa's own HTTP API is not served."""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import json as json_response

from channels import web
from reasoning.safety import failure
from serving.conversations import start
from serving.settings import ROOT, VAR, Settings, newest_model
from serving.stores import ConversationStore

WIDGET = ROOT / "widget"
KEEP_ALIVE_SECONDS = 30
REQUEST_BYTES = 256 * 1024


def create_app(settings: Settings) -> Sanic[Any, Any]:
    """The application; conversations are loaded before it listens, so a port that answers is ready to talk."""
    app: Sanic[Any, Any] = Sanic("back_spasm", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = REQUEST_BYTES
    app.config.KEEP_ALIVE_TIMEOUT = KEEP_ALIVE_SECONDS
    app.config.FALLBACK_ERROR_FORMAT = "json"

    @app.before_server_start
    async def load(app: Sanic[Any, Any]) -> None:
        store = ConversationStore(VAR / "conversations.db")
        conversations = await start(newest_model(), tracker_store=store, country=settings.country)
        app.ctx.conversations = conversations

    for route, folder in (
        ("/widget/widget.js", WIDGET / "dist" / "widget.js"),
        ("/widget/pictures", WIDGET / "pictures"),
    ):
        if folder.exists():
            app.static(route, folder, name=folder.stem)
    if (WIDGET / "demo" / "index.html").exists():
        app.static("/", WIDGET / "demo" / "index.html", name="demo")

    @app.get("/healthz")
    async def healthz(_request: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    app.blueprint(web.blueprint(lambda: app.ctx.conversations, web.Tokens(settings.secret), settings.origins))

    @app.exception(Exception)
    async def failed(_request: Request, error: Exception) -> HTTPResponse:
        status = getattr(error, "status_code", 500)
        conversations = app.ctx.conversations
        message = failure(conversations.knowledge, conversations.country).as_dict()
        return json_response({"error": type(error).__name__, "messages": [message]}, status=status)

    return app
