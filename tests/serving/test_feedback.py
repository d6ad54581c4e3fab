"""What is kept for whoever runs the bot, and what is taken out when a conversation is deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reasoning.case import Report
from serving.feedback import Feedback
from serving.stores import ConversationStore

MARK = "zanzibarquartz"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    """An empty database."""
    yield (made := ConversationStore.at(tmp_path / "x.db"))
    made.engine.dispose()


@pytest.fixture
def feedback(store: ConversationStore) -> Feedback:
    """The notes in it."""
    return Feedback(store.engine)


def report(feedback: Feedback, conversation: str, about: Report) -> None:
    """As a turn of that conversation keeps it."""
    with feedback.engine.begin() as connection:
        feedback.report(conversation, about, connection)


def bytes_of(folder: Path) -> bytes:
    """Everything that lies there."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_report_without_words_names_no_conversation(feedback: Feedback, tmp_path: Path) -> None:
    report(feedback, "web:abc", Report("tens", ("what_it_is",)))
    (line,) = feedback.lines()
    assert set(line) == {"date", "wrong", "entries"}
    assert b"web:" not in bytes_of(tmp_path)


def test_words_are_found_again_and_taken_out(feedback: Feedback, store: ConversationStore, tmp_path: Path) -> None:
    report(feedback, "web:abc", Report("tens", ("what_it_is",), f"wrong {MARK}"))
    report(feedback, "web:other", Report("mri", (), "also wrong"))
    feedback.forget("web:abc")
    store.truncate_log()
    assert MARK.encode() not in bytes_of(tmp_path)
    assert [line.get("words") for line in feedback.lines()] == [None, "also wrong"]
    assert b"web:" not in bytes_of(tmp_path)


def test_a_message_is_rated_once_in_all_processes(feedback: Feedback, store: ConversationStore, tmp_path: Path) -> None:
    said = {"id": "m-1", "kind": "answer", "text": MARK, "topics": ["mri"]}
    assert feedback.add("web:a", said, True)
    assert not feedback.add("web:a", said, False)
    assert not Feedback(ConversationStore.at(tmp_path / "x.db").engine).add("web:a", said, False)
    (line,) = feedback.lines()
    assert (line["helpful"], line["topics"]) == (True, ["mri"])
    assert MARK.encode() not in bytes_of(tmp_path)
    store.delete("web:a")
    assert b"web:a" not in bytes_of(tmp_path)
    assert len(feedback.lines()) == 1


def test_the_file_of_earlier_versions_is_taken_over_once(feedback: Feedback, tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    report(feedback, "web:abc", Report("tens", (), MARK))
    key = "c607a5c811cb61805c57677241b081dc"  # as they wrote it for web:abc
    kept = [{"date": "2026-01-01", "helpful": True}, {"date": "2026-01-02", "wrong": "mri", "words": "x", "key": key}]
    path.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
    for _ in range(2):
        feedback.take_over(path)
    assert feedback.lines()[1:] == [kept[0], {"date": "2026-01-02", "wrong": "mri", "words": "x"}]
    assert list(tmp_path.glob("feedback*")) == []
    feedback.forget("web:abc")
    assert not any("words" in line for line in feedback.lines())
