"""The way of a message, the same for every channel: screen, understand, decide, gate, answer.

Every failure on the way ends in the safety text: never in silence, and never in the next advice.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker

from reasoning import knowledge as knowledge_room
from reasoning import offers, routing
from reasoning.case import Case, Offer, finding_as_dict
from reasoning.messages import CONVERSATION_ID, Inbound
from reasoning.reading import Reading
from reasoning.safety import emergency, failure
from serving import gate, stores
from serving.collecting import Collecting
from serving.in_process import InProcessActions, action_failed
from understanding.reader import Reader

log = logging.getLogger(__name__)

CASE_SLOT = "case"
TURN_SECONDS = 20.0  # a hanging turn ends in the safety text


@dataclass(frozen=True)
class Outbound:
    """What one message brought: the messages, and how it was read (for `talk`, `assess` and tests)."""

    conversation: str
    messages: tuple[dict[str, Any], ...]
    level: str = "none"
    topics: tuple[str, ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    understood: bool = True
    failed: str = ""  # class name of what went wrong; never a text

    def as_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {
            "conversation": self.conversation,
            "messages": list(self.messages),
            "level": self.level,
            "topics": list(self.topics),
            "findings": list(self.findings),
        }


@dataclass
class Conversations:
    """All conversations of this process. `handle` is the only way in."""

    agent: Agent
    reader: Reader
    knowledge: knowledge_room.Knowledge = field(default_factory=knowledge_room.shared)
    country: str = ""  # configured for the site; a person's own choice wins
    _locks: weakref.WeakValueDictionary[str, asyncio.Lock] = field(default_factory=weakref.WeakValueDictionary)

    async def handle(self, conversation: str, inbound: Inbound, channel: str = "terminal") -> Outbound:
        """Answer one message. Raises ValueError for a conversation id of the wrong form, and nothing else."""
        if not CONVERSATION_ID.match(conversation):
            raise ValueError("a conversation id is 1 to 64 of letters, digits and : _ -")
        lock = self._locks.setdefault(conversation, asyncio.Lock())
        async with lock:
            try:
                return await asyncio.wait_for(self._turn(conversation, inbound, channel), TURN_SECONDS)
            except Exception as error:  # whatever it is, the person gets the safety text
                log.error("turn failed: %s", _place(error))
                return self._failed(conversation, inbound, error)

    async def _turn(self, conversation: str, inbound: Inbound, channel: str) -> Outbound:
        tracker = await self.agent.tracker_store.retrieve(conversation)
        if inbound.id is not None:
            seen = stores.answer_to(tracker, inbound.id)
            if seen:  # delivered twice: the same answer, no second effect
                return Outbound(conversation, tuple(seen))
        before = self._case_of(tracker)
        reading, parsed = await self._read(before, inbound)
        intent, reading = routing.route(self.knowledge, before, reading)
        output = Collecting(channel)
        failures: list[str] = []
        token = action_failed.set(failures)
        try:
            await self.agent.handle_message(
                UserMessage(
                    text=reading.text,
                    output_channel=output,
                    sender_id=conversation,
                    parse_data={**parsed, "intent": {"name": intent, "confidence": 1.0}},
                    input_channel=channel,
                    message_id=inbound.id,
                    metadata={"reading": reading.as_dict()},
                )
            )
        finally:
            action_failed.reset(token)
        if failures:
            raise RuntimeError("an action failed")
        case = await self.case(conversation)
        gate.check(self.knowledge, case, reading, output.messages)
        return self._outbound(conversation, case, reading, tuple(output.messages))

    async def case(self, conversation: str) -> Case:
        """What is known of a conversation."""
        return self._case_of(await self.agent.tracker_store.retrieve(conversation))

    async def history(self, conversation: str) -> list[dict[str, Any]]:
        """What both sides said; the last bot messages' buttons are those that still hold."""
        return stores.history(await self.agent.tracker_store.retrieve(conversation))

    async def export(self, conversation: str) -> dict[str, Any]:
        """Everything that is kept of a conversation, for the person."""
        tracker = await self.agent.tracker_store.retrieve(conversation)
        case = self._case_of(tracker).as_dict()
        case.pop("offers")
        return {"conversation": conversation, "messages": stores.history(tracker), "known": case}

    async def delete(self, conversation: str) -> None:
        """Forget a conversation at once."""
        async with self._locks.setdefault(conversation, asyncio.Lock()):
            store = self.agent.tracker_store
            if isinstance(store, stores.ConversationStore):
                store.delete(conversation)
            else:
                store.store.pop(conversation, None)

    def _case_of(self, tracker: DialogueStateTracker | None) -> Case:
        case = Case.from_dict(tracker.get_slot(CASE_SLOT) if tracker else None)
        return case if case.country or not self.country else case.with_(country=self.country)

    async def _read(self, case: Case, inbound: Inbound) -> tuple[Reading, dict[str, Any]]:
        if inbound.text is not None:
            return await self._read_text(case, inbound.text)
        pressed = _pressed(case, inbound)
        if pressed is None:
            return Reading(screened=True, act="old_button"), _no_parse("")
        text = ", ".join(offer.title for offer in pressed)
        if pressed[0].intent == "tick":
            reading = Reading(text=text, screened=True, ticked=tuple(offer.value for offer in pressed))
            return reading, _no_parse(text)
        reading = Reading(text=text, screened=True, act=pressed[0].intent, pressed=pressed[0].value, button=True)
        return reading, _no_parse(text)

    async def _read_text(self, case: Case, text: str) -> tuple[Reading, dict[str, Any]]:
        screened = self.reader.screen(text)
        # A leading slash is a command to Rasa; what is typed here is text.
        plain = text.strip().lstrip("/").strip()
        parsed: dict[str, Any] = _no_parse(text)
        if plain:
            parsed = dict(await self.agent.parse_message(plain))
        return self.reader.read(text, screened, parsed, case), {**parsed, "text": text}

    def _outbound(
        self, conversation: str, case: Case, reading: Reading, messages: tuple[dict[str, Any], ...]
    ) -> Outbound:
        return Outbound(
            conversation=conversation,
            messages=messages,
            level=str(routing.assess(case).level),
            topics=reading.topics,
            findings=tuple(finding_as_dict(finding) for finding in reading.findings),
            understood=reading.act not in ("nlu_fallback", "nonsense", "old_button") or bool(reading.findings),
        )

    def _failed(self, conversation: str, inbound: Inbound, error: Exception) -> Outbound:
        """The safety text; where the watch alone sees an emergency in the message, the advice for that."""
        message, level = failure(self.knowledge, self.country), "none"
        try:
            screened = self.reader.screen(inbound.text or "")
            case = Case(findings=screened.findings, country=self.country, back_trouble=screened.has_back_trouble)
            assessment = routing.assess(case)
            if assessment.level.emergency:
                message, level = emergency(self.knowledge, case, assessment), str(assessment.level)
        except Exception as second:  # the watch itself is what failed
            log.error("watch failed: %s", _place(second))
        return Outbound(conversation, (message.as_dict(),), level, understood=False, failed=type(error).__name__)


def _pressed(case: Case, inbound: Inbound) -> list[Offer] | None:
    """The offers that a button or ticks stand for; None when this state does not accept one of them."""
    ids = [inbound.button] if inbound.button is not None else list(inbound.ticks or ())
    found = [offers.find(case, offer_id) for offer_id in ids]
    if not ids or any(offer is None for offer in found):
        return None
    if inbound.ticks is not None and any(offer is not None and offer.intent != "tick" for offer in found):
        return None
    return [offer for offer in found if offer is not None]


def _no_parse(text: str) -> dict[str, Any]:
    return {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": [], "intent_ranking": []}


def _place(error: BaseException) -> str:
    """Class and place of an error, without its text, which may hold what a person wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {where}"


async def start(model: Path, actions: InProcessActions | None = None, **settings: Any) -> Conversations:
    """Load model and readers. `settings`: country, tracker_store (default: in memory)."""
    from rasa.core.lock_store import InMemoryLockStore

    agent = Agent.load(
        str(model),
        tracker_store=settings.pop("tracker_store", None),
        lock_store=InMemoryLockStore(),
        action_endpoint=actions or InProcessActions(),
    )
    return Conversations(agent=agent, reader=Reader(knowledge_room.shared()), **settings)
