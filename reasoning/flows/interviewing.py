"""The safety interview as a talk: opening, questions, controls, interruption and result."""

from __future__ import annotations

from dataclasses import replace

from reasoning import care, clock, coach, interview, plan, safety
from reasoning.case import Case
from reasoning.flows import emergencies
from reasoning.flows.turn import Reply, Turn
from reasoning.interview import Item, Page
from reasoning.messages import Choice, Kind, Message, Ticks
from reasoning.offers import choice
from reasoning.person import is_minor
from reasoning.triage import Level, flags, merge

MAX_NEXT = 3


def begin(turn: Turn) -> Reply:
    """One sentence of cause, then the first list. What was said already is not asked again."""
    turn = turn.with_case(care.renewed(turn.case))
    case = interview.begin(_clean(turn))
    opening = Message(_opening(turn), Kind.TALK, facts=_cause_facts(turn), topics=("causes",))
    following = go_on(turn.with_case(case))
    return Reply(following.case, (opening, *following.messages))


def ask_anew(turn: Turn) -> Reply:
    """All lists from the first on, without an opening: things have changed."""
    return go_on(turn.with_case(interview.begin(_clean(turn))))


def _clean(turn: Turn) -> Case:
    """A second run starts clean: what its lists ask is asked again, what no list asks or this message says stays."""
    if turn.before.interview.state in ("none", "open"):
        return turn.case
    items = [item for page in interview.pages() for item in page.items]
    flags_asked, facts_asked = {item.flag for item in items}, {item.fact for item in items}
    kept = [finding for finding in turn.case.findings if finding.flag not in flags_asked]
    told = turn.reading.user_facts
    return turn.case.with_(
        findings=merge(kept, turn.reading.findings),
        user_facts=tuple(fact for fact in turn.case.user_facts if fact not in facts_asked or fact in told),
        not_user_facts=tuple(fact for fact in turn.case.not_user_facts if fact not in facts_asked),
    )


def _opening(turn: Turn) -> str:
    parts = plan.cause(turn.knowledge, turn.case)
    says = turn.word("article_says", text=" ".join(part.entry.says for part in parts))
    last = turn.word("opening_other" if turn.case.about_someone_else else "opening")
    return f"{says} {last}"


def _cause_facts(turn: Turn) -> tuple[str, ...]:
    return tuple(fact for part in plan.cause(turn.knowledge, turn.case) for fact in part.entry.facts)


def go_on(turn: Turn) -> Reply:
    """The present question, or the result when nothing is left to ask."""
    case = turn.case
    if case.interview.state == "open" and not interview.current_items(case):
        case = interview.move_on(case)
    if case.interview.state == "done":
        return result(turn.with_case(case))
    return Reply.of(case, question(turn, case))


def take_answer(turn: Turn) -> Reply:
    """Take an answer; an emergency in it stops the interview at once."""
    if turn.case.interview.state != "open":
        return begin(turn)
    case, usable = interview.answer(turn.case, turn.reading, interview.current_items(turn.before))
    turn = turn.with_case(case)
    if turn.assessment.level.emergency:
        return emergencies.give_advice(turn)
    if usable:
        return go_on(turn)
    if turn.reading.pressed == interview.SKIP:
        return Reply.of(case, Message(turn.word("cannot_skip"), Kind.TALK), question(turn, case))
    text = turn.word("not_understood_answer")
    if case.interview.misses >= interview.MAX_MISSES:
        text = f"{text} {turn.word('explain_answer')}"
    return Reply.of(case, Message(text, Kind.TALK), question(turn, case))


def question(turn: Turn, case: Case) -> Message:
    """The list being asked, or the single item after "not sure"."""
    page = interview.page_of(case.interview.page)
    items = interview.current_items(case)
    if page is None or not items:
        raise ValueError("no question is open")
    number, total = interview.progress(case)
    lead = turn.word("question_number", number=number, total=total)
    if case.interview.item:
        return _single_question(turn, items, lead)
    lines = [turn.word("item_line", number=n, title=item.title) for n, item in enumerate(items, start=1)]
    ticks = Ticks(
        items=tuple(choice(item.title, "tick", item.key) for item in items),
        none=choice(turn.word("none_of_these"), "tick", interview.NONE),
        not_sure=choice(turn.word("not_sure"), "tick", interview.NOT_SURE),
    )
    return Message(
        text="\n".join([f"{lead} {page.asks}", *lines, turn.word("how_to_answer")]),
        kind=Kind.QUESTION,
        short=f"{lead} {page.asks}",
        ticks=ticks,
        buttons=_controls(turn, case, page),
    )


