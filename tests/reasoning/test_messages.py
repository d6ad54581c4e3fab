"""The message model: what is let in, what goes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning.messages import (
    ADVICE,
    MAX_TICKS,
    MESSAGE_ID,
    BadMessage,
    Banner,
    Card,
    Choice,
    File,
    Inbound,
    Kind,
    Message,
    Picture,
    Scale,
    Ticks,
    Timer,
)

QUICK = settings(max_examples=80, deadline=None, database=None, derandomize=True)
CONTENT: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(max_size=60),
    "button": st.from_regex(MESSAGE_ID, fullmatch=True),
    "ticks": st.lists(st.from_regex(MESSAGE_ID, fullmatch=True), max_size=MAX_TICKS),
    "scale": st.integers(0, 10),
}
IDS = st.none() | st.from_regex(MESSAGE_ID, fullmatch=True) | st.integers(0, 10**9)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@QUICK
@given(name=st.sampled_from(sorted(CONTENT)), data=st.data(), given_id=IDS)
def test_a_message_with_one_content_is_read_as_it_stands(name: str, data: st.DataObject, given_id: object) -> None:
    """Nothing is lost or changed on the way in, and fields that are null are as good as not there."""
    content = data.draw(CONTENT[name])
    others = {other: None for other in CONTENT if other != name}
    inbound = Inbound.parse({name: content, "id": given_id, **others})
    expected = tuple(content) if name == "ticks" else content
    assert {other: getattr(inbound, other) for other in CONTENT} == {**others, name: expected}
    assert inbound.id == (None if given_id is None else str(given_id))


@QUICK
@given(names=st.sets(st.sampled_from(sorted(CONTENT)), min_size=2), data=st.data())
def test_two_contents_are_refused(names: set[str], data: st.DataObject) -> None:
    """Which of two was meant cannot be known."""
    with pytest.raises(BadMessage, match="exactly one of"):
        Inbound.parse({name: data.draw(CONTENT[name]) for name in names})


SENTENCES = {
    "a message is a JSON object",
    "unknown field in the message",
    "exactly one of text, button, ticks, scale",
}


@QUICK
@given(data=st.dictionaries(st.sampled_from(["id", *CONTENT, "extra", "Text"]), JSON, max_size=4) | JSON)
def test_anything_else_is_refused_and_the_error_repeats_nothing(data: Any) -> None:
    """Whatever JSON comes, it is a message of the model or a BadMessage that names fields, never contents."""
    refused = ""
    try:
        inbound = Inbound.parse(data)
    except BadMessage as error:
        refused = str(error)
    if refused:
        assert refused in SENTENCES or refused.split(":")[0] in {"id", *CONTENT}
    else:
        assert sum(getattr(inbound, name) is not None for name in CONTENT) == 1


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        {"id": "a"},
        {"text": None},
        {"text": 1},
        {"text": ["a"]},
        {"text": "a", "user": "b"},
        {"button": 3},
        {"ticks": "a"},
        {"ticks": [1]},
        {"ticks": ["a"] * (MAX_TICKS + 1)},
        {"scale": 11},
        {"scale": -1},
        {"scale": True},
        {"scale": 3.0},
        {"scale": "3"},
        {"text": "a", "id": ""},
        {"text": "a", "id": "a b"},
        {"text": "a", "id": "x" * 65},
        {"text": "a", "id": "a\n"},
        {"text": "a", "id": True},
        {"text": "a", "id": 1.5},
    ],
    ids=lambda data: json.dumps(data)[:40],
)
def test_what_is_not_of_the_model_is_refused(data: object) -> None:
    """Each border of the model, from outside."""
    with pytest.raises(BadMessage):
        Inbound.parse(data)


CHOICES = st.builds(Choice, id=st.text(min_size=1, max_size=6), title=st.text(min_size=1, max_size=6))
LISTS = st.lists(CHOICES, max_size=3).map(tuple)
WORDS = st.text(min_size=1, max_size=9)
NAMES = st.lists(WORDS, max_size=3).map(tuple)
MESSAGES = st.builds(
    Message,
    text=WORDS.filter(str.strip),
    kind=st.sampled_from(list(Kind)),
    short=st.text(max_size=5),
    buttons=LISTS,
    ticks=st.none() | st.builds(Ticks, items=LISTS, none=CHOICES, not_sure=st.none() | CHOICES),
    card=st.none()
    | st.builds(
        Card,
        title=WORDS,
        steps=NAMES,
        picture=st.none() | st.builds(Picture, name=WORDS, alt=WORDS),
        hold_seconds=st.none() | st.tuples(st.integers(1, 60), st.integers(1, 60)),
        repetitions=st.none() | st.integers(0, 20),
    ),
    timer=st.none() | st.builds(Timer, label=WORDS, seconds=st.integers(0, 9999)),
    scale=st.none() | st.builds(Scale, low=WORDS, high=WORDS),
    banner=st.none() | st.builds(Banner, heading=WORDS, call=NAMES, reason=WORDS, say=st.text(max_size=5)),
    file=st.none() | st.builds(File, name=WORDS, media_type=WORDS, url=WORDS),
    level=st.none() | st.sampled_from(["E1", "H"]),
    general=st.booleans(),
    topics=NAMES,
    facts=NAMES,
    sources=NAMES,
    remedies=NAMES,
    cautions=NAMES,
)


@QUICK
@given(message=MESSAGES)
def test_a_message_goes_out_as_json_with_all_that_it_holds(message: Message) -> None:
    """What is set stands in the JSON, what is empty does not, and text and kind always do."""
    data = message.as_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["text"] == message.text
    assert data["kind"] == str(message.kind)
    empty = {name for name in message.__dataclass_fields__ if getattr(message, name) in (None, "", (), False)}
    assert data.keys() == message.__dataclass_fields__.keys() - empty
    assert [choice["id"] for choice in data.get("buttons", ())] == [choice.id for choice in message.buttons]
    if message.ticks:
        assert [item["title"] for item in data["ticks"]["items"]] == [item.title for item in message.ticks.items]
    if message.timer:
        assert data["timer"]["seconds"] == message.timer.seconds  # zero is not "not there"


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_message_without_text_cannot_be_made(text: str) -> None:
    """A channel that can show nothing but text must have something to show."""
    with pytest.raises(ValueError, match="a message has text"):
        Message(text)


def test_advice_is_what_the_gate_takes_for_advice() -> None:
    """A new kind of advice must be put before the gate on purpose."""
    assert {Kind.ANSWER, Kind.PLAN, Kind.COACH} == ADVICE
