"""The safety interview as a talk: how many turns it takes, what it hears, and every way through it."""

from __future__ import annotations

import random

import pytest

from reasoning import interview
from reasoning.case import Case
from reasoning.case import Interview as State
from reasoning.messages import Kind
from reasoning.person import is_minor
from reasoning.reading import Reading
from reasoning.red_flags import flags
from reasoning.triage import Status
from tests.reasoning.talks import Talk, found

NERVES, INJURY, ABOUT = interview.pages()[:3]
PREGNANCY, THINNER = interview.pages()[3:]
NONE, NOT_SURE = "None of these", "Not sure"
TITLE = {item.key: item.title for page in interview.pages() for item in page.items}


def begun(**told: object) -> Talk:
    """A talk whose first message asked for help."""
    talk = Talk()
    talk.say("my back is in spasm", act="report", back_trouble=True, **told)
    return talk


def at(page: interview.Page) -> Talk:
    """A benign talk up to one of the three lists."""
    talk = begun()
    while talk.case.interview.page != page.id:
        talk.tick(NONE)
    return talk


# --- how long it takes


def test_a_benign_case_has_its_plan_in_four_turns() -> None:
    """First message, three times "none of these": then what to do, with the cause of the activity at the start."""
    talk = begun(activity="golf")
    assert talk.kinds == [Kind.TALK, Kind.QUESTION]
    assert "golf" in talk.messages[0].text
    for _ in range(3):
        assert not talk.advised
        talk.tick(NONE)
    assert talk.case.interview.state == "done"
    assert talk.kinds == [Kind.LEVEL, Kind.PLAN, Kind.PLAN]
    assert "first 24-72 hours" in talk.text
    assert "20 minutes" in talk.text
    assert "every 1-2 hours" in talk.text
    assert talk.word("safety_net") in talk.text
    assert 2 <= len(talk.buttons) <= 4


@pytest.mark.parametrize("item", [*NERVES.items, *INJURY.items], ids=lambda item: item.key)
def test_an_emergency_sign_of_a_list_is_told_at_the_turn_that_ticks_it(item: interview.Item) -> None:
    """On the first list that is the second turn; nothing that follows is asked first."""
    talk = at(NERVES if item in NERVES.items else INJURY)
    talk.tick(item.title)
    ticked = talk.level
    assert (Kind.EMERGENCY in talk.kinds) is (ticked in ("E1", "E2"))
    assert ticked in ("E1", "E2") or item.flag == "fever_unwell"
    assert not talk.advised


def test_the_first_message_alone_may_be_the_emergency() -> None:
    """No list is needed for what was written already."""
    talk = Talk()
    talk.say("my back hurts and I cannot pee", act="report", findings=(found("bladder_retention"),))
    assert talk.kinds[0] is Kind.EMERGENCY
    assert talk.word("first_contact") not in talk.text  # never before an emergency


ANSWERS = (NONE, NOT_SURE, "one", "two", "skip", "words", "nonsense")


def _answer(talk: Talk, way: str, rng: random.Random) -> None:
    titles = [item.title for item in interview.current_items(talk.case)]
    if talk.case.interview.item:
        known = {NONE: "No", NOT_SURE: "Not sure", "nonsense": "Why do you ask?"}
        talk.press(known.get(way) or rng.choice(["Yes", "No"]))
    elif way in ("one", "two"):
        talk.tick(*rng.sample(titles, min(len(titles), 1 + (way == "two"))))
    elif way == "skip" and "Skip this one" in talk.buttons:
        talk.press("Skip this one")
    elif way == "nonsense":
        talk.say("blah", act="nlu_fallback")
    elif way == "words":
        flag = rng.choice([item.flag for page in interview.pages() for item in page.items if item.flag])
        talk.say("words", findings=(found(flag, status=rng.choice(list(Status))),))
    else:
        talk.tick(NOT_SURE if way == NOT_SURE else NONE)


