"""An emergency stops everything, stays until it is corrected, and is corrected by nothing but a clear no."""

from __future__ import annotations

import pytest

from reasoning import knowledge
from reasoning.flows import emergencies
from reasoning.messages import Kind
from reasoning.red_flags import Level, flags
from reasoning.triage import Finding, Status, level_of
from tests.reasoning.talks import Talk, found

KNOWN = knowledge.shared()
EMERGENCY_FLAGS = [slug for slug in flags() if level_of(Finding(slug, Status.PRESENT)).emergency]
STRETCHES = [topic.id for topic in KNOWN.topics.values() if topic.topic == "stretches"]
WAITING = [*STRETCHES, "tens", "acupuncture"]
# Every way to ask for something else while the advice stands; none may bring a remedy or take the advice back.
DODGES = {
    "a remedy": {"topics": ("heat_ice_rest",)},
    "relief": {"topics": ("relief",)},
    "a test": {"topics": ("mri",)},
    "two things": {"topics": ("stretches", "causes")},
    "more": {"act": "tell_me_more"},
    "how long": {"act": "follow_up"},
    "why": {"act": "ask_why"},
    "not sure": {"act": "not_sure"},
    "yes": {"act": "affirm"},
    "thanks": {"act": "thank"},
    "goodbye": {"act": "goodbye"},
    "hello": {"act": "greet"},
    "stop": {"act": "stop"},
    "back": {"act": "go_back"},
    "a report": {"act": "report", "back_trouble": True},
    "nonsense": {"act": "nlu_fallback"},
    "another language": {"act": "other_language"},
    "an old button": {"act": "old_button"},
    "a user fact": {"user_facts": ("pregnant",)},
    "in general": {"act": "follow_up", "user_facts": ("pregnant",), "asks_in_general": True},
    "an age": {"age": 20},
    "a bare number that is on no list": {"ordinals": (7,), "act": "pick_option"},
    "a doubt": {"findings": (found("bladder_retention", status="unsure"),)},
    "a question about it": {"findings": (found("bladder_retention", status="asked_about"),)},
    "somebody else's": {"findings": (found("bladder_retention", status="someone_else"),)},
    "it is over": {"findings": (found("bladder_retention", status="past"),)},
    "again": {"findings": (found("bladder_retention"),)},
    "no to another sign": {"act": "deny", "findings": (found("chest_pain", status="denied"),)},
    "no, but": {"act": "deny", "findings": (found("fever_unwell"),)},
    "no and yes": {
        "act": "deny",
        "findings": (found("bladder_retention", status="denied"), found("bladder_retention")),
    },
}


def held(*findings: Finding, **told: object) -> Talk:
    """A talk in which an emergency is held; RF01 when no other is named."""
    talk = Talk().without_introduction()
    findings = findings or (found("bladder_retention"),)
    talk.say("my back, and I cannot pee", act="report", back_trouble=True, findings=findings, **told)
    assert talk.case.hold
    return talk


@pytest.mark.parametrize("slug", EMERGENCY_FLAGS)
def test_an_emergency_says_what_to_do_why_and_what_to_tell(slug: str) -> None:
    """Action first, one reason, what to say on arrival, the number; then the re-check with its way out."""
    flag = flags()[slug]
    talk = held(found(slug, evidence="my own words"))
    first, check = talk.messages[0], talk.messages[-1]
    assert first.banner
    assert first.banner.call
    assert first.text.split(".")[0].startswith(("Call", "Go to the nearest", "I am so sorry"))
    if slug == "self_harm":
        assert talk.kinds == [Kind.CRISIS, Kind.QUESTION]
    else:
        assert talk.kinds == [Kind.EMERGENCY, Kind.QUESTION]
        assert flag.reason in first.text
        assert flag.say in first.text
        assert first.level == str(level_of(Finding(slug, Status.PRESENT)))
        assert ("Do not move" in first.text) is (slug == "major_trauma")
    assert flag.title in check.text
    assert "my own words" in check.text
    assert {"That is right", "I answered wrongly"} <= set(talk.buttons)


@pytest.mark.parametrize("told", DODGES.values(), ids=DODGES)
@pytest.mark.parametrize("checking", [False, True], ids=["after the advice", "while the sign is asked again"])
def test_nothing_but_a_clear_no_takes_an_emergency_back(checking: bool, told: dict) -> None:
    """Whatever else is said or asked, the same advice comes again, and no remedy."""
    talk = held()
    advice = talk.messages[0].text
    if checking:
        talk.press("I answered wrongly")
    talk.say("and now", **told)
    assert talk.case.hold
    assert talk.case.hold.flag == "bladder_retention"
    assert talk.level == "E2"
    assert not talk.advised
    assert advice in talk.text


