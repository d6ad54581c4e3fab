"""What the sentence encoder sees in a message, computed once: the watch and the classifier share it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from understanding.clauses import Clause, asking, clauses
from understanding.encoder import DIMENSIONS, Vectors, shared_encoder

KEPT = 8  # messages whose vectors stay in memory: one is read by several parts of the process, one after the other
MOST_QUESTIONS = 6  # of one message are read one by one, the last: most people ask at the end


@dataclass(frozen=True)
class MessageVectors:
    """Unit vectors of a message: the whole, what it asks, and its questions one by one when it has several."""

    whole: Vectors
    asked: Vectors
    of_questions: Vectors  # a row for each of `questions`
    asking: tuple[Clause, ...]  # the clauses that ask; all of them when none does
    questions: tuple[Clause, ...]  # the clauses that ask when there are several, else none


@functools.lru_cache(maxsize=KEPT)
def vectors_of(text: str) -> MessageVectors:
    """The vectors of a text, from one run of the encoder."""
    wanted, asked, questions = _parts(text)
    texts = list(dict.fromkeys([text, asked, *(clause.text for clause in questions)]))
    rows = dict(zip(texts, shared_encoder().encode(texts), strict=True))
    of_questions = np.stack([rows[clause.text] for clause in questions]) if questions else _nothing()
    return MessageVectors(rows[text], rows[asked], of_questions, wanted, questions)


def training_vectors(texts: Sequence[str]) -> list[MessageVectors]:
    """The same for many texts, without their single questions; like lengths together, each text once."""
    parts = [_parts(text) for text in texts]
    needed = sorted({*texts, *(asked for _, asked, _ in parts)}, key=len)
    rows = dict(zip(needed, shared_encoder().encode(needed), strict=True))
    return [
        MessageVectors(rows[text], rows[asked], _nothing(), wanted, ())
        for text, (wanted, asked, _) in zip(texts, parts, strict=True)
    ]


def _nothing() -> Vectors:
    return np.zeros((0, DIMENSIONS), dtype=np.float32)


def _parts(text: str) -> tuple[tuple[Clause, ...], str, tuple[Clause, ...]]:
    """The asking clauses, their text, and the questions when there are several."""
    found = clauses(text)
    wanted = asking(found)
    asked = text if len(wanted) == len(found) else " ".join(clause.text for clause in wanted)
    questions = tuple(clause for clause in wanted if clause.asks)[-MOST_QUESTIONS:]
    return wanted, asked, questions if len(questions) > 1 else ()
