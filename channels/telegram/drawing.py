"""Our messages in Telegram's form: text in pieces, a bold banner, buttons, tick-lists, the pain scale, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from telegram.constants import InlineKeyboardButtonLimit, MessageLimit

from channels.plain import split, utf16_length
from channels.telegram.reading import Rows

MAX_DATA = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)  # 64 bytes
MAX_TEXT = int(MessageLimit.MAX_TEXT_LENGTH)  # 4,096
MAX_CAPTION = int(MessageLimit.CAPTION_LENGTH)  # 1,024
MAX_KEYS = int(MessageLimit.MESSAGE_ENTITIES)  # 100 buttons on a message
SHORT_TITLE = 16  # characters: two such buttons fit beside each other on a phone
SCALE_ROW = 6
EMPTY, TICKED, MARK, CLOCK = "☐ ", "☑ ", "✓ ", "⏱ "

# What a button's data begins with. What follows is the opaque id of the message model, or lengths of time.
BUTTON, TICK, ONLY, DONE, SCALE = "b:", "t:", "o:", "d", "s:"
HOLD, TIMER, STOP = "h:", "w:", "z"
SHOWN = "s:"  # no button: a countdown that the bot itself rings
MARKED = "m"


@dataclass(frozen=True)
class Outgoing:
    """One message of Telegram's: `picture` (name, alt), or `text`, whose first `bold` UTF-16 units are bold."""

    text: str = ""
    rows: Rows = field(default_factory=list)
    bold: int = 0
    picture: tuple[str, str] | None = None


def key(title: str, data: str) -> dict[str, str]:
    """A button. ValueError for data that Telegram would refuse."""
    if not 0 < len(data.encode()) <= MAX_DATA:
        raise ValueError("a button's data has 1 to 64 bytes")
    return {"text": title, "callback_data": data}


def draw(message: Mapping[str, Any], wording: Mapping[str, str], public_url: str = "") -> list[Outgoing]:
    """A message of the model (JSON data) as what is sent, in order. The keyboard hangs on the last piece of text."""
    drawn = []
    card = message.get("card") or {}
    if card.get("picture"):
        drawn.append(Outgoing(picture=(card["picture"]["name"], card["picture"]["alt"])))
    heading = (message.get("banner") or {}).get("heading", "")
    text = str(message["text"])
    pieces = split(f"{heading}\n\n{text}" if heading else text, MAX_TEXT)
    rows = keyboard(message, wording, public_url)
    for number, piece in enumerate(pieces, 1):
        bold = utf16_length(heading) if number == 1 else 0
        drawn.append(Outgoing(piece, rows if number == len(pieces) else [], bold))
    return drawn


def keyboard(message: Mapping[str, Any], wording: Mapping[str, str], public_url: str = "") -> Rows:
    """The rows of buttons under a message."""
    rows: Rows = []
    if message.get("ticks"):
        rows += _ticks(message["ticks"], wording)
    if message.get("scale"):
        marks = [key(str(mark), f"{SCALE}{mark}") for mark in range(11)]
        rows += [marks[:SCALE_ROW], marks[SCALE_ROW:]]
    rows += _timers(message, wording)
    rows += _beside([key(button["title"], BUTTON + button["id"]) for button in message.get("buttons", ())])
    return [*rows, *_file(message.get("file"), public_url)][:MAX_KEYS]


def _ticks(ticks: Mapping[str, Any], wording: Mapping[str, str]) -> Rows:
    """A row for each line, numbered as in the text, where a phone cuts the title; then the answers that stand alone."""
    line = wording["item_line"]
    rows = [
        [key(EMPTY + line.format(number=number, title=item["title"]), TICK + item["id"])]
        for number, item in enumerate(ticks["items"], 1)
    ]
    alone = [ticks[name] for name in ("none", "not_sure") if ticks.get(name)]
    rows += _beside([key(choice["title"], ONLY + choice["id"]) for choice in alone])
    return [*rows, [key(wording["ticks_done"], DONE)]]


def _timers(message: Mapping[str, Any], wording: Mapping[str, str]) -> Rows:
    rows = []
    card, timer = message.get("card") or {}, message.get("timer")
    if card.get("hold_seconds"):
        rows.append([key(CLOCK + wording["hold_start"], HOLD + _dose(card))])
    if timer and not timer.get("ends"):
        title = wording["timer_start"].format(label=timer["label"])
        rows.append([key(CLOCK + title, f"{TIMER}{int(timer['seconds'])}")])
    return rows


def _file(file: Mapping[str, Any] | None, public_url: str) -> Rows:
    """A link to a file of the message, where Telegram's users can reach it."""
    if not file:
        return []
    link = file["url"] if "://" in file["url"] else public_url + file["url"]
    return [[{"text": file["name"], "url": link}]] if link.startswith("https://") else []


def _dose(card: Mapping[str, Any]) -> str:
    """The dose of a card as short data: the longer hold, repetitions, sets, and whether each side is held."""
    each = "e" if card.get("sides") == "each" else "a"
    return f"{card['hold_seconds'][1]}:{card.get('repetitions') or 1}:{card.get('sets') or 1}:{each}"


def _beside(keys: Iterable[dict[str, str]]) -> Rows:
    """Buttons in rows, two short ones beside each other."""
    rows: Rows = []
    for button in keys:
        short = len(button["text"]) <= SHORT_TITLE
        if short and rows and len(rows[-1]) == 1 and len(rows[-1][0]["text"]) <= SHORT_TITLE:
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows


def toggled(rows: Rows, data: str) -> Rows:
    """The keyboard with one line ticked, or no longer."""
    return [[_toggled(button) if button.get("callback_data") == data else button for button in row] for row in rows]


def _toggled(button: dict[str, str]) -> dict[str, str]:
    text = button["text"]
    ticked = text.startswith(TICKED)
    return {**button, "text": (EMPTY if ticked else TICKED) + text.removeprefix(TICKED).removeprefix(EMPTY)}


def ticked(rows: Rows) -> list[str]:
    """The ids of the lines that are ticked."""
    return [
        button["callback_data"].removeprefix(TICK)
        for row in rows
        for button in row
        if button["text"].startswith(TICKED) and button.get("callback_data", "").startswith(TICK)
    ]


def marked(rows: Rows, data: str) -> Rows:
    """What stays of a keyboard when it was answered: the pressed button, or the ticked lines, with a mark."""
    keys = [button for row in rows for button in row]
    if data == DONE:
        chosen = [button for button in keys if button["text"].startswith(TICKED)]
    else:
        chosen = [button for button in keys if button.get("callback_data") == data]
    return [[key(MARK + button["text"].removeprefix(TICKED), MARKED)] for button in chosen]
