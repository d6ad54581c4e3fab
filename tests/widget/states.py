"""Every state of the chat and every look of it, for axe: tests hold it to no fault, `make figures` writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.widget import talks
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.widget.fake_server import FakeServer

STATES = (
    "closed", "welcome", "menu", "ticks", "ticked", "emergency", "folded", "stretch", "holding", "scale", "ice", "file",
    "crisis", "coach", "failed", "offline", "data", "delete", "about", "help",
)  # fmt: skip
LOOKS = ("light", "dark", "phone", "right to left")
WORDS = {
    **{"ticks": "golf", "stretch": "stretch", "scale": "scale", "ice": "ice", "file": "sheet", "crisis": "crisis"},
    "coach": "lead me",
}
ENTRIES = {"data": "My data", "delete": "Delete this chat", "about": "About this chat", "help": "Emergency help"}
DESK, PHONE = {"width": 1200, "height": 820}, {"width": 320, "height": 640}
ANIMATION = 350  # milliseconds of the last bubble's
# WCAG 2.0 to 2.2, A and AA, and the best practices.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
OPTIONS: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
COLOURS: dict[str, Any] = {**OPTIONS, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
TURN = """dir => {
  document.documentElement.dir = dir;
  document.querySelector("back-chat").setAttribute("dir", dir);
}"""


@contextmanager
def shown(browser: Browser, server: FakeServer, state: str) -> Iterator[Panel]:
    """The chat on a page of its own, brought to that state."""
    server.answers = talks.answer
    context = browser.new_context(viewport=DESK, color_scheme="light", bypass_csp=True)  # type: ignore[arg-type]
    panel = Panel(context.new_page(), server)
    panel.visit()
    panel.open()
    _bring_to(panel, state, server)
    yield panel
    server.fault = None
    context.close()


def _bring_to(panel: Panel, state: str, server: FakeServer) -> None:
    if state == "closed":
        panel.button("Close the chat").click()
    elif state == "menu":
        panel.button("Menu").click()
    elif state in WORDS:
        panel.write(WORDS[state])
    elif state == "ticked":
        panel.write("golf")
        panel.dialog.get_by_label("Both legs weak").check()
    elif state in ("emergency", "folded"):
        panel.write("golf")
        panel.press("Not sure")
        if state == "folded":
            panel.button("Show less").click()
    elif state == "holding":
        panel.write("stretch")
        panel.button("Start").click()
        panel.button("Next").click()
    elif state == "failed":
        server.fault = 503
        panel.write("hello")
    elif state == "offline":
        panel.page.context.set_offline(True)
        panel.write("hello", wait=False)
        panel.dialog.locator(".bar").wait_for()
    elif state in ENTRIES:
        panel.menu(ENTRIES[state])
    panel.page.wait_for_timeout(ANIMATION)


def look(panel: Panel, name: str) -> list[str]:
    """What axe finds on the page when it is looked at like that. In the dark only colours differ."""
    page = panel.page
    page.emulate_media(color_scheme="dark" if name == "dark" else "light")
    page.set_viewport_size(PHONE if name == "phone" else DESK)  # type: ignore[arg-type]
    page.evaluate(TURN, "rtl" if name == "right to left" else "ltr")
    return panel.axe(COLOURS if name == "dark" else OPTIONS)
