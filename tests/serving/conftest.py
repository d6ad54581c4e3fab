"""Databases of either kind, for the tests that must hold on both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from serving import migrate
from serving.database import patient
from tests.serving import postgres


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """A PostgreSQL for all tests that ask for one. In CI a missing one is a failure."""
    if not postgres.FOUND and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed here")
    with postgres.running() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/conversations.db"
    address: str = request.getfixturevalue("database")
    engine = sa.create_engine(address)
    with patient():  # the database has just started, maybe on a busy machine
        migrate.upgrade(engine)
    with patient(), engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE reminders, outbox, events"))
    engine.dispose()
    return address
