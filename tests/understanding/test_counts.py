"""The counts are Rasa's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from understanding.counts import Counting
from understanding.tokenizer import WordTokenizer

LEARNED = ("my back hurts", "can't move my back, my back!", "is ice or heat better for 2 days", "thanks a lot", "ice")
READ = (*LEARNED, "My BACK, my leg and 14 ice packs", "naïve café", "??", "a", "unheard words alone", "x" * 90)
KINDS: tuple[dict[str, Any], ...] = (
    {"use_lemma": False, "max_ngram": 2},
    {},
    {"analyzer": "char_wb", "use_lemma": False, "min_ngram": 2, "max_ngram": 4, "min_df": 2},
)


def _counted(cls: type[CountVectorsFeaturizer], settings: dict[str, Any], folder: Path, loaded: bool) -> list[Any]:
    """(kind, shape, rows, columns, counts) of every feature of every text that is read."""
    folder.mkdir()
    given = (
        {**cls.get_default_config(), **settings},
        LocalModelStorage(folder),
        Resource("counts"),
        ExecutionContext(GraphSchema({}), node_name="counts"),
    )
    words = WordTokenizer.create(WordTokenizer.get_default_config(), *given[1:])
    learned = [Message({TEXT: text, INTENT: "any"}) for text in LEARNED]
    featurizer = cls.create(*given)
    featurizer.train(words.process_training_data(TrainingData(learned)))
    if loaded:
        featurizer = cls.load(*given)
    read = featurizer.process(words.process([Message({TEXT: text}) for text in READ]))
    matrices = [(feature.type, feature.features.tocoo()) for message in read for feature in message.features]
    return [
        (kind, found.shape, found.row.tolist(), found.col.tolist(), found.data.tolist()) for kind, found in matrices
    ]


@pytest.mark.parametrize("settings", KINDS)
@pytest.mark.parametrize("loaded", [False, True])
def test_the_counts_are_rasas(settings: dict[str, Any], loaded: bool, tmp_path: Path) -> None:
    rasas = _counted(CountVectorsFeaturizer, settings, tmp_path / "rasa", loaded)
    assert _counted(Counting, settings, tmp_path / "ours", loaded) == rasas
    assert len(rasas) == 2 * len(READ)
    assert sum(map(len, (counts for *_, counts in rasas))) > 50


def test_a_text_without_tokens_has_no_counts() -> None:
    featurizer = Counting.__new__(Counting)
    featurizer.vectorizers = {}
    assert featurizer._create_features(TEXT, [["word"]]) == ([None], [None])
    featurizer.vectorizers = {TEXT: object()}
    assert featurizer._create_features(TEXT, [[]]) == ([None], [None])
