"""Questions on the article: what is answered, what follows, and what a fact about the person changes."""

from __future__ import annotations

import re

import pytest

from reasoning import knowledge, offers
from reasoning.answers import words
from reasoning.case import Case
from reasoning.knowledge import Topic
from reasoning.messages import Kind, Message
from reasoning.person import facts_that_matter
from reasoning.reading import Match, Reading
from tests.reasoning.talks import Talk, found

KNOWN = knowledge.shared()
TOPICS = KNOWN.topics
HEAT = TOPICS["heat_ice_rest"]
SELF_CARE = [name for name, topic in TOPICS.items() if topic.self_care]


def asked(name: str, **told: object) -> Talk:
    """A talk, introduced already, whose question on this file is answered."""
    talk = Talk().without_introduction()
    file = TOPICS[name]
    if name == "relief" and not told:  # typed, this is a call for help; as a next step it is information
        talk.turn(Reading(text=file.title, screened=True, act=file.topic, pressed=name, button=True))
        return talk
    talk.say("a question", topics=(file.topic,), files=(name,) if file.part_of else (), **told)
    return talk


def says(file: str, entry: str) -> str:
    """The sentence of an entry."""
    return TOPICS[file].entry(entry).says


def body(message: Message) -> str:
    """What is said, without source, notes, safety net and the mark of general information."""
    aside = (KNOWN.wording["safety_net"], KNOWN.wording["general_mark"])
    starts = tuple(KNOWN.wording[key].split("{")[0] for key in ("source_line", "note"))
    return "\n".join(line for line in message.text.split("\n") if line not in aside and not line.startswith(starts))


# --- one answer


@pytest.mark.parametrize("file", TOPICS.values(), ids=TOPICS)
def test_a_first_answer_is_whole(file: Topic) -> None:
    """Lead sentences, its source, 2-4 next steps, the mark and the safety net where it is advice; at most 70 words."""
    talk = asked(file.id)
    (message,) = talk.messages
    assert message.kind is Kind.ANSWER
    for entry in file.lead:
        assert entry.says in message.text
        assert set(entry.facts) <= set(message.facts)
        if "S00" in entry.sources:
            assert KNOWN.sources["S00"].name in message.text.split("\n")[-1]
    assert words(body(message).replace(KNOWN.wording["article_says"].split("{")[0], "")) <= 70
    assert 2 <= len(message.buttons) <= 4
    assert len({button.title for button in message.buttons}) == len(message.buttons)
    assert (KNOWN.wording["safety_net"] in message.text) is file.self_care
    assert message.topics == (file.topic,)
    assert message.general


def test_an_answer_of_the_article_says_so_and_a_note_is_marked() -> None:
    """Two voices, told apart."""
    talk = asked("stretches")
    assert f"The article says: {says('stretches', 'five_stretches')}" in talk.text
    assert f"Note: {says('stretches', 'stop_rule')}" in talk.text


def test_the_very_first_answer_is_followed_by_what_the_bot_is() -> None:
    """After the answer, once."""
    talk = Talk()
    talk.say("is heat ok", topics=("heat_ice_rest",))
    assert talk.messages[0].kind is Kind.ANSWER
    assert talk.messages[1].text == talk.word("first_contact")
    talk.say("what is an MRI", topics=("mri",))
    assert talk.word("first_contact") not in talk.text


@pytest.mark.parametrize("file", TOPICS.values(), ids=TOPICS)
def test_the_entry_that_a_question_fits_is_the_answer(file: Topic) -> None:
    """Every entry can be asked for by itself; the first answer on relief is the interview's."""
    for entry in file.entries:
        if file.id == "relief" and entry.lead:
            continue
        talk = asked(file.id, matches=(Match(file.id, entry.id, 0.9),))
        assert entry.says in talk.text, entry.id


