"""`make coverage`: docs/coverage.md, the way from each fact of the article to the answer that says it.

The table is made of `knowledge/` and of the questions in tests/conversations/coverage_questions.yml;
tests/conversations/test_coverage.py asks every question of the trained bot and finds the fact in its answer.
"""

from __future__ import annotations

from pathlib import Path

from reasoning import knowledge as knowledge_room
from reasoning.knowledge import Knowledge
from reasoning.strict_yaml import plain, read_yaml

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = ROOT / "tests" / "conversations" / "coverage_questions.yml"
TARGET = ROOT / "docs" / "coverage.md"
ABOUT_THE_ARTICLE = "M"  # M01-M04 tell of the article itself, not of back spasms

HEAD = """# Coverage: every fact of the article, where it lives, and the question that finds it

Written by `make coverage`; do not edit. A test asks each question of the trained bot as the first message of a chat
and finds the fact in the answer (tests/conversations/test_coverage.py).

{facts} of {facts} answerable facts of the article, {meta} facts about the article, and {lost} lists that the copy of
the article lost (shown as what they are).

| fact | lives in | asked as |
| --- | --- | --- |
"""


def places(knowledge: Knowledge) -> dict[str, list[str]]:
    """Fact id → the entries (`file/entry`) and lost lists that say it."""
    found: dict[str, list[str]] = {}
    for file in knowledge.topics.values():
        for entry in file.entries:
            for fact in entry.facts:
                found.setdefault(fact, []).append(f"{file.id}/{entry.id}")
    for lost in knowledge.lost_lists.values():
        found.setdefault(lost.fact, []).append(f"lost_lists/{lost.id}")
    return found


def table(knowledge: Knowledge) -> str:
    """The whole document."""
    where = places(knowledge)
    rows = plain(read_yaml(QUESTIONS))
    lost = {item.fact for item in knowledge.lost_lists.values()}
    meta = sum(row["fact"].startswith(ABOUT_THE_ARTICLE) for row in rows)
    lines = [
        f"| {row['fact']} | {', '.join(where.get(row['fact'], ['**nowhere**']))} | {row['ask'].replace('|', '/')} |"
        for row in rows
    ]
    head = HEAD.format(facts=len(rows) - meta - len(lost), meta=meta, lost=len(lost))
    return head + "\n".join(lines) + "\n"


def main() -> None:
    """Write the document."""
    TARGET.write_text(table(knowledge_room.load()), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
