"""What goes on for days: consent, timers, check-ins, the diary, recovery. What is said unasked: unasked.py."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Sequence
from dataclasses import replace

from reasoning import care, clock, diary, intake, plan, safety
from reasoning.answers import Part, compose, part
from reasoning.case import Case
from reasoning.clock import Quiet
from reasoning.diary import Note
from reasoning.flows import coaching, interviewing
from reasoning.flows.turn import Flow, Reply, Turn
from reasoning.knowledge import Knowledge
from reasoning.messages import Choice, Kind, Message, Scale, Timer
from reasoning.offers import choice
from reasoning.person import facts_of, is_minor, verdict
from reasoning.steering import course
from reasoning.triage import Level

ICE_OR_HEAT = ("R1_ice", "R1_heat")


def resuming(flow: Flow) -> Flow:
    """The flow; where the interview is open, its question comes again afterwards, and no other is asked."""

    @functools.wraps(flow)
    def resumed(turn: Turn) -> Reply:
        reply = flow(turn)
        case = reply.case
        if case.interview.state != "open" or intake.assess(case).level.emergency:
            return reply
        waiting = interviewing.back_to_question(turn.with_case(_waiting(case, "")))
        said = [replace(message, buttons=()) for message in reply.messages if message.kind is not Kind.QUESTION]
        return Reply(waiting.case, (*said, *waiting.messages))

    return resumed


# Consent.


@resuming
def begin_reminders(turn: Turn) -> Reply:
    """Somebody writes "remind me": what can be agreed to is asked, what is missing for it comes first."""
    if not turn.reading.can_remind:
        return _only(turn, turn.word("care_cannot"))
    if care.agreed(turn.case):
        return _only(turn, turn.word("care_already"), stop_button(turn))
    if turn.case.interview.state != "done":
        return _only(turn, turn.word("care_first_signs"), (choice(turn.word("start_questions"), "begin_interview"),))
    return Reply.of(interviewing.asked_consent(turn.case), interviewing.consent(turn))


@resuming
def agree(turn: Turn) -> Reply:
    """Yes: from now on; the zone is asked for where the channel does not know it."""
    if not turn.reading.can_remind:
        return _only(turn, turn.word("care_cannot"))
    case = turn.case.with_(care=replace(turn.case.care, consent="yes", agreed=clock.written(turn.now), ended=""))
    return _confirmed(turn.with_case(case))


def _confirmed(turn: Turn) -> Reply:
    if not turn.case.timezone:
        return Reply.of(_waiting(turn.case, "time"), Message(turn.word("care_time_ask"), Kind.QUESTION))
    days = care.check_in_days(turn.case, turn.now)
    quiet = Quiet.parse(turn.reading.quiet) if turn.reading.quiet else care.times().quiet
    night = turn.word("care_night", start=f"{quiet.start:%H:%M}", end=f"{quiet.end:%H:%M}") if quiet else ""
    key = "care_agreed" if days else "care_no_days_left"
    text = turn.word(key, days=interviewing.days_in_words(turn, days), night=night)
    return Reply.of(turn.case, Message(text, Kind.NOTICE, buttons=stop_button(turn)))


@resuming
def take_time(turn: Turn) -> Reply:
    """The time on the person's clock tells their zone."""
    time = clock.time_in(turn.reading.text)
    if time is None:
        return Reply.of(_waiting(turn.case, "time"), Message(turn.word("care_time_ask"), Kind.QUESTION))
    case = turn.case.with_(timezone=clock.offset_by(time, turn.now))
    confirmed = _confirmed(turn.with_case(care.at(case, turn.now)))
    noted = Message(turn.word("care_time_noted", time=_on_clock(case, turn.now)), Kind.NOTICE)
    return Reply(confirmed.case, (noted, *confirmed.messages))


@resuming
def decline(turn: Turn) -> Reply:
    """No: nothing is said unasked."""
    case = turn.case.with_(care=replace(turn.case.care, consent="no"))
    return Reply.of(case, Message(turn.word("care_declined"), Kind.NOTICE))


@resuming
def stop(turn: Turn) -> Reply:
    """All reminders end, timers too; an open question stands."""
    return Reply.of(care.stopped(turn.case), Message(turn.word("care_stopped"), Kind.NOTICE))


# Timers.


