"""The way of a message, the same for every channel: screen, understand, decide, gate, answer.

Every failure on the way ends in the safety text: never in silence, and never in the next advice.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import DBAPIError

from reasoning import care, clock, intake, offers, routing, upgrade
from reasoning import knowledge as knowledge_room
from reasoning.care import Due
from reasoning.case import Case, finding_as_dict
from reasoning.clock import Clock, SystemClock
from reasoning.flows import emergencies, unasked
from reasoning.messages import Inbound, Kind, Message
from reasoning.reading import Reading
from serving import gate, metrics, only_watch
from serving.collecting import Collecting
from serving.feedback import Feedback
from serving.hearing import Hearing, pressed_offers
from serving.in_process import InProcessActions, action_failed
from serving.ingress.admission import Ingress, Refused
from serving.lean import make_lean
from serving.logs import place_of
from serving.only_watch import Seen
from serving.records import CASE_SLOT, Records, case_in
from serving.reminders import Reminders, Said
from serving.stores import ConversationStore
from serving.turns import Turn
from serving.watching import Watching
from understanding.reader import Reader

log = logging.getLogger(__name__)

STUCK = "stuck"  # among the failures of a turn
DELETE = "delete"  # the wish of a case (reasoning/flows/my_data.py)


@dataclass(frozen=True)
class Here:
    """Where a message came from: the channel, and what it knows of the person's place ("" where it does not)."""

    channel: str
    country: str = ""
    timezone: str = ""


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
    retry_after: int = 0  # seconds, of a message that was refused: it may be sent again
    deleted: bool = False  # the conversation is forgotten: what a channel keeps of it goes too
    timed: bool | None = None  # whether a timer of the person's runs, of which the bot will tell; None: not known

    def as_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {
            "conversation": self.conversation,
            "messages": list(self.messages),
            "level": self.level,
            "topics": list(self.topics),
            "findings": list(self.findings),
        }


class Stuck(Exception):
    """The dialogue reached its limit of actions in one turn."""


