"""What the platforms share: ids that tell nothing, and long texts in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import plain
from channels.identity import conversation_id
from reasoning.messages import CONVERSATION_ID


def test_conversation_ids_tell_nothing_and_never_meet() -> None:
    made = {
        conversation_id(prefix, number, secret)
        for prefix in ("tg", "sl")
        for number in (7, "7/8", -7, 77)
        for secret in ("s", "t")
    }
    assert len(made) == 16
    assert all(CONVERSATION_ID.match(found) and len(found) == 35 and "77" not in found[:5] for found in made)
    assert conversation_id("tg", 7, "s") == conversation_id("tg", "7", "s")


def test_no_id_without_a_secret() -> None:
    with pytest.raises(ValueError, match="secret"):
        conversation_id("tg", 7, "")


@given(st.text(), st.integers(2, 60))
def test_pieces_fit_and_nothing_is_lost(text: str, limit: int) -> None:
    pieces = plain.split(text, limit)
    assert all(piece.strip() and plain.utf16_length(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_long_text_is_parted_between_sentences() -> None:
    text = " ".join(f"This is sentence number {number}." for number in range(400))
    pieces = plain.split(text, 4096)
    assert len(pieces) == 3
    assert all(piece.endswith(".") for piece in pieces)
    assert plain.split("One. Two.\n\nThree.", 14) == ["One. Two.", "Three."]


def test_choices_as_numbered_lines() -> None:
    assert plain.numbered(["Yes", "No"], "{number}. {title}") == "1. Yes\n2. No"
