"""No dead end: a dialogue that reaches its limit of actions begins anew, says so, and forgets no danger sign."""

from __future__ import annotations

import pytest

from reasoning.messages import Kind
from tests.conversations.conftest import Chat
from tests.conversations.written import texts


@pytest.fixture
def limit(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is tripped by the first action of a turn, as by a rule that never listens."""
    monkeypatch.setattr(chat.conversations.agent.processor, "max_number_of_predictions", 1)


@pytest.mark.parametrize("before", [[], ["what is an mri"], ["my back cramps after golf, what do I do"]])
def test_a_tripped_limit_begins_anew_and_says_so(
    chat: Chat, before: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in before:
        chat.say(text)
    with monkeypatch.context() as patched:
        patched.setattr(chat.conversations.agent.processor, "max_number_of_predictions", 1)
        stuck = chat.say("is heat ok? I had cancer last year")
    assert [message["kind"] for message in stuck.messages] == [Kind.SAFETY, Kind.NOTICE]
    assert stuck.messages[1]["text"] == chat.conversations.knowledge.wording["got_stuck"]
    assert chat.case.interview.state == "none"
    assert chat.case.status_of("cancer_history") is not None, "what was told still counts"
    probe = chat.say("what is an mri")
    assert not probe.failed
    assert probe.topics[:1] == ("mri",)
    assert texts(probe).strip()


def test_a_tripped_limit_takes_no_emergency_back(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.say("I cannot feel my bottom and I cannot pee")
    with monkeypatch.context() as patched:
        patched.setattr(chat.conversations.agent.processor, "max_number_of_predictions", 1)
        chat.say("is heat ok?")
    assert chat.case.hold is not None
    assert chat.say("is heat ok?").messages[0]["kind"] == Kind.EMERGENCY


def test_an_emergency_that_trips_the_limit_is_answered_as_one(chat: Chat, limit: None) -> None:
    answer = chat.say("I cannot feel my bottom and I cannot pee")
    assert answer.messages[0]["kind"] == Kind.EMERGENCY