@pytest.mark.parametrize(
    ("entry", "score", "own_trouble", "answered"),
    [
        *(("ten_tips", 0.6, False, True), ("ten_tips", 0.6, True, False), ("ten_tips", 0.9, True, True)),
        *(("ten_tips", 0.4, False, False), ("home_relief", 0.9, False, True), ("home_relief", 0.9, True, False)),
    ],
)
def test_a_question_about_relief_is_told_from_a_call_for_help(
    entry: str, score: float, own_trouble: bool, answered: bool
) -> None:
    """The ten tips are told to who asks for them; "what do I do", and trouble now, open the interview."""
    talk = Talk().without_introduction()
    matches = (Match("relief", entry, score),)
    talk.say("relief", topics=("relief",), back_trouble=own_trouble, matches=matches)
    assert (talk.case.interview.state == "none") is answered
    assert talk.advised is answered


def test_a_poor_match_is_no_match() -> None:
    """Under the limit of likeness the first answer is given."""
    talk = asked("heat_ice_rest", matches=(Match("heat_ice_rest", "skin", 0.2),))
    assert says("heat_ice_rest", "ice_dose") in talk.text


def test_a_stretch_has_its_card_with_the_dose() -> None:
    """Steps and figures for a channel that can draw them."""
    card = asked("lower_trunk_rotation").messages[0].card
    assert card
    assert card.hold_seconds == (3, 3)
    assert (card.repetitions, card.sides, card.sets) == (10, "each", None)


def test_a_part_may_be_meant_without_its_name() -> None:
    """Said: "The one where I hug both knees", asked of the stretches."""
    talk = asked("stretches", matches=(Match("double_knee_to_chest", "how", 0.8),))
    assert says("double_knee_to_chest", "how") in talk.text


def test_no_topic_named_falls_back_on_what_was_talked_of() -> None:
    """A follow-up has a context; without any it is about relief, or the topic that the rule was chosen by."""
    talk = asked("tens")
    talk.say("how long?", act="follow_up", matches=(Match("tens", "settings", 0.9),))
    assert says("tens", "settings") in talk.text
    fresh = Talk().without_introduction()
    fresh.say("mri", act="mri")
    assert fresh.messages[0].topics == ("mri",)


# --- two questions, once more, more


def test_two_topics_are_two_messages() -> None:
    """Said: "Is heat ok and what is an MRI": each its own answer, in that order; a third waits."""
    talk = Talk().without_introduction()
    talk.say("two things", topics=("heat_ice_rest", "mri"))
    assert [message.topics for message in talk.messages] == [("heat_ice_rest",), ("mri",)]
    talk.say("three things", topics=("tens", "mri", "causes"))
    assert [message.topics for message in talk.messages] == [("tens",), ("mri",)]


def test_two_stretches_named_are_two_messages() -> None:
    """Named parts of one topic."""
    talk = Talk().without_introduction()
    talk.say("which", topics=("stretches",), files=("pelvic_tilt", "prayer_stretch"))
    assert says("pelvic_tilt", "how") in talk.messages[0].text
    assert says("prayer_stretch", "how") in talk.messages[1].text


@pytest.mark.parametrize("name", ["heat_ice_rest", "mri", "causes", "tens"])
def test_the_same_question_twice_is_answered_and_not_parroted(name: str) -> None:
    """Once more: it says so, keeps the figures, and is another text."""
    talk = asked(name)
    first = talk.messages[0].text
    talk.say("again", topics=(name,))
    assert talk.messages[0].text.startswith(talk.word("once_more"))
    assert talk.messages[0].text != first
    assert TOPICS[name].lead[0].says in talk.text


