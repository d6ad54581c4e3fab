"""Talking with the widget: every kind of message is shown, answered and kept."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.widget import talks
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.widget.fake_server import FakeServer

SESSION_TWO_SIDES = ["Get ready", "Hold, left side", "Change sides", "Hold, right side", "Change sides"]


@pytest.fixture(autouse=True)
def _answers(server: FakeServer) -> None:
    server.answers = talks.answer


def test_from_golf_to_the_first_step(panel: Panel, server: FakeServer) -> None:
    panel.button("My back cramps after golf, what do I do?").click()
    panel.answered(0)
    assert "Do you have any of these now?" in panel.bot.inner_text()
    panel.press("None of these")
    assert "ice pack" in panel.bot.last.inner_text()
    assert [next(iter(set(sent) - {"id"})) for sent in server.received] == ["text", "ticks"]
    assert server.received[1]["ticks"] == ["t-none"]
    assert panel.user.last.inner_text().endswith("None of these")


def test_ticks_are_sent_by_id_and_shown_by_title(panel: Panel, server: FakeServer) -> None:
    panel.write("golf")
    panel.press("Continue", wait=False)
    assert panel.dialog.get_by_text("Tick at least one").is_visible()
    assert server.received[1:] == []
    panel.dialog.get_by_label("New trouble peeing").check()
    panel.dialog.get_by_label("Both legs weak").check()
    panel.press("Continue")
    assert server.received[1]["ticks"] == ["t1", "t3"]
    assert "New trouble peeing, Both legs weak" in panel.user.last.inner_text()
    assert panel.dialog.locator("fieldset").count() == 0


def test_an_emergency_stays_in_sight(panel: Panel) -> None:
    panel.write("golf")
    panel.press("Not sure")
    assert panel.banner.get_attribute("role") == "alert"
    assert [link.get_attribute("href") for link in panel.banner.get_by_role("link").all()] == ["tel:999", "tel:112"]
    panel.write("how about a scale")
    assert panel.banner.is_visible()
    panel.button("Show less").click()
    assert panel.banner.get_by_text("Call 999").is_visible()
    panel.page.reload()
    panel.banner.wait_for()  # the panel opens itself again
    panel.write("ice")
    panel.banner.wait_for(state="hidden")  # advice is given only after danger was denied


def test_an_emergency_that_comes_unasked_opens_the_panel(panel: Panel, server: FakeServer) -> None:
    panel.write("hello")
    panel.button("Close the chat").click()
    server.push(talks.EMERGENCY)
    panel.banner.wait_for()
    assert "banner" in panel.focused()


def test_starting_over_ends_the_banner(panel: Panel, server: FakeServer) -> None:
    panel.write("golf")
    panel.press("Not sure")
    panel.menu("Start over")
    panel.banner.wait_for(state="hidden")
    assert server.received[-1]["text"] == "start over"


def test_only_numbers_become_calls(panel: Panel) -> None:
    panel.write("crisis")
    assert [link.get_attribute("href") for link in panel.banner.get_by_role("link").all()] == ["tel:116123"]
    assert panel.banner.get_by_text("Samaritans 116 123").is_visible()


def test_buttons_stay_until_answered_and_after_another_message(panel: Panel, server: FakeServer) -> None:
    panel.write("ice")
    server.push({"text": "A reminder of the bot.", "kind": "notice"})
    panel.answered(1)
    assert panel.button("Stretches").is_visible()
    panel.press("Stretches")
    assert panel.button("Stretches").count() == 0
    assert server.received[-1]["button"] == "stretches"


def test_the_pain_scale(panel: Panel, server: FakeServer) -> None:
    panel.write("scale")
    panel.press("Send this number", wait=False)
    assert panel.dialog.get_by_text("Choose a number first.").is_visible()
    panel.dialog.get_by_role("radio", name="0, no pain").focus()
    for _ in range(7):
        panel.page.keyboard.press("ArrowRight")
    panel.press("Send this number")
    assert server.received[-1]["scale"] == 7
    assert "7 out of 10" in panel.user.last.inner_text()


def test_the_hold_timer_walks_sides_rounds_and_sets(context: BrowserContext, server: FakeServer) -> None:
    panel = Panel(context.new_page(), server)
    panel.page.clock.install()
    panel.visit()
    panel.open()
    panel.write("stretch")
    card = panel.dialog.locator(".card")
    assert card.get_by_role("img").get_attribute("alt") == talks.STRETCH["card"]["picture"]["alt"]
    dose = [item.inner_text() for item in card.locator(".dose li").all()]
    assert dose == ["Hold 5-10 seconds", "10 times on each side", "2 sets", "2 sessions a day"]
    panel.button("Start").click()
    shown = []
    for _ in range(400):
        text = card.locator(".count").inner_text()
        said = re.sub(r"\s+", " ", text.split("\n", 1)[1])
        if not shown or shown[-1] != said:
            shown.append(said)
        if "All done" in said:
            break
        panel.page.clock.run_for(2_000)
    assert shown[0].startswith("Get ready")
    names = [said.partition(" Round")[0] for said in shown]
    assert [name for name in names if name != "Let go when you like"][:5] == SESSION_TWO_SIDES
    assert sum(name.startswith("Hold") for name in names) == 10 * 2 * 2
    assert names.count("Set done, rest a little") == 1
    assert "Round 10 of 10 · Set 2 of 2" in shown[-2]
    assert names[-1].startswith("All done")
    assert server.received[1:] == []  # nothing is sent by itself


def test_the_timer_can_pause_skip_and_begin_again(context: BrowserContext, server: FakeServer) -> None:
    panel = Panel(context.new_page(), server)
    panel.page.clock.install()
    panel.visit()
    panel.open()
    panel.write("stretch")
    count = panel.dialog.locator(".count b")
    panel.button("Start").click()
    panel.page.clock.run_for(2_000)
    panel.button("Pause").click()
    stopped = count.inner_text()
    panel.page.clock.run_for(30_000)
    assert count.inner_text() == stopped == "3"
    panel.button("Go on").click()
    panel.button("Next").click()
    panel.dialog.get_by_text("Hold, left side").first.wait_for()
    panel.button("Start again").click()
    assert count.inner_text() == "5"


def test_the_ice_timer_counts_twenty_minutes_and_says_so(context: BrowserContext, server: FakeServer) -> None:
    panel = Panel(context.new_page(), server)
    panel.page.clock.install()
    panel.visit()
    panel.open()
    panel.write("ice")
    assert panel.dialog.locator(".count b").inner_text() == "20:00"
    panel.button("Start").click()
    panel.page.clock.run_for(600_000)
    assert panel.dialog.locator(".count b").inner_text() in ("10:00", "9:59")
    panel.page.clock.run_for(601_000)
    assert panel.dialog.get_by_role("status").last.inner_text() == "Time is up: Ice pack, 20 minutes"


def test_a_timer_of_the_bot_runs_by_itself_and_is_silent_at_its_end(
    context: BrowserContext, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With reminders on, the bot says that it is over: then the page says nothing, and has nothing to start."""
    monkeypatch.setitem(talks.ICE, "timer", {"label": "Ice", "seconds": 1200, "ends": time.time() + 600})
    panel = Panel(context.new_page(), server)
    panel.page.clock.install()
    panel.visit()
    panel.open()
    panel.write("ice")
    assert panel.dialog.locator(".count b").inner_text() in ("10:00", "9:59", "9:58", "9:57")
    assert panel.button("Start").count() == panel.button("Pause").count() == 0
    panel.page.clock.run_for(601_000)
    assert panel.dialog.locator(".count b").inner_text() == "0:00"
    assert "Time is up" not in panel.dialog.get_by_role("status").last.inner_text()


