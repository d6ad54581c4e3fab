"""What the sentence encoder sees in a message, computed once: the classifier and the choice of an entry share it."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from understanding.clauses import Clause, asking, clauses
from understanding.encoder import DIMENSIONS, Vectors, shared_encoder

KEPT = 64  # messages whose vectors stay in memory: one is read by several parts of the process, others in between
MOST_QUESTIONS = 6  # of one message are read one by one, the last: most people ask at the end


@dataclass(frozen=True)
class MessageVectors:
    """Unit vectors of a message: the whole, and its questions one by one when it has several."""

    whole: Vectors
    of_questions: Vectors  # a row for each of `questions`
    asking: tuple[Clause, ...]  # the clauses that ask; all of them when none does
    questions: tuple[Clause, ...]  # the clauses that ask when there are several, else none


def folded(text: str) -> str:
    """As the encoder is asked: small letters, plain apostrophes, single spaces."""
    return re.sub(r"\s+", " ", text.lower().replace("\u2019", "'")).strip()


def encoded(text: str) -> Vectors:
    """The unit vector of a text, read only; that of a text which was asked for a moment ago is there already."""
    return _encoded(folded(text))


@functools.lru_cache(maxsize=KEPT)
def _encoded(text: str) -> Vectors:
    vector: Vectors = shared_encoder().encode([text])[0]
    vector.setflags(write=False)
    return vector


@functools.lru_cache(maxsize=KEPT)
def vectors_of(text: str) -> MessageVectors:
    """The vectors of a text.

    The questions are encoded in a run of their own: in one with the whole they would be padded to its length.
    """
    wanted = asking(clauses(text))
    questions = tuple(clause for clause in wanted if clause.asks)[-MOST_QUESTIONS:]
    if len(questions) < 2:
        questions = ()
    whole = encoded(text)
    asked = [folded(clause.text) for clause in questions]
    of_questions = shared_encoder().encode(asked) if asked else np.empty((0, DIMENSIONS), dtype=np.float32)
    of_questions.setflags(write=False)
    return MessageVectors(whole, of_questions, wanted, questions)


def training_vectors(texts: Sequence[str]) -> list[MessageVectors]:
    """The same for many texts, without their single questions."""
    rows = shared_encoder().encode([folded(text) for text in texts])
    return [MessageVectors(row, rows[:0], asking(clauses(text)), ()) for text, row in zip(texts, rows, strict=True)]
