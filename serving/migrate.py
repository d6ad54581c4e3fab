"""Brings the tables up to date: `python -m serving.migrate`, and by itself when the server starts.

Steps live in serving/migrations/versions, one a file, for SQLite and PostgreSQL alike. A database from before there
were steps is taken over as it is. Several processes that start at once wait for each other.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import sqlalchemy as sa

from serving.database import BUSY_MILLISECONDS, LONG_PATIENCE, configured_url, is_postgresql, lock_key, opened, patient

FOLDER = Path(__file__).parent / "migrations"
NUMBER = re.compile(r"\d{4}")
LOCK = lock_key("migrations")  # a conversation's id has a colon or a channel before it


def newest() -> str:
    """The number of the last step."""
    return max(path.name[:4] for path in (FOLDER / "versions").glob("*.py") if NUMBER.match(path.name))


def version(engine: sa.engine.Engine) -> str | None:
    """The last step that a database has seen; None for one from before the first, or an empty one."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def upgrade(engine: sa.engine.Engine, to: str = "head") -> None:
    """Take every step that is missing. Raises what the database raises; then none of the step is done."""
    if version(engine) == newest() and to == "head":
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with patient(), engine.begin() as connection:
        if is_postgresql(engine):
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        else:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(LONG_PATIENCE * 1000)}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        finally:
            if not is_postgresql(engine):
                connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


def main() -> None:
    """Bring the configured database up to date, and say where it is now."""
    from serving.settings import VAR

    engine = opened(configured_url(VAR))
    before = version(engine)
    upgrade(engine)
    print(f"{before or 'nothing'} -> {version(engine)}")


if __name__ == "__main__":
    main()
