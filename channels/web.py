"""The website's channel, over plain HTTP: a server-minted conversation behind a signed token (docs/openapi.yml).

No socket.io: with today's python-socketio every reply of Rasa's own channel is lost (docs/decisions/0006).
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import secrets
import time
import zoneinfo
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import jwt
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, raw
from sanic.response import json as json_response

from reasoning.messages import BadMessage, Inbound
from serving import handing
from serving.conversations import Conversations
from serving.feedback import Feedback
from serving.ingress.admission import Refused, Why
from serving.ingress.bodies import WEB_BYTES, BadBody, read_json, text_in
from serving.ingress.refusals import refusal
from serving.outbox import Outbox

ID_BYTES = 18  # 144 random bits
TOKEN_SECONDS = 7 * 24 * 3600  # an episode's retention; every message slides it
ALGORITHM = "HS256"
PREFIX = "web:"
URL = "/webhooks/web"
COUNTRY = re.compile(r"[A-Za-z]{2}\Z")
TIMEZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}\Z")
MAX_TIMEZONE = 64  # characters
HEARTBEAT_SECONDS = 15.0  # below the 60 seconds after which proxies drop a silent line
STREAM_SECONDS = 600.0  # then the browser asks anew, with a token that must still hold
STREAMS = 10  # at once in one conversation: its tabs

LINK_SECONDS = 900  # a link to a file; the browser that owns the conversation may use it for longer
FILES = "file"  # what a link's token is good for: nothing else, and no other token is good for this

ROUTES = ("session", "messages", "history", "events", "feedback", "export", "conversation", "file")

Handler = Callable[[Request], Awaitable[HTTPResponse | None]]


@dataclass(frozen=True)
class Claims:
    """What a token says: the conversation, and what its page knew of the person's place ("" where it did not)."""

    conversation: str
    country: str = ""
    timezone: str = ""


