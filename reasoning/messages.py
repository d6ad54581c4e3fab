"""The one message model of all channels.

In: exactly one of a text, a button, ticks, or a mark on the pain scale, with the client's own id.
Out: messages whose `text` is always filled, so that a channel that can show nothing else can show that;
the other fields say what a richer channel may draw. docs/messages.md describes both for people who write a channel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, is_dataclass
from enum import StrEnum
from typing import Any

CONVERSATION_ID = re.compile(r"[A-Za-z0-9:_-]{1,64}\Z")
MESSAGE_ID = CHOICE_ID = CONVERSATION_ID
PAIN_SCALE = range(11)
MAX_TICKS = 40


class Kind(StrEnum):
    """What a message is, for the gate (which must know advice when it sees it) and for channels."""

    ANSWER = "answer"  # general information on one topic
    PLAN = "plan"  # advice for this person, after the interview
    COACH = "coach"  # a step or a pause of a session of stretches
    LEVEL = "level"  # how soon to be seen, and why
    QUESTION = "question"
    EMERGENCY = "emergency"
    CRISIS = "crisis"
    NOTICE = "notice"  # what the bot is, what it did
    TALK = "talk"  # greeting, thanks, fallback
    SAFETY = "safety"  # the fixed text of every failure


ADVICE = frozenset({Kind.ANSWER, Kind.PLAN, Kind.COACH})
ENDS_TIMERS = frozenset({Kind.EMERGENCY, Kind.CRISIS})  # nothing that counts down goes off after these


class BadMessage(ValueError):
    """An inbound message that is not of the model; the text names the field, never its content."""


@dataclass(frozen=True)
class Inbound:
    """What a person sent: one of `text`, `button`, `ticks`, `scale`; `id` is the client's, for once-only delivery."""

    id: str | None = None
    text: str | None = None
    button: str | None = None
    ticks: tuple[str, ...] | None = None
    scale: int | None = None

    @classmethod
    def parse(cls, data: object) -> Inbound:
        """Read a decoded JSON object; BadMessage when a field is unknown, of a wrong type, or not just one is set."""
        if not isinstance(data, dict):
            raise BadMessage("a message is a JSON object")
        unknown = set(data) - {"id", "text", "button", "ticks", "scale"}
        if unknown:
            raise BadMessage("unknown field in the message")
        if sum(data.get(name) is not None for name in ("text", "button", "ticks", "scale")) != 1:
            raise BadMessage("exactly one of text, button, ticks, scale")
        return cls(
            id=_checked_id(data.get("id")),
            text=_checked_text(data.get("text")),
            button=_checked_choice(data.get("button")),
            ticks=_checked_ticks(data.get("ticks")),
            scale=_checked_scale(data.get("scale")),
        )


def _checked_id(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not MESSAGE_ID.match(value):
        raise BadMessage("id: 1 to 64 of letters, digits and : _ -")
    return value


def _checked_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise BadMessage("text: a string")


def _checked_choice(value: object) -> str | None:
    if value is None or (isinstance(value, str) and CHOICE_ID.match(value)):
        return value
    raise BadMessage("button: the id of a button")


def _checked_ticks(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) > MAX_TICKS
        or not all(isinstance(item, str) and CHOICE_ID.match(item) for item in value)
    ):
        raise BadMessage("ticks: a list of ids")
    return tuple(value)


def _checked_scale(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value not in PAIN_SCALE:
        raise BadMessage("scale: a whole number from 0 to 10")
    return value


_PLAIN = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True)
class Choice:
    """A button or a line of a tick-list. The id is opaque and holds for this conversation's present state only."""

    id: str
    title: str


@dataclass(frozen=True)
class Ticks:
    """A tick-list: any number of `items`, or `none` of them, or `not_sure`."""

    items: tuple[Choice, ...]
    none: Choice
    not_sure: Choice | None = None


@dataclass(frozen=True)
class Picture:
    """A picture by name (a file of the widget's pictures, without ending); `alt` says what it shows."""

    name: str
    alt: str


@dataclass(frozen=True)
class Card:
    """Steps to follow, with the dose of a stretch: seconds held (least, most), repetitions, sides, sets, sessions."""

    title: str
    steps: tuple[str, ...]
    picture: Picture | None = None
    hold_seconds: tuple[int, int] | None = None
    repetitions: int | None = None
    sides: str | None = None
    sets: int | None = None
    sessions_a_day: int | None = None


@dataclass(frozen=True)
class Timer:
    """A countdown: what it is for, its length in seconds.

    `ends` (seconds since 1970): it runs already, until then, and the bot says unasked that it is over. Without, the
    person may start it.
    """

    label: str
    seconds: int
    ends: float | None = None


@dataclass(frozen=True)
class Scale:
    """The pain scale from 0 to 10 with the words of its ends."""

    low: str
    high: str


@dataclass(frozen=True)
class Banner:
    """What stays in sight in an emergency: what to do, whom to call, what to say on arrival."""

    heading: str
    call: tuple[str, ...]
    reason: str
    say: str


KEPT = "kept:"  # before the name of what is made anew whenever it is handed over (serving/handing.py)


@dataclass(frozen=True)
class File:
    """A file to hand over: its name, media type and where it is fetched: an address, or `kept:` and what it is."""

    name: str
    media_type: str
    url: str


@dataclass(frozen=True)
class Message:
    """One outbound message. `topics`, `entries`, `facts`, `sources`, `remedies` say what stands in `text`."""

    text: str
    kind: Kind = Kind.TALK
    short: str = ""  # instead of `text`, where a channel draws ticks, card or banner, or sends the file, itself
    buttons: tuple[Choice, ...] = ()
    wrong: Choice | None = None  # calls this answer wrong; unlike `buttons` it holds as long as the message is kept
    ticks: Ticks | None = None
    card: Card | None = None
    timer: Timer | None = None
    scale: Scale | None = None
    banner: Banner | None = None
    file: File | None = None
    level: str | None = None
    general: bool = False  # general information, said before or without an interview
    topics: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()  # `file/entry` of what was said, for whoever mends what is called wrong
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()  # remedies whose instructions the text gives
    cautions: tuple[str, ...] = ()  # cautions that were applied to it

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a message has text")

    def as_dict(self) -> dict[str, Any]:
        """The message as JSON data, without the fields that are empty."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: _plain(value) for name, value in fields.items() if value not in (None, (), "", False)}


def _plain(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Kind):
        return str(value)
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
