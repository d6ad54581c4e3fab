"""What is done about each kind of update. Nothing is decided here about health: the conversation decides."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import User
from telegram.error import Forbidden, TelegramError

from channels.telegram import drawing
from channels.telegram.drawing import BUTTON, DONE, HOLD, ONLY, SCALE, STOP, TICK, TIMER, Outgoing
from channels.telegram.reading import Incoming, Rows, is_addressed
from channels.telegram.running import Running
from channels.telegram.sending import Sender
from reasoning.messages import ENDS_TIMERS, PAIN_SCALE, Inbound
from reasoning.safety import failure, numbers
from serving import handing
from serving.addresses import Address, Addresses
from serving.conversations import Conversations, Outbound
from serving.deliveries import Deliveries

log = logging.getLogger(__name__)

CHANNEL = "telegram"
LISTS_REMEMBERED = 2_000
NO_CHAT = "chat not found"  # Telegram's words for a chat that is gone
WITH_WORDS = ("start", "help", "stop")  # commands after which words may stand that are a message


class Answering:
    """Does the work of an update, in the line of its chat."""

    def __init__(
        self,
        conversations: Conversations,
        sender: Sender,
        running: Running,
        deliveries: Deliveries,
        addresses: Addresses,
        own: Callable[[], Awaitable[User]],
    ) -> None:
        """`own`: our own name and number, waited for when Telegram cannot be reached yet."""
        self._conversations = conversations
        self._sender = sender
        self._running = running
        self._deliveries = deliveries
        self._addresses = addresses
        self._own = own
        self._wording = conversations.knowledge.wording
        self._lists: OrderedDict[tuple[int, int], Rows] = OrderedDict()  # tick-lists, as they are now
        self._kinds: dict[str, Callable[[str, str, Incoming], Awaitable[None]]] = {
            "text": self._text,
            "command": self._command,
            "press": self._press,
            "unreadable": self._unreadable,
            "edit": self._edit,
            "group": self._group,
            "stray": self._stray,
            "blocked": self._blocked,
            "unasked": self._unasked,
        }

    async def answer(self, key: str, conversation: str, incoming: Incoming) -> None:
        """Do it; whatever goes wrong, the person is not left without an answer as long as Telegram takes one."""
        try:
            await self._kinds[incoming.kind](key, conversation, incoming)
        except Forbidden:  # blocked by the person, or they have left Telegram
            await self._blocked(key, conversation, incoming)
        except TelegramError as error:
            if NO_CHAT in str(error).lower():
                await self._blocked(key, conversation, incoming)
            log.error("telegram: an answer was given up: %s", type(error).__name__)
        except Exception as error:
            log.error("telegram: an update failed: %s", type(error).__name__)
            message = failure(self._conversations.knowledge, self._conversations.country).as_dict()
            with contextlib.suppress(TelegramError):
                await self._sender.say(incoming.chat, message)
        self._deliveries.done(key)

    async def _text(self, key: str, conversation: str, incoming: Incoming) -> None:
        await self._say_to_bot(key, conversation, incoming, text=incoming.text)

    async def _say_to_bot(self, key: str, conversation: str, incoming: Incoming, **said: Any) -> Outbound:
        """Take what was said to the conversation, and its answer to the chat. The same key brings the same answer."""
        outbound = await self._ask(key, conversation, incoming, **said)
        await self._send(incoming.chat, outbound)
        return outbound

    async def _ask(self, key: str, conversation: str, incoming: Incoming, **said: Any) -> Outbound:
        address = Address(CHANNEL, {"chat": incoming.chat})
        if self._addresses.get(conversation) != address:
            self._addresses.put(conversation, address)
        typing = asyncio.get_running_loop().create_task(self._sender.typing(incoming.chat))
        try:
            return await self._conversations.handle(conversation, Inbound(id=key, **said), channel=CHANNEL)
        finally:
            typing.cancel()

    async def _send(self, chat: int, outbound: Outbound) -> None:
        if outbound.deleted:
            await self._forget(chat)
        told = {"kept_for_telegram": {"chat": chat}}
        parts = await handing.prepared(self._conversations.records, outbound.conversation, outbound.messages, told)
        for part in parts:
            if isinstance(part, handing.Handed):
                await self._hand_over(chat, part)
            else:
                await self._sender.say(chat, part)
        await self._show_timers(chat, outbound)

    async def _show_timers(self, chat: int, outbound: Outbound) -> None:
        """Nothing counts down in an emergency; a timer of the conversation is shown for as long as it runs."""
        if any(message.get("kind") in ENDS_TIMERS for message in outbound.messages):
            await self._running.stop_all(chat)
        elif outbound.timed is False:
            await self._running.stop_shown(chat)
        for message in outbound.messages:
            if (message.get("timer") or {}).get("ends"):
                kept_as = f"{outbound.conversation}:{message['timer']['ends']}:countdown"
                await self._running.show(outbound.conversation, chat, message["timer"], kept_as)

    async def _hand_over(self, chat: int, part: handing.Handed) -> None:
        """A file with its message; where Telegram does not take it, the words that say all."""
        try:
            await self._sender.hand_over(chat, part)
        except Forbidden:
            raise
        except TelegramError as error:
            log.error("telegram: a file was not sent: %s", type(error).__name__)
            await self._sender.say(chat, part.instead)

    async def _command(self, key: str, conversation: str, incoming: Incoming) -> None:
        command = incoming.more["command"]
        if incoming.text and self._is_message(command, incoming.text):
            await self._text(key, conversation, incoming)
            return
        if command == "stop":
            await self._running.stop_all(incoming.chat)
        await self._say_to_bot(key, conversation, incoming, text=self._wording[f"{command}_means"])

    def _is_message(self, command: str, text: str) -> bool:
        """Words after a command are a message, but for the one that a link adds to /start; danger signs always are."""
        told = command in WITH_WORDS and not (command == "start" and " " not in text)
        seen = self._conversations.watching.watch(text)
        return told or seen.signs or seen.message is not None

    async def _forget(self, chat: int) -> None:
        """What runs for the chat and what is remembered of it, now that its conversation is gone."""
        await self._running.stop_all(chat)
        for place in [place for place in self._lists if place[0] == chat]:
            del self._lists[place]

    async def _press(self, key: str, conversation: str, incoming: Incoming) -> None:
        data, query = incoming.more["data"], incoming.more["query"]
        rows = self._lists.get((incoming.chat, incoming.message)) or incoming.more["rows"]
        if data.startswith(TICK):
            await self._tick(incoming, rows)
            return
        said = self._said(data, rows)
        if said is not None and not any(said.values()) and "scale" not in said:
            await self._sender.acknowledge(query, self._wording["ticks_empty" if rows else "list_is_gone"])
            return
        await self._sender.acknowledge(query)
        if said is not None:
            await self._submit(key, conversation, incoming, rows, said)
        elif data == STOP:
            await self._running.stop(incoming.chat, incoming.message)
        elif data.startswith((HOLD, TIMER)):
            title = next((button["text"] for row in rows for button in row if button.get("callback_data") == data), "")
            await self._running.start(conversation, incoming.chat, data, title, f"{key}:countdown")

    @staticmethod
    def _said(data: str, rows: Rows) -> dict[str, Any] | None:
        """What a pressed button says to the conversation; None for one that says nothing to it."""
        if data.startswith(BUTTON):
            return {"button": data.removeprefix(BUTTON)}
        if data.startswith(ONLY):
            return {"ticks": (data.removeprefix(ONLY),)}
        if data == DONE:
            return {"ticks": tuple(drawing.ticked(rows))}
        mark = data.removeprefix(SCALE)
        if data.startswith(SCALE) and mark.isascii() and mark.isdigit() and int(mark) in PAIN_SCALE:
            return {"scale": int(mark)}
        return None

    async def _tick(self, incoming: Incoming, rows: Rows) -> None:
        place, data = (incoming.chat, incoming.message), incoming.more["data"]
        if not rows:
            await self._sender.acknowledge(incoming.more["query"], self._wording["list_is_gone"])
            return
        changed = drawing.toggled(rows, data)
        self._lists[place] = changed
        self._lists.move_to_end(place)
        if len(self._lists) > LISTS_REMEMBERED:
            self._lists.popitem(last=False)
        await self._sender.acknowledge(incoming.more["query"])
        await self._sender.keyboard(*place, changed)

    async def _submit(self, key: str, conversation: str, incoming: Incoming, rows: Rows, said: dict[str, Any]) -> None:
        """A second press of a button that was answered has no effect, unlike one that ended in the safety text."""
        pressed = f"{incoming.chat}/{incoming.message}/{incoming.more['data']}"
        once = f"tg:press:{hashlib.sha256(pressed.encode()).hexdigest()}"
        if self._deliveries.is_done(once) and not incoming.more.get("resumed"):
            return
        outbound = await self._ask(key, conversation, incoming, **said)
        if not outbound.failed:
            self._deliveries.claim(once, "" if outbound.deleted else conversation)
            self._deliveries.done(once)
            self._lists.pop((incoming.chat, incoming.message), None)
            await self._sender.keyboard(incoming.chat, incoming.message, drawing.marked(rows, incoming.more["data"]))
        await self._send(incoming.chat, outbound)

    async def _unreadable(self, key: str, conversation: str, incoming: Incoming) -> None:
        """What is no text; its caption is. Of an album, one picture is answered."""
        if incoming.text:
            await self._text(key, conversation, incoming)
        album = incoming.more.get("album")
        if album:
            once = f"tg:album:{album}"
            if not self._deliveries.claim(once, conversation):
                return
            self._deliveries.done(once)
        await self._sender.text(incoming.chat, Outgoing(self._wording["text_only"].format(**self._numbers())))

    def _numbers(self) -> dict[str, str]:
        return numbers(self._conversations.knowledge, self._conversations.country)

    async def _edit(self, key: str, conversation: str, incoming: Incoming) -> None:
        """The watch reads what was changed; a sign of danger in it is said to the conversation."""
        seen = self._conversations.watching.watch(incoming.text)
        if seen.message is not None or seen.signs:
            await self._text(key, conversation, incoming)
        else:
            await self._sender.text(incoming.chat, Outgoing(self._wording["edit_not_read"]))

    async def _group(self, _key: str, _conversation: str, incoming: Incoming) -> None:
        """No conversation is held before others: only an emergency is answered there."""
        own = await self._own()
        if not is_addressed(incoming, own.id, own.username or ""):
            return
        seen = self._conversations.watching.watch(incoming.text)
        if seen.message is not None:
            await self._sender.say(incoming.chat, seen.message, reply_to=incoming.message)
        elif not incoming.more.get("edited"):
            rows = [[{"text": self._wording["open_private_chat"], "url": f"https://t.me/{own.username}"}]]
            text = self._wording["ask_in_private"].format(**self._numbers())
            await self._sender.text(incoming.chat, Outgoing(text, rows), incoming.message)

    async def _stray(self, _key: str, _conversation: str, incoming: Incoming) -> None:
        await self._sender.acknowledge(incoming.more["query"])

    async def _blocked(self, _key: str, conversation: str, incoming: Incoming) -> None:
        """The person wants nothing more from us; what is known stays until it is deleted or grows old."""
        self._conversations.records.unreachable(conversation)
        await self._running.stop_all(incoming.chat)

    async def _unasked(self, _key: str, conversation: str, incoming: Incoming) -> None:
        """Tried for as long as it is of use, also after a restart; not to somebody who has blocked us meanwhile."""
        patience = float(incoming.more["until"]) - time.time()
        if patience > 0 and self._addresses.get(conversation) is not None:
            await self._sender.say(incoming.chat, incoming.more["message"], patience=patience)
