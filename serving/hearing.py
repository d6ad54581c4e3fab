"""How a message is read: the watch, Rasa's parse and what else its words say; or what a button or ticks stand for.

The networks take a quarter of a message's time, and run without Python's lock: they are asked in threads of their own,
beside each other, so that other conversations go on meanwhile. What Rasa's pipeline needs of them it then finds ready
(understanding/vectors.py).
"""

from __future__ import annotations

import asyncio
import datetime
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rasa.core.agent import Agent

from reasoning import interview, offers
from reasoning.case import Case, Offer
from reasoning.messages import Inbound
from reasoning.reading import Reading
from serving.ingress import texts
from understanding.reader import Reader
from understanding.screen import ScreenResult
from understanding.vectors import vectors_of

NO_COMMANDS = frozenset({"start_over", "go_back"})  # "restart" and "back" are words of people, /restart is not

SHORT = 160  # characters that take so little time that going to a thread and back would take as much

_threads = ThreadPoolExecutor(os.cpu_count(), "reading")


@dataclass(frozen=True)
class Hearing:
    """Reads messages. `wording`: wording.yml."""

    agent: Agent
    reader: Reader
    wording: Mapping[str, str]

    async def hear(self, case: Case, inbound: Inbound, today: datetime.date) -> tuple[Reading, dict[str, Any]]:
        """The reading, and Rasa's parse (an empty one where there are no words). Raises what a reader raises."""
        if inbound.text is not None:
            return await self._words(case, inbound.text, today)
        if inbound.scale is not None:
            text = self.wording["mark_words"].format(n=inbound.scale)
            return Reading(text=text, screened=True, act="mark_pain", scale=inbound.scale), _no_parse(text)
        pressed = pressed_offers(case, inbound)
        if pressed is None:
            return Reading(screened=True, act="old_button"), _no_parse("")
        text = ", ".join(offer.title for offer in pressed)
        if pressed[0].intent == "tick":
            ticked = tuple(offer.value for offer in pressed)
            # Ticks in a list that there is no more: what they tell of danger counts, the rest is asked again.
            told = interview.told_by(pressed) if case.upgraded else ()
            reading = Reading(text=text, screened=True, ticked=ticked, findings=told)
            return reading, _no_parse(text)
        reading = Reading(text=text, screened=True, act=pressed[0].intent, pressed=pressed[0].value, button=True)
        return reading, _no_parse(text)

    async def _words(self, case: Case, text: str, today: datetime.date) -> tuple[Reading, dict[str, Any]]:
        written = texts.read(text)
        screened = await self._screened(written)
        if written.too_long:
            return _too_long(screened), _no_parse("")
        parsed: dict[str, Any] = _no_parse(written.plain)
        if written.without_slash:
            parsed = dict(await self.agent.parse_message(written.without_slash))
        if written.is_command and (parsed["intent"] or {}).get("name") in NO_COMMANDS:
            parsed = _no_parse(written.plain)

        def read() -> Reading:
            return self.reader.read(written.plain, screened, parsed, case, today)

        reading = read() if _is_short(written) else await _beside(read)
        return reading, {**parsed, "text": written.plain}

    async def _screened(self, written: texts.Text) -> ScreenResult:
        """What the watch sees; beside it, the vectors are made ready."""
        watching = asyncio.ensure_future(_beside(lambda: self.watched(written)))
        if not _is_short(written):
            screened, _ = await asyncio.gather(watching, _beside(lambda: _made_ready(written)))
            return screened
        try:
            await asyncio.sleep(0)  # the watch begins
            _made_ready(written)
        except BaseException:
            watching.cancel()
            raise
        return await watching

    def watched(self, written: texts.Text, after_failure: bool = False) -> ScreenResult:
        """What the watch sees, also where something unseen may have stood between two words."""
        look = self.reader.screen_after_failure if after_failure else self.reader.screen
        found = look(written.plain)
        return found.beside(look(written.apart)) if written.apart else found


async def _beside[Result](work: Callable[[], Result]) -> Result:
    """Its result, from a thread."""
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _is_short(written: texts.Text) -> bool:
    return len(written.plain) <= SHORT


def _made_ready(written: texts.Text) -> None:
    """The vectors which Rasa's pipeline will ask for."""
    if written.without_slash and not written.too_long:
        vectors_of(written.without_slash)


def pressed_offers(case: Case, inbound: Inbound) -> list[Offer] | None:
    """The offers that a button or ticks stand for; None when this state does not accept one of them."""
    ids = [inbound.button] if inbound.button is not None else list(inbound.ticks or ())
    found = [offers.find(case, offer_id) for offer_id in ids]
    if not ids or any(offer is None for offer in found):
        return None
    if inbound.ticks is not None and any(offer is not None and offer.intent != "tick" for offer in found):
        return None
    return [offer for offer in found if offer is not None]


def _too_long(screened: ScreenResult) -> Reading:
    """A text that is longer than what is answered, as far as the watch has read it."""
    return Reading(
        screened=True,
        act="too_long",
        findings=screened.findings,
        back_trouble=screened.has_back_trouble,
        age=screened.age,
        weeks=screened.weeks_pregnant,
        about_someone_else=screened.about_someone_else,
    )


def _no_parse(text: str) -> dict[str, Any]:
    return {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": [], "intent_ranking": []}
