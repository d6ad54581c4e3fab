"""The demo page and the running server, in a browser: what a person with a back spasm sees and does."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from serving.outbox import Outbox
from tests.channels.running_server import RunningServer
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
OWN = {"button", "svg", "path", "g", "fieldset", "legend", "label", "input", "h3"}  # rating, choices, icons, banner
OVERFLOW = """() => {
  const log = document.querySelector("back-chat").shadowRoot.querySelector(".log");
  return log.scrollWidth - log.clientWidth;
}"""
TOKEN = "() => Object.entries(localStorage).find(([key]) => key.startsWith('back-chat:'))?.[1]"


def _lines(panel: Panel) -> list[str]:
    """All that stands in the log, one entry a bubble, without what only one of two showings has."""
    texts = panel.dialog.locator(".bubble").all_inner_texts()
    return [re.sub(r"\s+", " ", text) for text in texts]


def _to_the_plan(panel: Panel) -> None:
    panel.say(GOLF)
    for _ in range(3):
        panel.choose("None of these")


def test_from_the_golf_example_to_a_plan(demo: Panel, axe_options: dict[str, Any]) -> None:
    first = demo.say(GOLF)
    assert "golf" in first
    assert "I am not a doctor" in first
    assert demo.axe(axe_options) == []
    for number in (1, 2, 3):
        assert demo.dialog.get_by_text(f"Question {number} of 3.").last.is_visible()
        demo.choose("None of these")
    plan = demo.dialog.locator(".bubble.plan").first.inner_text()
    assert "24-72 hours" in plan
    assert "20 minutes" in plan
    assert demo.dialog.locator(".tag.H").is_visible()
    assert demo.button("Start the stretches").is_visible()
    assert demo.dialog.locator("back-chat-countdown").inner_text().startswith("20:00")
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
    panel.say(SADDLE)
    banner = panel.banner
    assert banner.get_attribute("role") == "alert"
    assert banner.get_by_role("link", name="Call 999").get_attribute("href") == "tel:999"
    assert "cauda equina" in banner.inner_text()
    advice = panel.say("how do I do the prayer stretch")
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
    demo.say(f"how do I do the {stretch}")
    card = demo.dialog.locator(".card")
    picture = card.get_by_role("img")
    assert picture.get_attribute("src") == f"{served.url}/widget/pictures/{stretch.replace(' ', '_')}.svg"
    assert len(picture.get_attribute("alt") or "") > 40
    demo.page.wait_for_function(
        "() => { const i = document.querySelector('back-chat').shadowRoot.querySelector('.card img');"
        " return i.complete && i.naturalWidth > 0; }"
    )
    assert [item.inner_text() for item in card.locator(".dose li").all()][: len(dose)] == dose


def _mark(panel: Panel, number: int) -> str:
    before = panel.bot.count()
    panel.dialog.locator(".marks").last.locator(f"input[value='{number}']").check()
    panel.press("Send this number")
    panel.dialog.locator(".typing").wait_for(state="detached")
    return "\n".join(panel.bot.all_inner_texts()[before:])


def test_the_coach_leads_a_session_and_stops_it_for_pain(demo: Panel, axe_options: dict[str, Any]) -> None:
    """Mark, facts, two sets with cards and timers, a question in between, a break; worse pain brings the lists back."""
    _to_the_plan(demo)
    assert "0 (no pain)" in demo.choose("Start the stretches")
    assert "Heart failure" in _mark(demo, 4)
    demo.choose("None of these")
    steps = demo.dialog.locator(".bubble.coach .card")
    assert steps.last.get_by_role("img").get_attribute("src", timeout=2_000).endswith("prayer_stretch.svg")  # type: ignore[union-attr]
    assert steps.last.locator("back-chat-hold").get_by_text("Round 1 of 5").is_visible()
    assert demo.axe(axe_options) == []
    assert "set 2 of 2" in demo.choose("Done, next")
    assert "5 to 10 seconds" in demo.say("how long do I hold it?")
    assert "go on" in demo.choose("Take a break")
    assert "set 2 of 2" in demo.choose("Go on")
    assert "Lower trunk rotation" in demo.choose("Skip this stretch")
    assert "What do you feel?" in demo.choose("It hurts")
    demo.choose("Only the usual ache")
    demo.choose("Stop stretching")
    assert "Stop stretching now" in _mark(demo, 8)
    assert demo.dialog.get_by_label("Hard to start peeing").is_visible()
    before = _lines(demo)
    demo.page.reload()
    demo.open()
    demo.dialog.get_by_label("Hard to start peeing").wait_for()
    assert _lines(demo) == before


def test_a_reload_and_another_page_show_the_same(demo: Panel, served: RunningServer) -> None:
    _to_the_plan(demo)
    before = _lines(demo)
    demo.page.reload()
    demo.open()
    demo.bot.nth(demo.bot.count() - 1).wait_for()
    demo.dialog.locator(".bubble.plan").first.wait_for()
    assert _lines(demo) == before
    assert demo.button("Start the stretches").is_visible()  # the last buttons still hold
    demo.choose("Start the stretches")
    demo.page.goto(f"{served.url}/?another")
    demo.open()
    demo.dialog.locator(".bubble.plan").first.wait_for()
    assert len(_lines(demo)) > len(before)


def test_offline_and_back_each_message_is_sent_once_and_in_order(
    demo: Panel, context: BrowserContext, served: RunningServer
) -> None:
    demo.say("what is an mri")
    context.set_offline(True)
    _write_unanswered(demo)
    context.set_offline(False)
    demo.dialog.locator(".bar").wait_for(state="detached")
    _answered_once_and_in_order(demo, served)


def test_a_restart_of_the_server_is_survived(demo: Panel, served: RunningServer) -> None:
    demo.say("what is an mri")
    served.stop()
    try:
        _write_unanswered(demo)
    finally:
        served.start()
    from playwright.sync_api import TimeoutError as NothingToPress

    with contextlib.suppress(NothingToPress):  # the page tries by itself, too, and may be the first
        demo.dialog.locator(".bar").get_by_role("button").click(timeout=3000)
    demo.dialog.locator(".bar").wait_for(state="detached")
    _answered_once_and_in_order(demo, served)


def _write_unanswered(panel: Panel) -> None:
    for text in ("what is a ct scan", "what is an emg"):
        panel.box.fill(text)
        panel.box.press("Enter")
    panel.dialog.locator(".bar").wait_for()
    assert "emergency" in panel.dialog.locator(".bar").inner_text().lower()


def _answered_once_and_in_order(panel: Panel, served: RunningServer) -> None:
    panel.dialog.get_by_text("EMG").last.wait_for()
    panel.dialog.locator(".typing").wait_for(state="detached")
    history = served.get("/webhooks/web/history", panel.page.evaluate(TOKEN)).data["messages"]
    asked = [entry["text"] for entry in history if entry["from"] == "user"]
    assert asked == ["what is an mri", "what is a ct scan", "what is an emg"]
    before = _lines(panel)
    panel.page.reload()
    panel.open()
    panel.dialog.get_by_text("EMG").last.wait_for()
    assert sorted(_lines(panel)) == sorted(before)  # what waited together was shown together


def test_two_tabs_share_one_conversation(demo: Panel, context: BrowserContext, served: RunningServer) -> None:
    demo.say("what is an mri")
    other = Panel(context.new_page(), served)
    other.page.goto(served.url)
    other.open()
    other.dialog.get_by_text("what is an mri").wait_for()
    other.say("what is a ct scan")
    demo.dialog.get_by_text("what is a ct scan").wait_for()
    assert _lines(demo) == _lines(other)


def test_what_is_said_unasked_appears_once(demo: Panel, served: RunningServer) -> None:
    demo.say("what is an mri")
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


def test_hostile_words_stay_words_on_both_sides(demo: Panel, served: RunningServer) -> None:
    """Some are typed; all are sent, quoted back in the re-check, and shown once more as the history gives them."""
    demo.say("what is an mri")
    before = demo.page.evaluate(COUNT)
    for text in HOSTILE[::20]:
        demo.say(text)
    token = demo.page.evaluate(TOKEN)
    for text in HOSTILE:
        served.say(token, text=text)
    served.say(token, text=f"I cannot feel my bottom {HOSTILE[0]} and I cannot pee")
    demo.page.reload()
    demo.open()
    demo.banner.wait_for()
    assert len(HOSTILE) >= 100
    assert demo.user.count() >= len(HOSTILE)
    after = demo.page.evaluate(COUNT)
    new = {name for name, count in after["names"].items() if count > before["names"].get(name, 0)}
    assert new <= HARMLESS_ELEMENTS | OWN
    assert (after["hacked"], after["handlers"]) == (0, 0)


def test_a_typed_command_is_text(demo: Panel) -> None:
    demo.say("what is an mri")
    said = demo.say("/session_start")
    assert said.strip()
    assert demo.dialog.get_by_text("/session_start").first.is_visible()
    assert demo.dialog.get_by_text("what is an mri").first.is_visible()


@pytest.mark.parametrize("allowed", [False, True], ids=["refused", "allowed"])
def test_another_site_gets_in_only_when_it_is_allowed(
    context: BrowserContext, server: FakeServer, neighbour: FakeServer, served: RunningServer, allowed: bool
) -> None:
    """The page is a fake server's; the script and the channel are the product's, of another origin."""
    panel = Panel(context.new_page(), neighbour if allowed else server)
    panel.visit(src=served.url)
    panel.open()
    said = panel.dialog.locator(".bubble.answer, .bar, .bubble.safety, .sent")
    panel.write("what is an mri", wait=False)
    said.first.wait_for()
    assert (panel.dialog.locator(".bubble.answer").count() > 0) is allowed
    if not allowed:
        assert panel.page.evaluate("() => localStorage.length") == 0
        assert "emergency" in panel.dialog.inner_text().lower()


def test_only_the_token_is_kept_and_deleting_deletes(demo: Panel, served: RunningServer) -> None:
    demo.say("my bladder is a secret, what is an mri")
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
    panel.say("how do I do the pelvic tilt")
    page.wait_for_timeout(300)
    assert [url for url in asked if not url.startswith(served.url + "/")] == []
    page.close()


def test_the_whole_way_fits_a_phone(browser: Browser, served: RunningServer, axe_options: dict[str, Any]) -> None:
    """On an ordinary phone; then on the narrowest, and lying on its side."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    panel = Panel(page, served)
    page.goto(served.url)
    panel.open()
    _to_the_plan(panel)
    panel.choose("Start the stretches")
    panel.choose("Skip this one")
    panel.choose("None of these")
    for width, height in ((390, 844), (320, 640), (640, 360)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(OVERFLOW) <= 0
        assert panel.axe(axe_options) == []
    page.close()
