"""Block Kit: whatever the model can say is drawn within the limits, with nothing left out, and calls nobody."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from channels.slack import blocks
from channels.slack.mrkdwn import escape, typed, unescape
from reasoning import knowledge
from reasoning.messages import Banner, Card, Choice, File, Kind, Message, Picture, Scale, Ticks, Timer
from tests.channels.fake_slack import FakeSlack, shown
from tests.channels.slack_rig import ROOT

WORDS = knowledge.shared().wording
FILE = "F0PICTURE"

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300)
said = texts.filter(lambda text: text.strip())
long_texts = st.builds(lambda text, times: text * times, said, st.sampled_from([1, 10, 60]))
ids = st.integers(0, 10**6).map(lambda number: f"b1-{number}")
choices = st.lists(st.builds(Choice, id=ids, title=said), max_size=40, unique_by=lambda choice: choice.id)
messages = st.builds(
    Message,
    text=long_texts,
    short=st.one_of(st.just(""), said),
    kind=st.sampled_from(list(Kind)),
    buttons=choices.map(tuple),
    ticks=st.none()
    | st.builds(
        Ticks,
        items=st.lists(
            st.builds(Choice, id=ids, title=said), min_size=1, max_size=40, unique_by=lambda choice: choice.id
        ).map(tuple),
        none=st.builds(Choice, id=st.just("none"), title=said),
        not_sure=st.none() | st.builds(Choice, id=st.just("unsure"), title=said),
    ),
    card=st.none()
    | st.builds(
        Card,
        title=said,
        steps=st.lists(said, min_size=1, max_size=12).map(tuple),
        picture=st.none() | st.builds(Picture, name=st.sampled_from(["known", "unknown"]), alt=said),
        hold_seconds=st.none() | st.tuples(st.integers(1, 10), st.integers(10, 60)),
        repetitions=st.none() | st.integers(1, 20),
        sides=st.sampled_from([None, "both", "each", "one"]),
        sets=st.none() | st.integers(1, 5),
        sessions_a_day=st.none() | st.integers(1, 5),
    ),
    timer=st.none() | st.builds(Timer, label=said, seconds=st.integers(1, 7200)),
    scale=st.none() | st.builds(Scale, low=said, high=said),
    banner=st.none() | st.builds(Banner, heading=said, call=st.just(("999",)), reason=said, say=said),
    file=st.none()
    | st.builds(File, name=said, media_type=st.just("text/plain"), url=said.map("https://x.org/".__add__)),
)


def _checked(posts: list[blocks.Post]) -> list[dict[str, Any]]:
    """The posts as Slack keeps them; a limit that is broken raises."""
    fake = FakeSlack()
    fake.files[FILE] = {"whole": True, "content": b"\x89PNG"}
    kept = []
    for post in posts:
        kept.append(fake._content({"text": post.text, "blocks": post.blocks}))
    assert fake.notified == []
    assert fake.broken == []
    return kept


def _squeezed(text: str) -> str:
    return "".join(text.split())


@given(message=messages)
@settings(max_examples=100, deadline=None)
def test_any_message_keeps_the_limits_and_loses_nothing(message: Message) -> None:
    posts = blocks.draw(message.as_dict(), WORDS, {"known": FILE})
    kept = _checked(posts)
    read = _squeezed("\n".join(shown(post) for post in kept))
    short = message.short and message.ticks and all(len(item.title) <= 75 for item in message.ticks.items)
    sections = [block for post in kept for block in post["blocks"] if block["type"] == "section"]
    body = _squeezed("".join(unescape(block["text"]["text"]) for block in sections))
    assert _squeezed(message.short if short else message.text) in body
    for choice in (*message.buttons, *(message.ticks.items if message.ticks else ())):
        assert _squeezed(choice.title[:70]) in read
    values = [
        element.get("value")
        for post in kept
        for block in post["blocks"]
        for element in block.get("elements", ())
        if element.get("type") == "button"
    ]
    assert [value for value in values if value in {choice.id for choice in message.buttons}] == [
        choice.id for choice in message.buttons
    ]


@given(message=messages)
@settings(max_examples=100, deadline=None)
def test_a_used_message_keeps_its_words_and_nothing_to_press(message: Message) -> None:
    for post in blocks.draw(message.as_dict(), WORDS, {"known": FILE}):
        (kept,) = _checked([post])
        (after,) = _checked([blocks.Post(post.text, blocks.used(kept["blocks"], "a <note> & more"))])
        assert all(block["type"] != "actions" for block in after["blocks"])
        (plain,) = _checked([blocks.Post(post.text, blocks.without_pictures(post.blocks))])
        assert all(block["type"] != "image" for block in plain["blocks"])


def test_the_ticks_stand_in_one_message_with_their_buttons() -> None:
    """Slack reports the ticks of the message in which a button is pressed, and of no other."""
    items = tuple(Choice(f"b{number}", f"{number} {'x' * 70}") for number in range(40))
    message = Message("x " * 6000, ticks=Ticks(items, Choice("none", "None of these"), Choice("unsure", "Not sure")))
    kept = _checked(blocks.draw(message.as_dict(), WORDS))
    with_ticks = [post for post in kept if "checkboxes" in json.dumps(post)]
    assert len(kept) > 1
    assert len(with_ticks) == 1
    assert '"action_id": "done"' in json.dumps(with_ticks[0])


def test_a_title_too_long_for_a_tick_is_read_whole_in_the_text() -> None:
    title = "a sign that takes many words " * 5
    message = Message(
        f"Which?\n1. {title}", short="Which?", ticks=Ticks((Choice("b1", title),), Choice("none", "None"))
    )
    (post,) = _checked(blocks.draw(message.as_dict(), WORDS))
    assert title.strip() in shown(post)


def test_an_emergency_begins_with_its_heading_and_has_all_of_its_text() -> None:
    banner = Banner("Emergency: call now", ("999",), "A reason.", "Say this.")
    message = Message('Call 999 now. Tell them: "Say this."', kind=Kind.EMERGENCY, banner=banner)
    (post,) = _checked(blocks.draw(message.as_dict(), WORDS))
    assert [block["type"] for block in post["blocks"]] == ["header", "section", "divider"]
    assert message.text in shown(post)
    assert post["text"] == escape(message.text)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://x.org/a", "file.pdf", "https://x.org/|<!channel>"])
def test_only_an_address_that_is_safe_to_open_becomes_a_link(url: str) -> None:
    message = Message("Your sheet.", file=File("sheet.pdf", "application/pdf", url))
    (post,) = _checked(blocks.draw(message.as_dict(), WORDS))
    assert url not in json.dumps(post["blocks"])


@given(text=st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_escaping_is_undone_by_reading(text: str) -> None:
    assert unescape(escape(text)) == text
    assert typed(escape(text)) == text.strip()


@pytest.mark.parametrize("text", ["<" * 200_000, "<a" * 100_000, "<@U" * 70_000 + ">", "&" * 200_000, "&lt;" * 50_000])
def test_reading_takes_time_in_proportion(text: str) -> None:
    began = time.monotonic()
    typed(text)
    assert time.monotonic() - began < 1


def test_the_manifest_asks_for_what_the_channel_uses() -> None:
    manifest = YAML(typ="safe").load((ROOT / "deploy/slack/manifest.yml").read_text(encoding="utf-8"))
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == ["app_mention", "message.im"]
    scopes = {"app_mentions:read", "chat:write", "files:write", "im:history", "im:write"}
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == scopes
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["settings"]["socket_mode_enabled"]
    assert manifest["features"]["app_home"]["messages_tab_enabled"]
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert 174 <= len(manifest["display_information"]["long_description"]) <= 4000
