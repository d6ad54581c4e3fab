"""What is known of one conversation: the person's case, as it is kept between messages.

One JSON-able record, so that one Rasa slot carries it and a doctor sheet or an export can show it.
Only code in this process writes it; nothing typed reaches it but through what the screen and the interview read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from reasoning.clock import Onset
from reasoning.diary import Note
from reasoning.triage import Finding, Status


@dataclass(frozen=True)
class Offer:
    """A button or tick that this conversation accepts now: opaque id, its title, and what it stands for."""

    id: str
    title: str
    intent: str
    value: str = ""


@dataclass(frozen=True)
class Interview:
    """Where the questions stand. `state`: none, open, done, stopped. `page`: id of the list or detail being asked."""

    state: str = "none"
    page: str = ""
    item: str = ""  # flag asked alone, after "not sure"
    asked: tuple[str, ...] = ()  # pages answered or skipped, in order: the way back
    unsure: tuple[str, ...] = ()  # flags still to be asked one by one
    reopened: str = ""  # page that is asked again after "back"
    questions: int = 0
    misses: int = 0


@dataclass(frozen=True)
class Hold:
    """An emergency that stands until it is corrected: the flag, the level, and what the person wrote."""

    flag: str
    level: str
    wrote: str
    checking: bool = False  # "I answered wrongly" was said and the flag is being asked again


@dataclass(frozen=True)
class Coaching:
    """A session of stretches. `state`: none, mark (pain before it), facts, on, paused, check (pain was told), felt."""

    state: str = "none"
    stretches: tuple[str, ...] = ()  # files of knowledge/stretches/, in order
    at: int = 0
    set: int = 1
    before: int | None = None  # mark on the pain scale before it, 0 to 10


@dataclass(frozen=True)
class Said:
    """What the last answer was about, so that "how long?" and "more" have something to hold on to."""

    file: str = ""
    entries: tuple[str, ...] = ()
    turn: int = 0


@dataclass(frozen=True)
class Timer:
    """A timer that the person set running: what it is for ("timer": take the pack off; "again": put it on), its end."""

    kind: Literal["timer", "again"]
    at: str


@dataclass(frozen=True)
class Care:
    """What goes on between messages. Moments are ISO 8601 in UTC, "" where there is none."""

    consent: str = ""  # to reminders and check-ins: "", asked, yes, no
    agreed: str = ""  # when the yes was said
    waiting: str = ""  # what was asked and may be answered by a bare word: consent, time, pain
    timers: tuple[Timer, ...] = ()
    phase: str = ""  # of the plan that was told last: cold, warm, unknown
    ended: str = ""  # when the spasm was over


@dataclass(frozen=True)
class Report:
    """An answer that the person called wrong in this turn; `words` only where they agreed to have them kept."""

    file: str
    entries: tuple[str, ...]
    words: str = ""


@dataclass(frozen=True)
class Case:
    """The whole record. Ages in years, weeks of pregnancy, days since the spasm began; None is not known.

    `now` is the moment of the last message; `days` follows from it and the onset (reasoning/care.py).
    """

    findings: tuple[Finding, ...] = ()
    user_facts: tuple[str, ...] = ()
    not_user_facts: tuple[str, ...] = ()
    age: int | None = None
    weeks: int | None = None
    days: float | None = None
    activity: str = ""
    about_someone_else: bool = False
    back_trouble: bool = False
    country: str = ""
    interview: Interview = field(default_factory=Interview)
    hold: Hold | None = None
    asking: str = ""  # file whose user facts are being asked ("is it right for me?")
    confirm: str = ""  # what a bare "yes" would confirm now: delete
    wish: str = ""  # what the server has to do after this turn: delete
    asking_flag: str = ""  # flag that is being asked by itself, outside the interview
    pain: int | None = None  # the last mark on the pain scale, 0 to 10
    coaching: Coaching = field(default_factory=Coaching)
    said: Said = field(default_factory=Said)
    report: Report | None = None  # for the operator; lapses with the turn
    awaiting_report: Report | None = None  # the person agreed that their next message on it is kept for the operator
    heard: tuple[str, ...] = ()  # "file/entry" of everything said so far
    offers: tuple[Offer, ...] = ()
    introduced: bool = False
    level_told: str = ""
    misses: int = 0
    turn: int = 0
    now: str = ""
    timezone: str = ""  # a name of the tz database or an offset; "" is not known
    onset: Onset | None = None
    care: Care = field(default_factory=Care)
    diary: tuple[Note, ...] = ()
    asked_with: str = ""  # the lists as they were at the last turn (interview.stamp)
    upgraded: str = ""  # what this turn tells of a new version: "", told, again (reasoning/upgrade.py)

    def with_(self, **changes: Any) -> Case:
        """A copy with some fields changed; TypeError for a field that there is not."""
        unknown = changes.keys() - self.__dataclass_fields__.keys()
        if unknown:
            raise TypeError(f"a case has no {sorted(unknown)}")
        # dataclasses.replace sets forty fields one by one, and a message makes many copies.
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, **changes)
        return copy

    def status_of(self, flag: str) -> Status | None:
        """The status of a flag, None when it was never spoken of."""
        return next((finding.status for finding in self.findings if finding.flag == flag), None)

    def without_findings(self, flags: Iterable[str]) -> Case:
        """A copy in which these flags were never spoken of."""
        gone = set(flags)
        return self.with_(findings=tuple(finding for finding in self.findings if finding.flag not in gone))

    def as_dict(self) -> dict[str, Any]:
        """JSON data; `from_dict` reads it back."""
        data = asdict(self)
        data["findings"] = [finding_as_dict(finding) for finding in self.findings]
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None) -> Case:
        """The case of JSON data; an empty case when there is none."""
        if not data:
            return cls()
        known = {name: _tuples(value) for name, value in data.items() if name in cls.__dataclass_fields__}
        known["findings"] = tuple(finding_from_dict(item) for item in data.get("findings", ()))
        known["interview"] = Interview(**_fields(data.get("interview") or {}))
        known["coaching"] = Coaching(**_fields(data.get("coaching") or {}))
        known["said"] = Said(**_fields(data.get("said") or {}))
        for name in ("report", "awaiting_report"):
            known[name] = Report(**_fields(data[name])) if isinstance(data.get(name), dict) else None
        known["hold"] = Hold(**data["hold"]) if data.get("hold") else None
        known["offers"] = tuple(Offer(**offer) for offer in data.get("offers", ()))
        known["onset"] = Onset(**data["onset"]) if data.get("onset") else None
        known["diary"] = tuple(Note(**note) for note in data.get("diary", ()))
        care = _fields(data.get("care") or {})
        known["care"] = Care(**{**care, "timers": tuple(Timer(**timer) for timer in care.get("timers", ()))})
        return cls(**known)


def finding_as_dict(finding: Finding) -> dict[str, Any]:
    """A finding as JSON data."""
    return {
        "flag": finding.flag,
        "status": str(finding.status),
        "details": sorted(finding.details),
        "evidence": finding.evidence,
    }


def finding_from_dict(data: dict[str, Any]) -> Finding:
    """A finding of JSON data."""
    return Finding(
        flag=data["flag"],
        status=Status(data["status"]),
        details=frozenset(data.get("details", ())),
        evidence=data.get("evidence", ""),
    )


def _fields(data: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuples(value) for name, value in data.items()}


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
