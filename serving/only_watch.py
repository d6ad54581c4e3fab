"""Emergency-only mode, for the people who run the bot: the watch goes on, nothing else is said.

It needs neither the model nor the database: both may be why the mode is on. What the watch sees is remembered where
that is possible, so that it holds when the mode is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reasoning import intake, interview, safety
from reasoning.case import Case, Offer
from reasoning.knowledge import Knowledge
from reasoning.messages import Message
from reasoning.triage import Level, merge
from understanding.screen import ScreenResult

FILE = "emergency-only"  # in the data folder; its being there is the switch


@dataclass(frozen=True)
class Switch:
    """On while the setting says so or the file is there; looked at for every message, so no restart is needed."""

    file: Path
    always: bool = False

    def __call__(self) -> bool:
        """Whether only the watch works now."""
        return self.always or self.file.exists()


@dataclass(frozen=True)
class Seen:
    """What the watch says, at which level, and the case with what it saw."""

    message: Message
    level: Level
    case: Case


def answer(
    knowledge: Knowledge,
    screen: Callable[[str], ScreenResult],
    case: Case,
    text: str,
    pressed: Sequence[Offer] = (),
    country: str = "",
) -> Seen:
    """What is said to a text, or to ticks, in this mode.

    `case` is what is known from before: an emergency in it still stands.
    """
    screened = screen(text)
    told = (*screened.findings, *interview.told_by(pressed))
    case = case.with_(
        findings=merge(case.findings, told),
        back_trouble=case.back_trouble or screened.has_back_trouble,
        country=case.country or country,
    )
    assessment = intake.assess(case)
    if assessment.level.emergency:
        message = safety.emergency(knowledge, case, assessment)
    elif assessment.level is Level.S:
        message = safety.same_day(knowledge, case, assessment)
    else:
        message = safety.only_emergencies(knowledge, case.country)
    return Seen(message, assessment.level, case)
