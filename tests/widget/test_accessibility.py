"""Everybody can use it: axe on every state, the keyboard alone, narrow screens, large targets, less motion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.widget import states, talks
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.widget.fake_server import FakeServer

SMALL_TARGETS = """(least) => {
  const root = document.querySelector("back-chat").shadowRoot;
  return [...root.querySelectorAll("button, a, input, textarea")].flatMap((control) => {
    const box = (control.closest("label") ?? control).getBoundingClientRect();
    const slack = 0.05;  // px: a box of 44 px at a fractional place measures 43.99999
    const small = box.width > 0 && (box.width < least - slack || box.height < least - slack);
    return small ? [`${control.className} ${control.textContent.trim()} ${box.width}x${box.height}`] : [];
  });
}"""
ROOT = "document.querySelector('back-chat').shadowRoot"
TOO_WIDE = """() => {
  const root = document.querySelector("back-chat").shadowRoot;
  const names = "dialog, .log, .banner, .bar, .head, .view, .bubble";
  const parts = [document.documentElement, ...root.querySelectorAll(names)];
  return parts.filter((part) => part.scrollWidth > part.clientWidth + 1).map((part) => part.className);
}"""


@pytest.fixture(autouse=True)
def _answers(server: FakeServer) -> None:
    server.answers = talks.answer


@pytest.mark.parametrize("state", states.STATES)
def test_axe_finds_nothing(browser: Browser, server: FakeServer, state: str) -> None:
    """In every state: by light, in the dark, on the narrowest phone, and right to left."""
    with states.shown(browser, server, state) as panel:
        for name in states.LOOKS:
            assert (name, states.look(panel, name)) == (name, [])
            if name == "phone":
                assert panel.page.evaluate(TOO_WIDE) == []
                assert panel.page.evaluate(SMALL_TARGETS, 24) == []


def test_axe_is_not_blind(panel: Panel, browser: Browser, server: FakeServer, axe_options: dict[str, Any]) -> None:
    context = browser.new_context(bypass_csp=True)
    broken = Panel(context.new_page(), server)
    broken.visit()
    broken.open()
    broken.page.evaluate(f"{ROOT}.querySelector('.send').removeAttribute('aria-label')")
    assert any("button-name" in fault for fault in broken.axe(axe_options))
    context.close()


def test_the_demo_page_has_no_fault(browser: Browser, server: FakeServer, axe_options: dict[str, Any]) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
        panel = Panel(context.new_page(), server)
        panel.page.goto(server.url)
        panel.dialog.wait_for()
        panel.page.wait_for_timeout(350)
        assert panel.axe(axe_options) == []
        context.close()


def test_main_controls_are_large(panel: Panel) -> None:
    panel.write("stretch")
    small = [line for line in panel.page.evaluate(SMALL_TARGETS, 44) if "Emergency help" not in line]
    assert small == []


def _tab_to(panel: Panel, name: str, limit: int = 40) -> None:
    for _ in range(limit):
        if name in panel.focused():
            return
        panel.page.keyboard.press("Tab")
    raise AssertionError(f"{name!r} is not reached by Tab; focus is on {panel.focused()!r}")


def test_from_launcher_to_emergency_by_keyboard_alone(context: BrowserContext, server: FakeServer) -> None:
    panel = Panel(context.new_page(), server)
    panel.visit()
    keys = panel.page.keyboard
    _tab_to(panel, "Open the chat")
    keys.press("Enter")
    panel.dialog.wait_for()
    panel.page.wait_for_timeout(100)
    assert panel.focused().startswith("textarea")
    keys.type("my back cramps after golf")
    keys.press("Enter")
    panel.answered(0)
    assert panel.focused().startswith("textarea")
    for _ in range(12):
        if panel.focused().startswith("input"):
            break
        keys.press("Shift+Tab")
    keys.press("Space")
    _tab_to(panel, "Continue")
    keys.press("Enter")
    panel.banner.wait_for()
    panel.page.wait_for_timeout(100)
    assert "banner" in panel.focused()
    keys.press("Tab")
    assert "Call 999" in panel.focused()
    _tab_to(panel, "I answered wrongly")
    keys.press("Enter")
    panel.banner.wait_for(state="hidden")
    panel.page.wait_for_timeout(100)
    assert "bubble bot" in panel.focused()  # on to the answer, not lost on the page
    keys.press("Escape")
    assert panel.focused().startswith("button|launcher")
    assert not panel.dialog.is_visible()


def test_the_stretch_by_keyboard_alone(panel: Panel, server: FakeServer) -> None:
    panel.write("stretch")
    keys = panel.page.keyboard
    for _ in range(12):
        if "|Start" in panel.focused():
            break
        keys.press("Shift+Tab")
    keys.press("Enter")
    panel.button("Pause").wait_for()
    _tab_to(panel, "Next")
    keys.press("Enter")
    _tab_to(panel, "Start again")
    keys.press("Enter")
    panel.page.wait_for_timeout(100)
    assert panel.focused().startswith("button|solid|Start")
    _tab_to(panel, "It felt better")
    keys.press("Enter")
    panel.answered(1)
    assert server.received[-1]["button"] == "better"


def test_menu_and_sides_by_keyboard_alone(panel: Panel) -> None:
    keys = panel.page.keyboard
    panel.button("Menu").focus()
    keys.press("Enter")
    panel.page.wait_for_timeout(100)
    assert "Start over" in panel.focused()
    keys.press("Escape")
    assert "menu-button" in panel.focused()
    assert panel.dialog.is_visible()
    keys.press("Enter")
    _tab_to(panel, "About this chat")
    keys.press("Enter")
    panel.page.wait_for_timeout(100)
    assert panel.focused().startswith("h3")
    keys.press("Escape")
    panel.page.wait_for_timeout(100)
    assert panel.focused().startswith("textarea")


def test_focus_after_a_quick_reply(browser: Browser, server: FakeServer) -> None:
    for touch, expected in ((False, "textarea"), (True, "div|bubble bot")):
        context = browser.new_context(viewport={"width": 390, "height": 780}, has_touch=touch)
        panel = Panel(context.new_page(), server)
        panel.visit()
        if touch:
            panel.launcher.tap()
        else:
            panel.open()
        panel.write("ice")
        if touch:
            panel.button("Stretches").tap()
        else:
            panel.button("Stretches").click()
        panel.answered(1)
        panel.page.wait_for_timeout(150)
        assert panel.focused().startswith(expected)
        context.close()


def test_on_a_phone_the_page_behind_is_out_of_reach(browser: Browser, server: FakeServer) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 700})
    panel = Panel(context.new_page(), server)
    panel.visit()
    panel.open()
    panel.page.wait_for_timeout(350)
    box = panel.dialog.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 375, "height": 700}
    for _ in range(15):
        panel.page.keyboard.press("Tab")
        assert "A button of the page" not in panel.focused()
    panel.page.set_viewport_size({"width": 1000, "height": 700})
    panel.page.wait_for_timeout(200)
    assert panel.dialog.is_visible()
    panel.page.get_by_role("button", name="A button of the page").click()  # beside the panel, in reach again
    context.close()


def test_at_320_pixels_and_at_twice_the_size_nothing_is_cut(browser: Browser, server: FakeServer) -> None:
    for width, height in ((320, 480), (600, 400)):  # 1200x800 at 200 %
        context = browser.new_context(viewport={"width": width, "height": height})
        panel = Panel(context.new_page(), server)
        panel.visit()
        panel.open()
        for word in ("golf", "stretch", "scale", "ice", "sheet", "A" * 300):
            panel.write(word)
            assert panel.page.evaluate(TOO_WIDE) == []
        context.close()


def test_live_regions(panel: Panel, server: FakeServer) -> None:
    assert panel.dialog.get_by_role("log").get_attribute("aria-label") == "Conversation"
    panel.write("stretch")
    timer = panel.dialog.get_by_role("timer")
    assert timer.get_attribute("aria-live") == "off"
    panel.button("Start").click()
    panel.page.wait_for_timeout(200)
    assert panel.dialog.get_by_role("status").last.inner_text() == "Get ready"


def test_less_motion_means_none(browser: Browser, server: FakeServer) -> None:
    context = browser.new_context(reduced_motion="reduce")
    panel = Panel(context.new_page(), server)
    server.delay = 0.5
    panel.visit()
    panel.open()
    panel.write("ice", wait=False)
    running = f"() => {ROOT}.getAnimations().length + document.getAnimations().length"
    for _ in range(5):
        assert panel.page.evaluate(running) == 0
        panel.page.wait_for_timeout(150)
    context.close()


def test_forced_colours_keep_edges(browser: Browser, server: FakeServer) -> None:
    context = browser.new_context(forced_colors="active")
    panel = Panel(context.new_page(), server)
    panel.visit()
    panel.open()
    panel.write("stretch")
    width = f"name => getComputedStyle({ROOT}.querySelector(name)).borderTopWidth"
    for name in (".solid", ".bubble.bot", ".send", ".timer"):
        assert panel.page.evaluate(width, name) == "1px"
    context.close()


def test_right_to_left(browser: Browser, server: FakeServer) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 820})
    panel = Panel(context.new_page(), server)
    panel.visit(dir="rtl", lang="ar")
    panel.open()
    panel.write("english words, with a full stop.")
    box = panel.dialog.bounding_box()
    assert box is not None
    assert box["x"] < 100  # the corner is on the left
    assert panel.user.locator("p").get_attribute("dir") == "auto"
    context.close()


def test_the_theme_of_the_site_wins(browser: Browser, server: FakeServer) -> None:
    context = browser.new_context(color_scheme="light")
    panel = Panel(context.new_page(), server)
    panel.visit(data_theme="dark")
    panel.open()
    colour = f"() => getComputedStyle({ROOT}.querySelector('dialog')).backgroundColor"
    assert panel.page.evaluate(colour) == "rgb(18, 26, 26)"
    context.close()
