"""Emergency, crisis, and the way back from a mistake."""

from __future__ import annotations

from dataclasses import replace

from reasoning import intake, safety
from reasoning.case import Case
from reasoning.flows import interviewing
from reasoning.flows.turn import Reply, Turn
from reasoning.messages import Choice, Kind, Message
from reasoning.offers import choice
from reasoning.triage import RECHECKED, Finding, Status, merge

COMMON_COUNTRIES = ("US", "GB", "CA", "AU", "NZ", "IE", "IN", "EU", "ZA")


def give_advice(turn: Turn) -> Reply:
    """The emergency message, then the re-check; asked again, the same again."""
    hold = intake.hold_of(turn.case, turn.assessment)
    case = turn.case.with_(hold=hold)
    messages = [safety.emergency(turn.knowledge, case, turn.assessment)]
    # A crisis and a danger of the body are told at once, and both are answered.
    if messages[0].kind is not Kind.CRISIS and safety.CRISIS_FLAG in turn.assessment.levels:
        messages.append(safety.crisis(turn.knowledge, case))
    of_the_body = intake.assess(case.without_findings([safety.CRISIS_FLAG]))
    if messages[0].kind is Kind.CRISIS and of_the_body.level.emergency:
        messages.append(safety.emergency(turn.knowledge, case, of_the_body))
    return Reply.of(case, *messages, _recheck(turn, case))


def _recheck(turn: Turn, case: Case) -> Message:
    buttons = [
        choice(turn.word("that_is_right"), "recheck_right"),
        choice(turn.word("answered_wrongly"), "recheck_wrong"),
    ]
    if not case.country:
        buttons.append(choice(turn.word("choose_country"), "choose_country"))
    return replace(safety.recheck(turn.knowledge, case), buttons=tuple(buttons))


def confirm(turn: Turn) -> Reply:
    """The person agrees: the advice stands."""
    message = safety.emergency(turn.knowledge, turn.case, turn.assessment)
    buttons = (choice(turn.word("answered_wrongly"), "recheck_wrong"),)
    # A "no" after this is no answer to the sign that was asked alone.
    case = turn.case.with_(hold=replace(turn.case.hold, checking=False) if turn.case.hold else None)
    return Reply.of(case, message, Message(turn.word("recheck_again"), Kind.NOTICE, buttons=buttons))


def ask_again(turn: Turn) -> Reply:
    """After "I answered wrongly": that flag's question on its own."""
    if turn.case.hold is None:
        return interviewing.change(turn)
    case = turn.case.with_(hold=replace(turn.case.hold, checking=True))
    question = replace(
        safety.ask_flag_again(turn.knowledge, case),
        buttons=(
            choice(turn.word("yes"), "recheck_right"),
            choice(turn.word("no"), "recheck_denied"),
            choice(turn.word("not_sure"), "recheck_right"),
        ),
    )
    return Reply.of(case, Message(turn.word("recheck_ask"), Kind.NOTICE), question)


def clear(turn: Turn) -> Reply:
    """An unambiguous no to the flag asked on its own. Another emergency sign, if there is one, is held next."""
    hold = turn.case.hold
    if hold is None or not hold.checking:
        return give_advice(turn)
    no = Finding(hold.flag, Status.DENIED, frozenset({RECHECKED}), turn.reading.text)
    cleared = turn.with_case(turn.case.with_(findings=merge(turn.case.findings, [no]), hold=None))
    if cleared.assessment.level.emergency:
        return give_advice(cleared)
    thanks = Message(turn.word("recheck_cleared"), Kind.NOTICE)
    if cleared.case.interview.state == "open":
        following = interviewing.go_on(cleared)
        return Reply(following.case, (thanks, *following.messages))
    button = choice(turn.word("start_questions"), "begin_interview")
    return Reply.of(cleared.case, replace(thanks, buttons=(button,)))


def choose_country(turn: Turn) -> Reply:
    """Ask for the country, or take it; in an emergency the message comes again with its number."""
    code = turn.reading.pressed
    lines = turn.knowledge.help_lines.countries
    if code not in lines:
        return Reply.of(turn.case, _ask_country(turn))
    case = turn.case.with_(country=code)
    if turn.assessment.level.emergency:
        return give_advice(turn.with_case(case))
    numbers = safety.numbers(turn.knowledge, code)
    return Reply.of(case, Message(turn.word("country_set", **numbers), Kind.NOTICE))


def _ask_country(turn: Turn) -> Message:
    lines = turn.knowledge.help_lines.countries
    rest = [code for code in lines if code not in COMMON_COUNTRIES]
    buttons: tuple[Choice, ...] = tuple(
        choice(lines[code].name, "choose_country", code) for code in (*COMMON_COUNTRIES, *rest) if code in lines
    )
    return Message(turn.word("choose_country_asks"), Kind.QUESTION, buttons=buttons)


def fresh(case: Case) -> Case:
    """A new case after "start over": only the person's place and that the introduction was made are kept."""
    return Case(country=case.country, introduced=case.introduced, turn=case.turn, now=case.now, timezone=case.timezone)


def unstuck(case: Case) -> Case:
    """The case after the dialogue got stuck: begun anew, with every danger sign and fact that was told."""
    return fresh(case).with_(
        findings=case.findings,
        user_facts=case.user_facts,
        not_user_facts=case.not_user_facts,
        age=case.age,
        weeks=case.weeks,
        days=case.days,
        onset=case.onset,
        back_trouble=case.back_trouble,
        about_someone_else=case.about_someone_else,
        hold=case.hold,
        care=case.care,
        diary=case.diary,
    )


def start_over(turn: Turn) -> Reply:
    """Clear the chat; an emergency that stands is asked about first (routing sends those to `ask_again`)."""
    if turn.assessment.level.emergency:
        return ask_again(turn.with_case(turn.case.with_(hold=intake.hold_of(turn.case, turn.assessment))))
    return Reply.of(fresh(turn.case), Message(turn.word("started_over"), Kind.TALK))
