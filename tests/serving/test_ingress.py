"""What is let in: texts made fit to be kept and read, bodies, rates, places."""

from __future__ import annotations

import json
import time

import pytest

from reasoning.messages import BadMessage, Inbound
from serving import environment
from serving.ingress import bodies, texts
from serving.ingress.admission import WAITING, Ingress, Refused, Why
from serving.ingress.bodies import BadBody, read_json
from serving.ingress.limits import Limits
from serving.ingress.rates import Buckets, network_of

# --- texts


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("my back hurts", "my back hurts"),
        ("ｎｕｍｂ ｌｅｇｓ", "numb legs"),
        ("ﬁne", "fine"),
        ("38℃", "38°C"),
        ("ch\u00adest pain", "chest pain"),
        ("ch\u200best p\u2060ain", "chest pain"),
        ("\u202enumb\u202c \u2066legs\u2069", "numb legs"),
        ("nu\0mb", "numb"),
        ("nu\x1bmb", "numb"),
        ("numb\x0blegs", "numb legs"),
        ("numb\nlegs\tnow", "numb\nlegs\tnow"),
        ("a\ud800b", "a\ufffdb"),
        ("\U000e0041numb", "numb"),
        ("❤\ufe0f", "❤"),
        ("", ""),
    ],
)
def test_what_is_understood_is_what_a_reader_sees(typed: str, plain: str) -> None:
    assert texts.read(typed).plain == plain


def test_what_is_kept_is_what_was_typed_as_far_as_it_can_be_kept() -> None:
    assert texts.shown("ｎｕｍｂ \u202elegs\u202c ﬁ") == "ｎｕｍｂ \u202elegs\u202c ﬁ"
    kept = texts.shown("a\0b\ud800c\udfff")
    assert kept == "ab\ufffdc\ufffd"
    assert kept.encode("utf-8").decode("utf-8") == kept


def test_where_something_unseen_stood_two_words_may_meet() -> None:
    text = texts.read("numb\u200blegs")
    assert (text.plain, text.apart) == ("numblegs", "numb legs")
    assert texts.read("numb legs").apart == ""


@pytest.mark.parametrize(
    ("text", "too_long"),
    [
        ("a" * 4_000, False),
        ("a" * 4_001, True),
        ("\u200b" * 4_001, True),
        ("\ufdfa" * 300, True),  # 18 letters each once they are unfolded
        ("\U0001f600" * 4_000, False),
        ("\U0001f600" * 40_000, True),
    ],
)
def test_a_text_has_a_length_however_it_is_counted(text: str, too_long: bool) -> None:
    read = texts.read(text)
    assert read.too_long is too_long
    assert len(read.plain.encode()) <= texts.MAX_BYTES
    assert texts.read(texts.shown(text)).too_long is too_long, "also after it was cut for keeping"


@pytest.mark.parametrize(
    "typed", ["/restart", "//restart", "/ /restart", " / / restart", "／restart", "\u200b/restart"]
)
def test_no_slash_is_left_for_a_parser_that_takes_commands(typed: str) -> None:
    assert texts.read(typed).without_slash == "restart"


# --- bodies


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"\xff\xfe", b"[" * 9_000, b"NaN", b'{"a": Infinity}', b'{"a": 1' + b"0" * 5_000 + b"}", b'"\\',
        b"[" * 33 + b"]" * 33, b'{"a":' * 200 + b"1" + b"}" * 200,
    ],
)  # fmt: skip
def test_a_body_that_is_no_plain_json_is_refused_without_quoting_it(raw: bytes) -> None:
    with pytest.raises(BadBody) as refused:
        read_json(raw)
    assert str(refused.value) in ("the body is not JSON", "the body is nested too deeply")


def test_brackets_in_a_text_are_no_depth() -> None:
    text = "[{" * 500 + '\\"' + "\\"
    assert read_json(json.dumps({"text": text}).encode()) == {"text": text}
    assert read_json(b"[" * 32 + b"]" * 32)


@pytest.mark.parametrize("raw", [b'"\\' * 130_000, b'"' + b'\\"' * 130_000, b'\\"' * 130_000, b"[]" * 130_000])
def test_the_depth_is_found_in_time_that_grows_with_the_body_only(raw: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(BadBody):
        read_json(raw)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"text": 5}', b'{"button": "x"}'])
