"""Where conversations are kept: Rasa's SQL tracker store on SQLite, with what it lacks: history and deletion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker


class ConversationStore(SQLTrackerStore):
    """SQLite in WAL mode; deleted rows are overwritten, so that nothing of a deleted chat stays in the file."""

    def __init__(self, path: Path, **kwargs: Any) -> None:
        """Open or make the database at `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(dialect="sqlite", db=str(path), **kwargs)
        self.engine.hide_parameters = True  # parameters hold what people wrote
        sa.event.listen(self.engine, "connect", _prepare)
        self.engine.dispose()  # connections made before the listener

    def delete(self, conversation: str) -> int:
        """Forget a conversation; the number of its rows."""
        with self.session_scope() as session:
            gone = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == conversation).delete()
            session.commit()
        with self.engine.connect() as connection:
            connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        return int(gone)


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "secure_delete=ON", "synchronous=NORMAL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def history(tracker: DialogueStateTracker | None) -> list[dict[str, Any]]:
    """What both sides said, in order: {"from": "user" | "bot", "id", "text", and the bot message's own fields}."""
    said: list[dict[str, Any]] = []
    for event in tracker.events if tracker else ():
        if isinstance(event, UserUttered) and event.text:
            said.append({"from": "user", "id": str(event.message_id), "text": event.text})
        elif isinstance(event, BotUttered):
            said.append({"from": "bot", "id": f"bot-{len(said)}", **_message(event)})
    return said


def answer_to(tracker: DialogueStateTracker | None, message_id: str) -> list[dict[str, Any]] | None:
    """The messages that a message with this client id was answered with; None when it was never seen."""
    found: list[dict[str, Any]] | None = None
    for event in tracker.events if tracker else ():
        if isinstance(event, UserUttered):
            if found is not None:
                return found
            if event.message_id == message_id:
                found = []
        elif isinstance(event, BotUttered) and found is not None:
            found.append(_message(event))
    return found


def _message(event: BotUttered) -> dict[str, Any]:
    custom = event.data.get("custom")
    return dict(custom) if custom else {"text": event.text or "", "kind": "talk"}
