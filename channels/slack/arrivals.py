"""What Slack sends, read into what happened: a text, a changed text, a file, a press. Everything else is nothing to us.

Slack's payloads come from outside, signed or not: every field is looked at before it is believed.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from channels.slack.mrkdwn import typed
from serving.outbox import Unasked

PREFIX = "sl:"
EVENT_ID = re.compile(r"[A-Za-z0-9]{1,48}\Z")
PLATFORM_ID = re.compile(r"[A-Z0-9]{2,32}\Z")
TIMESTAMP = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?\Z", re.ASCII)
SAME_AS_TYPED = frozenset({"", "file_share", "thread_broadcast", "me_message"})  # subtypes that a person makes
SLACKBOT = "USLACKBOT"
MAX_TITLE = 75  # characters of a button or tick, Slack's limit


class What(StrEnum):
    """What happened."""

    TEXT = "text"
    EDIT = "edit"
    PRESS = "press"
    SAID = "said"  # nothing a person did: the bot speaks unasked


@dataclass(frozen=True)
class Press:
    """A pressed element: its action id, its value, the ticked values and titles, and the message it stands in."""

    action: str
    value: str = ""
    title: str = ""
    ticked: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    message: str = ""  # the message's ts
    text: str = ""  # the message's own text and blocks, to show it as used
    blocks: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Arrival:
    """One thing that a person did. `key`: for once-only; `ts`: when, by Slack's clock, which also orders them."""

    what: What
    key: str
    user: str
    channel: str
    ts: str
    direct: bool
    thread: str = ""  # ts of the thread to answer in; "" for none
    text: str = ""
    files: bool = False
    press: Press = field(default_factory=lambda: Press(""))
    message: dict[str, Any] = field(default_factory=dict)  # of the model, where the bot speaks unasked
    until: float = 0.0  # seconds since 1970: so long that is of use

    @property
    def at(self) -> float:
        """Seconds since 1970, by Slack's clock."""
        return float(self.ts)

    def as_dict(self) -> dict[str, Any]:
        """JSON data, from which `from_dict` makes it again after a restart."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Arrival:
        """The arrival of JSON data that `as_dict` made."""
        press: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data["press"].items()
        }
        return cls(**{**data, "what": What(data["what"]), "press": Press(**press)})


def of_event(payload: Any) -> Arrival | None:
    """What an Events API payload (`event_callback`) tells of a person; None for what is not for us."""
    event = _map(payload).get("event")
    if not isinstance(event, dict):
        return None
    channel, kind = _id(event.get("channel")), event.get("type")
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    key = PREFIX + _event_id(payload)
    if kind == "message" and direct and event.get("subtype") == "message_changed":
        return _edit(payload, event, channel, key)
    if (kind == "message" and direct) or (kind == "app_mention" and not direct):
        return _text(payload, event, channel, key, direct)
    return None


def of_outbox(unasked: Unasked, user: str, channel: str) -> Arrival:
    """What the bot says unasked to this person."""
    key, now = f"{PREFIX}said:{unasked.event}", f"{time.time():.6f}"
    return Arrival(
        what=What.SAID,
        key=key,
        user=user,
        channel=channel,
        ts=now,
        direct=True,
        message=unasked.message,
        until=unasked.until,
    )


def _text(payload: dict[str, Any], event: dict[str, Any], channel: str, key: str, direct: bool) -> Arrival | None:
    user, ts = _id(event.get("user")), _timestamp(event.get("ts"))
    subtype = event.get("subtype") or ""
    if (
        not isinstance(subtype, str)
        or subtype not in SAME_AS_TYPED
        or not (user and channel and ts)
        or _own(payload, event)
    ):
        return None
    thread = _timestamp(event.get("thread_ts"))
    return Arrival(
        what=What.TEXT,
        key=key,
        user=user,
        channel=channel,
        ts=ts,
        direct=direct,
        thread=thread if direct else thread or ts,
        text=typed(_string(event.get("text"))),
        files=bool(event.get("files")),
    )


def _edit(payload: dict[str, Any], event: dict[str, Any], channel: str, key: str) -> Arrival | None:
    """A message whose words were changed; Slack also reports links that it unfurled, which changes no words."""
    new, old = _map(event.get("message")), _map(event.get("previous_message"))
    user, ts = _id(new.get("user")), _timestamp(event.get("ts")) or _timestamp(new.get("ts"))
    text = typed(_string(new.get("text")))
    if not (user and channel and ts) or _own(payload, new) or text == typed(_string(old.get("text"))):
        return None
    thread = _timestamp(new.get("thread_ts"))
    return Arrival(what=What.EDIT, key=key, user=user, channel=channel, ts=ts, direct=True, thread=thread, text=text)


def _own(payload: Any, event: dict[str, Any]) -> bool:
    """Said by a program: ours, or another."""
    if event.get("bot_id") or event.get("bot_profile") or event.get("user") == SLACKBOT:
        return True
    ours = [_map(entry).get("user_id") for entry in _list(payload.get("authorizations"))]
    return event.get("user") in ours


def of_interaction(payload: Any) -> Arrival | None:
    """A press of a button in a direct message; None for ticks that are only being set, and for all else."""
    data = _map(payload)
    actions = _list(data.get("actions"))
    action = _map(actions[0]) if actions else {}
    user, channel = _id(_map(data.get("user")).get("id")), _id(_map(data.get("channel")).get("id"))
    ts = _timestamp(action.get("action_ts"))
    if data.get("type") != "block_actions" or action.get("type") != "button" or not (user and ts):
        return None
    if not channel.startswith("D"):  # buttons stand in direct messages only
        return None
    message = _map(data.get("message"))
    chosen = _ticked(data)
    name = f"{data.get('trigger_id') or ''}\0{ts}\0{action.get('action_id')}\0{message.get('ts')}\0{user}"
    return Arrival(
        what=What.PRESS,
        key=f"{PREFIX}act:{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:40]}",
        user=user,
        channel=channel,
        ts=ts,
        direct=True,
        thread=_timestamp(message.get("thread_ts")),
        press=Press(
            action=_string(action.get("action_id")),
            value=_string(action.get("value")),
            title=_string(_map(action.get("text")).get("text")),
            ticked=tuple(value for value, _ in chosen),
            titles=tuple(title for _, title in chosen),
            message=_timestamp(message.get("ts")),
            text=_string(message.get("text")),
            blocks=tuple(block for block in _list(message.get("blocks")) if isinstance(block, dict)),
        ),
    )


def _ticked(data: dict[str, Any]) -> list[tuple[str, str]]:
    """Value and title of every ticked box of the message, list after list."""
    found = []
    for block in _map(_map(data.get("state")).get("values")).values():
        for element in _map(block).values():
            for option in _list(_map(element).get("selected_options")):
                value = _string(_map(option).get("value"))
                if value:
                    found.append((value, _string(_map(_map(option).get("text")).get("text"))))
    return found


def _event_id(payload: Any) -> str:
    """Slack's own id of the event; a digest of the whole where it has none."""
    given = payload.get("event_id")
    if isinstance(given, str) and EVENT_ID.match(given):
        return given
    return "x:" + hashlib.sha256(repr(sorted(payload.items(), key=str)).encode("utf-8", "replace")).hexdigest()[:40]


def _id(value: Any) -> str:
    return value if isinstance(value, str) and PLATFORM_ID.match(value) else ""


def _timestamp(value: Any) -> str:
    return value if isinstance(value, str) and TIMESTAMP.match(value) else ""


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
