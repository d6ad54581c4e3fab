"""A person's data in their hands: told, handed over, deleted after one confirmation; the sheet for their doctor."""

from __future__ import annotations

import datetime
import re

import pytest

from reasoning import keeping
from reasoning import knowledge as knowledge_room
from reasoning.case import Case, Hold, Interview
from reasoning.flows import my_data
from reasoning.keeping import Limits
from reasoning.messages import KEPT, Kind
from reasoning.strict_yaml import FOLDER, KnowledgeError
from tests.reasoning.talks import Talk, found

KNOWLEDGE = knowledge_room.shared()
ACTS = ("about_my_data", "export_data", "delete_data", "doctor_sheet")
NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)


def _known() -> Talk:
    case = Case(
        findings=(found("night_or_constant_pain", evidence="It wakes me at 3"),),
        user_facts=("diabetes",),
        age=54,
        activity="golf",
        country="GB",
        back_trouble=True,
        introduced=True,
        level_told="S",
    )
    return Talk(case)


def _files(talk: Talk) -> list[str]:
    return [message.file.url for message in talk.messages if message.file]


def test_what_is_known_is_told_with_what_can_be_done_about_it() -> None:
    """Signs, facts, age, trigger, country; and the ways on."""
    talk = _known()
    talk.say("what do you know about me", act="about_my_data")
    for word in ("It wakes me at 3", "Diabetes", "54 years", "golf", "United Kingdom"):
        assert word in talk.text
    assert talk.buttons == [talk.word(key) for key in ("get_a_copy", "get_the_sheet", "delete_my_data", "what_is_kept")]
    assert "not told" not in talk.text


def test_nothing_known_is_said_to_be_nothing() -> None:
    """No empty headings."""
    talk = Talk().without_introduction()
    talk.say("what do you know about me", act="about_my_data")
    assert talk.word("data_none") in talk.text
    assert talk.word("data_noted") not in talk.text


def test_the_introduction_leads_to_what_is_kept() -> None:
    """The first contact has the button; the answer has the figures of the setting, and who else sees it."""
    talk = Talk()
    talk.say("hello", act="greet")
    assert talk.word("first_contact") in talk.text
    talk.press(talk.word("what_is_kept"))
    limits = keeping.limits()
    for figure in (f"{limits.silent_days} days", f"{limits.words_hours} hours", f"{limits.answers_days} days"):
        assert figure in talk.text
    assert "Telegram and Slack" in talk.text
    assert "delete my data" in talk.text


def test_first_contact_says_what_is_kept_how_long_and_who_else_sees_it() -> None:
    """In so many words that they are read, and without a press."""
    talk = Talk()
    talk.say("hello", act="greet")
    limits = keeping.limits()
    about, kept = talk.introduction
    assert about in talk.text
    assert kept in talk.text
    for figure in (f"{limits.words_hours} hours", f"{limits.answers_days} days", "could read it", "Telegram and Slack"):
        assert figure in kept
    assert len(about.split()) <= 40
    assert len(kept.split()) <= 40
    talk.say("hello", act="greet")
    assert kept not in talk.text


def test_an_emergency_comes_before_it_and_it_is_said_afterwards() -> None:
    """What is kept is told with the first message that is no emergency."""
    talk = Talk()
    talk.say("I cannot pee", findings=(found("bladder_retention"),))
    assert not set(talk.introduction) & {message.text for message in talk.messages}
    talk.say("what do you know about me", act="about_my_data")
    assert Kind.EMERGENCY in talk.kinds
    talk.press(talk.word("answered_wrongly"))
    assert not set(talk.introduction) & {message.text for message in talk.messages}
    talk.press(talk.word("no"))
    assert set(talk.introduction) <= {message.text for message in talk.messages}


def test_a_number_means_the_choices_of_the_answer_and_not_that_button() -> None:
    """ "The last one" is the last topic that was offered."""
    talk = Talk()
    talk.say("hello", act="greet")
    last = [title for title in talk.buttons if title != talk.word("what_is_kept")][-1]
    talk.say("the last one", act="pick_option", ordinals=(-1,))
    assert KNOWLEDGE.topics[talk.case.said.file].title == last


