"""Deliveries of Telegram: only Telegram's own, each once, in order within a chat, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sanic import Sanic
from sqlalchemy.exc import OperationalError

from channels.telegram import channel as channel_module
from channels.telegram import client as client_module
from channels.telegram import receiving
from channels.telegram.channel import WEBHOOK, Channel
from tests.channels.fake_telegram import FakeTelegram, Fault
from tests.channels.running_server import free_port
from tests.channels.telegram_stand_in import StandIn
from tests.channels.test_telegram import ANN, BOB, make, take, until

SECRET = "s3cret"
NAMES = itertools.count()


class Site:
    """The webhook's route on a port, over a channel that can be started anew."""

    def __init__(self, telegram: FakeTelegram, conversations: StandIn, folder: Path) -> None:
        """Not started yet."""
        self.telegram = telegram
        self.conversations = conversations
        self.folder = folder
        self.channel: Channel
        self.port = 0
        self._server: Any = None

    async def start(self) -> Site:
        """Listen, and start the channel."""
        app: Sanic[Any, Any] = Sanic(f"telegram_webhook_{next(NAMES)}", configure_logging=False)
        app.config.TOUCHUP = False  # it can be done once in a process
        app.blueprint(receiving.blueprint(lambda: self.channel, SECRET))
        self._server = await app.create_server("127.0.0.1", free_port(), return_asyncio_server=True)
        await self._server.startup()
        await self._server.start_serving()
        self.port = self._server.server.sockets[0].getsockname()[1]
        self.telegram.deliver_to = f"http://127.0.0.1:{self.port}{WEBHOOK}"
        await self.start_channel()
        return self

    async def start_channel(self) -> None:
        """A channel as a new process would have it."""
        self.channel = make(self.telegram, self.conversations, self.folder)
        self.channel._deliveries = type(self.channel._deliveries)(self.conversations.engine)
        self.channel._answering._deliveries = self.channel._deliveries
        self.channel._running._deliveries = self.channel._deliveries
        await self.channel.start()
        await until(lambda: self.telegram.webhook)

    async def stop(self) -> None:
        """End both."""
        await self.channel.stop()
        self._server.close()
        await self._server.wait_closed()


@pytest.fixture
async def site(telegram: FakeTelegram, conversations: StandIn, tmp_path: Path) -> AsyncIterator[Site]:
    """A webhook with its channel."""
    made = await Site(telegram, conversations, tmp_path).start()
    yield made
    await made.stop()


# --- who gets in


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "ünïcode", "s3cret "])
async def test_a_forged_update_is_refused_before_its_body_is_looked_at(
    site: Site, telegram: FakeTelegram, conversations: StandIn, secret: str
) -> None:
    async with ClientSession() as session:
        headers = {receiving.SECRET_HEADER: secret} if secret else {}
        for body in (json.dumps(telegram.text(ANN, "hello")).encode(), b"{", b""):
            async with session.post(telegram.deliver_to, data=body, headers=headers) as answer:
                assert answer.status == 403
    await site.channel.lines.idle()
    assert conversations.heard == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_only_post_gets_in(site: Site, telegram: FakeTelegram, conversations: StandIn, method: str) -> None:
    async with (
        ClientSession() as session,
        session.request(
            method, telegram.deliver_to, json=telegram.text(ANN, "x"), headers={receiving.SECRET_HEADER: SECRET}
        ) as answer,
    ):
        assert answer.status == 405
    assert conversations.heard == []


@pytest.mark.parametrize("path", ["/set_webhook", "/webhooks/telegram/set_webhook", "/webhooks/telegram/webhook"])
async def test_nobody_can_register_the_webhook_anew(site: Site, telegram: FakeTelegram, path: str) -> None:
    before = len(telegram.made("setWebhook"))
    async with ClientSession() as session:
        for method in ("GET", "POST"):
            url = f"http://127.0.0.1:{site.port}{path}"
            async with session.request(method, url, headers={receiving.SECRET_HEADER: SECRET}) as answer:
                assert answer.status == 404
    assert len(telegram.made("setWebhook")) == before == 1


ALTERED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"x"',
    b"\xff\xfe",
    b'{"message": {}}',
    b'{"update_id": "7"}',
    b'{"update_id": true}',
]


@pytest.mark.parametrize("body", ALTERED)
async def test_what_is_no_update_is_refused(
    site: Site, telegram: FakeTelegram, conversations: StandIn, body: bytes
) -> None:
    headers = {receiving.SECRET_HEADER: SECRET, "Content-Type": "application/json"}
    async with ClientSession() as session, session.post(telegram.deliver_to, data=body, headers=headers) as answer:
        assert answer.status == 400
    assert conversations.heard == []


