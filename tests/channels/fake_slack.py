"""Slack as far as the bot can see it, on loopback: its Web API, Socket Mode, and people who write and press.

It keeps what it was told, refuses what breaks a documented limit (docs.slack.dev, "Block Kit reference" and the pages
of the methods) and notes it in `broken`; blocks are read by slack_sdk's own models as well. On demand it is slow, in
haste, out of order or cut off.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-made-up", "xapp-made-up", "made-up-signing-secret"
TEAM, APP, BOT, BOT_USER = "T0TEAM", "A0APP", "B0BOT", "U0BOT"
CONTROL = re.compile(r"<([@!#][^<>]*)>")
BARE_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")
DATE = re.compile(r"!date\^\d+\^\{time\}\|")
MAX_BLOCKS, MAX_SIZE, MAX_TEXT = 50, 13_200, 40_000
DAY = 24 * 3600
TEXT_TYPES = {"section": {"mrkdwn", "plain_text"}, "context": {"mrkdwn", "plain_text"}, "header": {"plain_text"}}


class Broken(Exception):
    """A call that Slack would refuse: its error code, and what it was about."""

    def __init__(self, code: str, about: str = "") -> None:
        """`about` is for whoever reads the failed test."""
        super().__init__(code)
        self.code, self.about = code, about


def sign(body: bytes, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    """The headers of a request that Slack signed."""
    seconds = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + seconds.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": seconds, "X-Slack-Signature": f"v0={digest}"}


def as_event(payload: dict[str, Any]) -> tuple[str, bytes, str]:
    """Path, body and media type by which an event is delivered."""
    return "/webhooks/slack/events", json.dumps(payload).encode(), "application/json"


def as_interaction(payload: dict[str, Any]) -> tuple[str, bytes, str]:
    """Path, body and media type by which a press is delivered."""
    return (
        "/webhooks/slack/interactions",
        urlencode({"payload": json.dumps(payload)}).encode(),
        "application/x-www-form-urlencoded",
    )


@dataclass
class FakeSlack:
    """One workspace with one app.

    `faults` by method, or by method and channel ("chat.postMessage D0…"), in the order in which they come: 429, 500,
    "html", "cut", "slow", "slow_after" (it took effect), or an error code of Slack's.
    """

    faults: dict[str, list[int | str]] = field(default_factory=lambda: defaultdict(list))
    slow_seconds: float = 3.0
    per_second: float = 0.0  # posts that a channel takes per second; 0 for any number
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    notified: list[str] = field(default_factory=list)  # mentions of people or of everybody that a text carried
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    updates: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    scheduled: dict[str, dict[str, Any]] = field(default_factory=dict)
    directs: dict[str, str] = field(default_factory=dict)
    no_direct: set[str] = field(default_factory=set)  # people to whom the bot may not write
    acknowledged: list[str] = field(default_factory=list)
    connections: int = 0
    _lines: list[web.WebSocketResponse] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _posted: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _runner: web.AppRunner | None = None
    port: int = 0

    # --- the server

    async def start(self) -> FakeSlack:
        """Listen on a free port of loopback, or on the one that it had before."""
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_post("/api/{method}", self._api)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_get("/link", self._link)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Be gone, with all lines."""
        await self.drop_lines()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """What SLACK_API_URL is to be."""
        return f"http://127.0.0.1:{self.port}/api/"

    # --- what a test asks

    def said(self, channel: str) -> list[str]:
        """The bot's posts in a channel, as read: text, and the text of all blocks."""
        return [shown(message) for message in self.messages[channel] if message["user"] == BOT_USER]

    def last(self, channel: str) -> dict[str, Any]:
        """The bot's last post in a channel."""
        return [message for message in self.messages[channel] if message["user"] == BOT_USER][-1]

    def pressable(self, channel: str) -> list[str]:
        """Titles of all buttons that can be pressed in a channel now."""
        return [element["text"]["text"] for message in self.messages[channel] for element in buttons_of(message)]

    def direct(self, user: str) -> str:
        """The channel of the direct messages with a person."""
        return self.directs.setdefault(user, f"D{len(self.directs):03}{user[1:]}")

    # --- what people do

    def writes(
        self,
        user: str,
        text: str,
        channel: str = "",
        thread: str = "",
        files: bool = False,
        event: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The event of a message: direct, or in `channel` where the bot is mentioned."""
        where, ts = channel or self.direct(user), self._ts()
        kept = {"type": "message", "user": user, "text": escaped(text), "ts": ts}
        self.messages[where].append(dict(kept))
        kind = {"type": "app_mention"} if channel else {"channel_type": "im"}
        kept |= {"channel": where, "event_ts": ts, "client_msg_id": f"c-{ts}", "team": TEAM, **kind, **(event or {})}
        if channel:
            kept["text"] = f"<@{BOT_USER}> {escaped(text)}"
        if thread:
            kept["thread_ts"] = thread
        if files:
            kept |= {
                **({} if channel else {"subtype": "file_share"}),
                "files": [{"id": "F0VOICE", "subtype": "slack_audio"}],
            }
        return self._envelope(kept)

    def edits(self, user: str, old: str, new: str) -> dict[str, Any]:
        """The event of a message that was changed afterwards."""
        channel, ts = self.direct(user), self._ts()
        message = {"type": "message", "user": user, "text": escaped(new), "ts": ts, "edited": {"user": user, "ts": ts}}
        return self._envelope(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "channel": channel,
                "channel_type": "im",
                "ts": ts,
                "event_ts": ts,
                "message": message,
                "previous_message": {"type": "message", "user": user, "text": escaped(old), "ts": ts},
            }
        )

    def presses(
        self, user: str, title: str, ticked: Iterable[str] = (), message: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The interaction of pressing the button of that title, with lines ticked; the newest message that has it."""
        channel = self.direct(user)
        found = [message] if message else [m for m in reversed(self.messages[channel]) if title in _titles(m)]
        if not found:
            raise AssertionError(f"no button {title!r}; there are {self.pressable(channel)}")
        element = next(element for element in buttons_of(found[0]) if element["text"]["text"] == title)
        return {
            "type": "block_actions",
            "team": {"id": TEAM, "domain": "made-up"},
            "user": {"id": user, "username": "somebody", "team_id": TEAM},
            "api_app_id": APP,
            "token": "made-up",
            "container": {"type": "message", "message_ts": found[0]["ts"], "channel_id": channel},
            "trigger_id": f"{next(self._count)}.0.abc",
            "channel": {"id": channel, "name": "directmessage"},
            "message": json.loads(json.dumps(found[0])),
            "state": {"values": _state(found[0], set(ticked))},
            "response_url": "https://hooks.slack.invalid/actions",
            "actions": [{**element, "action_ts": self._ts()}],
        }

    def _envelope(self, event: dict[str, Any]) -> dict[str, Any]:
        return {
            "token": "made-up",
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{next(self._count):010}",
            "event_time": int(time.time()),
            "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            "is_ext_shared_channel": False,
        }

    def _ts(self) -> str:
        """Slack's clock: seconds, and a number that makes it the only one; never twice, always later."""
        return f"{int(time.time())}.{next(self._count):06}"

    # --- Socket Mode

    async def push(self, payload: dict[str, Any], envelope: str = "", **more: Any) -> str:
        """Deliver over the line; the envelope's id."""
        name = envelope or f"env-{next(self._count)}"
        kind = "interactive" if payload.get("type") == "block_actions" else "events_api"
        data = {"envelope_id": name, "type": kind, "payload": payload, "accepts_response_payload": False, **more}
        for _ in range(600):
            if self._lines and not self._lines[-1].closed:
                try:
                    await self._lines[-1].send_str(json.dumps(data))
                    return name
                except ConnectionError:  # the line broke just now: over the next one, as Slack does
                    self._lines.pop()
            await asyncio.sleep(0.05)
        raise AssertionError("nobody opened a line")

    async def ask_to_reconnect(self) -> None:
        """What Slack says before it closes a line."""
        await self._lines[-1].send_str(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))

    async def drop_lines(self) -> None:
        """Cut all lines."""
        for line in self._lines:
            await line.close()
        self._lines.clear()

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        self.connections += 1
        self._lines.append(line)
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}}
        await line.send_str(json.dumps(hello))
        async for message in line:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
        return line

    # --- the Web API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        due = self.faults[f"{method} {arguments.get('channel')}"] or self.faults[method]
        fault = due.pop(0) if due else None
        if fault is not None:
            refused = await self._fault(request, fault)
            if refused is not None:
                return refused
        self.calls.append((method, arguments))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.get("token")
        if token != (APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN):
            return web.json_response({"ok": False, "error": "invalid_auth"})
        handler = getattr(self, "do_" + method.replace(".", "_"), None)
        if handler is None:
            self.broken.append(f"unknown method {method}")
            return web.json_response({"ok": False, "error": "unknown_method"})
        if self._in_haste(method, arguments):
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"})
        try:
            done = handler(arguments)
            if fault == "slow_after":
                await asyncio.sleep(self.slow_seconds)
            return web.json_response({"ok": True, **done})
        except Broken as error:
            self.broken.append(f"{method}: {error.code} {error.about}")
            return web.json_response({"ok": False, "error": error.code})

    async def _fault(self, request: web.Request, fault: int | str) -> web.StreamResponse | None:
        if fault == "cut":
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=500)
        if fault == "slow":
            await asyncio.sleep(self.slow_seconds)
            return None
        if fault == "slow_after":
            return None
        if fault == "html":
            return web.Response(status=502, text="<html>Bad gateway</html>", content_type="text/html")
        if fault == 429:
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"})
        if isinstance(fault, int):
            return web.Response(status=fault, text="oops", content_type="text/plain")
        return web.json_response({"ok": False, "error": fault})

    def _in_haste(self, method: str, arguments: dict[str, Any]) -> bool:
        if method != "chat.postMessage" or not self.per_second:
            return False
        now, channel = time.monotonic(), str(arguments.get("channel"))
        if now - self._posted[channel] < 1 / self.per_second:
            return True
        self._posted[channel] = now
        return False

    def do_auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        """Who the token is."""
        return {"user_id": BOT_USER, "bot_id": BOT, "team_id": TEAM}

    def do_apps_connections_open(self, _: dict[str, Any]) -> dict[str, Any]:
        """An address for a line."""
        return {"url": f"ws://127.0.0.1:{self.port}/link"}

    def do_conversations_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The channel of direct messages with one person."""
        user = str(arguments.get("users", ""))
        if user in self.no_direct or not user.startswith("U"):
            raise Broken("user_not_found" if user not in self.no_direct else "cannot_dm_bot", user)
        return {"channel": {"id": self.direct(user)}}

    def do_chat_postMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  Slack's name
        """A message, if it keeps the limits."""
        channel = self._channel(arguments)
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT, "ts": self._ts(), **self._content(arguments)}
        if arguments.get("thread_ts"):
            message["thread_ts"] = arguments["thread_ts"]
        self.messages[channel].append(message)
        return {"channel": channel, "ts": message["ts"], "message": message}

    def do_chat_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Another text and other blocks for a message of the bot's own."""
        channel = self._channel(arguments)
        for message in self.messages[channel]:
            if message["ts"] == arguments.get("ts") and message["user"] == BOT_USER:
                message.pop("blocks", None)
                message.update(self._content(arguments))
                self.updates.append({"channel": channel, "at": time.monotonic(), **message})
                return {"channel": channel, "ts": message["ts"], "text": message["text"]}
        raise Broken("message_not_found", str(arguments.get("ts")))

    def do_chat_scheduleMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """A message for later: within 120 days, and not in the past."""
        channel = self._channel(arguments)
        post_at = arguments.get("post_at")
        if not isinstance(post_at, int) or post_at <= time.time():
            raise Broken("time_in_past", str(post_at))
        if post_at > time.time() + 120 * DAY:
            raise Broken("time_too_far", str(post_at))
        name = f"Q{next(self._count)}"
        self.scheduled[name] = {"id": name, "channel_id": channel, "post_at": post_at, **self._content(arguments)}
        return {"channel": channel, "scheduled_message_id": name, "post_at": post_at}

    def do_chat_scheduledMessages_list(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """What waits, of a channel."""
        channel = arguments.get("channel")
        return {"scheduled_messages": [item for item in self.scheduled.values() if item["channel_id"] == channel]}

    def do_chat_deleteScheduledMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Not to be sent after all."""
        if self.scheduled.pop(str(arguments.get("scheduled_message_id")), None) is None:
            raise Broken("invalid_scheduled_message_id")
        return {}

    def do_files_getUploadURLExternal(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Where to put a file."""
        name, length = arguments.get("filename"), int(arguments.get("length") or 0)
        if not name or length < 1:
            raise Broken("invalid_arguments", str(arguments))
        if len(str(arguments.get("alt_txt") or "")) > 1000:
            raise Broken("alt_txt_too_large")
        file = f"F{next(self._count):08}"
        self.files[file] = {"id": file, "name": name, "length": length, "content": None, "whole": False}
        return {"file_id": file, "upload_url": f"http://127.0.0.1:{self.port}/upload/{file}"}

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.files[request.match_info["file"]]
        content = await request.read()
        if len(content) != file["length"]:
            self.broken.append("upload: another length than announced")
            return web.Response(status=400, text="length")
        file["content"] = content
        return web.Response(text=f"OK - {len(content)}")

    def do_files_completeUploadExternal(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """The files are whole; in a channel, if one is named, with words beside them."""
        given = arguments.get("files")
        files = json.loads(given) if isinstance(given, str) else given
        for entry in files:
            file = self.files.get(entry["id"])
            if file is None or file["content"] is None:
                raise Broken("file_not_found", entry["id"])
            file["whole"] = True
        if arguments.get("channel_id"):
            channel = self._channel({"channel": arguments["channel_id"]})
            text = str(arguments.get("initial_comment") or "")
            self._check_text(text)
            shared = {"type": "message", "user": BOT_USER, "ts": self._ts(), "text": text, "files": files}
            self.messages[channel].append(shared)
        return {"files": [{"id": entry["id"], "title": entry.get("title")} for entry in files]}

    # --- limits

    def _channel(self, arguments: dict[str, Any]) -> str:
        channel = str(arguments.get("channel") or "")
        if channel not in self.messages and channel not in self.directs.values():
            raise Broken("channel_not_found", channel)
        return channel

    def _content(self, arguments: dict[str, Any]) -> dict[str, Any]:
        text, blocks = arguments.get("text"), arguments.get("blocks")
        blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
        if not text:
            raise Broken("no_text", "text is what notifications and screen readers say")
        if len(text) > MAX_TEXT:
            raise Broken("msg_too_long", str(len(text)))
        self._check_text(text)
        if blocks is None:
            return {"text": text}
        if not isinstance(blocks, list) or not blocks or len(blocks) > MAX_BLOCKS:
            raise Broken("invalid_blocks", "1 to 50 blocks")
        if len(json.dumps(blocks)) > MAX_SIZE:
            raise Broken("msg_blocks_too_long")
        for block in blocks:
            self._check_block(block)
        ids = [block["block_id"] for block in blocks if "block_id" in block]
        if len(set(ids)) != len(ids):
            raise Broken("invalid_blocks", "block_id twice")
        return {"text": text, "blocks": [{"block_id": f"b{next(self._count)}", **block} for block in blocks]}

    def _check_block(self, block: dict[str, Any]) -> None:
        kind = block.get("type")
        check = getattr(self, f"_check_{kind}", None)
        if check is None:
            raise Broken("invalid_blocks", f"block {kind}")
        if len(block.get("block_id", "")) > 255:
            raise Broken("invalid_blocks", "block_id")
        check(block)
        try:
            parsed = Block.parse(block)
            if parsed is None:
                raise Broken("invalid_blocks", f"slack_sdk does not know {kind}")
            parsed.to_dict()
        except SlackObjectFormationError as error:
            raise Broken("invalid_blocks", f"slack_sdk: {error}") from error

    def _check_section(self, block: dict[str, Any]) -> None:
        self._text_object(block.get("text"), 3000, TEXT_TYPES["section"])

    def _check_header(self, block: dict[str, Any]) -> None:
        self._text_object(block.get("text"), 150, TEXT_TYPES["header"])

    def _check_divider(self, block: dict[str, Any]) -> None:
        if set(block) - {"type", "block_id"}:
            raise Broken("invalid_blocks", "divider")

    def _check_context(self, block: dict[str, Any]) -> None:
        elements = block.get("elements") or []
        if not 1 <= len(elements) <= 10:
            raise Broken("invalid_blocks", "context: 1 to 10 elements")
        for element in elements:
            self._text_object(element, 3000, TEXT_TYPES["context"])

    def _check_image(self, block: dict[str, Any]) -> None:
        if not 1 <= len(block.get("alt_text") or "") <= 2000:
            raise Broken("invalid_blocks", "image: alt_text")
        file = block.get("slack_file") or {}
        if ("id" in file) == ("url" in file) or "image_url" in block:
            raise Broken("invalid_blocks", "image: one source")
        kept = self.files.get(file.get("id", ""))
        if kept is None or not kept["whole"] or not kept["content"].startswith(b"\x89PNG"):
            raise Broken("invalid_blocks", "image: no such file, or no png")

    def _check_actions(self, block: dict[str, Any]) -> None:
        elements = block.get("elements") or []
        if not 1 <= len(elements) <= 25:
            raise Broken("invalid_blocks", "actions: 1 to 25 elements")
        ids = [element.get("action_id") for element in elements]
        if None in ids or len(set(ids)) != len(ids) or any(len(name) > 255 for name in ids):
            raise Broken("invalid_blocks", "action_id: needed, once, up to 255")
        for element in elements:
            if element.get("type") == "button":
                self._text_object(element.get("text"), 75, {"plain_text"})
                if len(element.get("value", "")) > 2000 or element.get("style") not in (None, "primary", "danger"):
                    raise Broken("invalid_blocks", "button")
            elif element.get("type") == "checkboxes":
                self._options(element.get("options") or [])
            else:
                raise Broken("invalid_blocks", f"element {element.get('type')}")

    def _options(self, options: list[dict[str, Any]]) -> None:
        if not 1 <= len(options) <= 10:
            raise Broken("invalid_blocks", "checkboxes: 1 to 10 options")
        values = [option.get("value", "") for option in options]
        if len(set(values)) != len(values) or not all(1 <= len(value) <= 150 for value in values):
            raise Broken("invalid_blocks", "option: a value of its own, up to 150")
        for option in options:
            self._text_object(option.get("text"), 75, {"plain_text", "mrkdwn"})

    def _text_object(self, text: Any, limit: int, types: set[str]) -> None:
        if not isinstance(text, dict) or text.get("type") not in types:
            raise Broken("invalid_blocks", f"text object {text}")
        if not 1 <= len(text.get("text") or "") <= limit:
            raise Broken("invalid_blocks", f"text of {len(text.get('text') or '')} where {limit} fit")
        if text["type"] == "mrkdwn":
            if "emoji" in text:
                raise Broken("invalid_blocks", "emoji is for plain_text")
            self._check_text(text["text"])
        elif "verbatim" in text:
            raise Broken("invalid_blocks", "verbatim is for mrkdwn")

    def _check_text(self, text: str) -> None:
        """Notes whom a text would call, and what is not escaped."""
        self.notified += [found for found in CONTROL.findall(text) if not DATE.match(found)]
        if BARE_AMPERSAND.search(text):
            self.broken.append("an ampersand that is not escaped")


def escaped(text: str) -> str:
    """As Slack hands on what people type."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """As Slack shows it."""
    return text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")


def shown(message: dict[str, Any]) -> str:
    """All that a person reads of a message."""
    parts = []
    for block in message.get("blocks", ()):
        texts = [block.get("text"), *block.get("elements", ())] if block["type"] != "actions" else []
        parts += [text["text"] for text in texts if isinstance(text, dict) and isinstance(text.get("text"), str)]
        parts += [block["alt_text"]] if block["type"] == "image" else []
        parts += [title["text"] for title in _choices(block)]
    return unescaped("\n".join(parts) if parts else message["text"])


def buttons_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons of a message, as Slack reports the one that is pressed."""
    return [
        {"block_id": block["block_id"], **element}
        for block in message.get("blocks", ())
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    ]


def ticks_of(message: dict[str, Any]) -> list[str]:
    """Titles of the lines that can be ticked in a message."""
    return [option["text"]["text"] for block in message.get("blocks", ()) for option in _options_of(block)]


def _choices(block: dict[str, Any]) -> list[dict[str, Any]]:
    if block["type"] != "actions":
        return []
    titles = [element["text"] for element in block["elements"] if element["type"] == "button"]
    return [*(option["text"] for option in _options_of(block)), *titles]


def _options_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    if block["type"] != "actions":
        return []
    return [option for element in block["elements"] for option in element.get("options", ())]


def _titles(message: dict[str, Any]) -> list[str]:
    return [element["text"]["text"] for element in buttons_of(message)]


def _state(message: dict[str, Any], ticked: set[str]) -> dict[str, Any]:
    """`state.values` of an interaction: every list, with what is ticked in it."""
    values: dict[str, Any] = {}
    for block in message.get("blocks", ()):
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            if element["type"] == "checkboxes":
                chosen = [option for option in element["options"] if option["text"]["text"] in ticked]
                entry = {"type": "checkboxes", "selected_options": chosen}
                values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    return {**request.query, **{name: value for name, value in (await request.post()).items() if name != "file"}}
