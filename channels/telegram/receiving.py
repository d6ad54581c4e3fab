"""The webhook's route: only Telegram gets in, and is answered at once; the work comes after."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json as json_response
from sqlalchemy.exc import SQLAlchemyError

from channels.telegram.channel import WEBHOOK, Busy, Channel
from serving.ingress.admission import BUSY_SECONDS
from serving.ingress.bodies import BadBody, read_json
from serving.ingress.refusals import refusal

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name


def blueprint(channel: Callable[[], Channel], secret: str) -> Blueprint:
    """The route; `channel` exists once the server has started. It is registered with Telegram by the channel alone."""
    routes = Blueprint("telegram")

    @routes.post(WEBHOOK)
    async def webhook(request: Request) -> HTTPResponse:
        if not _is_telegram(request, secret):
            return refusal(403, "secret")
        update = _update(request)
        if update is None:
            return refusal(400, "update")
        try:
            channel().take(update)
        except (Busy, SQLAlchemyError) as error:
            log.warning("telegram: an update was left with Telegram: %s", type(error).__name__)
            return refusal(503, "busy", retry_after=BUSY_SECONDS)
        return json_response({})

    return routes


def _is_telegram(request: Request, secret: str) -> bool:
    """Compared in constant time, before anything of the body is looked at."""
    sent = request.headers.get(SECRET_HEADER, "")
    return hmac.compare_digest(sent.encode("utf-8", "replace"), secret.encode())


def _update(request: Request) -> dict[str, Any] | None:
    """The update; None for what Telegram never sends."""
    try:
        update = read_json(request.body)
    except BadBody:
        return None
    number = update.get("update_id") if isinstance(update, dict) else None
    return update if isinstance(number, int) and not isinstance(number, bool) else None
