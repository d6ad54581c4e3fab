"""The product's own server with the trained model in Slack, along the steps of docs/slack.md."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from reasoning import knowledge
from tests.channels.fake_slack import (
    APP_TOKEN,
    BOT_TOKEN,
    SECRET,
    FakeSlack,
    as_event,
    as_interaction,
    buttons_of,
    sign,
    ticks_of,
)
from tests.channels.running_server import RunningServer, free_port
from tests.channels.slack_rig import PICTURES, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOM = "C0ROOM"
GOLF = "my back cramps after golf, what do I do"
SADDLE = "I cannot feel my bottom and I cannot pee"
PATIENCE = 120


async def _start(server: RunningServer, **settings: str) -> None:
    """As `make run` with these variables set."""
    os.environ.update(settings)
    try:
        await asyncio.to_thread(server.start)
    except RuntimeError:
        if server.process is not None:
            server.process.kill()
        raise
    finally:
        for name in settings:
            del os.environ[name]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fake() -> AsyncIterator[FakeSlack]:
    """Slack; no limit of it may be broken by the end, and nobody called."""
    made = await FakeSlack().start()
    made.messages[ROOM] = []
    yield made
    assert made.broken == []
    assert made.notified == []
    await made.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(fake: FakeSlack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """The server with both ways in, and the line that it opened."""
    running = RunningServer(tmp_path_factory.mktemp("slack"))
    await _start(running, **_settings(fake.url))
    await until(lambda: fake.connections, PATIENCE)
    yield running
    await asyncio.to_thread(running.stop)


def _settings(url: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": url,
        "WEB_SECRET": "kept-over-restarts-and-long-enough-to-sign-with",
    }


async def _ask(fake: FakeSlack, user: str, text: str, **more: Any) -> list[str]:
    """Write over the line; what was said in the direct message."""
    return await _over_the_line(fake, user, fake.writes(user, text, **more))


async def _press(fake: FakeSlack, user: str, title: str, *ticked: str) -> list[str]:
    return await _over_the_line(fake, user, fake.presses(user, title, ticked))


async def _over_the_line(fake: FakeSlack, user: str, payload: dict[str, Any]) -> list[str]:
    """Deliver until it is acknowledged, as Slack does."""
    channel = fake.direct(user)
    before = len(fake.said(channel))
    envelope = await fake.push(payload)
    for _ in range(5):
        try:
            await until(lambda: envelope in fake.acknowledged, 8)
            break
        except AssertionError:
            await fake.push(payload, envelope)
    return await _settled(fake, channel, before)


async def _settled(fake: FakeSlack, channel: str, before: int) -> list[str]:
    """The new posts in the channel, when no more are coming."""
    await until(lambda: len(fake.said(channel)) > before, PATIENCE)
    calls = -1
    while calls != len(fake.calls):
        calls = len(fake.calls)
        await asyncio.sleep(0.4)
    return fake.said(channel)[before:]


async def _http(server: RunningServer, payload: dict[str, Any]) -> int:
    form = as_interaction if payload["type"] == "block_actions" else as_event
    path, body, media = form(payload)
    headers = {**sign(body), "Content-Type": media}
    async with (
        aiohttp.ClientSession() as session,
        session.post(server.url + path, data=body, headers=headers) as answer,
    ):
        return answer.status


async def test_from_golf_to_the_plan(fake: FakeSlack, server: RunningServer) -> None:
    """Every list of the interview can be answered by pressing; it ends in advice."""
    user = "U0GOLF"
    said = await _ask(fake, user, GOLF)
    assert any("not a doctor" in text for text in said)
    for _ in range(25):
        titles = fake.pressable(fake.direct(user))
        if "None of these" in titles:
            said = await _press(fake, user, "None of these")
        elif "No" in titles:
            said = await _press(fake, user, "No")
        else:
            break
    words = knowledge.shared().wording
    assert any(words["self_care_intro"] in text for text in fake.said(fake.direct(user)))
    assert all("None of these" not in text for text in said)


async def test_ticks_of_the_interview_are_understood(fake: FakeSlack, server: RunningServer) -> None:
    user = "U0TICKS"
    await _ask(fake, user, GOLF)
    message = fake.last(fake.direct(user))
    first = ticks_of(message)[0]
    said = await _press(fake, user, "Done", first)
    assert any(word in " ".join(said) for word in ("Call", "emergency", "seen"))


async def test_an_emergency_by_message_by_mention_and_by_edit(fake: FakeSlack, server: RunningServer) -> None:
    said = await _ask(fake, "U0DANGER", SADDLE)
    assert any("emergency" in text.lower() for text in said)
    await _ask(fake, "U0MENTION", SADDLE, channel=ROOM)
    (in_room,) = fake.said(ROOM)
    assert in_room.split("\n")[0] in "\n".join(fake.said(fake.direct("U0MENTION")))
    user = "U0EDITOR"
    await _ask(fake, user, "hello")
    before = len(fake.said(fake.direct(user)))
    assert await _http(server, fake.edits(user, "hello", SADDLE)) == 200
    said = await _settled(fake, fake.direct(user), before)
    assert any("emergency" in text.lower() for text in said)


async def test_everything_the_bot_knows_fits_slack(fake: FakeSlack, server: RunningServer) -> None:
    """The first question of each topic file is answered, drawn whole, and breaks no limit."""
    channels = []
    for number, topic in enumerate(knowledge.shared().topics.values()):
        user = f"U0CURIOUS{number}"  # a conversation for each: nothing of one question holds the next one's answer back
        assert await _ask(fake, user, topic.asked_as[0])
        channels.append(fake.direct(user))
    drawn = [block for channel in channels for message in fake.messages[channel] for block in message.get("blocks", ())]
    shown = {block["slack_file"]["id"] for block in drawn if block["type"] == "image"}
    assert shown == {name for name, file in fake.files.items() if file["name"].endswith(".png")}
    assert len(shown) == len(list(PICTURES.glob("*.png")))


async def test_old_buttons_are_refused_kindly(fake: FakeSlack, server: RunningServer) -> None:
    user = "U0OLD"
    await _ask(fake, user, GOLF)
    await until(lambda: fake.pressable(fake.direct(user)), PATIENCE)
    old = json.loads(json.dumps(fake.last(fake.direct(user))))
    title = buttons_of(old)[-1]["text"]["text"]
    await _ask(fake, user, "is heat ok?")
    before = len(fake.said(fake.direct(user)))
    assert await _http(server, fake.presses(user, title, message=old)) == 200
    said = await _settled(fake, fake.direct(user), before)
    assert knowledge.shared().wording["old_button"] in "\n".join(said)


async def test_killed_at_work_it_answers_after_the_start_and_only_once(fake: FakeSlack, server: RunningServer) -> None:
    users = [f"U0KILL{number}" for number in range(8)]
    await _ask(fake, users[0], "hello")
    payloads = [fake.writes(user, "is heat ok?") for user in users for _ in range(2)]
    statuses = await asyncio.gather(*(_http(server, payload) for payload in payloads))
    assert set(statuses) == {200}
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    await _start(server, **_settings(fake.url))
    await asyncio.gather(*(_http(server, payload) for payload in payloads * 3))
    for user in users:
        channel = fake.direct(user)
        await until(lambda channel=channel: fake.said(channel), PATIENCE)  # type: ignore[misc]
    await asyncio.sleep(3)
    for user in users:
        turns = json.dumps(fake.said(fake.direct(user)))
        assert "eat" in turns
    await until(lambda: fake.connections >= 2, PATIENCE)


async def test_what_was_written_is_in_no_log_and_gone_after_delete(fake: FakeSlack, server: RunningServer) -> None:
    user, marker = "U0MARKER", "zyxwvut marker"
    await _ask(fake, user, f"my back cramps {marker}")
    await _ask(fake, user, "export my data")
    exported = [file["content"] for file in fake.files.values() if file["name"].endswith(".json")]
    assert marker in exported[-1].decode()
    await _ask(fake, user, "delete my data")
    await _press(fake, user, knowledge.shared().wording["delete_yes"])
    await asyncio.sleep(0.5)
    folder = Path(server.folder)
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for trace in (marker, user, fake.direct(user)):
            assert trace.encode() not in content, path.name
    assert BOT_TOKEN not in (folder / "server.log").read_text()


async def test_without_slack_the_server_starts_and_the_website_works(tmp_path: Path) -> None:
    running = RunningServer(tmp_path)
    await _start(running, **_settings(f"http://127.0.0.1:{free_port()}/api/"))
    try:
        token = await asyncio.to_thread(running.session)
        said = await asyncio.to_thread(running.say, token, id="1", text="is heat ok?")
        assert said
        # The first call to Slack may still be on its way when the website answers already.
        await until(lambda: "slack: no line yet" in (tmp_path / "server.log").read_text())
    finally:
        await asyncio.to_thread(running.stop)
