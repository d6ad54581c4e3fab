"""An answer is called wrong: noted without words; words are kept only after a yes, and danger comes first."""

from __future__ import annotations

import pytest

from reasoning.messages import Kind
from reasoning.offers import reported
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


def test_a_typed_yes_and_no_answer_the_question(talk: Talk) -> None:
    talk.say("wrong", act="wrong_advice")
    talk.say("yes", act="affirm")
    talk.say("the minutes are wrong", act="nlu_fallback")
    assert talk.case.report is not None
    assert talk.case.report.words == "the minutes are wrong"
    talk.say("wrong", act="wrong_advice")
    talk.say("no", act="deny")
    assert talk.intent == "decline_report"
    talk.say("wrong", act="wrong_advice")
    talk.say("yes", act="affirm")
    talk.say("no thanks", act="deny")
    assert talk.intent == "decline_report"
    assert talk.case.report is None


def test_every_answer_can_be_called_wrong_by_its_button_also_an_old_one(talk: Talk) -> None:
    tens = talk.messages[0]
    talk.say("what is an mri", topics=("mri",))
    mri = talk.messages[0]
    talk.say("hello", act="greet")
    assert talk.messages[0].wrong is None
    talk.call_wrong(tens)
    assert talk.case.report is not None
    assert (talk.case.report.file, talk.case.report.entries) == ("tens", tens.entries)
    talk.press("Yes, keep it")
    talk.say("the minutes are wrong", act="nlu_fallback")
    assert (talk.case.report.file, talk.case.report.words) == ("tens", "the minutes are wrong")
    talk.call_wrong(mri)
    assert (talk.case.report.file, talk.case.report.words) == ("mri", "")


def test_the_plan_and_its_level_can_be_called_wrong() -> None:
    talk = Talk()
    talk.say("my back cramps", act="report", back_trouble=True)
    assert all(message.wrong is None for message in talk.messages)
    for _ in range(3):
        talk.tick("None of these")
    answers = [message for message in talk.messages if message.kind in (Kind.PLAN, Kind.LEVEL)]
    assert [message.kind for message in answers if message.wrong] == [Kind.LEVEL, Kind.PLAN]
    talk.call_wrong(answers[0])
    assert talk.case.report is not None
    assert (talk.case.report.file, talk.case.report.entries) == ("when_to_see_doctor", ("level/H",))


def test_in_an_emergency_the_button_of_an_old_answer_is_noted_and_the_advice_stands(talk: Talk) -> None:
    tens = talk.messages[0]
    talk.say("cannot pee", findings=(found("bladder_retention"),))
    messages = talk.call_wrong(tens)
    assert talk.case.report is not None
    assert Kind.EMERGENCY in [message.kind for message in messages]
    assert talk.case.hold is not None
    assert not talk.case.hold.checking


def test_a_button_of_another_conversation_calls_nothing_wrong(talk: Talk) -> None:
    said = [message.as_dict() for message in talk.messages]
    assert reported(said, "b1-000000000000") is None
    assert reported([{"text": "", "kind": "answer"}], "") is None
