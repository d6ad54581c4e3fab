"""What people say of answers, which was a file of each process."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The notes, and which messages have been rated."""
    op.create_table(
        "feedback",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("words", sa.Text),
        sa.Column("key", sa.String(32), nullable=False, server_default=""),
    )
    op.create_index("feedback_by_key", "feedback", ["key"])
    op.create_table(
        "ratings",
        sa.Column("conversation", sa.String(64), primary_key=True),
        sa.Column("message", sa.String(64), primary_key=True),
    )
