"""Draws a message of the model as Block Kit, within Slack's limits (https://docs.slack.dev/reference/block-kit).

Built with the classes of slack_sdk, which refuse what breaks a limit they know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    ImageBlock,
    MarkdownTextObject,
    Option,
    PlainTextObject,
    SectionBlock,
)

from channels.plain import split
from channels.slack.mrkdwn import escape

MAX_BLOCKS = 50
MAX_SECTION = 3000  # characters of a section, after escaping
MAX_HEADER = 150
MAX_TITLE = 75  # of a button and of an option
MAX_ALT = 2000
MAX_ACTIONS = 25  # elements of an actions block
MAX_OPTIONS = 10  # of one list of checkboxes
MAX_CONTEXT = 2000
MAX_TEXT = 3900  # of the text beside the blocks; Slack advises 4,000
MAX_SIZE = 11_000  # of the blocks as JSON: Slack refuses about 13,200 (msg_blocks_too_long), and documents no figure

# Action ids, with a number behind where several of a kind stand in one block.
PRESS, ONLY, DONE, TICKS, SCALE, TIMER = "press", "only", "done", "ticks", "scale", "timer"
CUT = "…"
# What chat.update takes back of a block that Slack has returned with additions of its own.
OURS = {
    "section": ("text", "fields"),
    "header": ("text",),
    "context": ("elements",),
    "image": ("alt_text", "title", "image_url", "slack_file"),
    "divider": (),
}

Words = Mapping[str, str]
Blocks = list[dict[str, Any]]


@dataclass(frozen=True)
class Post:
    """One chat.postMessage: `text` for notifications and screen readers, already escaped; and the blocks."""

    text: str
    blocks: Blocks

    @property
    def pressable(self) -> bool:
        """Whether something in it can be pressed."""
        return any(block["type"] == "actions" for block in self.blocks)


def draw(message: Mapping[str, Any], words: Words, pictures: Mapping[str, str] | None = None) -> list[Post]:
    """The posts of one outbound message; `pictures`: Slack's file ids of pictures by name.

    Nothing of `text` is left out: where a part cannot be drawn, the words for it stand in the text.
    """
    groups = list(_groups(message, words, pictures or {}))
    packed: list[list[Block]] = [[]]
    for group in groups:
        if packed[-1] and not _fits([*packed[-1], *group]):
            packed.append([])
        packed[-1] += group
    text = fallback(str(message["text"]))
    return [Post(text, [block.to_dict() for block in blocks]) for blocks in packed]


def notice(text: str) -> Post:
    """A plain sentence of our own."""
    return Post(fallback(text), [block.to_dict() for block in _sections(text)])


def marked_up(mrkdwn: str) -> Post:
    """A sentence that carries marks of Slack's own, such as a date; everything else in it is escaped already."""
    return Post(mrkdwn, [SectionBlock(text=_mrkdwn(mrkdwn)).to_dict()])


def used(blocks: Iterable[Mapping[str, Any]], note: str = "") -> Blocks:
    """The blocks of a message after use: nothing can be pressed any more; `note` says what was."""
    kept: Blocks = []
    for block in blocks:
        fields = OURS.get(str(block.get("type")))
        if fields is not None:
            kept.append({"type": block["type"], **{name: block[name] for name in fields if block.get(name)}})
    for block in kept:
        if block.get("slack_file"):  # by id or by url: Slack returns both, and takes one
            block.pop("image_url", None)
            block["slack_file"] = {"id": block["slack_file"].get("id")}
    if note or not kept:
        kept.append(_context(note or CUT).to_dict())
    return kept


def without_pictures(blocks: Blocks) -> Blocks:
    """The same with what the pictures show in words, for when Slack does not take a picture."""
    return [_context(block["alt_text"]).to_dict() if block["type"] == "image" else block for block in blocks]


def fallback(text: str) -> str:
    """The text beside the blocks, escaped and as long as Slack wants it."""
    pieces = _pieces(text, MAX_TEXT)
    return pieces[0] if len(pieces) == 1 else f"{pieces[0]} {CUT}"


def _groups(message: Mapping[str, Any], words: Words, pictures: Mapping[str, str]) -> Iterator[list[Block]]:
    """Blocks that belong together, in order; what can be pressed comes last."""
    banner, ticks, card = message.get("banner"), message.get("ticks"), message.get("card")
    if banner:
        yield [HeaderBlock(text=_plain(banner["heading"], MAX_HEADER))]
    yield from ([section] for section in _sections(_said(message)))
    if banner:
        yield [DividerBlock()]
    if card:
        yield from _card(card, words, pictures)
    if message.get("file"):
        yield from _file(message["file"])
    if ticks:
        yield _ticks(ticks, words)
    if message.get("scale"):
        yield _scale(message["scale"])
    if message.get("timer") and not message["timer"].get("ends"):
        yield [_timer(message["timer"], words)]
    if message.get("buttons"):
        yield from ([block] for block in _buttons(message["buttons"]))


def _said(message: Mapping[str, Any]) -> str:
    """`short` where everything else of the text is drawn whole; a title too long for a tick is read in the text."""
    ticks = message.get("ticks")
    if ticks and message.get("short") and all(len(item["title"]) <= MAX_TITLE for item in ticks["items"]):
        return str(message["short"])
    return str(message["text"])