def test_export_hands_over_the_copy_and_the_readable_sheet() -> None:
    """Two files, both made when they are sent."""
    talk = _known()
    talk.say("export", act="export_data")
    assert _files(talk) == [f"{KEPT}export.json", f"{KEPT}sheet.pdf"]
    assert set(my_data.FILES) >= {url.removeprefix(KEPT) for url in _files(talk)}


def test_the_sheet_is_a_file_and_its_text_says_the_same() -> None:
    """A channel without files shows the text; one with files the short words."""
    talk = _known()
    talk.say("doctor sheet", act="doctor_sheet")
    assert _files(talk) == [f"{KEPT}sheet.pdf"]
    assert talk.messages[0].short == talk.word("sheet_here")
    assert "It wakes me at 3" in talk.messages[0].text
    assert "DANGER SIGNS" in talk.messages[0].text


def test_deleting_takes_one_confirmation_by_button() -> None:
    """Asked once; then the case wishes it, and nothing else is said."""
    talk = _known()
    talk.say("delete my data", act="delete_data")
    assert talk.case.wish == ""
    assert talk.buttons == [talk.word("delete_yes"), talk.word("delete_no")]
    talk.press(talk.word("delete_yes"))
    assert talk.case.wish == my_data.DELETE
    assert talk.text == f"{talk.word('delete_done')} {talk.word('delete_proof')}"


@pytest.mark.parametrize(
    ("told", "wish"),
    [
        ({"text": "yes", "act": "affirm"}, my_data.DELETE),
        ({"text": "1", "act": "pick_option", "ordinals": (1,)}, my_data.DELETE),
        ({"text": "yes, forget it"}, my_data.DELETE),
        ({"text": "no", "act": "deny"}, ""),
        ({"text": "stop", "act": "stop"}, ""),
        ({"text": "2", "act": "pick_option", "ordinals": (2,)}, ""),
        ({"text": "not sure", "act": "not_sure"}, ""),
    ],
)
@pytest.mark.parametrize("state", ["none", "open"])
def test_the_confirmation_in_words_also_in_the_middle_of_the_interview(told: dict, wish: str, state: str) -> None:
    """A number is a button of this question there, and no line of the list before."""
    talk = Talk().without_introduction()
    if state == "open":
        talk.say("my back cramps", act="report", back_trouble=True)
        assert talk.case.interview.state == "open"
    before = talk.case.findings
    talk.say("delete my data", act="delete_data")
    talk.say(**told)
    assert talk.case.wish == wish
    if not wish and told["act"] != "not_sure":
        assert talk.word("delete_not_done") in talk.text
        assert talk.case.findings == before
        assert bool(talk.ticks) is (state == "open")


def test_a_wish_that_could_not_be_met_is_not_met_unasked_later() -> None:
    """The person was told that it failed; the next message does not delete."""
    talk = Talk(_known().case.with_(wish=my_data.DELETE))
    talk.say("what is an mri", topics=("mri",))
    assert talk.case.wish == ""


def test_a_confirmation_lapses() -> None:
    """A yes to something else, two messages later, deletes nothing."""
    talk = Talk().without_introduction()
    talk.say("delete my data", act="delete_data")
    talk.say("what is an mri", topics=("mri",))
    talk.say("yes", act="affirm")
    assert talk.case.wish == ""


def test_a_danger_sign_in_the_same_breath_comes_first() -> None:
    """Nothing is deleted or asked before the advice."""
    talk = Talk().without_introduction()
    talk.say("delete my data", act="delete_data")
    talk.say("yes, and I cannot pee", act="affirm", findings=(found("bladder_retention"),))
    assert talk.kinds[0] is Kind.EMERGENCY
    assert talk.case.wish == ""


