"""Socket Mode: the same answers over a line that this server opens, mended when it breaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.slack.socket_mode import Socket
from tests.channels.fake_slack import APP_TOKEN, FakeSlack
from tests.channels.slack_rig import Rig, rigged, until

USER = "U0PERSON"
QUESTION = {"text": "Which?", "kind": "question", "buttons": [{"id": "b1-1", "title": "This"}]}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """The channel."""
    async with rigged(tmp_path) as made:
        yield made
        assert made.fake.broken == []


@pytest.fixture
async def line(rig: Rig) -> AsyncIterator[Socket]:
    """A line of the channel's."""
    socket = Socket(rig.slack, APP_TOKEN, first_wait=0.05, ping_seconds=0.2)
    socket.start()
    await until(lambda: rig.fake.connections)
    yield socket
    await socket.close()


async def test_a_message_and_a_press_come_over_the_line_and_are_acknowledged(rig: Rig, line: Socket) -> None:
    rig.talks.replies["ask"] = [QUESTION]
    first = await rig.fake.push(rig.fake.writes(USER, "ask"))
    await until(lambda: rig.fake.said(rig.fake.direct(USER)))
    second = await rig.fake.push(rig.fake.presses(USER, "This"))
    await until(lambda: len(rig.talks.told) == 2)
    await until(lambda: len(rig.fake.acknowledged) == 2)
    assert rig.fake.acknowledged == [first, second]
    assert rig.talks.told[1][1].button == "b1-1"
    assert await line.connected()


async def test_the_line_is_acknowledged_before_the_work_is_done(rig: Rig, line: Socket) -> None:
    go_on = rig.talks.held["slow"] = asyncio.Event()
    await rig.fake.push(rig.fake.writes(USER, "slow"))
    await until(lambda: rig.fake.acknowledged)
    assert rig.talks.told == []
    go_on.set()
    await rig.slack.lanes.idle()
    assert rig.talks.texts == ["slow"]


async def test_an_envelope_that_comes_again_has_one_effect(rig: Rig, line: Socket) -> None:
    payload = rig.fake.writes(USER, "hello")
    for number in range(50):
        await rig.fake.push(payload, retry_attempt=number, retry_reason="timeout")
    assert await rig.deliver(payload) == 200  # and over the other way in
    await until(lambda: len(rig.fake.acknowledged) == 50)
    await rig.slack.lanes.idle()
    assert rig.talks.texts == ["hello"]


async def test_other_envelopes_are_acknowledged(rig: Rig, line: Socket) -> None:
    for number, payload in enumerate(({"type": "x"}, {"type": "block_actions"}, {"event": None}, {"event": [1]})):
        await rig.fake.push(payload, envelope=f"e{number}")
    await until(lambda: len(rig.fake.acknowledged) == 4)
    assert rig.talks.told == []


async def test_a_lost_line_and_a_refreshed_one_are_replaced(rig: Rig, line: Socket) -> None:
    await rig.fake.drop_lines()
    await until(lambda: rig.fake.connections == 2)
    await rig.fake.push(rig.fake.writes(USER, "one"))
    await until(lambda: rig.talks.texts == ["one"])
    await rig.fake.ask_to_reconnect()
    await until(lambda: rig.fake.connections == 3)
    await rig.fake.push(rig.fake.writes(USER, "two"))
    await until(lambda: rig.talks.texts == ["one", "two"])


async def test_a_line_is_had_as_soon_as_slack_is_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fake = await FakeSlack().start()
    await fake.stop()
    async with rigged(tmp_path, fake) as rig:
        socket = Socket(rig.slack, APP_TOKEN, first_wait=0.05, ping_seconds=0.2)
        with caplog.at_level(logging.WARNING, "channels"):
            socket.start()
            await asyncio.sleep(0.5)
            assert not await socket.connected()
            assert "no line yet" in caplog.text
            await fake.start()
            await until(lambda: fake.connections)
        await fake.push(fake.writes(USER, "hello"))
        await until(lambda: rig.talks.texts == ["hello"])
        await socket.close()
        assert APP_TOKEN not in caplog.text + repr(socket)
    await fake.stop()


async def test_a_wrong_token_is_named_and_hurts_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with rigged(tmp_path) as rig:
        socket = Socket(rig.slack, "xapp-wrong", first_wait=0.05, ping_seconds=0.2)
        with caplog.at_level(logging.WARNING, "channels"):
            socket.start()
            await until(lambda: "invalid_auth" in caplog.text)
        await rig.writes(USER, "hello")
        assert rig.talks.texts == ["hello"]
        await socket.close()
