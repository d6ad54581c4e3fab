"""Slack in trouble: in haste, broken, slow, cut off or gone. Answers arrive in order, and nobody else waits."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from channels.slack.sending import Refused, Unreachable, Web
from tests.channels.fake_slack import BOT_TOKEN, FakeSlack
from tests.channels.running_server import free_port
from tests.channels.slack_rig import rigged, until

USER, OTHER = "U0PERSON", "U0OTHER"


@pytest.mark.parametrize("fault", [500, 502, 503, 504, "html", "cut", "internal_error", "ratelimited", "fatal_error"])
async def test_a_fault_that_passes_is_waited_out(tmp_path: Path, fault: int | str) -> None:
    async with rigged(tmp_path) as rig:
        rig.fake.faults["chat.postMessage"] = [fault, fault, fault]
        channel = await rig.writes(USER, "hello")
        assert rig.fake.said(channel) == ["You wrote: hello"]


async def test_too_many_requests_waits_as_long_as_slack_says(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        rig.fake.faults["chat.postMessage"] = [429]
        began = time.monotonic()
        channel = await rig.writes(USER, "hello")
        assert time.monotonic() - began >= 1
        assert rig.fake.said(channel) == ["You wrote: hello"]


async def test_a_slow_answer_is_tried_again_rather_than_lost(tmp_path: Path) -> None:
    """It may then be said twice: Slack names no way to know, and an emergency must not be lost."""
    async with rigged(tmp_path) as rig:
        rig.slack.voice.web.call_seconds = 0.5
        rig.fake.faults["chat.postMessage"] = ["slow"]
        channel = await rig.writes(USER, "hello")
        assert rig.fake.said(channel)[0] == "You wrote: hello"


async def test_messages_keep_their_order_through_all_faults_and_others_do_not_wait(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        rig.talks.replies["many"] = [{"text": f"part {n}", "kind": "talk"} for n in range(8)]
        rig.fake.faults[f"chat.postMessage {rig.fake.direct(USER)}"] = [429, 500, "cut", "html", 503, 500]
        for payload in (rig.fake.writes(USER, "many"), rig.fake.writes(USER, "after")):
            assert await rig.deliver(payload) == 200
        await until(lambda: rig.talks.told)  # and now the answer waits out its 429
        assert await rig.deliver(rig.fake.writes(OTHER, "other")) == 200
        await until(lambda: rig.fake.said(rig.fake.direct(OTHER)), seconds=5)
        assert len(rig.fake.said(rig.fake.direct(USER))) < 9
        await rig.slack.lanes.idle()
        assert rig.fake.said(rig.fake.direct(USER)) == [*(f"part {n}" for n in range(8)), "You wrote: after"]


async def test_a_channel_that_takes_one_message_a_second_gets_them_all_in_order(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        rig.fake.per_second = 1
        rig.talks.replies["many"] = [{"text": f"part {n}", "kind": "talk"} for n in range(3)]
        channel = await rig.writes(USER, "many")
        assert rig.fake.said(channel) == ["part 0", "part 1", "part 2"]


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
async def test_blocks_that_slack_refuses_become_plain_text(tmp_path: Path, error: str) -> None:
    async with rigged(tmp_path) as rig:
        rig.fake.faults["chat.postMessage"] = [error]
        channel = await rig.writes(USER, "hello")
        assert "blocks" not in rig.fake.last(channel)
        assert rig.fake.said(channel) == ["You wrote: hello"]


async def test_a_refusal_ends_that_answer_and_not_the_next(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        rig.fake.faults["chat.postMessage"] = ["channel_not_found"]
        await rig.writes(USER, "one")
        channel = await rig.writes(USER, "two")
        assert rig.fake.said(channel) == ["You wrote: two"]


async def test_while_slack_is_gone_answers_wait_and_come_in_order_when_it_is_back(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        payloads = [rig.fake.writes(USER, str(number)) for number in range(3)]
        await rig.fake.stop()
        for payload in payloads:
            assert await rig.deliver(payload) == 200
        await asyncio.sleep(0.5)
        await rig.fake.start()
        await rig.slack.lanes.idle()
        assert rig.fake.said(rig.fake.direct(USER)) == ["You wrote: 0", "You wrote: 1", "You wrote: 2"]


async def test_what_could_not_be_said_is_said_after_the_next_start(tmp_path: Path) -> None:
    fake = await FakeSlack().start()
    async with rigged(tmp_path, fake) as rig:
        rig.slack.voice.web.patience = 0.1
        payload = fake.writes(USER, "hello")
        await fake.stop()
        assert await rig.deliver(payload) == 200
        await rig.slack.lanes.idle()
    await fake.start()
    async with rigged(tmp_path, fake) as again:
        assert again.slack.resume() == 1
        await again.slack.lanes.idle()
        assert fake.said(fake.direct(USER)) == ["You wrote: hello"]
    await fake.stop()


async def test_refused_and_unreachable_are_told_apart() -> None:
    fake = await FakeSlack().start()
    web = Web("xoxb-wrong", fake.url, first_wait=0.01, patience=1)
    with pytest.raises(Refused, match=r"^invalid_auth$"):
        await web.call("auth_test")
    await web.close()
    await fake.stop()
    gone = Web(BOT_TOKEN, f"http://127.0.0.1:{free_port()}/api/", first_wait=0.01, patience=0.2)
    with pytest.raises(Unreachable, match=r"^auth_test$"):
        await gone.call("auth_test")
    await gone.close()
    assert BOT_TOKEN not in repr(gone)


async def test_an_answer_that_the_token_kept_from_being_said_is_said_with_a_better_one(tmp_path: Path) -> None:
    fake = await FakeSlack().start()
    async with rigged(tmp_path, fake) as rig:
        rig.slack.voice.web.token = "xoxb-revoked"
        channel = await rig.writes(USER, "hello")
        assert fake.said(channel) == []
    async with rigged(tmp_path, fake) as again:
        assert again.slack.resume() == 1
        await again.slack.lanes.idle()
        assert fake.said(channel) == ["You wrote: hello"]
    await fake.stop()
