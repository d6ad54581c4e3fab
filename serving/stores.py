"""Where conversations are kept: Rasa's SQL tracker store on SQLite, with what it lacks: history and deletion."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.events import BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from serving.addresses import Addresses
from serving.deliveries import Deliveries
from serving.outbox import Outbox, Unasked

SAFETY = "safety"
OWNERS = ("sender_id", "conversation")  # columns that say whose a row is
START_OVER = "action_start_over"


class ConversationStore(SQLTrackerStore):
    """SQLite in WAL mode; deleted rows are overwritten, so that nothing of a deleted chat stays in the file."""

    def __init__(self, path: Path, **kwargs: Any) -> None:
        """Open or make the database at `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(dialect="sqlite", db=str(path), **kwargs)
        self.engine.hide_parameters = True  # parameters hold what people wrote
        sa.event.listen(self.engine, "connect", _prepare)
        self.engine.dispose()  # connections made before the listener
        self.outbox = Outbox(self.engine)
        self.deliveries = Deliveries(self.engine)
        self.addresses = Addresses(self.engine)

    def delete(self, conversation: str) -> int:
        """Forget a conversation; the number of its rows."""
        with self.session_scope() as session:
            gone = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == conversation).delete()
            session.commit()
        self.outbox.delete(conversation)
        self.deliveries.delete(conversation)
        self.addresses.delete(conversation)
        with self.engine.begin() as connection:
            for table, column in self._tables_of_people():
                connection.execute(table.delete().where(column == conversation))
        self.truncate_log()
        return int(gone)

    def _tables_of_people(self) -> list[tuple[sa.Table, sa.Column[Any]]]:
        """Every table that has a column for the conversation: what is added later is deleted and counted too."""
        known = sa.MetaData()
        known.reflect(self.engine)
        return [(table, table.c[name]) for table in known.tables.values() for name in OWNERS if name in table.c]

    def rows_of(self, conversation: str) -> int:
        """How many rows of the whole database belong to a conversation."""
        with self.engine.connect() as connection:
            return sum(
                int(connection.execute(sa.select(sa.func.count()).where(column == conversation)).scalar() or 0)
                for _, column in self._tables_of_people()
            )

    def truncate_log(self) -> bool:
        """Empty the write-ahead log, in which deleted rows still stand; False while somebody reads."""
        with self.engine.connect() as connection:
            busy = connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar()
        return not busy

    def conversations(self) -> list[str]:
        """The ids of all conversations of which anything but a delivery's key is kept."""
        with self.engine.connect() as connection:
            found = {
                str(owner)
                for _, column in self._tables_of_people()
                for (owner,) in connection.execute(sa.select(column).distinct())
            }
        return sorted(found - {""})

    def last_heard(self, conversation: str) -> float | None:
        """When the person last wrote, in seconds since 1970; None when no message of theirs is kept."""
        return self._latest(conversation, self.SQLEvent.type_name == UserUttered.type_name)

    def last_kept(self, conversation: str) -> float | None:
        """When the last event was kept."""
        return self._latest(conversation)

    def started_over(self, conversation: str) -> float | None:
        """When the person last started over."""
        return self._latest(conversation, self.SQLEvent.action_name == START_OVER)

    def _latest(self, conversation: str, *conditions: Any) -> float | None:
        with self.session_scope() as session:
            latest = session.query(sa.func.max(self.SQLEvent.timestamp))
            found = latest.filter(self.SQLEvent.sender_id == conversation, *conditions).scalar()
        return None if found is None else float(found)

    def forget_until(self, conversation: str, moment: float) -> int:
        """Forget what was said up to this moment (seconds since 1970); how many rows."""
        with self.session_scope() as session:
            older = session.query(self.SQLEvent).filter(
                self.SQLEvent.sender_id == conversation, self.SQLEvent.timestamp <= moment
            )
            gone = older.delete()
            session.commit()
        return int(gone) + self.outbox.delete_until(conversation, moment)

    def keep_only(self, conversation: str, slot: str, value: dict[str, Any], moment: float) -> None:
        """Instead of all that was said, keep the value of one slot, as of this moment."""
        events = [SessionStarted(moment), SlotSet(slot, value, moment)]
        with self.session_scope() as session:
            session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == conversation).delete()
            for event in events:
                data = event.as_dict()
                session.add(
                    self.SQLEvent(
                        sender_id=conversation,
                        type_name=event.type_name,
                        timestamp=moment,
                        action_name=data.get("name"),
                        data=json.dumps(data),
                    )
                )
            session.commit()
        self.outbox.delete(conversation)

    def last_row(self, conversation: str) -> int:
        """The highest row id of a conversation; 0 when it has none."""
        with self.session_scope() as session:
            highest = session.query(sa.func.max(self.SQLEvent.id)).filter(self.SQLEvent.sender_id == conversation)
            return int(highest.scalar() or 0)

    def drop_answers(self, conversation: str, after: int) -> None:
        """Take out what the bot said in rows above `after`."""
        with self.session_scope() as session:
            rows = session.query(self.SQLEvent).filter(
                self.SQLEvent.sender_id == conversation,
                self.SQLEvent.type_name == BotUttered.type_name,
                self.SQLEvent.id > after,
            )
            rows.delete()
            session.commit()

    def writable(self) -> bool:
        """Whether the database takes a change; it is taken back at once."""
        try:
            with self.engine.connect() as connection, connection.begin() as change:
                connection.execute(sa.text("INSERT INTO outbox (sender_id, timestamp, message) VALUES ('', 0, '')"))
                change.rollback()
        except sa.exc.SQLAlchemyError:
            return False
        return True


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "secure_delete=ON", "synchronous=NORMAL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def mark(store: TrackerStore, conversation: str) -> int:
    """Where a conversation ends now, for `withhold`."""
    if isinstance(store, ConversationStore):
        return store.last_row(conversation)
    return len(_events_in_memory(store, conversation))


def unchanged(store: TrackerStore, conversation: str, end: int) -> Callable[[sa.engine.Connection], bool]:
    """A check, within a transaction, that nothing was added to a conversation since `mark` gave `end`."""

    def check(connection: sa.engine.Connection) -> bool:
        if not isinstance(store, ConversationStore):
            return mark(store, conversation) == end
        events = store.SQLEvent.__table__
        query = sa.select([sa.func.max(events.c.id)]).where(events.c.sender_id == conversation)
        return int(connection.execute(query).scalar() or 0) == end

    return check


async def withhold(store: TrackerStore, conversation: str, after: int, instead: dict[str, Any]) -> None:
    """What a failed turn said after the mark did not go out: neither history nor a retry may bring it; `instead` did.

    What the person told stays known.
    """
    if mark(store, conversation) == after:
        return  # the turn was not kept at all
    if isinstance(store, ConversationStore):
        store.drop_answers(conversation, after)
    elif isinstance(store, InMemoryTrackerStore):
        events = _events_in_memory(store, conversation)
        kept = [
            event for number, event in enumerate(events) if number < after or event["event"] != BotUttered.type_name
        ]
        store.store[conversation] = json.dumps({**json.loads(store.store[conversation]), "events": kept})
    tracker = await store.retrieve(conversation)
    if tracker is not None:
        tracker.update(BotUttered(instead["text"], {"custom": instead}))
        await store.save(tracker)


def _events_in_memory(store: TrackerStore, conversation: str) -> list[dict[str, Any]]:
    kept = store.store.get(conversation) if isinstance(store, InMemoryTrackerStore) else None
    return list(json.loads(kept)["events"]) if kept else []


def history(tracker: DialogueStateTracker | None, unasked: Sequence[Unasked] = ()) -> list[dict[str, Any]]:
    """What both sides said, in order: {"from": "user" | "bot", "id", "text", and the bot message's own fields}."""
    said: list[tuple[float, dict[str, Any]]] = []
    for event in tracker.events if tracker else ():
        if isinstance(event, UserUttered) and event.text:
            said.append((event.timestamp, {"from": "user", "id": str(event.message_id), "text": event.text}))
        elif isinstance(event, BotUttered):
            said.append((event.timestamp, {"from": "bot", "id": f"bot-{len(said)}", **_message(event)}))
    said += [(told.timestamp, {"from": "bot", **told.message}) for told in unasked]
    return [entry for _, entry in (sorted(said, key=lambda pair: pair[0]) if unasked else said)]


def answer_to(tracker: DialogueStateTracker | None, client_id: str) -> list[dict[str, Any]] | None:
    """The messages that a message with this client id was answered with; None when it was never answered.

    The safety text is no answer: a message that ended in it may be sent again.
    """
    found: list[dict[str, Any]] | None = None
    for event in tracker.events if tracker else ():
        if isinstance(event, UserUttered):
            if found:
                return found
            found = [] if event.message_id == client_id else None
        elif isinstance(event, BotUttered) and found is not None:
            message = _message(event)
            if message.get("kind") != SAFETY:
                found.append(message)
    return found or None


def _message(event: BotUttered) -> dict[str, Any]:
    custom = event.data.get("custom")
    return dict(custom) if custom else {"text": event.text or "", "kind": "talk"}
