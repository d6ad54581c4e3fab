"""Sends messages of the model to a chat, each in Telegram's form; what cannot be shown falls back to the plain text."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from telegram import (
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden, TelegramError

from channels.telegram.client import Client
from channels.telegram.drawing import MAX_CAPTION, Outgoing, draw
from channels.telegram.pictures import Pictures
from channels.telegram.reading import Rows

log = logging.getLogger(__name__)

SMALL_PATIENCE = 10.0  # seconds for what is nice to have: marks, acknowledgements
TYPING_SECONDS = 4.5  # Telegram shows "typing" for five


class Sender:
    """Writes to chats. Raises Telegram's errors where a person would miss words, and only logs the others."""

    def __init__(self, client: Client, pictures: Pictures, wording: Mapping[str, str], public_url: str = "") -> None:
        """`public_url`: where files of this server can be fetched, "" when they cannot."""
        self._client = client
        self._bot = client.bot
        self._pictures = pictures
        self._wording = wording
        self._public_url = public_url

    async def say(self, chat: int, message: Mapping[str, Any], reply_to: int = 0) -> None:
        """Send one message of the model (JSON data)."""
        try:
            drawn = draw(message, self._wording, self._public_url)
        except (KeyError, TypeError, ValueError) as error:  # its text says everything
            log.error("telegram: a message could not be drawn: %s", type(error).__name__)
            drawn = draw({"text": message["text"]}, self._wording)
        for outgoing in drawn:
            if outgoing.picture is not None:
                await self._picture(chat, *outgoing.picture)
            else:
                await self.text(chat, outgoing, reply_to)

    async def text(self, chat: int, outgoing: Outgoing, reply_to: int = 0) -> int:
        """Send a text with its keyboard, without it where Telegram refuses it. Returns the message's number."""
        try:
            return await self._text(chat, outgoing, reply_to)
        except BadRequest as error:
            if not (outgoing.rows or outgoing.bold or reply_to):
                raise
            log.error("telegram: sent as plain text: %s", type(error).__name__)
            return await self._text(chat, Outgoing(outgoing.text), 0)

    async def _text(self, chat: int, outgoing: Outgoing, reply_to: int) -> int:
        entities = [MessageEntity(MessageEntity.BOLD, 0, outgoing.bold)] if outgoing.bold else None
        sent: Message = await self._client.send(
            chat,
            lambda: self._bot.send_message(
                chat,
                outgoing.text,
                entities=entities,
                reply_markup=markup(outgoing.rows),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_parameters=ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None,
            ),
        )
        return sent.message_id

    async def _picture(self, chat: int, name: str, alt: str) -> None:
        """Show a picture, with what it shows as its caption. The text after it stands without it."""
        try:
            known = self._pictures.file_id(name)
            if known is not None:
                try:
                    await self._photo(chat, known, alt)
                    return
                except BadRequest:
                    self._pictures.forget(name)
            sent = await self._photo(chat, self._pictures.png(name), alt)
            if sent.photo:
                self._pictures.keep(name, sent.photo[-1].file_id)
        except Forbidden:
            raise
        except (TelegramError, OSError) as error:
            log.error("telegram: a picture was not sent: %s", type(error).__name__)

    async def _photo(self, chat: int, photo: str | bytes, alt: str) -> Message:
        return await self._client.send(chat, lambda: self._bot.send_photo(chat, photo, caption=alt[:MAX_CAPTION]))

    async def file(self, chat: int, name: str, content: bytes, caption: str) -> None:
        """Send a file."""
        await self._client.send(
            chat, lambda: self._bot.send_document(chat, content, filename=name, caption=caption[:MAX_CAPTION])
        )

    async def keyboard(self, chat: int, message: int, rows: Rows) -> None:
        """Change the buttons under a message."""
        await self._nice_to_have(
            lambda: self._bot.edit_message_reply_markup(chat, message, reply_markup=markup(rows)), chat
        )

    async def edit(self, chat: int, message: int, text: str, rows: Rows) -> bool:
        """Change a message's text and buttons; False when Telegram does not (it is gone, say)."""
        call = self._nice_to_have(
            lambda: self._bot.edit_message_text(text, chat, message, reply_markup=markup(rows)), chat
        )
        return await call

    async def acknowledge(self, query: str, text: str = "") -> None:
        """Tell Telegram that a press has arrived, so that the button stops waiting; `text` is shown for a moment."""
        await self._nice_to_have(lambda: self._bot.answer_callback_query(query, text=text[:200] or None))

    async def typing(self, chat: int) -> None:
        """Show "typing" until cancelled."""
        while True:
            await self._nice_to_have(lambda: self._bot.send_chat_action(chat, ChatAction.TYPING), patience=0.0)
            await asyncio.sleep(TYPING_SECONDS)

    async def _nice_to_have(self, call: Any, chat: int = 0, patience: float = SMALL_PATIENCE) -> bool:
        """A call whose failure nobody misses much; False when it failed."""
        try:
            await (self._client.send(chat, call, patience) if chat else self._client.until_through(call, patience))
        except BadRequest as error:
            return "not modified" in str(error)
        except TelegramError as error:
            log.info("telegram: left out: %s", type(error).__name__)
            return False
        return True


def markup(rows: Rows) -> InlineKeyboardMarkup | None:
    """The keyboard; None for one without buttons, by which an edit takes it away."""
    if not rows:
        return None
    return InlineKeyboardMarkup.de_json({"inline_keyboard": rows}, None)