def test_the_third_time_the_words_are_the_same() -> None:
    """The advice does not wear off."""
    talk = held()
    first = talk.messages[0].text
    for topic in ("stretches", "painkillers", "relief"):
        talk.say("please", topics=(topic,))
        assert talk.messages[0].text == first


@pytest.mark.parametrize(
    "no",
    [
        {"act": "deny"},
        {"act": "deny", "findings": (found("bladder_retention", status="denied"),)},
        {"act": "report", "findings": (found("bladder_retention", status="denied"),)},
        "No",
    ],
)
def test_a_clear_no_to_the_sign_asked_alone_clears_it(no: dict | str) -> None:
    """Said: "I answered wrongly", that sign's question, no: the advice is taken back, with no promise of safety."""
    talk = held()
    talk.say("I answered wrongly", act="change_answer")
    assert flags()["bladder_retention"].question in talk.text
    assert talk.buttons == ["Yes", "No", "Not sure"]
    if isinstance(no, str):
        talk.press(no)
    else:
        talk.say("no", **no)
    assert talk.case.hold is None
    assert talk.level == "H"
    assert talk.word("recheck_cleared") in talk.text


@pytest.mark.parametrize("title", ["Yes", "Not sure"])
def test_yes_and_not_sure_keep_it_and_a_later_no_is_no_answer(title: str) -> None:
    """After "not sure" the advice stands; a "no" that comes then is asked about, not taken."""
    talk = held()
    talk.press("I answered wrongly")
    talk.press(title)
    assert talk.kinds == [Kind.EMERGENCY, Kind.NOTICE]
    assert talk.case.hold
    talk.say("no", act="deny")
    assert talk.case.hold
    assert talk.case.hold.checking
    assert flags()["bladder_retention"].question in talk.text


@pytest.mark.parametrize(
    "told",
    [{"act": "deny"}, {"act": "change_answer"}, {"findings": (found("bladder_retention", status="denied"),)}],
)
def test_a_no_to_is_that_right_asks_the_sign_again(told: dict) -> None:
    """The first no only brings the question."""
    talk = held()
    talk.say("no", **told)
    assert talk.case.hold
    assert talk.case.hold.checking
    assert flags()["bladder_retention"].question in talk.text


def test_starting_over_asks_first() -> None:
    """An emergency is not wiped out by clearing the chat; without one the chat is cleared and the country kept."""
    talk = held()
    talk.say("start over", act="start_over")
    assert talk.case.hold
    assert talk.case.hold.checking
    talk.press("No")
    assert talk.case.hold is None
    talk.case = talk.case.with_(country="GB", user_facts=("pregnant",))
    talk.say("start over", act="start_over")
    assert (talk.case.country, talk.case.user_facts, talk.case.findings) == ("GB", (), ())
    assert talk.case.introduced


def test_a_second_emergency_is_held_next() -> None:
    """Clearing one sign does not clear the other."""
    talk = held(found("bladder_retention"), found("saddle_numbness"))
    flag = talk.case.hold.flag
    talk.press("I answered wrongly")
    talk.press("No")
    assert talk.case.hold
    assert talk.case.hold.flag == ({"bladder_retention", "saddle_numbness"} - {flag}).pop()
    assert talk.kinds == [Kind.EMERGENCY, Kind.QUESTION]
    talk.press("I answered wrongly")
    talk.press("No")
    assert talk.case.hold is None


def test_a_new_emergency_sign_during_the_recheck_is_told_at_once() -> None:
    """Said: "No, but my chest hurts" is the chest's advice."""
    talk = held()
    talk.press("I answered wrongly")
    talk.say("no, but my chest hurts", act="deny", findings=(found("chest_pain"),))
    assert talk.case.hold
    assert talk.case.hold.flag == "chest_pain"
    assert talk.messages[0].level == "E1"
    talk.press("I answered wrongly")
    talk.press("No")
    assert talk.case.hold
    assert talk.case.hold.flag == "bladder_retention"


@pytest.mark.parametrize("act", ["thank", "affirm", "change_answer", "start_over", "greet"])
def test_a_new_emergency_sign_is_heard_in_whatever_it_is_wrapped(act: str) -> None:
    """Said: "thanks, but now my chest hurts": that sign is the one that is held and checked."""
    talk = held()
    talk.say("thanks, but now my chest hurts", act=act, findings=(found("chest_pain"),))
    assert talk.case.hold
    assert talk.case.hold.flag == "chest_pain"
    assert talk.kinds == [Kind.EMERGENCY, Kind.QUESTION]


