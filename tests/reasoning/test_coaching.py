"""The stretch coach: who is led, what a session is made of, what stops it; and what a mark on the pain scale does."""

from __future__ import annotations

import itertools

import pytest

from reasoning import coach, interview, knowledge, steering
from reasoning.case import Case, Coaching, Interview
from reasoning.flows import coaching
from reasoning.flows.turn import Turn, close
from reasoning.messages import Kind, Message
from reasoning.reading import Reading
from reasoning.triage import Level
from serving import gate
from tests.reasoning.talks import Talk, found

KNOWN = knowledge.shared()
NOBODY_WITH_A_REASON = "None of these"
DONE = Interview(state="done", asked=("nerves", "injury_chest_fever", "about_you"))
NO_FACTS = tuple(slug for slug in KNOWN.user_facts if slug != "everyone")
ALL = steering.course().order


def ready(**known: object) -> Talk:
    """A person whose interview is through, with nothing more to be asked about them."""
    told: dict[str, object] = {"interview": DONE, "back_trouble": True, "introduced": True, "not_user_facts": NO_FACTS}
    return Talk(case=Case(**(told | known)))  # type: ignore[arg-type]


def on(mark: str = "4", **known: object) -> Talk:
    """The same person at the first step."""
    talk = ready(**known)
    talk.say("start stretches", act="start_stretches")
    talk.say(mark)
    assert talk.case.coaching.state == "on"
    return talk


def step(talk: Talk) -> Message:
    """The step that was shown."""
    return next(message for message in talk.messages if message.card)


def position(talk: Talk) -> tuple[str, int]:
    """Stretch and set that the session is at."""
    session = talk.case.coaching
    return session.stretches[session.at], session.set


# --- who is led


def test_nobody_is_led_before_the_interview() -> None:
    """From the first message: the lists, no stretch; after them the plan offers the session."""
    talk = Talk()
    talk.say("start stretches", act="start_stretches", topics=("stretches",))
    assert talk.word("coach_first") in talk.text
    assert talk.kinds[-1] is Kind.QUESTION
    assert not talk.advised
    for _ in range(3):
        assert talk.case.coaching.state == "none"
        talk.say("start stretches", act="start_stretches", topics=("stretches",))
        assert not talk.advised
        talk.tick(NOBODY_WITH_A_REASON)
    assert talk.word("coach_start") in talk.buttons
    talk.press(talk.word("coach_start"))
    assert talk.messages[-1].scale is not None


def test_a_stopped_interview_is_begun_again() -> None:
    talk = ready(interview=Interview(state="stopped", asked=("nerves",)))
    talk.say("coach me", act="start_stretches")
    assert talk.case.interview.state == "open"
    assert not talk.advised


@pytest.mark.parametrize("flag", ["shingles_rash", "not_better_in_time"], ids=["S", "D"])
def test_who_has_to_be_seen_is_not_led(flag: str) -> None:
    """At S and D the plan has no stretches either."""
    talk = ready(findings=(found(flag),))
    talk.say("coach me", act="start_stretches")
    assert talk.word("coach_not_now") in talk.text
    assert talk.case.coaching == Coaching()
    assert talk.kinds[0] is Kind.LEVEL


def test_minors_are_not_led() -> None:
    talk = ready(age=15, not_user_facts=())
    talk.say("coach me", act="start_stretches")
    assert talk.word("under_18") in talk.text
    assert talk.case.coaching == Coaching()


def test_an_emergency_comes_first() -> None:
    talk = ready()
    talk.say("coach me, I have chest pain", act="start_stretches", findings=(found("chest_pain"),))
    assert talk.kinds[0] is Kind.EMERGENCY
    assert talk.case.coaching == Coaching()


@pytest.mark.parametrize(
    ("interview_state", "level"), itertools.product(["none", "open", "stopped", "done"], list(Level)), ids=str
)
def test_the_gate_lets_a_step_out_only_where_one_may_be_led(interview_state: str, level: Level) -> None:
    """The whole product of states and levels; the gate trusts no flow."""
    flags = {
        **{
            Level.E1: "chest_pain",
            Level.E2: "saddle_numbness",
            Level.S: "shingles_rash",
            Level.D: "not_better_in_time",
        },
        **{Level.R: "inflammatory_back_pain"},
    }
    findings = (found(flags[level]),) if level in flags else ()
    case = Case(interview=Interview(state=interview_state), findings=findings, back_trouble=level is Level.H)
    message = Message("Lie down.", Kind.COACH).as_dict()
    fits = interview_state == "done" and level in (Level.R, Level.H, Level.NONE)
    assert _passes(case, message) is fits
    assert not _passes(case.with_(age=16), message)


