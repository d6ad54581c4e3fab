"""`admit`: what every message of every channel passes before anything is done about it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reasoning.messages import CONVERSATION_ID, Inbound
from serving.ingress import texts
from serving.ingress.limits import Limits
from serving.ingress.rates import Buckets, network_of, whole_seconds

REFUSED_CHARACTERS = 64 * 1024  # of refused texts, which the watch still reads, at once
REFUSED_EACH_SECOND = 4 * 1024  # and for ever: about a tenth of a processor
WAITING = 8  # messages of one conversation at once: nobody fills the house alone
BUSY_SECONDS = 2  # until a full house is likely to have room again


class Why(StrEnum):
    """Why a message was not taken; what is said about it stands in wording.yml as too_fast and too_busy."""

    FAST = "fast"
    BUSY = "busy"


class Refused(Exception):
    """A message that is not taken now; `retry_after` in seconds."""

    def __init__(self, why: Why, retry_after: float) -> None:
        """Nothing of the message is in it."""
        super().__init__(str(why))
        self.why = why
        self.retry_after = whole_seconds(retry_after)


@dataclass
class Ingress:
    """The way in of one process. `admit` and `place` frame each turn."""

    limits: Limits = field(default_factory=Limits)
    under_way: Counter[str] = field(default_factory=Counter)  # turns of each conversation

    def __post_init__(self) -> None:
        """Empty houses and full buckets."""
        self.conversations = Buckets.a_minute(self.limits.messages_a_minute)
        self.addresses = Buckets.a_minute(self.limits.requests_a_minute)
        self._gate = asyncio.Lock()
        self.refused = Buckets(REFUSED_CHARACTERS, REFUSED_EACH_SECOND)

    def admit(self, conversation: str, inbound: Inbound) -> Inbound:
        """The message, fit to be kept (`texts.shown`); Refused when this conversation sends too many.

        Raises ValueError for a conversation id of the wrong form.
        """
        if not CONVERSATION_ID.match(conversation):
            raise ValueError("a conversation id is 1 to 64 of letters, digits and : _ -")
        wait = self.conversations.take(conversation)
        if wait:
            raise Refused(Why.FAST, wait)
        if inbound.text is not None:
            return replace(inbound, text=texts.shown(inbound.text))
        return inbound

    def knock(self, address: str) -> None:
        """A request from this address; Refused when it sends too many."""
        network = network_of(address)
        wait = self.addresses.take(network) if network else 0.0
        if wait:
            raise Refused(Why.FAST, wait)

    @contextlib.contextmanager
    def place(self, conversation: str) -> Iterator[None]:
        """A place among the turns under way; Refused when all are taken, or when this conversation has its share."""
        if self.full:
            raise Refused(Why.BUSY, BUSY_SECONDS)
        if self.under_way[conversation] >= WAITING:
            raise Refused(Why.FAST, BUSY_SECONDS)
        self.under_way[conversation] += 1
        try:
            yield
        finally:
            self.under_way[conversation] -= 1
            if not self.under_way[conversation]:
                del self.under_way[conversation]

    async def one_by_one(self) -> None:
        """Wait until no other turn begins in this round of the event loop.

        A turn computes for most of its time. Without this, all that wait would run before the next request is read, and
        a refusal in a full house would come as late as an answer.
        """
        async with self._gate:
            await asyncio.sleep(0)

    @property
    def full(self) -> bool:
        """No turn can be begun."""
        return self.under_way.total() >= self.limits.turns_at_once

    def may_watch(self, text: str) -> bool:
        """Whether the watch can afford to read a text that was refused: not in a full house, and not without end."""
        return not self.full and not self.refused.take("", min(len(text), texts.MAX_BYTES))
