"""One running server for the tests of the web channel, a browser for those that look at it, a Telegram on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.channels.fake_telegram import FakeTelegram
from tests.channels.running_server import RunningServer
from tests.channels.telegram_stand_in import StandIn
from tests.widget.conftest import axe_options, browser, built, context, server
from tests.widget.fake_server import FakeServer
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

__all__ = ["axe_options", "browser", "built", "context", "server"]


@pytest.fixture(scope="session")
def neighbour() -> Iterator[FakeServer]:
    """Another site, whose pages may embed the chat."""
    running = FakeServer().start()
    yield running
    running.stop()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A Telegram; afterwards it must have had nothing to complain about."""
    fake = await FakeTelegram().start()
    yield fake
    await fake.stop()
    assert fake.complaints == []


@pytest.fixture
def conversations(tmp_path: Path) -> StandIn:
    """Conversations without a model."""
    return StandIn(tmp_path)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, neighbour: FakeServer) -> Iterator[RunningServer]:
    """The server with the trained model; its data goes with the test run."""
    origins = f"https://clinic.example {neighbour.url}"
    # Hostile words come by the hundred; tests/channels/test_ingress_live.py sees to the limit.
    settings = {"MESSAGES_PER_MINUTE": "0"}
    running = RunningServer(tmp_path_factory.mktemp("data"), origins=origins, settings=settings, forked=False).start()
    yield running
    running.stop()


@pytest.fixture
def demo(context: BrowserContext, served: RunningServer) -> Iterator[Panel]:
    """The demo page with the panel open; afterwards no error and no report of the policy may be there."""
    page = context.new_page()
    opened = Panel(page, served)
    page.add_init_script(
        "window.broken = []; addEventListener('securitypolicyviolation', e => window.broken.push(e.violatedDirective))"
    )
    page.goto(served.url)
    opened.open()
    yield opened
    assert opened.errors == []
    assert page.evaluate("() => window.broken ?? []") == []