@dataclass
class Conversations:
    """All conversations of this process. `handle` is the only way in."""

    agent: Agent
    reader: Reader
    knowledge: knowledge_room.Knowledge = field(default_factory=knowledge_room.shared)
    country: str = ""  # configured for the site; a person's own choice wins
    clock: Clock = field(default_factory=SystemClock)
    reminders: Reminders | None = None  # None: nobody is written to unasked
    feedback: Feedback | None = None  # where answers that are called wrong are noted
    only_watch: Callable[[], bool] = lambda: False  # the operator's switch (serving/only_watch.py)
    ingress: Ingress = field(default_factory=Ingress)
    turns: int = 0  # under way

    @functools.cached_property
    def hearing(self) -> Hearing:
        """How a message is read."""
        return Hearing(self.agent, self.reader, self.knowledge.wording)

    @property
    def store(self) -> ConversationStore:
        """Where conversations are kept."""
        store = self.agent.tracker_store
        assert isinstance(store, ConversationStore)  # noqa: S101  # start() has put it there
        return store

    @functools.cached_property
    def records(self) -> Records:
        """What is kept of people."""
        return Records(self.store, self.knowledge, self.country, self.reminders, self.feedback)

    @functools.cached_property
    def watching(self) -> Watching:
        """What the watch says without a dialogue."""
        return Watching(self.hearing, self.knowledge, self.country, self.ingress)

    async def handle(
        self, conversation: str, inbound: Inbound, channel: str = "terminal", country: str = "", timezone: str = ""
    ) -> Outbound:
        """Answer one message; `country`, a code of help_lines.yml, and `timezone`, a name, are what the page says.

        Raises ValueError for a conversation id of the wrong form, and nothing else.
        """
        self.turns += 1
        try:
            with metrics.turn(channel) as ended:
                outbound = await self._let_in(conversation, inbound, Here(channel, country or self.country, timezone))
                milliseconds = round(ended(outbound.level, outbound.failed) * 1000)
        finally:
            self.turns -= 1
        log.info("turn", extra={"facts": {"channel": channel, "level": outbound.level, "ms": milliseconds}})
        return outbound

    async def _let_in(self, conversation: str, inbound: Inbound, here: Here) -> Outbound:
        try:
            inbound = self.ingress.admit(conversation, inbound)
            with self.ingress.place(conversation):
                if self.only_watch():
                    return await self._watch_only(conversation, inbound, here.country)
                return await self._in_time(conversation, inbound, here)
        except Refused as refused:
            return self._refused(conversation, inbound, refused, here.country)

    def _refused(self, conversation: str, inbound: Inbound, refused: Refused, country: str) -> Outbound:
        said = self.watching.refusal(inbound.text or "", refused.why, country)
        level = str(said[0].get("level", "none"))
        return Outbound(
            conversation, said, level, understood=False, failed=str(refused), retry_after=refused.retry_after
        )

    async def _in_time(self, conversation: str, inbound: Inbound, here: Here) -> Outbound:
        """The turn, alone with its conversation, or the safety text: the time for both together is limited."""
        deadline = asyncio.get_running_loop().time() + self.ingress.limits.turn_seconds
        try:
            async with asyncio.timeout_at(deadline) as beginning:
                await self.ingress.one_by_one()
                async with self.store.turn(conversation) as turn:
                    beginning.reschedule(None)
                    return await self._answer(turn, inbound, here, deadline)
        except Exception as error:  # not even begun: the database is what failed, or the turns before took too long
            log.error("turn not begun: %s", place_of(error))
            return self._failed(conversation, inbound, error, here.country)

    async def _answer(self, turn: Turn, inbound: Inbound, here: Here, deadline: float) -> Outbound:
        """A turn that is kept, whole, before it is said; or the safety text."""
        try:
            async with asyncio.timeout_at(deadline):
                outbound = await self._turn(turn.conversation, inbound, here)
            await self.store.keep(turn)
            return outbound
        except Exception as error:  # whatever it is, the person gets the safety text
            log.error("turn failed: %s", place_of(error))
            outbound = self._failed(turn.conversation, inbound, error, here.country)
            if isinstance(error, DBAPIError):
                return outbound  # the database is what failed: nothing of the turn is kept
            try:
                await self.store.keep(turn, instead=outbound.messages[0])
            except Exception as second:  # now it is the database
                log.error("withholding failed: %s", place_of(second))
            if isinstance(error, Stuck):
                told = Message(self.knowledge.wording["got_stuck"], Kind.NOTICE).as_dict()
                return replace(outbound, messages=(*outbound.messages, told))
            return outbound

    async def _watch_only(self, conversation: str, inbound: Inbound, country: str) -> Outbound:
        """What the watch alone says; it works without the model, and without the database."""
        seen: Seen | None = None
        try:
            async with self.store.turn(conversation) as turn:
                before = await self.records.case(conversation)
                seen = self._seen(before, inbound, country)
                if seen.case.findings != before.findings:
                    await self._save(conversation, seen.case)
                    await self.store.keep(turn)
        except Exception as error:  # what the watch says does not wait for the database
            log.error("what the watch saw was not kept: %s", place_of(error))
        try:
            seen = seen or self._seen(Case(), inbound, country)
        except Exception as error:  # the watch itself is what failed
            log.error("watch failed: %s", place_of(error))
            return self._failed(conversation, Inbound(text=""), error, country)
        return Outbound(conversation, (seen.message.as_dict(),), str(seen.level))

    def _seen(self, before: Case, inbound: Inbound, country: str) -> Seen:
        pressed = pressed_offers(before, inbound) or ()
        screen = self.reader.screen_after_failure
        return only_watch.answer(self.knowledge, screen, before, inbound.text or "", pressed, country)

    async def _turn(self, conversation: str, inbound: Inbound, here: Here) -> Outbound:
        tracker = await self.agent.tracker_store.retrieve(conversation)
        if inbound.id is not None and tracker is not None:
            seen = self.store.answer_to(conversation, inbound.id)
            if seen:  # delivered twice: the same answer, no second effect
                self._keep_reminders(conversation, self.records.case_of(tracker))
                return Outbound(conversation, tuple(seen))
        before = await self._in_this_version(conversation, tracker, here.country)
        before = await self._with_unasked(conversation, before)
        before = await self._with_report(conversation, before, inbound)
        reading, parsed = await self._read(before, inbound, here.timezone)
        intent, reading = routing.route(self.knowledge, before, reading)
        output = Collecting(here.channel)
        failures: list[str] = []
        token = action_failed.set(failures)
        try:
            await self.agent.handle_message(
                UserMessage(
                    text=reading.text if inbound.text is None else inbound.text,
                    output_channel=output,
                    sender_id=conversation,
                    parse_data={**parsed, "intent": {"name": intent, "confidence": 1.0}},
                    input_channel=here.channel,
                    message_id=inbound.id,
                    metadata={"reading": reading.as_dict(), "country": here.country},
                )
            )
        finally:
            action_failed.reset(token)
        if STUCK in failures:
            await self._begin_again(conversation, before, reading)
            raise Stuck
        if failures:
            raise RuntimeError("an action failed")
        case = await self.records.case(conversation)
        gate.check(self.knowledge, case, reading, output.messages)
        self._keep_reminders(conversation, case)
        feedback, report = self.feedback, case.report
        if report is not None and feedback is not None:
            self.store.also(conversation, lambda connection: feedback.report(conversation, report, connection))
        if case.wish == DELETE:
            self.records.forget(conversation)
        return self._outbound(conversation, case, reading, tuple(output.messages))

    async def _begin_again(self, conversation: str, before: Case, reading: Reading) -> None:
        """After the limit of actions in a turn: the next message finds a conversation that waits for one."""
        case = emergencies.unstuck(intake.absorb(before, reading))
        await self._save(conversation, case, ActionExecuted(ACTION_LISTEN_NAME))

    async def _save(self, conversation: str, case: Case, *events: Event) -> None:
        """Write a case outside of an action, and what happens with it."""
        tracker = await self.store.get_or_create_tracker(conversation)
        for event in (SlotSet(CASE_SLOT, case.as_dict()), *events):
            tracker.update(event)
        await self.store.save(tracker)

    def _keep_reminders(self, conversation: str, case: Case) -> None:
        """The reminders follow the case; those whose buttons it has taken over need not keep them."""
        reminders = self.reminders
        if reminders is not None:
            wanted = care.wanted(case, self.clock.now())
            self.store.also(conversation, lambda connection: reminders.keep(conversation, wanted, connection))

    async def _with_unasked(self, conversation: str, case: Case) -> Case:
        """The case with the buttons of what was said unasked since: it is the turn that writes, never a reminder.

        So nothing that a message told can be lost to a reminder that another process makes at the same time.
        """
        reminders = self.reminders
        new = reminders.offers(conversation) if reminders is not None else ()
        if reminders is None or not new:
            return case
        known = {offer.id for offer in case.offers}
        # Before the older ones, as everywhere: those give way first.
        fresh = [offer for offer in new if offer.id not in known]
        case = case.with_(offers=(*fresh, *case.offers))
        await self._save(conversation, case)
        self.store.also(conversation, lambda connection: reminders.taken(conversation, new, connection))
        return case

    async def _with_report(self, conversation: str, case: Case, inbound: Inbound) -> Case:
        """The case that also accepts the "this is wrong" of any answer that is kept, however old, in this turn."""
        if inbound.button is None or offers.find(case, inbound.button):
            return case
        offer = offers.reported(await self.records.history(conversation), inbound.button)
        return case.with_(offers=(*case.offers, offer)) if offer else case

    async def _in_this_version(self, conversation: str, tracker: DialogueStateTracker | None, country: str) -> Case:
        """The case of a tracker; one that an earlier version made is written anew, before an action reads it."""
        kept = case_in(tracker)
        fitted = upgrade.fitted(self.knowledge, kept)
        case = self.records.placed(fitted, country)
        if tracker is not None and fitted is not kept:
            await self._save(conversation, case)
        return case

    async def remind(self, conversation: str, due: Due) -> tuple[Said, str]:
        """What is said when this is due, through the gate, and the person's zone; no messages when it is held."""
        async with self.store.turn(conversation):
            end = self.store.last_row(conversation)
            before = await self.records.case(conversation)
            case, messages = unasked.remind(self.knowledge, before, due, self.clock.now())
            said = tuple(message.as_dict() for message in messages)
            if said:
                # Nobody wrote, so there is nothing to be screened: the case holds what every message told.
                gate.check(self.knowledge, case, Reading(screened=True), said)
            new = tuple(offer for offer in case.offers if offer not in before.offers)
            return Said(said, new, self.store.unchanged(conversation, end)), case.timezone

    def ready(self) -> dict[str, bool]:
        """Whether the model is loaded, and whether the database takes a change."""
        return {"model": self.agent.is_ready(), "database": self.store.prepared and self.store.writable()}

    async def _read(self, case: Case, inbound: Inbound, timezone: str) -> tuple[Reading, dict[str, Any]]:
        today = clock.today(self.clock.now(), timezone or case.timezone)
        reading, parsed = await self.hearing.hear(case, inbound, today)
        now = clock.written(self.clock.now())
        reading = replace(reading, now=now, timezone=timezone)
        if self.reminders is not None:
            reading = replace(reading, can_remind=True, quiet=str(self.reminders.quiet))
        return reading, parsed

    def _outbound(
        self, conversation: str, case: Case, reading: Reading, messages: tuple[dict[str, Any], ...]
    ) -> Outbound:
        return Outbound(
            conversation=conversation,
            messages=messages,
            level=str(intake.assess(case).level),
            topics=reading.topics,
            findings=tuple(finding_as_dict(finding) for finding in reading.findings),
            understood=reading.act not in ("nlu_fallback", "nonsense", "old_button") or bool(reading.findings),
            deleted=case.wish == DELETE,
            timed=bool(case.care.timers),
        )

    def _failed(self, conversation: str, inbound: Inbound, error: Exception, country: str) -> Outbound:
        """The safety text; where the watch alone sees an emergency in the message, the advice for that."""
        message, level = self.watching.after_failure(inbound.text or "", country)
        return Outbound(conversation, (message.as_dict(),), level, understood=False, failed=type(error).__name__)


