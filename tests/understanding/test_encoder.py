"""The encoder that was built at set-up gives the vectors of the published model, for texts of any length."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from understanding.encoder import DIMENSIONS, Encoder, shared_encoder

REFERENCE = json.loads(Path(__file__).with_name("encoder_vectors.json").read_text(encoding="utf-8"))
SENTENCE = "It started on Tuesday when I lifted a box, and since then I cannot bend down to tie my shoes. "
LONG = SENTENCE * 20  # about 500 word pieces: several windows


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """The one of the process."""
    return shared_encoder()


@pytest.mark.parametrize("case", REFERENCE["sentences"], ids=lambda case: case["text"][:30] or "(empty)")
def test_vectors_are_those_of_the_published_model(encoder: Encoder, case: dict[str, Any]) -> None:
    """Reference vectors are float32; int8 may cost 0.02 of cosine, and 0.03 for the empty text."""
    expected = np.array(case["vector"])
    cosine = float(encoder.encode([case["text"]])[0] @ expected / np.linalg.norm(expected))
    assert cosine >= (0.98 if case["text"] else 0.97)


def test_company_does_not_change_a_vector(encoder: Encoder) -> None:
    """A text's vector is (nearly) the same alone and padded beside a long one."""
    alone = encoder.encode(["is heat ok"])[0]
    beside = encoder.encode(["is heat ok", LONG])[0]
    assert float(alone @ beside) >= 0.99


def test_every_vector_is_a_unit_vector(encoder: Encoder) -> None:
    """Also of the empty text and of a long one."""
    vectors = encoder.encode(["", "back", LONG])
    assert vectors.shape == (3, DIMENSIONS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)


def test_the_end_of_a_long_message_is_read(encoder: Encoder) -> None:
    """What stands last in a long message moves its vector: towards its meaning, not only somewhere."""
    ending = "Now both of my legs are numb and I cannot pee. " * 4
    plain, with_ending, meaning = encoder.encode([LONG, LONG + ending, ending])
    assert float(with_ending @ meaning) > float(plain @ meaning) + 0.05


def test_a_long_text_of_one_sentence_means_what_the_sentence_means(encoder: Encoder) -> None:
    """Windows are averaged, so repetition hardly drifts (windows cut sentences, hence not 1)."""
    once, often = encoder.encode([SENTENCE, LONG])
    assert float(once @ often) >= 0.85


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    """The empty list is a list too."""
    assert encoder.encode([]).shape == (0, DIMENSIONS)


def test_a_missing_graph_says_what_to_do(tmp_path: Path) -> None:
    """The first thing that a newcomer may meet."""
    with pytest.raises(FileNotFoundError, match="make setup"):
        Encoder(tmp_path)