@pytest.mark.parametrize("file", TOPICS.values(), ids=TOPICS)
def test_tell_me_more_goes_through_the_file_once_and_then_ends(file: Topic) -> None:
    """Every entry is heard exactly once, at most 70 words a turn, and the button goes when nothing is left."""
    talk = asked(file.id)
    heard = list(talk.case.heard)
    for _ in range(len(file.entries)):
        if "Tell me more" not in talk.buttons:
            break
        talk.press("Tell me more")
        new = [key for key in talk.case.heard if key not in heard]
        assert new
        assert sum(words(file.entry(key.split("/")[1]).says) for key in new) <= 70
        heard += new
    assert heard == list(dict.fromkeys(heard))
    assert {key.split("/")[1] for key in heard} == {entry.id for entry in file.entries}
    talk.say("more", act="tell_me_more")
    assert talk.text.startswith(talk.word("nothing_more"))


def test_more_of_nothing_is_no_error() -> None:
    """Said: "Tell me more" as the very first words."""
    talk = Talk().without_introduction()
    talk.say("more", act="tell_me_more")
    assert talk.kinds == [Kind.TALK]


@pytest.mark.parametrize("lost", KNOWN.lost_lists.values(), ids=KNOWN.lost_lists)
def test_a_lost_list_is_shown_as_what_it_is(lost: knowledge.LostList) -> None:
    """It says that it is lost, names likely items of other sources, and never "the article says"."""
    talk = asked(lost.topic, matches=(Match("lost_lists", lost.id, 0.9),))
    (message,) = talk.messages
    assert lost.says in message.text
    assert "The article says" not in message.text
    assert message.facts == (lost.fact,)
    for item in lost.items:
        assert (f"- {item.name}" in message.text) is (item.likelihood != "low")
    assert 2 <= len(message.buttons) <= 4


# --- what is true for the person


def test_pregnant_women_in_general_are_answered_and_not_remembered() -> None:
    """Said: "What about pregnant women?": the caution is said, the person is not taken for pregnant."""
    talk = asked("tens")
    talk.say("what about pregnant women", act="follow_up", user_facts=("pregnant",), asks_in_general=True)
    advice = [c.advice for c in KNOWN.cautions.values() if "R9_tens" in c.remedies and "pregnant" in c.user_facts]
    assert advice
    assert any(text in talk.text for text in advice)
    assert talk.case.user_facts == ()
    talk.say("and tens", topics=("tens",))
    assert not any(text in talk.text for text in advice)


def test_a_question_in_general_is_answered_by_the_part_that_it_touches() -> None:
    """Water is no matter in most illnesses; where a caution hangs on another entry, that entry is the answer."""
    talk = asked("exercise", matches=(Match("exercise", "weight", 0.9),))
    talk.say("for people with heart disease", act="follow_up", user_facts=("heart_disease",), asks_in_general=True,
             matches=(Match("exercise", "weight", 0.9),))  # fmt: skip
    assert KNOWN.cautions["K18"].advice in talk.text


def test_a_fact_of_the_person_is_remembered_and_changes_every_answer() -> None:
    """Told once in passing."""
    talk = asked("heat_ice_rest", user_facts=("diabetes",))
    assert KNOWN.cautions["K01"].advice in talk.text
    talk.say("cold?", topics=("heat_ice_rest",), matches=(Match("heat_ice_rest", "ice_dose", 0.9),))
    assert KNOWN.cautions["K01"].advice in talk.text


@pytest.mark.parametrize(
    ("fact", "name", "caution", "gone"),
    [
        ("raynauds", "heat_ice_rest", "K02", says("heat_ice_rest", "ice_dose")),
        ("recent_spine_surgery", "pelvic_tilt", "K12", says("pelvic_tilt", "how")),
        ("osteoporosis", "prayer_stretch", "K14", says("prayer_stretch", "dose")),
        ("heart_disease", "warm_up_cool_down", "K18", says("warm_up_cool_down", "stretch_after")),
    ],
)
def test_a_remedy_to_avoid_or_ask_about_gives_way_to_its_caution(fact: str, name: str, caution: str, gone: str) -> None:
    """Withheld: the caution in place of the instructions."""
    talk = asked(name, user_facts=(fact,))
    assert KNOWN.cautions[caution].advice in talk.text
    assert gone not in talk.text
    assert gone in asked(name).text