@pytest.mark.parametrize("seed", range(120))
def test_never_more_than_ten_questions_whatever_the_answers(seed: int) -> None:
    """Any mix of answers ends in a result, an emergency, or a question that counts to ten at most."""
    rng = random.Random(seed)  # noqa: S311  # a walk to be repeated, nothing secret
    talk = begun().without_introduction()
    talk.keep_in_json = seed % 10 == 0
    asked: set[tuple[str, str]] = set()
    for _ in range(60):
        if talk.case.hold or talk.case.interview.state != "open":
            break
        asked.add((talk.case.interview.page, talk.case.interview.item))
        assert talk.case.interview.questions <= interview.MAX_QUESTIONS
        assert talk.messages[-1].kind is Kind.QUESTION
        number, total = interview.progress(talk.case)
        assert number <= total
        _answer(talk, rng.choice(ANSWERS[: 2 + seed % 6]), rng)
    assert talk.case.hold or talk.case.interview.state == "done"
    assert len(asked) <= interview.MAX_QUESTIONS


def test_when_nothing_is_ever_sure_the_last_list_is_still_asked() -> None:
    """Asking one by one leaves a question for each list: nobody gets a plan without the question about pregnancy."""
    talk = begun()
    talk.tick(NOT_SURE)
    while talk.case.interview.page == "nerves":
        talk.press("No")
    talk.tick(NOT_SURE)
    while talk.case.interview.item and not talk.case.hold:
        talk.press("No")
    for _ in range(12):
        if not talk.case.hold:
            break
        talk.press("I answered wrongly")
        talk.press("No")
    assert talk.case.interview.page == "about_you"
    assert talk.case.interview.questions <= interview.MAX_QUESTIONS


# --- what an answer means


def test_not_sure_opens_a_list_one_by_one() -> None:
    """Each item is asked alone, in the plain words of the sign, with yes, no, not sure, and a reason of its own."""
    talk = at(NERVES)
    talk.tick(NOT_SURE)
    for item in NERVES.items:
        assert flags()[str(item.flag)].question in talk.text
        assert talk.buttons[:3] == ["Yes", "No", "Not sure"]
        talk.press("Why do you ask?")
        assert talk.messages[0].text == flags()[str(item.flag)].why
        talk.press("No")
    assert talk.case.interview.page == "injury_chest_fever"
    assert {talk.case.status_of(str(item.flag)) for item in NERVES.items} == {Status.DENIED}


@pytest.mark.parametrize("item", NERVES.items, ids=lambda item: item.key)
def test_still_unsure_of_an_emergency_sign_counts_as_yes(item: interview.Item) -> None:
    """Doubt stops everything, as the sign itself would."""
    talk = at(NERVES)
    talk.tick(NOT_SURE)
    while talk.case.interview.item != item.key:
        talk.press("No")
    talk.press("Not sure")
    assert talk.case.status_of(str(item.flag)) is Status.UNSURE
    assert talk.kinds[0] is Kind.EMERGENCY


def test_still_unsure_of_a_user_fact_counts_as_yes() -> None:
    """Who is not sure whether they are under 18 gets no adult's plan, whether asked or left over at the limit."""
    talk = at(ABOUT)
    talk.tick(NOT_SURE)
    talk.press("Not sure")
    assert is_minor(talk.case)
    state = State(state="open", page="about_you", asked=("nerves", "injury_chest_fever", "about_you"),
                  unsure=("under_18", "age_65_plus"), questions=interview.MAX_QUESTIONS)  # fmt: skip
    case = interview.move_on(Case(interview=state))
    assert is_minor(case)
    assert case.interview.state == "done"


