"""What is known: `knowledge/` as frozen objects, checked as a whole, so that no id leads nowhere.

One entry of a topic file is one thing that can be asked and said, with the ids of the article's facts, its sources and
the date of its review. docs/decisions/0002 says why facts live in YAML.
"""

from __future__ import annotations

import datetime
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pydantic

from reasoning.strict_yaml import FOLDER, KnowledgeError, Strict, build, line_of, named, quickly, read_yaml

TOPIC_FOLDERS = ("remedies", "stretches", "tests", "topics")
ARTICLE = "S00"

Voice = Literal["article", "note", "bot"]
Effect = Literal["avoid", "ask_first", "modify", "inform"]
EFFECTS: tuple[Effect, ...] = ("avoid", "ask_first", "modify", "inform")  # strictest first


class Minutes(Strict):
    """A countdown that goes with an entry: what it is for, and its length in minutes."""

    label: str
    minutes: int


class Entry(Strict):
    """One thing that can be asked and said."""

    id: str
    lead: bool = False
    facts: tuple[str, ...] = ()
    remedies: tuple[str, ...] | None = None
    says: str
    asked_as: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    voice: Voice
    sources: tuple[str, ...]
    reviewed: datetime.date
    timer: Minutes | None = None
    lists: tuple[str, ...] = ()  # files that it names, in its order: "the second one" is the second of these
    covers: tuple[str, ...] = ()  # cautions whose advice its own words give already

    @pydantic.root_validator(skip_on_failure=True)
    def _has_a_source(cls, values: dict[str, Any]) -> dict[str, Any]:
        # What the bot says of itself has no other source than this project.
        if not values["sources"] and values["voice"] != "bot":
            raise ValueError("an entry needs at least one source")
        return values


class Dose(Strict):
    """How a stretch is done; None where the article gives none. Seconds held are [least, most]."""

    hold_seconds: tuple[int, int] | None = None
    repetitions: int | None = None
    sides: Literal["both", "each", "one"] | None = None
    sets: int | None = None
    sessions_a_day: int | None = None


class Topic(Strict):
    """One file: a remedy, a stretch, a test, or another topic of the article."""

    id: str
    kind: Literal["remedy", "stretch", "test", "topic"]
    part_of: str | None = None
    title: str
    names: tuple[str, ...] = ()
    asked_as: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    self_care: bool = False
    next: tuple[str, ...]
    dose: Dose | None = None
    steps: tuple[str, ...] = ()
    picture_alt: str | None = None  # what the picture of the same name shows
    entries: tuple[Entry, ...]

    @property
    def topic(self) -> str:
        """The topic id that this file is reported under."""
        return self.part_of or self.id

    @property
    def lead(self) -> tuple[Entry, ...]:
        """The entries of the first answer."""
        return tuple(entry for entry in self.entries if entry.lead)

    def entry(self, entry_id: str) -> Entry:
        """The entry of that id; KeyError when there is none."""
        for entry in self.entries:
            if entry.id == entry_id:
                return entry
        raise KeyError(entry_id)

    def remedies_of(self, entry: Entry) -> tuple[str, ...]:
        """Remedies whose instructions the entry gives."""
        return self.remedies if entry.remedies is None else entry.remedies


class Difference(Strict):
    """A point where guidance differs from the article."""

    id: str
    facts: tuple[str, ...]
    note: str
    sources: tuple[str, ...]
    year: str
    basis: Literal["sourced", "mixed", "general_knowledge"]
    reviewed: datetime.date


class Candidate(Strict):
    """An item that may have stood on a lost list."""

    name: str
    likelihood: Literal["high", "medium", "low"]
    sources: tuple[str, ...]


class LostList(Strict):
    """A list that the copy of the article lost, with what other sources name."""

    id: str
    fact: str
    topic: str
    asked_as: tuple[str, ...]
    says: str
    items: tuple[Candidate, ...]
    reviewed: datetime.date


class Source(Strict):
    """A source; `read` says how much of it was read."""

    id: str
    title: str
    publisher: str | None
    year: int | str | tuple[int, ...] | None
    read: str
    name: str
    url: tuple[str, ...] = ()
    checked: datetime.date


class UserFact(Strict):
    """Something about a person that changes advice."""

    slug: str
    label: str
    covers: str | None = None
    implies: tuple[str, ...] = ()
    asked: str | None = None
    said_as: tuple[str, ...] = ()


class Weeks(Strict):
    """Weeks of pregnancy for which a caution counts, ends included."""

    from_: int | None = pydantic.Field(None, alias="from")
    to: int | None = None
    if_unknown: Literal["applies", "does_not_apply"]


