"""Telegram as far as a bot can see it, on loopback: chats with their messages, and the Bot API's documented limits.

Names, types and needs of methods come from `telegram_api.json`, the limits from core.telegram.org/bots/api and
/bots/faq. What a bot sends against them is answered as Telegram does, and written down in `complaints`.
Faults can be put in the way: 429, 500, slow, cut before or after the call took effect.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from PIL import Image

API = json.loads((Path(__file__).parent / "telegram_api.json").read_text(encoding="utf-8"))
TOKEN = "4242:fake-token-of-the-tests"
BOT = {"id": 4242, "is_bot": True, "first_name": "Back", "username": "back_spasm_test_bot"}
CAN = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
ACTIONS = {"typing", "upload_photo", "upload_document", "find_location", "choose_sticker"}
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
COMMAND = re.compile(r"[a-z0-9_]{1,32}\Z")
MAX_TEXT, MAX_CAPTION, MAX_DATA, MAX_KEYS, MAX_TOAST = 4096, 1024, 64, 100, 200
MAX_PHOTO, MAX_SIDES, MAX_RATIO = 10 * 2**20, 10_000, 20
# "Avoid sending more than one message per second" in a chat, short bursts pass; about 30 a second in all.
CHAT_BURST, CHAT_RATE, ALL_RATE = 8, 1.0, 30


class Refused(Exception):
    """What Telegram answers instead of doing it."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        """`parameters`: retry_after, say."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass
class Fault:
    """Goes wrong `times` times for calls of `method` ("" for all), in `chat` (0 for all)."""

    kind: str  # slow_after (it took effect), no_chat, 400, 429, 500, 502, slow, cut, cut_after, garbage
    method: str = ""
    times: int = 1
    chat: int = 0
    seconds: float = 1.0


@dataclass
class Call:
    """A call that the bot made."""

    method: str
    fields: dict[str, Any]
    at: float


