"""The vectors of a message are made once, whoever asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from understanding import vectors
from understanding.encoder import DIMENSIONS
from understanding.entries import EntrySelector


class CountingEncoder:
    """Keeps what it was asked; a vector of its own for each text."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> vectors.Vectors:
        self.asked += texts
        rows = [np.random.default_rng(len(text)).normal(size=DIMENSIONS) for text in texts]
        return np.array(rows, dtype=np.float32)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingEncoder]:
    counting = CountingEncoder()
    monkeypatch.setattr(vectors, "shared_encoder", lambda: counting)
    vectors._encoded.cache_clear()
    vectors.vectors_of.cache_clear()
    yield counting
    vectors._encoded.cache_clear()
    vectors.vectors_of.cache_clear()


def test_the_classifier_and_the_choice_of_an_entry_share_a_vector(encoder: CountingEncoder) -> None:
    selector = EntrySelector()
    selector.prepare()
    asked_before = list(encoder.asked)
    vectors.vectors_of("How long do I ice it?")
    assert encoder.asked == [*asked_before, "how long do i ice it?"]
    selector.rank("How long do I ice it?", ["heat_ice_rest"])
    assert encoder.asked == [*asked_before, "how long do i ice it?"]


def test_a_phone_s_apostrophe_capitals_and_gaps_mean_nothing(encoder: CountingEncoder) -> None:
    vectors.vectors_of("What's  an MRI")
    vectors.vectors_of("what\u2019s an mri\n")
    assert encoder.asked == ["what's an mri"]


def test_several_questions_are_read_one_by_one_too(encoder: CountingEncoder) -> None:
    found = vectors.vectors_of("Is heat ok? And what is an MRI?")
    assert [clause.text for clause in found.questions] == ["Is heat ok?", "And what is an MRI?"]
    assert found.of_questions.shape == (2, DIMENSIONS)
    assert vectors.vectors_of("Is heat ok").of_questions.shape == (0, DIMENSIONS)


def test_nobody_can_change_what_others_read(encoder: CountingEncoder) -> None:
    with pytest.raises(ValueError, match="read-only"):
        vectors.encoded("back")[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        vectors.vectors_of("Is heat ok? And what is an MRI?").of_questions[0] = 1.0