class Caution(Strict):
    """What a user fact changes in a remedy."""

    id: str
    remedies: tuple[str, ...]
    user_facts: tuple[str, ...]
    effect: Effect
    weeks: Weeks | None = None
    advice: str
    sources: tuple[str, ...] = ()
    basis: Literal["sourced", "mixed", "general_knowledge"]
    related: tuple[str, ...] = ()
    reviewed: datetime.date


class Remedy(Strict):
    """A remedy or test as the cautions know it."""

    id: str
    title: str
    facts: tuple[str, ...] = ()


class Line(Strict):
    """A line to call: text as shown, numbers to dial; None where nothing is known."""

    text: str | None = None
    numbers: tuple[str, ...] = ()
    text_line: str | None = None
    unverified: tuple[str, ...] = ()  # numbers on which the sources disagree: kept for whoever checks them, never shown
    sources: tuple[str, ...] = ()
    needs_check: bool = True


class Country(Strict):
    """The lines of one place. `conflict`: the sources disagree, so its numbers are not shown."""

    code: str
    name: str
    conflict: bool = False
    emergency: Line
    advice: Line | None = None
    crisis: Line | None = None
    poison: Line | None = None
    notes: str | None = None
    needs_check: bool
    last_checked: str


class UnknownCountry(Strict):
    """What is said while the country is not known."""

    text: str
    numbers: tuple[str, ...]
    advice: Line
    crisis: Line
    needs_check: bool
    last_checked: str


class HelpLines(Strict):
    """Whom to call, by country code."""

    unknown_country: UnknownCountry
    countries: dict[str, Country]


class Knowledge(Strict):
    """Everything in `knowledge/` but the red flags, which triage reads itself."""

    topics: dict[str, Topic]
    differences: dict[str, Difference]
    lost_lists: dict[str, LostList]
    sources: dict[str, Source]
    user_facts: dict[str, UserFact]
    cautions: dict[str, Caution]
    remedies: dict[str, Remedy]
    help_lines: HelpLines
    wording: dict[str, str]

    def files_of(self, topic: str) -> tuple[Topic, ...]:
        """The files reported under a topic id, the topic's own first."""
        found = [file for file in self.topics.values() if file.topic == topic]
        return tuple(sorted(found, key=lambda file: (file.id != topic, file.id)))

    def implied(self, facts: Iterable[str]) -> frozenset[str]:
        """The user facts with all that they imply."""
        known: set[str] = set()
        waiting = list(facts)
        while waiting:
            slug = waiting.pop()
            if slug not in known:
                known.add(slug)
                waiting.extend(self.user_facts[slug].implies if slug in self.user_facts else ())
        return frozenset(known)


def load(folder: Path = FOLDER) -> Knowledge:
    """Read and check the whole folder; KnowledgeError with file and line for the first thing that is wrong."""
    return quickly(lambda: _load(folder))


def _load(folder: Path) -> Knowledge:
    documents = {path: read_yaml(path) for path in topic_paths(folder)}
    topics = _topics(folder, documents)
    places: dict[str, str] = {}
    sources = _listed(folder / "sources.yml", "sources", Source, "id", places)
    cautions_file, facts_file = folder / "cautions.yml", folder / "user_facts.yml"
    knowledge = Knowledge(
        topics=topics,
        differences=_listed(folder / "differences.yml", "differences", Difference, "id", places),
        lost_lists=_listed(folder / "lost_lists.yml", "lists", LostList, "id", places),
        sources=sources,
        user_facts=_listed(facts_file, "user_facts", UserFact, "slug", places),
        cautions=_listed(cautions_file, "cautions", Caution, "id", places),
        remedies=_listed(cautions_file, "remedies", Remedy, "id", places),
        help_lines=_help_lines(folder / "help_lines.yml", places),
        wording=_wording(folder / "wording.yml"),
    )
    _check_references(knowledge, documents, places)
    return knowledge


@functools.cache
def shared() -> Knowledge:
    """The knowledge of this process."""
    return load()


def topic_paths(folder: Path = FOLDER) -> Iterator[Path]:
    """The topic files, in a fixed order."""
    for name in TOPIC_FOLDERS:
        yield from sorted((folder / name).glob("*.yml"))


