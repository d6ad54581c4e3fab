"""The Slack channel from Slack's request to Slack's screen: who is answered, where, once, and in which form."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.slack import blocks
from reasoning.safety import numbers
from serving import addresses, deliveries
from serving.ingress import texts
from tests.channels.fake_slack import BOT_USER, as_event, as_interaction, buttons_of, shown, sign, ticks_of
from tests.channels.slack_rig import DANGER, EMERGENCY, SIGN, Rig, rigged, until

USER, OTHER, ROOM = "U0PERSON", "U0OTHER", "C0ROOM"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """The channel; afterwards nothing may have broken a limit of Slack's, or called anybody."""
    async with rigged(tmp_path) as made:
        made.fake.messages[ROOM] = []
        yield made
        assert made.fake.broken == []
        assert made.fake.notified == []


def word(rig: Rig, key: str, **values: str) -> str:
    """A sentence of wording.yml."""
    return rig.talks.knowledge.wording[key].format(**values)


QUESTION = {
    "text": "Which of these?",
    "kind": "question",
    "buttons": [{"id": f"b1-{n}", "title": f"Choice {n}"} for n in range(7)],
}
LIST = {
    "text": "1. Fever\n2. Rash",
    "short": "Do you have one of these?",
    "kind": "question",
    "ticks": {
        "items": [{"id": f"b2-{n}", "title": f"Sign {n}"} for n in range(13)],
        "none": {"id": "b2-none", "title": "None of these"},
        "not_sure": {"id": "b2-unsure", "title": "Not sure"},
    },
    "buttons": [{"id": "b2-why", "title": "Why do you ask?"}],
}


# --- who gets in


async def test_slack_is_told_the_challenge(rig: Rig) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "abc"}).encode()
    status, answer = await rig.post("/webhooks/slack/events", body, "application/json")
    assert (status, json.loads(answer)) == (200, {"challenge": "abc"})


@pytest.mark.parametrize("form", [as_event, as_interaction])
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": ""},
        {"X_Slack_Signature": "v0="},
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": "v0=" + "é" * 64},
        {"X_Slack_Request_Timestamp": ""},
        {"X_Slack_Request_Timestamp": "soon"},
        {"X_Slack_Request_Timestamp": "-1"},
        {"X_Slack_Request_Timestamp": "1" * 400},
    ],
    ids=str,
)
async def test_what_is_not_signed_is_refused_before_it_is_read(rig: Rig, form: Any, headers: dict[str, str]) -> None:
    path, body, media = form(rig.fake.writes(USER, "hello"))
    status, _ = await rig.post(path, body, media, **headers)
    broken, _ = await rig.post(path, b"{not json", media, X_Slack_Signature="v0=" + "1" * 64)
    await rig.slack.lanes.idle()
    assert (status, broken) == (401, 401)
    assert rig.talks.told == []


@pytest.mark.parametrize(("age", "accepted"), [(0, True), (290, True), (310, False), (-290, True), (-310, False)])
async def test_a_signature_holds_for_five_minutes(rig: Rig, age: int, accepted: bool) -> None:
    path, body, media = as_event(rig.fake.writes(USER, "hello"))
    headers = {name.replace("-", "_"): value for name, value in sign(body, time.time() - age).items()}
    status, _ = await rig.post(path, body, media, **headers)
    await rig.slack.lanes.idle()
    assert status == (200 if accepted else 401)
    assert len(rig.talks.told) == int(accepted)