def test_two_lines_of_one_detail_are_one_question() -> None:
    """After "not sure" about the pregnancy both lines are read out, once, and a yes counts."""
    talk = at(ABOUT)
    talk.tick(TITLE["pregnancy"])
    talk.tick(NOT_SURE)
    seen = []
    while talk.case.interview.item:
        seen.append(talk.text)
        talk.press("Yes" if talk.case.interview.item == "pregnancy:warning_sign" else "No")
    same = [item.title for item in PREGNANCY.items if item.detail == "warning_sign"]
    assert len(same) > 1
    assert [text for text in seen if all(title in text for title in same)] == [
        text for text in seen if any(title in text for title in same)
    ]
    assert len(seen) == len({item.key for item in PREGNANCY.items})
    assert talk.level == "S"


@pytest.mark.parametrize("title", [NONE, NOT_SURE])
def test_a_sign_that_is_ticked_beside_none_or_not_sure_counts(title: str) -> None:
    """A contradiction is never read as a no."""
    talk = at(NERVES)
    talk.tick(title, TITLE["saddle_numbness"])
    assert talk.case.status_of("saddle_numbness") is Status.PRESENT
    assert talk.kinds[0] is Kind.EMERGENCY


def test_what_was_said_is_not_asked_again() -> None:
    """Signs told or denied in words leave the lists, and an age leaves both lines on age."""
    told = (found("fever_unwell", status="denied"), found("bladder_leak", status="denied"))
    talk = begun(findings=told, age=40)
    assert TITLE["bladder_leak"] not in talk.ticks
    talk.tick(NONE)
    assert TITLE["fever_unwell"] not in talk.ticks
    talk.tick(NONE)
    assert TITLE["under_18"] not in talk.ticks
    assert TITLE["age_65_plus"] not in talk.ticks


def test_a_list_of_which_all_was_said_is_left_out() -> None:
    """Six clear words are as good as the list."""
    talk = begun(findings=tuple(found(str(item.flag), status="denied") for item in NERVES.items))
    assert talk.case.interview.page == "injury_chest_fever"
    assert talk.text.startswith("The article says")
    assert "Question 1 of 2." in talk.text


@pytest.mark.parametrize(
    ("text", "told", "present"),
    [
        ("2", {"ordinals": (2,)}, {"fever_unwell"}),
        ("the last one", {"ordinals": (-1,)}, {"faint_collapse"}),
        ("one and three", {"ordinals": (1, 3)}, {"major_trauma", "chest_pain"}),
        ("the third and I also feel sick", {"ordinals": (3,), "findings": (found("fever_unwell"),)},
         {"chest_pain", "fever_unwell"}),
        ("the second and I also feel sick", {"ordinals": (2,), "findings": (found("fever_unwell"),)},
         {"fever_unwell"}),
        ("the second and my rash", {"ordinals": (2,), "findings": (found("shingles_rash"),)},
         {"fever_unwell", "shingles_rash"}),
        ("my chest hurts", {"findings": (found("chest_pain"),)}, {"chest_pain"}),
    ],
)  # fmt: skip
def test_numbers_and_words_are_as_good_as_ticks(text: str, told: dict, present: set[str]) -> None:
    """Numbers count by the list as it was shown, whatever else the same message told."""
    talk = at(INJURY)
    talk.say(text, **told)
    assert {f.flag for f in talk.case.findings if f.status is Status.PRESENT} == present


def test_a_number_that_is_not_on_the_list_is_no_answer() -> None:
    """The ninth of six lines is asked for again, not taken for a no."""
    talk = at(INJURY)
    talk.say("9", ordinals=(9,))
    assert talk.word("not_understood_answer") in talk.text
    assert talk.case.interview.page == "injury_chest_fever"
    assert talk.case.status_of("chest_pain") is None


def test_a_no_to_one_sign_is_no_no_to_the_others() -> None:
    """Said: "No fever" leaves the rest of that list to be asked."""
    talk = at(INJURY)
    talk.say("no fever", act="deny", findings=(found("fever_unwell", status="denied"),))
    assert talk.case.interview.page == "injury_chest_fever"
    assert TITLE["fever_unwell"] not in talk.ticks
    assert TITLE["chest_pain"] in talk.ticks


