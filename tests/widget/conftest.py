"""A browser, the fake server, and a page with the widget on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.widget import chromium, states
from tests.widget.fake_server import FakeServer
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

BUILT = Path(__file__).parents[2] / "widget/dist/widget.js"


def _cannot(reason: str) -> NoReturn:
    """Skip on a developer's machine; in CI a missing browser is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def built() -> Path:
    """The built script."""
    if not BUILT.exists():
        _cannot("the widget is not built: run `make setup`")
    return BUILT


@pytest.fixture(scope="session")
def browser(built: Path) -> Iterator[Browser]:
    """One browser for all tests."""
    with ExitStack() as stack:
        try:
            browser = stack.enter_context(chromium.running())
        except chromium.NoBrowser as missing:
            _cannot(str(missing))
        yield browser


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A fresh server for each test."""
    running = FakeServer().start()
    yield running
    running.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile for each test: a desk with a mouse."""
    fresh = browser.new_context(viewport={"width": 1200, "height": 820})
    yield fresh
    fresh.close()


@pytest.fixture
def panel(context: BrowserContext, server: FakeServer) -> Iterator[Panel]:
    """The widget on a page under the strict policy, open; afterwards no error and no policy report may be there."""
    opened = Panel(context.new_page(), server)
    opened.visit()
    opened.open()
    yield opened
    assert opened.errors == []
    assert server.reports == []


@pytest.fixture(scope="session")
def axe_options() -> dict[str, Any]:
    """What axe is asked for."""
    return states.OPTIONS
