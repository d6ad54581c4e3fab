"""What is kept for whoever runs the bot, and what is taken out when a conversation is deleted."""

from __future__ import annotations

import json
from pathlib import Path

from reasoning.case import Report
from serving.feedback import Feedback

MARK = "zanzibarquartz"


def lines(feedback: Feedback) -> list[dict]:
    """The file's lines."""
    return [json.loads(line) for line in feedback.path.read_text(encoding="utf-8").splitlines()]


def test_a_report_without_words_names_no_conversation(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path / "feedback.jsonl")
    feedback.report("web:abc", Report("tens", ("what_it_is",)))
    (line,) = lines(feedback)
    assert set(line) == {"date", "wrong", "entries"}


def test_words_are_found_again_and_taken_out(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path / "feedback.jsonl")
    feedback.report("web:abc", Report("tens", ("what_it_is",), f"wrong {MARK}"))
    feedback.report("web:other", Report("mri", (), "also wrong"))
    feedback.forget("web:abc")
    assert MARK not in feedback.path.read_text(encoding="utf-8")
    assert [line.get("words") for line in lines(feedback)] == [None, "also wrong"]
    assert "web:" not in feedback.path.read_text(encoding="utf-8")


def test_a_message_is_rated_once(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path / "feedback.jsonl")
    said = {"id": "m-1", "kind": "answer", "text": MARK, "topics": ["mri"]}
    assert feedback.add(said, True)
    assert not feedback.add(said, False)
    assert lines(feedback)[0]["helpful"] is True
    assert MARK not in feedback.path.read_text(encoding="utf-8")
