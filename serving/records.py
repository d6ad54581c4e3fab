"""What is kept of people: their cases and what was said; shown to them, handed over, and forgotten without a trace."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker

from reasoning import upgrade
from reasoning.case import Case
from reasoning.knowledge import Knowledge
from serving.addresses import Addresses
from serving.deliveries import Deliveries
from serving.feedback import Feedback
from serving.outbox import Outbox
from serving.reminders import Reminders
from serving.stores import ConversationStore
from serving.turns import Turn

CASE_SLOT = "case"


def case_in(tracker: DialogueStateTracker | None) -> Case:
    """The case that a tracker holds, as it was written; an empty one without a tracker."""
    return Case.from_dict(tracker.get_slot(CASE_SLOT) if tracker else None)


@dataclass(frozen=True)
class Records:
    """The records of all conversations. `country`: configured for the site; a person's own choice wins."""

    store: ConversationStore
    knowledge: Knowledge
    country: str = ""
    reminders: Reminders | None = None
    feedback: Feedback | None = None

    async def case(self, conversation: str) -> Case:
        """What is known of a conversation."""
        return self.case_of(await self.store.retrieve(conversation))

    def case_of(self, tracker: DialogueStateTracker | None, country: str = "") -> Case:
        """The case that a tracker holds, as this version writes cases; `country`: where the page says the person is."""
        return self.placed(upgrade.fitted(self.knowledge, case_in(tracker)), country)

    def placed(self, case: Case, country: str = "") -> Case:
        """The case with a country: the person's own choice, else where the page says they are, else the site's."""
        return case if case.country else case.with_(country=country or self.country)

    async def is_known(self, conversation: str) -> bool:
        """Whether anything is kept of it."""
        tracker = await self.store.retrieve(conversation)
        return bool(tracker and tracker.get_slot(CASE_SLOT))

    async def history(self, conversation: str) -> list[dict[str, Any]]:
        """What both sides said; the last bot messages' buttons are those that still hold."""
        return self.store.history(conversation)

    async def export(self, conversation: str) -> dict[str, Any]:
        """Everything that is kept of a conversation, for the person."""
        case = (await self.case(conversation)).as_dict()
        case.pop("offers")
        return {"conversation": conversation, "messages": await self.history(conversation), "known": case}

    @property
    def outbox(self) -> Outbox | None:
        """What the bot says unasked; None where conversations are kept in memory only."""
        return None if self.store.forgetful else self.store.outbox

    @property
    def deliveries(self) -> Deliveries | None:
        """What the platforms delivered; None where conversations are kept in memory only."""
        return None if self.store.forgetful else self.store.deliveries

    @property
    def addresses(self) -> Addresses | None:
        """Where conversations of the platforms are written to; None where conversations are kept in memory only."""
        return None if self.store.forgetful else self.store.addresses

    async def delete(self, conversation: str) -> None:
        """Forget a conversation at once, with its address and what the platforms delivered for it."""
        async with self.alone_with(conversation):
            self.forget(conversation)

    def unreachable(self, conversation: str) -> None:
        """Nobody reads there any more: it is not written to until the person writes. What is known stays."""
        if self.addresses is not None:
            self.addresses.delete(conversation)
        if self.reminders is not None:
            self.reminders.leave(conversation)

    def alone_with(self, conversation: str) -> AbstractAsyncContextManager[Turn]:
        """The turn in which a conversation is changed, in all processes."""
        return self.store.turn(conversation)

    def forget(self, conversation: str) -> None:
        """Forget it, under its lock, and look: whoever is told that nothing is left can rely on it."""
        if self.reminders is not None:
            self.reminders.delete(conversation)
        if self.feedback is not None:
            self.feedback.forget(conversation)
        self.store.delete(conversation)
        if self.store.rows_of(conversation):
            raise RuntimeError("a deleted conversation is still there")
