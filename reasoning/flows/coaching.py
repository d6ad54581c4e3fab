"""The stretch coach as a talk, and what a mark on the pain scale leads to.

Nobody is led through stretches before the interview is through. Worse pain, pain down a leg or numbness ends a session
and asks the interview's emergency lists again.
"""

from __future__ import annotations

from dataclasses import replace

from reasoning import coach, interview
from reasoning.case import Case, Coaching
from reasoning.flows import answering, emergencies, interviewing
from reasoning.flows.turn import Reply, Turn
from reasoning.messages import Choice, Kind, Message
from reasoning.offers import choice
from reasoning.person import is_minor
from reasoning.steering import course
from reasoning.triage import Finding, Level, Status, flags, merge

SEVERE = "severe_immobile"
DOWN_THE_LEG = "one_leg_nerve_pain"
YES, NO, UNSURE = "yes", "no", "unsure"
_ANSWERS = {"affirm": YES, "deny": NO, "not_sure": UNSURE}
KNOWN = (Status.PRESENT, Status.DENIED, Status.UNSURE)


def start(turn: Turn) -> Reply:
    """Lead through the stretches: after the interview, for adults, and where the plan has stretches."""
    level = turn.assessment.level
    refusal = _not_led(turn)
    if refusal is not None:
        return refusal
    if turn.case.coaching.state != "none":
        return resume(turn)
    if turn.case.interview.state != "done":
        return _interview_first(turn)
    names = coach.wanted((turn.reading.pressed, *turn.reading.files))
    allowed = tuple(name for name in names if not coach.withheld(turn.knowledge, turn.case, level, name))
    if not allowed:
        lines = coach.left_out(turn.knowledge, turn.case, level, names)
        return Reply.of(turn.case, Message("\n".join([turn.word("coach_none"), *lines]), Kind.NOTICE))
    case = turn.case.with_(coaching=Coaching(state="mark", stretches=names))
    return Reply.of(case, coach.ask_before(turn.knowledge))


def _not_led(turn: Turn) -> Reply | None:
    """What is said instead to those who are not led; None for the others. It can become known in any message."""
    if turn.assessment.level.emergency:
        return emergencies.give_advice(turn)
    case = turn.case.with_(coaching=Coaching())
    if is_minor(case):
        return Reply.of(case, Message(f"{turn.word('under_18')} {turn.word('safety_net')}", Kind.NOTICE))
    if turn.assessment.level not in coach.STRETCHING:
        return Reply.of(case, Message(turn.word("coach_not_now"), Kind.NOTICE))
    return None


def _interview_first(turn: Turn) -> Reply:
    begun = interview.begin(turn.case) if turn.case.interview.state != "open" else turn.case
    following = interviewing.go_on(turn.with_case(begun))
    return Reply(following.case, (Message(turn.word("coach_first"), Kind.TALK), *following.messages))


def take_mark(turn: Turn) -> Reply:
    """A mark on the pain scale, in whatever state: kept; from 9 on the question on severe pain, if it is still open."""
    number = turn.reading.scale
    if number is None:
        return _go_on(turn)
    turn = turn.with_case(turn.case.with_(pain=number))
    if number >= course().severe_from and turn.case.status_of(SEVERE) not in KNOWN:
        return _ask_flag(turn, SEVERE)
    return _after_mark(turn)


def _ask_flag(turn: Turn, flag: str) -> Reply:
    buttons = (
        choice(turn.word("yes"), "answer_flag", YES),
        choice(turn.word("no"), "answer_flag", NO),
        choice(turn.word("not_sure"), "answer_flag", UNSURE),
    )
    text = f"{flags()[flag].question}\n{turn.word('how_to_answer_single')}"
    return Reply.of(turn.case.with_(asking_flag=flag), Message(text, Kind.QUESTION, buttons=buttons))


def answer_flag(turn: Turn) -> Reply:
    """The answer to a sign that was asked by itself. Doubt counts as yes."""
    flag, answer = turn.before.asking_flag, turn.reading.pressed or _ANSWERS.get(turn.reading.act, "")
    if not flag or answer not in _ANSWERS.values():
        return _go_on(turn)
    status = Status.DENIED if answer == NO else Status.PRESENT
    told = Finding(flag, status, evidence=flags()[flag].title)
    turn = turn.with_case(turn.case.with_(findings=merge(turn.case.findings, [told]), back_trouble=True))
    if turn.assessment.level.emergency:
        return emergencies.give_advice(turn)
    if turn.assessment.level is Level.S:
        case = turn.case.with_(coaching=Coaching())
        first = interviewing.same_day_message(turn)
        if case.interview.state != "open":
            return Reply.of(case, first)
        waiting = interviewing.back_to_question(turn.with_case(case))
        return Reply(waiting.case, (first, *waiting.messages))
    return _after_mark(turn)