def _passes(case: Case, message: dict[str, object]) -> bool:
    try:
        gate.check(KNOWN, case, Reading(screened=True), [message])
    except gate.GateClosed:
        return False
    return True


# --- what a session is made of


def test_a_session_goes_through_all_sets_of_all_stretches_in_order() -> None:
    """Five stretches; two sets where the article says so, one where it gives no number; then how it felt."""
    talk = on()
    seen = [position(talk)]
    while talk.case.coaching.state == "on":
        talk.press(talk.word("coach_next"))
        if talk.case.coaching.state == "on":
            seen.append(position(talk))
    assert seen == [(name, n) for name in ALL for n in range(1, (KNOWN.topics[name].dose.sets or 1) + 1)]  # type: ignore[union-attr]
    assert len(seen) == 9
    assert talk.messages[-1].scale is not None


def test_each_step_is_a_card_with_its_picture_and_dose() -> None:
    """Hold, repetitions and sides are the stretch's own; the card is one set, so its timer runs one."""
    talk = on()
    for name in ALL:
        dose = KNOWN.topics[name].dose
        card = step(talk).card
        assert dose is not None
        assert card is not None
        assert card.picture is not None
        assert card.picture.name == name
        assert (card.hold_seconds, card.repetitions, card.sides) == (dose.hold_seconds, dose.repetitions, dose.sides)
        assert (card.sets, card.sessions_a_day) == (None, None)
        assert card.steps == KNOWN.topics[name].steps
        assert (talk.word("coach_sides") in step(talk).text) is (dose.sides == "each")
        assert set(KNOWN.topics[name].remedies) == set(step(talk).remedies)
        talk.press(talk.word("coach_skip"))
    assert talk.case.coaching.state == "felt"


def test_one_stretch_can_be_asked_for() -> None:
    """By its name, or by the button of its answer."""
    talk = ready()
    talk.say("walk me through the pelvic tilt", act="start_stretches", files=("pelvic_tilt",))
    talk.say("4")
    assert talk.case.coaching.stretches == ("pelvic_tilt",)
    other = ready()
    other.say("how do I do the prayer stretch", topics=("stretches",), files=("prayer_stretch",))
    other.press(other.word("coach_start_one"))
    assert other.case.coaching.stretches == ("prayer_stretch",)


def test_what_is_not_known_of_the_person_is_asked_once_before_the_first_step() -> None:
    """What the interview has denied is not asked again."""
    talk = Talk()
    talk.say("back cramps", topics=("relief",))
    for _ in range(3):
        talk.tick(NOBODY_WITH_A_REASON)
    talk.press(talk.word("coach_start"))
    talk.say("4")
    assert talk.case.coaching.state == "facts"
    assert KNOWN.user_facts["osteoporosis"].label in talk.ticks
    assert KNOWN.user_facts["pregnant"].label not in talk.ticks
    talk.tick(KNOWN.user_facts["osteoporosis"].label)
    assert talk.case.coaching.stretches == ("lower_trunk_rotation",)  # the others round the spine
    assert KNOWN.cautions["K14"].advice in talk.text
    assert KNOWN.cautions["K15"].advice in step(talk).text
    talk.press(talk.word("coach_stop"))
    talk.press(talk.word("coach_same"))
    talk.say("coach me", act="start_stretches")
    talk.say("3")
    assert talk.case.coaching.state == "on"


@pytest.mark.parametrize("answer", [{"act": "not_sure"}, {"act": "affirm"}])
def test_doubt_about_the_facts_leaves_the_stretches_out(answer: dict[str, str]) -> None:
    talk = ready(not_user_facts=())
    talk.say("coach me", act="start_stretches")
    talk.say("4")
    talk.say("hm", **answer)
    assert talk.case.coaching == Coaching()
    assert talk.word("coach_none") in talk.text
    assert not talk.advised


def test_an_answer_that_cannot_be_read_asks_the_facts_again() -> None:
    talk = ready(not_user_facts=())
    talk.say("coach me", act="start_stretches")
    talk.say("4")
    talk.say("the ninetieth", ordinals=(90,))
    assert talk.case.coaching.state == "facts"
    assert talk.messages[-1].ticks is not None


