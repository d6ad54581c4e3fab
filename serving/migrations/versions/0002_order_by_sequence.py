"""Messages are found by their id, what was said unasked has its place between the events; indexes for long talks."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 1000  # rows

EVENTS = sa.table("events", *map(sa.column, ("id", "sender_id", "type_name", "timestamp", "data", "message_id")))
OUTBOX = sa.table("outbox", *map(sa.column, ("sender_id", "timestamp", "follows")))


def upgrade() -> None:
    """Add the columns and fill them from what is there: the only step that puts anything in order by time."""
    op.add_column("events", sa.Column("message_id", sa.String(255)))
    op.add_column("outbox", sa.Column("follows", ID, nullable=False, server_default="0"))
    connection = op.get_bind()
    before = (EVENTS.c.sender_id == OUTBOX.c.sender_id, EVENTS.c.timestamp <= OUTBOX.c.timestamp)
    last = sa.select(sa.func.coalesce(sa.func.max(EVENTS.c.id), 0)).where(*before)
    connection.execute(OUTBOX.update().values(follows=last.scalar_subquery()))
    messages = sa.select(EVENTS.c.id, EVENTS.c.data).where(EVENTS.c.type_name == "user").order_by(EVENTS.c.id)
    name = EVENTS.update().where(EVENTS.c.id == sa.bindparam("row")).values(message_id=sa.bindparam("message"))
    after = 0
    while rows := connection.execute(messages.where(EVENTS.c.id > after).limit(AT_ONCE)).all():
        after = rows[-1].id
        named = [{"row": row.id, "message": message} for row in rows if (message := _message_id(row.data))]
        if named:
            connection.execute(name, named)
    op.create_index("events_in_order", "events", ["sender_id", "id"])
    op.create_index("events_by_name", "events", ["sender_id", "action_name", "id"])
    op.create_index("events_by_message", "events", ["sender_id", "message_id"])
    op.drop_index("ix_events_sender_id", "events")


def _message_id(data: str) -> str | None:
    try:
        found = json.loads(data).get("message_id")
    except (ValueError, AttributeError):  # a row that nobody can read does not stop the others
        return None
    return found if isinstance(found, str) and len(found) <= 255 else None
