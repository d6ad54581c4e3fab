"""Hostile words stay words, the strict policy is never broken, nothing comes from anywhere else."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.widget import talks
from tests.widget.fake_server import FakeServer
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

RUN = "window.hacked=1"
TEXTS = json.loads(Path(__file__).with_name("hostile.json").read_text(encoding="utf-8"))


def _filled(text: str) -> str:
    encoded = base64.b64encode(f"<script>{RUN}</script>".encode()).decode()
    return text.replace("{run}", RUN).replace("{b64}", encoded)


HOSTILE = [_filled(text) for text in TEXTS]

COUNT = """() => {
  const root = document.querySelector("back-chat").shadowRoot;
  const all = [...document.querySelectorAll("*"), ...root.querySelectorAll("*")];
  const names = {};
  for (const element of all) names[element.localName] = (names[element.localName] ?? 0) + 1;
  const links = [...root.querySelectorAll("a")].map((a) => a.getAttribute("href"));
  const handlers = all.filter((e) => e.getAttributeNames().some((name) => name.startsWith("on"))).length;
  return { names, links, handlers, hacked: window.hacked ?? 0 };
}"""
HARMLESS_ELEMENTS = {"p", "ul", "ol", "li", "strong", "div", "span", "a", "b"}


def test_there_are_enough_hostile_texts() -> None:
    assert len(set(HOSTILE)) >= 100


def test_hostile_text_stays_text_from_both_sides(panel: Panel, server: FakeServer) -> None:
    panel.write("hello")
    before = panel.page.evaluate(COUNT)
    server.answers = lambda inbound: [{"text": inbound["text"] or "-", "kind": "talk"}]
    for text in HOSTILE:
        panel.box.fill(text)
        panel.box.press("Enter")
    panel.page.wait_for_function(
        "n => document.querySelector('back-chat').shadowRoot.querySelectorAll('.bot:not(.typing)').length >= n",
        arg=len(HOSTILE) + 1,
    )
    after = panel.page.evaluate(COUNT)
    new = {name for name, count in after["names"].items() if count > before["names"].get(name, 0)}
    assert new <= HARMLESS_ELEMENTS
    assert after["hacked"] == 0
    assert after["handlers"] == 0
    assert {urlsplit(link).scheme for link in after["links"]} <= {"http", "https", "tel", "mailto"}
    shown = panel.dialog.locator(".log").inner_text()
    assert "<script>window.hacked=1</script>" in shown


def test_every_field_of_a_message_may_be_hostile(panel: Panel, server: FakeServer) -> None:
    bad = "<img src=x onerror=window.hacked=1>"
    script = "javascript:window.hacked=1"
    choice = {"id": bad, "title": bad}
    everything = {
        "text": bad, "short": bad, "kind": bad, "level": bad, "general": True, "buttons": [choice],
        "ticks": {"items": [choice], "none": choice, "not_sure": choice},
        "card": {
            "title": bad, "steps": [bad], "picture": {"name": "../../x", "alt": bad}, "hold_seconds": [1, 2],
            "sides": bad,
        },
        "timer": {"label": bad, "seconds": 5}, "scale": {"low": bad, "high": bad},
        "banner": {"heading": bad, "call": [script, bad, "999;ext=1"], "reason": bad, "say": bad},
        "file": {"name": bad, "media_type": bad, "url": script},
    }  # fmt: skip
    server.answers = lambda _: [everything]
    panel.write("hello")
    found = panel.page.evaluate(COUNT)
    assert found["hacked"] == found["handlers"] == 0
    assert found["links"] == []
    assert found["names"].get("img", 0) == 0
    panel.button(bad).last.click()
    panel.answered(1)
    assert server.received[-1] == {"id": server.received[-1]["id"], "button": bad}


@pytest.mark.parametrize("word", ["golf", "stretch", "scale", "ice", "sheet", "crisis"])
def test_nothing_breaks_the_policy(panel: Panel, server: FakeServer, word: str) -> None:
    """The `panel` fixture looks at the reports afterwards."""
    server.answers = talks.answer
    asked: list[str] = []
    panel.page.on("request", lambda request: asked.append(request.url))
    panel.write(word)
    for name in ("Start", "Show less"):
        if panel.button(name).count():
            panel.button(name).first.click()
    panel.page.wait_for_timeout(300)
    assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in asked} <= {server.url}


def test_the_policy_is_watched(context: BrowserContext, server: FakeServer) -> None:
    """A page that breaks the policy is reported: the empty report above is not blind."""
    page = context.new_page()
    page.goto(f"{server.url}/page")
    page.evaluate("document.body.insertAdjacentHTML === undefined; document.body.setAttribute('style', 'color: red')")
    page.wait_for_timeout(500)
    assert server.reports != []


def test_another_site_is_refused_and_says_how_to_get_help(context: BrowserContext, server: FakeServer) -> None:
    """Without leave of the server the browser keeps the answers from another origin."""
    stranger = FakeServer().start()
    panel = Panel(context.new_page(), stranger)
    panel.visit(src=server.url, data_country="US")
    panel.open()
    panel.write("hello", wait=False)
    panel.dialog.get_by_text("The assistant cannot be reached.").wait_for()
    assert panel.dialog.locator(".bar").get_by_role("link", name="Call 911").is_visible()
    assert server.received == []
    stranger.stop()


def test_the_tag_may_stand_twice(panel: Panel) -> None:
    panel.page.evaluate(
        """() => new Promise((done) => {
          const again = document.createElement("script");
          const policy = trustedTypes.createPolicy("test", { createScriptURL: (url) => url });
          again.src = policy.createScriptURL("/widget/widget.js");
          again.onload = done;
          document.head.append(again);
        })"""
    )
    assert panel.page.locator("back-chat").count() == 1
