"""The whole product of user facts, remedies, levels and states: no advice past a caution, checked from outside.

What must be in a text and what must not is worked out here from the data of `knowledge/cautions.yml`, not by the code
that composes. All facts alone and all pairs that can meet in a file are checked at every run; MODEL_CHECK=full takes
every pair of all facts (minutes).
"""

from __future__ import annotations

import functools
import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from reasoning import intake, knowledge, plan
from reasoning.answers import Part, compose
from reasoning.case import Case, Hold, Interview
from reasoning.flows import answering, interviewing
from reasoning.flows.turn import Reply, Turn, close
from reasoning.knowledge import Caution, Entry, Topic
from reasoning.messages import ADVICE, Kind, Message
from reasoning.reading import Reading
from reasoning.red_flags import Level
from serving import gate
from tests.reasoning.talks import found

KNOWN = knowledge.shared()
FACTS = [slug for slug in KNOWN.user_facts if slug != "everyone"]
FILES = [topic for topic in KNOWN.topics.values() if topic.self_care or topic.kind == "test"]
TESTS = frozenset(remedy for topic in FILES if topic.kind == "test" for remedy in topic.remedies)
# A finding that gives each level at which something is said at all.
AT_LEVEL = {
    Level.NONE: (),
    Level.R: (found("inflammatory_back_pain"),),
    Level.D: (found("not_better_in_time"),),
    Level.S: (found("shingles_rash"),),
}
STATES = {
    "none": Interview(),
    "open, emergency part": Interview(state="open", page="nerves"),
    "open, last list": Interview(state="open", page="about_you", asked=("nerves", "injury_chest_fever")),
    "done": Interview(state="done", asked=("nerves", "injury_chest_fever", "about_you")),
    "stopped": Interview(state="stopped", asked=("nerves",)),
}
SEEN_FIRST = ("R2_", "R9_", "R10_")  # triage_rules.md, level S: no stretches, TENS, acupuncture until seen
FULL = os.environ.get("MODEL_CHECK") == "full"


@functools.cache
def closure(facts: tuple[str, ...]) -> frozenset[str]:
    """Facts with all that they imply."""
    known = set(facts) | {"everyone"}
    while more := {slug for fact in known for slug in KNOWN.user_facts[fact].implies} - known:
        known |= more
    return frozenset(known)


@functools.cache
def cautions_for(remedies: tuple[str, ...], facts: frozenset[str], level: Level) -> list[Caution]:
    """Every caution that counts for these remedies and this person, weeks of pregnancy not known."""
    if not remedies:
        return []
    known = facts | ({"open_e_or_s_flag"} if level is Level.S else set())
    return [
        caution
        for caution in KNOWN.cautions.values()
        if {*remedies, "any_tip"} & set(caution.remedies)
        and (because := known & set(caution.user_facts))
        and not (because == {"pregnant"} and caution.weeks and caution.weeks.if_unknown == "does_not_apply")
    ]


def told_with(file: Topic, entry: Entry, facts: frozenset[str], level: Level) -> list[Caution]:
    """Cautions that go with an entry: where it only explains, this person's for the whole file."""
    if file.remedies_of(entry):
        return cautions_for(file.remedies_of(entry), facts, level)
    own = cautions_for(file.remedies, facts, level)
    return [caution for caution in own if caution.effect != "inform" and "everyone" not in caution.user_facts]


def _is_said(caution: Caution, entries: tuple[Entry, ...], message: Message) -> bool:
    """Its advice stands there, or an entry does that gives the same advice in its own words."""
    covering = [entry.says for entry in entries if caution.id in entry.covers]
    return any(text in message.text for text in (caution.advice, *covering))


def violations(
    file: Topic, entries: tuple[Entry, ...], facts: frozenset[str], level: Level, message: Message
) -> list[str]:
    """What is wrong with a message that says these entries to a person with these facts."""
    wrong = []
    left = message.text
    for name in message.cautions:
        left = left.replace(KNOWN.cautions[name].advice, "")
    for entry in entries:
        remedies = file.remedies_of(entry)
        counting = told_with(file, entry, facts, level)
        wrong += [f"{entry.id}: {c.id} is not said" for c in counting if not _is_said(c, entries, message)]
        wrong += [f"{entry.id}: {c.id} is not named" for c in counting if c.id not in message.cautions]
        withheld = bool(remedies) and any(caution.effect in ("avoid", "ask_first") for caution in counting)
        waits = level is Level.S and any(remedy.startswith(SEEN_FIRST) for remedy in remedies)
        if file.kind == "test" or not (withheld or waits):
            if entry.says not in message.text:
                wrong.append(f"{entry.id}: is not said")
            continue
        if entry.says in message.text or set(remedies) & set(message.remedies) - _said_too(file, entries, facts, level):
            wrong.append(f"{entry.id}: is said though withheld")
        for figure in re.findall(r"\d+(?:-\d+)? (?:minutes|seconds|hours|times|sets|sessions)", entry.says):
            if figure in left and not any(figure in e.says for e in entries if e is not entry):
                wrong.append(f"{entry.id}: its figure {figure} stands in the text")
        if message.card and all(r in _withheld_remedies(file, facts, level) for r in file.remedies):
            wrong.append(f"{entry.id}: the card is drawn though withheld")
    return wrong