def test_a_file_is_fetched_with_the_token_in_the_header(panel: Panel, server: FakeServer) -> None:
    panel.write("sheet")
    with panel.page.expect_download() as download:
        panel.dialog.get_by_role("link", name="Download doctor-sheet.pdf").click()
    assert download.value.suggested_filename == "doctor-sheet.pdf"
    token = next(iter(server.talks))
    assert not any(token in path for path in server.paths)


def test_feedback_on_an_answer(panel: Panel, server: FakeServer) -> None:
    panel.write("ice")
    panel.press("No, it did not help", wait=False)
    panel.dialog.get_by_text("You can write what was missing").first.wait_for()
    assert server.ratings == [{"message": "m1", "helpful": False}]
    assert panel.focused().startswith("textarea")


def test_an_answer_is_called_wrong_by_keyboard_also_an_old_one(panel: Panel, server: FakeServer) -> None:
    panel.write("ice")
    panel.write("how about a scale")
    assert panel.button("This is wrong").count() == 1
    panel.button("No, it did not help").focus()
    panel.page.keyboard.press("Tab")
    assert panel.focused() == "button|wrong|This is wrong"
    panel.page.keyboard.press("Enter")
    panel.answered(2)
    assert server.received[-1]["button"] == "wrong-ice"
    assert panel.user.last.inner_text().endswith("This is wrong")
    assert "May I keep your next message" in panel.bot.last.inner_text()
    assert panel.button("This is wrong").count() == 1
    panel.page.wait_for_function(
        "() => document.querySelector('back-chat').shadowRoot.activeElement?.matches('.bubble')"
    )
    panel.button("No, keep nothing").wait_for()
    panel.page.reload()
    panel.open()
    panel.button("This is wrong").wait_for()


