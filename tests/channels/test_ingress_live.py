"""What a running server refuses, and what it says then: never nothing, and an emergency is answered as one."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sanic import Sanic

from channels import web
from reasoning.messages import Inbound
from serving.conversations import Conversations, start
from serving.feedback import Feedback
from serving.ingress.admission import Ingress
from serving.ingress.limits import Limits
from serving.settings import newest_model
from tests.channels.running_server import Answer, RunningServer

HOOKS = "/webhooks/web"
SADDLE = "I cannot feel my bottom and I cannot pee. "
STORY = "My back hurts since I lifted a box in the garden on Sunday. "


def _kinds(messages: Any) -> list[str]:
    return [message["kind"] for message in messages]


def _me() -> str:
    return f"web:{secrets.token_hex(8)}"


# --- texts that are too long, or not what they look like


def test_a_long_text_is_screened_and_the_person_is_told(served: RunningServer) -> None:
    token = served.session()
    said = served.say(token, text=STORY * 100)
    assert _kinds(said)[:2] == ["talk", "safety"]
    assert len(served.get(f"{HOOKS}/history", token).data["messages"][0]["text"]) > 4_000


def test_an_emergency_in_a_long_text_is_answered_as_one_and_stays_known(served: RunningServer) -> None:
    token = served.session()
    assert _kinds(served.say(token, text=STORY * 80 + SADDLE + STORY * 80))[0] == "emergency"
    assert _kinds(served.say(token, text="is heat ok?"))[0] == "emergency"


def test_an_emergency_in_a_body_that_is_too_big_is_answered_as_one(served: RunningServer) -> None:
    token = served.session()
    for text, kind in ((SADDLE + STORY * 400, "emergency"), (STORY * 400, "safety")):
        answer = served.ask("POST", f"{HOOKS}/messages", token, body={"text": text})
        assert (answer.status, _kinds(answer.data["messages"])) == (413, [kind])


@pytest.mark.parametrize(
    ("body", "token", "status"),
    [
        ({"text": SADDLE, "sender": "me"}, True, 400),
        ({"text": SADDLE, "id": "a b"}, True, 400),
        ({"text": SADDLE}, False, 401),
    ],
)
def test_an_emergency_in_a_message_that_is_refused_is_answered_as_one(
    served: RunningServer, body: dict[str, Any], token: bool, status: int
) -> None:
    answer = served.ask("POST", f"{HOOKS}/messages", served.session() if token else "", body=body)
    assert (answer.status, _kinds(answer.data["messages"])) == (status, ["emergency"])


@pytest.mark.parametrize(
    "text",
    [
        "I cannot f\u200beel my b\u00adottom and I ca\u2060nnot pee",
        "I cannot feel\u200bmy bottom and\u200bI cannot pee",
        "\u202eI cannot feel my bottom and I cannot pee\u202c",
        "Ｉ ｃａｎｎｏｔ ｆｅｅｌ ｍｙ ｂｏｔｔｏｍ ａｎｄ Ｉ ｃａｎｎｏｔ ｐｅｅ",
        "I can\0not feel my bottom and I cannot pee",
        "I cannot feel my bottom \ud800 and I cannot pee \udfff",
        "/I cannot feel my bottom and I cannot pee",
    ],
)
def test_a_sign_is_seen_however_it_is_encoded(served: RunningServer, text: str) -> None:
    token = served.session()
    assert _kinds(served.say(token, text=text))[0] == "emergency"
    kept = served.get(f"{HOOKS}/history", token).data["messages"][0]["text"]
    assert kept == text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.mark.parametrize("body", [b"[" * 300_000, b'{"text": "' + b"a" * 300_000 + b'"}'])
def test_more_than_is_ever_read_is_refused_with_the_safety_text(served: RunningServer, body: bytes) -> None:
    answer = served.ask("POST", f"{HOOKS}/messages", served.session(), body=body)
    assert (answer.status, _kinds(answer.data["messages"])) == (413, ["safety"])


# --- too many


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server behind a proxy, that takes little."""
    limits = {"MESSAGES_PER_MINUTE": "3", "REQUESTS_PER_MINUTE": "10", "PROXIES": "1"}
    running = RunningServer(tmp_path_factory.mktemp("strict"), settings=limits).start()
    yield running
    running.stop()


def _ask(strict: RunningServer, address: str, path: str, body: Any, token: str = "") -> Answer:
    return strict.ask("POST", f"{HOOKS}/{path}", token, body=body, X_Forwarded_For=address)