@pytest.mark.parametrize(
    ("findings", "told", "later"),
    [
        (("fever_unwell", "infection_risk"), {}, {"findings": (found("fever_unwell", status="denied"),)}),
        (("cancer_history", "night_or_constant_pain"), {},
         {"findings": (found("night_or_constant_pain", status="past"),)}),
        (("flank_urinary", "pregnancy"), {}, {"findings": (found("pregnancy", status="denied"),)}),
        (("leg_weakness_progressive",), {},
         {"findings": (found("leg_weakness_progressive", "mild", "one_leg", "not_changing"),)}),
    ],
)  # fmt: skip
def test_what_is_an_emergency_only_together_is_held_as_one(findings: tuple, told: dict, later: dict) -> None:
    """Findings that are an emergency by combination, or while details are unknown, are not talked away later."""
    talk = held(*(found(flag) for flag in findings), **told)
    level = talk.level
    talk.say("well", **later)
    assert talk.case.hold
    assert talk.level == level
    assert not talk.advised


def test_an_age_does_not_talk_an_emergency_away() -> None:
    """A combination that hangs on age stands until it is asked again."""
    talk = held(found("severe_immobile", "sudden"), age=70)
    talk.say("I am 30", age=30)
    assert talk.case.hold
    assert talk.level == "E1"


def test_an_emergency_in_the_interview_goes_on_where_it_was_when_it_was_a_mistake() -> None:
    """The interview's next question follows the correction; the corrected sign is not asked again."""
    talk = Talk()
    talk.say("spasm", act="report", back_trouble=True)
    talk.tick("Numb or tingling between the legs, genitals or bottom")
    assert talk.kinds == [Kind.EMERGENCY, Kind.QUESTION]
    talk.press("I answered wrongly")
    talk.press("No")
    assert talk.word("recheck_cleared") in talk.text
    assert talk.case.interview.page == "injury_chest_fever"
    talk.tick("None of these")
    talk.tick("None of these")
    assert Kind.PLAN in talk.kinds


# --- suicidal thoughts


def test_suicidal_thoughts_have_their_own_path() -> None:
    """Crisis line and emergency number, no back talk, and no way around it."""
    talk = held(found("self_harm"))
    assert talk.kinds == [Kind.CRISIS, Kind.QUESTION]
    assert KNOWN.help_lines.unknown_country.crisis.text in talk.text
    talk.say("stretches?", topics=("stretches",))
    assert talk.kinds == [Kind.CRISIS, Kind.QUESTION]


@pytest.mark.parametrize("first", ["chest_pain", "bladder_retention"])
def test_suicidal_thoughts_beside_another_emergency_are_answered_too(first: str) -> None:
    """Neither of the two is passed over when the second is told later."""
    talk = held(found(first))
    talk.say("I want to die", findings=(found("self_harm"),))
    assert Kind.CRISIS in talk.kinds
    assert Kind.EMERGENCY in talk.kinds
    assert flags()[first].say in talk.text


# --- numbers


COUNTRIES = KNOWN.help_lines.countries


@pytest.mark.parametrize("code", COUNTRIES)
@pytest.mark.parametrize("flag", ["chest_pain", "bladder_retention", "self_harm"])
def test_the_country_sets_the_numbers(code: str, flag: str) -> None:
    """The country's own numbers; where its sources disagree, the generic list and not one of the numbers in doubt."""
    country, generic = COUNTRIES[code], KNOWN.help_lines.unknown_country
    talk = held(found(flag))
    assert generic.text in talk.messages[0].text
    talk.press("My country")
    assert country.name in talk.buttons
    talk.press(country.name)
    message = talk.messages[0]
    assert talk.case.country == code
    assert talk.case.hold
    shown = generic.text if country.conflict else (country.emergency.text or generic.text)
    assert shown in message.text
    assert message.banner
    if country.conflict:
        assert message.banner.call == generic.numbers
    else:
        assert set(country.emergency.numbers) <= set(message.banner.call)
    if flag == "self_harm" and country.crisis and country.crisis.text and not country.conflict:
        assert country.crisis.text in message.text
    doubtful = set(country.emergency.unverified) - set(generic.numbers if country.conflict else ())
    assert not doubtful & set(message.banner.call)
    assert "My country" not in talk.buttons


def test_some_country_is_in_conflict_and_the_common_ones_are_offered_first() -> None:
    """The test above meets both kinds, and the buttons begin with the commonest."""
    assert any(country.conflict for country in COUNTRIES.values())
    talk = held()
    talk.press("My country")
    expected = [COUNTRIES[code].name for code in emergencies.COMMON_COUNTRIES if code in COUNTRIES]
    assert talk.buttons[: len(expected)] == expected