@pytest.mark.parametrize(
    ("fact", "name", "caution"), [("diabetes", "heat_ice_rest", "K01"), ("osteoporosis", "lower_trunk_rotation", "K15")]
)
def test_a_remedy_to_be_changed_is_said_with_its_change(fact: str, name: str, caution: str) -> None:
    """Modified: the change stands before the instructions."""
    text = asked(name, user_facts=(fact,)).text
    assert text.index(KNOWN.cautions[caution].advice) < text.index(TOPICS[name].lead[-1].says)


def test_what_everyone_should_know_is_a_note() -> None:
    """Informed: after the instructions."""
    text = asked("heat_ice_rest").text
    assert text.index(says("heat_ice_rest", "ice_dose")) < text.index(f"Note: {KNOWN.cautions['K03'].advice}")


@pytest.mark.parametrize(("weeks", "applies"), [(None, True), (10, False), (15, False), (16, True), (30, True)])
def test_the_weeks_of_pregnancy_count(weeks: int | None, applies: bool) -> None:
    """K10: not flat on the back from week 16, or while the weeks are not known."""
    text = asked("pelvic_tilt", user_facts=("pregnant",), weeks=weeks).text
    assert (KNOWN.cautions["K10"].advice in text) is applies


# --- "is it right for me?"


def listed(name: str = "heat_ice_rest") -> tuple[Talk, tuple[str, ...]]:
    """A talk that shows the tick-list of user facts for a remedy, and the slugs in their order."""
    talk = asked(name)
    slugs = facts_that_matter(KNOWN, TOPICS[name].remedies, talk.case)[:8]
    talk.press("Is it right for me?")
    assert talk.ticks == [KNOWN.user_facts[slug].label for slug in slugs]
    return talk, slugs


@pytest.mark.parametrize(
    ("told", "yes", "no"),
    [
        ({"ordinals": (1,)}, [0], "rest"),
        ({"ordinals": (2, 3)}, [1, 2], "rest"),
        ({"ordinals": (-1,)}, [-1], "rest"),
        ({"act": "deny"}, [], "rest"),
        ({"act": "not_sure"}, "all", []),
        ({"act": "affirm"}, "all", []),
    ],
    ids=["a number", "two numbers", "the last", "no", "not sure", "yes"],
)
def test_user_facts_are_taken_by_number_or_as_a_whole(told: dict, yes: list | str, no: list | str) -> None:
    """What is picked is true, the rest is not; doubt keeps on the safe side."""
    talk, slugs = listed()
    talk.say("x", **told)
    true = list(slugs) if yes == "all" else [slugs[index] for index in yes]
    assert list(talk.case.user_facts) == true
    assert set(talk.case.not_user_facts) == (set(slugs) - set(true) if no == "rest" else set())
    assert talk.case.asking == ""
    assert talk.word("facts_noted" if true else "facts_none") in talk.text


def test_user_facts_are_taken_by_ticks() -> None:
    """Ticks, and "none of these"."""
    talk, slugs = listed()
    talk.tick(talk.ticks[1])
    assert talk.case.user_facts == (slugs[1],)
    assert set(talk.case.not_user_facts) == set(slugs) - {slugs[1]}
    talk, slugs = listed()
    talk.tick("None of these")
    assert (talk.case.user_facts, set(talk.case.not_user_facts)) == ((), set(slugs))


@pytest.mark.parametrize(
    ("told", "yes", "no"),
    [
        ({"user_facts": ("diabetes",)}, ("diabetes",), ()),
        ({"act": "deny", "denied_facts": ("diabetes",)}, (), ("diabetes",)),
    ],
)
def test_one_fact_in_words_is_no_no_to_the_others(told: dict, yes: tuple, no: tuple) -> None:
    """Who writes "I am diabetic" has not said that their skin is whole."""
    talk, _ = listed()
    talk.say("x", **told)
    assert (talk.case.user_facts, talk.case.not_user_facts) == (yes, no)


