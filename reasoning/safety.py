"""The messages that come before everything else: emergency, crisis, re-check, and the fixed text of every failure.

Order and wording follow `knowledge/wording.yml` (action first, one action, what to say on arrival); numbers come from
`knowledge/help_lines.yml` by the country that was set or told, never by language.
"""

from __future__ import annotations

from reasoning import interview
from reasoning.case import Case, Hold
from reasoning.knowledge import Country, Knowledge
from reasoning.messages import Banner, Kind, Message
from reasoning.triage import Assessment, Level, flags

CRISIS_FLAG = "self_harm"
DO_NOT_MOVE = "major_trauma"


def country_of(knowledge: Knowledge, code: str) -> Country | None:
    """The country's lines; None when it is not known or its sources disagree."""
    country = knowledge.help_lines.countries.get(code.upper()) if code else None
    return None if country is None or country.conflict else country


def numbers(knowledge: Knowledge, code: str) -> dict[str, str]:
    """What the sentences of wording.yml need: emergency, number, advice and crisis line. None of them is empty."""
    unknown = knowledge.help_lines.unknown_country
    country = country_of(knowledge, code)
    emergency = (country.emergency.text if country else None) or unknown.text
    advice = (country.advice.text if country and country.advice else None) or unknown.advice.text
    crisis = (country.crisis.text if country and country.crisis else None) or unknown.crisis.text
    return {"emergency": emergency, "number": emergency, "advice": str(advice), "crisis_line": str(crisis)}


def emergency(knowledge: Knowledge, case: Case, assessment: Assessment) -> Message:
    """The emergency message for the deciding flag, or the crisis message; the same words on every channel."""
    flag = flags()[assessment.deciding[0]]
    lines = numbers(knowledge, case.country)
    if flag.slug == CRISIS_FLAG:
        return crisis(knowledge, case)
    template = f"emergency_{assessment.level.lower()}"
    if flag.slug == DO_NOT_MOVE:
        template = "emergency_trauma"
    text = knowledge.wording[template].format(reason=flag.reason, say=flag.say, **lines)
    return Message(
        text=text,
        kind=Kind.EMERGENCY,
        level=str(assessment.level),
        sources=flag.sources,
        banner=Banner(
            heading=knowledge.wording[f"banner_{assessment.level.lower()}"],
            call=dial(knowledge, case.country),
            reason=flag.reason,
            say=flag.say,
        ),
    )


def crisis(knowledge: Knowledge, case: Case) -> Message:
    """The message for suicidal thoughts, with the crisis line of the country."""
    country = country_of(knowledge, case.country)
    return Message(
        text=knowledge.wording["crisis"].format(**numbers(knowledge, case.country)),
        kind=Kind.CRISIS,
        level=str(Level.E1),
        sources=flags()[CRISIS_FLAG].sources,
        banner=Banner(
            heading=knowledge.wording["banner_crisis"],
            call=(*(country.crisis.numbers if country and country.crisis else ()), *dial(knowledge, case.country)),
            reason=knowledge.wording["crisis_reason"],
            say="",
        ),
    )


def dial(knowledge: Knowledge, code: str) -> tuple[str, ...]:
    """The emergency numbers of the country, or of many countries while it is not known."""
    country = country_of(knowledge, code)
    return country.emergency.numbers if country else knowledge.help_lines.unknown_country.numbers


def recheck(knowledge: Knowledge, case: Case) -> Message:
    """What was written and how it was understood, with a way out; the emergency advice has been given before."""
    hold = case.hold or Hold(flag=CRISIS_FLAG, level=str(Level.E1), wrote="")
    title = flags()[hold.flag].title
    if hold.wrote in (*interview.titles(), title, ""):  # ticked or answered, not written
        text = knowledge.wording["recheck_ticked"].format(understood=hold.wrote or title)
    else:
        text = knowledge.wording["recheck_understood"].format(wrote=hold.wrote, understood=title)
    return Message(text=text, kind=Kind.QUESTION)


def ask_flag_again(knowledge: Knowledge, case: Case) -> Message:
    """The question of the flag that holds the emergency, asked on its own."""
    if case.hold is None:
        raise ValueError("no emergency is held")
    return Message(text=flags()[case.hold.flag].question, kind=Kind.QUESTION)


def same_day(knowledge: Knowledge, case: Case, assessment: Assessment) -> Message:
    """Level S: seen today, why, and what would make it an emergency."""
    lines = numbers(knowledge, case.country)
    text = "\n".join(
        [
            knowledge.wording["same_day"].format(reason=_reasons(assessment)),
            knowledge.wording["same_day_line"].format(**lines),
            knowledge.wording["safety_net"],
        ]
    )
    return _level_message(text, assessment)


def within_days(knowledge: Knowledge, assessment: Assessment) -> Message:
    """Level D: a doctor within days, and why."""
    return _level_message(knowledge.wording["within_days"].format(reason=_reasons(assessment)), assessment)


def routine(knowledge: Knowledge, assessment: Assessment) -> Message:
    """Level R: an ordinary appointment, and why."""
    return _level_message(knowledge.wording["routine"].format(reason=_reasons(assessment)), assessment)


def _level_message(text: str, assessment: Assessment) -> Message:
    sources = tuple(dict.fromkeys(source for slug in assessment.deciding for source in flags()[slug].sources))
    return Message(text=text, kind=Kind.LEVEL, level=str(assessment.level), sources=sources)


def _reasons(assessment: Assessment) -> str:
    reasons = [flags()[slug].reason for slug in assessment.deciding]
    return " ".join(dict.fromkeys(reasons))


def failure(knowledge: Knowledge, country: str = "") -> Message:
    """The safety text of every error, refusal and missing screen."""
    return _with_numbers(knowledge, knowledge.wording["safety_text"], country)


def only_emergencies(knowledge: Knowledge, country: str = "") -> Message:
    """While only the watch works: what to look out for, and where to ask instead."""
    return _with_numbers(knowledge, knowledge.wording["only_emergencies"], country)


def _with_numbers(knowledge: Knowledge, text: str, country: str) -> Message:
    return Message(
        text=text.format(**numbers(knowledge, country)),
        kind=Kind.SAFETY,
        banner=Banner(heading=knowledge.wording["banner_safety"], call=dial(knowledge, country), reason="", say=""),
    )
