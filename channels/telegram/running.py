"""Keeps the countdowns of all chats going, each in a message of its own, across restarts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.telegram import countdowns
from channels.telegram.drawing import CLOCK, HOLD, SHOWN, STOP, TIMER, Outgoing, key
from channels.telegram.reading import Incoming, Rows
from channels.telegram.sending import Sender
from serving.deliveries import Deliveries

AT_ONCE = 3  # in a chat; a further one ends the oldest
STALE_SECONDS = 600.0  # after this, nobody needs to be told that the time was up


@dataclass(frozen=True)
class Countdown:
    """One that runs: its chat, message, data and steps, when it began (seconds since 1970), and its delivery's key."""

    chat: int
    message: int
    data: str
    label: str
    steps: list[countdowns.Step]
    began: float
    kept_as: str

    @property
    def rings(self) -> bool:
        """Whether its end comes as a new message, which the phone tells. A hold is looked at anyway."""
        return self.data.startswith(TIMER)

    @property
    def shown(self) -> bool:
        """Whether it shows a timer of which the conversation itself says the end."""
        return self.data.startswith(SHOWN)


class Running:
    """All countdowns that run in this process."""

    def __init__(self, sender: Sender, deliveries: Deliveries, wording: Mapping[str, str]) -> None:
        """`deliveries` keep them across restarts."""
        self._sender = sender
        self._deliveries = deliveries
        self._wording = wording
        self._tasks: dict[tuple[int, int], tuple[Countdown, asyncio.Task[None]]] = {}

    async def start(self, conversation: str, chat: int, data: str, title: str, kept_as: str) -> bool:
        """Begin the countdown of a pressed button; False when its data are of no form that we give."""
        label = title.removeprefix(CLOCK)
        steps = self._steps(data, label)
        if steps is None:
            return False
        for _, message in [place for place in self._tasks if place[0] == chat][: -(AT_ONCE - 1)]:
            await self.stop(chat, message)
        message = await self._sender.text(chat, Outgoing(steps[0].text, self._stop()))
        self._keep(conversation, Countdown(chat, message, data, label, steps, time.time(), kept_as))
        return True

    async def show(self, conversation: str, chat: int, timer: Mapping[str, Any], kept_as: str) -> None:
        """Count down a timer of the message model that runs already, instead of any other such."""
        await self.stop_shown(chat)
        data, label = f"{SHOWN}{int(timer['seconds'])}", str(timer["label"])
        steps = self._steps(data, label)
        began = float(timer["ends"]) - float(timer["seconds"])
        if steps is None or time.time() >= began + steps[-1].at:
            return
        message = await self._sender.text(chat, Outgoing(steps[countdowns.now(steps, time.time() - began)].text))
        self._keep(conversation, Countdown(chat, message, data, label, steps, began, kept_as))

    def go_on(self, kept: Incoming, kept_as: str) -> None:
        """Take up one that ran when the process ended."""
        data = str(kept.more["data"])
        steps = self._steps(data, kept.text)
        if steps is None:
            self._deliveries.done(kept_as)
            return
        self._run(Countdown(kept.chat, kept.message, data, kept.text, steps, float(kept.more["began"]), kept_as))

    async def stop(self, chat: int, message: int) -> None:
        """End one early."""
        found = self._tasks.pop((chat, message), None)
        if found is not None:
            countdown, task = found
            task.cancel()
            self._deliveries.done(countdown.kept_as)
            await self._sender.edit(chat, message, self._wording["timer_stopped"].format(label=countdown.label), [])

    async def stop_all(self, chat: int) -> None:
        """End all of a chat."""
        for place in [place for place in self._tasks if place[0] == chat]:
            await self.stop(*place)

    async def stop_shown(self, chat: int) -> None:
        """End what shows a timer that runs no longer."""
        for place, (countdown, _) in list(self._tasks.items()):
            if place[0] == chat and countdown.shown:
                await self.stop(*place)

    def close(self) -> None:
        """The process ends: leave them to the next one."""
        for _, task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def _steps(self, data: str, label: str) -> list[countdowns.Step] | None:
        if data.startswith(HOLD):
            return countdowns.hold(data.removeprefix(HOLD), self._wording)
        return countdowns.timer(data.removeprefix(TIMER).removeprefix(SHOWN), label, self._wording)

    def _keep(self, conversation: str, countdown: Countdown) -> None:
        more = {"data": countdown.data, "began": countdown.began}
        kept = Incoming("countdown", countdown.chat, countdown.message, countdown.label, more)
        self._deliveries.claim(countdown.kept_as, conversation, kept.as_dict())
        self._run(countdown)

    def _run(self, countdown: Countdown) -> None:
        task = asyncio.get_running_loop().create_task(self._count(countdown))
        self._tasks[countdown.chat, countdown.message] = (countdown, task)

    async def _count(self, countdown: Countdown) -> None:
        shown, last = 0, len(countdown.steps) - 1
        while shown < last:
            past = time.time() - countdown.began
            due = max(countdowns.now(countdown.steps, past), shown)
            if due == shown:
                await asyncio.sleep(countdown.steps[shown + 1].at - past)
                continue
            shown = due
            rows = [] if shown == last or countdown.shown else self._stop()
            there = await self._sender.edit(countdown.chat, countdown.message, countdown.steps[shown].text, rows)
            if not there and not countdown.rings:
                break  # the message is gone: nobody looks at the hold
        late = time.time() - countdown.began - countdown.steps[-1].at
        self._tasks.pop((countdown.chat, countdown.message), None)
        self._deliveries.done(countdown.kept_as)
        if countdown.rings and late < STALE_SECONDS:
            await self._sender.text(countdown.chat, Outgoing(countdown.steps[-1].text))

    def _stop(self) -> Rows:
        return [[key(self._wording["timer_stop"], STOP)]]
