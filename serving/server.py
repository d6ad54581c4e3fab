"""The Sanic application: channels over one set of conversations. Rasa's own HTTP API is not served."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import json as json_response

from channels import pages, web
from serving import metrics
from serving.collector import settle
from serving.conversations import start
from serving.database import is_postgresql
from serving.feedback import Feedback
from serving.ingress.admission import Ingress
from serving.ingress.bodies import HOOK_BYTES
from serving.ingress.refusals import refusal
from serving.only_watch import FILE, Switch
from serving.reminders import Reminding
from serving.retention import Retention
from serving.settings import ROOT, VAR, Settings, newest_model
from serving.stores import ConversationStore

log = logging.getLogger(__name__)

WIDGET = ROOT / "widget"
KEEP_ALIVE_SECONDS = 30
SHUTDOWN_SECONDS = 5.0  # for answers that are being sent; event streams end at once
DRAIN_SECONDS = 2.0  # beyond a turn's time, for turns that are under way when the server is asked to stop
FIRST_REFUSAL = 400
PROBES = ("/healthz", "/readyz")
RETRY_SECONDS = 1.0  # between looks for a database that was not there at the start


def create_app(settings: Settings) -> Sanic[Any, Any]:
    """The application; conversations are loaded before it listens, so a port that answers is ready to talk."""
    app: Sanic[Any, Any] = Sanic("back_spasm", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = HOOK_BYTES
    app.config.KEEP_ALIVE_TIMEOUT = KEEP_ALIVE_SECONDS
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = SHUTDOWN_SECONDS
    app.config.PROXIES_COUNT = settings.limits.proxies or None
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.ctx.conversations = None
    app.ctx.stopping = False

    store = ConversationStore()
    feedback = Feedback(store.engine)
    switch = Switch(VAR / FILE, settings.emergency_only)

    @app.before_server_start
    async def load(app: Sanic[Any, Any]) -> None:
        for channel, missing in settings.channels_off().items():
            log.warning("%s is off: %s is not set", channel, missing)
        app.ctx.closing = asyncio.Event()
        if not _reached(store):
            app.add_task(_reach(store, app.ctx.closing))
        app.ctx.conversations = await start(
            newest_model(),
            tracker_store=store,
            country=settings.country,
            quiet=settings.quiet,
            feedback=feedback,
            ingress=Ingress(settings.limits),
            only_watch=switch,
        )
        app.add_task(Retention(app.ctx.conversations).keep_sweeping(app.ctx.closing))
        if is_postgresql(store.engine):
            app.add_task(store.outbox.relay(app.ctx.closing))
        app.ctx.reminding = Reminding(app.ctx.conversations.reminders, app.ctx.conversations.remind, paused=switch)
        app.ctx.reminding.start()
        settle()

    @app.before_server_stop
    async def close(app: Sanic[Any, Any]) -> None:
        app.ctx.reminding.stop()
        app.ctx.closing.set()

    if settings.telegram.token:
        _add_telegram(app, settings)
    if "slack" not in settings.channels_off():
        _add_slack(app, settings)

    if settings.metrics_port:
        _add_metrics(app, settings)

    @app.get("/healthz")
    async def healthz(_request: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    @app.get("/readyz")
    async def readyz(_request: Request) -> HTTPResponse:
        conversations = app.ctx.conversations
        found = conversations.ready() if conversations else {"model": False, "database": False}
        found |= {"scheduler": app.ctx.reminding.is_alive(), "open": not app.ctx.stopping}
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
        return refusal(getattr(error, "status_code", 500), type(error).__name__, country=settings.country)

    _add_the_end(app, settings)

    return app


def _add_the_end(app: Sanic[Any, Any], settings: Settings) -> None:
    """When the server stops, turns under way end, and nothing new begins."""

    @app.on_request
    async def nothing_new(request: Request) -> HTTPResponse | None:
        """What comes while the server stops is refused: another server, or this one when it is back, takes it."""
        if app.ctx.stopping and request.path not in PROBES:
            return refusal(503, "stopping", country=settings.country)
        return None

    # The last one that is named here is the first that runs: the channels stop when no turn is under way any more.
    @app.before_server_stop
    async def finish_turns(app: Sanic[Any, Any]) -> None:
        app.ctx.stopping = True
        end = time.monotonic() + settings.limits.turn_seconds + DRAIN_SECONDS
        while app.ctx.conversations and app.ctx.conversations.turns and time.monotonic() < end:
            await asyncio.sleep(0.02)


def _add_metrics(app: Sanic[Any, Any], settings: Settings) -> None:
    """Figures for Prometheus on a port of their own."""
    metrics.count_errors()

    @app.on_response
    async def count(_request: Request, response: HTTPResponse) -> None:
        if response.status >= FIRST_REFUSAL:
            metrics.REFUSALS.labels(str(response.status)).inc()

    @app.before_server_start
    async def start_metrics(app: Sanic[Any, Any]) -> None:
        conversations = app.ctx.conversations
        metrics.asked_for(metrics.OUTBOX, conversations.records.outbox.depth)
        metrics.asked_for(metrics.EMERGENCY_ONLY, conversations.only_watch)
        metrics.asked_for(metrics.WAITING, conversations.reminders.how_many_wait)
        app.ctx.stop_metrics = metrics.serve(settings.metrics_host, settings.metrics_port)

    @app.after_server_stop
    async def stop_metrics(app: Sanic[Any, Any]) -> None:
        app.ctx.stop_metrics()


def _reached(store: ConversationStore) -> bool:
    """Whether the database is there, and up to date."""
    try:
        store.prepare()
        Feedback(store.engine).take_over(VAR / "feedback.jsonl")
    except Exception as error:  # without its text, which may name more than the place
        log.error("the database is not ready: %s", type(error).__name__)
        return False
    return True


async def _reach(store: ConversationStore, closing: asyncio.Event) -> None:
    """Try again until the database is there. Meanwhile every message gets the safety text, and /readyz says no."""
    while not closing.is_set() and not store.prepared:
        await asyncio.sleep(RETRY_SECONDS)
        _reached(store)


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
