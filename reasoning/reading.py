"""How one message was understood: what `understanding/` hands to the dialogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reasoning.case import finding_as_dict, finding_from_dict
from reasoning.triage import Finding

MIN_SCORE = 0.5  # likeness under which an entry is no answer of its own; set on tests/understanding/entry_questions.yml


@dataclass(frozen=True)
class Match:
    """An entry of the knowledge that a question fits; its likeness is 0 for none, about 1 for its own phrases."""

    file: str
    entry: str
    score: float


@dataclass(frozen=True)
class Reading:
    """One message as read: what it asks, what it tells of the person, and the danger signs in it."""

    text: str = ""
    screened: bool = False  # the watch has read it; nothing that is advice passes without
    findings: tuple[Finding, ...] = ()
    back_trouble: bool = False
    days: float | None = None
    age: int | None = None
    weeks: int | None = None
    about_someone_else: bool = False
    act: str = ""  # the NLU's intent
    confidence: float = 0.0
    ranking: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    files: tuple[str, ...] = ()  # knowledge files named in it
    activity: str = ""
    user_facts: tuple[str, ...] = ()
    denied_facts: tuple[str, ...] = ()
    asks_in_general: bool = False  # "what about pregnant women?": its facts are not the person's
    ordinals: tuple[int, ...] = ()  # "the second one": 1-based; -1 is the last
    matches: tuple[Match, ...] = ()
    button: bool = False  # a button was pressed; `act` is its intent
    pressed: str = ""  # value of the button that was pressed
    scale: int | None = None  # a mark on the pain scale, 0 to 10
    ticked: tuple[str, ...] | None = None  # values of the ticks that were set
    onset_told: bool = False  # the message speaks of when it began, so that `days` corrects what was said before
    now: str = ""  # when the message came, ISO 8601 in UTC
    timezone: str = ""  # what the channel knows of it
    can_remind: bool = False  # this conversation can be written to unasked
    quiet: str = ""  # the hours in which it is not, as the server was told; "" where it was not

    def as_dict(self) -> dict[str, Any]:
        """JSON data; `from_dict` reads it back."""
        data: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["findings"] = [finding_as_dict(finding) for finding in self.findings]
        data["matches"] = [[match.file, match.entry, match.score] for match in self.matches]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in data.items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None) -> Reading:
        """The reading of JSON data; an unscreened empty one when there is none."""
        if not data:
            return cls()
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        known["findings"] = tuple(finding_from_dict(item) for item in data["findings"])
        known["matches"] = tuple(Match(*item) for item in data["matches"])
        return cls(**known)
