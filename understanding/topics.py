"""The topic model as a Rasa component: reads the features of the pipeline, sets intent, ranking and topics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import (
    FEATURE_TYPE_SENTENCE,
    FEATURE_TYPE_SEQUENCE,
    INTENT,
    INTENT_RANKING_KEY,
    METADATA,
    METADATA_EXAMPLE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from understanding.featurizers import VECTORS
from understanding.language import Language, LanguageReader
from understanding.topic_model import (
    NONSENSE,
    OTHER_LANGUAGE,
    OUT_OF_SCOPE,
    Numbers,
    Ranking,
    Settings,
    TopicModel,
)

TOPICS = "topics"
ALSO = "also"  # in the metadata of an example: what it asks besides its intent
PAYLOAD = "/"  # begins examples that are payloads of the dialogue, not sentences
READ_AS = {Language.NONSENSE: NONSENSE, Language.OTHER: OTHER_LANGUAGE}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(IntentClassifier, GraphComponent):
    """Sets `intent`, `intent_ranking`, and `topics`: what is asked, each {"id", "confidence"}, [] for none.

    Intents of its own: `nonsense`, `other_language`, and Rasa's fallback for what was not understood.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn", "py3langid", "symspellpy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"ranking_length": 10, **asdict(Settings())}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        state: dict[str, Any] | None = None,
        vocabulary: Sequence[str] = (),
    ) -> None:
        """Untrained, or with what was learned and the words that were met."""
        self._ranking_length = int(config["ranking_length"])
        settings = Settings(**{name: config[name] for name in asdict(Settings())})
        self._storage, self._resource = model_storage, resource
        self._model = TopicModel(settings, state)
        self._vocabulary = list(vocabulary)
        self._languages = LanguageReader(self._vocabulary)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TopicClassifier:
        """What `train` stored."""
        with model_storage.read_from(resource) as folder:
            with np.load(folder / "model.npz", allow_pickle=False) as arrays:
                state = dict(arrays)
            vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, state, vocabulary)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that are sentences."""
        examples = [example for example in training_data.intent_examples if not example.get(TEXT).startswith(PAYLOAD)]
        if examples:
            self._model.fit([numbers_of(example) for example in examples], [_labels(example) for example in examples])
            self._vocabulary = _words(examples)
            self._languages = LanguageReader(self._vocabulary)
        with self._storage.write_to(self._resource) as folder:
            np.savez(folder / "model.npz", **self._model.state())
            (folder / "vocabulary.json").write_text(json.dumps(self._vocabulary), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message."""
        for message in messages:
            self._read(message)
        return messages

    def _read(self, message: Message) -> None:
        text = message.get(TEXT) or ""
        language = self._languages.read(text)
        if language is Language.EMPTY or not message.get(VECTORS) or not self._model.labels:
            self._set(message, [], [])
            return
        numbers = numbers_of(message)
        if language in READ_AS:
            reading = (READ_AS[language], 1.0)
            self._set(message, [reading, *self._model.ranking(numbers)], [(OUT_OF_SCOPE, 1.0)])
        else:
            self._set(message, *self._model.decide(numbers))

    def _set(self, message: Message, ranking: Ranking, topics: Ranking) -> None:
        ranked = ranking or [(DEFAULT_NLU_FALLBACK_INTENT_NAME, 1.0)]
        listed = [{"name": name, "confidence": sure} for name, sure in ranked[: self._ranking_length]]
        message.set(INTENT, listed[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, listed, add_to_output=True)
        message.set(TOPICS, [{"id": topic, "confidence": sure} for topic, sure in topics], add_to_output=True)


def numbers_of(message: Message) -> Numbers:
    """What the featurizers before this component have put on the message."""
    found: dict[str, list[Any]] = {FEATURE_TYPE_SEQUENCE: [], FEATURE_TYPE_SENTENCE: []}
    for features in message.features:
        if features.attribute == TEXT and features.is_sparse():
            found[features.type].append(features.features.tocoo())
    places = tuple((token.start, token.end) for token in message.get(TOKENS_NAMES[TEXT]))
    return Numbers(
        tuple(found[FEATURE_TYPE_SEQUENCE]), tuple(found[FEATURE_TYPE_SENTENCE]), places, message.get(VECTORS)
    )


def _labels(example: Message) -> list[str]:
    """The intent and what the example asks besides; what the language reader tells is no label to learn."""
    metadata = (example.get(METADATA) or {}).get(METADATA_EXAMPLE) or {}
    intent = example.get(INTENT)
    return [OUT_OF_SCOPE if intent in (NONSENSE, OTHER_LANGUAGE) else intent, *metadata.get(ALSO, ())]


def _words(examples: Sequence[Message]) -> list[str]:
    """The words of the English examples."""
    english = [example for example in examples if example.get(INTENT) not in (NONSENSE, OTHER_LANGUAGE)]
    return sorted({token.text.lower() for example in english for token in example.get(TOKENS_NAMES[TEXT])})
