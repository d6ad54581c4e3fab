"""Three weeks with a person, in seconds: the clock, consent, timers, check-ins, the diary, and what holds them."""

from __future__ import annotations

import datetime
from collections import Counter

import pytest

from reasoning import care, clock, diary
from reasoning.case import Care, Case
from reasoning.diary import Note
from reasoning.messages import Kind, Message
from reasoning.reading import Reading
from tests.reasoning.talks import Talk, found

UTC = datetime.UTC
TUESDAY = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "+05:45")
NONE = "None of these"


def planned(
    days: float | None = 0.0, now: datetime.datetime = TUESDAY, zone: str = "Europe/London", **told: object
) -> Talk:
    """Somebody who was through the interview, with nothing found."""
    talk = Talk(now=now, timezone=zone, can_remind=True).without_introduction()
    talk.say("my back hurts", act="report", back_trouble=True, days=days, **told)
    while talk.case.interview.state == "open":
        talk.tick(NONE)
    return talk


def agreed(**told: object) -> Talk:
    """Somebody who wants to be written to."""
    talk = planned(**told)  # type: ignore[arg-type]
    talk.press(talk.word("care_consent_yes"))
    return talk


def remedies(messages: tuple[Message, ...]) -> set[str]:
    """What is advised."""
    return {remedy for message in messages for remedy in message.remedies}


# The clock decides.


def test_two_days_later_the_plan_has_changed() -> None:
    """Ice on day 2, heat on day 4, without a word from the person about time."""
    talk = planned(days=2.0)
    assert "R1_ice" in remedies(talk.messages)
    assert talk.word("plan_ice_until", day="Thursday, 26 November") in talk.text
    talk.later(days=2).say("what should I do", act="relief", topics=("relief",))
    assert "R1_ice" not in remedies(talk.messages)
    assert "R1_heat" in remedies(talk.messages)
    assert talk.word("plan_heat_now") in talk.text


def test_it_was_monday_corrects_the_onset() -> None:
    """A correction moves the onset, and the plan with it."""
    talk = planned(days=0.0)
    assert talk.case.onset == clock.Onset("2026-11-24", "day", clock.written(TUESDAY))
    talk.say("no, it was Thursday", act="nlu_fallback", days=5.0, onset_told=True)
    assert talk.case.onset is not None
    assert talk.case.onset.at == "2026-11-19"
    assert "R1_ice" not in remedies(talk.messages)


def test_days_of_something_else_do_not_move_the_onset() -> None:
    """Said: "I take ibuprofen for 10 days"."""
    talk = planned(days=0.0)
    talk.say("I take ibuprofen for 10 days", act="painkillers", topics=("painkillers",), days=10.0)
    assert talk.case.onset is not None
    assert talk.case.onset.at == "2026-11-24"


def test_when_it_began_is_asked_where_it_was_not_told() -> None:
    """After the plan, with buttons; the answer makes the plan exact."""
    talk = planned(days=None)
    assert talk.messages[-1].text == talk.word("onset_ask")
    talk.press(talk.word("onset_yesterday"))
    assert talk.case.onset is not None
    assert talk.case.onset.at == "2026-11-23"
    assert "R1_ice" in remedies(talk.messages)
    assert talk.word("plan_ice_until", day="Friday, 27 November") in talk.text


def test_the_plan_is_a_card_without_what_must_be_left_out() -> None:
    """Doses exact; ice does not stand on the card of somebody who must not use it."""
    plan = next(message for message in planned(days=1.0).messages if message.kind is Kind.PLAN)
    assert plan.card is not None
    steps = "\n".join(plan.card.steps)
    assert "Tuesday, 24 November" in plan.card.title
    assert "Ice: 20 minutes at a time, every 1-2 hours" in steps
    assert "Prayer stretch: hold 5 to 10 seconds, 5 times, 2 sets, 2 sessions a day." in steps
    assert "Lower trunk rotation: hold 3 seconds, 10 times each side." in steps
    withheld = planned(days=1.0, user_facts=("raynauds",))
    card = next(message.card for message in withheld.messages if message.card)
    assert "Ice: 20 minutes" not in "\n".join(card.steps)


def test_after_three_weeks_the_clock_says_see_a_doctor() -> None:
    """Not better in time is found without being told."""
    talk = planned(days=0.0)
    talk.later(days=20).say("is heat ok", act="heat_ice_rest", topics=("heat_ice_rest",))
    assert talk.level == "H"
    talk.later(days=2).say("is heat ok", act="heat_ice_rest", topics=("heat_ice_rest",))
    assert talk.level == "D"
    assert Kind.LEVEL in talk.kinds