def _single_question(turn: Turn, items: tuple[Item, ...], lead: str) -> Message:
    item = items[0]
    asks = flags()[item.flag].question if item.flag and not item.detail else ""
    # Items that stand for the same detail are one question.
    text = asks or turn.word("single_question", title="; ".join(item.title for item in items))
    yes_no = (
        choice(turn.word("yes"), "answer_interview", item.key),
        choice(turn.word("no"), "answer_interview", interview.NONE),
        choice(turn.word("not_sure"), "answer_interview", interview.NOT_SURE),
        choice(turn.word("why_do_you_ask"), "interview_why"),
    )
    return Message(f"{lead} {text}\n{turn.word('how_to_answer_single')}", Kind.QUESTION, buttons=yes_no)


def _controls(turn: Turn, case: Case, page: Page) -> tuple[Choice, ...]:
    controls = [choice(turn.word("why_do_you_ask"), "interview_why")]
    if case.interview.asked:
        controls.append(choice(turn.word("go_back"), "interview_back"))
    if not page.emergency:
        controls.append(choice(turn.word("skip"), "answer_interview", interview.SKIP))
    controls.append(choice(turn.word("stop_questions"), "interview_stop"))
    return tuple(controls)


def why(turn: Turn) -> Reply:
    """The reason for the present question, then the question again."""
    page = interview.page_of(turn.case.interview.page)
    if page is None:
        return go_on(turn)
    items = interview.current_items(turn.case)
    single = turn.case.interview.item and items and items[0].flag
    reason = flags()[str(items[0].flag)].why if single and not items[0].detail else page.why
    return Reply.of(turn.case, Message(reason, Kind.TALK), question(turn, turn.case))


def back(turn: Turn) -> Reply:
    """The list before, asked again."""
    case = interview.back(turn.case, turn.reading.pressed)
    return go_on(turn.with_case(case))


def change(turn: Turn) -> Reply:
    """Which earlier answers to change: one button for each list that was answered."""
    asked = [page for page in interview.pages() if page.id in turn.case.interview.asked]
    if not asked and turn.case.interview.state == "open":
        following = go_on(turn)
        return Reply(following.case, (Message(turn.word("change_none"), Kind.TALK), *following.messages))
    if not asked:
        button = choice(turn.word("start_questions"), "begin_interview")
        return Reply.of(turn.case, Message(turn.word("change_none"), Kind.TALK, buttons=(button,)))
    if len(asked) == 1:
        return go_on(turn.with_case(interview.back(turn.case, asked[0].id)))
    buttons = tuple(choice(page.asks, "interview_back", page.id) for page in asked)
    return Reply.of(turn.case, Message(turn.word("change_which"), Kind.QUESTION, buttons=buttons))


def stop(turn: Turn) -> Reply:
    """Stop without a plan, with the safety net."""
    case = turn.case.with_(interview=replace(turn.case.interview, state="stopped", page="", item="", unsure=()))
    text = f"{turn.word('interview_stopped')} {turn.word('safety_net')}"
    button = choice(turn.word("start_questions"), "begin_interview")
    return Reply.of(case, Message(text, Kind.NOTICE, buttons=(button,)))


def remedies_wait(turn: Turn) -> Reply:
    """A remedy is asked for before the emergency part is through."""
    page = interview.page_of(turn.case.interview.page)
    if page is not None and not page.emergency:
        return back_to_question(turn)
    return Reply.of(turn.case, Message(waiting_words(turn), Kind.TALK), question(turn, turn.case))


def waiting_words(turn: Turn) -> str:
    """Why a remedy is not told now; at level S none will be told until somebody has looked."""
    return turn.word("wait_until_seen" if turn.assessment.level is Level.S else "remedies_wait")


def back_to_question(turn: Turn) -> Reply:
    """The open question once more, after an interruption was answered."""
    following = go_on(turn)
    first, *rest = following.messages
    if first.kind is Kind.QUESTION:
        lead = turn.word("back_to_question")
        first = replace(first, text=f"{lead} {first.text}", short=f"{lead} {first.short}" if first.short else "")
    return Reply(following.case, (first, *rest))


