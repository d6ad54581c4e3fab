"""With a layer failing, the person gets the alarm or the safety text, and never advice (bench/accuracy/faults.py)."""

from __future__ import annotations

import pytest

from bench.accuracy.faults import ALARM, LAYERS, failing
from reasoning.messages import ADVICE, Kind
from tests.conversations.conftest import Chat

BROKEN = [layer for layer in LAYERS if layer != "none"]
EMERGENCIES = [
    "my back went and since this morning I cannot pee at all",
    "dad fell off the roof onto his back and he says his legs are numb",
    "crushing pain in my chest and my back, sweating",
    "my back is so bad I want to kill myself",
]
QUESTIONS = ["is heat ok for my back", "my back cramps after golf, what do I do", "what is an mri"]


@pytest.mark.parametrize("layer", BROKEN)
@pytest.mark.parametrize("text", EMERGENCIES)
def test_an_emergency_is_answered_as_one(chat: Chat, layer: str, text: str) -> None:
    with failing(layer):
        answer = chat.say(text)
    assert answer.failed
    assert {Kind(message["kind"]) for message in answer.messages} <= ALARM
    assert answer.level in {"E1", "E2"}


@pytest.mark.parametrize("layer", BROKEN)
@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_gets_the_safety_text_and_no_advice(chat: Chat, layer: str, text: str) -> None:
    with failing(layer):
        answer = chat.say(text)
    kinds = {Kind(message["kind"]) for message in answer.messages}
    assert kinds == {Kind.SAFETY}
    assert not kinds & ADVICE


@pytest.mark.parametrize("layer", BROKEN)
def test_the_next_message_is_answered_when_the_layer_is_back(chat: Chat, layer: str) -> None:
    with failing(layer):
        chat.say("what is an mri")
    answer = chat.say("what is an mri")
    assert not answer.failed
    assert answer.topics[:1] == ("mri",)