def _after_mark(turn: Turn) -> Reply:
    """Where the talk goes on once a mark is noted, and the question on severe pain answered."""
    session, number = turn.case.coaching, turn.case.pain
    if session.state == "mark":
        return _facts_or_first_step(turn.with_case(turn.case.with_(coaching=replace(session, before=number))))
    if session.state != "none" and _is_worse(session, number):
        return trouble(turn)
    if session.state == "felt":
        eased = number is not None and session.before is not None and number < session.before
        return _end(turn, turn.word("coach_ended_better" if eased else "coach_ended_same"))
    if session.state != "none":
        return _go_on(turn)
    noted = Message(turn.word("mark_noted", n=number), Kind.TALK)
    if turn.case.interview.state == "open":
        waiting = interviewing.back_to_question(turn)
        return Reply(waiting.case, (noted, *waiting.messages))
    return Reply.of(turn.case, replace(noted, buttons=_after(turn)))


def _is_worse(session: Coaching, number: int | None) -> bool:
    if number is None:
        return False
    if session.before is None:
        return number >= course().severe_from
    return number - session.before >= course().worse_by


def _facts_or_first_step(turn: Turn) -> Reply:
    """Before the first step, once: what is true for this person and changes one of the stretches."""
    if not coach.facts_to_ask(turn.knowledge, turn.case):
        return _first_step(turn)
    case = turn.case.with_(coaching=replace(turn.case.coaching, state="facts"))
    return Reply.of(case, coach.ask_facts(turn.knowledge, case))


def take_facts(turn: Turn) -> Reply:
    """What is true for this person, before the first step."""
    case = answering.with_chosen_facts(turn, coach.facts_to_ask(turn.knowledge, turn.before))
    if case is None:
        again = coach.ask_facts(turn.knowledge, turn.case)
        return Reply.of(turn.case, Message(turn.word("not_understood_answer"), Kind.TALK), again)
    return _first_step(turn.with_case(case))


def _first_step(turn: Turn) -> Reply:
    refusal = _not_led(turn)
    if refusal is not None:
        return refusal
    level, names = turn.assessment.level, turn.case.coaching.stretches
    allowed = tuple(name for name in names if not coach.withheld(turn.knowledge, turn.case, level, name))
    if not allowed:
        lines = coach.left_out(turn.knowledge, turn.case, level, names)
        case = turn.case.with_(coaching=Coaching())
        return Reply.of(case, Message("\n".join([turn.word("coach_none"), *lines]), Kind.NOTICE))
    session = replace(turn.case.coaching, state="on", stretches=allowed, at=0, set=1)
    case = turn.case.with_(coaching=session)
    opening = Message(coach.overview(turn.knowledge, case, level, names), Kind.NOTICE)
    return Reply.of(case, opening, coach.step(turn.knowledge, case, level))


def next_step(turn: Turn) -> Reply:
    """The next set; before a session: on without a mark."""
    session = turn.case.coaching
    if session.state == "mark":
        return _facts_or_first_step(turn)
    if session.state == "felt":
        return _end(turn, turn.word("coach_ended"))
    if session.state not in ("on", "paused", "check"):
        return _go_on(turn)
    return _shown(turn.with_case(coach.advance(turn.knowledge, turn.case, turn.assessment.level)))


def skip(turn: Turn) -> Reply:
    """The next stretch."""
    if turn.case.coaching.state not in ("on", "paused", "check"):
        return next_step(turn)
    return _shown(turn.with_case(coach.advance(turn.knowledge, turn.case, turn.assessment.level, whole=True)))


def _shown(turn: Turn) -> Reply:
    refusal = _not_led(turn)
    if refusal is not None:
        return refusal
    if turn.case.coaching.state == "felt":
        return Reply.of(turn.case, coach.ask_after(turn.knowledge))
    return Reply.of(turn.case, coach.step(turn.knowledge, turn.case, turn.assessment.level))


