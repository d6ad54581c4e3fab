"""The line breaks, the server fails, a tab is added: nothing is lost, nothing is sent twice, help stays in sight."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.widget import talks
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.widget.fake_server import FakeServer


@pytest.fixture(autouse=True)
def _answers(server: FakeServer) -> None:
    server.answers = talks.answer


def _texts(server: FakeServer) -> list[str]:
    return [sent["text"] for sent in server.received]


def test_offline_messages_are_sent_once_and_in_order(panel: Panel, context: BrowserContext, server: FakeServer) -> None:
    panel.write("first")
    context.set_offline(True)
    for text in ("second", "third", "fourth"):
        panel.write(text, wait=False)
    panel.dialog.get_by_text("You are offline.").wait_for()
    assert panel.dialog.get_by_text("Get emergency care now if").is_visible()
    panel.dialog.get_by_text("Waiting for a connection").nth(2).wait_for()  # drawn a frame after it is written
    assert panel.dialog.get_by_text("Waiting for a connection").count() == 3
    context.set_offline(False)
    panel.answered(3)
    assert _texts(server) == ["first", "second", "third", "fourth"]
    assert panel.dialog.get_by_text("Waiting for a connection").count() == 0
    assert panel.dialog.locator(".bar").count() == 0


def test_a_server_that_is_gone_is_tried_again(panel: Panel, server: FakeServer) -> None:
    server.fault = "gone"
    panel.write("hello", wait=False)
    panel.dialog.get_by_text("The assistant cannot be reached.").wait_for()
    server.fault = None
    panel.answered(0)  # by itself
    assert _texts(server) == ["hello"]


def test_an_answer_lost_on_the_way_has_one_effect(panel: Panel, server: FakeServer) -> None:
    panel.write("before")
    server.lose_answer = True
    panel.write("once", wait=False)
    panel.answered(1)
    assert _texts(server) == ["before", "once"]
    assert panel.user.count() == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failure_shows_the_safety_text_and_can_be_retried(panel: Panel, server: FakeServer, status: int) -> None:
    panel.write("before")
    server.fault = status
    panel.write("hello")
    assert "could not work that out" in panel.bot.last.inner_text()
    assert panel.dialog.get_by_text("This did not go through.").is_visible()
    server.fault = None
    panel.press("Send again")
    assert _texts(server) == ["before", "hello"]
    assert panel.user.count() == 2
    assert panel.dialog.get_by_text("This did not go through.").count() == 0


def test_a_failed_button_leaves_the_buttons(panel: Panel, server: FakeServer) -> None:
    panel.write("ice")
    server.fault = 503
    panel.press("Stretches")
    assert panel.button("Stretches").is_visible()


def test_silence_is_not_an_answer(panel: Panel, server: FakeServer) -> None:
    server.answers = lambda _: []
    panel.write("hello")
    assert "No answer came back." in panel.bot.last.inner_text()
    assert panel.button("Send again").is_visible()


def test_a_turn_that_broke_can_be_sent_again(panel: Panel, server: FakeServer) -> None:
    server.answers = lambda _: [{"text": "I could not work that out.", "kind": "safety"}]
    panel.write("hello")
    assert panel.button("Send again").is_visible()


def test_the_conversation_survives_reload_and_other_pages(panel: Panel, server: FakeServer) -> None:
    panel.write("golf")
    panel.page.reload()
    panel.open()
    panel.answered(0)
    assert panel.user.count() == 1
    panel.page.get_by_role("link", name="Another page").click()
    panel.page.wait_for_url("**title=Second")
    panel.open()
    panel.press("None of these")  # the last question is still open
    assert server.received[-1]["ticks"] == ["t-none"]


def test_two_tabs_are_one_conversation(panel: Panel, context: BrowserContext, server: FakeServer) -> None:
    other = Panel(context.new_page(), server)
    other.visit()
    other.open()
    other.write("from the second tab")
    panel.page.bring_to_front()
    panel.answered(0)
    assert "from the second tab" in panel.user.inner_text()
    panel.write("from the first tab")
    other.page.bring_to_front()
    other.answered(1)
    assert len(server.talks) == 1
    panel.menu("Delete this chat")
    panel.button("Delete it").click()
    other.bot.first.wait_for(state="detached")
    assert server.talks == {}


def test_tabs_that_begin_at_once_share_one_session(panel: Panel, context: BrowserContext, server: FakeServer) -> None:
    other = Panel(context.new_page(), server)
    other.visit()
    other.open()
    server.delay = 0.3
    other.write("one", wait=False)
    panel.write("two", wait=False)
    for both in (panel, other):
        both.bot.nth(1).wait_for()
    assert len(server.talks) == 1
    assert sorted(_texts(server)) == ["one", "two"]


def test_an_expired_conversation_goes_on_in_a_new_one(panel: Panel, server: FakeServer) -> None:
    panel.write("golf")
    server.talks.clear()
    panel.press("None of these", wait=False)
    panel.dialog.get_by_text("The earlier chat has ended").wait_for()
    assert panel.dialog.get_by_text("the question it answered is gone").is_visible()
    assert panel.dialog.locator("fieldset").count() == 0
    panel.write("golf again")
    assert len(server.talks) == 1
    server.talks.clear()
    panel.write("typed words go on")
    assert _texts(server)[-1] == "typed words go on"


def test_what_the_bot_says_unasked_arrives_once(panel: Panel, server: FakeServer) -> None:
    panel.write("hello")
    server.push({"text": "How is your back today?", "kind": "question"})
    panel.answered(1)
    panel.page.reload()
    panel.open()
    panel.answered(1)
    time.sleep(0.5)
    assert panel.dialog.get_by_text("How is your back today?").count() == 1


def test_a_slow_answer_says_what_to_do_meanwhile(panel: Panel, server: FakeServer) -> None:
    server.delay = 9
    panel.page.set_default_timeout(20_000)
    panel.write("hello", wait=False)
    panel.dialog.locator(".log .note").get_by_text("do not wait for me").wait_for()
    server.delay = 0


def test_help_is_there_without_any_server(context: BrowserContext, server: FakeServer) -> None:
    panel = Panel(context.new_page(), server)
    server.fault = "gone"
    panel.visit(data_country="GB")
    panel.open()
    panel.button("Emergency help").click()
    assert panel.dialog.locator(".view").get_by_role("link", name="Call 999").get_attribute("href") == "tel:999"
    panel.button("Back to the chat").click()
    panel.write("hello", wait=False)
    panel.dialog.locator(".bar").get_by_role("link", name="Call 999").wait_for()
