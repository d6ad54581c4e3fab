"""Every fact of the article is found by asking for it."""

from __future__ import annotations

import re

import pytest

from bench import coverage
from reasoning import knowledge
from reasoning.strict_yaml import plain, read_yaml
from tests.conversations.conftest import Chat
from tests.conversations.written import texts

ROWS = plain(read_yaml(coverage.QUESTIONS))


@pytest.mark.parametrize("row", ROWS, ids=[row["fact"] for row in ROWS])
def test_the_fact_is_in_the_answer(chat: Chat, row: dict) -> None:
    """A person who asks for the fact as a first message gets an answer that states it, figures exact."""
    answer = chat.say(row["ask"])
    said = {fact for message in answer.messages for fact in message.get("facts", ())}
    assert row["fact"] in said, (row["ask"], answer.topics, sorted(said), texts(answer))
    for pattern in row["expect"]:
        assert re.search(pattern, texts(answer), re.IGNORECASE), (row["ask"], pattern, texts(answer))


def test_the_document_is_what_the_generator_writes() -> None:
    """docs/coverage.md cannot drift from knowledge/ and the questions."""
    assert coverage.TARGET.read_text(encoding="utf-8") == coverage.table(knowledge.load())


def test_every_fact_lives_somewhere_and_is_asked_for() -> None:
    """155 of 155 answerable facts, the four facts about the article, and the four lost lists."""
    asked = [row["fact"] for row in ROWS]
    assert len(asked) == len(set(asked)) == 163
    assert set(asked) == set(coverage.places(knowledge.load()))
