"""People do anything: long seeded walks through the dialogue core, with what must hold at every step.

20,000 steps at every run; WALK_STEPS=1000000 walks on, with other seeds.
"""

from __future__ import annotations

import copy
import datetime
import functools
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from reasoning import coach, intake, interview, knowledge, offers
from reasoning.case import Case
from reasoning.flows.my_data import DELETE
from reasoning.messages import Kind, Message
from reasoning.reading import Match, Reading
from reasoning.red_flags import flags
from reasoning.triage import Finding, Status
from serving import gate
from tests.reasoning.talks import Talk, rules

STEPS = int(os.environ.get("WALK_STEPS", "20000"))
WALKS = 8
KNOWN = knowledge.shared()
ENTRIES = [(topic.id, entry.id) for topic in KNOWN.topics.values() for entry in topic.entries]
LOST = [("lost_lists", name) for name in KNOWN.lost_lists]
# What the classifier can say by itself, beside the topics; what only routing gives is not typed.
ACTS = (
    *(
        "report",
        "out_of_scope",
        "other_language",
        "nonsense",
        "greet",
        "thank",
        "goodbye",
        "insult",
        "chitchat",
        "help",
    ),
    *("affirm", "deny", "not_sure", "tell_me_more", "ask_why", "follow_up", "pick_option", "start_over", "stop"),
    *("go_back", "change_answer", "start_stretches", "nlu_fallback", ""),
    *("wrong_advice", "about_my_data", "export_data", "delete_data", "doctor_sheet"),
    *("remind_me", "stop_reminders", "start_timer", "feel_better", "feel_same", "feel_worse"),
)
BEGINNING = datetime.datetime(2026, 3, 20, 11, tzinfo=datetime.UTC)  # before the clocks change
WORDS = ("some words", "no", "", "2", "next", "hang on", "skip it", "that hurts more", "about a 9", "better")
SAFE_LOWERING = ("recheck_denied",)
NEVER_ROUTED = {"report", "change_answer"}  # routing turns them into what they mean at this point


