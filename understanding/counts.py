"""Rasa's counts of words and of parts of words, got with less work.

Rasa asks scikit-learn for the counts of each token by itself and of the whole; it checks its settings and builds a
matrix each time. Here its own analyzer cuts the texts, and one matrix is built for all tokens: the same counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from scipy import sparse

Counts = list[sparse.coo_matrix | None]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class Counting(CountVectorsFeaturizer):
    """Rasa's featurizer of that name, with its settings and its results."""

    def _create_features(self, attribute: str, all_tokens: list[list[str]]) -> tuple[Counts, Counts]:
        """The counts of each token and those of the whole text, for each of the texts; None for one without tokens."""
        vectorizer = self.vectorizers.get(attribute)
        if not vectorizer or not any(all_tokens):
            return [None] * len(all_tokens), [None] * len(all_tokens)
        if not hasattr(vectorizer, "vocabulary_"):
            vectorizer._validate_vocabulary()  # of a model that is loaded: scikit-learn does it at the first count
        analyze, vocabulary = vectorizer.build_analyzer(), vectorizer.vocabulary_

        def counted(texts: Sequence[str]) -> sparse.coo_matrix:
            return _matrix([Counter(analyze(text)) for text in texts], vocabulary)

        whole = attribute in DENSE_FEATURIZABLE_ATTRIBUTES
        of_tokens = [counted(tokens) if tokens else None for tokens in all_tokens]
        of_texts = [counted([" ".join(tokens)]) if tokens and whole else None for tokens in all_tokens]
        return of_tokens, of_texts


def _matrix(counts: Sequence[Mapping[str, int]], vocabulary: Mapping[str, Any]) -> sparse.coo_matrix:
    """Texts × terms of the vocabulary, by row and then by column; other terms are left out."""
    rows: list[int] = []
    columns: list[int] = []
    numbers: list[int] = []
    for row, counter in enumerate(counts):
        met = sorted((vocabulary[term], number) for term, number in counter.items() if term in vocabulary)
        rows += [row] * len(met)
        for column, number in met:
            columns.append(column)
            numbers.append(number)
    cells = np.array(numbers, dtype=np.int64), (np.array(rows, dtype=np.int32), np.array(columns, dtype=np.int32))
    return sparse.coo_matrix(cells, shape=(len(counts), len(vocabulary)))
