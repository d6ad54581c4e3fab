"""Three weeks with a person in seconds: the whole dialogue core over the real table, on SQLite and on PostgreSQL.

Two processes look for what is due, new at every step. The walk goes over both changes of the clocks, in zones whole and
half hours off, on a clock that is set back an hour again and again. What is asked is answered by its button, so the
case changes all the time; every reminder comes once.
"""

from __future__ import annotations

import asyncio
import datetime
from collections import Counter
from dataclasses import dataclass, field

import pytest

from reasoning import care, clock, diary
from reasoning.care import Due
from reasoning.clock import Quiet
from serving.reminders import Reminders, Reminding, Said
from serving.stores import ConversationStore
from tests.reasoning.talks import Talk
from tests.serving.clocks import HandClock

UTC = datetime.UTC
WHO = "web:somebody"
NONE = "None of these"
STEP = datetime.timedelta(minutes=95)
WEEKS = datetime.timedelta(days=22)
SET_BACK_EVERY = 5  # steps: at all times of the day, in the course of three weeks
CHECK_INS = {1, 3, 7, 14, 21}


@dataclass
class Walk:
    """A person who agreed, and a server that is started anew for everything that it does."""

    address: str
    zone: str
    clock: HandClock
    talk: Talk
    said: list[tuple[Due, datetime.datetime]] = field(default_factory=list)
    wanted: dict[str, Due] = field(default_factory=dict)  # everything that was ever wanted

    @classmethod
    def begin(cls, address: str, start: datetime.datetime, zone: str) -> Walk:
        """Somebody whose spasm began today, through the interview, who said yes."""
        talk = Talk(now=start, timezone=zone, can_remind=True).without_introduction()
        talk.say("my back hurts", act="report", back_trouble=True, days=0.0)
        while talk.case.interview.state == "open":
            talk.tick(NONE)
        talk.press(talk.word("care_consent_yes"))
        walk = cls(address, zone, HandClock(start), talk)
        ConversationStore(url=address).prepare()
        walk.keep()
        return walk

    def process(self) -> Reminders:
        """A new one, on the same database."""
        return Reminders(ConversationStore(url=self.address).outbox, self.clock)

    def keep(self) -> None:
        """What a turn does at its end."""
        reminders = self.process()
        wanted = care.wanted(self.talk.case, self.clock.time)
        self.wanted |= {due.key: due for due in wanted}
        reminders.keep(WHO, wanted)
        reminders.engine.dispose()

    async def tick(self) -> None:
        """Two new processes look for what is due; what they ask is answered."""
        self.talk.now = self.clock.time
        both = self.process(), self.process()
        before = len(self.said)
        await asyncio.gather(*(Reminding(process, self._make).tick() for process in both))
        for process in both:
            process.engine.dispose()
        for due, _ in self.said[before:]:
            if due.kind == "check_in":
                self.talk.press(self.talk.word("feel_better"))
                self.talk.say("5", act="nlu_fallback", scale=5)
            elif due.kind == "stretch" and due.value == 1:
                self.talk.press(self.talk.word("stretch_done"))
            self.keep()

    async def _make(self, _who: str, due: Due) -> tuple[Said, str]:
        messages = self.talk.remind(due)
        self.said.append((due, self.clock.time))
        return Said(tuple(message.as_dict() for message in messages)), self.zone

    async def set_back(self) -> None:
        """An hour back, a new process, the case asked again what it wants; and on again."""
        self.clock.move(hours=-1)
        self.keep()
        await self.tick()
        self.clock.move(hours=1)


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("2026-03-20T09:00", "Europe/London"),  # an hour forward on day 9
        ("2026-10-20T09:00", "America/New_York"),  # an hour back on day 12
        ("2027-03-25T03:00", "Australia/Lord_Howe"),  # half an hour back on day 10
        ("2026-11-24T09:00", "+05:45"),  # told by the time on the person's clock
    ],
)
async def test_each_reminder_comes_once_whatever_the_clocks_do(address: str, start: str, zone: str) -> None:
    began = datetime.datetime.fromisoformat(start).replace(tzinfo=UTC)
    walk = Walk.begin(address, began, zone)
    steps = 0
    while walk.clock.time < began + WEEKS:
        walk.clock.time += STEP
        steps += 1
        await walk.tick()
        if steps % SET_BACK_EVERY == 0:
            await walk.set_back()
    outbox = walk.process().outbox
    texts = Counter(unasked.message["text"] for unasked in outbox.read(WHO))
    assert {due.value for due, _ in walk.said if due.kind == "check_in"} == CHECK_INS
    assert Counter(due.key for due, _ in walk.said) == Counter(dict.fromkeys(walk.wanted, 1))
    assert sum(texts.values()) == len(walk.said)
    assert diary.scores(walk.talk.case.diary) == (5,) * len(CHECK_INS)
    for due, when in walk.said:
        assert due.at <= when <= due.at + 2 * STEP, "late, but for the hour that the clock was set back"
        assert Quiet().until(when, zone) is None
    local = [when.astimezone(clock.zone(zone)) for due, when in walk.said if due.kind == "stretch"]
    assert max(Counter(when.date() for when in local).values()) == 2


@pytest.mark.parametrize(
    ("night", "zone"), [("2026-10-25T00:50", "Europe/London"), ("2026-03-29T00:50", "Europe/London")]
)
async def test_a_timer_over_the_change_of_the_clocks_rings_once_after_20_minutes(
    address: str, night: str, zone: str
) -> None:
    """At night, for the person set it running; the minutes are those that pass."""
    began = datetime.datetime.fromisoformat(night).replace(tzinfo=UTC)
    walk = Walk.begin(address, began, zone)
    walk.talk.say("start a timer", act="start_timer")
    walk.keep()
    for _ in range(19):
        walk.clock.move(minutes=1)
        await walk.tick()
    assert walk.said == []
    for _ in range(3):
        walk.clock.move(minutes=1)
        await walk.tick()
        await walk.set_back()
    assert [(due.kind, when - began) for due, when in walk.said] == [("timer", datetime.timedelta(minutes=20))]
