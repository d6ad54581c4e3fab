"""No dead end: in every state that walks reach, all that a message can mean is answered, and so is the next.

A state is what the dialogue waits for (interview, coach, emergency, a yes or no, a number, words), not what is known.
"""

from __future__ import annotations

import copy
import functools
import random
from collections.abc import Iterator

import pytest

from reasoning.case import Case
from reasoning.reading import Reading
from reasoning.triage import Status
from tests.reasoning.talks import Talk, found
from tests.reasoning.test_random_walks import ACTS, KNOWN, Walk

SEEDS = range(8)
STEPS = 1_200
TYPED = ("", "2", "yes", "no", "next", "9 pm", "none of these", "some words")

State = tuple[object, ...]


def _state(case: Case) -> State:
    return (
        case.interview.state,
        bool(case.interview.asked),
        case.coaching.state,
        case.hold is not None,
        case.hold is not None and case.hold.checking,
        bool(case.asking),
        bool(case.asking_flag),
        case.confirm,
        case.awaiting_report,
        case.care.waiting,
        bool(case.said.file),
    )


@functools.cache
def reached() -> dict[State, Talk]:
    """One talk in each state that seeded walks come to."""
    states: dict[State, Talk] = {}
    for seed in SEEDS:
        walk = Walk(random.Random(9_000 + seed), probes=False)  # noqa: S311  # to be repeated, nothing secret
        walk.new_person()
        for _ in range(STEPS):
            if walk.rng.random() < 0.04:
                walk.new_person()
            walk.step()
            states.setdefault(_state(walk.talk.case), copy.copy(walk.talk))
    return states


def _messages(talk: Talk) -> Iterator[Reading]:
    """Everything that a message can mean here: each intent, each button and tick that is offered, marks, signs."""
    # What only routing gives (data/at_this_point.yml) is neither typed nor pressed.
    intents = dict.fromkeys((*ACTS, *KNOWN.topics, "old_button", "too_long"))
    for number, intent in enumerate(intents):
        topics = (intent,) if intent in KNOWN.topics else ()
        yield Reading(text=TYPED[number % len(TYPED)], screened=True, act=intent, topics=topics)
    for offer in talk.case.offers:
        ticked = offer.intent == "tick"
        yield Reading(
            text=offer.title,
            screened=True,
            act="" if ticked else offer.intent,
            pressed="" if ticked else offer.value,
            button=not ticked,
            ticked=(offer.value,) if ticked else None,
        )
    for mark in (0, 10):
        yield Reading(text="mark", screened=True, act="mark_pain", scale=mark)
    for status in Status:
        yield Reading(text="a sign", screened=True, findings=(found("saddle_numbness", status=str(status)),))
    yield Reading(text="", screened=True)


def test_the_walks_reach_every_kind_of_state() -> None:
    states = reached()
    assert {state[0] for state in states} >= {"none", "open", "done"}
    assert {state[2] for state in states} >= {"none", "facts", "mark", "on", "paused", "check", "felt"}
    assert {state[3:5] for state in states} == {(False, False), (True, False), (True, True)}
    for place in (5, 6, 7, 8, 9):
        assert len({state[place] for state in states}) > 1, place
    assert len(states) >= 40


@pytest.mark.parametrize("part", range(4))
def test_every_meaning_in_every_state_is_answered_and_so_is_the_next_message(part: int) -> None:
    for state, talk in list(reached().items())[part::4]:
        for reading in _messages(talk):
            aside = copy.copy(talk)
            try:
                aside.turn(reading)
                assert "".join(message.text for message in aside.messages).strip()
                aside.say("what is an mri", topics=("mri",))
                assert "".join(message.text for message in aside.messages).strip()
            except Exception as error:
                raise AssertionError(f"{reading.act or reading.text} in {state}: {error!r}") from error
