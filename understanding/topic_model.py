"""What a message asks, as a model: logistic regression over words, letters and sentence vectors. Knows no Rasa.

A regression of its own for every label (topics and acts), so that a message may have two. Words and vector of what is
asked count more than those of the story around it. Several questions in one message are read once more, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from understanding.clauses import Clause
from understanding.encoder import Vectors
from understanding.vectors import MessageVectors

Floats = npt.NDArray[np.float32]
Ranking = list[tuple[str, float]]

OUT_OF_SCOPE, SMALL_TALK, ABOUT_THE_BOT = "out_of_scope", "small_talk", "about_the_bot"
NONSENSE, OTHER_LANGUAGE = "nonsense", "other_language"
# Acts that are reported as a topic. The others, and a bare report of symptoms, are no topic.
REPORTED_AS = {
    **dict.fromkeys(("greet", "thank", "goodbye", "insult", "chitchat"), SMALL_TALK),
    "help": ABOUT_THE_BOT,
    **dict.fromkeys((NONSENSE, OTHER_LANGUAGE), OUT_OF_SCOPE),
}
NO_TOPIC = frozenset(
    "affirm deny not_sure tell_me_more ask_why follow_up pick_option start_over stop go_back change_answer report".split()
)


def topic_of(label: str) -> str:
    """The topic that a label is reported as; "" for none."""
    return "" if label in NO_TOPIC else REPORTED_AS.get(label, label)


@dataclass(frozen=True)
class Numbers:
    """A message as numbers."""

    of_tokens: tuple[sparse.csr_matrix, ...]  # for each kind of count, a row per token
    of_sentence: tuple[sparse.csr_matrix, ...]  # and one row for the whole
    places: tuple[tuple[int, int], ...]  # where the tokens stand
    vectors: MessageVectors


@dataclass(frozen=True)
class Settings:
    """How the parts are weighed, and from which confidence a reading counts.

    Set on tests/understanding/development.jsonl and by cross-validation on the training sentences.
    """

    regularisation: float = 10.0  # C of scikit-learn: larger trusts the examples more
    balance: float = 0.5  # 0: every example counts the same; 1: every label does
    asked_words: float = 0.5  # further weight of the words of what is asked
    asked_vector: float = 0.5  # weight of its vector beside the whole message's
    vector: float = 1.0  # weight of the vectors beside one kind of counts
    second_topic: float = 0.35  # confidence that one of several topics needs in its own question
    second_whole: float = 0.02  # and in the whole message
    out_of_scope_below: float = 0.2  # a best topic under this confidence is none of ours
    not_understood_below: float = 0.12  # a short message under this says nothing that we can tell
    short: int = 3  # words


class TopicModel:
    """Learns from messages and their labels; tells labels and topics of a message."""

    def __init__(self, settings: Settings, state: dict[str, Any] | None = None) -> None:
        """Untrained, or as `state()` of a trained one."""
        self.settings = settings
        state = state or {}
        self.labels: list[str] = list(state.get("labels", ()))
        self._weights: Floats = state.get("weights", np.zeros((0, 0), dtype=np.float32))
        self._intercepts: Floats = state.get("intercepts", np.zeros(0, dtype=np.float32))
        self._rarity: list[Floats] = [state[f"rarity_{index}"] for index in range(len(state)) if f"rarity_{index}" in state]

    def state(self) -> dict[str, Any]:
        """All that was learned, as arrays."""
        rarity = {f"rarity_{index}": values for index, values in enumerate(self._rarity)}
        return {"labels": np.array(self.labels), "weights": self._weights, "intercepts": self._intercepts, **rarity}

    def fit(self, examples: Sequence[Numbers], labels: Sequence[Sequence[str]]) -> None:
        """Learn; `labels` holds one or more for each example."""
        from sklearn.linear_model import LogisticRegression

        self._rarity = _rarity([example.of_sentence for example in examples])
        rows = sparse.vstack([self.row(example) for example in examples]).tocsr()
        self.labels = sorted({label for several in labels for label in several})
        weights, intercepts = [], []
        for label in self.labels:
            wanted = np.array([label in several for several in labels])
            counts = np.where(wanted, (len(wanted) / wanted.sum()) ** self.settings.balance, 1.0)
            model = LogisticRegression(C=self.settings.regularisation, solver="liblinear", random_state=0)
            model.fit(rows, wanted, sample_weight=counts)
            weights.append(model.coef_[0])
            intercepts.append(model.intercept_[0])
        self._weights = np.array(weights, dtype=np.float32).T.copy()
        self._intercepts = np.array(intercepts, dtype=np.float32)

    def row(self, numbers: Numbers, clause: Clause | None = None, vector: Vectors | None = None) -> sparse.csr_matrix:
        """The features of a message read as asking this clause, or all that it asks."""
        asked = (clause,) if clause else numbers.vectors.asking
        inside = np.array([any(part.start <= start < part.end for part in asked) for start, _ in numbers.places])
        mask = sparse.csr_matrix(inside.astype(np.float32)[np.newaxis, :])
        blocks = []
        for tokens, sentence, rarity in zip(numbers.of_tokens, numbers.of_sentence, self._rarity, strict=True):
            counts = sparse.csr_matrix(sentence + (mask @ tokens) * self.settings.asked_words, dtype=np.float32)
            counts.data = np.log1p(counts.data) * rarity[counts.indices]
            blocks.append(counts / max(float(np.sqrt((counts.data**2).sum())), 1e-9))
        part = numbers.vectors.asked if vector is None else vector
        mixed = numbers.vectors.whole + part * self.settings.asked_vector
        mixed = mixed / max(float(np.linalg.norm(mixed)), 1e-9) * self.settings.vector
        return sparse.hstack([*blocks, sparse.csr_matrix(mixed[np.newaxis, :])], format="csr")

    def confidences(self, row: sparse.csr_matrix) -> Floats:
        """The confidence of every label, together at most 1."""
        scores = np.asarray(row @ self._weights)[0] + self._intercepts
        chances: Floats = 1 / (1 + np.exp(-scores))
        return chances / max(1.0, float(chances.sum()))

    def ranking(self, numbers: Numbers) -> Ranking:
        """The labels of the whole message, best first."""
        return self._ranked(self.confidences(self.row(numbers)))

    def decide(self, numbers: Numbers) -> tuple[Ranking, Ranking]:
        """The labels, best first, and the topics asked for, in their order; an empty ranking: not understood."""
        ranking = self.ranking(numbers)
        best, sure = ranking[0]
        if sure < self.settings.not_understood_below and len(numbers.places) <= self.settings.short:
            return [], []
        if sure < self.settings.out_of_scope_below and topic_of(best) not in ("", OUT_OF_SCOPE):
            unsure = (OUT_OF_SCOPE, 1.0 - sure)
            return [unsure, *(pair for pair in ranking if pair[0] != OUT_OF_SCOPE)], [unsure]
        several = self._several(numbers, dict(ranking))
        if len(several) > 1:
            first = several[0][0]
            return [several[0], *(pair for pair in ranking if pair[0] != first)], several
        topic = topic_of(best)
        return ranking, [(topic, sure)] if topic else []

    def _several(self, numbers: Numbers, whole: dict[str, float]) -> Ranking:
        found: dict[str, float] = {}
        for clause, vector in zip(numbers.vectors.questions, numbers.vectors.of_questions, strict=True):
            best, sure = self._ranked(self.confidences(self.row(numbers, clause, vector)))[0]
            counts = sure >= self.settings.second_topic and whole[best] >= self.settings.second_whole
            if counts and topic_of(best) == best and best != OUT_OF_SCOPE:
                found.setdefault(best, sure)
        return list(found.items())

    def _ranked(self, chances: Floats) -> Ranking:
        return [(self.labels[index], float(chances[index])) for index in np.argsort(-chances)]


def _rarity(sentences: Sequence[Sequence[sparse.csr_matrix]]) -> list[Floats]:
    """For every column of every kind of count: how few messages have it (inverse document frequency)."""
    found = []
    for block in zip(*sentences, strict=True):
        rows = sparse.vstack(block).tocsr()
        having = np.bincount(rows.indices, minlength=rows.shape[1])
        found.append((np.log((1 + rows.shape[0]) / (1 + having)) + 1).astype(np.float32))
    return found
