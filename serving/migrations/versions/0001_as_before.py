"""The tables of the versions that had no steps yet. What is there already is taken over."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make what is missing."""
    known = sa.inspect(op.get_bind()).get_table_names()
    if "events" not in known:
        op.create_table(
            "events",
            sa.Column("id", ID, primary_key=True, autoincrement=True),
            sa.Column("sender_id", sa.String(255), nullable=False),
            sa.Column("type_name", sa.String(255), nullable=False),
            sa.Column("timestamp", sa.Float),
            sa.Column("intent_name", sa.String(255)),
            sa.Column("action_name", sa.String(255)),
            sa.Column("data", sa.Text),
        )
        op.create_index("ix_events_sender_id", "events", ["sender_id"])
    if "outbox" not in known:
        op.create_table(
            "outbox",
            sa.Column("id", ID, primary_key=True, autoincrement=True),
            sa.Column("sender_id", sa.String(255), nullable=False),
            sa.Column("timestamp", sa.Float, nullable=False),
            sa.Column("message", sa.Text, nullable=False),
            sqlite_autoincrement=True,
        )
        op.create_index("ix_outbox_sender_id", "outbox", ["sender_id"])
    if "deliveries" not in known:
        op.create_table(
            "deliveries",
            sa.Column("id", ID, primary_key=True, autoincrement=True),
            sa.Column("key", sa.String(128), nullable=False, unique=True),
            sa.Column("conversation", sa.String(64), nullable=False),
            sa.Column("owner", sa.String(32), nullable=False),
            sa.Column("claimed", sa.Float, nullable=False),
            sa.Column("done", sa.Boolean, nullable=False),
            sa.Column("brought", sa.Text),
            sqlite_autoincrement=True,
        )
        op.create_index("ix_deliveries_conversation", "deliveries", ["conversation"])
    if "addresses" not in known:
        op.create_table(
            "addresses",
            sa.Column("conversation", sa.String(64), primary_key=True),
            sa.Column("channel", sa.String(16), nullable=False),
            sa.Column("address", sa.Text, nullable=False),
        )
    if "reminders" not in known:
        op.create_table(
            "reminders",
            sa.Column("id", ID, primary_key=True, autoincrement=True),
            sa.Column("sender_id", sa.String(255), nullable=False),
            sa.Column("key", sa.String(80), nullable=False),
            sa.Column("due", sa.Float, nullable=False),
            sa.Column("expires", sa.Float, nullable=False),
            sa.Column("reminder", sa.Text, nullable=False),
            sa.Column("state", sa.String(16), nullable=False),
            sa.Column("claim", sa.String(32), nullable=False, server_default=""),
            sa.Column("claimed_at", sa.Float, nullable=False, server_default="0"),
            sa.Column("offers", sa.Text, nullable=False, server_default=""),
            sa.UniqueConstraint("sender_id", "key"),
        )
        op.create_index("reminders_due", "reminders", ["state", "due"])
