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

from channels.plain import utf16_length
from channels.telegram.client import Client
from channels.telegram.drawing import MAX_CAPTION, Outgoing, draw, keyboard
from channels.telegram.pictures import Pictures
from channels.telegram.reading import Rows
from serving.handing import Handed

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

    async def say(
        self, chat: int, message: Mapping[str, Any], reply_to: int = 0, patience: float | None = None
    ) -> None:
        """Send one message of the model (JSON data); `patience`: seconds, the client's own where it is None."""
        try:
            drawn = draw(message, self._wording, self._public_url)
        except (KeyError, TypeError, ValueError) as error:  # its text says everything
            log.error("telegram: a message could not be drawn: %s", type(error).__name__)
            drawn = draw({"text": message["text"]}, self._wording)
        for outgoing in drawn:
            if outgoing.picture is not None:
                await self._picture(chat, *outgoing.picture, patience)
            else:
                await self.text(chat, outgoing, reply_to, patience)

    async def text(self, chat: int, outgoing: Outgoing, reply_to: int = 0, patience: float | None = None) -> int:
        """Send a text with its keyboard, without it where Telegram refuses it. Returns the message's number."""
        try:
            return await self._text(chat, outgoing, reply_to, patience)
        except BadRequest as error:
            if not (outgoing.rows or outgoing.bold or reply_to):
                raise
            log.error("telegram: sent as plain text: %s", type(error).__name__)
            return await self._text(chat, Outgoing(outgoing.text), 0, patience)

    async def _text(self, chat: int, outgoing: Outgoing, reply_to: int, patience: float | None) -> int:
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
            patience,
        )
        return sent.message_id

    async def _picture(self, chat: int, name: str, alt: str, patience: float | None) -> None:
        """Show a picture, with what it shows as its caption. The text after it stands without it."""
        try:
            known = self._pictures.file_id(name)
            if known is not None:
                try:
                    await self._photo(chat, known, alt, patience)
                    return
                except BadRequest:
                    self._pictures.forget(name)
            sent = await self._photo(chat, self._pictures.png(name), alt, patience)
            if sent.photo:
                self._pictures.keep(name, sent.photo[-1].file_id)
        except Forbidden:
            raise
        except (TelegramError, OSError) as error:
            log.error("telegram: a picture was not sent: %s", type(error).__name__)

    async def _photo(self, chat: int, photo: str | bytes, alt: str, patience: float | None) -> Message:
        return await self._client.send(
            chat, lambda: self._bot.send_photo(chat, photo, caption=alt[:MAX_CAPTION]), patience
        )

    async def hand_over(self, chat: int, part: Handed) -> None:
        """Send a file with its message as the caption; before it, where it has no room there or has buttons."""
        said = part.said
        rows = keyboard(said, self._wording, self._public_url)
        if rows or utf16_length(said["text"]) > MAX_CAPTION:
            await self.say(chat, said)
            said = {"text": part.made.name}
        await self._file(chat, part.made.name, part.made.content, said["text"])

    async def _file(self, chat: int, name: str, content: bytes, caption: str) -> None:
        await self._client.send(chat, lambda: self._bot.send_document(chat, content, filename=name, caption=caption))

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
