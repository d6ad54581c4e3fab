"""Makes an answer of entries of the knowledge: what to do first, figures exact, source named, cautions applied.

Words come from `knowledge/`: the entries say it, `wording.yml` holds the sentences around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reasoning.case import Case, Said
from reasoning.knowledge import ARTICLE, Caution, Entry, Knowledge, Topic
from reasoning.messages import ADVICE, Card, Choice, Kind, Message, Picture, Timer
from reasoning.person import WAIT_UNTIL_SEEN, facts_of, verdict
from reasoning.triage import Level

MAX_WORDS = 70  # of what is said, besides source, notes and safety net
MAX_NOTES = 2
SERIOUS_ANSWERS = frozenset({"when_to_see_doctor", "about_the_bot"})


@dataclass(frozen=True)
class Part:
    """An entry with the file that it stands in."""

    file: Topic
    entry: Entry

    @property
    def key(self) -> str:
        """`file/entry`, as the case remembers it."""
        return f"{self.file.id}/{self.entry.id}"

    @property
    def remedies(self) -> tuple[str, ...]:
        """Remedies whose instructions it gives; none for an entry that only explains (`remedies: []`)."""
        return self.file.remedies_of(self.entry) if self.file.self_care or self.file.kind == "test" else ()

    @property
    def about(self) -> tuple[str, ...]:
        """Remedies that it speaks of, whose cautions go with it."""
        return self.remedies or (self.file.remedies if self.file.self_care or self.file.kind == "test" else ())


def part(knowledge: Knowledge, key: str) -> Part:
    """The part of a `file/entry` key; KeyError when there is none."""
    file, _, entry = key.partition("/")
    return Part(knowledge.topics[file], knowledge.topics[file].entry(entry))


def words(text: str) -> int:
    """Words of a text."""
    return len(text.split())


def fitting(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The first parts that fit into one answer; at least one."""
    chosen: list[Part] = []
    for candidate in parts:
        if chosen and sum(words(p.entry.says) for p in chosen) + words(candidate.entry.says) > MAX_WORDS:
            break
        chosen.append(candidate)
    return tuple(chosen)


def compose(
    knowledge: Knowledge,
    parts: Sequence[Part],
    case: Case,
    level: Level,
    *,
    kind: Kind = Kind.ANSWER,
    opening: str = "",
    facts: Iterable[str] = (),
    with_notes: bool = True,
    with_safety_net: bool = True,
) -> Message:
    """One message that says these parts to this person.

    `facts` are user facts to be applied beside those of the case ("what about pregnant women?").
    Parts whose remedy must be avoided or agreed first give way to the caution.
    """
    known = facts_of(case, level) | frozenset(facts)
    applied: dict[str, Caution] = {}
    said: list[Part] = []
    lines = [line for line in (opening, _title(parts)) if line]
    for candidate in parts:
        found = verdict(knowledge, candidate.remedies, known, case.weeks)
        applied.update({caution.id: caution for caution in found.cautions})
        if not candidate.remedies:  # it only explains: nothing to be withheld, but the person's own cautions are told
            about = verdict(knowledge, candidate.about, known, case.weeks).cautions
            applied.update({caution.id: caution for caution in about if not _is_a_note(caution)})
        waits = level is Level.S and not WAIT_UNTIL_SEEN.isdisjoint(candidate.remedies)
        if waits:
            lines.append(knowledge.wording["wait_until_seen"])
        if candidate.file.kind == "test" or not (waits or found.withheld):
            said.append(candidate)
    lines = list(dict.fromkeys(lines))
    lines += caution_lines(knowledge, [c for c in applied.values() if not _is_a_note(c)], parts)
    own_words = [p for p in said if not _on_card(p)]
    told_short = [*lines, *_voices(knowledge, own_words)]
    lines += _voices(knowledge, said)
    spoken = len(lines)
    # A caution that says the same as a note takes its place.
    covered = {name for caution in applied.values() for name in caution.related}
    notes = [name for name in _notes(said) if name not in covered] if with_notes else []
    own = {name for p in said for name in p.entry.covers}
    told = [c for c in applied.values() if _is_a_note(c) and c.id not in own]
    lines += [knowledge.wording["note"].format(text=c.advice) for c in told]
    lines += [knowledge.wording["note"].format(text=knowledge.differences[name].note) for name in notes]
    if kind is Kind.ANSWER and any(p.file.kind != "topic" or p.file.id not in SERIOUS_ANSWERS for p in parts):
        lines.append(knowledge.wording["general_mark"])
    if with_safety_net and (any(p.file.self_care for p in parts) or kind is Kind.PLAN):
        lines.append(knowledge.wording["safety_net"])
    sources = _sources(said, [*applied.values()], [knowledge.differences[name].sources for name in notes])
    if sources:
        lines.append(knowledge.wording["source_line"].format(sources=_source_names(knowledge, sources, case)))
    card = _card(said)
    return Message(
        text="\n".join(lines),
        short="\n".join([*told_short, *lines[spoken:]]) if card else "",
        kind=kind,
        card=card,
        timer=_timer(said),
        general=kind is Kind.ANSWER,
        topics=tuple(dict.fromkeys(p.file.topic for p in parts)),
        entries=tuple(p.key for p in parts),
        facts=tuple(dict.fromkeys(fact for p in said for fact in p.entry.facts)),
        sources=sources,
        remedies=tuple(dict.fromkeys(r for p in said for r in p.remedies)) if kind in ADVICE else (),
        cautions=tuple(applied),
    )