def test_a_sign_of_another_list_is_heard_and_this_list_still_asked() -> None:
    """Said: "I feel feverish" at the first list is no failed answer."""
    talk = at(NERVES)
    talk.say("I feel feverish", findings=(found("fever_unwell"),))
    assert talk.word("not_understood_answer") not in talk.text
    assert talk.case.interview.page == "nerves"
    assert talk.case.interview.misses == 0
    assert talk.messages[0].level == "S"  # told at once
    talk.tick(NONE)
    assert TITLE["fever_unwell"] not in talk.ticks


@pytest.mark.parametrize("status", ["asked_about", "someone_else"])
def test_a_sign_that_is_only_spoken_of_answers_nothing(status: str) -> None:
    """Said: "Should I worry if I cannot pee?" does not close the question whether they can."""
    talk = at(NERVES)
    talk.tick(NOT_SURE)
    talk.say("should I worry if", findings=(found("bladder_retention", status=status),))
    assert talk.case.interview.item == "bladder_retention"
    assert talk.word("not_understood_answer") in talk.text


@pytest.mark.parametrize(
    ("act", "page", "state"), [("deny", "injury_chest_fever", Status.DENIED), ("affirm", "nerves", None)]
)
def test_a_bare_no_is_none_of_these_and_a_bare_yes_asks_which(act: str, page: str, state: Status | None) -> None:
    """Said: "Yes" to six lines does not say which."""
    talk = at(NERVES)
    talk.say("yes or no", act=act)
    assert talk.case.interview.page == page
    assert bool(talk.case.interview.item) is (act == "affirm")
    assert talk.case.status_of("bladder_leak") is state


# --- controls


@pytest.mark.parametrize("page", [NERVES, INJURY, ABOUT], ids=lambda page: page.id)
def test_every_list_says_why_it_is_asked_and_asks_again(page: interview.Page) -> None:
    """A reason of its own, then the same question."""
    talk = at(page)
    talk.press("Why do you ask?")
    assert talk.messages[0].text == page.why
    assert page.asks in talk.messages[-1].text
    talk.say("why?", act="ask_why")
    assert talk.messages[0].text == page.why
    assert len({other.why for other in interview.pages()}) == len(interview.pages())


@pytest.mark.parametrize("page", interview.pages(), ids=lambda page: page.id)
def test_only_a_list_without_emergency_signs_can_be_skipped(page: interview.Page) -> None:
    """Skip where it is safe."""
    talk = at(ABOUT if page.when_present else page)
    if page.when_present:
        talk.tick(TITLE[page.when_present])
    assert talk.case.interview.page == page.id
    assert ("Skip this one" in talk.buttons) is not page.emergency
    assert page.emergency is (page is not ABOUT)


def test_skipping_the_last_list_gives_a_plan_and_knows_nothing_more() -> None:
    """What was skipped is neither yes nor no."""
    talk = at(ABOUT)
    talk.press("Skip this one")
    assert talk.kinds == [Kind.LEVEL, Kind.PLAN]
    assert talk.case.status_of("pregnancy") is None
    assert talk.case.user_facts == talk.case.not_user_facts == ()


def test_back_asks_the_list_before_and_takes_a_new_answer() -> None:
    """The old answer is replaced, not added to."""
    talk = at(ABOUT)
    talk.press("Go back")
    assert talk.case.interview.page == "injury_chest_fever"
    assert talk.ticks == [item.title for item in INJURY.items]
    talk.tick(TITLE["fever_unwell"])
    assert talk.case.status_of("fever_unwell") is Status.PRESENT
    talk.press("Go back")
    talk.tick(NONE)
    assert talk.case.status_of("fever_unwell") is Status.DENIED
    assert talk.case.interview.page == "about_you"


