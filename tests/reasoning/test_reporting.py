"""An answer is called wrong: noted without words; words are kept only after a yes, and danger comes first."""

from __future__ import annotations

import pytest

from reasoning.messages import Kind
from tests.reasoning.talks import Talk, found


@pytest.fixture
def talk() -> Talk:
    """Somebody who has had an answer on TENS."""
    talk = Talk()
    talk.say("what is a tens machine", topics=("tens",))
    return talk


def test_an_answer_is_noted_without_any_words(talk: Talk) -> None:
    messages = talk.say("that is rubbish about my hip", act="wrong_advice")
    assert talk.case.report is not None
    assert (talk.case.report.file, talk.case.report.words) == ("tens", "")
    assert talk.knowledge.topics["tens"].title in messages[0].text
    assert messages[-1].kind is Kind.QUESTION


def test_words_are_kept_only_after_a_yes(talk: Talk) -> None:
    talk.say("wrong", act="wrong_advice")
    talk.press("Yes, keep it")
    assert talk.case.report is None
    talk.say("the minutes are wrong", act="nlu_fallback")
    assert talk.case.report is not None
    assert talk.case.report.words == "the minutes are wrong"
    talk.say("and thanks", act="thank")
    assert talk.case.report is None


def test_after_a_no_nothing_is_kept(talk: Talk) -> None:
    talk.say("wrong", act="wrong_advice")
    talk.press("No, keep nothing")
    talk.say("the minutes are wrong", act="nlu_fallback")
    assert talk.case.report is None


def test_a_danger_sign_in_the_report_is_answered_as_one(talk: Talk) -> None:
    talk.say("wrong", act="wrong_advice")
    talk.press("Yes, keep it")
    messages = talk.say("and now I cannot pee", findings=(found("bladder_retention"),))
    assert messages[0].kind is Kind.EMERGENCY
    assert talk.case.report is None


def test_without_an_answer_there_is_nothing_to_report() -> None:
    talk = Talk()
    talk.say("this is wrong", act="wrong_advice")
    assert talk.case.report is None


def test_in_an_emergency_it_asks_that_sign_again() -> None:
    talk = Talk()
    talk.say("cannot pee", findings=(found("bladder_retention"),))
    talk.say("that is wrong", act="wrong_advice")
    assert talk.intent == "recheck_wrong"
    assert talk.case.hold is not None


def test_in_the_interview_its_question_comes_again() -> None:
    talk = Talk()
    talk.say("help my back", topics=("relief",), back_trouble=True)
    messages = talk.say("your answer is wrong", act="wrong_advice")
    assert messages[-1].kind is Kind.QUESTION
    assert talk.case.interview.state == "open"