def _is_a_note(caution: Caution) -> bool:
    """A caution for everyone, or one that only informs, stands after the answer."""
    return caution.effect == "inform" or "everyone" in caution.user_facts


def _title(parts: Sequence[Part]) -> str:
    """The name of the stretch, which its steps do not say."""
    names = {p.file.title for p in parts if p.file.part_of}
    return f"{names.pop()}." if len(names) == 1 else ""


def _voices(knowledge: Knowledge, parts: Sequence[Part]) -> list[str]:
    """Neighbours of one voice in one paragraph: the article's own, notes, and what the bot says of itself."""
    lines: list[str] = []
    before = ""
    for p in parts:
        if p.entry.voice == before and p.entry.voice != "note":
            lines[-1] += " " + p.entry.says
        elif p.entry.voice == "article":
            lines.append(knowledge.wording["article_says"].format(text=p.entry.says))
        elif p.entry.voice == "note":
            lines.append(knowledge.wording["note"].format(text=p.entry.says))
        else:
            lines.append(p.entry.says)
        before = p.entry.voice
    return lines


def caution_lines(knowledge: Knowledge, cautions: Sequence[Caution], parts: Sequence[Part]) -> list[str]:
    """What cautions that hold back or change something say, strictest first, each with the remedies it is about."""
    remedies = {remedy for p in parts for remedy in p.about}
    lines = []
    for caution in sorted(cautions, key=lambda c: ("avoid", "ask_first", "modify").index(c.effect)):
        titles = [knowledge.remedies[name].title for name in caution.remedies if name in remedies]
        about = ", ".join(titles[:3]) if len(titles) < len(remedies) or len(titles) == 1 else ""
        lead = knowledge.wording[f"effect_{caution.effect}"]
        lines.append(f"{about}: {lead} {caution.advice}" if about else f"{lead} {caution.advice}")
    return list(dict.fromkeys(lines))


def _notes(parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys(name for p in parts for name in p.entry.notes))[:MAX_NOTES]


