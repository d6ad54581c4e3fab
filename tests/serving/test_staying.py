"""The whole way with the trained bot: agreed to, reminded of after a restart, answered by the button, forgotten."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reasoning.clock import Quiet
from reasoning.messages import Inbound
from serving.conversations import Conversations, Outbound, start
from serving.quiet import quieten
from serving.reminders import Reminding
from serving.settings import newest_model
from serving.stores import ConversationStore
from tests.serving.clocks import HandClock

TUESDAY = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)
WHO = "web:somebody"


@pytest.fixture(scope="module")
def quiet() -> Iterator[None]:
    """Rasa's logs are of no interest."""
    quieten()
    return


class Bot:
    """A server's inside, which can be started again on the same database."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "conversations.db"
        self.clock = HandClock(TUESDAY)
        self.last: list[dict[str, Any]] = []
        self.conversations: Conversations

    async def restart(self, **settings: Any) -> Bot:
        """A new process, as far as the database can tell."""
        store = ConversationStore.at(self.path)
        self.conversations = await start(newest_model(), tracker_store=store, clock=self.clock, **settings)
        return self

    async def send(self, **message: Any) -> Outbound:
        """A message of the person."""
        inbound = Inbound(**message)
        told = await self.conversations.handle(WHO, inbound, channel="web", timezone="Europe/London")
        assert not told.failed
        self.last = list(told.messages)
        return told

    async def press(self, title: str) -> Outbound:
        """The button with this title, of what was said last."""
        buttons = [button for message in self.last for button in message.get("buttons", ())]
        return await self.send(button=next(button["id"] for button in buttons if button["title"] == title))

    async def tick(self) -> list[str]:
        """The texts that are said unasked now."""
        outbox = self.conversations.records.outbox
        assert outbox is not None
        assert self.conversations.reminders is not None
        before = len(outbox.read(WHO))
        await Reminding(self.conversations.reminders, self.conversations.remind).tick()
        news = [unasked.message for unasked in outbox.read(WHO)[before:]]
        self.last = news or self.last
        return [message["text"] for message in news]

    def waiting(self) -> list[str]:
        """Keys of what is still to be said."""
        assert self.conversations.reminders is not None
        return [due.key for due in self.conversations.reminders.waiting(WHO)]

    @property
    def text(self) -> str:
        """All that was said last."""
        return "\n".join(message["text"] for message in self.last)


@pytest.fixture
async def bot(tmp_path: Path, quiet: None) -> Bot:
    """Somebody has agreed to be written to."""
    made = await Bot(tmp_path).restart()
    await made.send(text="my back has been in spasm since yesterday, please help")
    for _ in range(3):
        await made.send(text="none of these")
    await made.press("Yes, check on me")
    return made


async def test_a_check_in_after_a_restart_is_answered_by_its_button(bot: Bot) -> None:
    """Day 3: once, over two restarts; "worse" begins with the danger signs; an emergency holds the rest."""
    assert "check_in/2026-11-26" in bot.waiting()
    await bot.restart()
    bot.clock.time = datetime.datetime(2026, 11, 26, 9, 31, tzinfo=datetime.UTC)
    (asked,) = await bot.tick()
    assert "day 3" in asked
    await bot.restart()
    assert await bot.tick() == []
    await bot.press("Worse")
    assert "danger signs" in bot.text
    told = await bot.send(text="yes, I cannot feel it when I pee")
    assert told.level in ("E1", "E2")
    bot.clock.move(days=2)
    assert await bot.tick() == []
    assert await bot.tick() == []


async def test_the_servers_quiet_hours_are_told_and_kept(bot: Bot) -> None:
    """Told with the yes; a check-in waits for their end; a timer of one's own rings in them."""
    assert "between 22:00 and 08:00" in bot.text
    await bot.restart(quiet=Quiet.parse("20:30-10:00"))
    await bot.send(text="stop reminders")
    await bot.send(text="remind me")
    await bot.press("Yes, check on me")
    assert "between 20:30 and 10:00" in bot.text
    bot.clock.time = datetime.datetime(2026, 11, 25, 20, 45, tzinfo=datetime.UTC)
    await bot.send(text="start a timer")
    bot.clock.move(minutes=21)
    (rung,) = await bot.tick()
    assert "20 minutes are over" in rung
    bot.clock.time = datetime.datetime(2026, 11, 26, 9, 31, tzinfo=datetime.UTC)
    assert await bot.tick() == []
    bot.clock.time = datetime.datetime(2026, 11, 26, 10, 0, tzinfo=datetime.UTC)
    assert "day 3" in (await bot.tick())[0]


async def test_stop_and_delete_leave_nothing_to_say(bot: Bot) -> None:
    """In the database, not only in the case."""
    await bot.send(text="stop reminders")
    assert bot.waiting() == []
    await bot.send(text="remind me")
    await bot.press("Yes, check on me")
    assert bot.waiting()
    await bot.conversations.records.delete(WHO)
    assert bot.waiting() == []
    bot.clock.move(days=1)
    assert await bot.tick() == []


async def test_two_days_later_the_plan_is_another_without_a_word_of_time(bot: Bot) -> None:
    """Ice, then heat, said at the time of the change and in the plan."""
    assert "change/2026-11-27" in bot.waiting()
    bot.clock.time = datetime.datetime(2026, 11, 27, 9, 1, tzinfo=datetime.UTC)
    said = await bot.tick()
    assert any("from ice to heat" in text for text in said)
    await bot.send(text="what should I do for my back")
    remedies = {remedy for message in bot.last for remedy in message.get("remedies", ())}
    assert "R1_heat" in remedies
    assert "R1_ice" not in remedies


async def test_the_same_message_twice_heals_a_crash_before_the_reminders_were_kept(bot: Bot) -> None:
    """The answer was kept, the process died: the client sends it again."""
    await bot.send(text="start a timer", id="one")
    (timer,) = [key for key in bot.waiting() if key.startswith("timer/")]
    assert bot.conversations.reminders is not None
    bot.conversations.reminders.delete(WHO)
    await bot.restart()
    await bot.send(text="start a timer", id="one")
    assert timer in bot.waiting()
    bot.clock.move(minutes=21)
    assert len(await bot.tick()) == 1
    assert await bot.tick() == []
    await bot.press("Remind me in 1 h")
    assert [key for key in bot.waiting() if key.startswith("again/")]