def _topics(folder: Path, documents: Mapping[Path, Any]) -> dict[str, Topic]:
    topics: dict[str, Topic] = {}
    for path, data in documents.items():
        topic = build(Topic, data, path)
        if topic.id != path.stem:
            raise KnowledgeError(f"{named(path)}:{line_of(data, ['id'])}: id is not the file's name")
        if topic.id in topics:
            raise KnowledgeError(f"{named(path)}:{line_of(data, ['id'])}: {topic.id} stands twice")
        _refuse_doubles(path, data, [entry.id for entry in topic.entries])
        if not topic.lead:
            raise KnowledgeError(f"{named(path)}:{line_of(data, ['entries'])}: no entry is marked lead")
        topics[topic.id] = topic
    if not topics:
        raise KnowledgeError(f"{folder.name}:1: no topic files")
    return topics


def _refuse_doubles(path: Path, data: Any, ids: list[str]) -> None:
    for name, count in Counter(ids).items():
        if count > 1:
            number = [index for index, value in enumerate(ids) if value == name][1]
            raise KnowledgeError(f"{named(path)}:{line_of(data, ['entries', number])}: entry {name} stands twice")


def _listed[Model: pydantic.BaseModel](
    path: Path, key: str, model: type[Model], id_field: str, places: dict[str, str]
) -> dict[str, Model]:
    data = read_yaml(path)
    if not isinstance(data, dict) or key not in data:
        raise KnowledgeError(f"{named(path)}:1: the list {key} is missing")
    found: dict[str, Model] = {}
    for item in data[key]:
        built = build(model, item, path)
        name = getattr(built, id_field)
        place = f"{named(path)}:{line_of(item)}"
        if name in found:
            raise KnowledgeError(f"{place}: {name} stands twice")
        found[name] = built
        places[f"{key}/{name}"] = place
    return found


def _help_lines(path: Path, places: dict[str, str]) -> HelpLines:
    data = read_yaml(path)
    if not isinstance(data, dict) or "unknown_country" not in data:
        raise KnowledgeError(f"{named(path)}:1: unknown_country is missing")
    unknown = build(UnknownCountry, data["unknown_country"], path)
    return HelpLines(unknown_country=unknown, countries=_listed(path, "countries", Country, "code", places))


def _wording(path: Path) -> dict[str, str]:
    data = read_yaml(path)
    for key, value in data.items():
        if not isinstance(value, str) or not value.strip():
            raise KnowledgeError(f"{named(path)}:{line_of(data, [key])}: {key}: a sentence is expected")
    return {str(key): " ".join(value.split(" ")).strip() for key, value in data.items()}


def _check_references(knowledge: Knowledge, documents: Mapping[Path, Any], places: dict[str, str]) -> None:
    for path, data in documents.items():
        topic = knowledge.topics[path.stem]
        _refuse_unknown(path, data, "next", topic.next, knowledge.topics)
        _refuse_unknown(path, data, "remedies", topic.remedies, knowledge.remedies)
        if topic.part_of and topic.part_of not in knowledge.topics:
            raise KnowledgeError(f"{named(path)}:{line_of(data, ['part_of'])}: unknown topic {topic.part_of}")
        for number, entry in enumerate(topic.entries):
            item = data["entries"][number]
            _refuse_unknown(path, item, "notes", entry.notes, knowledge.differences)
            _refuse_unknown(path, item, "sources", entry.sources, knowledge.sources)
            _refuse_unknown(path, item, "remedies", entry.remedies or (), knowledge.remedies)
            _refuse_unknown(path, item, "lists", entry.lists, knowledge.topics)
            _refuse_unknown(path, item, "covers", entry.covers, knowledge.cautions)
    for place, ids, known in _cross_references(knowledge):
        for name in ids:
            if name not in known:
                raise KnowledgeError(f"{places[place]}: unknown id {name}")


def _cross_references(knowledge: Knowledge) -> Iterator[tuple[str, Iterable[str], Iterable[str]]]:
    for slug, fact in knowledge.user_facts.items():
        yield f"user_facts/{slug}", fact.implies, knowledge.user_facts
    for name, caution in knowledge.cautions.items():
        yield f"cautions/{name}", caution.remedies, knowledge.remedies
        yield f"cautions/{name}", caution.user_facts, knowledge.user_facts
        yield f"cautions/{name}", caution.sources, knowledge.sources
    for name, difference in knowledge.differences.items():
        yield f"differences/{name}", difference.sources, knowledge.sources
    for name, lost in knowledge.lost_lists.items():
        yield f"lists/{name}", [source for item in lost.items for source in item.sources], knowledge.sources
        yield f"lists/{name}", [lost.topic], knowledge.topics


def _refuse_unknown(path: Path, data: Any, key: str, ids: Iterable[str], known: Iterable[str]) -> None:
    for name in ids:
        if name not in known:
            raise KnowledgeError(f"{named(path)}:{line_of(data, [key])}: {key}: unknown id {name}")
