"""Pictures for people (`make screenshots`): a talk with the running product into docs/pictures/, and PNG twins of the
stretches into widget/pictures/. Needs the built widget, a trained model and a Chromium.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.channels.running_server import RunningServer
from tests.widget.chromium import running
from tests.widget.fake_server import WIDGET
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHOTS = WIDGET.parent / "docs/pictures"
PAPER = "margin:0;background:#fbf4ea"  # the ground of the drawings, in the corners too
GOLF = "My back cramps after golf, what do I do?"
DESK, PHONE, NARROW = (1200, 860), (390, 844), (320, 640)


def welcome(panel: Panel) -> None:
    """Nothing was said yet."""


def asks(panel: Panel) -> None:
    """The first list of danger signs, one of them ticked."""
    panel.say(GOLF)
    panel.dialog.get_by_label("Numb or tingling between the legs").check()
    panel.show(".bubble.question")


def plan(panel: Panel) -> None:
    """From golf to what to do, shown from the top of the plan."""
    panel.say(GOLF)
    for _ in range(3):
        panel.choose("None of these")
    panel.show(".bubble.plan")


def ice(panel: Panel) -> None:
    """The timer of the plan, running."""
    plan(panel)
    panel.button("Start").first.click()
    panel.dialog.locator(".rate").first.scroll_into_view_if_needed()
    panel.page.wait_for_timeout(3_000)


def emergency(panel: Panel) -> None:
    """A sign that cannot wait."""
    panel.say("I cannot feel my bottom and I cannot pee")


def card(panel: Panel) -> None:
    """How a stretch is done."""
    panel.say("How do I do the single knee to chest?")
    panel.show(".card")


def coach(panel: Panel) -> None:
    """In the middle of a session, the hold timer running."""
    plan(panel)
    panel.choose("Start the stretches")
    panel.choose("Skip this one")
    panel.choose("None of these")
    panel.choose("Skip this stretch")
    panel.button("Start").last.click()
    panel.page.wait_for_timeout(6_500)
    panel.dialog.locator(".card .controls").last.scroll_into_view_if_needed()


def scale(panel: Panel) -> None:
    """How bad is it, before the session."""
    plan(panel)
    panel.choose("Start the stretches")


@dataclass(frozen=True)
class View:
    """One picture: who looks, at what."""

    bring: Callable[[Panel], None]
    size: tuple[int, int] = DESK
    scheme: str = "light"


VIEWS = {
    "demo": View(welcome),
    "ticks": View(asks),
    "plan": View(plan),
    "emergency": View(emergency),
    "stretch": View(card),
    "coach": View(coach),
    "dark": View(ice, scheme="dark"),
    "phone": View(scale, PHONE),
    "narrow": View(asks, NARROW),
}


def stretches(browser: Browser, folder: Path = WIDGET / "pictures") -> None:
    """A PNG beside each SVG, for channels that show no SVG."""
    page = browser.new_page(viewport={"width": 480, "height": 440}, device_scale_factor=2, color_scheme="light")
    for path in sorted(folder.glob("*.svg")):
        page.set_content(f"<body style='{PAPER}'>{path.read_text(encoding='utf-8')}")
        page.screenshot(path=str(path.with_suffix(".png")))


def take(browser: Browser, server: RunningServer, name: str, folder: Path = SHOTS) -> None:
    """One picture of the demo page."""
    view = VIEWS[name]
    settings: dict[str, Any] = {"color_scheme": view.scheme, "has_touch": view.size != DESK}
    width, height = view.size
    page = browser.new_page(viewport={"width": width, "height": height}, **settings)
    panel = Panel(page, server)
    page.goto(server.url)
    panel.open()
    view.bring(panel)
    page.wait_for_timeout(500)
    page.screenshot(path=str(folder / f"{name}.png"))
    page.close()


def main() -> None:
    """Take them all."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running() as browser:
        stretches(browser)
        server = RunningServer(Path(folder), forked=False).start()
        try:
            for name in VIEWS:
                take(browser, server, name)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
