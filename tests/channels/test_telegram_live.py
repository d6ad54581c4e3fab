"""The steps of docs/telegram.md: the product's own server, the trained model, and a Telegram on loopback."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reasoning import knowledge
from tests.channels.fake_telegram import BOT, TOKEN, FakeTelegram
from tests.channels.running_server import RunningServer, free_port

WORDS = knowledge.shared().wording
NAME = f"@{BOT['username']}"
PATIENCE = 120.0  # seconds: a busy machine


class Town:
    """The server, polling a Telegram that runs beside the tests, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        """The server starts first: nothing listens where its Telegram should be."""
        self.telegram = FakeTelegram()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._port = free_port()
        os.environ["TELEGRAM_TOKEN"] = TOKEN
        os.environ["TELEGRAM_API_URL"] = f"http://127.0.0.1:{self._port}"
        try:
            self.server = RunningServer(folder).start()
        finally:
            del os.environ["TELEGRAM_TOKEN"], os.environ["TELEGRAM_API_URL"]

    def open(self) -> None:
        """Telegram can be reached from now on."""
        asyncio.run_coroutine_threadsafe(self.telegram.start(self._port), self._loop).result(10)

    def close(self) -> None:
        """End both."""
        self.server.stop()
        asyncio.run_coroutine_threadsafe(self.telegram.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def restart_killed(self) -> None:
        """Kill the server as a power cut does, and start it again."""
        assert self.server.process is not None
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait(10)
        os.environ["TELEGRAM_TOKEN"] = TOKEN
        os.environ["TELEGRAM_API_URL"] = f"http://127.0.0.1:{self._port}"
        try:
            self.server.start()
        finally:
            del os.environ["TELEGRAM_TOKEN"], os.environ["TELEGRAM_API_URL"]

    def queue(self, *updates: dict[str, Any]) -> None:
        """Updates for the server to fetch."""
        self._loop.call_soon_threadsafe(self.telegram.queue, *updates)

    def say(self, chat: int, text: str, answers: int = 1) -> list[dict[str, Any]]:
        """Write, and wait for so many messages, and until no more come."""
        return self.after(self.telegram.text(chat, text), chat, answers)

    def press(self, chat: int, number: int, title: str, answers: int = 1) -> list[dict[str, Any]]:
        """Press a button, and wait in the same way."""
        return self.after(self.telegram.press(chat, number, title), chat, answers)

    def after(self, update: dict[str, Any], chat: int, answers: int) -> list[dict[str, Any]]:
        """What the bot said after an update."""
        before = len(self.telegram.said(chat))
        self.queue(update)
        wait(lambda: len(self.telegram.said(chat)) >= before + answers)
        count = -1
        while count != len(self.telegram.said(chat)):
            count = len(self.telegram.said(chat))
            time.sleep(0.7)
        return self.telegram.said(chat)[before:]


def wait(condition: Callable[[], Any]) -> None:
    """Until it is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One server for all tests of this file. Before Telegram can be reached, the web works."""
    made = Town(tmp_path_factory.mktemp("telegram"))
    token = made.server.session()
    assert made.server.say(token, id="1", text="hello")
    made.open()
    yield made
    made.close()
    assert made.telegram.complaints == []


def test_commands_are_registered_and_start_says_hello(town: Town) -> None:
    wait(lambda: town.telegram.commands)
    said = town.say(301, "/start", 2)
    assert any(WORDS["first_contact"] in message["text"] for message in said)
    assert any("reply_markup" in message for message in said)


def test_the_interview_with_ticks_ends_in_a_plan(town: Town) -> None:
    said = town.say(302, "my back cramps after golf, what do I do", 2)
    for _ in range(8):
        asked = next((m for m in said if WORDS["ticks_done"] in town.telegram.titles(302, m["message_id"])), None)
        if asked is None:
            break
        said = town.press(302, asked["message_id"], WORDS["none_of_these"])
        assert town.telegram.titles(302, asked["message_id"]) == [f"✓ {WORDS['none_of_these']}"]
    assert WORDS["self_care_intro"] in "\n".join(message.get("text", "") for message in said)


def test_a_ticked_danger_sign_is_an_emergency(town: Town) -> None:
    said = town.say(303, "my back hurts, what can I do", 2)
    number = said[-1]["message_id"]
    line = next(title for title in town.telegram.titles(303, number) if "between the legs" in title)
    town.queue(town.telegram.press(303, number, line))
    wait(lambda: any(title.startswith("☑") for title in town.telegram.titles(303, number)))
    said = town.press(303, number, WORDS["ticks_done"])
    assert said[0]["text"].startswith(WORDS["banner_e2"])
    assert said[0]["entities"][0]["type"] == "bold"


def test_an_emergency_in_a_group_and_an_edit_that_becomes_one(town: Town) -> None:
    words = "I cannot feel between my legs and cannot pee"
    [said] = town.say(-601, f"{NAME} {words}")
    assert said["text"].startswith(WORDS["banner_e2"])
    [said] = town.say(-601, f"{NAME} is heat ok?")
    assert "reply_markup" in said
    town.say(304, "is ice ok?")
    first = next(number for number, message in town.telegram.chats[304].items() if message["from"]["id"] == 304)
    said = town.after(town.telegram.edit(304, first, words), 304, 1)
    assert said[0]["text"].startswith(WORDS["banner_e2"])


def test_a_stretch_comes_with_its_picture(town: Town) -> None:
    said = town.say(305, "show me the prayer stretch", 2)
    picture = next(message for message in said if "photo" in message)
    assert picture["caption"]
    assert any("⏱" in title for message in said for title in town.telegram.titles(305, message["message_id"]))


def test_export_and_delete(town: Town) -> None:
    town.say(306, "is ice ok? canary-of-the-test")
    copy, sheet = (town.telegram.files[said["document"]["file_id"]] for said in town.say(306, "/export", 2))
    assert b"canary-of-the-test" in copy
    assert sheet.startswith(b"%PDF")
    [asked] = town.say(306, "/delete")
    town.press(306, asked["message_id"], WORDS["delete_yes"])
    for path in town.server.folder.glob("conversations.db*"):
        assert b"canary-of-the-test" not in path.read_bytes()


def test_old_buttons_are_refused_kindly(town: Town) -> None:
    said = town.say(307, "hello", 1)
    number = next(m["message_id"] for m in said if town.telegram.titles(307, m["message_id"]))
    title = town.telegram.titles(307, number)[0]
    town.say(307, "is ice ok?")
    said = town.press(307, number, title)
    assert WORDS["old_button"] in "\n".join(message.get("text", "") for message in said)


def test_what_was_said_is_answered_after_the_power_was_cut(town: Town) -> None:
    town.telegram.flooding = False  # a server that thinks for a second sends what has gathered at once; 429 is for that
    chats = range(400, 420)
    town.queue(*[town.telegram.text(chat, "is ice ok?") for chat in chats])
    wait(lambda: any(town.telegram.said(chat) for chat in chats))
    town.restart_killed()
    wait(lambda: all(town.telegram.said(chat) for chat in chats))
    time.sleep(3)
    for chat in chats:
        texts = Counter(town.telegram.texts(chat))
        assert all(count <= 2 for count in texts.values()), "at most what was on its way is said again"


def test_no_word_and_no_token_in_the_log(town: Town) -> None:
    log = (town.server.folder / "server.log").read_text()
    assert TOKEN not in log
    assert "canary" not in log
    assert "cannot feel" not in log