def result(turn: Turn) -> Reply:
    """Level with its time frame and reasons, then the plan where one is allowed; never "you are safe"."""
    level = turn.assessment.level
    if level.emergency:
        return emergencies.give_advice(turn)
    if level is Level.S:
        return Reply.of(turn.case, replace(same_day_message(turn), buttons=_after(turn)))
    messages: list[Message] = []
    if level is Level.D:
        messages.append(safety.within_days(turn.knowledge, turn.assessment))
    if level is Level.R:
        messages.append(safety.routine(turn.knowledge, turn.assessment))
    if is_minor(turn.case):
        messages.append(Message(f"{turn.word('under_18')} {turn.word('safety_net')}", Kind.NOTICE))
        return Reply(turn.case, tuple(messages))
    if level in (Level.H, Level.NONE):
        messages.append(Message(turn.word("result_home"), Kind.LEVEL, level=str(Level.H)))
    planned = plan_of_today(turn)
    messages += planned.messages
    return Reply(planned.case.with_(back_trouble=True), tuple(messages))


def plan_of_today(turn: Turn, next_time: bool = True) -> Reply:
    """The plan as it stands now, with what helps `next_time` or without.

    Then what is still missing for it, or for staying with the person, is asked once.
    """
    if turn.assessment.level is Level.S or turn.assessment.level.emergency:
        return Reply(turn.case, ())
    messages = plan.make(turn.knowledge, turn.case, turn.assessment, next_time)
    messages[-1] = replace(messages[-1], buttons=_after(turn))
    case = plan.remembered(turn.case)
    if turn.reading.now and case.onset is None:
        return Reply.of(case, *messages, onset_question(turn))
    if turn.reading.can_remind and not case.care.consent and not case.about_someone_else:
        return Reply.of(asked_consent(case), *messages, consent(turn))
    return Reply.of(case, *messages)


def onset_question(turn: Turn) -> Message:
    """When it began, with the likeliest answers."""
    titles = [
        *((turn.word("onset_today"), 0), (turn.word("onset_yesterday"), 1)),
        *((turn.word("onset_days", days=days), days) for days in (2, 3)),
        *((turn.word("onset_week"), 7), (turn.word("onset_weeks"), 15)),
    ]
    buttons = tuple(choice(title, "tell_onset", str(days)) for title, days in titles)
    return Message(turn.word("onset_ask"), Kind.QUESTION, buttons=buttons)


def consent(turn: Turn) -> Message:
    """Whether to write first, on which days, and how to end it."""
    known = turn.case.with_(care=replace(turn.case.care, agreed=clock.written(turn.now)))
    days = care.check_in_days(known, turn.now) or care.times().check_in_days
    buttons = (
        choice(turn.word("care_consent_yes"), "agree_reminders"),
        choice(turn.word("care_consent_no"), "decline_reminders"),
    )
    return Message(turn.word("care_consent", days=days_in_words(turn, days)), Kind.QUESTION, buttons=buttons)


def asked_consent(case: Case) -> Case:
    """The case after that question."""
    return case.with_(care=replace(case.care, consent="asked", waiting="consent"))


def days_in_words(turn: Turn, days: tuple[int, ...]) -> str:
    """Named as "day 3, 7 and 14"."""
    numbers = [str(day) for day in days]
    if len(numbers) > 1:
        numbers[-2:] = [f"{numbers[-2]} {turn.word('care_and')} {numbers[-1]}"]
    return turn.word("care_day", day=", ".join(numbers))


def same_day_message(turn: Turn) -> Message:
    """Level S for this case."""
    return safety.same_day(turn.knowledge, turn.case, turn.assessment)


def _after(turn: Turn) -> tuple[Choice, ...]:
    gentle = turn.assessment.level in (Level.S, Level.D)
    names = ("when_to_see_doctor", "diagnosis") if gentle else ("stretches", "heat_ice_rest", "painkillers")
    topics = tuple(choice(turn.knowledge.topics[name].title, turn.knowledge.topics[name].topic, name) for name in names)
    stretches = turn.knowledge.topics[coach.WHOLE]
    start = coach.start_buttons(turn.knowledge, turn.case, turn.assessment.level, stretches)
    if start:  # the session itself takes the place of the question about it
        topics = (*start, *topics[1:])
    timer = (choice(turn.word("care_timer_start"), "start_timer"),) if turn.reading.can_remind and not gentle else ()
    return (*timer, *topics[:MAX_NEXT], choice(turn.word("change_an_answer"), "interview_change"))


def show_plan(turn: Turn) -> Reply:
    """The result again for somebody who asks for help after the interview."""
    return result(turn) if turn.case.interview.state == "done" else begin(turn)