@resuming
def start_timer(turn: Turn) -> Reply:
    """20 minutes of ice or heat, with what this person must know of it; none where less is advised to them."""
    level = turn.assessment.level
    if level is Level.S:
        return Reply.of(turn.case, safety.same_day(turn.knowledge, turn.case, turn.assessment))
    parts = ice_or_heat(turn.knowledge, turn.case)
    if other_times(turn.knowledge, turn.case, level, parts):
        opening = turn.word("care_timer_not_for_you")
        return Reply.of(turn.case, advice(turn.knowledge, turn.case, level, parts, opening))
    minutes = care.times().timer_minutes
    if not turn.reading.can_remind:
        message = advice(turn.knowledge, turn.case, level, parts, "")
        return Reply.of(turn.case, replace(message, timer=Timer(turn.word("care_timer_label"), minutes * 60)))
    case = care.with_timer(turn.case, "timer", turn.now, minutes)
    case = care.noted(case, Note(clock.written(turn.now), tried=_tried(parts)))
    ends = turn.now + datetime.timedelta(minutes=minutes)
    opening = turn.word("care_timer_started", time=_on_clock(case, ends))
    message = advice(turn.knowledge, case, level, parts, opening)
    running = Timer(turn.word("care_timer_label"), minutes * 60, ends.timestamp())
    return Reply.of(case, replace(message, timer=running, buttons=stop_button(turn)))


@resuming
def again_later(turn: Turn) -> Reply:
    """The next application, in 1 or 2 hours as it was picked."""
    hours = int(turn.reading.pressed) if turn.reading.pressed.isdigit() else max(care.times().again_hours)
    case = care.with_timer(turn.case, "again", turn.now, hours * 60)
    at = turn.now + datetime.timedelta(hours=hours)
    text = turn.word("care_timer_again_set", time=_on_clock(case, at))
    return Reply.of(case, Message(text, Kind.NOTICE, buttons=stop_button(turn)))


def ice_or_heat(knowledge: Knowledge, case: Case) -> tuple[Part, ...]:
    """What the plan names for the time since the onset."""
    phase = plan.phase(case.days)
    keys = plan.steps().phases[phase]
    # In the cold phase the plan names heat too, for later.
    return tuple(part(knowledge, key) for key in (keys if phase == "unknown" else keys[:1]))


def other_times(knowledge: Knowledge, case: Case, level: Level, parts: Sequence[Part]) -> bool:
    """For this person ice or heat is left out, agreed first, or done otherwise: then 20 minutes are not for them."""
    found = verdict(knowledge, [name for p in parts for name in p.remedies], facts_of(case, level), case.weeks)
    return any(c.effect != "inform" and "everyone" not in c.user_facts for c in found.cautions)


def advice(knowledge: Knowledge, case: Case, level: Level, parts: Sequence[Part], opening: str) -> Message:
    """The advice that goes with a timer."""
    # After the interview it is advice for this person, before that it is what the article says.
    kind = Kind.PLAN if case.interview.state == "done" and not is_minor(case) else Kind.ANSWER
    return compose(knowledge, parts, case, level, kind=kind, opening=opening, with_notes=False)


def _tried(parts: Sequence[Part]) -> str:
    names = dict.fromkeys(name.removeprefix("R1_") for p in parts for name in p.remedies if name in ICE_OR_HEAT)
    return next(iter(names)) if len(names) == 1 else "ice_or_heat"


# When it began.


@resuming
def take_onset(turn: Turn) -> Reply:
    """It began then: from a button, or in words; the plan follows."""
    case = turn.case
    if turn.reading.button and turn.reading.pressed.isdigit():
        case = care.told_onset(case, float(turn.reading.pressed), turn.now)
    if case.onset is None:
        return Reply.of(case, interviewing.onset_question(turn))
    day = plan.named(clock.onset_date(case.onset, case.timezone))
    noted = Message(turn.word("onset_noted", day=day), Kind.NOTICE)
    following = _plan_now(turn.with_case(case), always=True)
    return Reply(following.case, (noted, *following.messages))


def _plan_now(turn: Turn, always: bool = False) -> Reply:
    """Today's plan where one is allowed. Not `always`: only what is news, in the week's course."""
    if turn.case.interview.state != "done" or is_minor(turn.case):
        return Reply(turn.case, ())
    changed = turn.case.care.phase != plan.phase(turn.case.days)
    if not (always or changed):
        return Reply(turn.case, ())
    return interviewing.plan_of_today(turn, next_time=False)


# Check-ins and the diary.


@resuming
def better(turn: Turn) -> Reply:
    """It is better: how strong is the pain now?"""
    return _ask_pain(_noted(turn, "better"), turn.word("feel_noted_better"))


@resuming
def same(turn: Turn) -> Reply:
    """It is the same; after 2-3 weeks of it the clock has made a finding, which is told first."""
    return _ask_pain(_noted(turn, "same"), turn.word("feel_noted_same"))


def worse(turn: Turn) -> Reply:
    """The emergency questions anew, before all else; what was denied then may be there now."""
    following = interviewing.ask_anew(_noted(turn, "worse"))
    return Reply(following.case, (Message(turn.word("feel_noted_worse"), Kind.TALK), *following.messages))