async def test_a_changed_byte_or_time_breaks_the_signature(rig: Rig) -> None:
    path, body, media = as_event(rig.fake.writes(USER, "hello"))
    good = {name.replace("-", "_"): value for name, value in sign(body).items()}
    changed = bytearray(body)
    for place in range(0, len(body), 7):
        changed[place] ^= 1
        assert (await rig.post(path, bytes(changed), media, **good))[0] == 401
        changed[place] ^= 1
    later = {**good, "X_Slack_Request_Timestamp": str(int(good["X_Slack_Request_Timestamp"]) + 1)}
    assert (await rig.post(path, body, media, **later))[0] == 401
    wrong = {name.replace("-", "_"): value for name, value in sign(body, secret="another").items()}
    assert (await rig.post(path, body, media, **wrong))[0] == 401
    assert rig.talks.told == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b"[" * 50_000,
        b"payload=%7B",
        b"payload=[]",
        b"a=b&c",
        b"payload",
    ],
)
async def test_signed_nonsense_is_refused_in_peace(rig: Rig, body: bytes) -> None:
    for path in ("/webhooks/slack/events", "/webhooks/slack/interactions"):
        status, _ = await rig.post(path, body, "application/json")
        assert status in (400, 401)
    await rig.writes(USER, "still there?")
    assert rig.talks.texts == ["still there?"]


async def test_a_get_is_refused(rig: Rig) -> None:
    assert rig.session is not None
    async with rig.session.get(rig.url + "/webhooks/slack/events") as answer:
        assert answer.status == 405


# --- whom it answers


async def test_a_direct_message_is_answered_there(rig: Rig) -> None:
    channel = await rig.writes(USER, "my back cramps")
    assert rig.fake.said(channel) == ["You wrote: my back cramps"]
    conversation, inbound = rig.talks.told[0]
    assert conversation.startswith("sl:")
    assert USER not in conversation
    assert inbound.id
    assert inbound.id.startswith("sl:Ev")


async def test_each_person_has_a_conversation_of_their_own(rig: Rig) -> None:
    await rig.writes(USER, "one")
    await rig.writes(OTHER, "two")
    await rig.writes(USER, "three")
    one, two, three = (conversation for conversation, _ in rig.talks.told)
    assert one == three != two


@pytest.mark.parametrize(
    "event",
    [
        {"bot_id": "B0OTHER"},
        {"bot_profile": {"id": "B0OTHER"}},
        {"user": BOT_USER},
        {"user": "USLACKBOT"},
        {"user": None},
        {"user": {"id": USER}},
        {"user": "<@U0X>"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "message_deleted"},
        {"ts": None},
        {"ts": "yesterday"},
        {"channel": None},
        {"channel": "../x"},
        {"type": "reaction_added"},
        {"type": "message", "channel_type": "channel", "channel": ROOM},
        {"type": "message", "channel_type": "mpim", "channel": "G0GROUP"},
    ],
    ids=str,
)
async def test_programs_and_other_events_are_acknowledged_and_ignored(rig: Rig, event: dict[str, Any]) -> None:
    assert await rig.deliver(rig.fake.writes(USER, "hello", event=event)) == 200
    await rig.slack.lanes.idle()
    assert rig.talks.told == []
    assert rig.fake.calls == []


async def test_a_mention_is_answered_in_the_direct_message(rig: Rig) -> None:
    rig.talks.replies["my back hurts"] = [{"text": "Try ice.", "kind": "answer"}]
    await rig.writes(USER, "my back hurts", channel=ROOM)
    assert rig.talks.texts == ["my back hurts"]
    assert rig.fake.said(rig.fake.direct(USER)) == ["Try ice."]
    assert rig.fake.said(ROOM) == [word(rig, "slack_answered_directly")]
    assert rig.fake.last(ROOM)["thread_ts"] == rig.fake.messages[ROOM][0]["ts"]
    await rig.writes(USER, "and heat?")
    assert len({conversation for conversation, _ in rig.talks.told}) == 1


async def test_a_mention_with_a_file_and_words_is_answered_and_the_file_is_not_passed_over(rig: Rig) -> None:
    await rig.writes(USER, "is heat ok?", channel=ROOM, files=True)
    assert rig.fake.said(rig.fake.direct(USER)) == ["You wrote: is heat ok?"]
    not_read = word(rig, "text_only", **numbers(rig.talks.knowledge, rig.talks.country))
    assert rig.fake.said(ROOM) == [word(rig, "slack_answered_directly"), not_read]
    await rig.writes(USER, f"I {DANGER}", channel=ROOM, files=True)
    assert rig.fake.said(ROOM)[-1] == not_read
    assert EMERGENCY["text"] in rig.fake.said(ROOM)[-2]


