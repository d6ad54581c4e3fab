"""Pictures for people: the widget's states into docs/pictures/, PNG twins of the stretches into widget/pictures/.

Run as `python -m tests.widget.shots`. Needs the built widget and a Chromium.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.widget import talks
from tests.widget.chromium import running
from tests.widget.fake_server import WIDGET, FakeServer
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHOTS = WIDGET.parent / "docs/pictures"
PAPER = "margin:0;background:#fbf4ea"  # the ground of the drawings, in the corners too


def stretches(browser: Browser, folder: Path = WIDGET / "pictures") -> None:
    """A PNG beside each SVG, for channels that show no SVG."""
    page = browser.new_page(viewport={"width": 480, "height": 440}, device_scale_factor=2, color_scheme="light")
    for path in sorted(folder.glob("*.svg")):
        page.set_content(f"<body style='{PAPER}'>{path.read_text(encoding='utf-8')}")
        page.screenshot(path=str(path.with_suffix(".png")))


def states(browser: Browser, folder: Path = SHOTS) -> None:
    """The demo page, a stretch, the emergency and the dark scheme."""
    folder.mkdir(parents=True, exist_ok=True)
    server = FakeServer().start()
    server.answers = talks.answer
    views = (
        ("demo", "", "light"),
        ("ticks", "golf", "light"),
        ("stretch", "stretch", "light"),
        ("dark", "stretch", "dark"),
    )
    for name, word, scheme in (*views, ("emergency", "golf", "light")):
        page = browser.new_page(viewport={"width": 1200, "height": 860}, color_scheme=scheme)  # type: ignore[arg-type]
        panel = Panel(page, server)
        page.goto(server.url)
        panel.dialog.wait_for()
        if word:
            panel.write(word)
        if name in ("stretch", "dark"):
            panel.dialog.locator("img").scroll_into_view_if_needed()
        if name == "emergency":
            panel.press("Not sure")
        page.wait_for_timeout(500)
        page.screenshot(path=str(folder / f"{name}.png"))
        page.close()
    server.stop()


def main() -> None:
    """Write them all."""
    with running() as browser:
        stretches(browser)
        states(browser)


if __name__ == "__main__":
    main()