def _note_stuck(*_: Any) -> None:
    """Rasa tells it, logs it, and would say nothing to the person."""
    failures = action_failed.get()
    if failures is not None:
        failures.append(STUCK)


async def start(model: Path, actions: InProcessActions | None = None, **settings: Any) -> Conversations:
    """Load model and readers. `settings`: country, clock, quiet, reminders, tracker_store (default: in memory)."""
    from serving.locks import ConversationLockStore

    make_lean()
    given = settings.pop("tracker_store", None)
    store = given or ConversationStore.in_memory()
    quiet = settings.pop("quiet", None) or care.times().quiet
    agent = Agent.load(
        str(model),
        tracker_store=store,
        lock_store=ConversationLockStore(store=store),
        action_endpoint=actions or InProcessActions(),
    )
    if given is not None:
        told_by = settings.get("clock") or SystemClock()
        settings.setdefault("reminders", Reminders(store.outbox, told_by, quiet))
    # Rasa wraps the store: when the database fails, it goes on with an empty conversation in memory, in which no danger
    # sign was ever told. Here a database that fails ends in the safety text.
    agent.tracker_store = store
    if agent.processor is not None:
        agent.processor.tracker_store = store
        agent.processor.on_circuit_break = _note_stuck
    return Conversations(agent=agent, reader=Reader(knowledge_room.shared()), **settings)
