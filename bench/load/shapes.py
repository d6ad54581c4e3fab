"""Two shapes of load: people who wait for each answer (closed), and messages at a given rate whatever comes (open)."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from bench.load.people import Person, Talker
from bench.load.samples import Sample
from bench.load.scripts import Script, endless

PATIENCE = 45.0  # seconds in which what is under way must end once nothing new is sent
MOST_PEOPLE = 4000  # of an open load: who arrives then is "not sent"
NO_SESSION = (aiohttp.ClientError, OSError, TimeoutError, ValueError)  # a conversation that could not begin


async def closed(
    talkers: Sequence[Talker], scripts: list[Script], clients: int, seconds: float, warm_up: float = 0.0
) -> tuple[list[Sample], float]:
    """So many people write as fast as they are answered. What was answered after the warm-up, and in how many seconds.

    A conversation stays with one talker; the talkers get the same number of people.
    """
    start = time.perf_counter() + warm_up
    end = start + seconds
    samples: list[Sample] = []

    async def talk(number: int) -> None:
        person = Person(talkers[number % len(talkers)], endless(scripts, seed=number))
        while time.perf_counter() < end:
            sent = time.perf_counter()
            try:
                await person.prepare()
                sent = time.perf_counter()
                became, typed = await person.write()
            except NO_SESSION as error:
                became, typed = f"session: {type(error).__name__}", False
                await asyncio.sleep(0.2)
            answered = time.perf_counter()
            if start <= answered <= end:
                samples.append(Sample((answered - sent) * 1000, became, typed))

    async with asyncio.timeout(warm_up + seconds + PATIENCE):
        await asyncio.gather(*(talk(number) for number in range(clients)))
    return samples, seconds


@dataclass
class Crowd:
    """The people of an open load. They keep their conversations from one step of a ramp to the next."""

    talkers: Sequence[Talker]
    scripts: list[Script]
    idle: deque[Person] = field(default_factory=deque)
    number: int = 0

    async def come(self, people: int) -> None:
        """So many people begin a conversation."""
        for _ in range(people):
            person = self._new()
            await person.prepare()
            self.idle.append(person)

    def _new(self) -> Person:
        talker = self.talkers[self.number % len(self.talkers)]
        self.number += 1
        return Person(talker, endless(self.scripts, seed=self.number))

    async def arrive(self, rate: float, seconds: float, seed: int = 1) -> tuple[list[Sample], float]:
        """Messages at `rate` per second, at moments of chance (Poisson), whether answers come or not.

        Milliseconds count from the moment at which a message was due, so that waiting shows. Who is still being
        answered does not write: another does, and when nobody is idle, somebody new. Samples, and the seconds from the
        first message to the last answer.
        """
        chance = random.Random(seed)  # noqa: S311  moments, no secret
        samples: list[Sample] = []
        under_way: set[asyncio.Task[None]] = set()

        async def one(person: Person, due: float) -> None:
            try:
                if not person.left:
                    await person.prepare()
                became, typed = await person.write()
                samples.append(Sample((time.perf_counter() - due) * 1000, became, typed))
                await person.prepare()
            except NO_SESSION as error:
                samples.append(Sample((time.perf_counter() - due) * 1000, f"session: {type(error).__name__}"))
            self.idle.append(person)

        begun = due = time.perf_counter()
        while (due := due + chance.expovariate(rate)) < begun + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if not self.idle and self.number >= MOST_PEOPLE:
                samples.append(Sample(0.0, "not sent"))
                continue
            task = asyncio.create_task(one(self.idle.popleft() if self.idle else self._new(), due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        if under_way:
            _, hanging = await asyncio.wait(under_way, timeout=PATIENCE)
            for task in hanging:
                task.cancel()
                samples.append(Sample(PATIENCE * 1000, "timeout"))
        return samples, time.perf_counter() - begun
