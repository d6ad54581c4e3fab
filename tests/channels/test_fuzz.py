"""Whatever comes in: no crash, no 5xx but the deliberate 503, nothing over five seconds, never an empty answer.

About 2,000 examples at every run; FUZZ_EXAMPLES=100000 looks further (always the same ones: a failure repeats).
"""

from __future__ import annotations

import json
import os
import time
import urllib.parse
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.slack import arrivals, routes
from channels.telegram import reading, receiving
from channels.web import Tokens, _place
from reasoning import knowledge
from reasoning.messages import BadMessage, Inbound
from serving.ingress import texts
from serving.ingress.bodies import BadBody, read_json, text_in
from serving.ingress.rates import network_of
from tests.channels.running_server import Answer, RunningServer

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2000"))
HANGS = 5.0  # seconds


def share(part: float) -> Callable[[Any], Any]:
    """So much of all examples."""
    return settings(
        max_examples=max(10, int(EXAMPLES * part)),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


TEXT = st.text(st.characters(), max_size=200)  # with halves of surrogate pairs
NASTY = st.sampled_from(
    (
        *("\0", "\u202e", "\u200b" * 50, "\ud800", "/restart", '/x{"case":1}', "'; DROP TABLE events; --", "../../x"),
        *("%00", "{{7*7}}", "${x}", "%s%n", "{reason}", "<script>", "\r\nX-Y: z", "a" * 65, "\U0010ffff", "ﷺ" * 300),
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT | NASTY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | NASTY, inner, max_size=4),
    max_leaves=12,
)


def shaped(names: str, values: st.SearchStrategy[Any] = JSON) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these fields, of any content."""
    return st.dictionaries(st.sampled_from(names.split()), values, max_size=8)


CHAT = shaped("id type title username first_name", JSON | st.sampled_from(["private", "group", 7]))
MESSAGE = shaped(
    "message_id date edit_date chat from text entities caption reply_to_message photo sticker contact location",
    JSON | CHAT | TEXT | st.integers(1, 9),
)
UPDATE = shaped("update_id message edited_message callback_query my_chat_member inline_query", MESSAGE | JSON)
EVENT = shaped(
    "type channel channel_type user ts thread_ts text subtype files message previous_message bot_id",
    JSON | st.sampled_from(["message", "im", "D0123", "U0123", "1.0", "app_mention", "message_changed"]),
)
ACTION = shaped("type action_ts action_id value text", JSON | st.sampled_from(["button", "1.0", "press:x"]))
PRESS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["block_actions"]) | JSON,
        "actions": st.lists(ACTION | JSON, max_size=3) | JSON,
        "user": shaped("id", st.sampled_from(["U0123"]) | JSON) | JSON,
        "channel": shaped("id", st.sampled_from(["D0123"]) | JSON) | JSON,
        "message": shaped("ts text blocks thread_ts") | JSON,
        "state": shaped("values") | JSON,
        "trigger_id": JSON,
    },
)


def _plain(data: Any) -> Any:
    """As it comes out of a request: what JSON can carry, halves of surrogate pairs and all."""
    return json.loads(json.dumps(data))


# --- what reads


@share(0.15)
@given(TEXT | NASTY | st.builds(lambda a, b: a * b, TEXT, st.integers(1, 2_000)))
def test_any_text_can_be_kept_and_read(text: str) -> None:
    kept, read = texts.shown(text), texts.read(text)
    assert "\0" not in kept
    for made in (kept, read.plain, read.apart):
        assert len(made.encode("utf-8")) <= texts.MAX_BYTES
    assert not read.without_slash.startswith("/")
    assert texts.shown(kept) == kept


@share(0.1)
@given(st.binary(max_size=400) | JSON.map(lambda data: json.dumps(data).encode()))
def test_any_body_is_json_or_refused(raw: bytes) -> None:
    assert isinstance(text_in(raw), str)
    try:
        read_json(raw)
    except BadBody:
        return


@share(0.1)
@given(shaped("id text button ticks scale slots sender", JSON | st.integers(-1, 12)) | JSON)
def test_any_message_is_of_the_model_or_refused(data: Any) -> None:
    try:
        inbound = Inbound.parse(data)
    except BadMessage:
        return
    assert sum(value is not None for value in (inbound.text, inbound.button, inbound.ticks, inbound.scale)) == 1


@share(0.15)
@given(UPDATE.map(_plain) | st.fixed_dictionaries({"update_id": st.integers(), "message": MESSAGE}).map(_plain))
def test_any_update_of_telegram_is_read_or_left(update: dict[str, Any]) -> None:
    receiving._update(SimpleNamespace(body=json.dumps(update).encode()))  # type: ignore[arg-type]
    try:
        incoming = reading.read(update)
    except Exception:  # `Channel.take` acknowledges whatever cannot be read
        return
    if incoming is not None:
        json.dumps(incoming.as_dict(), ensure_ascii=False).encode("utf-8")
        assert len(incoming.text.encode()) <= texts.MAX_BYTES


@share(0.1)
@given(shaped("event event_id authorizations", EVENT | JSON).map(_plain))
def test_any_event_of_slack_is_read_or_left(payload: dict[str, Any]) -> None:
    arrival = arrivals.of_event(payload)
    if arrival is not None:
        assert arrivals.Arrival.from_dict(json.loads(json.dumps(arrival.as_dict()))) == arrival
        assert len(arrival.text.encode("utf-8")) <= texts.MAX_BYTES


@share(0.1)
@given(PRESS.map(_plain))
def test_any_press_of_slack_is_read_or_left(payload: dict[str, Any]) -> None:
    arrivals.of_interaction(payload)
    body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
    assert routes._json(routes._form(body)) == payload


@share(0.05)
@given(st.binary(max_size=200))
def test_any_form_of_slack_is_read_or_refused(body: bytes) -> None:
    try:
        routes._json(routes._form(body))
    except routes.Unreadable:
        return


@share(0.05)
@given(TEXT | NASTY, TEXT | NASTY)
def test_no_invented_token_or_place_gets_in(header: str, other: str) -> None:
    tokens = Tokens("x" * 40)
    assert tokens.read(header) is tokens.read(f"Bearer {header}") is None
    assert tokens.read_file(header) is tokens.read_file(header, owner=other) is None
    assert isinstance(network_of(header), str)
    loaded: Any = SimpleNamespace(knowledge=knowledge.shared())
    try:
        country, timezone = _place(loaded, {"country": header, "timezone": other})
    except BadMessage:
        return
    assert country == "" or country in knowledge.shared().help_lines.countries
    assert len(timezone) <= 64


# --- the running server


def _held(served: RunningServer, answer: Answer, seconds: float) -> None:
    assert served.process is not None
    assert served.process.poll() is None, "the process is gone"
    assert answer.status < 500 or answer.status == 503, answer.status
    assert seconds < HANGS
    assert answer.data["messages"]
    assert all(message["text"].strip() for message in answer.data["messages"])


@pytest.fixture(scope="module")
def token(served: RunningServer) -> Callable[[], str]:
    """A token of a conversation that has not sent too much yet."""
    given_out: list[str] = []
    count = 0

    def one() -> str:
        nonlocal count
        if count % 20 == 0:
            given_out.append(served.session())
        count += 1
        return given_out[-1]

    return one


@share(0.1)
@given(text=TEXT | NASTY)
def test_any_text_is_answered(served: RunningServer, token: Callable[[], str], text: str) -> None:
    began = time.monotonic()
    answer = served.ask("POST", "/webhooks/web/messages", token(), body={"text": text})
    _held(served, answer, time.monotonic() - began)
    assert answer.status == 200


@share(0.05)
@given(body=JSON | shaped("id text button ticks scale slots sender") | st.binary(max_size=300))
def test_any_body_is_answered_or_refused(served: RunningServer, token: Callable[[], str], body: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    began = time.monotonic()
    answer = served.ask("POST", "/webhooks/web/messages", token(), body=raw)
    _held(served, answer, time.monotonic() - began)


@share(0.05)
@given(bearer=TEXT | NASTY, last=TEXT, path=TEXT | NASTY)
def test_any_header_and_path_is_answered_or_refused(served: RunningServer, bearer: str, last: str, path: str) -> None:
    header = "".join(letter for letter in bearer if letter.isprintable() and ord(letter) < 256)
    event = "".join(letter for letter in last if letter.isprintable() and ord(letter) < 256)
    for where in ("history", "events", "file?t=" + urllib.parse.quote(path.encode("utf-8", "replace"))):
        began = time.monotonic()
        answer = served.get(f"/webhooks/web/{where}", header, Last_Event_ID=event)
        _held(served, answer, time.monotonic() - began)
        assert answer.status in (400, 401)