async def test_an_emergency_in_a_channel_is_answered_there_and_in_the_direct_message(rig: Rig) -> None:
    await rig.writes(USER, f"I {DANGER}", channel=ROOM, thread="1700000000.000001")
    for channel in (ROOM, rig.fake.direct(USER)):
        (said,) = rig.fake.said(channel)
        assert EMERGENCY["text"] in said
        assert "Emergency: call now" in said
    assert rig.fake.last(ROOM)["thread_ts"] == "1700000000.000001"
    assert "thread_ts" not in rig.fake.last(rig.fake.direct(USER))


async def test_what_only_the_direct_message_knows_is_not_told_in_a_channel(rig: Rig) -> None:
    rig.talks.replies["hello"] = [EMERGENCY]  # as while an emergency stands; the text itself has no sign in it
    await rig.writes(USER, "hello", channel=ROOM)
    assert rig.fake.said(ROOM) == [word(rig, "slack_answered_directly")]
    assert EMERGENCY["text"] in rig.fake.said(rig.fake.direct(USER))[0]


async def test_whoever_cannot_be_written_to_still_hears_of_an_emergency(rig: Rig) -> None:
    rig.fake.no_direct.add(USER)
    await rig.writes(USER, f"I {DANGER}", channel=ROOM)
    said = rig.fake.said(ROOM)
    assert EMERGENCY["text"] in said[0]
    assert said[1] == word(rig, "slack_write_directly")
    assert rig.fake.broken == [f"conversations.open: cannot_dm_bot {USER}"]
    rig.fake.broken.clear()


async def test_an_answer_stays_in_the_thread_of_a_direct_message(rig: Rig) -> None:
    channel = await rig.writes(USER, "hello", thread="1700000000.000009")
    assert rig.fake.last(channel)["thread_ts"] == "1700000000.000009"


async def test_a_file_or_voice_message_gets_the_emergency_line(rig: Rig) -> None:
    channel = await rig.writes(USER, "", files=True)
    assert rig.talks.told == []
    sentence = word(rig, "text_only", **numbers(rig.talks.knowledge, "GB"))
    assert rig.fake.said(channel) == [sentence]
    assert "999" in sentence
    await rig.writes(USER, "look at this", files=True)
    assert rig.talks.texts == ["look at this"]
    assert len(rig.fake.said(channel)) == 3
    await rig.writes(USER, "", channel=ROOM, files=True)
    assert rig.fake.said(ROOM) == [sentence]
    assert rig.talks.texts == ["look at this"]


# --- changed and late


async def test_a_changed_message_is_watched_again_but_is_no_answer(rig: Rig) -> None:
    channel = await rig.writes(USER, "no")
    await rig.deliver(rig.fake.edits(USER, "no", "no fever"))
    await rig.slack.lanes.idle()
    assert rig.talks.texts == ["no"]
    assert rig.fake.said(channel)[-1] == word(rig, "slack_edited")
    await rig.deliver(rig.fake.edits(USER, "no", f"I have {SIGN}"))
    await rig.deliver(rig.fake.edits(USER, "no", f"I {DANGER}"))
    await rig.slack.lanes.idle()
    assert rig.talks.texts == ["no", f"I have {SIGN}", f"I {DANGER}"]
    assert EMERGENCY["text"] in rig.fake.said(channel)[-1]


async def test_a_link_that_slack_unfurls_is_no_change(rig: Rig) -> None:
    await rig.deliver(rig.fake.edits(USER, "see x.org", "see x.org"))
    await rig.slack.lanes.idle()
    assert rig.fake.calls == []


async def test_messages_that_overtook_each_other_are_answered_in_the_order_of_writing(rig: Rig) -> None:
    written = [rig.fake.writes(USER, str(number)) for number in range(6)]
    go_on = rig.talks.held["0"] = asyncio.Event()
    assert await rig.deliver(written[0]) == 200
    for number in (3, 5, 1, 4, 2):
        assert await rig.deliver(written[number]) == 200
    go_on.set()
    await rig.slack.lanes.idle()
    assert rig.talks.texts == ["0", "1", "2", "3", "4", "5"]