def test_a_yes_stays_until_a_new_answer_replaces_it() -> None:
    """Going back and then stopping must not lose a sign."""
    talk = at(INJURY)
    talk.tick(TITLE["fever_unwell"])
    talk.press("Go back")
    talk.press("Stop the questions")
    assert talk.level == "S"


def test_back_from_one_by_one_asks_the_whole_list() -> None:
    """The way back from "not sure" is the list itself."""
    talk = at(NERVES)
    talk.tick(NOT_SURE)
    talk.say("go back", act="go_back")
    assert talk.case.interview.item == ""
    assert talk.ticks == [item.title for item in NERVES.items]


def test_an_earlier_answer_is_changed_and_what_hangs_on_it_is_asked_again() -> None:
    """After the plan: pregnancy turns into a no, and its own list is gone with it; then into a yes, and it is asked."""
    talk = at(ABOUT)
    talk.tick(TITLE["pregnancy"])
    assert talk.case.interview.page == "pregnancy_signs"
    talk.tick(NONE)
    assert talk.case.interview.state == "done"
    talk.press("Change an answer")
    assert talk.buttons == [page.asks for page in interview.pages() if page.id in talk.case.interview.asked]
    talk.press(ABOUT.asks)
    talk.tick(NONE)
    assert talk.case.interview.state == "done"
    assert talk.level == "H"
    talk.press("Change an answer")
    talk.press(ABOUT.asks)
    talk.tick(TITLE["pregnancy"])
    assert talk.case.interview.page == "pregnancy_signs"


def test_nothing_to_change_is_said_and_the_question_stays() -> None:
    """At the first list there is no earlier answer, and the list is not lost over it."""
    talk = at(NERVES)
    talk.say("change my answer", act="change_answer")
    assert talk.messages[0].text == talk.word("change_none")
    assert talk.ticks == [item.title for item in NERVES.items]


def test_stopping_gives_no_plan_but_the_safety_net() -> None:
    """General information stays, a plan does not come."""
    talk = at(INJURY)
    talk.press("Stop the questions")
    assert talk.kinds == [Kind.NOTICE]
    assert talk.word("safety_net") in talk.text
    assert talk.case.interview.state == "stopped"
    talk.say("ice?", topics=("heat_ice_rest",))
    assert talk.kinds == [Kind.ANSWER]


def test_two_unusable_answers_bring_an_explanation() -> None:
    """The first brings the question again, the second says what the list is for; the choices stay."""
    talk = at(NERVES)
    talk.say("blah", act="nlu_fallback")
    assert talk.messages[0].text == talk.word("not_understood_answer")
    assert len(talk.ticks) == len(NERVES.items)
    talk.say("blah blah", act="nlu_fallback")
    assert talk.word("explain_answer") in talk.text
    assert len(talk.ticks) == len(NERVES.items)
    talk.tick(NONE)
    assert talk.case.interview.misses == 0


@pytest.mark.parametrize("page", [NERVES, INJURY, ABOUT], ids=lambda page: page.id)
@pytest.mark.parametrize("topic", ["mri", "causes", "when_to_see_doctor", "about_the_bot"])
def test_an_interruption_is_answered_and_the_same_question_comes_once(page: interview.Page, topic: str) -> None:
    """The interview neither forgets its place nor asks twice."""
    talk = at(page)
    before = talk.case.interview
    talk.say("a question", topics=(topic,))
    assert talk.kinds == [Kind.ANSWER, Kind.QUESTION]
    assert talk.text.count(page.asks) == 1
    assert talk.word("back_to_question") in talk.text
    assert talk.case.interview == before


@pytest.mark.parametrize("act", ["greet", "thank", "insult", "chitchat", "help", "out_of_scope", "goodbye"])
def test_small_talk_does_not_lose_the_question(act: str) -> None:
    """A word in between, then the question."""
    talk = at(INJURY)
    talk.say("hey", act=act)
    assert talk.kinds == [Kind.TALK, Kind.QUESTION]