def pause(turn: Turn) -> Reply:
    """Wait until the person goes on."""
    session = turn.case.coaching
    refusal = _not_led(turn)
    if refusal is not None:
        return refusal
    if session.state not in ("on", "check"):
        return _go_on(turn)
    case = turn.case.with_(coaching=replace(session, state="paused"))
    return Reply.of(case, Message(turn.word("coach_paused"), Kind.COACH, buttons=coach.paused(turn.knowledge)))


def resume(turn: Turn) -> Reply:
    """The same step again."""
    session = turn.case.coaching
    if session.state not in ("on", "paused", "check"):
        return _go_on(turn)
    case = turn.case.with_(coaching=replace(session, state="on"))
    return _shown(turn.with_case(coach.allowed_on(turn.knowledge, case, turn.assessment.level)))


def stop(turn: Turn) -> Reply:
    """No more stretches; how it felt is asked once where something was done."""
    session = turn.case.coaching
    if session.state not in ("on", "paused", "check"):
        return _end(turn, turn.word("coach_ended"))
    case = turn.case.with_(coaching=replace(session, state="felt"))
    return Reply.of(case, coach.ask_after(turn.knowledge, stopped=True))


def check(turn: Turn) -> Reply:
    """Pain was spoken of: rest, and say what it is."""
    session = turn.case.coaching
    if session.state not in ("on", "paused", "check"):
        return _go_on(turn)
    case = turn.case.with_(coaching=replace(session, state="check"))
    return Reply.of(case, coach.check(turn.knowledge))


def trouble(turn: Turn) -> Reply:
    """Worse pain, pain down a leg or numbness: no more stretches, and the emergency lists once more."""
    told = [Finding(DOWN_THE_LEG, Status.PRESENT, evidence=turn.reading.text)] if turn.reading.pressed == "leg" else []
    case = turn.case.with_(
        coaching=Coaching(),
        user_facts=tuple(dict.fromkeys((*turn.case.user_facts, coach.WORSE))),
        not_user_facts=tuple(fact for fact in turn.case.not_user_facts if fact != coach.WORSE),
        findings=merge(turn.case.findings, told),
    )
    turn = turn.with_case(case)
    if turn.assessment.level.emergency:
        return emergencies.give_advice(turn)
    following = interviewing.go_on(turn.with_case(interview.begin(_emergency_lists_open(turn))))
    return Reply(following.case, (Message(turn.word("coach_trouble"), Kind.NOTICE), *following.messages))


def _emergency_lists_open(turn: Turn) -> Case:
    """A "no" from before the session does not stand for what is felt now; this message's own words do."""
    asked = {item.flag for page in interview.pages() if page.emergency and not page.when_present for item in page.items}
    told = {finding.flag for finding in turn.reading.findings}
    denied = {finding.flag for finding in turn.case.findings if finding.status is Status.DENIED} - told
    return turn.case.without_findings(denied & asked)


def felt(turn: Turn) -> Reply:
    """How it felt, in words."""
    if turn.case.coaching.state == "none":
        return _go_on(turn)
    if turn.reading.pressed == "worse":
        return trouble(turn)
    return _end(turn, turn.word("coach_ended_better" if turn.reading.pressed == "better" else "coach_ended_same"))


def _end(turn: Turn, text: str) -> Reply:
    turn = turn.with_case(turn.case.with_(coaching=Coaching()))
    return Reply.of(turn.case, Message(text, Kind.TALK, buttons=_after(turn)))


def _after(turn: Turn) -> tuple[Choice, ...]:
    if turn.case.interview.state == "done":
        first = choice(turn.word("show_plan"), "show_plan")
    else:
        first = choice(turn.word("start_questions"), "begin_interview")
    topics = [turn.knowledge.topics[name] for name in ("heat_ice_rest", "stretches")]
    return (first, *(choice(topic.title, topic.topic, topic.id) for topic in topics))


def _go_on(turn: Turn) -> Reply:
    """A word of the session where it says nothing: where the talk stands."""
    if turn.case.interview.state == "open":
        return interviewing.back_to_question(turn)
    if turn.case.coaching.state != "none" and (refusal := _not_led(turn)) is not None:
        return refusal
    waiting = coach.waiting(turn.knowledge, turn.case)
    if waiting is not None:
        return Reply.of(turn.case, waiting)
    return Reply.of(turn.case, Message(turn.word("nothing_running"), Kind.TALK, buttons=_after(turn)))