@pytest.mark.parametrize(("day", "feel", "level"), [(13, "same", "H"), (14, "same", "D"), (14, "better", "H")])
def test_the_same_after_two_weeks_leads_to_a_doctor(day: int, feel: str, level: str) -> None:
    """W1: 2-3 weeks, the lower bound where it does not get better."""
    talk = agreed(days=0.0)
    talk.later(days=day).say(feel, act=f"feel_{feel}")
    assert talk.level == level
    assert (Kind.LEVEL in talk.kinds) is (level == "D")


# Consent.


def test_nothing_is_wanted_before_the_yes_and_everything_after() -> None:
    """Asked once, after the plan; check-ins on days 1, 3, 7, 14, 21."""
    talk = planned()
    assert talk.messages[-1].text.startswith(talk.word("care_consent", days="").split("{")[0][:20])
    assert talk.wanted == ()
    talk.press(talk.word("care_consent_yes"))
    kinds = Counter(due.kind for due in talk.wanted)
    assert [due.value for due in talk.wanted if due.kind == "check_in"] == [1, 3, 7, 14, 21]
    assert kinds["change"] == 1
    assert kinds["stretch"] > 2


def test_the_answer_to_the_yes_names_the_quiet_hours_that_hold() -> None:
    """Those of the server, those of the setting where it has none, none where they are off."""
    for told, said in (("", "between 22:00 and 08:00"), ("23:15-07:30", "between 23:15 and 07:30"), ("off", "")):
        talk = planned()
        offer = next(offer for offer in talk.case.offers if offer.intent == "agree_reminders")
        talk.turn(Reading(text=offer.title, screened=True, act=offer.intent, button=True, quiet=told))
        assert talk.case.care.consent == "yes"
        assert said in talk.text
        assert ("never" in talk.text) is bool(said)


def test_a_button_holds_until_its_own_question_is_answered() -> None:
    """Of two things said unasked, the answer to one leaves the other's button; older ones do not push it out."""
    talk = agreed()
    for due in talk.wanted:
        if due.kind == "stretch" and due.at.day < 30:
            talk.now = due.at
            talk.remind(due)
    done = talk.messages[-1].buttons[0]
    assert done.title == talk.word("stretch_done")
    check_in = next(due for due in talk.wanted if due.kind == "check_in")
    talk.now = max(talk.now or TUESDAY, check_in.at)
    talk.remind(check_in)
    talk.press(talk.word("feel_better"))
    talk.say("5", act="nlu_fallback", scale=5)
    talk.press_id(done.id)
    assert talk.intent == "did_stretches"
    talk.press_id(done.id)
    assert talk.intent == "old_button"


def test_no_is_no_and_is_not_asked_again() -> None:
    """Nothing is said unasked, and the plan shown again does not ask again."""
    talk = planned()
    talk.say("no", act="deny")
    assert talk.intent == "decline_reminders"
    talk.later(hours=1).say("what should I do", act="relief", topics=("relief",))
    assert talk.word("care_consent_yes") not in talk.buttons
    assert talk.wanted == ()


def test_without_consent_there_is_no_diary() -> None:
    """Only the last answer of each kind is known, like any answer; after the yes it grows."""
    talk = planned()
    talk.press(talk.word("care_consent_no"))
    for pain in (6, 4):
        talk.later(hours=5).say(act="feel_better")
        talk.say(str(pain), act="nlu_fallback", scale=pain)
        assert talk.word("diary_not_kept") in talk.text
    assert [(note.pain, note.feel) for note in talk.case.diary] == [(None, "better"), (4, "")]
    talk.later(hours=1).say("start a timer", act="start_timer")
    talk.later(hours=3).say("start a timer", act="start_timer")
    assert [note.tried for note in talk.case.diary if note.tried] == ["ice"]
    talk.say("remind me", act="remind_me")
    talk.press(talk.word("care_consent_yes"))
    for pain in (5, 3):
        talk.later(hours=5).say(act="feel_better")
        talk.say(str(pain), act="nlu_fallback", scale=pain)
    assert diary.scores(talk.case.diary) == (5, 3)
    assert talk.word("trend_down", first=5, last=3) in talk.text


def test_after_stop_the_diary_grows_no_more() -> None:
    """What was noted with consent stays for the doctor; it is deleted with the rest."""
    talk = agreed()
    for pain in (7, 5):
        talk.later(hours=5).say(act="feel_better")
        talk.say(str(pain), act="nlu_fallback", scale=pain)
    talk.say("stop reminders", act="stop_reminders")
    for pain in (4, 3):
        talk.later(hours=5).say(act="feel_better")
        talk.say(str(pain), act="nlu_fallback", scale=pain)
    assert diary.scores(talk.case.diary) == (7, 5, 3)