@pytest.mark.parametrize("told", [{"ordinals": (12,)}, {"act": "pick_option"}])
def test_an_answer_that_fits_nothing_on_the_list_is_asked_again(told: dict) -> None:
    """It is not taken for "none of these"."""
    talk, slugs = listed()
    talk.say("x", **told)
    assert talk.case.not_user_facts == ()
    assert talk.word("not_understood_answer") in talk.text
    assert len(talk.ticks) == len(slugs)
    talk.tick(talk.ticks[0])
    assert talk.case.user_facts == (slugs[0],)


def test_another_question_lets_the_list_lapse() -> None:
    """A "yes" that comes later is not a yes to eight illnesses; a question in general is no answer."""
    talk, _ = listed()
    talk.say("what is an MRI", topics=("mri",))
    talk.say("yes", act="affirm")
    assert talk.case.user_facts == ()
    talk, _ = listed()
    talk.say("and pregnant women", act="follow_up", user_facts=("pregnant",), asks_in_general=True)
    assert (talk.case.user_facts, talk.case.not_user_facts) == ((), ())


@pytest.mark.parametrize("name", SELF_CARE)
def test_what_was_said_is_not_asked(name: str) -> None:
    """Neither a fact that is known, nor one that it implies, nor one denied; and the button goes with the last one."""
    slugs = facts_that_matter(KNOWN, TOPICS[name].remedies, Case())
    if not slugs:
        assert "Is it right for me?" not in asked(name).buttons
        return
    known = Case(user_facts=slugs[:1], not_user_facts=slugs[1:2])
    left = facts_that_matter(KNOWN, TOPICS[name].remedies, known)
    assert not {*slugs[:2], *KNOWN.implied(slugs[:1])} & set(left)
    assert facts_that_matter(KNOWN, TOPICS[name].remedies, Case(not_user_facts=slugs)) == ()


def test_facts_are_asked_strictest_first() -> None:
    """What forbids a remedy is asked before what changes it."""
    slugs = facts_that_matter(KNOWN, HEAT.remedies, Case())
    strict = [
        min(
            knowledge.EFFECTS.index(c.effect)
            for c in KNOWN.cautions.values()
            if slug in c.user_facts and set(c.remedies) & set(HEAT.remedies)
        )
        for slug in slugs
    ]
    assert strict == sorted(strict)


# --- buttons


def test_ids_are_opaque_change_every_turn_and_hold_no_longer() -> None:
    """A button of an earlier turn is told apart, says where we are, and does nothing."""
    talk = asked("heat_ice_rest")
    old = talk.case.offers
    assert all(re.fullmatch(r"b\d+-[0-9a-f]{12}", offer.id) for offer in old)
    assert len({offer.id for offer in old}) == len(old)
    assert {button.id for message in talk.messages for button in message.buttons} == {offer.id for offer in old}
    talk.say("again", topics=("heat_ice_rest",))
    assert not {offer.id for offer in old} & {offer.id for offer in talk.case.offers}
    assert all(offers.find(talk.case, offer.id) is None for offer in old)
    talk.press_id(old[0].id)
    assert talk.messages[0].text == talk.word("old_button")
    assert len(talk.case.offers) >= 2


@pytest.mark.parametrize("name", TOPICS)
def test_every_button_of_an_answer_leads_somewhere(name: str) -> None:
    """Each next step is answered, by its button and by its title typed."""
    for title in asked(name).buttons:
        pressed, typed = asked(name), asked(name)
        pressed.press(title)
        typed.say(title.upper() + ".", act="nlu_fallback")
        assert pressed.text == typed.text
        assert pressed.messages


