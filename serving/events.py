"""The table of what happened in a conversation, in the order of its ids: what both sides said, and what was noted.

Clocks jump, ids do not: nothing is put in order by time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from rasa.shared.core.constants import ACTION_LISTEN_NAME, DEFAULT_SLOT_NAMES
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from serving.database import ID

# A rule looks at the turn that it answers, so a few turns are all that is read of a conversation, however long it is.
TURNS_READ = 3

EVENTS = sa.Table(
    "events",
    sa.MetaData(),
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float),  # seconds since 1970
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),  # of an action, or the slot's
    sa.Column("data", sa.Text),  # Rasa's event as JSON
    sa.Column("message_id", sa.String(255)),  # of a person's message: the client's own
    sa.Index("events_in_order", "sender_id", "id"),
    sa.Index("events_by_name", "sender_id", "action_name", "id"),
    sa.Index("events_by_message", "sender_id", "message_id"),
)
_C = EVENTS.c
# The statements of every turn are made once: what SQLAlchemy works out of them stays with them.
_MINE = _C.sender_id == sa.bindparam("conversation")
_PUT = EVENTS.insert()
_LAST_ROW = sa.select(sa.func.max(_C.id)).where(_MINE)
_LISTENED = sa.select(_C.id).where(_MINE, _C.action_name == ACTION_LISTEN_NAME).order_by(_C.id.desc())
_BEGIN = _LISTENED.limit(1).offset(TURNS_READ).scalar_subquery()
_ROWS = sa.select(_C.id, _C.type_name, _C.action_name, _C.data)
_TAIL = _ROWS.where(_MINE, _C.id >= sa.func.coalesce(_BEGIN, 0)).order_by(_C.id)
_OF_SLOT = (_C.action_name == sa.bindparam("slot"), _C.type_name == SlotSet.type_name)
_LAST_VALUE = _ROWS.where(_MINE, *_OF_SLOT, _C.id < sa.bindparam("before")).order_by(_C.id.desc()).limit(1)
_ASKED = sa.select(_C.id).where(_MINE, _C.message_id == sa.bindparam("message_id")).order_by(_C.id)


class Unreadable(Exception):
    """A row that cannot be understood. Its conversation is not answered from the rest: a danger sign may be in it."""


def row_of(conversation: str, event: Event) -> dict[str, Any]:
    """The row that keeps an event."""
    data = event.as_dict()
    intent = (data.get("parse_data") or {}).get("intent") or {}
    return {
        "sender_id": conversation,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": intent.get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
        "message_id": event.message_id if isinstance(event, UserUttered) else None,
    }


def event_of(row: Any) -> Event:
    """The event that a row keeps; raises Unreadable."""
    try:
        event = Event.from_parameters(json.loads(row.data))
        if isinstance(event, SlotSet) and not event.key:
            raise ValueError
        return event
    except Exception as error:  # whatever it is, without its text
        raise Unreadable(type(error).__name__) from None


def last_row(connection: sa.engine.Connection, conversation: str) -> int:
    """The highest id of a conversation; 0 when it has none."""
    return int(connection.execute(_LAST_ROW, {"conversation": conversation}).scalar() or 0)


def put(connection: sa.engine.Connection, conversation: str, events: Iterable[Event]) -> None:
    """Add events to a conversation."""
    rows = [row_of(conversation, event) for event in events]
    if rows:
        connection.execute(_PUT, rows)


def read_tail(
    connection: sa.engine.Connection, conversation: str, slots: Sequence[Any]
) -> tuple[DialogueStateTracker | None, int]:
    """The last turns with every slot's last value, and the id of the last row; no tracker of a new conversation.

    Earlier values of a slot that has no influence on what comes next are left out: making events of them takes longer
    than the rest.
    """
    rows = connection.execute(_TAIL, {"conversation": conversation}).all()
    if not rows:
        return None, 0
    known = {row.action_name for row in rows if row.type_name == SlotSet.type_name}
    wanted = [slot.name for slot in slots if slot.name not in known and slot.name not in DEFAULT_SLOT_NAMES]
    told = {"conversation": conversation, "before": rows[0].id}
    earlier = [row for name in wanted for row in connection.execute(_LAST_VALUE, {**told, "slot": name})]
    silent = {slot.name for slot in slots if not slot.influence_conversation}
    last = {row.action_name: row.id for row in rows if row.type_name == SlotSet.type_name and row.action_name in silent}
    read = [row for row in rows if row.type_name != SlotSet.type_name or last.get(row.action_name, row.id) == row.id]
    events = [event_of(row) for row in [*earlier, *read]]
    return DialogueStateTracker.from_events(conversation, events, slots), int(rows[-1].id)


def said(connection: sa.engine.Connection, conversation: str) -> list[tuple[int, Event]]:
    """All that both sides said, with the row's id, in order."""
    spoken = _C.type_name.in_((UserUttered.type_name, BotUttered.type_name))
    query = sa.select(_C.id, _C.data).where(_C.sender_id == conversation, spoken).order_by(_C.id)
    return [(int(row.id), event_of(row)) for row in connection.execute(query)]


def answered(connection: sa.engine.Connection, conversation: str, message_id: str) -> list[list[BotUttered]]:
    """What the bot said after each message of the person with this id, in order."""
    mine = _C.sender_id == conversation
    found = []
    for (row,) in connection.execute(_ASKED, {"conversation": conversation, "message_id": message_id}).all():
        following = sa.select(_C.id).where(mine, _C.id > row, _C.type_name == UserUttered.type_name)
        until = connection.execute(following.order_by(_C.id).limit(1)).scalar()
        reply = sa.select(_C.data).where(mine, _C.id > row, _C.type_name == BotUttered.type_name).order_by(_C.id)
        rows = connection.execute(reply.where(_C.id < until) if until else reply)
        found.append([event for event in map(event_of, rows) if isinstance(event, BotUttered)])
    return found