def _sources(parts: Sequence[Part], cautions: Sequence[Caution], others: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    found = [source for p in parts for source in p.entry.sources]
    found += [source for caution in cautions for source in caution.sources]
    found += [source for group in others for source in group]
    return tuple(dict.fromkeys(sorted(found, key=lambda source: source != ARTICLE)))


def _source_names(knowledge: Knowledge, sources: Iterable[str], case: Case | None = None) -> str:
    """Names of sources; the article's long name only in the first answer of a conversation."""
    names = {source: knowledge.sources[source].name for source in sources}
    if case is not None and case.heard and ARTICLE in names:
        names[ARTICLE] = knowledge.wording["source_again"]
    return "; ".join(dict.fromkeys(names.values()))


def _card(parts: Sequence[Part]) -> Card | None:
    for p in parts:
        if p.file.steps:
            dose = p.file.dose
            return Card(
                title=p.file.title,
                steps=p.file.steps,
                picture=Picture(p.file.id, p.file.picture_alt) if p.file.picture_alt else None,
                hold_seconds=dose.hold_seconds if dose else None,
                repetitions=dose.repetitions if dose else None,
                sides=dose.sides if dose else None,
                sets=dose.sets if dose else None,
                sessions_a_day=dose.sessions_a_day if dose else None,
            )
    return None


def _on_card(p: Part) -> bool:
    """Its card has the steps and the dose of a stretch in the article's own order; notes are not on it."""
    return bool(p.file.steps) and p.entry.voice == "article"


def _timer(parts: Sequence[Part]) -> Timer | None:
    """The countdown of the first part that has one: ice or heat."""
    found = next((p.entry.timer for p in parts if p.entry.timer), None)
    return Timer(found.label, found.minutes * 60) if found else None


def lost_list(knowledge: Knowledge, list_id: str, parts: Sequence[Part] = ()) -> Message:
    """What other sources name where the article's own list is lost; never "the article says" (lost_lists.yml).

    `parts` are entries that answer the question as well, and stand before the list.
    """
    lost = knowledge.lost_lists[list_id]
    shown = [item for item in lost.items if item.likelihood != "low"]
    named = tuple(source for item in shown for source in item.sources)
    sources = tuple(dict.fromkeys((*(source for p in parts for source in p.entry.sources), *named)))
    lines = [*_voices(knowledge, parts), lost.says, *(f"- {item.name}" for item in shown)]
    lines.append(knowledge.wording["general_mark"])
    lines.append(knowledge.wording["source_line"].format(sources=_source_names(knowledge, sources)))
    return Message(
        text="\n".join(lines),
        kind=Kind.ANSWER,
        general=True,
        topics=(lost.topic,),
        entries=(*(p.key for p in parts), f"lost_lists/{list_id}"),
        facts=(*(fact for p in parts for fact in p.entry.facts), lost.fact),
        sources=sources,
    )


def choose(file: Topic, entries: Sequence[str], *, whole: bool = True) -> tuple[Part, ...]:
    """The parts that answer a question on this file: the entries it asks for (best first), else the file's lead.

    An entry of the lead is said with the rest of it, unless `whole` is False: the person has heard the rest.
    """
    asked = [Part(file, file.entry(entry)) for entry in entries]
    if not asked or (whole and asked[0].entry.lead):
        return tuple(Part(file, entry) for entry in file.lead)
    return fitting(asked[:2])


def more(file: Topic, heard: Iterable[str]) -> tuple[Part, ...]:
    """What this file has that was not said yet, as much as fits."""
    known = set(heard)
    return fitting([p for p in (Part(file, entry) for entry in file.entries) if p.key not in known])


def remember(case: Case, parts: Sequence[Part]) -> Case:
    """The case after these parts were said."""
    keys = tuple(p.key for p in parts)
    said = Said(file=parts[0].file.id, entries=keys, turn=case.turn) if parts else case.said
    return case.with_(heard=tuple(dict.fromkeys((*case.heard, *keys))), said=said)


def buttons(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """At most four next steps, each title once."""
    return tuple({choice.title: choice for choice in choices}.values())[:4]
