"""Finds named things in a message: remedies, stretches, tests, topics, causes, activities, body parts, spans of time.

The names come with the training data (lookup tables and their synonyms), most of them from `knowledge/` by the
importer. Words are compared by their dictionary forms, and longer ones may be misspelt.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rapidfuzz import fuzz, process
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from understanding import durations
from understanding.language import COMMON, english_ranks
from understanding.tokenizer import english, lemma

ONSET, DURATION = "onset", "duration"
KIND_OF_SPAN = {"ago": ONSET, "since": ONSET, "for": DURATION, "plain": DURATION}
KEY = "\t"  # between kind and value in a matcher's key
LONG = 5  # letters from which a word that English does not have may be a misspelt name
LIKENESS = 82.0  # of 100; from here on it is taken for that name's word

Names = dict[str, dict[str, str]]  # kind → name → value


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NamedThings(GraphComponent, EntityExtractorMixin):
    """Sets `entities`: the longest names that do not overlap, then spans of time in days."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy", "rapidfuzz"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"likeness": LIKENESS}

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, names: Names | None = None
    ) -> None:
        """Knows no names, or those given."""
        self._likeness = float(config["likeness"])
        self._storage, self._resource = model_storage, resource
        self._names = names or {}
        self._matcher = PhraseMatcher(english().vocab)
        self._words: list[str] = []
        self._learn()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NamedThings:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NamedThings:
        """What `train` stored."""
        with model_storage.read_from(resource) as folder:
            names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, names)

    def train(self, training_data: TrainingData) -> Resource:
        """Take the names from the lookup tables, their values from the examples and the synonyms."""
        values = training_data.entity_synonyms
        shown = _shown(training_data)
        for table in training_data.lookup_tables:
            kind, names = table["name"], self._names.setdefault(table["name"], {})
            for name in table["elements"]:
                names[name] = shown.get((kind, name)) or values.get(name, name)
        with self._storage.write_to(self._resource) as folder:
            (folder / "names.json").write_text(json.dumps(self._names), encoding="utf-8")
        self._learn()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the named things of each message."""
        for message in messages:
            tokens = message.get(TOKENS_NAMES[TEXT]) or []
            found = self.add_extractor_name([*self._named(tokens), *_spans(tokens)])
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages

    def _learn(self) -> None:
        words: set[str] = set()
        for kind, names in self._names.items():
            for name, value in names.items():
                forms = _forms(name)
                words.update(forms)
                self._matcher.add(f"{kind}{KEY}{value}", [Doc(english().vocab, words=forms)])
        self._words = sorted(word for word in words if len(word) >= LONG)

    def _named(self, tokens: Sequence[Token]) -> Iterator[dict[str, Any]]:
        if not tokens:
            return
        words = [self._repaired(token) for token in tokens]
        doc = Doc(english().vocab, words=words)
        for span in filter_spans(self._matcher(doc, as_spans=True)):
            kind, _, value = span.label_.partition(KEY)
            yield _entity(kind, value, tokens[span.start].start, tokens[span.end - 1].end)

    def _repaired(self, token: Token) -> str:
        """The dictionary form of a word; of the name's word that it is a slip of, when it is no English word."""
        form = str(token.lemma)
        known = english_ranks().get(token.text.lower(), COMMON) < COMMON
        if known or len(form) < LONG or not form.isalpha() or form in self._words:
            return form
        best = process.extractOne(form, self._words, scorer=fuzz.ratio, score_cutoff=self._likeness)
        return str(best[0]) if best else form


def _forms(name: str) -> list[str]:
    return [lemma(word.text.lower().replace("’", "'")) for word in english().make_doc(name) if not word.is_space]


def _shown(training_data: TrainingData) -> dict[tuple[str, str], str]:
    """Kind and text of every thing that is marked in an example → its value."""
    found = {}
    for example in training_data.training_examples:
        text = example.get(TEXT) or ""
        for entity in example.get(ENTITIES) or ():
            part = text[entity[ENTITY_ATTRIBUTE_START] : entity[ENTITY_ATTRIBUTE_END]]
            found[entity[ENTITY_ATTRIBUTE_TYPE], part] = str(entity[ENTITY_ATTRIBUTE_VALUE])
    return found


def _spans(tokens: Sequence[Token]) -> Iterator[dict[str, Any]]:
    words = [token.text.lower() for token in tokens]
    for span in durations.find(words, datetime.date.today()):
        yield _entity(KIND_OF_SPAN[span.kind], span.days, tokens[span.start].start, tokens[span.end - 1].end)


def _entity(kind: str, value: str | float, start: int, end: int) -> dict[str, Any]:
    return {
        ENTITY_ATTRIBUTE_TYPE: kind,
        ENTITY_ATTRIBUTE_VALUE: value,
        ENTITY_ATTRIBUTE_START: start,
        ENTITY_ATTRIBUTE_END: end,
    }


def named(entities: Iterable[dict[str, Any]], kind: str) -> list[Any]:
    """The values of one kind among entities."""
    return [entity[ENTITY_ATTRIBUTE_VALUE] for entity in entities if entity[ENTITY_ATTRIBUTE_TYPE] == kind]