@pytest.mark.parametrize("fact", [slug for slug in NO_FACTS if slug not in ("under_18", "under_15", "under_12")])
def test_a_fact_told_on_the_way_counts_from_the_next_step_on(fact: str) -> None:
    """Every user fact: no step of a stretch that it rules out, and every caution that changes one is said."""
    talk = on()
    talk.say("by the way", act="chitchat", user_facts=(fact,))
    while talk.case.coaching.state in ("on", "check", "paused"):
        talk.press(talk.word("coach_next"))
        for message in talk.messages:
            if message.card:
                name = position(talk)[0]
                assert not coach.withheld(KNOWN, talk.case, Level.H, name)
    assert talk.case.coaching.state in ("felt", "none")


def test_who_may_do_none_is_told_why() -> None:
    talk = ready(user_facts=("recent_spine_surgery",), not_user_facts=())
    talk.say("coach me", act="start_stretches")
    assert KNOWN.cautions["K12"].advice in talk.text
    assert not talk.advised
    assert talk.case.coaching == Coaching()


@pytest.mark.parametrize("told", [{"findings": (found("not_better_in_time"),)}, {"age": 15}], ids=["D", "a child"])
@pytest.mark.parametrize("state", ["mark", "facts", "on", "paused", "check", "felt"])
@pytest.mark.parametrize("text", ["next", "hang on", "it hurts", "5", "go on", "skip", "stop", "no", "hm"])
def test_what_rules_a_session_out_ends_it_in_whatever_message_it_is_told(
    state: str, text: str, told: dict[str, object]
) -> None:
    """The gate stays open, no step is shown, and the session is over."""
    facts = () if state == "facts" else tuple(fact for fact in NO_FACTS if not fact.startswith("under"))
    talk = ready(coaching=Coaching(state=state, stretches=ALL), not_user_facts=facts)
    talk.say(text, user_facts=("osteoporosis",), **told)
    assert talk.case.coaching == Coaching()
    assert Kind.COACH not in talk.kinds


# --- steering


@pytest.mark.parametrize(
    ("text", "state", "place"),
    [
        ("next", "on", ("prayer_stretch", 2)),
        ("ok done", "on", ("prayer_stretch", 2)),
        ("skip this one please", "on", ("lower_trunk_rotation", 1)),
        ("hang on a sec", "paused", ("prayer_stretch", 1)),
        ("I need a break", "paused", ("prayer_stretch", 1)),
        ("stop", "felt", ("prayer_stretch", 1)),
        ("that's enough for me", "felt", ("prayer_stretch", 1)),
        ("it hurts", "check", ("prayer_stretch", 1)),
        ("a bit sore", "check", ("prayer_stretch", 1)),
    ],
)
def test_small_words_steer(text: str, state: str, place: tuple[str, int]) -> None:
    talk = on()
    talk.say(text)
    assert (talk.case.coaching.state, position(talk)) == (state, place)


def test_a_pause_is_ended_by_going_on_with_the_same_step() -> None:
    talk = on()
    talk.press(talk.word("coach_next"))
    talk.press(talk.word("coach_pause"))
    assert talk.word("coach_paused") in talk.text
    talk.say("ok go on")
    assert position(talk) == ("prayer_stretch", 2)
    assert step(talk)


def test_a_question_is_answered_and_the_session_goes_on() -> None:
    """An answer on stretches, small talk, what is not understood: the step stands, with its buttons."""
    talk = on()
    talk.say("how long do I hold it?", topics=("stretches",), files=("prayer_stretch",))
    assert "5 to 10 seconds" in talk.text
    for told in ({}, {"act": "thank"}, {"act": "nlu_fallback"}, {"topics": ("mri",)}):
        if told:
            talk.say("hm hm hm", **told)
        assert talk.messages[-1].kind is Kind.COACH
        assert KNOWN.topics["prayer_stretch"].title in talk.messages[-1].text
        assert talk.word("coach_next") in talk.buttons
        assert position(talk) == ("prayer_stretch", 1)


@pytest.mark.parametrize("state", ["mark", "facts", "check", "felt", "paused"])
def test_the_question_of_the_session_is_asked_again_after_an_interruption(state: str) -> None:
    facts = () if state == "facts" else NO_FACTS
    session = Coaching(state=state, stretches=ALL)
    talk = ready(coaching=session, not_user_facts=facts)
    talk.say("what is an mri", topics=("mri",))
    assert talk.messages[0].kind is Kind.ANSWER
    assert talk.messages[-1].kind is (Kind.COACH if state == "paused" else Kind.QUESTION)
    assert talk.case.coaching == session


