"""What a person does with the widget, in words of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.channels.running_server import RunningServer
    from tests.widget.fake_server import FakeServer

FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at) return "";
  return [at.localName, at.className, at.getAttribute("aria-label") ?? at.textContent.trim().slice(0, 40)].join("|");
}"""

# What is fading in is pale for a moment: on a busy machine axe would look just then.
# An animation begins a frame after what starts it, such as another size of the window.
SETTLED = """async () => {
  const root = document.querySelector("back-chat")?.shadowRoot;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const passing = () => (root?.getAnimations() ?? []).filter((a) => a.effect?.getTiming().iterations !== Infinity);
  do {
    await frame();
    await frame();
    await Promise.all(passing().map((a) => a.finished.catch(() => undefined)));
  } while (passing().some((a) => a.playState === "running"));
}"""


class Panel:
    """The widget on one page."""

    def __init__(self, page: Page, server: FakeServer | RunningServer) -> None:
        """Watch the page for errors from the beginning."""
        self.page = page
        self.server = server
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(20_000)

    def visit(self, **settings: str) -> None:
        """Load a page of the site; `data_country="GB"` stands on the script tag as data-country."""
        query = urlencode({name.replace("data_", "data-"): value for name, value in settings.items()})
        self.page.goto(f"{self.server.url}/page?{query}")
        self.launcher.wait_for()

    def open(self) -> None:
        """Press the launcher, unless the panel is open."""
        if not self.dialog.is_visible():
            self.launcher.click()
        self.dialog.wait_for()

    def write(self, text: str, wait: bool = True) -> None:
        """Send a message; wait until the answer has come."""
        before = self.bot.count()
        self.box.fill(text)
        self.box.press("Enter")
        if wait:
            self.answered(before)

    def answered(self, before: int) -> None:
        """Wait for one more bubble of the bot."""
        self.bot.nth(before).wait_for()

    def press(self, name: str, wait: bool = True) -> None:
        """Press a button of the panel by its whole name."""
        before = self.bot.count()
        self.button(name).last.click()
        if wait:
            self.answered(before)

    def say(self, text: str) -> str:
        """Send a message, wait for the whole turn, and give what the bot said."""
        before = self.bot.count()
        self.write(text)
        return self._turn(before)

    def choose(self, name: str) -> str:
        """Press a button, wait for the whole turn, and give what the bot said."""
        before = self.bot.count()
        self.press(name)
        return self._turn(before)

    def _turn(self, before: int) -> str:
        self.dialog.locator(".typing").wait_for(state="detached")
        return "\n".join(self.bot.all_inner_texts()[before:])

    def show(self, selector: str) -> None:
        """Scroll the conversation so that this is at its top."""
        self.dialog.locator(selector).first.evaluate("part => part.scrollIntoView({block: 'start'})")

    def button(self, name: str) -> Locator:
        """Buttons of that whole name."""
        return self.dialog.get_by_role("button", name=name, exact=True)

    def menu(self, name: str) -> None:
        """Choose an entry of the menu."""
        self.button("Menu").click()
        self.dialog.locator(".menu").get_by_role("button", name=name, exact=True).click()

    @property
    def launcher(self) -> Locator:
        """The round button in the corner."""
        return self.page.locator("back-chat .launcher")

    @property
    def dialog(self) -> Locator:
        """The panel."""
        return self.page.locator("back-chat dialog")

    @property
    def box(self) -> Locator:
        """Where messages are written."""
        return self.dialog.locator("textarea")

    @property
    def bot(self) -> Locator:
        """What the bot said."""
        return self.dialog.locator(".bot:not(.typing)")

    @property
    def user(self) -> Locator:
        """What the person said."""
        return self.dialog.locator(".bubble.user")

    @property
    def banner(self) -> Locator:
        """The emergency banner."""
        return self.dialog.locator(".banner")

    def focused(self) -> str:
        """What has the focus: tag, class and name, as "a|b|c"."""
        return str(self.page.evaluate(FOCUSED))

    def axe(self, options: dict[str, Any]) -> list[str]:
        """Faults that axe finds on the page, as lines."""
        if not self.page.evaluate("() => Boolean(window.axe)"):
            self.page.evaluate("source => (0, eval)(source)", self.server.axe_source())
        self.page.evaluate(SETTLED)
        result = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{fault['id']}: {node['target']} {node.get('failureSummary', '')}"
            for fault in result["violations"]
            for node in fault["nodes"]
        ]
