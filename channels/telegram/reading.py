"""What an update of the Bot API is to us. Everything else that Telegram may send is acknowledged and left alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from telegram import CallbackQuery, Message, MessageEntity, Update
from telegram.constants import ChatMemberStatus, ChatType
from telegram.ext.filters import StatusUpdate

from serving.ingress.texts import shown

# What we ask Telegram for; other kinds are not sent, and do no harm when they are.
KINDS = ["message", "edited_message", "callback_query", "my_chat_member"]
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
COMMANDS = ("start", "help", "stop", "delete", "export")
BARE = ("message_id", "date", "edit_date", "chat", "from", "text", "entities", "caption", "caption_entities")

Rows = list[list[dict[str, str]]]  # an inline keyboard: {"text", "callback_data" or "url"}


@dataclass(frozen=True)
class Incoming:
    """One update, with what the work on it needs and no more (it is kept until that is done).

    `kind`: text, command, press, unreadable (no text in it), edit, blocked, group, stray (a press that is none of
    ours); and our own: unasked, countdown. `text` may be a caption. `more` is JSON data of that kind; `resumed` in it:
    the work may have been half done when the process ended.
    """

    kind: str
    chat: int
    message: int = 0
    text: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise TypeError for values of wrong types: the library hands on whatever stands in the JSON."""
        if type(self.chat) is not int or type(self.message) is not int or not isinstance(self.text, str):
            raise TypeError("not an update of Telegram's")

    def as_dict(self) -> dict[str, Any]:
        """JSON data; `Incoming(**data)` reads it back."""
        return asdict(self)


def read(data: dict[str, Any]) -> Incoming | None:
    """The update, decoded from JSON; None for one that asks nothing of us. Raises whatever a malformed one brings.

    Telegram's types grow all the time: what the library cannot read beside the words must not lose the words.
    """
    # Half a surrogate pair in a text could never be sent back: the answer would be tried again and again.
    data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    try:
        return _read(Update.de_json(data, None))
    except Exception:  # whatever a new shape brings
        return _read(Update.de_json(_bare(data), None))


def _bare(data: dict[str, Any]) -> dict[str, Any]:
    """The update with no more in its message than where it was said, by whom, and the words."""
    bare = dict(data)
    for kind in ("message", "edited_message"):
        if kind in data:
            bare[kind] = {name: data[kind][name] for name in BARE if name in data[kind]}
    return bare


def _read(update: Update) -> Incoming | None:
    if update.callback_query is not None:
        return _press(update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update)
    message = update.message or update.edited_message
    if message is None:
        return None
    if message.chat.type in GROUPS:
        return _in_group(message)
    if message.chat.type != ChatType.PRIVATE or StatusUpdate.ALL.check_update(update):
        return None
    if update.edited_message is not None:
        return _edit(message)
    return _private(message)


def _private(message: Message) -> Incoming:
    chat, number = message.chat.id, message.message_id
    if message.text is None:
        more = {"album": message.media_group_id} if message.media_group_id else {}
        return Incoming("unreadable", chat, number, shown(message.caption or ""), more)
    word, _, rest = message.text.partition(" ")
    command = word.removeprefix("/").partition("@")[0].lower()
    if word.startswith("/") and command in COMMANDS:
        return Incoming("command", chat, number, shown(rest.strip()), {"command": command})
    return Incoming("text", chat, number, shown(message.text))


def _edit(message: Message) -> Incoming | None:
    text = message.text or message.caption
    return Incoming("edit", message.chat.id, message.message_id, shown(text)) if text else None  # a live location moves


def _press(query: CallbackQuery) -> Incoming:
    message = query.message
    more: dict[str, Any] = {"query": query.id, "data": query.data or ""}
    if message is None or message.chat.type != ChatType.PRIVATE or not query.data:
        return Incoming("stray", query.from_user.id, more=more)
    keyboard = message.reply_markup if isinstance(message, Message) else None
    more["rows"] = rows_of(keyboard.to_dict()) if keyboard else []
    return Incoming("press", message.chat.id, message.message_id, more=more)


def rows_of(keyboard: dict[str, Any]) -> Rows:
    """The rows of an inline keyboard, with what we put there."""
    wanted = ("text", "callback_data", "url")
    rows = keyboard.get("inline_keyboard", ())
    return [[{name: str(key[name]) for name in wanted if name in key} for key in row] for row in rows]


def _membership(update: Update) -> Incoming | None:
    change = update.my_chat_member
    gone = change is not None and change.new_chat_member.status == ChatMemberStatus.BANNED
    if change is None or change.chat.type != ChatType.PRIVATE or not gone:
        return None
    return Incoming("blocked", change.chat.id)


def _in_group(message: Message) -> Incoming | None:
    """Text of a group; whether it is addressed to us is found out with our own name (`is_addressed`)."""
    text = message.text or message.caption
    sender = message.from_user
    if not text or (sender is not None and sender.is_bot and message.sender_chat is None):
        return None
    named = {**message.parse_entities(), **message.parse_caption_entities()}
    replied = message.reply_to_message
    more = {
        "names": sorted(filter(None, (_named(entity, words) for entity, words in named.items()))),
        "replied": replied.from_user.id if replied is not None and replied.from_user is not None else 0,
        "edited": message.edit_date is not None,
    }
    return Incoming("group", message.chat.id, message.message_id, shown(text), more)


def _named(entity: MessageEntity, words: str) -> str:
    """Whom a mention or a command names: `@name`, a user's id, or `/` for a command that is for every bot here."""
    if entity.type == MessageEntity.MENTION:
        return words.lower()
    if entity.type == MessageEntity.TEXT_MENTION and entity.user is not None:
        return str(entity.user.id)
    if entity.type == MessageEntity.BOT_COMMAND:
        _, at, name = words.lower().partition("@")
        return at + name or "/"
    return ""


def is_addressed(incoming: Incoming, own_id: int, own_name: str) -> bool:
    """Whether a group's message mentions us, answers us, or is a command for us."""
    wanted = {f"@{own_name.lower()}", str(own_id), "/"}
    return incoming.more.get("replied") == own_id or not wanted.isdisjoint(incoming.more.get("names", ()))