@dataclass(frozen=True)
class Tokens:
    """Signs and reads the tokens by which a browser owns its conversation: the first key signs, all are accepted."""

    keys: tuple[str, ...]

    def sign(self, claims: Claims) -> str:
        """A token for this conversation, valid for `TOKEN_SECONDS`."""
        place = {name: value for name, value in (("country", claims.country), ("tz", claims.timezone)) if value}
        content = {"sub": claims.conversation, "exp": int(time.time()) + TOKEN_SECONDS, **place}
        return jwt.encode(content, self.keys[0], algorithm=ALGORITHM)

    def read(self, header: str | None) -> Claims | None:
        """The claims of an `Authorization: Bearer` header; None when it is missing, forged or expired."""
        if not header or not header.startswith("Bearer "):
            return None
        try:
            claims = self._claims(header.removeprefix("Bearer "), options={"require": ["exp", "sub"]})
        except (jwt.InvalidTokenError, UnicodeError):
            return None
        if not isinstance(claims["sub"], str) or not claims["sub"].startswith(PREFIX):
            return None
        return Claims(claims["sub"], str(claims.get("country", "")), str(claims.get("tz", "")))

    def sign_file(self, conversation: str, name: str) -> str:
        """A token that stands in an address: for this file only, and for `LINK_SECONDS`."""
        content = {"sub": conversation, "file": name, "aud": FILES, "exp": int(time.time()) + LINK_SECONDS}
        return jwt.encode(content, self.keys[0], algorithm=ALGORITHM)

    def read_file(self, token: str, owner: str = "") -> tuple[str, str] | None:
        """Conversation and file of such a token; None when it is forged or expired.

        `owner`: the conversation that the browser owns, for which an expired token still holds.
        """
        try:
            claims = self._claims(
                token, audience=FILES, options={"require": ["exp", "sub", "aud"], "verify_exp": not owner}
            )
        except (jwt.InvalidTokenError, UnicodeError):
            return None
        conversation, name = str(claims["sub"]), str(claims.get("file", ""))
        if not conversation.startswith(PREFIX) or (owner and owner != conversation):
            return None
        return conversation, name

    def _claims(self, token: str, **wanted: Any) -> dict[str, Any]:
        """What a token says that one of our keys has signed; InvalidTokenError for all others."""
        for key in self.keys:
            try:
                return dict(jwt.decode(token, key, algorithms=[ALGORITHM], **wanted))
            except jwt.InvalidSignatureError:
                continue
        raise jwt.InvalidSignatureError

    def linked(self, conversation: str, messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The messages with an address for each file that is made when it is fetched."""
        found = []
        for message in messages:
            name = handing.name_in(message)
            if name:
                link = f"{URL}/file?t={self.sign_file(conversation, name)}"
                message = {**message, "file": {**message["file"], "url": link}}  # noqa: PLW2901  # a copy of it
            found.append(message)
        return found


@dataclass(frozen=True)
class Served:
    """What the routes work on. `conversations` and `closing` (the server stops) exist once the server has started.

    `origins` are the other sites that may embed the chat; the server's own pages always may.
    """

    conversations: Callable[[], Conversations]
    closing: Callable[[], asyncio.Event]
    feedback: Feedback
    tokens: Tokens
    origins: frozenset[str] = frozenset()

    def refused(self, request: Request, status: int, reason: str, country: str = "") -> HTTPResponse:
        """An error: never empty, always with the safety text; what was written is still watched for an emergency."""
        return refusal(status, reason, self.conversations().watching.refusal(text_in(request.body), country=country))

    def not_now(self, request: Request, refused: Refused) -> HTTPResponse:
        """Too many requests."""
        said = self.conversations().watching.refusal(text_in(request.body), refused.why)
        return refusal(429, str(refused), said, retry_after=refused.retry_after)

    def owned(self, handler: Handler) -> Handler:
        """Only whoever holds the conversation's token gets in; what is not of the schema is refused."""

        @functools.wraps(handler)
        async def guarded(request: Request) -> HTTPResponse | None:
            claims = self.tokens.read(request.headers.get("authorization"))
            if claims is None:
                return self.refused(request, 401, "token")
            request.ctx.claims = claims
            try:
                return await handler(request)
            except BadMessage as error:
                return self.refused(request, 400, str(error), claims.country)

        return guarded


def blueprint(served: Served) -> Blueprint:
    """The routes of this channel under /webhooks/web."""
    routes = Blueprint("web", url_prefix=URL)

    _guard(routes, served)

    async def preflight(_request: Request) -> HTTPResponse:
        return empty()

    for name in ROUTES:  # each by its path: a pattern for all of them does not match where another method is known
        routes.add_route(preflight, f"/{name}", methods=["OPTIONS"], name=f"preflight_{name}")

    @routes.post("/session")
    async def session(request: Request) -> HTTPResponse:
        try:
            country, timezone = _place(served.conversations(), _object(request, {"country", "timezone"}))
        except BadMessage as error:
            return served.refused(request, 400, str(error))
        claims = Claims(PREFIX + secrets.token_urlsafe(ID_BYTES), country, timezone)
        return json_response({"token": served.tokens.sign(claims), "conversation": claims.conversation})

    @routes.post("/messages")
    @served.owned
    async def messages(request: Request) -> HTTPResponse:
        inbound = Inbound.parse(_json(request))
        claims = request.ctx.claims
        loaded = served.conversations()
        outbound = await loaded.handle(
            claims.conversation, inbound, channel="web", country=claims.country, timezone=claims.timezone
        )
        answer = served.tokens.linked(claims.conversation, outbound.messages)
        if outbound.retry_after:
            status = 503 if outbound.failed == Why.BUSY else 429
            return refusal(status, outbound.failed, answer, retry_after=outbound.retry_after)
        return json_response({"messages": answer, "token": served.tokens.sign(claims)})

    @routes.get("/history")
    @served.owned
    async def history(request: Request) -> HTTPResponse:
        conversation = request.ctx.claims.conversation
        said = await served.conversations().records.history(conversation)
        return json_response({"messages": served.tokens.linked(conversation, said)})

    @routes.get("/events")
    @served.owned
    async def events(request: Request) -> HTTPResponse | None:
        conversation = request.ctx.claims.conversation
        after = _last_event(request)
        outbox = served.conversations().records.outbox
        if outbox is None or outbox.listeners(conversation) >= STREAMS:
            return served.refused(request, 429, "streams", request.ctx.claims.country)
        await _stream(request, outbox, conversation, after, served.closing())
        return None

    @routes.post("/feedback")
    @served.owned
    async def feedback(request: Request) -> HTTPResponse:
        data = _object(request, {"message", "helpful"})
        if not isinstance(data.get("message"), str) or not isinstance(data.get("helpful"), bool):
            raise BadMessage("message: the id of a bot message; helpful: true or false")
        conversation = request.ctx.claims.conversation
        for said in await served.conversations().records.history(conversation):
            if said["from"] == "bot" and said["id"] == data["message"]:
                served.feedback.add(conversation, said, data["helpful"])
                return empty()
        return served.refused(request, 404, "message", request.ctx.claims.country)

    @routes.get("/export")
    @served.owned
    async def export(request: Request) -> HTTPResponse:
        claims = request.ctx.claims
        data = await served.conversations().records.export(claims.conversation)
        data["told_by_the_page"] = {"country": claims.country, "timezone": claims.timezone}
        return json_response(data, headers={"Content-Disposition": 'attachment; filename="back-spasm-chat.json"'})

    @routes.delete("/conversation")
    @served.owned
    async def delete(request: Request) -> HTTPResponse:
        await served.conversations().records.delete(request.ctx.claims.conversation)
        return json_response({"deleted": True})

    _hand_over_files(routes, served)
    return routes


def _guard(routes: Blueprint, served: Served) -> None:
    """What comes before every route: the origin, how many requests, how big they are."""

    @routes.on_request
    async def check(request: Request) -> HTTPResponse | None:
        if not _allowed(request, served.origins):
            return served.refused(request, 403, "origin")
        try:
            served.conversations().ingress.knock(request.client_ip)
        except Refused as refused:
            return served.not_now(request, refused)
        if len(request.body) > WEB_BYTES:
            return served.refused(request, 413, "size")
        return empty() if request.method == "OPTIONS" else None

    @routes.on_response
    async def allow_origin(request: Request, response: HTTPResponse) -> None:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Origin"
        origin = request.headers.get("origin")
        if origin and _allowed(request, served.origins):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Headers"] = "authorization, content-type, last-event-id"
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
            response.headers["Access-Control-Max-Age"] = "600"


def _hand_over_files(routes: Blueprint, served: Served) -> None:
    """The route behind the links of `Tokens.linked`: whoever has the link has the file, until it expires."""

    @routes.get("/file")
    async def file(request: Request) -> HTTPResponse:
        token, owner = str(request.args.get("t", "")), served.tokens.read(request.headers.get("authorization"))
        wanted = served.tokens.read_file(token) or (owner and served.tokens.read_file(token, owner.conversation))
        if not wanted:
            return served.refused(request, 401, "token")
        conversation, name = wanted
        made = await handing.make(served.conversations().records, conversation, name)
        if made is None:
            return served.refused(request, 404, "file")
        headers = {
            "Content-Disposition": f'attachment; filename="{made.name}"',
            "Referrer-Policy": "no-referrer",
        }
        return raw(made.content, content_type=made.media_type, headers=headers)


async def _stream(request: Request, outbox: Outbox, conversation: str, after: int, closing: asyncio.Event) -> None:
    """Send the outbox from `after` on as server-sent events, until the browser leaves, the time is up or we stop."""
    news = outbox.listen(conversation)
    end = time.monotonic() + STREAM_SECONDS
    stopping = asyncio.ensure_future(closing.wait())
    try:
        response = await request.respond(content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        await response.send(": listening\n\n")
        while not closing.is_set() and time.monotonic() < end:
            news.clear()
            unsent = outbox.read(conversation, after)
            for unasked in unsent:
                after = unasked.event
                await response.send(f"id: {after}\ndata: {json.dumps(unasked.message)}\n\n")
            waiting = asyncio.ensure_future(news.wait())
            done, _ = await asyncio.wait(
                (waiting, stopping), timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            if not done:
                await response.send(": still here\n\n")
        await response.eof()
    finally:
        stopping.cancel()
        outbox.leave(conversation, news)


def _last_event(request: Request) -> int:
    value = request.headers.get("last-event-id", "").strip()
    if value and not (value.isascii() and value.isdigit() and len(value) < 16):
        raise BadMessage("Last-Event-ID: a number")
    return int(value or 0)


def _allowed(request: Request, origins: frozenset[str]) -> bool:
    """Requests of this server's own pages, of allowed sites, and of programs, which send no origin."""
    origin = request.headers.get("origin")
    return origin is None or origin in origins or origin == f"{request.scheme}://{request.host}"


def _place(conversations: Conversations, data: dict[str, Any]) -> tuple[str, str]:
    """Country and time zone; "" for what is not told, and for one that we have no lines for or that does not exist.

    A page in a country without lines must still get its chat: it then names all numbers.
    """
    country, timezone = data.get("country") or "", data.get("timezone") or ""
    if not isinstance(country, str) or (country and not COUNTRY.match(country)):
        raise BadMessage("country: two letters")
    if not isinstance(timezone, str) or len(timezone) > MAX_TIMEZONE:
        raise BadMessage("timezone: the name of a time zone")
    known = conversations.knowledge.help_lines.countries
    return country.upper() if country.upper() in known else "", timezone if _is_timezone(timezone) else ""


def _is_timezone(name: str) -> bool:
    try:
        return bool(TIMEZONE.match(name)) and zoneinfo.ZoneInfo(name) is not None
    except (OSError, ValueError, LookupError):  # not found, a folder, or no data on this machine
        return False


def _object(request: Request, fields: set[str]) -> dict[str, Any]:
    """The JSON object of the body, with these fields and no others; no body is an empty one."""
    data = _json(request) if request.body else {}
    if not isinstance(data, dict) or set(data) - fields:
        raise BadMessage("a JSON object with these fields only: " + ", ".join(sorted(fields)))
    return data


def _json(request: Request) -> Any:
    try:
        return read_json(request.body)
    except BadBody as error:
        raise BadMessage(str(error)) from error