@pytest.mark.parametrize("consent", ["", "asked", "no", "yes"])
def test_danger_is_screened_for_whatever_was_agreed_to(consent: str) -> None:
    """The advice of an emergency takes no consent."""
    talk = Talk(case=Case(introduced=True, care=Care(consent=consent)), now=TUESDAY, can_remind=True)
    talk.say("my legs are numb", findings=(found("saddle_numbness"),))
    assert talk.kinds[0] is Kind.EMERGENCY
    assert talk.wanted == ()


def test_yes_may_be_said_after_other_talk_by_its_button() -> None:
    """The question was asked once only: its buttons hold."""
    talk = planned()
    offer = next(offer.id for offer in talk.case.offers if offer.intent == "agree_reminders")
    talk.say("is heat ok", act="heat_ice_rest", topics=("heat_ice_rest",))
    talk.press_id(offer)
    assert talk.case.care.consent == "yes"


def test_a_bare_yes_after_other_talk_agrees_to_nothing() -> None:
    """Only the answer to the question counts as one."""
    talk = planned()
    talk.say("is heat ok", act="heat_ice_rest", topics=("heat_ice_rest",))
    talk.say("yes", act="affirm")
    assert talk.case.care.consent == "asked"


def test_where_nobody_can_be_written_to_nothing_is_promised() -> None:
    """The terminal has no way to speak first."""
    talk = planned()
    alone = Talk(now=TUESDAY).without_introduction()
    alone.say("remind me", act="remind_me")
    assert alone.text == talk.word("care_cannot")
    assert alone.wanted == ()


def test_the_zone_is_asked_for_where_the_channel_does_not_know_it() -> None:
    """Nothing but the person's own timers before they have told the time."""
    talk = planned(zone="")
    talk.press(talk.word("care_consent_yes"))
    assert talk.text == talk.word("care_time_ask")
    assert talk.wanted == ()
    talk.say("2:30 pm", act="nlu_fallback")
    assert talk.case.timezone == "+05:30"
    assert talk.wanted


def test_stop_reminders_stops_all_even_in_an_emergency() -> None:
    """Check-ins, stretches, timers."""
    talk = agreed()
    talk.say("start a timer", act="start_timer")
    assert talk.wanted
    talk.say("I cannot feel when I pee", findings=(found("bladder_leak"),))
    talk.say("stop reminders", act="stop_reminders")
    assert Kind.EMERGENCY in talk.kinds
    assert talk.wanted == ()


@pytest.mark.parametrize("act", ["stop", "stop_reminders"])
def test_stop_in_plain_words(act: str) -> None:
    """A bare "stop" means the reminders, where there are some."""
    talk = agreed()
    talk.say("stop", act=act)
    assert talk.text == talk.word("care_stopped")
    assert talk.wanted == ()


def test_start_over_forgets_reminders_and_diary() -> None:
    """A fresh case wants nothing."""
    talk = agreed()
    talk.say("start over", act="start_over")
    assert talk.wanted == ()
    assert talk.case.diary == ()
    assert talk.case.timezone == "Europe/London"


# Timers.


def test_a_timer_runs_20_minutes_and_the_next_one_comes_when_it_was_picked() -> None:
    """Take the pack off; again in 1 or 2 hours."""
    talk = planned()
    talk.say("ice is on", act="start_timer")
    (due,) = talk.wanted
    assert due.at - TUESDAY == datetime.timedelta(minutes=20)
    assert "R1_ice" in remedies(talk.messages)
    talk.later(minutes=20)
    (over,) = talk.remind(due)
    assert over.text == talk.word("care_timer_over")
    talk.press(talk.word("care_timer_again", hours=2))
    (again,) = talk.wanted
    assert again.at - TUESDAY == datetime.timedelta(hours=2, minutes=20)
    talk.later(hours=2)
    assert "R1_ice" in remedies(talk.remind(again))
    assert diary.scores(talk.case.diary) == ()
    assert [note.tried for note in talk.case.diary] == ["ice"]


@pytest.mark.parametrize("fact", ["raynauds", "diabetes"])
def test_no_20_minutes_for_somebody_who_must_not(fact: str) -> None:
    """K01 and K02: shorter, or no ice at all."""
    talk = planned(user_facts=(fact,))
    talk.say("start a timer", act="start_timer")
    assert talk.wanted == ()
    assert talk.word("care_timer_not_for_you") in talk.text


