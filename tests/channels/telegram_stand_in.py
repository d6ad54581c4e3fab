"""Conversations without a model, for tests of what a channel does: each message is written down and answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from reasoning import intake, knowledge
from reasoning.case import Case
from reasoning.flows.my_data import EXPORT, SHEET
from reasoning.messages import Card, Choice, Inbound, Kind, Message, Picture, Scale, Ticks, Timer
from reasoning.safety import emergency, failure
from reasoning.triage import Finding, Status
from serving import migrate
from serving.addresses import Addresses
from serving.conversations import Outbound
from serving.database import prepare_sqlite
from serving.deliveries import Deliveries
from serving.outbox import Outbox
from serving.watching import Watched
from tests.channels.its_own import ItsOwn

KNOWN = knowledge.shared()
RUNS_FOR = 2.2  # seconds of a timer that lasts 20 minutes: the rest is past
DANGER, SIGN = "cannot feel between my legs", "fever"
LIST = Message(
    text="Question 1 of 3. Is any of these new?\n1. Numb\n2. Weak",
    kind=Kind.QUESTION,
    short="Question 1 of 3.",
    ticks=Ticks(
        (Choice("b1-aa", "Numb"), Choice("b1-bb", "Weak")),
        Choice("b1-cc", "None of these"),
        Choice("b1-dd", "Not sure"),
    ),
    buttons=(Choice("b1-ee", "Why do you ask?"),),
)
CARD = Message(
    text="Prayer stretch. Push your chest down to the floor.",
    kind=Kind.ANSWER,
    card=Card(
        "Prayer stretch",
        ("Push your chest down.",),
        Picture("prayer_stretch", "Kneeling, chest down."),
        (5, 10),
        2,
        "both",
        1,
        2,
    ),
    buttons=(Choice("b2-aa", "Is it right for me?"), Choice("b2-bb", "Next")),
)
ICE = Message(text="Put an ice pack on for 20 minutes.", kind=Kind.ANSWER, timer=Timer("ice, 20 minutes", 1200))
# It runs, and the conversation says when it is over. The time of day is put in when it is said.
RUNNING = Message(text="Your 20 minutes run.", kind=Kind.ANSWER, timer=Timer("ice, 20 minutes", 1200, 0.0))
PAIN = Message(text="How bad is it, from 0 (no pain) to 10 (worst)?", scale=Scale("no pain", "worst"))
SHEET_SAID = Message(
    text="Here is a sheet. All of it in words.", kind=Kind.NOTICE, short="Here is a sheet.", file=SHEET
)
COPY = Message(text=KNOWN.wording["export_done"], kind=Kind.NOTICE, file=EXPORT)
SURE = Message(
    text=KNOWN.wording["delete_asks"],
    kind=Kind.QUESTION,
    buttons=(Choice("b3-yes", KNOWN.wording["delete_yes"]), Choice("b3-no", KNOWN.wording["delete_no"])),
)
ANSWERS = {
    **{"list": LIST, "card": CARD, "ice": ICE, "pack": RUNNING, "pain": PAIN, "sheet": SHEET_SAID},
    KNOWN.wording["export_means"]: COPY,
    KNOWN.wording["delete_means"]: SURE,
    "b3-no": Message(text=KNOWN.wording["delete_not_done"]),
}


def danger() -> Message:
    """The real advice for numbness between the legs."""
    case = Case(findings=(Finding("saddle_numbness", Status.PRESENT),), back_trouble=True)
    return emergency(KNOWN, case, intake.assess(case))


@dataclass
class StandIn(ItsOwn):
    """Looks like `serving.conversations.Conversations` to a channel. `heard`: every message that reached it."""

    folder: Path
    country: str = "GB"
    knowledge: knowledge.Knowledge = KNOWN
    heard: list[tuple[str, Inbound]] = field(default_factory=list)
    answered: dict[tuple[str, str | None], Outbound] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # those who cannot be reached
    hold_up: Callable[[str, Inbound], Awaitable[object]] = lambda _conversation, _inbound: asyncio.sleep(0)
    fails: bool = False

    def __post_init__(self) -> None:
        """Open the database of the folder."""
        self.engine = sa.create_engine(f"sqlite:///{self.folder / 'kept.db'}", connect_args={"timeout": 20})
        sa.event.listen(self.engine, "connect", prepare_sqlite)  # as the product's own
        migrate.upgrade(self.engine)
        self.deliveries = Deliveries(self.engine)
        self.addresses = Addresses(self.engine)
        self.outbox = Outbox(self.engine)

    def texts(self) -> list[str | None]:
        """The texts that reached it, in order."""
        return [inbound.text for _, inbound in self.heard]

    async def handle(self, conversation: str, inbound: Inbound, channel: str = "", country: str = "") -> Outbound:
        """Answer: a named message, the emergency advice, or what was said."""
        assert channel == "telegram"
        await self.hold_up(conversation, inbound)
        known = self.answered.get((conversation, inbound.id))
        if known is not None:  # as the real ones do, across restarts too
            return known
        self.heard.append((conversation, inbound))
        if self.fails:
            return Outbound(conversation, (failure(KNOWN, self.country).as_dict(),), failed="RuntimeError")
        if inbound.button == "b3-yes":
            await self.delete(conversation)
            done = Message(text=KNOWN.wording["delete_done"]).as_dict()
            return Outbound(conversation, (done,), deleted=True)
        outbound = Outbound(conversation, (self._answer(inbound).as_dict(),), timed=inbound.text == "pack")
        self.answered[conversation, inbound.id] = outbound
        return outbound

    @staticmethod
    def _answer(inbound: Inbound) -> Message:
        text = inbound.text or ""
        if text == "pack":
            return replace(RUNNING, timer=replace(RUNNING.timer, ends=time.time() + RUNS_FOR))
        if DANGER in text:
            return danger()
        return ANSWERS.get(text or inbound.button or "") or Message(
            text=f"heard {text or inbound.button or inbound.ticks or inbound.scale}"
        )

    def watch(self, text: str, country: str = "") -> Watched:
        """Two phrases are signs of danger."""
        return Watched(danger().as_dict() if DANGER in text else None, DANGER in text or SIGN in text)

    async def is_known(self, conversation: str) -> bool:
        """Unless it was deleted."""
        return conversation not in self.deleted

    async def case(self, conversation: str) -> Case:
        """Of somebody who is 54."""
        return Case(age=54)

    async def export(self, conversation: str) -> dict[str, Any]:
        """What was heard."""
        return {"conversation": conversation, "messages": self.texts()}

    def unreachable(self, conversation: str) -> None:
        """As the real ones do, without reminders."""
        self.left.append(conversation)
        self.addresses.delete(conversation)

    async def delete(self, conversation: str) -> None:
        """As the real ones do."""
        self.deleted.append(conversation)
        with self.engine.begin() as connection:
            self.outbox.delete(conversation, connection)
        self.deliveries.delete(conversation)
        self.addresses.delete(conversation)