def test_a_refused_body_without_a_text_has_none(raw: bytes) -> None:
    assert bodies.text_in(raw) == ""
    assert bodies.text_in(b'{"text": "numb", "more": 1}') == "numb"


@pytest.mark.parametrize("field", ["id", "button", "ticks"])
@pytest.mark.parametrize("value", ["", "a b", "a.b", "\ud800", "\u202e", "../x", "a" * 65, "é", "x\n", "\0"])
def test_ids_have_one_form(field: str, value: str) -> None:
    data = {"id": value, "text": "x"} if field == "id" else {field: [value] if field == "ticks" else value}
    with pytest.raises(BadMessage, match=field):
        Inbound.parse(data)


# --- rates


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        """At zero."""
        self.at = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.at


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Hand()
    buckets = Buckets(3, 0.5, clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("b") == 0, "another's bucket"
    clock.at = 1.9
    assert buckets.take("a") == pytest.approx(0.1)
    clock.at = 2.0
    assert buckets.take("a") == 0
    clock.at = 1_000.0
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2], "never more than it holds"


def test_what_is_remembered_of_senders_is_bounded() -> None:
    buckets = Buckets(3, 1, Hand(), kept=100)
    for number in range(1_000):
        buckets.take(str(number))
    assert len(buckets) == 100


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("", ""),
        ("unknown", ""),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_address_is_what_one_sender_has(address: str, network: str) -> None:
    assert network_of(address) == network


# --- admission


@pytest.mark.parametrize(
    "conversation", ["", "a b", "a" * 65, "../x", "a\n", "web:é", "\0", "'; DROP TABLE events; --"]
)
def test_a_conversation_id_of_another_form_is_refused(conversation: str) -> None:
    with pytest.raises(ValueError, match="conversation id"):
        Ingress().admit(conversation, Inbound(text="x"))


def test_too_many_messages_of_one_conversation_are_refused_and_others_are_not() -> None:
    ingress = Ingress(Limits(messages_a_minute=2))
    for _ in range(2):
        assert ingress.admit("web:a", Inbound(text="x\0")).text == "x"
    with pytest.raises(Refused) as refused:
        ingress.admit("web:a", Inbound(text="secret"))
    assert (refused.value.why, refused.value.retry_after) == (Why.FAST, 30)
    assert "secret" not in repr(refused.value)
    ingress.admit("web:b", Inbound(text="x"))


def test_the_house_has_a_number_of_places_and_nobody_gets_them_all() -> None:
    ingress = Ingress(Limits(turns_at_once=WAITING + 1))
    places = [ingress.place("web:a") for _ in range(WAITING)]
    for place in places:
        place.__enter__()
    with pytest.raises(Refused, match=str(Why.FAST)), ingress.place("web:a"):
        pass
    with ingress.place("web:b"):
        assert ingress.full
        assert not ingress.may_watch("numb"), "no watch in a full house"
        with pytest.raises(Refused, match=str(Why.BUSY)), ingress.place("web:c"):
            pass
    for place in places:
        place.__exit__(None, None, None)
    assert not ingress.under_way


def test_the_watch_over_refused_texts_has_an_end() -> None:
    ingress = Ingress()
    assert ingress.may_watch("a" * 1_000_000)
    assert sum(ingress.may_watch("a" * 16_384) for _ in range(50)) <= 4


# --- settings


@pytest.mark.parametrize(
    "name", ["MESSAGES_PER_MINUTE", "REQUESTS_PER_MINUTE", "TURNS_AT_ONCE", "TURN_SECONDS", "PROXIES"]
)
@pytest.mark.parametrize("value", ["x", "-1", "1.5", "²", "9" * 30])
def test_a_limit_that_is_no_number_is_refused(name: str, value: str) -> None:
    with pytest.raises(environment.SettingsError, match=name):
        environment.read({name: value})


def test_the_limits_have_defaults() -> None:
    found = Limits.of(environment.read({"TURNS_AT_ONCE": " 8 "}))
    assert found == Limits(messages_a_minute=60, requests_a_minute=600, turns_at_once=8, turn_seconds=10, proxies=0)
