"""What a message asks, as a model: logistic regression over words, letters and sentence vectors. Knows no Rasa.

A regression of its own for every label (topics and acts), so that a message may have two. The words of what is asked
count more than those of the story around it. Several questions in one message are read once more, one by one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from understanding.clauses import Clause
from understanding.encoder import DIMENSIONS, Vectors
from understanding.vectors import MessageVectors

Floats = npt.NDArray[np.float32]
Ranking = list[tuple[str, float]]

OUT_OF_SCOPE, SMALL_TALK, ABOUT_THE_BOT = "out_of_scope", "small_talk", "about_the_bot"
RARITY = "rarity_"  # and the number of the kind of counts: names of arrays of the state
NONSENSE, OTHER_LANGUAGE = "nonsense", "other_language"
# Acts that are reported as a topic. The others, and a bare report of symptoms, are no topic.
REPORTED_AS = {
    **dict.fromkeys(("greet", "thank", "goodbye", "insult", "chitchat"), SMALL_TALK),
    **dict.fromkeys(("help", "about_my_data", "export_data", "delete_data", "doctor_sheet"), ABOUT_THE_BOT),
    "start_stretches": "stretches",
    **dict.fromkeys((NONSENSE, OTHER_LANGUAGE), OUT_OF_SCOPE),
}
NO_TOPIC = frozenset(
    "affirm deny not_sure tell_me_more ask_why follow_up pick_option start_over stop go_back change_answer "
    "report remind_me stop_reminders start_timer feel_better feel_same feel_worse".split()
)


def topic_of(label: str) -> str:
    """The topic that a label is reported as; "" for none."""
    return "" if label in NO_TOPIC else REPORTED_AS.get(label, label)


@dataclass(frozen=True)
class Numbers:
    """A message as numbers."""

    of_tokens: tuple[sparse.coo_matrix, ...]  # for each kind of count, a row per token
    of_sentence: tuple[sparse.coo_matrix, ...]  # and one row for the whole
    places: tuple[tuple[int, int], ...]  # where the tokens stand
    vectors: MessageVectors


@dataclass(frozen=True)
class Row:
    """The features that are not zero: their columns, and their values."""

    columns: npt.NDArray[np.intp]
    values: Floats


@dataclass(frozen=True)
class Settings:
    """How the parts are weighed, and from which confidence a reading counts.

    Set on tests/understanding/development.jsonl and by cross-validation on the training sentences.
    """

    regularisation: float = 10.0  # C of scikit-learn: larger trusts the examples more
    balance: float = 0.7  # 0: every example counts the same; 1: every label does
    asked_words: float = 0.3  # further weight of the words of what is asked
    rest_words: float = 0.2  # weight of the rest of the message where one of its questions is read by itself
    vector: float = 1.0  # weight of the vectors beside one kind of counts
    asks: float = 1.0  # weight of whether anything is asked at all
    second_topic: float = 0.4  # confidence that one of several topics needs in its own question
    second_whole: float = 0.05  # and in the whole message
    second_joined: float = 0.5  # or in the whole message alone, when a word joins two things ("ice or tablets")
    second_alone: float = 0.8  # or there without such a word
    out_of_scope_below: float = 0.05  # a best topic under this confidence is none of ours
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
        kinds = sum(name.startswith(RARITY) for name in state)
        self._rarity: list[Floats] = [state[f"{RARITY}{kind}"] for kind in range(kinds)]

    def state(self) -> dict[str, Any]:
        """All that was learned, as arrays."""
        rarity = {f"{RARITY}{kind}": values for kind, values in enumerate(self._rarity)}
        return {"labels": np.array(self.labels), "weights": self._weights, "intercepts": self._intercepts, **rarity}

    def fit(self, examples: Sequence[Numbers], labels: Sequence[Sequence[str]]) -> None:
        """Learn; `labels` holds one or more for each example."""
        from sklearn.linear_model import LogisticRegression

        self._rarity = _rarity([example.of_sentence for example in examples])
        rows = self._matrix([self.row(example) for example in examples])
        self.labels = sorted({label for several in labels for label in several})
        wanted = [np.array([label in several for several in labels]) for label in self.labels]

        def fitted(of_label: npt.NDArray[np.bool_]) -> LogisticRegression:
            counts = np.where(of_label, (len(of_label) / of_label.sum()) ** self.settings.balance, 1.0)
            model = LogisticRegression(
                C=self.settings.regularisation, solver="liblinear", dual=True, tol=0.1, random_state=0
            )
            return model.fit(rows, of_label, sample_weight=counts)

        with ThreadPoolExecutor(os.cpu_count()) as pool:  # liblinear lets other threads run meanwhile
            models = list(pool.map(fitted, wanted))
        self._weights = np.array([model.coef_[0] for model in models], dtype=np.float32).T.copy()
        self._intercepts = np.array([model.intercept_[0] for model in models], dtype=np.float32)

    def _matrix(self, rows: Sequence[Row]) -> sparse.csr_matrix:
        ends = np.cumsum([0, *(len(row.columns) for row in rows)])
        columns = np.concatenate([row.columns for row in rows])
        values = np.concatenate([row.values for row in rows])
        width = sum(map(len, self._rarity)) + DIMENSIONS + 1
        return sparse.csr_matrix((values, columns, ends), shape=(len(rows), width))

    def row(self, numbers: Numbers, clause: Clause | None = None, vector: Vectors | None = None) -> Row:
        """The features of a message that asks what it asks; or of one clause of it, taken for the question."""
        asked = (clause,) if clause else numbers.vectors.asking
        inside = np.array([any(part.start <= start < part.end for part in asked) for start, _ in numbers.places], bool)
        story, share = (1.0, self.settings.asked_words) if clause is None else (self.settings.rest_words, 1.0)
        columns, values, first = [], [], 0
        for tokens, sentence, rarity in zip(numbers.of_tokens, numbers.of_sentence, self._rarity, strict=True):
            asked_for = inside[tokens.row]
            met = np.concatenate([tokens.col[asked_for], sentence.col])
            weights = np.concatenate([tokens.data[asked_for] * share, sentence.data * story])
            there, places = np.unique(met, return_inverse=True)
            weighed = np.log1p(np.bincount(places, weights, len(there))) * rarity[there]
            columns.append(there + first)
            values.append(weighed / max(float(np.linalg.norm(weighed)), 1e-9))
            first += len(rarity)
        columns.append(np.arange(first, first + DIMENSIONS + 1))
        values.append(self._mixed(numbers.vectors, vector))
        values.append(np.array([self.settings.asks * any(part.asks for part in asked)]))
        return Row(np.concatenate(columns), np.concatenate(values).astype(np.float32))

    def _mixed(self, vectors: MessageVectors, of_clause: Vectors | None) -> Floats:
        mixed = vectors.whole if of_clause is None else of_clause + vectors.whole * self.settings.rest_words
        return np.asarray(mixed / max(float(np.linalg.norm(mixed)), 1e-9) * self.settings.vector, dtype=np.float32)

    def chances(self, row: Row) -> Floats:
        """For every label by itself, how likely it is, 0 to 1."""
        scores = row.values @ self._weights.take(row.columns, axis=0) + self._intercepts
        return np.asarray(1 / (1 + np.exp(-scores)), dtype=np.float32)

    def ranking(self, numbers: Numbers) -> Ranking:
        """The labels of the whole message with their confidence (together at most 1), best first."""
        return self._ranked(self.chances(self.row(numbers)))

    def decide(self, numbers: Numbers) -> tuple[Ranking, Ranking]:
        """The labels, best first, and the topics asked for, in their order; an empty ranking: not understood."""
        whole = self.chances(self.row(numbers))
        ranking = self._ranked(whole)
        best, sure = ranking[0]
        if sure < self.settings.not_understood_below and len(numbers.places) <= self.settings.short:
            return [], []
        if topic_of(best) and sure < self.settings.out_of_scope_below:
            return _with_first((OUT_OF_SCOPE, 1.0 - sure), ranking), [(OUT_OF_SCOPE, 1.0 - sure)]
        several = self._several(numbers, whole)
        if len(several) > 1:
            return _with_first(several[0], ranking), several
        topic = topic_of(best)
        return ranking, [(topic, sure)] if topic else []

    def _several(self, numbers: Numbers, whole: Floats) -> Ranking:
        """The topics of a message that asks more than one thing, in the order in which it asks them."""
        found: dict[int, float] = {}
        for clause, vector in zip(numbers.vectors.questions, numbers.vectors.of_questions, strict=True):
            part = self.chances(self.row(numbers, clause, vector))
            best = int(np.argmax(part))
            if part[best] >= self.settings.second_topic and whole[best] >= self.settings.second_whole:
                found[best] = max(found.get(best, 0.0), float(part[best]))
        joined = any(clause.joins for clause in numbers.vectors.asking)
        enough = self.settings.second_joined if joined else self.settings.second_alone
        for index in np.flatnonzero(whole >= enough):
            found.setdefault(int(index), float(whole[index]))
        asked = [index for index in found if self._is_content(index)]
        if len(asked) > 1:
            asked = sorted(asked, key=lambda index: self._place(numbers, index, asked))
        return [(self.labels[index], found[index]) for index in asked]

    def _is_content(self, index: int) -> bool:
        label = self.labels[index]
        return topic_of(label) == label != OUT_OF_SCOPE

    def _place(self, numbers: Numbers, label: int, others: Sequence[int]) -> float:
        """About where in the message this label is asked for: the mean place of the words that speak for it most."""
        rivals = [other for other in others if other != label]
        speaks: npt.NDArray[np.float64] = np.zeros(len(numbers.places))
        first = 0
        for tokens, rarity in zip(numbers.of_tokens, self._rarity, strict=True):
            weights = self._weights.take(tokens.col + first, axis=0)
            more = (weights[:, label] - weights[:, rivals].max(axis=1)) * rarity[tokens.col]
            speaks += np.bincount(tokens.row, tokens.data * more, len(speaks)).astype(np.float64)
            first += len(rarity)
        strength = np.square(np.maximum(speaks, 0.0))
        starts = np.array([start for start, _ in numbers.places])
        return float((strength * starts).sum() / max(float(strength.sum()), 1e-9))

    def _ranked(self, chances: Floats) -> Ranking:
        shares = chances / max(1.0, float(chances.sum()))
        return [(self.labels[index], float(shares[index])) for index in np.argsort(-shares)]


def _with_first(pair: tuple[str, float], ranking: Ranking) -> Ranking:
    return [pair, *(other for other in ranking if other[0] != pair[0])]


def _rarity(sentences: Sequence[Sequence[sparse.coo_matrix]]) -> list[Floats]:
    """For every column of every kind of count: how few messages have it (inverse document frequency)."""
    found = []
    for block in zip(*sentences, strict=True):
        having = np.bincount(np.concatenate([row.col for row in block]), minlength=block[0].shape[1])
        found.append((np.log((1 + len(block)) / (1 + having)) + 1).astype(np.float32))
    return found