@pytest.mark.parametrize("page", [NERVES, INJURY], ids=lambda page: page.id)
@pytest.mark.parametrize("topic", ["heat_ice_rest", "painkillers", "relief"])
def test_remedies_wait_for_the_emergency_part(page: interview.Page, topic: str) -> None:
    """A remedy that is asked for before the emergency signs are through is promised, not given."""
    talk = at(page)
    talk.say("can I use it", topics=(topic,))
    assert talk.kinds == [Kind.TALK, Kind.QUESTION]
    assert talk.word("remedies_wait") in talk.text


def test_of_two_questions_in_the_emergency_part_only_the_remedy_waits() -> None:
    """Said: "Is heat ok and what is an MRI": the test is explained, the heat is not."""
    talk = at(NERVES)
    talk.say("both", topics=("heat_ice_rest", "mri"))
    assert talk.kinds == [Kind.TALK, Kind.ANSWER, Kind.QUESTION]
    assert talk.messages[1].topics == ("mri",)


def test_after_the_emergency_part_a_remedy_is_explained_in_between() -> None:
    """At the last list the emergency signs are through."""
    talk = at(ABOUT)
    talk.say("is heat ok", topics=("heat_ice_rest",))
    assert talk.kinds == [Kind.ANSWER, Kind.QUESTION]
    talk.say("help me", topics=("relief",))
    assert not talk.advised  # the plan itself waits for the last answer


# --- details, second run, results


@pytest.mark.parametrize(
    ("flag", "key", "level"),
    [
        ("pregnancy", None, "D"),
        ("pregnancy", "pregnancy:warning_sign", "S"),
        ("pregnancy", "pregnancy:severe", "S"),
        ("pregnancy", "pregnancy:heavy_bleeding", "E1"),
        ("pregnancy", "pregnancy:constant_severe_tummy_pain", "E1"),
        ("anticoagulant", None, "S"),
        ("anticoagulant", "anticoagulant:sudden_severe", "E2"),
        ("anticoagulant", "anticoagulant:fall", "E2"),
        ("anticoagulant", "anticoagulant:nerve_sign", "E2"),
    ],
)
def test_a_list_of_details_follows_the_sign_that_it_belongs_to(flag: str, key: str | None, level: str) -> None:
    """Pregnancy and blood thinners are asked about further, and the answer decides."""
    talk = at(ABOUT)
    talk.tick(TITLE[flag])
    assert talk.case.interview.page == {"pregnancy": "pregnancy_signs", "anticoagulant": "thinner_signs"}[flag]
    talk.tick(TITLE[key] if key else NONE)
    assert talk.level == level
    assert (talk.case.hold is not None) is (level[0] == "E")


def test_both_lists_of_details_follow_one_another() -> None:
    """Two such signs, two lists, and then the result."""
    talk = at(ABOUT)
    talk.tick(TITLE["pregnancy"], TITLE["anticoagulant"])
    assert talk.case.interview.page == "pregnancy_signs"
    talk.tick(NONE)
    assert talk.case.interview.page == "thinner_signs"
    talk.tick(NONE)
    assert talk.case.interview.state == "done"


def test_without_the_sign_its_details_are_not_asked() -> None:
    """Nobody else is asked about bleeding."""
    talk = at(ABOUT)
    talk.tick(TITLE["cancer_history"])
    assert talk.case.interview.state == "done"


def test_a_second_run_starts_clean_and_keeps_what_no_list_asks() -> None:
    """Lists are asked again in full; a pacemaker or a sign that no list asks, told in words, is not forgotten."""
    talk = begun(user_facts=("pacemaker_or_implant",), findings=(found("foot_drop"),))
    talk.tick(NONE)
    talk.tick(NONE)
    talk.tick(TITLE["age_65_plus"])
    assert talk.case.interview.state == "done"
    talk.press_id(talk.case.offers[0].id)
    talk.case = talk.case.with_(interview=State(state="stopped", asked=("nerves",)))
    talk.say("it is back again", act="report", back_trouble=True)
    assert talk.case.interview.questions == 1
    assert talk.ticks == [item.title for item in NERVES.items]
    assert talk.case.user_facts == ("pacemaker_or_implant",)
    assert [f.flag for f in talk.case.findings] == ["foot_drop"]
    talk.tick(NONE)
    talk.tick(NONE)
    assert talk.ticks == [item.title for item in ABOUT.items]