@resuming
def gone(turn: Turn) -> Reply:
    """It is over."""
    return _recovered(_noted(turn, "gone"))


def _noted(turn: Turn, feel: str) -> Turn:
    note = Note(clock.written(turn.now), feel=feel)
    return turn.with_case(care.at(care.noted(turn.case, note), turn.now))


def _ask_pain(turn: Turn, text: str) -> Reply:
    lead = Message(text, Kind.TALK)
    return Reply.of(_waiting(turn.case, "pain"), lead, pain_question(turn))


def pain_question(turn: Turn) -> Message:
    """The pain scale, with a way to say that it is over."""
    over = choice(turn.word("feel_gone"), "feel_gone")
    scale = Scale(low=turn.word("pain_none"), high=turn.word("pain_worst"))
    return Message(turn.word("pain_ask"), Kind.QUESTION, scale=scale, buttons=(over,))


@resuming
def take_pain(turn: Turn) -> Reply:
    """A pain score: noted, compared, and today's plan where it has changed."""
    pain = turn.reading.scale if turn.reading.scale is not None else diary.pain_in(turn.reading.text)
    if pain is None:
        return Reply.of(_waiting(turn.case, "pain"), pain_question(turn))
    case = turn.case.with_(pain=pain)
    if turn.reading.scale is None:  # a mark is noted as it is read
        case = care.noted(case, Note(clock.written(turn.now), pain=pain))
    turn = replace(turn.with_case(case), reading=replace(turn.reading, scale=pain))
    if pain >= course().severe_from:
        return coaching.take_mark(turn)  # is it so bad that it must be seen today?
    if pain == 0:
        return _recovered(turn)
    noted = Message(f"{turn.word('pain_noted', pain=pain)} {_course(turn)}", Kind.NOTICE)
    following = _plan_now(turn)
    if following.messages:
        return Reply(following.case, (noted, *following.messages))
    return Reply.of(case, replace(noted, buttons=_next(turn)))


def _course(turn: Turn) -> str:
    """How the pain goes, in a sentence; without a diary nothing can be compared."""
    case = turn.case
    if case.care.consent != "yes":
        return turn.word("diary_not_kept")
    scores = diary.scores(case.diary)
    return turn.word(f"trend_{diary.trend(case.diary)}", first=scores[0], last=scores[-1])


def _recovered(turn: Turn) -> Reply:
    """It is over: reminders end, and what helps against the next one is told. A doctor's look that is due stays due."""
    case = care.ended(turn.case)
    messages: list[Message] = []
    if turn.assessment.level is Level.S:
        messages.append(safety.same_day(turn.knowledge, case, turn.assessment))
    if turn.assessment.level is Level.D:
        messages.append(safety.within_days(turn.knowledge, turn.assessment))
    names = care.times().prevention
    activity = plan.activities().get(case.activity)
    if activity is not None:
        names = (*activity.next_time[:1], *names)
    parts = tuple(part(turn.knowledge, name) for name in dict.fromkeys(names))
    message = compose(
        turn.knowledge, parts, case, turn.assessment.level, opening=turn.word("recovered"), with_notes=False
    )
    again = choice(turn.word("hurts_again"), "begin_interview")
    return Reply.of(case, *messages, replace(message, buttons=(again,)))


@resuming
def did_stretches(turn: Turn) -> Reply:
    """A session was done."""
    note = Note(clock.written(turn.now), tried="stretches")
    case = care.noted(turn.case, note)
    return Reply.of(case, Message(turn.word("stretch_done_noted"), Kind.NOTICE, buttons=stop_button(turn)))


def _next(turn: Turn) -> tuple[Choice, ...]:
    if turn.case.interview.state == "done":
        return (choice(turn.word("show_plan"), "show_plan"),)
    return (choice(turn.word("start_questions"), "begin_interview"),)


def stop_button(turn: Turn) -> tuple[Choice, ...]:
    """The button that ends all reminders."""
    return (choice(turn.word("care_stop"), "stop_reminders"),)


def _waiting(case: Case, what: str) -> Case:
    return case.with_(care=replace(case.care, waiting=what))


def _only(turn: Turn, text: str, buttons: tuple[Choice, ...] = ()) -> Reply:
    return Reply.of(turn.case, Message(text, Kind.NOTICE, buttons=buttons))


def _on_clock(case: Case, moment: datetime.datetime) -> str:
    """A time on the person's clock; where their zone is not known, in UTC and called so."""
    local = moment.astimezone(clock.zone(case.timezone))
    return f"{local:%H:%M}" if case.timezone else f"{local:%H:%M} UTC"
