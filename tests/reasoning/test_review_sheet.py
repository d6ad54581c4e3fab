"""The clinician's sheet holds what is in `knowledge/` today, and puts on top what is overdue."""

from __future__ import annotations

import datetime
import re

import pytest

from bench.review_sheet import TARGET, page
from reasoning import knowledge as knowledge_room
from reasoning.red_flags import flags
from reasoning.reviews import DUE_DAYS, overdue, unchecked

KNOWLEDGE = knowledge_room.shared()
WRITTEN = TARGET.read_text(encoding="utf-8")
NEWEST = max(flag.reviewed for flag in flags().values())


def test_the_sheet_is_up_to_date() -> None:
    """`make review` was run after the last change of knowledge/."""
    found = re.search(r"Written by `make review` on (\d{4}-\d\d-\d\d)", WRITTEN)
    assert found
    assert page(KNOWLEDGE, datetime.date.fromisoformat(found[1])) == WRITTEN


@pytest.mark.parametrize("flag", flags().values(), ids=lambda flag: flag.slug)
def test_every_danger_sign_stands_with_its_question_level_and_words(flag: object) -> None:
    for words in (flag.question, flag.why, flag.reason, flag.say):  # type: ignore[attr-defined]
        assert words.replace("|", "/") in WRITTEN


def test_every_answer_and_every_caution_stands() -> None:
    missing = [
        f"{topic.id}/{entry.id}"
        for topic in KNOWLEDGE.topics.values()
        for entry in topic.entries
        if " ".join(entry.says.split()).replace("|", "/") not in WRITTEN
    ]
    assert missing == []
    assert [item.id for item in KNOWLEDGE.cautions.values() if f"| {item.id} |" not in WRITTEN] == []


def test_what_was_reviewed_too_long_ago_comes_first() -> None:
    assert overdue(KNOWLEDGE, NEWEST) == []
    later = NEWEST + datetime.timedelta(days=DUE_DAYS + 1)
    late = overdue(KNOWLEDGE, later)
    assert len(late) > len(flags())
    sheet = page(KNOWLEDGE, later)
    assert sheet.index(late[0][0]) < sheet.index("## Danger signs")


def test_unchecked_help_lines_are_named() -> None:
    due = WRITTEN.split("## Danger signs", 1)[0]
    assert unchecked(KNOWLEDGE)
    assert [name for name in unchecked(KNOWLEDGE) if name not in due] == []