def test_my_data_can_be_had_and_deleted(panel: Panel, server: FakeServer) -> None:
    panel.write("hello")
    panel.menu("My data")
    with panel.page.expect_download() as download:
        panel.button("Download my chat").click()
    assert download.value.suggested_filename == "back-spasm-chat.json"
    panel.button("Delete this chat").click()
    panel.button("Delete it").click()
    panel.dialog.get_by_text("The chat was deleted.").first.wait_for()
    assert server.talks == {}
    assert panel.page.evaluate("() => localStorage.length + sessionStorage.length") == 0
    assert panel.bot.count() == 0


def test_a_quick_exit_clears_the_device(panel: Panel) -> None:
    panel.write("hello")
    address = panel.page.url
    panel.menu("Leave this page fast")
    panel.page.wait_for_url("about:blank")
    panel.page.goto(address)
    assert panel.page.evaluate("() => localStorage.length") == 0


def test_only_the_token_is_kept_in_the_browser(panel: Panel, server: FakeServer) -> None:
    panel.write("my bladder is a secret")
    kept = panel.page.evaluate("() => ({...localStorage, ...sessionStorage, cookie: document.cookie})")
    assert kept == {f"back-chat:{server.url}": next(iter(server.talks)), "cookie": ""}


def test_greeting_badge_and_title(context: BrowserContext, server: FakeServer) -> None:
    panel = Panel(context.new_page(), server)
    panel.visit(data_title="Ask the clinic", data_country="gb")
    panel.page.get_by_role("button", name="Back spasm? Tell me what happened.").click()
    panel.dialog.get_by_role("heading", name="Ask the clinic").wait_for()
    panel.write("hello")
    assert next(iter(server.talks.values())).settings["country"] == "GB"
    panel.dialog.get_by_role("button", name="Close the chat").click()
    server.push({"text": "Time for ice again.", "kind": "notice"})
    panel.page.get_by_role("button", name="Open the chat, 1 new").click()
    assert panel.bot.count() == 2


def test_a_newer_servers_message_is_shown_as_text(panel: Panel, server: FakeServer) -> None:
    odd = {
        "text": "Still here.",
        "kind": "new kind!",
        "card": 7,
        "ticks": {"items": "x"},
        "hologram": {"x": 1},
        "buttons": [{}],
    }
    server.answers = lambda _: [odd, {"text": ""}, None, 5]  # type: ignore[list-item]
    server._said = lambda talk, message: message  # type: ignore[method-assign]
    panel.write("hello")
    assert panel.bot.count() == 1
    assert "Still here." in panel.bot.inner_text()