def _card(card: Mapping[str, Any], words: Words, pictures: Mapping[str, str]) -> Iterator[list[Block]]:
    steps = [words["item_line"].format(number=number, title=step) for number, step in enumerate(card["steps"], 1)]
    picture = card.get("picture")
    if picture and picture["name"] in pictures:
        yield [ImageBlock(alt_text=_cut(picture["alt"], MAX_ALT), slack_file={"id": pictures[picture["name"]]})]
    elif picture:
        yield [_context(picture["alt"])]
    yield [
        SectionBlock(text=_mrkdwn(f"*{escape(card['title'])}*")),
        *_sections("\n".join(steps)),
    ]
    dose = _dose(card, words)
    if dose:
        yield [_context(dose)]


def _dose(card: Mapping[str, Any], words: Words) -> str:
    """Hold, repetitions, sets and sessions, as the article gives them."""
    parts = []
    if card.get("hold_seconds"):
        least, most = card["hold_seconds"]
        parts.append(words["dose_hold"].format(seconds=least if least == most else f"{least}-{most}"))
    if card.get("repetitions"):
        each = "dose_times_each" if card.get("sides") == "each" else "dose_times"
        parts.append(words[each].format(number=card["repetitions"]))
    if card.get("sets"):
        parts.append(words["dose_sets"].format(number=card["sets"]))
    if card.get("sessions_a_day"):
        parts.append(words["dose_sessions"].format(number=card["sessions_a_day"]))
    return " · ".join(parts)


def _file(file: Mapping[str, Any]) -> Iterator[list[Block]]:
    """A link, where the file has an address that a browser on another machine can open."""
    url = str(file["url"])
    if url.startswith("https://") and not set(url) & set("<>|"):
        yield [SectionBlock(text=_mrkdwn(f"<{escape(url)}|{escape(str(file['name']))}>"))]


def _ticks(ticks: Mapping[str, Any], words: Words) -> list[Block]:
    """The list in parts of ten, then the buttons; all in one message, whose state comes with the press."""
    blocks: list[Block] = []
    for number, items in enumerate(_chunks(ticks["items"], MAX_OPTIONS)):
        options = [Option(value=item["id"], text=_plain(item["title"], MAX_TITLE)) for item in items]
        blocks.append(ActionsBlock(elements=[CheckboxesElement(action_id=f"{TICKS}:{number}", options=options)]))
    only = [ticks["none"], *([ticks["not_sure"]] if ticks.get("not_sure") else [])]
    blocks.append(
        ActionsBlock(
            elements=[
                ButtonElement(text=_title(words["ticks_done"]), action_id=DONE, style="primary"),
                *(
                    ButtonElement(text=_title(choice["title"]), action_id=f"{ONLY}:{number}", value=choice["id"])
                    for number, choice in enumerate(only)
                ),
            ]
        )
    )
    return blocks


def _scale(scale: Mapping[str, Any]) -> list[Block]:
    marks = [ButtonElement(text=_title(str(mark)), action_id=f"{SCALE}:{mark}", value=str(mark)) for mark in range(11)]
    return [_context(f"0: {scale['low']} · 10: {scale['high']}"), ActionsBlock(elements=marks)]


def _timer(timer: Mapping[str, Any], words: Words) -> Block:
    title = words["timer_start"].format(label=timer["label"])
    value = json.dumps({"label": timer["label"], "seconds": timer["seconds"]})[:2000]
    return ActionsBlock(elements=[ButtonElement(text=_title(title), action_id=TIMER, value=value)])


def _buttons(choices: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    for number, part in enumerate(_chunks(choices, MAX_ACTIONS)):
        yield ActionsBlock(
            elements=[
                ButtonElement(
                    text=_title(choice["title"]),
                    action_id=f"{PRESS}:{number * MAX_ACTIONS + place}",
                    value=choice["id"],
                )
                for place, choice in enumerate(part)
            ]
        )


def _sections(text: str) -> list[Block]:
    return [SectionBlock(text=_mrkdwn(piece)) for piece in _pieces(text, MAX_SECTION)]


def _pieces(text: str, limit: int) -> list[str]:
    """The text in escaped pieces of at most `limit` characters."""
    return [escape(piece) for piece in split(text, limit, length=lambda part: len(escape(part)))]


def _mrkdwn(escaped: str) -> MarkdownTextObject:
    # verbatim: Slack makes no links and mentions of names that it finds in the text
    return MarkdownTextObject(text=escaped, verbatim=True)


def _context(text: str) -> ContextBlock:
    return ContextBlock(elements=[_mrkdwn(_pieces(text, MAX_CONTEXT)[0])])


def _plain(text: str, limit: int) -> PlainTextObject:
    # emoji: false, or ":x:" in a text becomes a picture
    return PlainTextObject(text=_cut(text, limit), emoji=False)


def _title(text: str) -> PlainTextObject:
    return _plain(text, MAX_TITLE)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(CUT)].rstrip() + CUT


def _fits(blocks: Sequence[Block]) -> bool:
    if len(blocks) > MAX_BLOCKS:
        return False
    return len(json.dumps([block.to_dict() for block in blocks])) <= MAX_SIZE


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