def test_too_many_messages_are_refused_and_an_emergency_among_them_is_answered(strict: RunningServer) -> None:
    token = _ask(strict, "203.0.113.1", "session", {}).data["token"]
    for _ in range(3):
        assert _ask(strict, "203.0.113.1", "messages", {"text": "hello"}, token).status == 200
    refused = _ask(strict, "203.0.113.1", "messages", {"text": "hello"}, token)
    assert (refused.status, refused.data["error"], _kinds(refused.data["messages"])) == (
        429,
        "fast",
        ["notice", "safety"],
    )
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    danger = _ask(strict, "203.0.113.1", "messages", {"text": SADDLE}, token)
    assert (danger.status, _kinds(danger.data["messages"])) == (429, ["emergency"])
    other = _ask(strict, "203.0.113.2", "session", {}).data["token"]
    assert _ask(strict, "203.0.113.2", "messages", {"text": "hello"}, other).status == 200


def test_too_many_requests_of_one_address_are_refused_and_others_are_not(strict: RunningServer) -> None:
    answers = [_ask(strict, "198.51.100.7", "session", {}) for _ in range(12)]
    assert [answer.status for answer in answers] == [200] * 10 + [429] * 2
    assert "retry-after" in answers[-1].headers
    assert _kinds(answers[-1].data["messages"]) == ["notice", "safety"]
    danger = _ask(strict, "198.51.100.7", "messages", {"text": SADDLE})
    assert (danger.status, _kinds(danger.data["messages"])) == (429, ["emergency"])
    assert _ask(strict, "198.51.100.8", "session", {}).status == 200


# --- a full house, and time


@pytest.fixture
async def small() -> Conversations:
    """Two at once, a second each."""
    return await start(newest_model(), ingress=Ingress(Limits(turns_at_once=2, turn_seconds=2)))


def _hang(small: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(small, "_turn", hang)


async def test_a_full_house_says_so_at_once_and_has_room_again(
    small: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        _hang(small, patched)
        turns = [asyncio.create_task(small.handle(_me(), Inbound(text="hello"))) for _ in range(2)]
        await asyncio.sleep(0.1)
        refused = await asyncio.wait_for(small.handle(_me(), Inbound(text=SADDLE)), 1)
        assert (refused.failed, _kinds(refused.messages)) == ("busy", ["notice", "safety"])
        assert refused.retry_after > 0
        for answered in await asyncio.gather(*turns):
            assert _kinds(answered.messages) == ["safety"]
    assert _kinds((await small.handle(_me(), Inbound(text=SADDLE))).messages)[0] == "emergency"


async def test_time_runs_out_with_the_safety_text_also_for_who_waits_in_line(
    small: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    _hang(small, monkeypatch)
    me = _me()
    turns = [asyncio.create_task(small.handle(me, Inbound(text=text))) for text in ("hello", SADDLE)]
    first, second = await asyncio.wait_for(asyncio.gather(*turns), 5)
    assert (first.failed, _kinds(first.messages)) == ("TimeoutError", ["safety"])
    assert (second.failed, _kinds(second.messages)) == ("TimeoutError", ["emergency"])


async def test_a_full_house_is_a_503_that_tells_when_to_come_again(
    small: Conversations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _hang(small, monkeypatch)
    tokens = web.Tokens("x" * 40)
    app: Any = Sanic(f"t{secrets.token_hex(4)}", configure_logging=False)
    app.blueprint(web.blueprint(web.Served(lambda: small, asyncio.Event, Feedback(tmp_path / "f.jsonl"), tokens)))
    (handler,) = [
        route.handler for route in app.router.routes if route.path.endswith("messages") and "POST" in route.methods
    ]
    turns = [asyncio.create_task(small.handle(_me(), Inbound(text="hello"))) for _ in range(2)]
    await asyncio.sleep(0.1)
    answer = await handler(
        SimpleNamespace(
            body=json.dumps({"text": "hello"}).encode(),
            method="POST",
            headers={"authorization": f"Bearer {tokens.sign(web.Claims(_me()))}"},
            ctx=SimpleNamespace(),
        )
    )
    assert (answer.status, int(answer.headers["Retry-After"]) > 0) == (503, True)
    assert _kinds(json.loads(answer.body)["messages"]) == ["notice", "safety"]
    await asyncio.gather(*turns)