@pytest.mark.parametrize("state", ["none", "mark", "facts", "on", "paused", "check", "felt"])
@pytest.mark.parametrize(
    "flow",
    [
        *(coaching.take_mark, coaching.answer_flag, coaching.next_step, coaching.pause, coaching.resume),
        *(coaching.skip, coaching.stop, coaching.check, coaching.felt, coaching.start, coaching.take_facts),
    ],
)
def test_no_flow_breaks_in_a_state_that_it_is_not_meant_for(state: str, flow: object) -> None:
    """Whatever reaches it: something is said, and the gate is open."""
    case = Case(
        interview=DONE, back_trouble=True, coaching=Coaching(state=state, stretches=ALL if state != "none" else ())
    )
    turn = Turn.open(KNOWN, case, Reading(text="x", screened=True))
    reply = close(turn, flow(turn))  # type: ignore[operator]
    gate.check(KNOWN, reply.case, turn.reading, [message.as_dict() for message in reply.messages])


# --- what stops it


@pytest.mark.parametrize(
    "text",
    ["ouch", "it hurts more now", "it's getting worse", "pain shoots down my leg", "my foot is tingling", "numb toes"],
)
def test_worse_pain_in_words_stops_the_session_and_asks_the_emergency_lists(text: str) -> None:
    talk = on()
    talk.say(text)
    _stopped(talk)


@pytest.mark.parametrize("text", ["it doesn't hurt more", "no numbness", "what if it gets worse?", "not worse, go on"])
def test_what_is_denied_or_only_asked_does_not(text: str) -> None:
    talk = on()
    talk.say(text)
    assert talk.case.interview.state == "done"
    assert talk.case.coaching.state in ("on", "check")


@pytest.mark.parametrize("finding", [found("one_leg_nerve_pain", "numbness"), found("foot_drop"), found("both_legs")])
def test_a_sign_that_the_watch_reads_stops_the_session(finding: object) -> None:
    talk = on()
    talk.say("something", findings=(finding,))
    assert talk.case.coaching == Coaching()
    assert talk.level in ("E1", "E2") or talk.case.interview.state == "open"
    assert not talk.advised


def test_pain_is_asked_about_and_its_answers_lead_on_or_out() -> None:
    """The usual ache goes on; more pain stops; pain down a leg is kept as the sign that it is."""
    talk = on()
    talk.press(talk.word("coach_hurts"))
    talk.press(talk.word("coach_usual"))
    assert (talk.case.coaching.state, position(talk)) == ("on", ("prayer_stretch", 1))
    talk.press(talk.word("coach_hurts"))
    talk.press(talk.word("coach_leg"))
    _stopped(talk)
    assert talk.case.status_of("one_leg_nerve_pain") == "present"
    other = on()
    other.press(other.word("coach_hurts"))
    other.press(other.word("coach_more_pain"))
    _stopped(other)


def _stopped(talk: Talk) -> None:
    assert talk.case.coaching == Coaching()
    assert talk.word("coach_trouble") in talk.text
    assert talk.case.interview.state == "open"
    assert talk.case.interview.page == "nerves"
    assert coach.WORSE in talk.case.user_facts
    assert not talk.advised


def test_after_it_was_stopped_no_session_is_led_and_the_plan_has_no_stretches() -> None:
    talk = Talk()
    talk.say("back cramps", topics=("relief",))
    for _ in range(3):
        talk.tick(NOBODY_WITH_A_REASON)
    talk.press(talk.word("coach_start"))
    talk.say("3")
    talk.tick(NOBODY_WITH_A_REASON)
    talk.say("it hurts more")
    _stopped(talk)
    pages = 0
    while talk.case.interview.state == "open":
        pages += 1
        talk.tick(NOBODY_WITH_A_REASON)
    assert pages == 2  # the emergency lists; what does not change is not asked again
    assert "Five are described" not in talk.text
    assert talk.word("coach_start") not in talk.buttons
    talk.say("coach me", act="start_stretches")
    assert talk.case.coaching == Coaching()
    assert KNOWN.cautions["K13"].advice in talk.text


# --- marks on the pain scale


def scale(talk: Talk, number: int) -> tuple[Message, ...]:
    """A mark as a channel sends it."""
    return talk.turn(Reading(text=f"{number} out of 10", screened=True, act="mark_pain", scale=number))