@dataclass
class Walk:
    """One long talk of a person who does anything; `step` checks what must hold."""

    rng: random.Random
    talk: Talk = field(default_factory=lambda: Talk(keep_in_json=False))
    probes: bool = True  # asks a plain question aside after each step
    calm: bool = False  # answers the questions, mostly with no: such people get to a plan
    seen: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    reminded: Counter[str] = field(default_factory=Counter)
    answers: list[Message] = field(default_factory=list)  # that can be called wrong
    answered: Counter[str] = field(default_factory=Counter)  # by the buttons of reminders

    def step(self) -> None:
        """One message, by button, ticks or words."""
        self.pass_time()
        before = self.talk.case
        ids = [offer.id for offer in before.offers]
        way = self.rng.random()
        ticks = [offer for offer in before.offers if offer.intent == "tick"]
        no = [offer.id for offer in before.offers if offer.value == interview.NONE or offer.intent == "recheck_denied"]
        no += [offer.id for offer in before.offers if offer.intent in ("agree_reminders", "await_report")]
        if self.calm and no and way < 0.7:
            self.talk.press_id(no[0])
        elif ids and way < 0.30 and not before.awaiting_report:
            self.talk.press_id(self.rng.choice(ids))
        elif ticks and way < 0.55:
            picked = self.rng.sample(ticks, min(len(ticks), self.rng.choice((1, 1, 1, 2, 3))))
            self.talk.turn(Reading(text="ticks", screened=True, ticked=tuple(offer.value for offer in picked)))
        elif way < 0.56:
            self.talk.press_id("b0-000000000000")
        elif way < 0.575 and self.answers:
            self.talk.call_wrong(self.rng.choice(self.answers))
        elif way < 0.585:
            findings = (self.finding(),) if self.rng.random() < 0.2 else ()
            self.talk.turn(Reading(screened=True, act="too_long", findings=findings))
        elif way < 0.60:
            self.talk.turn(Reading(text="mark", screened=True, act="mark_pain", scale=self.rng.randrange(11)))
        else:
            self.talk.turn(self.reading())
        self.seen[self.talk.intent] += 1
        self.kinds.update(map(str, self.talk.kinds))
        self.answers += [message for message in self.talk.messages if message.wrong]
        if self.talk.case.wish == DELETE:
            self.new_person()  # the conversation is gone, with its case
            return
        self.check(before)

    def new_person(self) -> None:
        """Somebody else, who knows nothing of what went before."""
        zone = self.rng.choice(("Europe/London", "America/New_York", "Asia/Kolkata", ""))
        can_remind = self.rng.random() < 0.8
        self.talk = Talk(keep_in_json=False, now=BEGINNING, timezone=zone, can_remind=can_remind)
        self.calm = self.rng.random() < 0.5
        self.answers = []

    def pass_time(self) -> None:
        """Minutes or a day go by, and what is due is said: never a remedy in an emergency or on a day to be seen."""
        if self.talk.now is None or self.rng.random() < 0.5:
            return
        self.talk.later(minutes=self.rng.choice((1, 25, 70, 600, 1500)))
        level = self.talk.level
        for due in self.talk.wanted:
            if self.talk.now is not None and due.at <= self.talk.now:
                said = self.talk.remind(due)
                self.reminded[due.kind] += bool(said)
                if said and self.rng.random() < 0.4:
                    self.talk.press_id(self.rng.choice([button.id for button in said[-1].buttons]))
                    self.answered[self.talk.intent] += 1
                assert not (said and level in ("E1", "E2"))
                assert not (said and level == "S" and due.kind != "check_in")
        unasked = [due for due in self.talk.wanted if not due.started_by_person]
        assert not (unasked and self.talk.case.care.consent != "yes")

    def check(self, before: Case) -> None:
        """What holds after every message. (No exception, and the gate open, hold by having come here.)"""
        talk, case = self.talk, self.talk.case
        emergency = intake.assess(case).level.emergency
        assert talk.messages
        assert all(message.text.strip() for message in talk.messages)
        assert "{" not in talk.text
        assert emergency is (case.hold is not None)
        if emergency:
            assert not talk.advised
            told = {Kind.EMERGENCY, Kind.CRISIS} & set(talk.kinds)
            assert told or talk.intent in ("choose_country", "recheck_wrong"), talk.intent
        if before.hold and not emergency:
            assert talk.intent in SAFE_LOWERING
            assert before.hold.checking
        if case.coaching.state != "none":
            assert coach.may_lead(case, intake.assess(case).level)
            assert talk.kinds[-1] in (Kind.COACH, Kind.QUESTION), (talk.intent, talk.kinds)
        assert Kind.COACH not in talk.kinds or case.coaching.state in ("on", "paused")
        assert case.interview.questions <= interview.MAX_QUESTIONS
        assert case.turn == before.turn + 1
        ids = [offer.id for offer in case.offers]
        assert len(set(ids)) == len(ids)
        assert not set(ids) & {offer.id for offer in before.offers if offer.intent not in offers.LASTING}
        if case.interview.state == "open" and case.hold is None:
            assert talk.kinds[-1] in (Kind.QUESTION, Kind.SAFETY), (talk.intent, talk.kinds)
        assert set(case.user_facts) & set(case.not_user_facts) == set()
        assert set(case.user_facts) <= KNOWN.user_facts.keys()
        if self.probes:
            self.probe()

    def probe(self) -> None:
        """A plain question, asked from here by the way, gets an answer: nowhere does the talk come to an end."""
        aside = copy.copy(self.talk)
        aside.say("what is an mri", topics=("mri",))
        assert "".join(message.text for message in aside.messages).strip(), aside.intent

    def reading(self) -> Reading:
        """Anything that understanding could read in a message."""
        rng = self.rng
        some = rng.random
        told: dict[str, Any] = {"act": rng.choice(ACTS)}
        if some() < 0.45:
            told["topics"] = tuple(rng.sample(list(KNOWN.topics), rng.choice((1, 1, 2))))
            told["act"] = told["topics"][0]
            if some() < 0.5:
                told["matches"] = tuple(Match(*rng.choice(ENTRIES + LOST), score=some()) for _ in range(2))
            if some() < 0.2:
                told["files"] = tuple(rng.sample(list(KNOWN.topics), 2))
        if some() < (0.03 if self.calm else 0.12):
            told["findings"] = tuple(self.finding() for _ in range(rng.choice((1, 1, 2))))
        if some() < 0.1:
            facts = rng.sample(list(KNOWN.user_facts), 2)
            told |= {"user_facts": facts[:1], "denied_facts": facts[1:], "asks_in_general": some() < 0.3}
            told |= {name: tuple(told[name]) for name in ("user_facts", "denied_facts")}
        if some() < 0.08:
            told["ordinals"] = (rng.choice((1, 2, 3, 5, 9, -1)),)
        if some() < 0.05:
            told |= {"age": rng.randrange(8, 95), "weeks": rng.choice((None, 8, 20, 39))}
        if some() < 0.1:
            told |= {"days": rng.choice((0.5, 4.0, 40.0)), "back_trouble": True, "about_someone_else": some() < 0.3}
            told["activity"] = rng.choice(("golf", "desk", ""))
        offered = [offer.title for offer in self.talk.case.offers]
        text = rng.choice(offered) if offered and some() < 0.1 else rng.choice(WORDS)
        if some() < 0.06:
            told |= {"onset_told": True, "days": rng.choice((0.1, 2.0))}
        if self.talk.case.care.waiting and some() < 0.6:
            text = rng.choice(("3", "14:30", "9 pm", "yes"))
            told = {"act": "affirm" if text == "yes" else "nlu_fallback"}
        return Reading(text=text, screened=True, ranking=("tens", "mri", "nonsense"), **told)

    def finding(self) -> Finding:
        """A sign with some of its details, in any status."""
        slug = self.rng.choice(list(flags()))
        details = sorted(flags()[slug].details)
        some = frozenset(self.rng.sample(details, min(len(details), self.rng.choice((0, 0, 1, 2)))))
        return Finding(slug, self.rng.choice(list(Status)), some, "words")