async def test_altered_updates_do_no_harm(
    telegram: FakeTelegram, conversations: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every value of an update replaced by odd ones, one at a time: acknowledged, and the next is answered."""
    telegram.flooding = False
    monkeypatch.setattr(client_module, "CHAT_BURST", 1000)
    monkeypatch.setattr(client_module, "ALL_BURST", 10_000)
    monkeypatch.setattr(channel_module, "WAITING", 1000)
    site = await Site(telegram, conversations, tmp_path).start()
    update = telegram.text(ANN, "/help me")
    for path in _paths(update):
        for odd in (None, [], {}, -1, "x", "\ud800", "\x00", 1e400, True):
            altered = json.loads(json.dumps(update))
            _set(altered, path, odd)
            altered["update_id"] = update["update_id"] + next(NAMES) * 1000 if path != ("update_id",) else odd
            if path != ("update_id",):
                site.channel.take(json.loads(json.dumps(altered)))
    await site.channel.lines.idle()
    telegram.complaints.clear()  # chats that do not exist
    assert await telegram.deliver(telegram.text(BOB, "hello")) == 200
    await site.channel.lines.idle()
    assert telegram.texts(BOB) == ["heard hello"]
    await site.stop()


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([at] if at else []), *(path for name, item in inner for path in _paths(item, (*at, name)))]


def _set(value: Any, path: tuple[Any, ...], odd: Any) -> None:
    for name in path[:-1]:
        value = value[name]
    value[path[-1]] = odd


# --- once


async def test_a_thousand_updates_delivered_two_to_six_times_count_once_each(
    telegram: FakeTelegram, conversations: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parallel, out of order, over the webhook, with the process started anew in between."""
    telegram.flooding = False
    monkeypatch.setattr(client_module, "CHAT_BURST", 1000)
    monkeypatch.setattr(client_module, "ALL_BURST", 10_000)
    site = await Site(telegram, conversations, tmp_path).start()
    updates = [telegram.text(200 + number % 50, f"message {number}") for number in range(1000)]
    deliveries = [*updates, *updates, *(update for update in updates[:100] for _ in range(3))]
    random.Random(7).shuffle(deliveries)  # noqa: S311  an order to be repeated
    half = len(deliveries) // 2
    async with ClientSession() as session:
        await _deliver(session, telegram, deliveries[:half])
        await site.channel.stop()
        await site.start_channel()
        await _deliver(session, telegram, deliveries[half:])
        await site.channel.lines.idle()
        await site.channel.stop()
        await site.start_channel()
        await _deliver(session, telegram, updates[:200])
    await site.channel.lines.idle()
    heard = Counter(conversations.texts())
    assert heard == Counter(f"message {number}" for number in range(1000))
    answers = Counter(text for chat in range(200, 250) for text in telegram.texts(chat))
    assert answers == Counter(f"heard message {number}" for number in range(1000))
    await site.stop()


async def _deliver(session: ClientSession, telegram: FakeTelegram, updates: list[dict[str, Any]]) -> None:
    """Deliver with 40 connections, as Telegram does; what is refused is sent again."""
    waiting = asyncio.Queue[dict[str, Any]]()
    for update in updates:
        waiting.put_nowait(update)
    headers = {receiving.SECRET_HEADER: SECRET}

    async def one() -> None:
        while not waiting.empty():
            update = waiting.get_nowait()
            async with session.post(telegram.deliver_to, json=update, headers=headers) as answer:
                if answer.status != 200:
                    assert answer.status == 503
                    waiting.put_nowait(update)

    await asyncio.gather(*(one() for _ in range(40)))


async def test_what_was_taken_is_answered_after_a_crash(
    telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    """Telegram was told that all is well, so nobody will send it again."""
    site = await Site(telegram, conversations, tmp_path).start()
    conversations.hold_up = lambda _conversation, _inbound: asyncio.sleep(60)
    for number in range(3):
        assert await telegram.deliver(telegram.text(ANN, f"message {number}")) == 200
    assert await telegram.deliver(telegram.text(BOB, "hello")) == 200
    await asyncio.sleep(0.1)
    assert conversations.heard == []
    for task in list(site.channel.lines._tasks.values()):  # the process is killed
        task.cancel()
    await site.channel.stop()
    conversations.hold_up = lambda _conversation, _inbound: asyncio.sleep(0)
    await site.start_channel()
    await site.channel.lines.idle()
    assert telegram.texts(ANN) == ["heard message 0", "heard message 1", "heard message 2"]
    assert telegram.texts(BOB) == ["heard hello"]
    await site.stop()


async def test_what_a_dead_process_took_is_answered_when_the_database_comes_after_the_start(
    telegram: FakeTelegram, conversations: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_module, "UNASKED_SECONDS", 0.1)
    site = await Site(telegram, conversations, tmp_path).start()
    conversations.hold_up = lambda _conversation, _inbound: asyncio.sleep(60)
    assert await telegram.deliver(telegram.text(ANN, "hello")) == 200
    await asyncio.sleep(0.1)
    for task in list(site.channel.lines._tasks.values()):  # the process is killed
        task.cancel()
    await site.channel.stop()
    conversations.hold_up = lambda _conversation, _inbound: asyncio.sleep(0)
    with conversations.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO gone")
    await site.start_channel()
    await asyncio.sleep(0.3)
    assert conversations.heard == []
    with conversations.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO deliveries")
    await until(lambda: telegram.texts(ANN) == ["heard hello"])
    await site.stop()


async def test_stale_and_out_of_order_updates_count_once_each(
    site: Site, telegram: FakeTelegram, conversations: StandIn
) -> None:
    updates = [telegram.text(ANN, f"message {number}") for number in range(4)]
    updates[0]["message"]["date"] -= 24 * 3600
    for update in (updates[3], updates[0], updates[2], updates[0], updates[1], updates[3]):
        assert await telegram.deliver(update) == 200
    await site.channel.lines.idle()
    assert conversations.texts() == ["message 3", "message 0", "message 2", "message 1"]


async def test_an_update_of_another_bot_with_the_same_number_counts(
    telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    """After a change of the token the numbers begin anew."""
    update = telegram.text(ANN, "hello")
    first = make(telegram, conversations, tmp_path)
    await first.start()
    await take(first, update)
    await first.stop()
    second = make(telegram, conversations, tmp_path)
    second._bot_number = "4343"
    await second.start()
    await take(second, update)
    await second.stop()
    assert conversations.texts() == ["hello", "hello"]


async def test_without_the_database_an_update_is_left_with_telegram(
    site: Site, telegram: FakeTelegram, conversations: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = telegram.text(ANN, "hello")

    def broken(*_args: object) -> bool:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    with monkeypatch.context() as patch:
        patch.setattr(type(site.channel._deliveries), "claim", broken)
        assert await telegram.deliver(update) == 503
    assert await telegram.deliver(update) == 200
    await site.channel.lines.idle()
    assert conversations.texts() == ["hello"]


async def test_a_chat_with_too_much_waiting_is_left_with_telegram_and_no_other(
    site: Site, telegram: FakeTelegram, conversations: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_module, "WAITING", 3)
    go_on = asyncio.Event()
    conversations.hold_up = lambda _conversation, inbound: go_on.wait() if inbound.text != "other" else asyncio.sleep(0)
    updates = [telegram.text(ANN, f"message {number}") for number in range(6)]
    statuses = [await telegram.deliver(update) for update in updates]
    assert statuses == [200, 200, 200, 200, 503, 503]
    assert await telegram.deliver(telegram.text(BOB, "other")) == 200
    go_on.set()
    await site.channel.lines.idle()
    for update in updates[4:]:
        assert await telegram.deliver(update) == 200
    await site.channel.lines.idle()
    assert [text for text in conversations.texts() if text != "other"] == [f"message {number}" for number in range(6)]


# --- in order, and without waiting for others


async def test_the_webhook_answers_at_once_and_a_slow_chat_holds_up_no_other(
    site: Site, telegram: FakeTelegram, conversations: StandIn
) -> None:
    slow = site.channel.conversation(ANN)
    go_on = asyncio.Event()
    conversations.hold_up = lambda conversation, _inbound: go_on.wait() if conversation == slow else asyncio.sleep(0)
    for number in range(2):
        assert await telegram.deliver(telegram.text(ANN, f"message {number}")) == 200
    assert await telegram.deliver(telegram.text(BOB, "hello")) == 200
    await until(lambda: telegram.texts(BOB) == ["heard hello"])
    assert telegram.texts(ANN) == [], "acknowledged before any of it was answered"
    go_on.set()
    await site.channel.lines.idle()
    assert telegram.texts(ANN) == ["heard message 0", "heard message 1"]


@pytest.mark.parametrize("kind", ["429", "500", "502", "cut", "garbage"])
async def test_a_failing_telegram_gets_everything_in_order_and_once(
    site: Site, telegram: FakeTelegram, conversations: StandIn, kind: str
) -> None:
    await until(lambda: telegram.commands)
    telegram.faults.append(Fault(kind, "sendMessage", times=3, chat=ANN))
    for number in range(3):
        await telegram.deliver(telegram.text(ANN, f"message {number}"))
    await telegram.deliver(telegram.text(BOB, "hello"))
    await site.channel.lines.idle()
    assert telegram.texts(ANN) == ["heard message 0", "heard message 1", "heard message 2"]
    assert telegram.texts(BOB) == ["heard hello"]
    tries = [str(call.fields["chat_id"]) for call in telegram.made("sendMessage")]
    fourth = [number for number, chat in enumerate(tries) if chat == str(ANN)][3]
    assert tries.index(str(BOB)) < fourth, "the other chat did not wait"
    assert len(conversations.heard) == 4


async def test_retry_after_is_obeyed(site: Site, telegram: FakeTelegram) -> None:
    telegram.faults.append(Fault("429", "sendMessage", chat=ANN, seconds=2))
    begun = time.monotonic()
    await telegram.deliver(telegram.text(ANN, "hello"))
    await site.channel.lines.idle()
    assert time.monotonic() - begun >= 2.0
    assert telegram.texts(ANN) == ["heard hello"]


async def test_a_cut_after_it_took_effect_may_say_it_twice_but_never_not_at_all(
    site: Site, telegram: FakeTelegram, conversations: StandIn
) -> None:
    telegram.faults.append(Fault("cut_after", "sendMessage", chat=ANN))
    await telegram.deliver(telegram.text(ANN, "hello"))
    await site.channel.lines.idle()
    assert telegram.texts(ANN) == ["heard hello", "heard hello"]
    assert conversations.texts() == ["hello"], "the conversation heard it once"


async def test_a_slow_telegram_is_waited_for(site: Site, telegram: FakeTelegram) -> None:
    telegram.faults.append(Fault("slow", "sendMessage", chat=ANN, seconds=1.0))
    await telegram.deliver(telegram.text(ANN, "one"))
    await telegram.deliver(telegram.text(ANN, "two"))
    await site.channel.lines.idle()
    assert telegram.texts(ANN) == ["heard one", "heard two"]


async def test_what_cannot_be_sent_for_long_is_given_up_and_the_next_goes_out(
    site: Site, telegram: FakeTelegram, conversations: StandIn
) -> None:
    site.channel.client.patience = 1.0
    telegram.faults.append(Fault("500", "sendMessage", times=2, chat=ANN))
    await telegram.deliver(telegram.text(ANN, "one"))
    await telegram.deliver(telegram.text(ANN, "two"))
    await site.channel.lines.idle()
    assert telegram.texts(ANN) == ["heard two"]
    assert conversations.records.deliveries.take_up("tg:") == []


@pytest.mark.parametrize("kind", ["429", "500", "cut", "garbage"])
async def test_failing_marks_and_acknowledgements_lose_no_answer(
    site: Site, telegram: FakeTelegram, conversations: StandIn, kind: str
) -> None:
    await telegram.deliver(telegram.text(ANN, "card"))
    await site.channel.lines.idle()
    number = telegram.said(ANN)[-1]["message_id"]
    for method in ("answerCallbackQuery", "editMessageReplyMarkup", "sendChatAction"):
        telegram.faults.append(Fault(kind, method))
    await telegram.deliver(telegram.press(ANN, number, "Next"))
    await site.channel.lines.idle()
    assert telegram.texts(ANN)[-1] == "heard b2-bb"


async def test_a_busy_chat_keeps_to_the_limits(site: Site, telegram: FakeTelegram) -> None:
    """The fake complains when a chat gets more than a burst and a message a second."""
    for number in range(8):
        await telegram.deliver(telegram.text(ANN, f"message {number}"))
    await site.channel.lines.idle()
    sent = [call.at for call in telegram.made("sendMessage")]
    assert sent[-1] - sent[0] >= 2.5
    assert len(telegram.texts(ANN)) == 8


async def test_calls_that_are_cut_off_use_up_no_connections(
    telegram: FakeTelegram, conversations: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As "typing" is, with every answer: a lost connection stays lost, and without any the bot writes to nobody."""
    monkeypatch.setattr(client_module, "CONNECTIONS", 4)
    client = make(telegram, conversations, tmp_path).client
    for number in range(60):
        calls = [asyncio.ensure_future(client.until_through(client.bot.get_me, 0.0)) for _ in range(12)]
        await asyncio.sleep(0.0003 * (number % 10))
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    async with asyncio.timeout(10):
        assert (await client.until_through(client.bot.get_me)).is_bot
    await client.close()


# --- polling, and a Telegram out of reach


async def test_polling_takes_each_update_once_and_confirms_it(
    telegram: FakeTelegram, conversations: StandIn, tmp_path: Path
) -> None:
    telegram.webhook = {"url": "https://old.example"}
    first = make(telegram, conversations, tmp_path, mode="polling", public_url="")
    await first.start()
    telegram.queue(telegram.text(ANN, "one"), telegram.update("poll", {}), telegram.text(ANN, "two"))
    await until(lambda: telegram.texts(ANN) == ["heard one", "heard two"])
    await until(lambda: telegram._updates == [])
    assert telegram.webhook == {}, "a webhook of former days is taken away"
    telegram.faults += [Fault(kind, "getUpdates") for kind in ("429", "500", "cut", "garbage")]
    telegram.queue(telegram.text(ANN, "three"))
    await until(lambda: telegram.texts(ANN)[-1] == "heard three", 60)
    await first.stop()
    again = make(telegram, conversations, tmp_path, mode="polling", public_url="")
    await again.start()
    telegram.queue(telegram.text(ANN, "four"))
    await until(lambda: telegram.texts(ANN)[-1] == "heard four")
    await again.stop()
    assert conversations.texts() == ["one", "two", "three", "four"]


async def test_polling_goes_on_when_the_database_was_away(
    telegram: FakeTelegram, conversations: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(telegram, conversations, tmp_path, mode="polling", public_url="")
    real, left = type(made._deliveries).claim, iter([True, True])

    def sometimes(self: Any, *args: Any) -> bool:
        if next(left, False):
            raise OperationalError("INSERT", {}, Exception("locked"))
        return real(self, *args)

    monkeypatch.setattr(type(made._deliveries), "claim", sometimes)
    await made.start()
    telegram.queue(telegram.text(ANN, "one"), telegram.text(ANN, "two"))
    await until(lambda: telegram.texts(ANN) == ["heard one", "heard two"], 60)
    await made.stop()


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_a_telegram_out_of_reach_is_waited_for_in_the_background(
    conversations: StandIn, tmp_path: Path, mode: str
) -> None:
    telegram = await FakeTelegram().start()
    port = int(telegram.url.rpartition(":")[2])
    await telegram.stop()
    made = make(telegram, conversations, tmp_path, mode=mode)
    async with asyncio.timeout(10):  # waited for, it would never be over: Telegram comes after it
        await made.start()
    await asyncio.sleep(0.7)
    await telegram.start(port)
    await until(lambda: telegram.commands and (telegram.webhook or mode == "polling"))
    telegram.queue(telegram.text(ANN, "hello"))
    if mode == "polling":
        await until(lambda: telegram.texts(ANN) == ["heard hello"])
    await made.stop()
    await telegram.stop()


async def test_a_wrong_token_is_said_once_and_no_more_is_tried(
    conversations: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    telegram = await FakeTelegram().start()
    for mode in ("webhook", "polling"):
        made = make(telegram, conversations, tmp_path, mode=mode)
        made.client.bot._token = "1:wrong"
        made.client.bot._base_url = f"{telegram.url}/bot1:wrong"
        await made.start()
        await asyncio.sleep(0.3)
        await made.stop()
    assert telegram.calls == []
    assert sum("TELEGRAM_TOKEN" in record.message for record in caplog.records) == 4
    assert "1:wrong" not in caplog.text
    await telegram.stop()


async def test_logs_hold_nothing_of_a_person(
    site: Site, telegram: FakeTelegram, conversations: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="channels")
    telegram.faults += [Fault(kind, "sendMessage", chat=987654321) for kind in ("500", "cut", "429", "garbage")]
    conversations.fails = True
    await telegram.deliver(telegram.text(987654321, "canary one"))
    site.channel.take({"update_id": 5, "message": {"text": "canary two", "chat": 3}})
    await site.channel.lines.idle()
    own = [record.getMessage() for record in caplog.records if record.name.startswith("channels")]
    assert own
    assert not any("canary" in text or "987654321" in text or "fake-token" in text for text in own)