def _withheld_remedies(file: Topic, facts: frozenset[str], level: Level) -> set[str]:
    return {
        remedy
        for remedy in file.remedies
        if any(c.effect in ("avoid", "ask_first") for c in cautions_for((remedy,), facts, level))
    }


def _said_too(file: Topic, entries: tuple[Entry, ...], facts: frozenset[str], level: Level) -> set[str]:
    """Remedies of the other entries that are not withheld."""
    return {
        remedy
        for entry in entries
        for remedy in file.remedies_of(entry)
        if not any(c.effect in ("avoid", "ask_first") for c in cautions_for(file.remedies_of(entry), facts, level))
    }


def gate_says(case: Case, messages: tuple[Message, ...]) -> list[str]:
    """The gate's own verdict."""
    try:
        gate.check(KNOWN, case, Reading(screened=True), [message.as_dict() for message in messages])
    except gate.GateClosed as closed:
        return [str(closed)]
    return []


def groups(file: Topic) -> Iterator[tuple[Entry, ...]]:
    """The first answer, and every entry by itself."""
    yield file.lead
    for entry in file.entries:
        yield (entry,)


def mattering(file: Topic) -> list[str]:
    """Facts that a caution for one of the file's remedies names, or that imply one."""
    remedies = {remedy for entry in file.entries for remedy in file.remedies_of(entry)} | {*file.remedies, "any_tip"}
    named = {fact for c in KNOWN.cautions.values() if remedies & set(c.remedies) for fact in c.user_facts}
    return [fact for fact in FACTS if closure((fact,)) & named - {"everyone"}]


def pairs(file: Topic) -> Iterator[tuple[str, str]]:
    """Pairs of facts: those that both matter to the file, or all."""
    yield from itertools.combinations(FACTS if FULL else mattering(file), 2)


def _as_for_anybody(file: Topic, entries: tuple[Entry, ...], facts: frozenset[str], level: Level) -> bool:
    return all(told_with(file, entry, facts, level) == told_with(file, entry, closure(()), level) for entry in entries)


@functools.cache
def _text_for_anybody(file: str, entries: tuple[str, ...], level: Level) -> str:
    parts = [Part(KNOWN.topics[file], KNOWN.topics[file].entry(entry)) for entry in entries]
    return compose(KNOWN, parts, Case(findings=AT_LEVEL[level]), level).text


def compose_and_check(file: Topic, entries: tuple[Entry, ...], facts: tuple[str, ...], level: Level) -> list[str]:
    """Compose for a case of that level and find violations."""
    case = Case(user_facts=facts, findings=AT_LEVEL[level])
    message = compose(KNOWN, [Part(file, entry) for entry in entries], case, level)
    wrong = gate_says(case, (message,))
    if facts and _as_for_anybody(file, entries, closure(facts), level):
        if message.text != _text_for_anybody(file.id, tuple(entry.id for entry in entries), level):
            wrong.append("changed by facts that change nothing")
    else:
        wrong += violations(file, entries, closure(facts), level, message)
    return [f"{file.id} {facts} {level}: {text}" for text in wrong]


def test_the_levels_are_those_that_the_findings_give() -> None:
    """The product below is what it says."""
    for level, findings in AT_LEVEL.items():
        assert intake.assess(Case(findings=findings)).level is level


@pytest.mark.parametrize("level", AT_LEVEL)
def test_every_entry_for_every_user_fact_at_every_level(level: Level) -> None:
    """Each fact alone and none: cautions said, instructions withheld, figures gone, gate open. 0 violations.

    Between NONE and D only what the flags themselves make true differs, so the first answers do there.
    """
    wrong: list[str] = []
    for file in FILES:
        for entries in groups(file) if FULL or level in (Level.NONE, Level.S) else [file.lead]:
            # That facts which no caution of the file names change nothing is shown by the first answer.
            some = FACTS if FULL or entries == file.lead else mattering(file)
            for facts in [(), *((fact,) for fact in some)]:
                wrong += compose_and_check(file, entries, facts, level)
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.id)
def test_every_pair_of_user_facts_for_every_first_answer(file: Topic) -> None:
    """Two facts together: the strictest counts, and both cautions are said. 0 violations."""
    wrong: list[str] = []
    for facts in pairs(file):
        wrong += compose_and_check(file, file.lead, facts, Level.NONE)
    assert wrong == []


