"""A talk with the dialogue core alone: readings in, messages out, by the very rules of `data/`; no Rasa, no NLU.

Every turn passes the gate, and the case goes through JSON as it does in Rasa's slot.
"""

from __future__ import annotations

import datetime
import functools
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reasoning import care, clock, intake, keeping, offers, routing
from reasoning import knowledge as knowledge_room
from reasoning.care import Due
from reasoning.case import Case
from reasoning.flows import unasked
from reasoning.flows.table import flow_of
from reasoning.flows.turn import Turn, close
from reasoning.knowledge import Knowledge
from reasoning.messages import ADVICE, Kind, Message
from reasoning.reading import Reading
from reasoning.strict_yaml import plain, read_yaml
from reasoning.triage import Finding, Status
from serving import gate

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def rules() -> tuple[dict[str, str], dict[str, Any]]:
    """From `data/`: the action of every intent (topics as understanding/importer.py adds them), and the responses."""
    actions = dict.fromkeys(knowledge_room.shared().topics, "action_answer_question")
    responses: dict[str, Any] = {}
    for path in sorted((ROOT / "data").glob("*.yml")):
        data = plain(read_yaml(path))
        for rule in data.get("rules", ()):
            intent, action = rule["steps"]
            actions[intent["intent"]] = action["action"]
        responses.update(data.get("responses", {}))
    return actions, responses


def found(flag: str, *details: str, status: str = "present", evidence: str = "what I wrote") -> Finding:
    """A danger sign as the watch reads it."""
    return Finding(flag, Status(status), frozenset(details), evidence)


@dataclass
class Talk:
    """One person's talk. `say`, `press`, `tick` return the messages of that turn and check that all may leave."""

    case: Case = field(default_factory=Case)
    messages: tuple[Message, ...] = ()
    intent: str = ""
    keep_in_json: bool = True
    now: datetime.datetime | None = None  # moved by hand; None: the talk knows no time
    timezone: str = ""
    can_remind: bool = False
    knowledge: Knowledge = field(default_factory=knowledge_room.shared)

    def say(self, text: str = "something", **told: Any) -> tuple[Message, ...]:
        """A typed message; `told` is what was read in it (fields of Reading)."""
        topics = told.get("topics", ())
        told.setdefault("act", topics[0] if topics else "")
        return self.turn(Reading(text=text, screened=True, **told))

    def press(self, title: str) -> tuple[Message, ...]:
        """The button with this title; KeyError when this state has none."""
        return self.press_id(self._id(title, ticks=False))

    def press_id(self, offer_id: str) -> tuple[Message, ...]:
        """A button by its id, as a channel sends it."""
        offer = offers.find(self.case, offer_id)
        if offer is None:
            return self.turn(Reading(screened=True, act="old_button"))
        if offer.intent == "tick":
            return self.turn(Reading(text=offer.title, screened=True, ticked=(offer.value,)))
        pressed = Reading(text=offer.title, screened=True, act=offer.intent, pressed=offer.value, button=True)
        return self.turn(pressed)

    def call_wrong(self, message: Message) -> tuple[Message, ...]:
        """Its "this is wrong", whenever it was said."""
        assert message.wrong is not None
        offer = offers.reported([message.as_dict()], message.wrong.id)
        assert offer is not None
        pressed = Reading(text=offer.title, screened=True, act=offer.intent, pressed=offer.value, button=True)
        return self.turn(pressed)

    def tick(self, *titles: str) -> tuple[Message, ...]:
        """Ticks by their titles."""
        picked = [offers.find(self.case, self._id(title, ticks=True)) for title in titles]
        return self.turn(Reading(text=", ".join(titles), screened=True, ticked=tuple(o.value for o in picked if o)))

    def turn(self, reading: Reading) -> tuple[Message, ...]:
        """One message through routing, the flow of its rule, and the gate."""
        if self.now is not None:
            reading = replace(reading, now=clock.written(self.now), timezone=self.timezone, can_remind=self.can_remind)
        self.intent, reading = routing.route(self.knowledge, self.case, reading)
        actions, responses = rules()
        turn = Turn.open(self.knowledge, self.case, reading, self.intent)
        reply = close(turn, flow_of(actions[self.intent], responses)(turn))
        gate.check(self.knowledge, reply.case, reading, [message.as_dict() for message in reply.messages])
        self.case, self.messages = reply.case, reply.messages
        if self.keep_in_json:
            self.case = Case.from_dict(json.loads(json.dumps(reply.case.as_dict())))
            assert self.case == reply.case
        return self.messages

    def later(self, **time: float) -> Talk:
        """The same talk after some time (arguments of timedelta)."""
        assert self.now is not None
        self.now += datetime.timedelta(**time)
        return self

    @property
    def wanted(self) -> tuple[Due, ...]:
        """The reminders that there should be now."""
        assert self.now is not None
        return care.wanted(self.case, self.now)

    def remind(self, due: Due) -> tuple[Message, ...]:
        """What is said when this reminder is due now, through the gate; the case accepts its buttons."""
        assert self.now is not None
        case, messages = unasked.remind(self.knowledge, self.case, due, self.now)
        if messages:
            gate.check(self.knowledge, case, Reading(screened=True), [message.as_dict() for message in messages])
            self.case = self.case.with_(offers=case.offers)
            self.messages = messages
        return messages

    def _id(self, title: str, *, ticks: bool) -> str:
        known = {offer.title: offer.id for offer in self.case.offers if (offer.intent == "tick") is ticks}
        return known[title]

    @property
    def text(self) -> str:
        """All that was said in the last turn."""
        return "\n".join(message.text for message in self.messages)

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of the last messages, without the introduction."""
        return [message.kind for message in self.messages if message.text not in self.introduction]

    @property
    def introduction(self) -> tuple[str, str]:
        """What is said once, at first contact."""
        limits = keeping.limits()
        kept = self.word("first_kept", hours=limits.words_hours, days=limits.answers_days)
        return self.word("first_contact"), kept

    @property
    def advised(self) -> bool:
        """Advice was given in the last turn."""
        return any(message.kind in ADVICE for message in self.messages)

    @property
    def buttons(self) -> list[str]:
        """Titles of the buttons of the last turn."""
        return [button.title for message in self.messages for button in message.buttons]

    @property
    def ticks(self) -> list[str]:
        """Titles of the tick-list of the last turn, without "none" and "not sure"."""
        return [item.title for message in self.messages if message.ticks for item in message.ticks.items]

    @property
    def level(self) -> str:
        """The level of the case."""
        return str(intake.assess(self.case).level)

    def word(self, key: str, **values: object) -> str:
        """A sentence of wording.yml."""
        return self.knowledge.wording[key].format(**values)

    def without_introduction(self) -> Talk:
        """The same talk with the introduction made."""
        self.case = replace(self.case, introduced=True)
        return self