@pytest.mark.parametrize(
    ("flag", "kinds"),
    [
        (None, [Kind.LEVEL, Kind.PLAN]),
        ("not_better_in_time", [Kind.LEVEL, Kind.PLAN]),
        ("cancer_history", [Kind.LEVEL]),
    ],
)
def test_the_result_fits_the_level(flag: str | None, kinds: list[Kind]) -> None:
    """H a plan, D a doctor and the gentle part, S no plan; the level is said first, with its reason."""
    talk = at(ABOUT)
    talk.tick(TITLE[flag] if flag else NONE)
    assert talk.kinds == kinds
    if flag:
        assert flags()[flag].reason in talk.messages[0].text
    assert "Change an answer" in talk.buttons
    remedies = {remedy for message in talk.messages for remedy in message.remedies}
    assert ("R2_prayer" in remedies) is (flag is None)


def test_a_routine_level_has_its_appointment_and_its_plan() -> None:
    """R: an ordinary appointment, and self-care until then."""
    talk = begun(findings=(found("inflammatory_back_pain"),))
    for _ in range(3):
        talk.tick(NONE)
    assert talk.kinds == [Kind.LEVEL, Kind.PLAN]
    assert talk.messages[0].level == "R"


@pytest.mark.parametrize("told", [{"age": 15}, {"user_facts": ("under_15",)}, {"findings": (found("child"),)}])
def test_a_minor_gets_no_plan(told: dict) -> None:
    """Under 18, however it was told: a grown-up and a doctor, no self-care plan; asking again does not help."""
    talk = begun(**told)
    while talk.case.interview.state == "open":
        talk.tick(NONE)
    assert Kind.PLAN not in talk.kinds
    assert talk.word("under_18") in talk.text
    talk.say("help me", topics=("relief",))
    assert Kind.PLAN not in talk.kinds


def test_a_minor_by_tick_gets_no_plan() -> None:
    """The line "Under 18" is enough."""
    talk = at(ABOUT)
    talk.tick(TITLE["under_18"])
    assert Kind.PLAN not in talk.kinds
    assert talk.word("under_18") in talk.text


def test_asking_for_help_after_the_result_shows_it_again() -> None:
    """The interview is not run twice for one spasm."""
    talk = at(ABOUT)
    talk.tick(NONE)
    talk.say("so what do I do", topics=("relief",))
    assert talk.kinds == [Kind.LEVEL, Kind.PLAN]


def test_a_patient_who_is_somebody_else_is_spoken_of_as_such() -> None:
    """Said: "My dad's back has gone": the opening is about them."""
    assert begun(about_someone_else=True).messages[0].text.endswith(Talk().word("opening_other"))


@pytest.mark.parametrize(("days", "first"), [(1, True), (3, True), (4, False), (None, True)])
def test_ice_or_heat_goes_by_the_days_since_it_began(days: float | None, first: bool) -> None:
    """Ice for the first 24-72 hours, then heat; both are said while the days are not known."""
    talk = at(ABOUT)
    talk.case = talk.case.with_(days=days)
    talk.tick(NONE)
    assert ("R1_ice" in {remedy for message in talk.messages for remedy in message.remedies}) is first
    assert "change to heat" in talk.text


def test_an_answer_without_an_open_interview_begins_one() -> None:
    """A late tick finds no error."""
    talk = Talk()
    talk.turn(Reading(text="x", screened=True, act="answer_interview", pressed="none", button=True))
    assert talk.case.interview.page == "nerves"
