"""What a message adds to the case, and the level that the case has then.

A message only ever adds, here: what takes something back (a re-check, "start over", a changed answer) is a flow of its
own in `reasoning/flows/`.
"""

from __future__ import annotations

import functools

from reasoning import care, clock, triage
from reasoning.case import Case, Hold
from reasoning.diary import Note
from reasoning.reading import Reading
from reasoning.triage import Assessment


def absorb(case: Case, reading: Reading) -> Case:
    """The case with everything that the message told: signs, facts, age, onset. Asks nothing, forgets nothing."""
    told = () if reading.asks_in_general else reading.user_facts
    denied = () if reading.asks_in_general else reading.denied_facts
    after = case.with_(
        findings=triage.merge(case.findings, reading.findings) if reading.findings else case.findings,
        user_facts=tuple(fact for fact in dict.fromkeys((*case.user_facts, *told)) if fact not in denied),
        not_user_facts=tuple(fact for fact in dict.fromkeys((*case.not_user_facts, *denied)) if fact not in told),
        age=case.age if reading.age is None else reading.age,
        weeks=case.weeks if reading.weeks is None else reading.weeks,
        activity=reading.activity or case.activity,
        about_someone_else=case.about_someone_else or reading.about_someone_else,
        back_trouble=case.back_trouble or reading.back_trouble,
        timezone=case.timezone if case.timezone and not reading.timezone else reading.timezone,
    )
    after = _in_time(after, reading)
    return after if case.hold is None else _kept_emergency(case, after, reading)


def _in_time(case: Case, reading: Reading) -> Case:
    """When it began, if the message tells that, and what the clock has made of it; "stop reminders" counts always."""
    now = clock.moment(reading.now) or clock.moment(case.now) or clock.SystemClock().now()
    # "I take them for 3 days" does not move a beginning that is known.
    news = reading.onset_told or reading.back_trouble or case.onset is None
    if reading.days is not None and news:
        case = care.told_onset(case, reading.days, now)
    if reading.act == "stop_reminders":
        case = care.stopped(case)
    if reading.scale is not None:
        case = care.noted(case, Note(clock.written(now), pain=reading.scale))
    return care.at(case, now) if reading.now else case


def _kept_emergency(before: Case, after: Case, reading: Reading) -> Case:
    """What came to an emergency only together is not talked away by a later sentence: that takes the re-check."""
    if assess(after).level.emergency:
        return after
    known = {finding.flag for finding in before.findings}
    added = [finding for finding in reading.findings if finding.flag not in known]
    return after.with_(findings=triage.merge(before.findings, added), age=before.age, weeks=before.weeks)


def assess(case: Case) -> Assessment:
    """The level that the case's findings give."""
    return _judged(case.findings, case.back_trouble, case.age, case.weeks)


# Asked a dozen times in a turn. Few are kept, since evidence holds what people wrote.
_judged = functools.lru_cache(maxsize=4)(triage.assess)


def hold_of(case: Case, assessment: Assessment) -> Hold:
    """The emergency to be held: its deciding flag, and what the person wrote or ticked."""
    flag = assessment.deciding[0]
    wrote = next((finding.evidence for finding in case.findings if finding.flag == flag), "")
    return Hold(flag=flag, level=str(assessment.level), wrote=wrote)