@pytest.mark.parametrize("act", ACTS)
def test_in_an_emergency_its_advice_comes_first_and_the_wish_is_met(act: str) -> None:
    """The sheet is of most use then; the re-check stays possible."""
    talk = Talk().without_introduction()
    talk.say("I cannot pee", findings=(found("bladder_retention"),), back_trouble=True)
    talk.say("give me that", act=act)
    assert talk.kinds[0] is Kind.EMERGENCY
    assert talk.word("that_is_right") in talk.buttons
    assert talk.case.hold
    if act == "delete_data":
        talk.say("yes", act="affirm")  # says that it is an emergency
        assert talk.case.wish == ""
        talk.say("delete my data", act=act)
        talk.press(talk.word("delete_yes"))
        assert talk.case.wish == my_data.DELETE
        assert talk.kinds[0] is Kind.EMERGENCY
    if act == "doctor_sheet":
        assert f"{KEPT}sheet.pdf" in _files(talk)


@pytest.mark.parametrize("act", [act for act in ACTS if act != "delete_data"])
def test_in_the_interview_the_question_waits_and_comes_again(act: str) -> None:
    """An interruption, as any other."""
    talk = Talk().without_introduction()
    talk.say("my back cramps", act="report", back_trouble=True)
    asked = talk.ticks
    talk.say("tell me", act=act)
    assert talk.ticks == asked


@pytest.mark.parametrize("act", ACTS)
def test_how_people_say_it_comes_in_many_voices(act: str) -> None:
    """At least 30 sentences each, no two alike, and none in two acts."""
    lines = {name: _examples(name) for name in ACTS}
    assert len(set(lines[act])) == len(lines[act]) >= 30
    others = {line for name in ACTS if name != act for line in lines[name]}
    assert not others & set(lines[act])


def _examples(act: str) -> list[str]:
    text = (FOLDER.parent / "data" / "acts" / f"{act}.yml").read_text(encoding="utf-8")
    return [line.lower() for line in re.findall(r"^      - (.+)$", text, re.MULTILINE)]


# How long it is kept.


class _Care:
    def __init__(self, **told: str) -> None:
        self.__dict__.update({"consent": "", "agreed": "", "ended": "", **told})


def _cared(**told: str) -> Case:
    case = Case()
    object.__setattr__(case, "care", _Care(**told))
    return case


def _days(number: float) -> datetime.datetime:
    return NOW + datetime.timedelta(days=number)


@pytest.mark.parametrize(
    ("case", "now", "end"),
    [
        (Case(), 6.9, None),
        (Case(), 7, 7),
        (Case(), 40, 7),
        (_cared(ended=_days(-1).isoformat()), 0.1, 0),  # the last message counts, when it came later
        (_cared(ended=_days(2).isoformat()), 2.1, 2),
        (_cared(consent="yes", agreed=NOW.isoformat()), 21, None),
        (_cared(consent="yes", agreed=NOW.isoformat()), 23, 7),
        (_cared(consent="no", agreed=NOW.isoformat()), 8, 7),
        (_cared(ended="rubbish"), 8, 7),
    ],
)
def test_when_an_episode_has_ended(case: Case, now: float, end: float | None) -> None:
    """By recovery, or by 7 days of silence without a check-in to come. The person last wrote on day 0."""
    found_end = keeping.end_of(case, NOW, _days(now), keeping.limits())
    assert found_end == (None if end is None else _days(end))


def test_a_case_without_words_keeps_its_answers() -> None:
    """What was typed and offered is gone; signs, facts and the diary stay."""
    talk = _known()
    talk.say("hello", act="greet")
    case = talk.case.with_(hold=Hold("chest_pain", "E1", "my chest hurts"), interview=Interview(state="done"))
    bare = keeping.without_words(case)
    assert "wakes" not in str(bare.as_dict())
    assert "chest hurts" not in str(bare.as_dict())
    assert bare.offers == ()
    assert bare.status_of("night_or_constant_pain") == "present"
    assert bare.user_facts == case.user_facts
    assert bare.hold == Hold("chest_pain", "E1", "")


def test_limits_are_checked(tmp_path: object) -> None:
    """A limit below nothing is an error of the file."""
    path = FOLDER.__class__(str(tmp_path)) / "keeping.yml"
    path.write_text("silent_days: -1\nwords_hours: 24\nanswers_days: 30\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="silent_days"):
        keeping.limits(path)
    assert Limits(silent_days=1, words_hours=0, answers_days=0).words == datetime.timedelta(0)
