"""`make review`: docs/safety/review-sheet.md, everything that a clinician has to judge, from `knowledge/`.

Each question, level and sentence stands with its source and the date of its last review; what is overdue or unchecked
stands on top. The sheet is to be filled in: nothing in the product takes it for filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from reasoning import interview
from reasoning import knowledge as knowledge_room
from reasoning.knowledge import Country, Knowledge, Line
from reasoning.red_flags import Combination, Flag, combinations, flags
from reasoning.reviews import overdue, unchecked

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "safety" / "review-sheet.md"

HEAD = """# Review sheet for a clinician

Written by `make review` on {today}; do not edit by hand, fill in a copy. **No clinician has filled it in yet.**
Everything here is desk research. For each row: is it right, is it safe, is anything missing? Write "yes", or what to
change. `basis`: sourced (a source says it), mixed, general_knowledge (no source was found).

| | |
| --- | --- |
| Reviewer, profession, registration number | |
| Date | |
| Version of the product (commit) | |
| Verdict: may be used with patients / not yet / no | |
"""


def page(knowledge: Knowledge, today: date) -> str:
    """The whole sheet."""
    parts = [
        HEAD.format(today=today.isoformat()),
        "## Overdue or unchecked\n\n" + _due(knowledge, today),
        "## Danger signs: what is asked, and how soon\n\n" + _signs(flags().values()),
        "## Danger signs: what is said\n\n" + _said(flags().values()),
        "## Signs that together mean more\n\n" + _combinations(combinations().combinations),
        "## The questions, list by list\n\n" + _pages(),
        "## What a fact about the person changes\n\n" + _cautions(knowledge),
        "## Sentences of safety\n\n" + _wording(knowledge),
        "## Answers\n\n" + _answers(knowledge),
        "## Where guidance differs from the article\n\n" + _differences(knowledge),
        "## Lists that the copy of the article lost\n\n" + _lost(knowledge),
        "## Whom to call\n\n" + _help_lines(knowledge),
    ]
    return "\n\n".join(parts) + "\n"


def _due(knowledge: Knowledge, today: date) -> str:
    rows = [f"| {name} | last reviewed {reviewed.isoformat()} | |" for name, reviewed in overdue(knowledge, today)]
    rows += [f"| {name} | numbers not checked, or the sources disagree | |" for name in unchecked(knowledge)]
    return _table("| what | why it stands here | done |", rows)


def _signs(found: Iterable[Flag]) -> str:
    rows = []
    for flag in found:
        steps = [f"{step.level} with {_listed(step.any_of)}" for step in (*flag.escalates_when, *flag.eases_when)]
        settled = f"; {flag.level} once {_listed(flag.settled_by)} is known" if flag.settled_by else ""
        level = f"{flag.level_if_unknown}{settled}" + "".join(f"; {step}" for step in steps)
        rows.append(_row(flag.id, flag.question, flag.why, level, *_origin(flag.sources, flag.basis, flag.reviewed)))
    return _table("| id | question | why it is asked | level | source | basis | reviewed | right? |", rows)


def _said(found: Iterable[Flag]) -> str:
    rows = [_row(flag.id, flag.title, flag.reason, flag.say) for flag in found]
    return _table("| id | title | reason that is shown | what to say on arrival | right? |", rows)


def _combinations(found: Iterable[Combination]) -> str:
    rows = []
    for rule in found:
        also = rule.and_any
        parts = [*sorted(also.flags), *sorted(also.details)]
        parts += ["any nerve sign"] * also.nerve_sign + ["any other sign"] * also.other_flag
        parts += [f"older than {also.age_over}"] * (also.age_over is not None) + ["weeks known"] * also.weeks_known
        given = f"{rule.if_} ({_listed(rule.and_all_details)})" if rule.and_all_details else rule.if_
        rows.append(_row(rule.id, given, " or ".join(parts), rule.level, ", ".join(rule.sources), rule.basis))
    return _table("| id | sign | with | level | source | basis | right? |", rows)


def _pages() -> str:
    rows = []
    for asked in interview.pages():
        for item in asked.items:
            rows.append(_row(asked.id, item.title, item.flag or item.fact or "", item.detail or ""))
    intro = [
        _row(asked.id, asked.asks, asked.why, "emergency" if asked.emergency else "") for asked in interview.pages()
    ]
    heads = _table("| list | asks | why | part | right? |", intro)
    return heads + "\n\n" + _table("| list | item | sign or fact | detail | right? |", rows)


def _cautions(knowledge: Knowledge) -> str:
    rows = []
    for item in knowledge.cautions.values():
        who, what = ", ".join(item.user_facts), ", ".join(item.remedies)
        rows.append(
            _row(item.id, who, what, item.effect, item.advice, *_origin(item.sources, item.basis, item.reviewed))
        )
    head = "| id | who | remedies | effect | what is said | source | basis | reviewed | right? |"
    return _table(head, rows)


def _wording(knowledge: Knowledge) -> str:
    return _table("| name | sentence | right? |", [_row(name, text) for name, text in knowledge.wording.items()])


def _answers(knowledge: Knowledge) -> str:
    rows = []
    for topic in knowledge.topics.values():
        for entry in topic.entries:
            facts = ", ".join(entry.facts) or "-"
            origin = (", ".join(entry.sources) or "our own", entry.reviewed.isoformat())
            rows.append(_row(f"{topic.id}/{entry.id}", entry.says, facts, *origin))
        rows += [_row(f"{topic.id}, step {number}", step, "", "", "") for number, step in enumerate(topic.steps, 1)]
    return _table("| entry | sentence | article facts | source | reviewed | right? |", rows)


def _differences(knowledge: Knowledge) -> str:
    found = knowledge.differences.values()
    rows = [_row(item.id, item.note, item.year, *_origin(item.sources, item.basis, item.reviewed)) for item in found]
    return _table("| id | note | year | source | basis | reviewed | right? |", rows)


def _lost(knowledge: Knowledge) -> str:
    rows = []
    for item in knowledge.lost_lists.values():
        named = "; ".join(f"{one.name} ({one.likelihood})" for one in item.items)
        rows.append(_row(item.id, item.says, named, item.reviewed.isoformat()))
    return _table("| id | what is said | candidates | reviewed | right? |", rows)


def _help_lines(knowledge: Knowledge) -> str:
    rows = [_place(place) for place in knowledge.help_lines.countries.values()]
    unknown = knowledge.help_lines.unknown_country
    rows.append(_row("-", "not known", unknown.text, unknown.advice.text, unknown.crisis.text, unknown.last_checked))
    return _table("| code | place | emergency | advice | crisis | last checked | right? |", rows)


def _place(place: Country) -> str:
    lines = [_line(line) for line in (place.emergency, place.advice, place.crisis)]
    return _row(place.code, place.name, *lines, place.last_checked)


def _line(line: Line | None) -> str:
    return line.text or "-" if line else "-"


def _origin(sources: Sequence[str], basis: str, reviewed: date) -> tuple[str, str, str]:
    return ", ".join(sources) or "-", basis, reviewed.isoformat()


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))


def _row(*cells: object) -> str:
    """A row with an empty last cell to write in; a cell is one line, whatever the YAML was."""
    plain = [" ".join(str(cell).split()).replace("|", "/") for cell in cells]
    return "| " + " | ".join([*plain, ""]) + " |"


def _table(head: str, rows: Sequence[str]) -> str:
    return "\n".join([head, "|" + " --- |" * (head.count("|") - 1), *rows])


def main() -> None:
    """Write the sheet."""
    TARGET.write_text(page(knowledge_room.load(), date.today()), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