def test_a_typed_ordinal_picks_a_button() -> None:
    """Said: "The second one", after an answer."""
    talk = asked("heat_ice_rest")
    second = talk.buttons[1]
    by_button = asked("heat_ice_rest")
    by_button.press(second)
    talk.say("the second one", act="pick_option", ordinals=(2,))
    assert talk.text == by_button.text


# --- what is not a question on the article


@pytest.mark.parametrize(
    "act", ["greet", "thank", "goodbye", "insult", "chitchat", "help", "out_of_scope", "stop", "affirm", "deny",
            "not_sure", "pick_option", "go_back", "start_over", "nonsense", "other_language", "change_answer"]
)  # fmt: skip
def test_everything_else_has_a_decent_answer(act: str) -> None:
    """Never silence, never advice, and the same is not said twice in a row where there are two ways to say it."""
    talk = Talk().without_introduction()
    talk.say("x", act=act)
    assert talk.kinds in ([Kind.TALK], [Kind.SAFETY])
    if act in ("greet", "thank", "goodbye", "insult", "chitchat", "out_of_scope"):
        first = talk.text
        talk.say("x", act=act)
        assert talk.text != first


def test_twice_not_understood_brings_likely_readings_and_a_way_out() -> None:
    """Buttons with what it may have been; a message that is understood starts the count anew."""
    talk = Talk().without_introduction()
    talk.say("asdf", act="nlu_fallback", ranking=("tens", "mri"))
    first = talk.text
    talk.say("asdf", act="nlu_fallback", ranking=("tens", "mri"))
    assert talk.text != first
    assert talk.word("safety_net") in talk.text
    assert talk.buttons[:2] == [TOPICS["tens"].title, TOPICS["mri"].title]
    assert 2 <= len(talk.buttons) <= 4
    talk.say("hi", act="greet")
    assert talk.case.misses == 0


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_message_is_told_so(text: str) -> None:
    """Nothing came, and nothing is guessed."""
    talk = Talk().without_introduction()
    talk.say(text)
    assert talk.kinds == [Kind.TALK]
    assert "no text" in talk.text


def test_a_sign_that_is_only_asked_about_is_information() -> None:
    """Said: "Should I worry if I cannot pee?" has no level of its own here."""
    talk = Talk().without_introduction()
    talk.say("when", topics=("when_to_see_doctor",), findings=(found("bladder_retention", status="asked_about"),))
    assert talk.kinds == [Kind.ANSWER]
    assert talk.level == "none"


# --- what was named or said last


@pytest.mark.parametrize(("number", "name"), [(1, "prayer_stretch"), (2, "lower_trunk_rotation"), (-1, "pelvic_tilt")])
def test_the_second_one_is_the_second_of_those_just_named(number: int, name: str) -> None:
    """Not the second button, which asks about the person."""
    talk = asked("stretches")
    talk.say("that one", act="pick_option", ordinals=(number,))
    assert says(name, "how") in talk.text


def test_the_ninth_of_the_ten_tips() -> None:
    """A list longer than the buttons."""
    talk = asked("relief", matches=(Match("relief", "ten_tips", 0.95),))
    talk.say("number 9", act="pick_option", ordinals=(9,))
    assert says("tens", "what_it_is") in talk.text


def test_a_number_later_on_is_a_button_again() -> None:
    """Once something else was said, numbers count what stands there."""
    talk = asked("stretches")
    talk.say("thanks", act="thank")
    talk.say("the second", act="pick_option", ordinals=(2,))
    assert says("heat_ice_rest", "ice_dose") in talk.text


def test_how_many_sets_is_about_the_stretch_just_shown() -> None:
    """Though the words fit all stretches better."""
    talk = asked("pelvic_tilt")
    matches = (Match("stretches", "how_often", 0.99), Match("pelvic_tilt", "dose", 0.6))
    talk.say("how many sets?", topics=("stretches",), matches=matches)
    assert says("pelvic_tilt", "dose") in talk.text
    assert says("pelvic_tilt", "how") not in talk.text
    assert says("stretches", "how_often") not in talk.text