async def test_a_late_message_is_watched_but_is_no_answer(rig: Rig) -> None:
    late = [rig.fake.writes(USER, "no"), rig.fake.writes(USER, f"I {DANGER}")]
    channel = await rig.writes(USER, "hello")
    for payload in late:
        assert await rig.deliver(payload) == 200
        await rig.slack.lanes.idle()
    assert rig.talks.texts == ["hello", f"I {DANGER}"]
    assert rig.fake.said(channel)[1] == word(rig, "slack_late")
    assert EMERGENCY["text"] in rig.fake.said(channel)[2]


# --- in time, in order


async def test_slack_is_answered_at_once_while_the_work_goes_on(rig: Rig) -> None:
    go_on = rig.talks.held["slow"] = asyncio.Event()
    assert await rig.deliver(rig.fake.writes(USER, "slow")) == 200
    assert await rig.deliver(rig.fake.writes(USER, "next")) == 200
    assert await rig.deliver(rig.fake.writes(OTHER, "other")) == 200
    await until(lambda: rig.fake.said(rig.fake.direct(OTHER)) == ["You wrote: other"])  # not blocked
    assert rig.fake.said(rig.fake.direct(USER)) == []
    go_on.set()
    await rig.slack.lanes.idle()
    assert rig.fake.said(rig.fake.direct(USER)) == ["You wrote: slow", "You wrote: next"]


