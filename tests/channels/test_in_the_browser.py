"""The demo page and the running server, in a browser: what a person with a back spasm sees and does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from serving.outbox import Outbox
from tests.channels.running_server import RunningServer, free_port
from tests.widget.fake_server import FakeServer
from tests.widget.panel import Panel
from tests.widget.test_security import COUNT, HARMLESS_ELEMENTS, HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

GOLF = "My back cramps after golf, what do I do?"
SADDLE = "I cannot feel my bottom and I cannot pee"
STRETCHES = {
    "prayer stretch": ["Hold 5-10 seconds", "5 times", "2 sets", "2 sessions a day"],
    "lower trunk rotation": ["Hold 3 seconds", "10 times on each side"],
    "single knee to chest": ["Hold 5-10 seconds"],
    "double knee to chest": ["Hold 5-10 seconds"],
    "pelvic tilt": [],
}
OWN = {"button", "svg", "path", "g", "fieldset", "legend", "label", "input"}  # of answers: rating, choices, icons
TOKEN = "() => Object.entries(localStorage).find(([key]) => key.startsWith('back-chat:'))?.[1]"


def _lines(panel: Panel) -> list[str]:
    """All that stands in the log, one entry a bubble, without what only one of two showings has."""
    texts = panel.dialog.locator(".bubble").all_inner_texts()
    return [re.sub(r"\s+", " ", text) for text in texts]


def _ask(panel: Panel, text: str) -> str:
    """Write, wait for the whole turn, and give what the bot said."""
    before = panel.bot.count()
    panel.write(text)
    panel.dialog.locator(".typing").wait_for(state="detached")
    return "\n".join(panel.bot.all_inner_texts()[before:])


def _to_the_plan(panel: Panel) -> None:
    _ask(panel, GOLF)
    for _ in range(3):
        panel.press("None of these")
        panel.dialog.locator(".typing").wait_for(state="detached")


def test_from_the_golf_example_to_a_plan(demo: Panel, axe_options: dict[str, Any]) -> None:
    first = _ask(demo, GOLF)
    assert "golf" in first
    assert "I am not a doctor" in first
    assert demo.axe(axe_options) == []
    for number in (1, 2, 3):
        assert demo.dialog.get_by_text(f"Question {number} of 3.").last.is_visible()
        demo.press("None of these")
        demo.dialog.locator(".typing").wait_for(state="detached")
    plan = demo.dialog.locator(".bubble.plan").first.inner_text()
    assert "24-72 hours" in plan
    assert "20 minutes" in plan
    assert demo.dialog.locator(".tag.H").is_visible()
    assert demo.button("Stretches").is_visible()
    assert demo.axe(axe_options) == []
    demo.press("Yes, it helped", wait=False)
    demo.dialog.locator(".rate").get_by_text("Thank").first.wait_for()


def test_an_emergency_is_pinned_with_the_number_of_the_country(
    context: BrowserContext, served: RunningServer, axe_options: dict[str, Any]
) -> None:
    panel = Panel(context.new_page(), served)
    panel.page.route(
        "**/",
        lambda route: route.fulfill(
            response=(answer := route.fetch()),
            body=answer.text().replace("data-title", 'data-country="GB" data-title'),
        ),
    )
    panel.page.goto(served.url)
    panel.open()
    _ask(panel, SADDLE)
    banner = panel.banner
    assert banner.get_attribute("role") == "alert"
    assert banner.get_by_role("link", name="Call 999").get_attribute("href") == "tel:999"
    assert "cauda equina" in banner.inner_text()
    advice = _ask(panel, "how do I do the prayer stretch")
    assert "floor" not in advice
    assert panel.dialog.locator(".card").count() == 0
    assert panel.axe(axe_options) == []
    panel.page.reload()
    panel.open()
    banner.wait_for()
    assert banner.get_by_role("link", name="Call 999").is_visible()


@pytest.mark.parametrize(("stretch", "dose"), STRETCHES.items(), ids=[name.replace(" ", "_") for name in STRETCHES])
def test_each_stretch_has_its_picture_and_its_dose(
    demo: Panel, served: RunningServer, stretch: str, dose: list[str]
) -> None:
    _ask(demo, f"how do I do the {stretch}")
    card = demo.dialog.locator(".card")
    picture = card.get_by_role("img")
    assert picture.get_attribute("src") == f"{served.url}/widget/pictures/{stretch.replace(' ', '_')}.svg"
    assert len(picture.get_attribute("alt") or "") > 40
    demo.page.wait_for_function(
        "() => { const i = document.querySelector('back-chat').shadowRoot.querySelector('.card img');"
        " return i.complete && i.naturalWidth > 0; }"
    )
    assert [item.inner_text() for item in card.locator(".dose li").all()][: len(dose)] == dose


def test_a_reload_and_another_page_show_the_same(demo: Panel, served: RunningServer) -> None:
    _to_the_plan(demo)
    before = _lines(demo)
    demo.page.reload()
    demo.open()
    demo.bot.nth(demo.bot.count() - 1).wait_for()
    demo.dialog.locator(".bubble.plan").first.wait_for()
    assert _lines(demo) == before
    assert demo.button("Stretches").is_visible()  # the last buttons still hold
    demo.press("Stretches")
    demo.page.goto(f"{served.url}/?another")
    demo.open()
    demo.dialog.locator(".bubble.plan").first.wait_for()
    assert len(_lines(demo)) > len(before)


def test_a_restart_of_the_server_is_survived(context: BrowserContext, tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", port=free_port()).start()
    try:
        panel = Panel(context.new_page(), server)
        panel.page.goto(server.url)
        panel.open()
        _ask(panel, "what is an mri")
        server.stop()
        for text in ("what is a ct scan", "what is an emg"):
            panel.box.fill(text)
            panel.box.press("Enter")
        panel.dialog.locator(".bar").wait_for()
        assert "emergency" in panel.dialog.locator(".bar").inner_text().lower()
        server.start()
        panel.dialog.locator(".bar").get_by_role("button").click()
        panel.dialog.locator(".bar").wait_for(state="detached")
        panel.dialog.get_by_text("EMG").last.wait_for()
        panel.dialog.locator(".typing").wait_for(state="detached")
        token = panel.page.evaluate(TOKEN)
        history = server.get("/webhooks/web/history", token).data["messages"]
        asked = [entry["text"] for entry in history if entry["from"] == "user"]
        assert asked == ["what is an mri", "what is a ct scan", "what is an emg"]  # once, in order
        before = _lines(panel)
        panel.page.reload()
        panel.open()
        panel.dialog.get_by_text("EMG").last.wait_for()
        assert sorted(_lines(panel)) == sorted(before)  # what waited together was shown together
    finally:
        server.stop()


def test_two_tabs_share_one_conversation(demo: Panel, context: BrowserContext, served: RunningServer) -> None:
    _ask(demo, "what is an mri")
    other = Panel(context.new_page(), served)
    other.page.goto(served.url)
    other.open()
    other.dialog.get_by_text("what is an mri").wait_for()
    _ask(other, "what is a ct scan")
    demo.dialog.get_by_text("what is a ct scan").wait_for()
    assert _lines(demo) == _lines(other)


def test_what_is_said_unasked_appears_once(demo: Panel, served: RunningServer) -> None:
    _ask(demo, "what is an mri")
    token = demo.page.evaluate(TOKEN)
    me = served.get("/webhooks/web/export", token).data["conversation"]
    outbox = Outbox(sa.create_engine(f"sqlite:///{served.folder / 'conversations.db'}"))
    outbox.append(me, {"text": "Time for ice again.", "kind": "notice"})
    told = demo.dialog.get_by_text("Time for ice again.")
    told.wait_for(timeout=20_000)  # written by another process: seen with the next heartbeat
    demo.page.reload()
    demo.open()
    told.first.wait_for()
    demo.page.wait_for_timeout(500)
    assert told.count() == 1


def test_hostile_words_stay_words_on_both_sides(demo: Panel) -> None:
    _ask(demo, "what is an mri")
    before = demo.page.evaluate(COUNT)
    for text in HOSTILE[::6]:
        _ask(demo, text)
    demo.page.reload()  # and once more, as the history gives them
    demo.open()
    demo.bot.nth(10).wait_for()
    after = demo.page.evaluate(COUNT)
    new = {name for name, count in after["names"].items() if count > before["names"].get(name, 0)}
    assert new <= HARMLESS_ELEMENTS | OWN
    assert (after["hacked"], after["handlers"]) == (0, 0)


def test_a_typed_command_is_text(demo: Panel) -> None:
    _ask(demo, "what is an mri")
    said = _ask(demo, "/session_start")
    assert said.strip()
    assert demo.dialog.get_by_text("/session_start").first.is_visible()
    assert demo.dialog.get_by_text("what is an mri").first.is_visible()


@pytest.mark.parametrize("allowed", [False, True], ids=["refused", "allowed"])
def test_another_site_gets_in_only_when_it_is_allowed(
    context: BrowserContext, server: FakeServer, tmp_path: Path, allowed: bool
) -> None:
    """The page is the fake server's; the script and the channel are the product's, of another origin."""
    running = RunningServer(tmp_path / "data", origins=server.url if allowed else "https://clinic.example").start()
    try:
        panel = Panel(context.new_page(), server)
        panel.visit(src=running.url)
        panel.open()
        said = panel.dialog.locator(".bubble.answer, .bar, .bubble.safety, .sent")
        panel.write("what is an mri", wait=False)
        said.first.wait_for()
        assert (panel.dialog.locator(".bubble.answer").count() > 0) is allowed
        if not allowed:
            assert panel.page.evaluate("() => localStorage.length") == 0
            assert "emergency" in panel.dialog.inner_text().lower()
    finally:
        running.stop()


def test_only_the_token_is_kept_and_deleting_deletes(demo: Panel, served: RunningServer) -> None:
    _ask(demo, "my bladder is a secret, what is an mri")
    token = demo.page.evaluate(TOKEN)
    kept = demo.page.evaluate("() => JSON.stringify({...localStorage, ...sessionStorage}) + document.cookie")
    assert json.loads(kept) == {f"back-chat:{served.url}": token}
    demo.menu("My data")
    with demo.page.expect_download() as download:
        demo.button("Download my chat").click()
    assert "bladder is a secret" in Path(download.value.path()).read_text(encoding="utf-8")
    demo.button("Delete this chat").click()
    demo.button("Delete it").click()
    demo.dialog.get_by_text("The chat was deleted.").first.wait_for()
    assert served.get("/webhooks/web/history", token).data == {"messages": []}
    assert demo.page.evaluate("() => localStorage.length") == 0


def test_the_page_asks_nobody_else(browser: Browser, served: RunningServer) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    panel = Panel(page, served)
    page.goto(served.url)
    panel.open()
    _ask(panel, "how do I do the pelvic tilt")
    page.wait_for_timeout(300)
    assert [url for url in asked if not url.startswith(served.url + "/")] == []
    page.close()


@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (640, 360)])
def test_the_whole_way_fits_a_phone(
    browser: Browser, served: RunningServer, width: int, height: int, axe_options: dict[str, Any]
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height}, has_touch=True)
    panel = Panel(page, served)
    page.goto(served.url)
    panel.open()
    _to_the_plan(panel)
    panel.press("Stretches")
    panel.dialog.locator(".typing").wait_for(state="detached")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    wide = page.evaluate(
        "() => { const l = document.querySelector('back-chat').shadowRoot.querySelector('.log');"
        " return l.scrollWidth - l.clientWidth; }"
    )
    assert wide <= 0
    assert panel.axe(axe_options) == []
    page.close()