@pytest.mark.parametrize("code", ["", "GB", "xx"])
def test_every_level_and_language_text_has_its_number(code: str) -> None:
    """No sentence goes out with an empty number, whatever is known of the country."""
    talk = Talk()
    talk.case = talk.case.with_(country=code)
    talk.say("hola", act="other_language")
    assert talk.kinds == [Kind.SAFETY]
    assert "{" not in talk.text
    line = COUNTRIES["GB"].emergency if code == "GB" else KNOWN.help_lines.unknown_country
    assert talk.text.count(" / ".join(line.numbers)) >= 10


# --- same day, and within days


@pytest.mark.parametrize("name", WAITING)
@pytest.mark.parametrize("entry", ["lead", "all"])
def test_at_level_s_no_stretch_tens_or_acupuncture_is_described(name: str, entry: str) -> None:
    """Until the person was seen: neither the first answer nor more of it."""
    talk = Talk()
    talk.say("fever and a bad back", act="report", findings=(found("fever_unwell"),), back_trouble=True)
    talk.press("Stop the questions")
    talk.say("how", topics=(KNOWN.topics[name].topic,), files=(name,))
    if entry == "all":
        talk.say("more", act="tell_me_more")
    assert talk.messages[0].topics in ((KNOWN.topics[name].topic,), ())
    assert not [e.id for e in KNOWN.topics[name].entries if e.says in talk.text and KNOWN.topics[name].remedies_of(e)]
    assert all(message.card is None for message in talk.messages)


def test_at_level_s_there_is_no_plan() -> None:
    """Seen today, and why; the result has no remedies, then or later."""
    talk = Talk()
    talk.say("fever and a bad back", act="report", findings=(found("fever_unwell"),), back_trouble=True)
    while talk.case.interview.state == "open":
        talk.tick("None of these")
    assert talk.kinds == [Kind.LEVEL]
    assert flags()["fever_unwell"].reason in talk.text
    talk.say("so what do I do", topics=("relief",))
    assert talk.kinds == [Kind.LEVEL]


@pytest.mark.parametrize(
    ("flag", "level"), [("not_better_in_time", Level.D), ("fever_unwell", Level.S), ("cancer_history", Level.S)]
)
def test_what_is_known_is_told_at_once_and_once(flag: str, level: Level) -> None:
    """Level and reason are the first message of the first reply, and not repeated at every turn."""
    talk = Talk()
    talk.say("for a month now", act="report", findings=(found(flag),), back_trouble=True)
    assert talk.messages[0].kind is Kind.LEVEL
    assert talk.messages[0].level == str(level)
    assert flags()[flag].reason in talk.messages[0].text
    assert talk.messages[-1].kind is Kind.QUESTION
    talk.tick("None of these")
    assert Kind.LEVEL not in talk.kinds
    talk.say("what is an MRI", topics=("mri",))
    assert Kind.LEVEL not in talk.kinds


def test_a_level_that_rises_is_told_again() -> None:
    """From days to today."""
    talk = Talk()
    talk.say("for a month now", act="report", findings=(found("not_better_in_time"),), back_trouble=True)
    talk.say("and I have had cancer", findings=(found("cancer_history"),))
    assert talk.messages[0].level == "S"


def test_a_question_with_a_sign_gets_its_level_before_its_answer() -> None:
    """Said: "I have had it for a month, is heat ok?": the doctor first, then the heat."""
    talk = Talk()
    talk.say("is heat ok", topics=("heat_ice_rest",), findings=(found("not_better_in_time"),))
    assert talk.kinds[:2] == [Kind.LEVEL, Kind.ANSWER]


def test_a_tick_is_shown_as_understood_and_not_as_written() -> None:
    """Nobody wrote it."""
    talk = Talk().without_introduction()
    talk.say("help", topics=("relief",), back_trouble=True)
    title = talk.ticks[3]
    talk.tick(title)
    assert talk.word("recheck_ticked", understood=title) in talk.text


def test_skip_at_a_list_of_danger_signs_explains_and_asks_again() -> None:
    """It neither ends the questions nor leaves the list out."""
    talk = Talk().without_introduction()
    talk.say("help", topics=("relief",), back_trouble=True)
    first = talk.ticks
    talk.say("skip this one", act="stop")
    assert talk.word("cannot_skip") in talk.text
    assert talk.ticks == first
    talk.say("no", act="deny")
    talk.say("no", act="deny")
    talk.say("skip", act="stop")
    assert Kind.PLAN in talk.kinds