@dataclass
class FakeTelegram:
    """One bot's Telegram. Users are private chats with positive numbers, groups negative ones."""

    chats: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    blocked: set[int] = field(default_factory=set)
    webhook: dict[str, Any] = field(default_factory=dict)
    deliver_to: str = ""  # where a webhook's path really is
    commands: list[dict[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    toasts: dict[str, str] = field(default_factory=dict)
    api_version: str = "10.3"
    flooding: bool = True  # whether rates are limited
    _queries: set[str] = field(default_factory=set)
    _updates: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Counter[str] = field(default_factory=Counter)
    _sent: dict[int, list[float]] = field(default_factory=dict)
    _quiet_until: dict[int, float] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None
    url: str = ""

    # --- running ------------------------------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> FakeTelegram:
        """Listen on loopback."""
        app = web.Application(client_max_size=60 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def stop(self) -> None:
        """Listen no longer; what is in the chats stays."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # --- what people do -----------------------------------------------------------------------------------------------

    def update(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """A new update of this kind."""
        self._numbers["update"] += 1
        return {"update_id": 700_000 + self._numbers["update"], kind: content}

    def message(self, chat: int, sender: int = 0, **content: Any) -> dict[str, Any]:
        """A message that somebody wrote; it stands in the chat."""
        user = {"id": sender or chat, "is_bot": False, "first_name": "Ann", "language_code": "en"}
        return self._keep(chat, {"from": user, **content})

    def text(self, chat: int, text: str, **content: Any) -> dict[str, Any]:
        """The update of a text that a person wrote; commands and mentions are marked as Telegram marks them."""
        entities = [
            {"type": kind, "offset": _units(text[: found.start()]), "length": _units(found[0])}
            for kind, pattern in (("bot_command", r"(?<!\S)/[a-z0-9_]+(?:@\w+)?"), ("mention", r"(?<!\S)@\w{5,}"))
            for found in re.finditer(pattern, text)
        ]
        more = {"entities": entities} if entities else {}
        return self.update("message", self.message(chat, text=text, **more, **content))

    def press(self, chat: int, number: int, title: str, seen: bool = True) -> dict[str, Any]:
        """The update of a press on the button with this title; not `seen`: its message is too old to be sent along."""
        message = self.chats[chat][number]
        keys = [key for row in message["reply_markup"]["inline_keyboard"] for key in row]
        data = next(key["callback_data"] for key in keys if title in key["text"])
        return self.press_data(chat, number, data, seen)

    def press_data(self, chat: int, number: int, data: str, seen: bool = True) -> dict[str, Any]:
        """The update of a press with these data."""
        self._numbers["query"] += 1
        query = f"q{self._numbers['query']}"
        self._queries.add(query)
        message = json.loads(json.dumps(self.chats[chat][number]))
        if not seen:
            message = {"chat": message["chat"], "message_id": number, "date": 0}
        user = {"id": chat, "is_bot": False, "first_name": "Ann"}
        content = {"id": query, "from": user, "message": message, "chat_instance": "c1", "data": data}
        return self.update("callback_query", content)

    def edit(self, chat: int, number: int, text: str) -> dict[str, Any]:
        """The update of a text that was changed."""
        message = self.chats[chat][number]
        message.update(text=text, edit_date=int(time.time()))
        return self.update("edited_message", json.loads(json.dumps(message)))

    async def deliver(self, update: dict[str, Any], secret: str | None = None, **headers: str) -> int:
        """Post an update to the bot's webhook as Telegram does; the status of the answer."""
        sent = self.webhook["secret_token"] if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": sent, **headers}
        async with ClientSession() as session, session.post(self.deliver_to, json=update, headers=headers) as answer:
            await answer.read()
            return answer.status

    def queue(self, *updates: dict[str, Any]) -> None:
        """Keep updates for a bot that polls."""
        self._updates += updates
        self._news.set()

    # --- what people see ----------------------------------------------------------------------------------------------

    def said(self, chat: int) -> list[dict[str, Any]]:
        """The bot's messages in a chat, as they are now."""
        return [message for message in self.chats.get(chat, {}).values() if message["from"]["id"] == BOT["id"]]

    def texts(self, chat: int) -> list[str]:
        """The texts and captions of the bot's messages in a chat."""
        return [message.get("text") or message.get("caption", "") for message in self.said(chat)]

    def titles(self, chat: int, number: int) -> list[str]:
        """The titles of the buttons under a message."""
        rows = self.chats[chat][number].get("reply_markup", {}).get("inline_keyboard", [])
        return [key["text"] for row in rows for key in row]

    def made(self, method: str) -> list[Call]:
        """The calls of a method."""
        return [call for call in self.calls if call.method == method]

    # --- the API ------------------------------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
        fields = await _fields(request)
        self.calls.append(Call(method, fields, time.monotonic()))
        chat = fields.get("chat_id")
        fault = self._fault(
            method, int(chat) if isinstance(chat, (int, str)) and str(chat).lstrip("-").isdigit() else 0
        )
        try:
            if fault is not None:
                stopped = await self._go_wrong(fault, request)
                if stopped is not None:
                    return stopped
            result = await self._do(method, fields)
            if fault is not None and fault.kind == "slow_after":
                await asyncio.sleep(fault.seconds)
            if fault is not None and fault.kind == "cut_after":
                _cut(request)
            return web.json_response({"ok": True, "result": result})
        except Refused as refused:
            body = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                body["parameters"] = refused.parameters
            return web.json_response(body, status=refused.code)

    def _fault(self, method: str, chat: int) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method in ("", method) and fault.chat in (0, chat):
                fault.times -= 1
                if fault.kind == "429":
                    self._quiet_until[chat] = time.monotonic() + fault.seconds
                return fault
        return None

    @staticmethod
    async def _go_wrong(fault: Fault, request: web.Request) -> web.StreamResponse | None:
        if fault.kind == "429":
            wait = int(fault.seconds)
            raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        if fault.kind == "no_chat":
            raise Refused(400, "Bad Request: chat not found")
        if fault.kind == "400":
            raise Refused(400, "Bad Request: failed to get HTTP URL content")
        if fault.kind in ("500", "502"):
            return web.Response(status=int(fault.kind), text="<html>broken</html>")
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "cut":
            _cut(request)
            return web.Response()  # which nobody gets
        if fault.kind == "garbage":
            return web.Response(text='{"ok": true, "result": {"mess', content_type="application/json")
        return None

    async def _do(self, method: str, fields: dict[str, Any]) -> Any:
        if method not in API["methods"]:
            raise self._refuse(404, "Not Found")
        checked = self._checked(method, fields)
        do: Callable[[dict[str, Any]], Awaitable[Any]] = getattr(self, f"_{_snake(method)}")
        return await do(checked)

    def _refuse(self, code: int, description: str, **parameters: Any) -> Refused:
        """A refusal that a correct bot does not get."""
        self.complaints.append(f"{code} {description}")
        return Refused(code, description, **parameters)

    def _checked(self, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields, decoded; a complaint for one that is unknown, missing or of a wrong type."""
        known = API["methods"][method]
        for name, (_, need) in known.items():
            if need == "required" and fields.get(name) in (None, ""):
                raise self._refuse(400, f"Bad Request: {name} is empty ({method})")
        checked = {}
        for name, value in fields.items():
            if name not in known:
                raise self._refuse(400, f"Bad Request: unknown field {name} ({method})")
            checked[name] = self._typed(known[name][0], value, name)
        return checked

    def _typed(self, kind: str, value: Any, name: str) -> Any:
        if isinstance(value, str) and kind not in ("str", "InputFileUnion"):
            try:
                value = json.loads(value)
            except ValueError:
                if kind not in ("ChatIdUnion", "ReplyMarkupUnion"):
                    raise self._refuse(400, f"Bad Request: can't parse {name}") from None
        simple = {"int": int, "bool": bool, "str": str}.get(kind)
        if simple is not None and not isinstance(value, simple):
            raise self._refuse(400, f"Bad Request: {name} is not of type {kind}")
        inner = re.fullmatch(r"list\[(\w+)\]", kind)
        if inner is not None:
            if not isinstance(value, list):
                raise self._refuse(400, f"Bad Request: {name} is no list")
            return [self._typed(inner[1], item, name) for item in value]
        if kind == "ReplyMarkupUnion":
            kind = "InlineKeyboardMarkup"
        if kind in API["types"]:
            self._object(kind, value, name)
        return value

    def _object(self, kind: str, value: Any, name: str) -> None:
        known = API["types"][kind]
        if not isinstance(value, dict) or set(value) - set(known):
            raise self._refuse(400, f"Bad Request: {name} is no {kind}")
        for inner, (_, need) in known.items():
            if need == "required" and inner not in value:
                raise self._refuse(400, f"Bad Request: {name} lacks {inner}")

    # --- methods ------------------------------------------------------------------------------------------------------

    async def _get_me(self, _fields: dict[str, Any]) -> Any:
        return {**BOT, **CAN}

    async def _set_my_commands(self, fields: dict[str, Any]) -> Any:
        commands = fields["commands"]
        sound = all(COMMAND.match(item["command"]) and 1 <= len(item["description"]) <= 256 for item in commands)
        if len(commands) > 100 or not sound:
            raise self._refuse(400, "Bad Request: BOT_COMMAND_INVALID")
        self.commands = commands
        return True

    async def _set_webhook(self, fields: dict[str, Any]) -> Any:
        if not re.match(r"https://[^/:]+(:(443|80|88|8443))?(/|\Z)", fields["url"]):
            raise self._refuse(400, "Bad Request: bad webhook: HTTPS url must be provided for webhook")
        if not SECRET.match(fields.get("secret_token", "")):
            raise self._refuse(400, "Bad Request: secret token contains illegal characters")
        if set(fields.get("allowed_updates", [])) - set(API["updates"]):
            raise self._refuse(400, "Bad Request: unknown kind of update")
        if not 1 <= fields.get("max_connections", 40) <= 100:
            raise self._refuse(400, "Bad Request: max_connections")
        self.webhook = fields
        return True

    async def _delete_webhook(self, _fields: dict[str, Any]) -> Any:
        self.webhook = {}
        return True

    async def _get_updates(self, fields: dict[str, Any]) -> Any:
        if self.webhook:
            raise self._refuse(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = fields.get("offset", 0)
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        if not self._updates:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), min(fields.get("timeout", 0), 5))
            except TimeoutError:
                return []
        return self._updates[: fields.get("limit", 100)]

    async def _send_message(self, fields: dict[str, Any]) -> Any:
        self._may_write(fields)
        content: dict[str, Any] = {"text": self._text(fields.get("text", ""), MAX_TEXT, "message")}
        entities = fields.get("entities", [])
        if any(item["offset"] + item["length"] > _units(content["text"]) for item in entities):
            raise self._refuse(400, "Bad Request: entity ends after the end of the text")
        if entities:
            content["entities"] = entities
        self._markup(fields, content)
        replied = (fields.get("reply_parameters") or {}).get("message_id")
        if replied and replied in self.chats[fields["chat_id"]]:
            content["reply_to_message"] = self.chats[fields["chat_id"]][replied]
        return self._keep(fields["chat_id"], {"from": BOT, **content})

    async def _send_photo(self, fields: dict[str, Any]) -> Any:
        self._may_write(fields)
        photo, number = fields["photo"], f"photo-{len(self.files) + 1}"
        if isinstance(photo, str):
            if photo not in self.files:
                raise Refused(400, "Bad Request: wrong remote file identifier specified: Wrong string length")
            number, photo = photo, self.files[photo]
        width, height = Image.open(io.BytesIO(photo)).size
        if len(photo) > MAX_PHOTO or width + height > MAX_SIDES or max(width, height) > MAX_RATIO * min(width, height):
            raise self._refuse(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
        self.files[number] = photo
        size = {"file_id": number, "file_unique_id": f"u{number}", "width": width, "height": height}
        content = {"photo": [size], **self._caption(fields)}
        self._markup(fields, content)
        return self._keep(fields["chat_id"], {"from": BOT, **content})

    async def _send_document(self, fields: dict[str, Any]) -> Any:
        self._may_write(fields)
        number = f"document-{len(self.files) + 1}"
        self.files[number] = fields["document"]
        document = {"file_id": number, "file_unique_id": f"u{number}"}
        return self._keep(fields["chat_id"], {"from": BOT, "document": document, **self._caption(fields)})

    async def _send_chat_action(self, fields: dict[str, Any]) -> Any:
        if fields["action"] not in ACTIONS:
            raise self._refuse(400, "Bad Request: wrong parameter action in request")
        self._there(fields)
        return True

    async def _edit_message_text(self, fields: dict[str, Any]) -> Any:
        self._may_write(fields)
        message = self._own_message(fields)
        if "text" not in message:
            raise self._refuse(400, "Bad Request: there is no text in the message to edit")
        return self._change(message, fields, text=self._text(fields["text"], MAX_TEXT, "message"))

    async def _edit_message_reply_markup(self, fields: dict[str, Any]) -> Any:
        self._may_write(fields)
        return self._change(self._own_message(fields), fields)

    async def _answer_callback_query(self, fields: dict[str, Any]) -> Any:
        query = fields["callback_query_id"]
        if query not in self._queries:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(fields.get("text", "")) > MAX_TOAST:
            raise self._refuse(400, "Bad Request: MESSAGE_TOO_LONG")
        self._queries.discard(query)
        self.toasts[query] = fields.get("text", "")
        return True

    # --- its rules ----------------------------------------------------------------------------------------------------

    def _there(self, fields: dict[str, Any]) -> None:
        chat = fields["chat_id"]
        if chat not in self.chats:
            raise self._refuse(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")

    def _may_write(self, fields: dict[str, Any]) -> None:
        """The chat is there, and it is not too much."""
        self._there(fields)
        chat, now = fields["chat_id"], time.monotonic()
        if now < self._quiet_until.get(chat, 0.0) - 0.05:
            self.complaints.append("called again before retry_after was over")
        sent = [at for at in self._sent.get(chat, []) if now - at < CHAT_BURST / CHAT_RATE]
        busy = sum(now - at < 1 for times in self._sent.values() for at in times)
        self._sent[chat] = [*sent, now]
        if self.flooding and (len(sent) >= 2 * CHAT_BURST or busy >= ALL_RATE):
            raise self._refuse(429, "Too Many Requests: retry after 1", retry_after=1)

    def _text(self, text: str, limit: int, what: str) -> str:
        text = text.strip()
        if not text:
            raise self._refuse(400, f"Bad Request: {what} text is empty")
        if _units(text) > limit:
            raise self._refuse(400, f"Bad Request: {what} is too long")
        return text

    def _caption(self, fields: dict[str, Any]) -> dict[str, str]:
        caption = fields.get("caption", "")
        return {"caption": self._text(caption, MAX_CAPTION, "caption")} if caption else {}

    def _markup(self, fields: dict[str, Any], content: dict[str, Any]) -> None:
        if "reply_markup" in fields:
            rows = fields["reply_markup"]["inline_keyboard"]
            keys = [key for row in rows for key in row]
            for key in keys:
                self._key(key)
            if len(keys) > MAX_KEYS or any(not 0 < len(row) <= 8 for row in rows):
                raise self._refuse(400, "Bad Request: reply markup is too long")
            if rows:
                content["reply_markup"] = fields["reply_markup"]

    def _key(self, key: dict[str, Any]) -> None:
        self._object("InlineKeyboardButton", key, "button")
        if not key["text"].strip():
            raise self._refuse(400, "Bad Request: BUTTON_TEXT_INVALID")
        actions = set(key) - {"text", "icon_custom_emoji_id", "style"}
        if len(actions) != 1:
            raise self._refuse(400, "Bad Request: exactly one action of a button")
        if "callback_data" in key and not 1 <= len(key["callback_data"].encode()) <= MAX_DATA:
            raise self._refuse(400, "Bad Request: BUTTON_DATA_INVALID")
        if "url" in key and not re.match(r"(https?|tg)://\S+\Z", key["url"]):
            raise self._refuse(400, "Bad Request: BUTTON_URL_INVALID")

    def _own_message(self, fields: dict[str, Any]) -> dict[str, Any]:
        message = self.chats[fields["chat_id"]].get(fields.get("message_id", 0))
        if message is None:
            raise self._refuse(400, "Bad Request: message to edit not found")
        if message["from"]["id"] != BOT["id"]:
            raise self._refuse(400, "Bad Request: message can't be edited")
        return message

    def _change(self, message: dict[str, Any], fields: dict[str, Any], **content: Any) -> Any:
        before = {name: message.get(name) for name in ("text", "reply_markup")}
        changed: dict[str, Any] = {**content}
        self._markup(fields, changed)
        after = {"text": changed.get("text", before["text"]), "reply_markup": changed.get("reply_markup")}
        if before == after:
            raise Refused(400, "Bad Request: message is not modified: specified new message content is the same")
        message.pop("reply_markup", None)
        message.update(changed, edit_date=int(time.time()))
        return message

    def _keep(self, chat: int, content: dict[str, Any]) -> dict[str, Any]:
        messages = self.chats.setdefault(chat, {})
        self._numbers[f"chat {chat}"] += 1
        number = self._numbers[f"chat {chat}"]
        place = {"id": chat, "type": "private", "first_name": "Ann"}
        if chat < 0:
            place = {"id": chat, "type": "supergroup", "title": "Our group"}
        messages[number] = {"message_id": number, "date": int(time.time()), "chat": place, **content}
        return messages[number]


async def _fields(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        found: dict[str, Any] = await request.json()
        return found
    posted = await request.post()
    fields: dict[str, Any] = dict(request.query)
    for name, value in posted.items():
        fields[name] = value.file.read() if isinstance(value, web.FileField) else value
    # `attach://name` stands for the file of that name
    for name, value in list(fields.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            fields[name] = fields.pop(value.removeprefix("attach://"))
    return fields


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _snake(name: str) -> str:
    return re.sub(r"(?=[A-Z])", "_", name).lower()