@functools.cache
def walked(seed: int, steps: int) -> Walk:
    """A walk, with a new person now and then; the seed and step of a failure are in its error."""
    walk = Walk(random.Random(seed))  # noqa: S311  # to be repeated, nothing secret
    for number in range(steps):
        if walk.rng.random() < 0.04:
            walk.new_person()
        try:
            walk.step()
        except (AssertionError, gate.GateClosed, LookupError, ValueError, TypeError, AttributeError) as error:
            raise AssertionError(f"seed {seed}, step {number}, intent {walk.talk.intent}: {error!r}") from error
    return walk


def _walk(seed: int) -> tuple[int, int]:
    return (seed if STEPS == 20000 else seed + STEPS), STEPS // WALKS


@pytest.mark.parametrize("seed", range(WALKS))
def test_nothing_that_a_person_does_breaks_a_promise(seed: int) -> None:
    """No exception, no silence, the gate never closes, no advice in an emergency, none lowered but by the re-check."""
    assert walked(*_walk(seed)).seen.total() == STEPS // WALKS


def test_the_walks_get_everywhere() -> None:
    """Every intent of the rules that can come up does, and every kind of message: the walks see all flows."""
    walks = [walked(*_walk(seed)) for seed in range(WALKS)]
    seen = sum((walk.seen + walk.answered for walk in walks), Counter())
    kinds = sum((walk.kinds for walk in walks), Counter())
    rare = {"show_plan", "interview_change", "remedies_wait", "recheck_denied", "take_user_facts"}
    assert rare - seen.keys() == set()
    assert set(rules()[0]) - seen.keys() - NEVER_ROUTED == set()
    assert {str(kind) for kind in Kind} - kinds.keys() == set()
    reminded = sum((walk.reminded for walk in walks), Counter())
    assert reminded.keys() >= {"timer", "check_in", "stretch"}
