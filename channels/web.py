"""The website's channel, over plain HTTP: a server-minted conversation behind a signed token.

No socket.io: with today's python-socketio every reply of Rasa's own channel is lost (docs/decisions/0006).
"""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import jwt
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty
from sanic.response import json as json_response

from reasoning.messages import BadMessage, Inbound
from reasoning.safety import failure
from serving.conversations import Conversations

ID_BYTES = 18  # 144 random bits
TOKEN_SECONDS = 7 * 24 * 3600  # an episode's retention; every message slides it
MAX_BODY = 16 * 1024
ALGORITHM = "HS256"
PREFIX = "web:"

Handler = Callable[[Request], Awaitable[HTTPResponse]]


@dataclass(frozen=True)
class Tokens:
    """Signs and reads the tokens by which a browser owns its conversation."""

    secret: str

    def sign(self, conversation: str) -> str:
        """A token for this conversation, valid for `TOKEN_SECONDS`."""
        claims = {"sub": conversation, "exp": int(time.time()) + TOKEN_SECONDS}
        return jwt.encode(claims, self.secret, algorithm=ALGORITHM)

    def conversation(self, header: str | None) -> str | None:
        """The conversation of an `Authorization: Bearer` header; None when it is missing, forged or expired."""
        if not header or not header.startswith("Bearer "):
            return None
        try:
            claims = jwt.decode(
                header.removeprefix("Bearer "),
                self.secret,
                algorithms=[ALGORITHM],
                options={"require": ["exp", "sub"]},
            )
        except jwt.InvalidTokenError:
            return None
        conversation = claims["sub"]
        return conversation if isinstance(conversation, str) and conversation.startswith(PREFIX) else None


def blueprint(loaded: Callable[[], Conversations], tokens: Tokens, origins: frozenset[str] = frozenset()) -> Blueprint:
    """The routes of this channel under /webhooks/web.

    `loaded` gives the conversations once the server has them; `origins` are the other sites that may embed the chat
    (the server's own pages always may).
    """
    routes = Blueprint("web", url_prefix="/webhooks/web")

    def refused(status: int, reason: str) -> HTTPResponse:
        message = failure(loaded().knowledge, loaded().country).as_dict()
        return json_response({"error": reason, "messages": [message]}, status=status)

    def owned(handler: Handler) -> Handler:
        """Only whoever holds the conversation's token gets in."""

        @functools.wraps(handler)
        async def guarded(request: Request) -> HTTPResponse:
            conversation = tokens.conversation(request.headers.get("authorization"))
            if conversation is None:
                return refused(401, "token")
            request.ctx.conversation = conversation
            return await handler(request)

        return guarded

    @routes.on_request
    async def check_origin(request: Request) -> HTTPResponse | None:
        if not _allowed(request, origins):
            return refused(403, "origin")
        return empty() if request.method == "OPTIONS" else None

    @routes.on_response
    async def allow_origin(request: Request, response: HTTPResponse) -> None:
        response.headers["Cache-Control"] = "no-store"
        origin = request.headers.get("origin")
        if origin and _allowed(request, origins):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Headers"] = "authorization, content-type, last-event-id"
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
            response.headers["Vary"] = "Origin"

    @routes.options("/<path:path>")
    async def preflight(_request: Request, path: str) -> HTTPResponse:
        return empty()

    @routes.post("/session")
    async def session(_request: Request) -> HTTPResponse:
        conversation = PREFIX + secrets.token_urlsafe(ID_BYTES)
        return json_response({"token": tokens.sign(conversation), "conversation": conversation})

    @routes.post("/messages")
    @owned
    async def messages(request: Request) -> HTTPResponse:
        if len(request.body) > MAX_BODY:
            return refused(413, "size")
        try:
            inbound = Inbound.parse(_json(request))
        except BadMessage as error:
            return refused(400, str(error))
        conversation = request.ctx.conversation
        outbound = await loaded().handle(conversation, inbound, channel="web")
        return json_response({"messages": list(outbound.messages), "token": tokens.sign(conversation)})

    @routes.get("/history")
    @owned
    async def history(request: Request) -> HTTPResponse:
        return json_response({"messages": await loaded().history(request.ctx.conversation)})

    @routes.get("/export")
    @owned
    async def export(request: Request) -> HTTPResponse:
        data = await loaded().export(request.ctx.conversation)
        return json_response(data, headers={"Content-Disposition": 'attachment; filename="back-spasm-chat.json"'})

    @routes.delete("/conversation")
    @owned
    async def delete(request: Request) -> HTTPResponse:
        await loaded().delete(request.ctx.conversation)
        return json_response({"deleted": True})

    return routes


def _allowed(request: Request, origins: frozenset[str]) -> bool:
    """Requests of this server's own pages, of allowed sites, and of programs, which send no origin."""
    origin = request.headers.get("origin")
    return origin is None or origin in origins or origin == f"{request.scheme}://{request.host}"


def _json(request: Request) -> Any:
    try:
        return request.json
    except Exception as error:
        raise BadMessage("the body is not JSON") from error