def test_a_stale_timer_is_not_wanted_any_more() -> None:
    """The end of a timer that is told an hour late is of no use."""
    talk = planned()
    talk.say("start a timer", act="start_timer")
    assert talk.later(minutes=45).wanted
    assert talk.later(minutes=10).wanted == ()


# What holds reminders.


@pytest.mark.parametrize(
    ("flag", "check_in"), [("bladder_retention", False), ("self_harm", False), ("severe_immobile", True)]
)
def test_an_emergency_a_crisis_and_a_same_day_sign_hold_every_remedy(flag: str, check_in: bool) -> None:
    """Level S still asks how it goes; nothing else is said."""
    talk = agreed()
    talk.say("start a timer", act="start_timer")
    everything = {due.kind: due for due in talk.wanted}
    assert everything.keys() == {"timer", "check_in", "stretch", "change"}
    talk.say("and this", findings=(found(flag),))
    talk.later(days=4)
    assert bool(talk.remind(everything["check_in"])) is check_in
    for kind in ("timer", "stretch", "change"):
        assert talk.remind(everything[kind]) == ()


def test_a_level_of_days_gives_no_stretches() -> None:
    """Level D: only the gentle part."""
    talk = agreed()
    due = next(due for due in talk.wanted if due.kind == "stretch")
    talk.say("and", findings=(found("not_better_in_time"),))
    assert talk.level == "D"
    assert talk.later(hours=9).remind(due) == ()


# Check-ins.


def check_in(talk: Talk, day: int) -> Talk:
    """The check-in of that day, at its time."""
    due = next(due for due in talk.wanted if due.kind == "check_in" and due.value == day)
    assert talk.now is not None
    talk.now = due.at
    assert talk.remind(due)
    return talk


def test_three_weeks_in_which_it_gets_better() -> None:
    """Better, a number, the trend in one sentence, the plan where it has changed; at 0 it ends with what prevents."""
    talk = agreed()
    pains = []
    for day, pain in ((1, 7), (3, 5), (7, 2)):
        check_in(talk, day).press(talk.word("feel_better"))
        assert talk.messages[-1].scale is not None
        talk.say(f"about {pain}", act="nlu_fallback", ordinals=(pain,))
        assert talk.intent == "tell_pain"
        pains.append(pain)
        assert diary.scores(talk.case.diary) == tuple(pains)
    assert talk.word("trend_down", first=7, last=2) in talk.text
    assert talk.word("plan_heat_now") in talk.text
    check_in(talk, 14).press(talk.word("feel_gone"))
    assert talk.word("recovered") in talk.text
    assert {"R5.1", "R6.2", "R3.2", "R4.4"} <= {fact for message in talk.messages for fact in message.facts}
    assert talk.wanted == ()


def test_no_pain_is_recovery() -> None:
    """The scale at 0, by whatever way."""
    talk = agreed()
    check_in(talk, 1).press(talk.word("feel_better"))
    talk.say("0", act="nlu_fallback", scale=0)
    assert talk.case.care.ended
    assert talk.wanted == ()


def test_recovery_does_not_talk_a_doctor_away() -> None:
    """What has to be seen is still said."""
    talk = agreed(findings=(found("not_better_in_time"),))
    talk.say("it is gone", act="feel_better")
    talk.press(talk.word("feel_gone"))
    assert Kind.LEVEL in talk.kinds


def test_worse_begins_the_emergency_questions_anew() -> None:
    """What was denied before is asked again, from the first list on, and an emergency in it holds everything."""
    talk = agreed()
    stretch = next(due for due in talk.wanted if due.kind == "stretch")
    check_in(talk, 3).press(talk.word("feel_worse"))
    assert talk.case.interview.page == "nerves"
    assert not talk.advised
    talk.tick(talk.ticks[0])
    assert Kind.EMERGENCY in talk.kinds
    assert talk.later(hours=9).remind(stretch) == ()
    assert not [due for due in talk.wanted if due.kind == "stretch"]


def test_worse_in_plain_words_is_the_same() -> None:
    """Outside a check-in too."""
    talk = planned()
    talk.say("it got worse", act="feel_worse")
    assert talk.case.interview.page == "nerves"


@pytest.mark.parametrize("text", ["why is it worse at night", "does it get worse?", "What if it is worse"])
def test_a_question_about_worse_tells_of_no_change(text: str) -> None:
    """The interview is not begun anew for it, and the diary has no line of it."""
    talk = planned()
    talk.say(text, act="feel_worse")
    assert talk.case.interview.state == "done"
    assert talk.case.diary == ()


