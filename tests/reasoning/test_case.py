"""The case and the reading survive their way through JSON: nothing known of a person is lost between two messages."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning.case import Care, Case, Coaching, Hold, Interview, Offer, Report, Said, Timer
from reasoning.clock import Onset
from reasoning.diary import Note
from reasoning.reading import Match, Reading
from reasoning.red_flags import flags
from reasoning.triage import Finding, Status

QUICK = settings(max_examples=80, deadline=None, database=None, derandomize=True)
WORDS = st.text(max_size=8)
NAMES = st.lists(WORDS, max_size=3).map(tuple)
FLOATS = st.none() | st.floats(0, 4000)
YEARS = st.none() | st.integers(0, 120)
FINDINGS = st.lists(
    st.builds(
        Finding,
        flag=st.sampled_from(list(flags())),
        status=st.sampled_from(list(Status)),
        details=st.frozensets(WORDS, max_size=3),
        evidence=WORDS,
    ),
    max_size=4,
).map(tuple)
CASES = st.builds(
    Case,
    findings=FINDINGS,
    user_facts=NAMES,
    not_user_facts=NAMES,
    age=YEARS,
    weeks=YEARS,
    days=FLOATS,
    activity=WORDS,
    about_someone_else=st.booleans(),
    back_trouble=st.booleans(),
    country=WORDS,
    interview=st.builds(
        Interview,
        state=st.sampled_from(["none", "open", "done", "stopped"]),
        page=WORDS,
        item=WORDS,
        asked=NAMES,
        unsure=NAMES,
        reopened=WORDS,
        questions=st.integers(0, 10),
        misses=st.integers(0, 5),
    ),
    hold=st.none() | st.builds(Hold, flag=WORDS, level=WORDS, wrote=WORDS, checking=st.booleans()),
    asking=WORDS,
    asking_flag=WORDS,
    confirm=WORDS,
    wish=WORDS,
    pain=st.none() | st.integers(0, 10),
    coaching=st.builds(
        Coaching,
        state=st.sampled_from(["none", "mark", "facts", "on", "paused", "check", "felt"]),
        stretches=NAMES,
        at=st.integers(0, 5),
        set=st.integers(1, 2),
        before=st.none() | st.integers(0, 10),
    ),
    said=st.builds(Said, file=WORDS, entries=NAMES),
    report=st.none() | st.builds(Report, file=WORDS, entries=NAMES, words=WORDS),
    awaiting_report=st.none() | st.builds(Report, file=WORDS, entries=NAMES),
    heard=NAMES,
    offers=st.lists(st.builds(Offer, id=WORDS, title=WORDS, intent=WORDS, value=WORDS), max_size=3).map(tuple),
    introduced=st.booleans(),
    level_told=WORDS,
    misses=st.integers(0, 9),
    turn=st.integers(0, 10**6),
    now=WORDS,
    timezone=WORDS,
    onset=st.none() | st.builds(Onset, at=WORDS, precision=st.sampled_from(["hour", "day"]), told=WORDS),
    care=st.builds(
        Care,
        consent=WORDS,
        agreed=WORDS,
        waiting=WORDS,
        timers=st.lists(st.builds(Timer, kind=WORDS, at=WORDS), max_size=2).map(tuple),
        phase=WORDS,
        ended=WORDS,
    ),
    diary=st.lists(
        st.builds(Note, at=WORDS, pain=YEARS, feel=WORDS, tried=WORDS, passing=st.booleans()), max_size=3
    ).map(tuple),
    asked_with=WORDS,
    upgraded=WORDS,
)
READINGS = st.builds(
    Reading,
    text=WORDS,
    screened=st.booleans(),
    findings=FINDINGS,
    back_trouble=st.booleans(),
    days=FLOATS,
    age=YEARS,
    weeks=YEARS,
    about_someone_else=st.booleans(),
    act=WORDS,
    confidence=st.floats(0, 1),
    ranking=NAMES,
    topics=NAMES,
    files=NAMES,
    activity=WORDS,
    user_facts=NAMES,
    denied_facts=NAMES,
    asks_in_general=st.booleans(),
    ordinals=st.lists(st.integers(-1, 12), max_size=3).map(tuple),
    matches=st.lists(st.builds(Match, file=WORDS, entry=WORDS, score=st.floats(0, 1)), max_size=2).map(tuple),
    button=st.booleans(),
    pressed=WORDS,
    scale=st.none() | st.integers(0, 10),
    ticked=st.none() | NAMES,
    onset_told=st.booleans(),
    now=WORDS,
    timezone=WORDS,
    can_remind=st.booleans(),
    quiet=WORDS,
)


@QUICK
@given(case=CASES)
def test_a_case_comes_back_from_json_as_it_was(case: Case) -> None:
    """Every field of the record, through the text that a tracker store keeps."""
    assert Case.from_dict(json.loads(json.dumps(case.as_dict()))) == case


@QUICK
@given(reading=READINGS)
def test_a_reading_comes_back_from_json_as_it_was(reading: Reading) -> None:
    """What the watch found is not lost between understanding and dialogue."""
    assert Reading.from_dict(json.loads(json.dumps(reading.as_dict()))) == reading


def test_every_field_is_in_the_tests_above() -> None:
    """A new field is drawn too: `builds` leaves out what has a default."""
    for strategy, record in ((CASES, Case), (READINGS, Reading)):
        drawn = strategy.wrapped_strategy.kwargs if hasattr(strategy, "wrapped_strategy") else strategy.kwargs
        assert drawn.keys() == {field.name for field in dataclasses.fields(record)}


def test_nothing_known_is_an_empty_case_and_an_unscreened_reading() -> None:
    """A new conversation starts with nothing, and nothing that was not screened passes for screened."""
    assert Case.from_dict(None) == Case.from_dict({}) == Case()
    assert Reading.from_dict(None) == Reading()
    assert not Reading.from_dict(None).screened


def test_a_field_of_an_older_version_does_no_harm() -> None:
    """A case that an earlier build kept can still be read."""
    assert Case.from_dict({**Case(age=50).as_dict(), "colour": "red"}) == Case(age=50)


def test_a_flag_that_is_forgotten_is_as_if_never_spoken_of() -> None:
    """Only the flags named go, with every finding of theirs."""
    case = Case(findings=(Finding("chest_pain", Status.PRESENT), Finding("child", Status.DENIED)))
    assert case.without_findings(["chest_pain"]).status_of("chest_pain") is None
    assert case.without_findings(["chest_pain"]).status_of("child") is Status.DENIED


def test_a_copy_has_the_changes_and_nothing_else_and_the_first_stays_as_it_was() -> None:
    before = Case(age=40, activity="golf")
    after = before.with_(age=41)
    assert (after.age, after.activity, before.age) == (41, "golf", 40)
    assert after == dataclasses.replace(before, age=41)
    with pytest.raises(TypeError, match="shoe_size"):
        before.with_(shoe_size=44)
