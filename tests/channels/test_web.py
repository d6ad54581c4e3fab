"""The web channel over HTTP: who may read and write what, and what comes back when something is wrong."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlalchemy as sa

from channels import pages
from serving import migrate
from serving.outbox import Outbox
from tests.channels.running_server import RunningServer

HOOKS = "/webhooks/web"
GOLF = "My back cramps after golf, what do I do?"
SADDLE = "I cannot feel my bottom and I cannot pee"
OTHER_SITE = "https://elsewhere.example"


def _sub(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


def _is_safety(answer: Any) -> bool:
    return [message["kind"] for message in answer.data["messages"]] == ["safety"]


# --- pages


def test_the_demo_page_has_the_strict_policy(served: RunningServer) -> None:
    page = served.get("/")
    assert page.status == 200
    assert page.headers["content-security-policy"] == pages.PAGE_POLICY
    assert "unsafe" not in pages.PAGE_POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("path", "type_"),
    [
        ("/widget/widget.js", "text/javascript"),
        ("/widget/pictures/pelvic_tilt.svg", "image/svg+xml"),
        ("/widget/pictures/pelvic_tilt.png", "image/png"),
        ("/widget/demo/demo.css", "text/css"),
    ],
)
def test_what_pages_load_may_be_loaded_by_any_site(served: RunningServer, path: str, type_: str) -> None:
    answer = served.get(path)
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == type_
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = served.get(path, If_Modified_Since=answer.headers["last-modified"])
    assert again.status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/widget/pictures/draw.mjs",
        "/widget/demo/not_built.txt",
        "/widget/package.json",
        "/widget/pictures/..%2f..%2fREADME.md",
        "/widget/pictures/%2e%2e/package.json",
        "/var/web-secret",
        "/model/parse",
        "/conversations/x/tracker",
    ],
)
def test_nothing_else_is_served(served: RunningServer, path: str) -> None:
    answer = served.get(path)
    assert answer.status == 404
    assert _is_safety(answer)


async def test_a_plain_sentence_where_the_widget_is_not_built(tmp_path: Path) -> None:
    from sanic import Sanic

    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "not_built.txt").write_text(
        (Path(pages.__file__).parents[1] / "widget/demo/not_built.txt").read_text()
    )
    app: Any = Sanic(f"t{secrets.token_hex(4)}", configure_logging=False)
    app.blueprint(pages.blueprint(tmp_path))
    handlers = {route.path: route.handler for route in app.router.routes}
    for path in ("", "widget/widget.js"):
        answer = await handlers[path](None)
        assert answer.status == 503
        assert b"make setup" in answer.body


# --- health


def test_readiness_tells_the_truth(served: RunningServer) -> None:
    assert served.get("/readyz").data == {"model": True, "database": True, "scheduler": True, "open": True}
    with sqlite3.connect(served.folder / "conversations.db") as other:
        other.execute("BEGIN EXCLUSIVE")  # whoever holds the database: no change can be kept
        locked = served.get("/readyz")
        other.rollback()
    assert (locked.status, locked.data) == (503, {"model": True, "database": False, "scheduler": True, "open": True})
    assert served.get("/healthz").status == served.get("/readyz").status == 200


# --- tokens


def test_a_conversation_is_minted_by_the_server(served: RunningServer) -> None:
    answer = served.ask("POST", f"{HOOKS}/session", body={"conversation": "web:mine", "sender": "x"})
    assert answer.status == 400
    data = served.ask("POST", f"{HOOKS}/session").data
    assert data["conversation"] == _sub(data["token"])
    assert len(base64.urlsafe_b64decode(data["conversation"].removeprefix("web:"))) * 8 >= 128
    assert data["conversation"] != served.ask("POST", f"{HOOKS}/session").data["conversation"]


def _forged(served: RunningServer) -> Iterator[str]:
    token = served.session()
    secret = (served.folder / "web-secret").read_text()
    header, body, signature = token.split(".")
    other = {**jwt.decode(token, options={"verify_signature": False}), "sub": "web:" + "A" * 24}
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    yield ""
    yield "x"
    yield _sub(token)  # a guessed or overheard id
    yield f"{header}.{jwt.encode(other, 'x' * 40, algorithm='HS256').split('.')[1]}.{signature}"
    yield f"{none}.{body}."
    yield jwt.encode(other, "x" * 40, algorithm="HS256")
    yield jwt.encode({**other, "exp": int(time.time()) - 1}, secret, algorithm="HS256")
    yield jwt.encode({"sub": other["sub"]}, secret, algorithm="HS256")  # never ends
    yield jwt.encode({"exp": other["exp"]}, secret, algorithm="HS256")
    yield jwt.encode({**other, "sub": "tg:777"}, secret, algorithm="HS256")  # of another channel


def test_nobody_gets_in_without_the_token(served: RunningServer) -> None:
    asked = [
        ("POST", "messages", {"text": "hello"}),
        ("GET", "history", None),
        ("GET", "events", None),
        ("POST", "feedback", {"message": "m-1", "helpful": True}),
        ("GET", "export", None),
        ("DELETE", "conversation", None),
    ]
    for token in _forged(served):
        for method, path, body in asked:
            answer = served.ask(method, f"{HOOKS}/{path}", token, body=body)
            assert (answer.status, _is_safety(answer)) == (401, True), (token, path)


def test_a_token_in_an_address_is_no_token(served: RunningServer) -> None:
    token = served.session()
    assert served.get(f"{HOOKS}/history?token={token}&access_token={token}").status == 401


def test_a_token_opens_one_conversation_only(served: RunningServer) -> None:
    mine, yours = served.session(), served.session()
    said = served.say(mine, text="what is an mri")
    assert served.get(f"{HOOKS}/history", yours).data == {"messages": []}
    rating = {"message": said[0]["id"], "helpful": True}
    assert served.ask("POST", f"{HOOKS}/feedback", yours, body=rating).status == 404
    assert served.ask("DELETE", f"{HOOKS}/conversation", yours).status == 200
    assert served.get(f"{HOOKS}/history", mine).data["messages"]


def test_the_token_slides(served: RunningServer) -> None:
    token = served.session(country="GB", timezone="Europe/London")
    secret = (served.folder / "web-secret").read_text()
    old = jwt.decode(token, secret, algorithms=["HS256"])
    nearly_over = jwt.encode({**old, "exp": int(time.time()) + 60}, secret, algorithm="HS256")
    fresh = served.ask("POST", f"{HOOKS}/messages", nearly_over, body={"text": "hello"}).data["token"]
    new = jwt.decode(fresh, secret, algorithms=["HS256"])
    assert new["exp"] > time.time() + 6 * 24 * 3600
    assert {**new, "exp": 0} == {**old, "exp": 0}


# --- place


@pytest.mark.parametrize(
    ("place", "country", "timezone"),
    [
        ({}, "", ""),
        ({"country": "gb", "timezone": "Europe/London"}, "GB", "Europe/London"),
        ({"country": "XX", "timezone": "Mars/Base"}, "", ""),
        ({"country": None, "timezone": "../../etc/passwd"}, "", ""),
    ],
)
def test_country_and_timezone_are_checked(
    served: RunningServer, place: dict[str, Any], country: str, timezone: str
) -> None:
    token = served.ask("POST", f"{HOOKS}/session", body=place).data["token"]
    exported = served.get(f"{HOOKS}/export", token).data
    assert exported["told_by_the_page"] == {"country": country, "timezone": timezone}


@pytest.mark.parametrize("place", [{"country": "GBR"}, {"country": 7}, {"timezone": ["x"]}, [], "x", {"tz": "x"}])
def test_a_place_of_another_form_is_refused(served: RunningServer, place: Any) -> None:
    answer = served.ask("POST", f"{HOOKS}/session", body=place)
    assert (answer.status, _is_safety(answer)) == (400, True)


def test_the_country_decides_the_number(served: RunningServer) -> None:
    british = served.say(served.session(country="GB"), text=SADDLE)
    assert british[0]["banner"]["call"] == ["999", "112"]
    token = served.session()
    unknown = served.say(token, text=SADDLE)
    assert len(unknown[0]["banner"]["call"]) > 2


# --- messages


def test_the_same_id_twice_has_one_effect_and_the_history_has_the_answers_ids(served: RunningServer) -> None:
    token = served.session()
    first = served.say(token, id="client-1", text=GOLF)
    again = served.say(token, id="client-1", text=GOLF)
    assert again == first
    history = served.get(f"{HOOKS}/history", token).data["messages"]
    assert [entry["from"] for entry in history] == ["user"] + ["bot"] * len(first)
    assert [entry["id"] for entry in history] == ["client-1"] + [message["id"] for message in first]
    assert len({message["id"] for message in first}) == len(first)


@pytest.mark.parametrize("text", ["/restart", '/choose_country{"x": 1}', "/session_start", "//", "/"])
def test_a_typed_slash_is_text(served: RunningServer, text: str) -> None:
    token = served.session()
    served.say(token, text="what is an mri")
    before = served.get(f"{HOOKS}/history", token).data["messages"]
    assert served.say(token, text=text)
    after = served.get(f"{HOOKS}/history", token).data["messages"]
    assert after[: len(before)] == before  # nothing was restarted
    assert after[len(before)]["text"] == text


def test_a_button_holds_for_this_conversations_present_state(served: RunningServer) -> None:
    mine, yours = served.session(), served.session()
    buttons = [b["id"] for m in served.say(mine, text="what is an mri") for b in m.get("buttons", ())]
    served.say(yours, text="what is an mri")
    assert "banner" not in served.say(yours, button=buttons[0])[0]
    stranger = served.get(f"{HOOKS}/history", yours).data["messages"]
    assert buttons[0] not in json.dumps(stranger)
    served.say(mine, text="what is a ct scan")
    stale = served.say(mine, button=buttons[0])
    assert [message["kind"] for message in stale] == ["talk"]
    assert served.say(mine, ticks=["none"])[0]["kind"] in ("talk", "question")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"{}", b'{"text": "a", "button": "b"}', b'{"text": 5}', b'{"scale": 11}',
     b'{"text": "a", "sender": "web:other"}', b'{"text": "a", "id": "a b"}', b'{"ticks": [1]}', b"null", b"[" * 9000],
)  # fmt: skip
def test_a_message_of_another_form_is_refused_with_the_safety_text(served: RunningServer, body: bytes) -> None:
    answer = served.ask("POST", f"{HOOKS}/messages", served.session(), body=body)
    assert (answer.status, _is_safety(answer)) == (400, True)


def test_too_much_is_refused(served: RunningServer) -> None:
    answer = served.ask("POST", f"{HOOKS}/messages", served.session(), body={"text": "a" * 20_000})
    assert (answer.status, _is_safety(answer)) == (413, True)


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "\u202e", "\ud83d\ude00" * 500, "a" * 4_000, "<script>alert(1)</script>"]
)
def test_never_an_empty_answer(served: RunningServer, text: str) -> None:
    assert all(message["text"].strip() for message in served.say(served.session(), text=text))


def test_an_answer_is_json_that_no_page_runs(served: RunningServer) -> None:
    token = served.session()
    hostile = "</script><img src=x onerror=alert(1)>"
    served.say(token, text=hostile)
    for path in ("history", "export"):
        answer = served.get(f"{HOOKS}/{path}", token)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    assert served.get(f"{HOOKS}/history", token).data["messages"][0]["text"] == hostile


# --- origins


def test_another_sites_origin_is_refused(served: RunningServer) -> None:
    for method, path in (("POST", "session"), ("GET", "history"), ("OPTIONS", "messages"), ("DELETE", "conversation")):
        for origin in (OTHER_SITE, "null", "https://clinic.example.evil.example", served.url + ".evil.example"):
            answer = served.ask(method, f"{HOOKS}/{path}", served.session(), Origin=origin)
            assert (answer.status, _is_safety(answer)) == (403, True)
            assert "access-control-allow-origin" not in answer.headers
    for origin in ("https://clinic.example", served.url):
        answer = served.ask("POST", f"{HOOKS}/session", Origin=origin)
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, origin)
        assert served.ask("OPTIONS", f"{HOOKS}/messages", Origin=origin).status == 204


# --- feedback, export, deletion


def test_feedback_is_kept_without_words(served: RunningServer) -> None:
    token = served.session()
    said = served.say(token, text="my bladder is a secret, what is an mri")
    answer = next(message for message in served.say(token, text="what is an mri") if message["kind"] == "answer")
    for helpful in (False, True):
        rating = {"message": answer["id"], "helpful": helpful}
        assert served.ask("POST", f"{HOOKS}/feedback", token, body=rating).status == 204
    lines = served.feedback()
    kept = [line for line in lines if line.get("topics") == ["mri"]]
    assert len(kept) == 1  # a message counts once
    assert set(kept[0]) == {"date", "kind", "topics", "facts", "helpful"}
    assert kept[0]["helpful"] is False
    assert "secret" not in json.dumps(lines)
    assert _sub(token) not in json.dumps(lines)
    user = served.get(f"{HOOKS}/history", token).data["messages"][0]
    for body in ({"message": user["id"], "helpful": True}, {"message": "bot-1", "helpful": True}):
        assert served.ask("POST", f"{HOOKS}/feedback", token, body=body).status == 404
    for body in ({}, {"message": said[0]["id"]}, {"message": 1, "helpful": True}, {"message": "x", "helpful": 1}):
        assert served.ask("POST", f"{HOOKS}/feedback", token, body=body).status == 400


def test_an_answer_is_called_wrong_by_its_button_after_other_talk(served: RunningServer) -> None:
    token, other = served.session(), served.session()
    said = served.say(token, text="what is a bone scan")
    wrong = next(message["wrong"] for message in said if message["kind"] == "answer")
    served.say(token, text="what is an mri")
    before = served.feedback()
    assert "wrong" not in json.dumps([m["kind"] for m in served.say(other, button=wrong["id"])])
    assert served.feedback() == before  # of another conversation: an old button
    asked = served.say(token, button=wrong["id"])[-1]
    (line,) = served.feedback()[len(before) :]
    assert set(line) == {"date", "wrong", "entries"}
    assert line["wrong"] == "bone_scan"
    yes = next(button["id"] for button in asked["buttons"] if button["title"].startswith("Yes"))
    served.say(token, button=yes)
    served.say(token, text="the xenolith part is wrong")
    kept = served.feedback()[-1]
    assert (kept["wrong"], kept["words"]) == ("bone_scan", "the xenolith part is wrong")
    assert served.ask("DELETE", f"{HOOKS}/conversation", token).data == {"deleted": True}
    assert "xenolith" not in json.dumps(served.feedback())


def test_a_deleted_conversation_leaves_nothing_in_the_file(served: RunningServer) -> None:
    token = served.session()
    word = "xylophonist"
    served.say(token, text=f"my back hurts, I am a {word}")
    assert word in json.dumps(served.get(f"{HOOKS}/export", token).data)
    assert served.ask("DELETE", f"{HOOKS}/conversation", token).data == {"deleted": True}
    assert served.get(f"{HOOKS}/history", token).data == {"messages": []}
    for path in served.folder.glob("conversations.db*"):
        assert word.encode() not in path.read_bytes(), path.name


# --- what the bot says unasked


def _lines(served: RunningServer, token: str, count: int, **headers: str) -> list[str]:
    """The first lines of the event stream that say something."""
    sent = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = urllib.request.Request(f"{served.url}{HOOKS}/events", headers=sent)  # noqa: S310
    found: list[str] = []
    with urllib.request.urlopen(request, timeout=25) as stream:  # noqa: S310
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert stream.headers["Cache-Control"] == "no-store"
        while len(found) < count:
            line = stream.readline().decode().strip()
            if line:
                found.append(line)
    return found


def _outbox(served: RunningServer) -> Outbox:
    return Outbox(sa.create_engine(f"sqlite:///{served.folder / 'conversations.db'}"))


def test_events_come_in_order_and_go_on_after_the_last_one(served: RunningServer) -> None:
    token, outbox = served.session(), _outbox(served)
    served.say(token, text="what is an mri")
    said = [outbox.append(_sub(token), {"text": f"Time for ice {n}.", "kind": "notice"}) for n in range(3)]
    outbox.append("web:someone-else", {"text": "Not for you.", "kind": "notice"})
    lines = _lines(served, token, 7)
    assert lines[0].startswith(":")
    assert [line for line in lines if line.startswith("id:")] == [f"id: {one.event}" for one in said]
    data = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data:")]
    assert [message["text"] for message in data] == [f"Time for ice {n}." for n in range(3)]
    rest = _lines(served, token, 3, Last_Event_ID=str(said[1].event))
    assert rest[1] == f"id: {said[2].event}"
    history = served.get(f"{HOOKS}/history", token).data["messages"]
    assert [entry["id"] for entry in history[-3:]] == [message["id"] for message in data]


def test_a_silent_line_is_kept_open_by_a_heartbeat(served: RunningServer) -> None:
    assert _lines(served, served.session(), 2) == [": listening", ": still here"]


@pytest.mark.parametrize("last", ["x", "-1", "1 OR 1=1", "9" * 30, "\u00b2"])
def test_a_last_event_of_another_form_is_refused(served: RunningServer, last: str) -> None:
    answer = served.get(f"{HOOKS}/events", served.session(), Last_Event_ID=last)
    assert (answer.status, _is_safety(answer)) == (400, True)


async def test_the_outbox_outlives_the_process_and_wakes_listeners(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'x.db'}"
    migrate.upgrade(sa.create_engine(address))
    outbox = Outbox(sa.create_engine(address))
    news = outbox.listen("web:a")
    first = outbox.append("web:a", {"text": "one", "kind": "notice"})
    await asyncio.wait_for(news.wait(), 1)
    outbox.leave("web:a", news)
    assert outbox.listeners("web:a") == 0
    later = Outbox(sa.create_engine(address))
    assert later.read("web:a") == [first]
    with later.engine.begin() as connection:
        later.delete("web:a", connection)
    assert later.read("web:a") == []
    assert later.append("web:a", {"text": "two", "kind": "notice"}).event > first.event  # ids are never given again


# --- restart


def test_a_restart_keeps_conversations_and_ids(tmp_path: Path) -> None:
    served = RunningServer(tmp_path / "data").start()
    try:
        token = served.session(country="GB")
        first = served.say(token, id="a", text=GOLF)
        before = served.get(f"{HOOKS}/history", token).data
        served.stop()
        served.start()
        assert served.get(f"{HOOKS}/history", token).data == before
        assert served.say(token, id="a", text=GOLF) == first
        rating = {"message": first[0]["id"], "helpful": True}
        assert served.ask("POST", f"{HOOKS}/feedback", token, body=rating).status == 204
        none = next(message["ticks"]["none"]["id"] for message in first if message.get("ticks"))
        assert served.say(token, ticks=[none])[-1]["text"].startswith("Question 2")
        began = time.monotonic()
        served.stop()
        assert time.monotonic() - began < 15
        assert (tmp_path / "data" / "web-secret").stat().st_mode & 0o077 == 0
        log = (tmp_path / "data" / "server.log").read_text()
        assert GOLF not in log
        assert token not in log
    finally:
        served.stop()