def test_a_check_in_may_be_answered_after_other_talk() -> None:
    """Its buttons hold, and its words do."""
    talk = agreed()
    check_in(talk, 1)
    offer = next(offer.id for offer in talk.case.offers if offer.intent == "feel_same")
    talk.say("is heat ok", act="heat_ice_rest", topics=("heat_ice_rest",))
    talk.press_id(offer)
    assert diary.last_feeling(talk.case.diary) == "same"


def test_a_new_spasm_after_recovery_is_a_new_episode() -> None:
    """The old diary and the old onset do not count for it; consent is asked anew."""
    talk = agreed()
    talk.say("gone", act="feel_better")
    talk.press(talk.word("feel_gone"))
    talk.later(days=30).say("it went again this morning", act="report", back_trouble=True, days=0.0)
    assert talk.case.interview.state == "open"
    assert talk.case.onset is not None
    assert talk.case.onset.at == "2026-12-24"
    assert talk.case.diary == ()
    assert talk.case.care.consent == ""


@pytest.mark.parametrize(
    ("text", "pain"),
    [
        ("7", 7),
        ("about six", 6),
        ("8/10", 8),
        ("3 out of 10", 3),
        ("ten", 10),
        ("11", None),
        ("2 or 3", None),
        ("", None),
    ],
)
def test_a_pain_score_is_read_from_a_short_answer(text: str, pain: int | None) -> None:
    """One number from 0 to 10, or none is taken."""
    assert diary.pain_in(text) == pain


@pytest.mark.parametrize(
    ("scores", "trend"), [((), "first"), ((4,), "first"), ((4, 9, 4), "same"), ((7, 8, 3), "down"), ((2, 5), "up")]
)
def test_the_trend_goes_by_the_first_score_and_the_last(scores: tuple[int, ...], trend: str) -> None:
    """One word for it."""
    assert diary.trend([Note("x", pain=score) for score in scores]) == trend


def test_the_diary_does_not_grow_without_end() -> None:
    """The oldest line gives way."""
    notes: tuple[Note, ...] = ()
    for number in range(diary.MAX_NOTES + 5):
        notes = diary.add(notes, Note(str(number)), agreed=True)
    assert len(notes) == diary.MAX_NOTES
    assert notes[0].at == "5"


# Days, zones, changed clocks.


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("start", ["2026-03-20", "2026-10-16", "2026-11-24", "2026-02-27"])
def test_every_reminder_is_at_its_time_on_the_persons_clock(zone: str, start: str) -> None:
    """Over both changes of the clocks: never at night, each once a day, check-ins at 9:30."""
    now = datetime.datetime.fromisoformat(f"{start}T12:00").replace(tzinfo=UTC)
    talk = agreed(now=now, zone=zone)
    local = [(due.kind, due.at.astimezone(clock.zone(zone))) for due in talk.wanted]
    assert {f"{when:%H:%M}" for kind, when in local if kind == "check_in"} == {"09:30"}
    assert {f"{when:%H:%M}" for kind, when in local if kind == "stretch"} == {"10:30", "18:30"}
    assert all(care.times().quiet.until(when, zone) is None for _, when in local)
    assert len({due.key for due in talk.wanted}) == len(talk.wanted)
    began = clock.onset_date(talk.case.onset, zone) if talk.case.onset else None
    assert began is not None
    assert [(when.date() - began).days for kind, when in local if kind == "check_in"] == [1, 3, 7, 14, 21]


def test_a_clock_set_back_an_hour_wants_the_same_reminders() -> None:
    """The keys are those of before, so that none is said twice."""
    talk = agreed()
    before = {due.key for due in talk.wanted}
    assert {due.key for due in talk.later(hours=-1).wanted} == before


def test_check_ins_count_from_the_agreement_where_it_began_long_ago() -> None:
    """Somebody with three months of it is not forgotten."""
    talk = agreed(days=90.0)
    assert [due.value for due in talk.wanted if due.kind == "check_in"] == [1, 3, 7, 14, 21]


def test_stretches_are_not_called_for_when_nothing_is_heard() -> None:
    """Seven days of silence, then only check-ins; a message starts them anew."""
    talk = agreed()
    last = max(due.at for due in talk.wanted if due.kind == "stretch")
    assert (last - TUESDAY).days <= care.times().silent_days
    talk.later(days=6).say("thanks", act="thank")
    assert max(due.at for due in talk.wanted if due.kind == "stretch") > last


def test_an_older_case_has_no_reminders() -> None:
    """A record of a build without them can be read, and wants nothing."""
    old = Case.from_dict({"age": 40, "days": 3.0})
    assert care.wanted(old, TUESDAY) == ()
