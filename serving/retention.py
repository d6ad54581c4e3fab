"""Nothing is kept for longer than was said: words go first, then answers (knowledge/keeping.yml).

An episode ends when the person says that it is over, starts over, or is silent for days with no check-in to come. Time
is handed in, so that a test walks through weeks in seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
from dataclasses import dataclass, field

from reasoning import keeping
from reasoning.keeping import Limits
from serving.conversations import Conversations
from serving.events import Unreadable
from serving.records import CASE_SLOT
from serving.stores import ConversationStore

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0
WORDS, ANSWERS = "words", "answers"
JUST_BEFORE = 0.001  # seconds: the start over itself, and the case that it left, stay

Moment = datetime.datetime


@dataclass(frozen=True)
class Swept:
    """How many conversations lost their words, and how many all."""

    words: int = 0
    answers: int = 0


@dataclass
class Retention:
    """Sweeps the conversations of this process."""

    conversations: Conversations
    limits: Limits = field(default_factory=keeping.limits)
    _empty: set[str] = field(default_factory=set)  # had no event at the last sweep

    async def keep_sweeping(self, closing: asyncio.Event, every: float = EVERY_SECONDS) -> None:
        """Sweep now and then until the server stops. One that fails is tried again the next time."""
        while not closing.is_set():
            try:
                await self.sweep(datetime.datetime.now(datetime.UTC))
            except Exception as error:  # the next sweep may find the database well again
                log.error("retention failed: %s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(closing.wait(), every)

    async def sweep(self, now: datetime.datetime) -> Swept:
        """Forget what is due at this moment."""
        store = self.conversations.store
        gone: list[str] = []
        empty_before, self._empty = self._empty, set()
        for conversation in store.conversations():
            async with self.conversations.records.alone_with(conversation):
                gone.append(await self._sweep_one(store, conversation, now, conversation in empty_before))
            await asyncio.sleep(0)  # people come first
        store.truncate_log()
        return Swept(words=gone.count(WORDS), answers=gone.count(ANSWERS))

    async def _sweep_one(self, store: ConversationStore, conversation: str, now: Moment, was_empty: bool) -> str:
        heard, kept = store.last_heard(conversation), store.last_kept(conversation)
        if kept is None:  # an address is kept just before the first message: only what stays without one is forgotten
            return self._forget(conversation) if was_empty else self._remember_empty(conversation)
        if heard is None:  # its words are gone, and what is kept bears the end of its episode
            return self._forget(conversation) if now >= _moment(kept) + self.limits.answers else ""
        try:
            case = await self.conversations.records.case(conversation)
        except Unreadable:  # it holds up no other, and is not kept for longer
            return self._forget(conversation) if now >= _moment(heard) + self.limits.answers else ""
        end = keeping.end_of(case, _moment(heard), now, self.limits)
        if end is None:
            return self._sweep_earlier(store, conversation, now)
        if now >= end + self.limits.answers:
            return self._forget(conversation)
        if now >= end + self.limits.words:
            store.keep_only(conversation, CASE_SLOT, keeping.without_words(case).as_dict(), end.timestamp())
            return WORDS
        return ""

    def _forget(self, conversation: str) -> str:
        self.conversations.records.forget(conversation)
        return ANSWERS

    def _remember_empty(self, conversation: str) -> str:
        self._empty.add(conversation)
        return ""

    def _sweep_earlier(self, store: ConversationStore, conversation: str, now: Moment) -> str:
        """The episode goes on, but one before it was closed by starting over: its answers went with that."""
        closed = store.started_over(conversation)
        if closed is None or now < _moment(closed) + self.limits.words:
            return ""
        return WORDS if store.forget_until(conversation, closed - JUST_BEFORE) else ""


def _moment(seconds: float) -> Moment:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
