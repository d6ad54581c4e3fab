"""The sheet for a doctor: what was told, asked, advised and tried, as plain data and as plain text. No diagnosis.

Words come from `knowledge/sheet.yml` and from the entries and signs themselves. What people typed stands in it as a
quotation, cleaned and shortened, and says so where it was shortened. serving/sheets.py draws it.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pydantic

from reasoning import clock, intake, plan
from reasoning.answers import part
from reasoning.case import Case
from reasoning.diary import Note
from reasoning.knowledge import Knowledge
from reasoning.quotation import WORD, cleaned, shortened
from reasoning.strict_yaml import FOLDER, KnowledgeError, build, read_yaml
from reasoning.triage import Finding, Level, Status, flags

QUOTE = 140  # characters of one quotation
LOOKED_AT = 1000  # characters of what somebody typed; far more than a quotation can hold
SCORES_IN_WORDS = 24


class Words(pydantic.BaseModel):
    """The words of knowledge/sheet.yml, by their keys. Not `Strict`, which strips: some begin or end in a space."""

    words: dict[str, str | dict[str, str]]
    tests: tuple[str, ...]

    class Config:
        extra = "forbid"
        frozen = True

    def say(self, key: str, **values: object) -> str:
        """A text with its values."""
        return str(self.words[key]).format(**values)

    def names(self, key: str) -> dict[str, str]:
        """A table of names."""
        table = self.words[key]
        return table if isinstance(table, dict) else {}


@functools.cache
def words(path: Path = FOLDER / "sheet.yml") -> Words:
    """The words of the sheet; KnowledgeError when a level has none."""
    found = build(Words, read_yaml(path), path)
    lacking = {str(level) for level in Level} - found.names("levels").keys()
    if lacking:
        raise KnowledgeError(f"{path.name}:1: no words for {sorted(lacking)}")
    return found


@dataclass(frozen=True)
class Dated:
    """A line of the diary with its moment."""

    at: datetime.datetime
    note: Note


@dataclass(frozen=True)
class Line:
    """A line of a section; the label may be empty."""

    label: str
    text: str


@dataclass(frozen=True)
class Section:
    """A heading and its lines."""

    id: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Score:
    """A pain score: the days since the first one, and the day in words."""

    days: float
    pain: int
    day: str


@dataclass(frozen=True)
class Plot:
    """The pain scores to be drawn: a title, what it shows in words, and the scores in order."""

    title: str
    alt: str
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Sheet:
    """The whole sheet. `notice` says that a program made it; `made` is the date in words, `at` the moment."""

    title: str
    notice: str
    made: str
    at: datetime.datetime
    sections: tuple[Section, ...]
    plot: Plot | None = None


def make(knowledge: Knowledge, case: Case, now: datetime.datetime, quote: int = QUOTE) -> Sheet:
    """The sheet of this case, at this moment. `quote`: characters of one quotation, 0 for none."""
    say = words().say
    local = _Local(now, case.timezone)
    diary = diary_of(case)
    scored = [entry for entry in diary if entry.note.pain is not None]
    notice = [say("by_program"), *([say("for_other")] if case.about_someone_else else [])]
    sections = (
        Section("story", say("story"), _story(case, diary, local)),
        Section("scores", say("scores"), _scores(scored, case.pain, local)),
        Section("signs", say("signs"), _signs(case, quote)),
        Section("person", say("person"), _person(knowledge, case)),
        Section("tried", say("tried"), _tried(knowledge, diary, local)),
        Section("level", say("level"), _level(case)),
        Section("tests", say("tests"), _tests(knowledge)),
    )
    made = say("made", date=local.moment(now))
    return Sheet(say("title"), " ".join(notice), made, now, sections, plot_of(scored, local))


def text_of(sheet: Sheet) -> str:
    """The sheet as plain text, for channels and readers without PDF."""
    lines = [sheet.title, sheet.made, sheet.notice]
    for section in sheet.sections:
        lines += ["", section.title.upper()]
        lines += [f"- {written(line)}" for line in section.lines]
    return "\n".join(lines) + "\n"


def written(line: Line) -> str:
    """A line with its label in front."""
    return words().say("labelled", label=line.label, text=line.text) if line.label else line.text


def noted(knowledge: Knowledge, case: Case, now: datetime.datetime) -> tuple[Section, ...]:
    """What is known of the person, without what is not known, the advice and the tests."""
    say = words().say
    nothing = {say(key) for key in ("not_told", "signs_none", "scores_none", "facts_none", "tried_none")}
    left_out = {say("signs_open"), *(say(f"asked_{how}") for how in ("all", "some", "nothing"))}
    found = []
    for section in make(knowledge, case, now).sections:
        lines = [line for line in section.lines if line.text not in nothing and not {line.label, line.text} & left_out]
        if lines and section.id not in ("level", "tests"):
            found.append(Section(section.id, section.title, tuple(lines)))
    return tuple(found)


def pain_plot(case: Case, now: datetime.datetime) -> Plot | None:
    """The plot of the pain scores alone, for the chat; None while there are none."""
    scored = [entry for entry in diary_of(case) if entry.note.pain is not None]
    return plot_of(scored, _Local(now, case.timezone))


# What is read of the case.


def diary_of(case: Case) -> tuple[Dated, ...]:
    """The diary in the order of time, without lines whose moment cannot be read."""
    moments = ((clock.moment(note.at), note) for note in case.diary)
    return tuple(sorted((Dated(at, note) for at, note in moments if at is not None), key=lambda line: line.at))


@dataclass(frozen=True)
class _Local:
    """Moments in words, on the person's clock."""

    now: datetime.datetime
    timezone: str

    @property
    def zone(self) -> datetime.tzinfo:
        """The person's zone; UTC where it is not known."""
        return clock.zone(self.timezone)

    @property
    def named(self) -> str:
        """The name of the zone; "" where the times are in UTC because none is known."""
        return "" if self.zone is datetime.UTC else self.timezone

    def day(self, at: datetime.datetime | datetime.date) -> str:
        if isinstance(at, datetime.datetime):
            at = at.astimezone(self.zone).date()
        return f"{at.day} {at:%B %Y}"

    def moment(self, at: datetime.datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{local.day} {local:%B %Y, %H:%M}{'' if self.named else ' UTC'}"

    def short(self, at: datetime.datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{local.day} {local:%b %H:%M}"

    def days_ago(self, day: datetime.date) -> int:
        return (self.now.astimezone(self.zone).date() - day).days


# The sections.


def _story(case: Case, diary: Sequence[Dated], local: _Local) -> tuple[Line, ...]:
    say = words().say
    activity = plan.activities().get(case.activity)
    told = say("not_told")
    changes = [
        say("at_day", day=local.day(entry.at), text=say(f"change_{entry.note.feel}"))
        for entry in diary
        if entry.note.feel
    ]
    lines = [
        Line(say("began"), _began(case, local)),
        Line(say("trigger"), activity.title if activity else told),
        Line(say("course"), _listed(changes[-12:]) if changes else told),
        Line(say("age"), told if case.age is None else say("age_years", age=case.age)),
    ]
    if case.weeks is not None:
        lines.append(Line(say("weeks"), say("weeks_number", weeks=case.weeks)))
    return tuple(lines)


def _began(case: Case, local: _Local) -> str:
    say = words().say
    if case.onset is not None and clock.moment(case.onset.at) is not None:
        day = clock.onset_date(case.onset, case.timezone)
        days = max(0, local.days_ago(day))
        key = {0: "ago_today", 1: "ago_day"}.get(days, "ago_days")
        return say("began_on", day=local.day(day), ago=say(key, days=days))
    return say("not_told") if case.days is None else say("began_days", days=f"{case.days:g}")


def _scores(scored: Sequence[Dated], mark: int | None, local: _Local) -> tuple[Line, ...]:
    say = words().say
    if not scored and mark is not None:
        return (Line("", say("last_mark", pain=mark)),)
    if not scored:
        return (Line("", say("scores_none")),)
    return (
        Line("", summary(scored)),
        Line("", _numbers(scored, local)),
        Line("", say("zone_own", zone=local.named) if local.named else say("zone_utc")),
    )


def summary(scored: Sequence[Dated]) -> str:
    """First, last, lowest and highest score, in one sentence."""
    pains = [entry.note.pain for entry in scored if entry.note.pain is not None]
    key = "from_one" if len(pains) == 1 else "from_to"
    return words().say(key, first=pains[0], last=pains[-1], lowest=min(pains), highest=max(pains), count=len(pains))


def _numbers(scored: Sequence[Dated], local: _Local) -> str:
    say = words().say
    shown = [say("score", at=local.short(entry.at), pain=entry.note.pain) for entry in scored[-SCORES_IN_WORDS:]]
    left_out = len(scored) - len(shown)
    return _listed([*([say("score_older", count=left_out)] if left_out else []), *shown])


def plot_of(scored: Sequence[Dated], local: _Local) -> Plot | None:
    """What is drawn of the scores; None when there are none."""
    if not scored:
        return None
    first = scored[0].at
    scores = tuple(
        Score((entry.at - first).total_seconds() / 86400, int(entry.note.pain or 0), local.short(entry.at))
        for entry in scored
    )
    numbers = f"{summary(scored)} {_numbers(scored, local)}"
    return Plot(words().say("plot"), words().say("plot_alt", numbers=numbers), scores)


def _signs(case: Case, quote: int) -> tuple[Line, ...]:
    say = words().say
    groups: dict[str, list[str]] = {"present": [], "unsure": [], "past": [], "denied": [], "open": []}
    for slug, flag in flags().items():
        found = [finding for finding in case.findings if finding.flag == slug]
        group = _group(found)
        groups[group].append(_sign(flag.title, found, quote if group in ("present", "unsure", "past") else 0))
    asked = {"none": "asked_nothing", "done": "asked_all"}.get(case.interview.state, "asked_some")
    lines = [Line(say(f"signs_{name}"), _listed(titles) or say("signs_none")) for name, titles in groups.items()]
    left_out = not quote and any(_own_words(flags()[f.flag].title, (f,)) for f in case.findings)
    return (*lines, Line("", say(asked)), *([Line("", say("quotes_left_out"))] if left_out else []))


def _group(found: Sequence[Finding]) -> str:
    statuses = {finding.status for finding in found}
    for status in (Status.PRESENT, Status.UNSURE, Status.PAST, Status.DENIED):
        if status in statuses:
            return str(status)
    return "open"  # only asked about, or of somebody else


def _sign(title: str, found: Sequence[Finding], quote: int) -> str:
    say = words().say
    statuses = {finding.status for finding in found}
    if statuses >= {Status.PRESENT, Status.DENIED}:
        title = say("also_denied", title=title)
    own = _own_words(title, found) if quote else ""
    return say("quoted", title=title, words=shortened(own, quote, say("shortened"))) if own else title


def _own_words(title: str, found: Sequence[Finding]) -> str:
    """What the person wrote of a sign, cleaned; "" where nothing but its title is known."""
    said = next((finding.evidence for finding in found if finding.evidence.strip()), "")
    own = cleaned(said[:LOOKED_AT])
    return "" if own == title else own


def _person(knowledge: Knowledge, case: Case) -> tuple[Line, ...]:
    say = words().say
    known = {"facts_yes": case.user_facts, "facts_no": case.not_user_facts}
    lines = [
        Line(say(key), _listed(knowledge.user_facts[slug].label for slug in slugs if slug in knowledge.user_facts))
        for key, slugs in known.items()
    ]
    return tuple(line for line in lines if line.text) or (Line("", say("facts_none")),)


def _tried(knowledge: Knowledge, diary: Sequence[Dated], local: _Local) -> tuple[Line, ...]:
    say = words().say
    when: dict[str, list[datetime.datetime]] = {}
    for entry in diary:
        if entry.note.tried:
            when.setdefault(entry.note.tried, []).append(entry.at)
    lines = [
        say(
            "tried_once" if len(times) == 1 else "tried_times",
            title=_tried_title(knowledge, name),
            times=len(times),
            last=local.day(times[-1]),
        )
        for name, times in when.items()
    ]
    return (Line("", _listed(lines) or say("tried_none")),)


def _tried_title(knowledge: Knowledge, name: str) -> str:
    names = words().names("tried_names")
    if name in names:
        return names[name]
    known = knowledge.topics.get(name) or knowledge.remedies.get(name)
    return known.title if known else shortened(cleaned(name.replace("_", " ")), WORD, words().say("shortened"))


def _level(case: Case) -> tuple[Line, ...]:
    say = words().say
    assessment = intake.assess(case)
    reasons = [*assessment.reasons, *([say("level_combined")] if assessment.combinations else [])]
    return (
        Line(say("level_said"), words().names("levels")[str(assessment.level)]),
        Line(say("level_why"), " ".join(reasons) or say("level_no_reason")),
    )


def _tests(knowledge: Knowledge) -> tuple[Line, ...]:
    parts = [part(knowledge, key) for key in words().tests]
    return tuple(Line(found.file.title, found.entry.says) for found in parts)


def _listed(items: Iterable[str]) -> str:
    return words().say("between").join(items)
