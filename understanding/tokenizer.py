"""Words and their dictionary forms for Rasa: blank English spaCy tokens, lemmas from lemminflect's tables."""

from __future__ import annotations

import functools
import uuid
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

_KINDS = ("AUX", "VERB", "NOUN", "ADJ", "ADV")  # without tagging, a form is read as the first of these that it can be


@functools.cache
def english() -> spacy.language.Language:
    """The one spaCy tokenizer of this process; it holds no model."""
    return spacy.blank("en")


@functools.lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """Dictionary form of a lower-case word; the word itself when the tables do not know it."""
    import lemminflect

    found = lemminflect.getAllLemmas(word) if word.isalpha() else {}
    for kind in _KINDS:
        if kind in found:
            return str(found[kind][0])
    return word


class UncachedData(TrainingData):
    """Examples that Rasa's cache never knows again: it does not see changes in what a component reads or calls.

    To tell whether it knows them it would print all their features after each component: a third of a training.
    """

    def fingerprint(self) -> str:
        """Another one each time."""
        return uuid.uuid4().hex


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class WordTokenizer(Tokenizer):
    """Cuts a text into spaCy's English tokens, each with its lemma."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy", "lemminflect"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        return cls(config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The examples with their tokens, to be trained on anew."""
        data = super().process_training_data(training_data)
        return UncachedData(
            data.training_examples, data.entity_synonyms, data.regex_features, data.lookup_tables, data.responses
        )

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The tokens of one attribute of a message; white space is none."""
        doc = english().make_doc(message.get(attribute))
        return [
            Token(word.text, word.idx, lemma=lemma(word.text.lower().replace("’", "'")))
            for word in doc
            if not word.is_space
        ]