@pytest.mark.parametrize(
    ("before", "after", "ends"),
    [(6, 3, "coach_ended_better"), (4, 4, "coach_ended_same"), (4, 5, "coach_ended_same"), (4, 6, ""), (0, 8, "")],
)
def test_how_it_felt_is_held_against_the_mark_before(before: int, after: int, ends: str) -> None:
    """Two points more is worse, and asks the emergency lists."""
    talk = on(str(before))
    talk.press(talk.word("coach_stop"))
    scale(talk, after)
    assert talk.case.pain == after
    if ends:
        assert talk.word(ends) in talk.text
        assert talk.case.coaching == Coaching()
    else:
        _stopped(talk)


@pytest.mark.parametrize("text", ["7", "7/10", "about a seven", "maybe 7 out of 10", "it's a 7 now"])
def test_a_number_typed_where_the_scale_is_asked_is_a_mark(text: str) -> None:
    talk = ready(pain=None)
    talk.say("coach me", act="start_stretches")
    talk.say(text, ordinals=(7,), act="pick_option")
    assert talk.case.pain == 7
    assert talk.case.coaching.state == "on"


@pytest.mark.parametrize("text", ["3 or 4", "11", "since 2019", "for the last 5 days I have felt rather bad"])
def test_what_is_no_mark_is_none(text: str) -> None:
    assert steering.mark(text) is None


@pytest.mark.parametrize("number", range(11))
@pytest.mark.parametrize(
    "state", ["nothing", "interview", "done", "mark", "on", "paused", "check", "facts", "felt", "E"]
)
def test_a_mark_is_read_in_every_state(state: str, number: int) -> None:
    """Never an error, never danger by itself; from 9 on the question on severe pain, where nothing was asked."""
    talk = _in_state(state)
    level = talk.level
    scale(talk, number)
    assert talk.case.pain == number or state == "E"
    assert talk.level == level or (level, talk.level) == ("NONE", "H")
    asks = "cannot think, sleep" in talk.text
    assert asks is (number >= 9 and state != "E")
    if state == "E":
        assert talk.kinds[0] is Kind.EMERGENCY
    if state == "interview" and not asks:
        assert talk.messages[-1].ticks is not None


def _in_state(state: str) -> Talk:
    if state == "nothing":
        return Talk()
    if state == "interview":
        talk = Talk()
        talk.say("back cramps", topics=("relief",))
        return talk
    if state == "E":
        talk = Talk()
        talk.say("chest pain", findings=(found("chest_pain"),))
        return talk
    session = Coaching() if state == "done" else Coaching(state=state, stretches=ALL, before=5)
    return ready(coaching=session, not_user_facts=() if state == "facts" else NO_FACTS)


def test_severe_pain_that_is_confirmed_is_seen_today_and_ends_the_session() -> None:
    talk = ready()
    talk.say("coach me", act="start_stretches")
    scale(talk, 9)
    talk.press(talk.word("yes"))
    assert talk.level == "S"
    assert talk.case.coaching == Coaching()
    assert talk.kinds[0] is Kind.LEVEL
    assert not talk.advised


def test_severe_pain_that_is_denied_goes_on_and_is_not_asked_again() -> None:
    talk = ready()
    talk.say("coach me", act="start_stretches")
    scale(talk, 9)
    talk.say("no", act="deny")
    assert talk.case.coaching.state == "on"
    assert talk.case.coaching.before == 9
    talk.press(talk.word("coach_stop"))
    scale(talk, 10)
    assert talk.word("coach_ended_same") in talk.text


def test_severe_pain_in_the_interview_is_asked_about_and_the_interview_goes_on() -> None:
    talk = Talk()
    talk.say("back cramps", topics=("relief",))
    scale(talk, 10)
    talk.say("not sure", act="not_sure")
    assert talk.level == "S"
    assert talk.case.interview.state == "open"
    assert talk.messages[-1].ticks is not None
    assert next(page for page in interview.pages() if page.id == talk.case.interview.page).emergency


def test_a_step_can_be_called_wrong_and_the_session_goes_on() -> None:
    talk = on()
    first = step(talk)
    talk.press("Done, next")
    talk.call_wrong(first)
    assert talk.case.report is not None
    assert talk.case.report.entries == first.entries != ()
    talk.press("No, keep nothing")
    assert talk.case.coaching.state == "on"
    assert talk.messages[-1].buttons