def test_which_stretch_is_best_is_about_them_all() -> None:
    """A question that the stretch just shown does not answer."""
    talk = asked("pelvic_tilt")
    matches = (Match("stretches", "which_is_best", 0.9), Match("pelvic_tilt", "dose", 0.2))
    talk.say("which is best?", topics=("stretches",), matches=matches)
    assert says("stretches", "which_is_best") in talk.text


def test_a_follow_up_is_answered_without_the_rest_of_the_first_answer() -> None:
    """ "And how often?" wants one line."""
    talk = asked("heat_ice_rest")
    talk.say("and how often?", act="follow_up", matches=(Match("heat_ice_rest", "ice_dose", 0.7),))
    assert says("heat_ice_rest", "ice_dose") in talk.text
    assert says("heat_ice_rest", "legs_and_breath") not in talk.text


def test_an_entry_that_fits_far_worse_is_left_out() -> None:
    """One good answer, no second guess."""
    matches = (Match("acupuncture", "does_it_hurt", 0.95), Match("acupuncture", "visits", 0.55))
    talk = asked("acupuncture")
    talk.say("does it hurt", act="follow_up", matches=matches)
    assert says("acupuncture", "does_it_hurt") in talk.text
    assert says("acupuncture", "visits") not in talk.text


def test_the_long_name_of_the_article_stands_in_the_first_answer_only() -> None:
    """Later it is "the article"."""
    talk = asked("mri")
    assert KNOWN.sources["S00"].name in talk.text
    talk.say("and a bone scan", topics=("bone_scan",))
    assert KNOWN.sources["S00"].name not in talk.text
    assert talk.word("source_line", sources=talk.word("source_again")) in talk.text


def test_what_an_entry_says_itself_is_not_said_again_as_a_note() -> None:
    """Where the pads must not go, once."""
    talk = asked("tens", matches=(Match("tens", "where_not", 0.9),))
    assert talk.text.count("Keep pads off") == 1


def test_after_the_questions_were_stopped_they_are_offered_again() -> None:
    """No dead end: a remedy's answer has the way back."""
    talk = Talk().without_introduction()
    talk.say("help", topics=("relief",), back_trouble=True)
    talk.press(talk.word("stop_questions"))
    talk.say("is heat ok", topics=("heat_ice_rest",))
    assert talk.word("start_questions") in talk.buttons


def test_help_for_a_spasm_inside_another_story_is_not_out_of_scope() -> None:
    """ "My 9 year old son has a back spasm after football, what do I do"."""
    talk = Talk().without_introduction()
    ranking = ("out_of_scope", "warm_up_cool_down", "relief")
    talk.say("a story", act="out_of_scope", topics=("out_of_scope",), ranking=ranking, back_trouble=True)
    assert talk.ticks
    talk = Talk().without_introduction()
    talk.say("does insurance pay", act="out_of_scope", ranking=("out_of_scope", "diagnosis"), back_trouble=True)
    assert not talk.ticks


def test_what_was_not_understood_is_forgotten_after_an_answer() -> None:
    """Only two in a row bring the buttons of what was meant."""
    talk = Talk().without_introduction()
    talk.say("xyz", act="nlu_fallback")
    talk.say("heat?", topics=("heat_ice_rest",))
    talk.say("xyz", act="nlu_fallback")
    assert KNOWN.wording["safety_net"] not in talk.text


def test_at_level_s_no_tip_is_promised_for_later() -> None:
    """There will be none before somebody has looked."""
    talk = Talk().without_introduction()
    talk.say("help", topics=("relief",), back_trouble=True, findings=(found("fever_unwell"),))
    talk.say("stretches?", topics=("stretches",))
    assert talk.word("wait_until_seen") in talk.text
    assert talk.word("remedies_wait") not in talk.text