async def test_an_error_on_the_way_ends_in_the_safety_text(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.talks.broken.add("hurts like hell")
    with caplog.at_level(logging.DEBUG, "channels"):
        channel = await rig.writes(USER, "hurts like hell")
    assert "999" in rig.fake.said(channel)[0]
    assert "call" in rig.fake.said(channel)[0]
    assert "hell" not in caplog.text
    assert "RuntimeError" in caplog.text


async def test_no_answer_is_never_silence(rig: Rig) -> None:
    rig.talks.replies["hm"] = []
    channel = await rig.writes(USER, "hm")
    assert "999" in rig.fake.said(channel)[0]


# --- presses


async def test_more_than_five_buttons_are_all_there_and_each_says_its_id(rig: Rig) -> None:
    rig.talks.replies["ask"] = [QUESTION]
    channel = await rig.writes(USER, "ask")
    assert rig.fake.pressable(channel) == [f"Choice {n}" for n in range(7)]
    await rig.presses(USER, "Choice 6")
    assert rig.talks.told[-1][1].button == "b1-6"


async def test_a_pressed_message_says_what_was_chosen_and_cannot_be_pressed_again(rig: Rig) -> None:
    rig.talks.replies["ask"] = [QUESTION]
    channel = await rig.writes(USER, "ask")
    twice = [rig.fake.presses(USER, "Choice 2"), rig.fake.presses(USER, "Choice 3")]
    for press in twice:
        assert await rig.deliver(press) == 200
    await rig.slack.lanes.idle()
    assert [inbound.button for _, inbound in rig.talks.told] == [None, "b1-2"]
    assert rig.fake.pressable(channel) == []
    assert rig.fake.said(channel)[0] == f"Which of these?\n{word(rig, 'slack_you_chose', choice='Choice 2')}"


async def test_buttons_of_before_hold_no_longer_when_the_person_writes(rig: Rig) -> None:
    rig.talks.replies["ask"] = [QUESTION, LIST]
    channel = await rig.writes(USER, "ask")
    assert len(rig.fake.pressable(channel)) == 7 + 3 + 1
    await rig.writes(USER, "something else")
    assert rig.fake.pressable(channel) == []
    assert rig.fake.said(channel)[0] == "Which of these?"


async def test_a_press_on_an_old_message_reaches_the_conversation_which_knows_it_is_old(rig: Rig) -> None:
    rig.talks.replies["ask"] = [QUESTION]
    channel = await rig.writes(USER, "ask")
    old = json.loads(json.dumps(rig.fake.last(channel)))
    await rig.writes(USER, "something else")
    await rig.deliver(rig.fake.presses(USER, "Choice 1", message=old))
    await rig.slack.lanes.idle()
    assert rig.talks.told[-1][1].button == "b1-1"


async def test_a_list_of_thirteen_is_ticked_and_sent_whole(rig: Rig) -> None:
    rig.talks.replies["list"] = [LIST]
    channel = await rig.writes(USER, "list")
    assert ticks_of(rig.fake.last(channel)) == [f"Sign {n}" for n in range(13)]
    await rig.presses(USER, "Done", "Sign 12", "Sign 3")
    assert rig.talks.told[-1][1].ticks == ("b2-3", "b2-12")
    assert rig.fake.pressable(channel) == []
    assert word(rig, "slack_you_chose", choice="Sign 3, Sign 12") in rig.fake.said(channel)[0]


async def test_none_of_these_and_not_sure_stand_for_themselves(rig: Rig) -> None:
    rig.talks.replies["list"] = [LIST]
    for title, name in (("None of these", "b2-none"), ("Not sure", "b2-unsure")):
        await rig.writes(USER, "list")
        await rig.presses(USER, title, "Sign 1")
        assert rig.talks.told[-1][1].ticks == (name,)


async def test_done_with_nothing_ticked_asks_again_and_the_list_stays(rig: Rig) -> None:
    rig.talks.replies["list"] = [LIST]
    channel = await rig.writes(USER, "list")
    await rig.presses(USER, "Done")
    assert rig.fake.said(channel)[-1] == word(rig, "ticks_empty")
    await rig.presses(USER, "Done", "Sign 0")
    assert rig.talks.told[-1][1].ticks == ("b2-0",)


async def test_setting_a_tick_alone_does_nothing(rig: Rig) -> None:
    rig.talks.replies["list"] = [LIST]
    channel = await rig.writes(USER, "list")
    press = rig.fake.presses(USER, "Done", ["Sign 0"])
    element = rig.fake.last(channel)["blocks"][1]["elements"][0]
    press["actions"] = [{**element, "action_ts": press["actions"][0]["action_ts"]}]
    assert await rig.deliver(press) == 200
    await rig.slack.lanes.idle()
    assert len(rig.talks.told) == 1


async def test_the_pain_scale_is_eleven_buttons(rig: Rig) -> None:
    scale = {"text": "How bad is it?", "kind": "question", "scale": {"low": "no pain", "high": "worst pain"}}
    rig.talks.replies["scale"] = [scale]
    channel = await rig.writes(USER, "scale")
    assert rig.fake.pressable(channel) == [str(mark) for mark in range(11)]
    assert "0: no pain · 10: worst pain" in rig.fake.said(channel)[0]
    await rig.presses(USER, "7")
    assert rig.talks.told[-1][1].scale == 7


async def test_a_timer_is_kept_by_slack_and_ends_with_an_emergency(rig: Rig) -> None:
    timer = {"text": "Ice for 20 minutes.", "kind": "answer", "timer": {"label": "Ice & <rest>", "seconds": 1200}}
    rig.talks.replies["ice"] = [timer]
    channel = await rig.writes(USER, "ice")
    title = word(rig, "timer_start", label="Ice & <rest>")
    await rig.presses(USER, title)
    (waiting,) = rig.fake.scheduled.values()
    assert abs(waiting["post_at"] - time.time() - 1200) < 5
    assert waiting["text"] == "Time is up: Ice &amp; &lt;rest&gt;."
    assert "Ice & <rest>" in rig.fake.said(channel)[-1]
    assert f"<!date^{waiting['post_at']}^{{time}}|" in rig.fake.said(channel)[-1]
    await rig.writes(USER, f"I {DANGER}")
    assert rig.fake.scheduled == {}


@pytest.mark.parametrize(
    "change",
    [
        {"actions": []},
        {"actions": None},
        {"type": "view_submission"},
        {"user": {}},
        {"channel": {"id": ROOM}},
        {"channel": None},
    ],
    ids=str,
)
async def test_other_interactions_are_acknowledged_and_ignored(rig: Rig, change: dict[str, Any]) -> None:
    rig.talks.replies["ask"] = [QUESTION]
    await rig.writes(USER, "ask")
    press = {**rig.fake.presses(USER, "Choice 0"), **change}
    path, body, media = as_interaction(press)
    assert (await rig.post(path, body, media))[0] == 200
    await rig.slack.lanes.idle()
    assert len(rig.talks.told) == 1


@pytest.mark.parametrize(
    "action", [{"action_id": "other"}, {"action_id": "scale:x", "value": "٣"}, {"action_id": None}]
)
async def test_an_element_that_is_not_ours_is_answered_as_an_old_one(rig: Rig, action: dict[str, Any]) -> None:
    rig.talks.replies["ask"] = [QUESTION]
    channel = await rig.writes(USER, "ask")
    press = rig.fake.presses(USER, "Choice 0")
    press["actions"][0] |= action
    await rig.deliver(press)
    await rig.slack.lanes.idle()
    assert rig.fake.said(channel)[-1] == word(rig, "old_button")
    assert len(rig.talks.told) == 1


# --- pictures


CARD = {
    "text": "Pelvic tilt. Tighten your stomach muscles.",
    "kind": "answer",
    "card": {
        "title": "Pelvic tilt",
        "steps": ["Tighten.", "Hold for 3-5 seconds."],
        "picture": {"name": "pelvic_tilt", "alt": "Lying on the back, knees bent."},
        "hold_seconds": [3, 5],
        "repetitions": 10,
        "sides": "both",
        "sets": 2,
        "sessions_a_day": 2,
    },
}


async def test_a_stretch_is_a_card_with_a_picture_that_is_handed_over_once(rig: Rig) -> None:
    rig.talks.replies["tilt"] = [CARD]
    for _ in range(3):
        channel = await rig.writes(USER, "tilt")
    said = rig.fake.said(channel)[-1]
    for words in (
        "1. Tighten.",
        "Hold 3-5 seconds · 10 times · 2 sets · 2 sessions a day",
        CARD["card"]["picture"]["alt"],
    ):
        assert words in said
    (file,) = rig.fake.files.values()
    assert file["name"] == "pelvic_tilt.png"
    images = [block for block in rig.fake.last(channel)["blocks"] if block["type"] == "image"]
    assert [block["slack_file"]["id"] for block in images] == [file["id"]]


async def test_without_the_picture_its_words_are_said(rig: Rig) -> None:
    rig.talks.replies["tilt"] = [CARD]
    rig.fake.faults["files.getUploadURLExternal"] = ["missing_scope"]
    channel = await rig.writes(USER, "tilt")
    assert CARD["card"]["picture"]["alt"] in rig.fake.said(channel)[0]
    assert rig.fake.files == {}


async def test_a_picture_that_slack_no_longer_has_is_replaced_by_words_then_handed_over_anew(rig: Rig) -> None:
    rig.talks.replies["tilt"] = [CARD]
    channel = await rig.writes(USER, "tilt")
    rig.fake.files.clear()
    await rig.writes(USER, "tilt")
    assert CARD["card"]["picture"]["alt"] in rig.fake.said(channel)[-1]
    assert {entry.split()[1] for entry in rig.fake.broken} == {"invalid_blocks"}
    rig.fake.broken.clear()
    await rig.writes(USER, "tilt")
    assert any(block["type"] == "image" for block in rig.fake.last(channel)["blocks"])


async def test_a_name_that_is_no_picture_of_ours_reads_no_file(rig: Rig) -> None:
    card = {**CARD["card"], "picture": {"name": "../demo/demo", "alt": "x"}}
    rig.talks.replies["tilt"] = [{**CARD, "card": card}]
    await rig.writes(USER, "tilt")
    assert rig.fake.files == {}


# --- words of command


async def test_delete_goes_the_way_of_the_dialogue_and_leaves_nothing_here(rig: Rig) -> None:
    """One question, asked by the conversation; after its yes no address, no delivery and no timer is left."""
    channel = await rig.writes(USER, "hello")
    conversation = rig.talks.told[0][0]
    rig.fake.scheduled["Q1"] = {"id": "Q1", "channel_id": channel}
    await rig.writes(USER, "Delete my data.")
    assert rig.talks.texts[-1] == "Delete my data."
    await rig.writes(USER, "delete")
    assert rig.talks.texts[-1] == word(rig, "delete_means")
    await rig.presses(USER, word(rig, "delete_no"))
    assert rig.talks.deleted == []
    await rig.writes(USER, "/delete")
    await rig.presses(USER, word(rig, "delete_yes"))
    assert rig.talks.deleted == [conversation]
    assert rig.fake.said(channel)[-2:] == [word(rig, "delete_done"), word(rig, "slack_keeps_copy")]
    assert rig.fake.scheduled == {}
    with rig.engine.connect() as connection:
        rows = [connection.execute(table.select()).all() for table in (deliveries.TABLE, addresses.TABLE)]
    for trace in (USER, channel, conversation, "hello"):
        assert trace not in str(rows)


async def test_export_hands_over_a_file(rig: Rig) -> None:
    await rig.writes(USER, "hëllo <b>")
    channel = await rig.writes(USER, "export")
    (file,) = rig.fake.files.values()
    kept = json.loads(file["content"])
    assert kept["messages"] == ["hëllo <b>", word(rig, "export_means")]
    assert kept["kept_for_slack"] == {"channel": channel}
    assert rig.fake.said(channel)[-1] == word(rig, "export_done")


async def test_a_file_that_slack_does_not_take_is_said_in_words(rig: Rig) -> None:
    """All of them, in order, and what comes after is said too."""
    rig.fake.faults["files.getUploadURLExternal"] = ["missing_scope", "storage_limit_reached"]
    await rig.writes(USER, "sheet")
    await rig.writes(USER, "export")
    channel = await rig.writes(USER, "hello")
    failed = word(rig, "file_not_sent", name="back-spasm-chat.json")
    assert rig.fake.said(channel) == ["Sheet, all in words", failed, "You wrote: hello"]
    await rig.writes(USER, "sheet")
    assert rig.fake.said(channel)[-2:] == ["back-spasm-sheet.pdf", "Here is a sheet"]


async def test_help_and_stop_are_talk_with_something_added(rig: Rig) -> None:
    channel = await rig.writes(USER, "HELP!")
    said = rig.fake.said(channel)
    assert said[0] == "You wrote: HELP!"
    assert "delete my data" in said[1]
    assert "999" in said[1]
    await rig.writes(USER, "stop")
    assert rig.talks.texts == ["HELP!", "stop"]


async def test_a_sentence_with_a_word_of_command_in_it_is_talk(rig: Rig) -> None:
    for text in ("please help me", "the pain does not stop", "delete that thought"):
        await rig.writes(USER, text)
    assert rig.talks.texts == ["please help me", "the pain does not stop", "delete that thought"]


# --- unasked


async def test_what_is_said_unasked_reaches_the_direct_message_once(rig: Rig) -> None:
    channel = await rig.writes(USER, "hello")
    outbox = rig.talks.records.outbox
    assert outbox is not None
    for conversation in (rig.talks.told[0][0], "sl:nobody", "web:another"):
        outbox.append(conversation, {"text": "How is your back today?", "kind": "question"})
    for said in (0, 0, 0):  # as after restarts: from the beginning
        rig.slack.said = said
        rig.slack.take_unasked()
        await rig.slack.lanes.idle()
    assert rig.fake.said(channel)[1:] == ["How is your back today?"]


@pytest.mark.parametrize("code", ["channel_not_found", "account_inactive", "messages_tab_disabled"])
async def test_whoever_cannot_be_reached_is_marked_and_not_tried_again(rig: Rig, code: str) -> None:
    channel = await rig.writes(USER, "hello")
    conversation, outbox = rig.talks.told[0][0], rig.talks.records.outbox
    assert outbox is not None
    assert rig.talks.records.deliveries is not None
    rig.fake.faults[f"chat.postMessage {channel}"] = [code]
    outbox.append(conversation, {"text": "How is your back today?", "kind": "question"})
    for _ in range(2):
        rig.slack.said = 0
        rig.slack.take_unasked()
        await rig.slack.lanes.idle()
    assert rig.talks.left == [conversation]
    assert len(rig.fake.said(channel)) == 1
    assert rig.talks.records.deliveries.is_done("sl:said:1")


async def test_what_is_said_unasked_is_tried_for_as_long_as_it_is_of_use(rig: Rig) -> None:
    """Longer than an answer is, and no longer than it helps."""
    channel = await rig.writes(USER, "hello")
    conversation, outbox = rig.talks.told[0][0], rig.talks.records.outbox
    assert outbox is not None
    rig.slack.voice.web.patience = 0.01
    rig.fake.faults[f"chat.postMessage {channel}"] = [500, 500, 500]
    with rig.engine.begin() as connection:
        outbox.put(connection, conversation, {"text": "How is it?", "kind": "question"}, time.time() + 60)
    rig.slack.take_unasked()
    await rig.slack.lanes.idle()
    assert rig.fake.said(channel)[1:] == ["How is it?"]
    rig.fake.faults[f"chat.postMessage {channel}"] = [500] * 100_000
    with rig.engine.begin() as connection:
        outbox.put(connection, conversation, {"text": "Too late.", "kind": "notice"}, time.time() + 0.5)
    rig.slack.take_unasked()
    await rig.slack.lanes.idle()
    rig.fake.faults.clear()
    assert rig.talks.records.deliveries is not None
    assert rig.talks.records.deliveries.is_done("sl:said:2")
    assert "Too late." not in rig.fake.said(channel)


# --- hostile words


HOSTILE = [
    "<!channel> <!here> <!everyone>",
    "<@U0OTHER> look, <#C0ROOM> and <!subteam^S1|@team>",
    "<https://evil.example|your bank>",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "<<!channel>>",
    "<!chan\u200bnel>",
    "*bold* _it_ ~gone~ `code` ```block``` > quote",
    ":rotating_light: :x:",
    "\u202eevil\u202c \u2028 \x07",
    "a" * 39_000,
    "<" * 9_000,
    "&" * 9_000,
    "<!date^1392734382^{time}|now>",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_words_call_nobody_and_come_back_as_they_were(rig: Rig, text: str) -> None:
    rig.talks.replies["echo"] = [{"text": text, "kind": "question", "buttons": [{"id": "b1", "title": text[:200]}]}]
    channel = await rig.writes(USER, "echo")
    posts = [message for message in rig.fake.messages[channel] if message["user"] == BOT_USER]
    sections = [block for post in posts for block in post["blocks"] if block["type"] == "section"]
    assert all(block["text"]["verbatim"] for block in sections)
    said = "".join(shown({"blocks": [block]}) for block in sections)
    assert "".join(said.split()) == "".join(text.split())
    (button,) = [element for post in posts for element in buttons_of(post)]
    assert button["text"]["text"] == (text if len(text) <= 75 else text[:74].rstrip() + blocks.CUT)
    assert button["text"]["emoji"] is False


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        (f"<@{BOT_USER}> my back", "my back"),
        ("see <https://x.org/a?b=1&amp;c=2|x.org>", "see x.org"),
        ("see <https://x.org>", "see https://x.org"),
        ("<!channel> hi <#C1|general>", "hi #general"),
        ("&amp;lt;", "&lt;"),
        ("a\0b\ud800c", "ab\ufffdc"),
        ("<" * 40_000, "<" * texts.MAX_BYTES),
    ],
)
async def test_what_slack_wraps_is_read_as_typed(rig: Rig, sent: str, read: str) -> None:
    payload = rig.fake.writes(USER, "")
    payload["event"]["text"] = sent
    began = time.monotonic()
    assert await rig.deliver(payload) == 200
    await rig.slack.lanes.idle()
    assert rig.talks.texts == [read]
    assert time.monotonic() - began < 5
