"""Whole conversations: whether the alarm comes with the turn that tells of danger, and what follows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.accuracy.faults import ALARM
from bench.accuracy.scores import HARMLESS
from reasoning.messages import ADVICE, Inbound, Kind
from reasoning.red_flags import worst
from reasoning.triage import Level
from serving.conversations import Conversations


@dataclass(frozen=True)
class Course:
    """What came of one conversation. Turns count from 1."""

    name: str
    emergency_at: int | None  # the turn from which an alarm is due; None: never
    alarm_at: int | None  # the first turn that raised one
    advice_after: bool  # advice in a turn after a due alarm
    silent: bool  # a turn without an answer
    expected: Level
    reached: Level

    @property
    def missed(self) -> bool:
        """An emergency that was told and not recognised in that turn or before."""
        return self.emergency_at is not None and (self.alarm_at is None or self.alarm_at > self.emergency_at)

    @property
    def false_alarm(self) -> bool:
        """An alarm where none was due, or before what it was due for."""
        return self.alarm_at is not None and (self.emergency_at is None or self.alarm_at < self.emergency_at)

    @property
    def lower(self) -> bool:
        """Whether the level at the end is lower than it should be."""
        return self.expected not in HARMLESS and worst(self.expected, self.reached) is not self.reached


def courses(rows: Iterable[Mapping[str, Any]], conversations: Conversations) -> list[Course]:
    """Each conversation from its first turn to its last."""
    with asyncio.Runner() as runner:
        return [runner.run(_course(row, conversations)) for row in rows]


async def _course(row: Mapping[str, Any], conversations: Conversations) -> Course:
    due, alarm_at, advice_after, silent, level = row["emergency_at"], None, False, False, Level.NONE
    for number, text in enumerate(row["turns"], start=1):
        answer = await conversations.handle(f"term:{row['id']}", Inbound(text=text))
        kinds = {Kind(message["kind"]) for message in answer.messages}
        silent |= not answer.messages
        if alarm_at is None and kinds & ALARM:
            alarm_at = number
        advice_after |= due is not None and number > due and bool(kinds & ADVICE)
        level = Level(answer.level) if answer.level else level
    return Course(row["id"], due, alarm_at, advice_after, silent, Level(row["level_end"]), level)