def _turn(case: Case, name: str) -> Turn:
    topic = KNOWN.topics[name]
    reading = Reading(text="x", screened=True, topics=(topic.topic,), files=(name,))
    return Turn.open(KNOWN, case, reading, topic.topic)


@pytest.mark.parametrize("state", STATES)
def test_every_question_in_every_state_of_the_interview(state: str) -> None:
    """Each topic, each level, facts of each effect: the gate stays open, and a remedy waits where it must."""
    wrong: list[str] = []
    strict = ["pregnant", "under_18", "recent_spine_surgery"]
    for level, findings in AT_LEVEL.items():
        for name, topic in KNOWN.topics.items():
            for fact in strict:
                case = Case(user_facts=(fact,), findings=findings, interview=STATES[state], introduced=True)
                turn = _turn(case, name)
                reply = close(turn, answering.ask_topic(turn))
                wrong += [f"{name} {fact} {level}: {text}" for text in gate_says(reply.case, reply.messages)]
                waits = state == "open, emergency part" and topic.self_care
                advised = any(message.kind in ADVICE for message in reply.messages)
                if waits is advised:
                    wrong.append(f"{name} {fact} {level}: {'does not wait' if waits else 'no answer'}")
    assert wrong == []


def test_every_plan_for_every_user_fact() -> None:
    """Plans of every phase, activity and level pass the gate with every caution said, for each fact alone."""
    wrong: list[str] = []
    activities = list(plan.activities())
    for number, fact in enumerate(FACTS):
        for level in (Level.NONE, Level.R, Level.D, Level.S):
            for days in (1.0, 5.0, None):
                activity = activities[number % len(activities)]
                case = Case(user_facts=(fact,), findings=AT_LEVEL[level], days=days, activity=activity,
                            interview=STATES["done"], introduced=True)  # fmt: skip
                turn = Turn.open(KNOWN, case, Reading(text="x", screened=True))
                reply = close(turn, interviewing.result(turn))
                wrong += [f"{fact} {level} {days}: {text}" for text in _wrong_plan(reply, fact, level)]
    assert wrong == []


def _wrong_plan(reply: Reply, fact: str, level: Level) -> list[str]:
    wrong = gate_says(reply.case, reply.messages)
    plans = [message for message in reply.messages if message.kind is Kind.PLAN]
    facts = closure((fact,))
    if bool(plans) is (level is Level.S or "under_18" in facts):
        wrong.append("a plan" if plans else "no plan")
    for message in plans:
        if level is Level.D and any(remedy.startswith("R2_") for remedy in message.remedies):
            wrong.append("stretches before the doctor")
        for remedy in message.remedies:
            counting = cautions_for((remedy,), facts, level)
            wrong += [f"{remedy}: {c.id} is not said" for c in counting if c.advice not in message.text]
            wrong += [f"{remedy}: {c.id} withholds it" for c in counting if c.effect in ("avoid", "ask_first")]
    return wrong


# --- the checks above can fail: the gate closes on what was tampered with


def _sent(**changes: object) -> tuple[Case, Message]:
    case = replace(Case(interview=STATES["done"], user_facts=("diabetes",)), **changes)  # type: ignore[arg-type]
    file = KNOWN.topics["heat_ice_rest"]
    return case, compose(KNOWN, [Part(file, entry) for entry in file.lead], case, Level.H)


@pytest.mark.parametrize("caution", ["K01", "K03", "K05"])
def test_a_caution_left_out_closes_the_gate_and_is_found_here(caution: str) -> None:
    """Both the gate and the check of this module notice."""
    case, message = _sent()
    assert gate_says(case, (message,)) == []
    less = replace(
        message,
        cautions=tuple(name for name in message.cautions if name != caution),
        text=message.text.replace(KNOWN.cautions[caution].advice, ""),
    )
    assert gate_says(case, (less,)) == ["caution left out"]
    file = KNOWN.topics["heat_ice_rest"]
    assert any(caution in text for text in violations(file, file.lead, closure(("diabetes",)), Level.H, less))


def test_a_remedy_put_back_closes_the_gate_and_is_found_here() -> None:
    """Instructions for somebody who must not use it."""
    case, message = _sent(user_facts=("raynauds",))
    file = KNOWN.topics["heat_ice_rest"]
    ice = file.entry("ice_dose")
    more = replace(message, text=f"{message.text}\n{ice.says}", remedies=(*message.remedies, "R1_ice"))
    assert gate_says(case, (more,)) == ["remedy that this person must not use unasked"]
    assert any("though withheld" in text for text in violations(file, file.lead, closure(("raynauds",)), Level.H, more))


def test_advice_while_an_emergency_is_held_closes_the_gate() -> None:
    """Whatever the findings say by then."""
    case, message = _sent(hold=Hold("chest_pain", "E1", "x"))
    assert gate_says(case, (message,)) == ["advice during an emergency"]
