"""Gives Rasa what stands in `knowledge/`: names, ways to ask, intents, rules. A new file there needs nothing else."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from reasoning.knowledge import Topic, topic_paths
from reasoning.strict_yaml import FOLDER, build, plain, read_yaml
from understanding.clauses import clauses
from understanding.tokenizer import lemma

ANSWER = "action_answer_question"
ACTIVITY = "activity"
TEXT = "text"
_GENERAL = frozenset(
    "a an the i me my you your it its they them that this these those one there some any be do can should will "
    "would may have get need want what which who why when where how long often many much of to in on at for "
    "with from by about and or not no so if after before back spasm muscle pain cramp ache hurt help good bad "
    "safe work use take make go find show see tell feel happen mean cause day week time like think really "
    "right now more most".split()
)


class KnowledgeImporter(RasaFileImporter):
    """`data/` and `domain.yml` as Rasa reads them, with what `knowledge/` adds.

    KnowledgeError, with file and line, when a file of `knowledge/` is wrong.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        knowledge: str | None = None,
    ) -> None:
        """`knowledge` is the folder to read, the project's own when it is not given."""
        super().__init__(config_file, domain_path, training_data_paths)
        folder = Path(knowledge) if knowledge else FOLDER
        self._topics = [build(Topic, read_yaml(path), path) for path in topic_paths(folder)]
        self._activities = list(_activities(folder))

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The sentences of `data/`, the names and questions of `knowledge/`, each sentence once."""
        written = self._written
        known = {_folded(example.get(TEXT, "")) for example in written.training_examples}
        added = [example for example in self._examples() if not _seen(example, known)]
        return written.merge(
            TrainingData(added, entity_synonyms=dict(self._synonyms()), lookup_tables=self._lookup_tables())
        )

    @functools.cached_property
    def _written(self) -> TrainingData:
        data: TrainingData = super().get_nlu_data()
        return data

    def get_domain(self) -> Domain:
        """The vocabulary of `domain.yml`, with an intent for every topic and the kinds of named things.

        Named things do not steer the dialogue: the rules look at intents alone.
        """
        topics = sorted({topic.topic for topic in self._topics})
        kinds = sorted({kind for kind, _, _ in self._names()} | self._written.entities)
        added = {"version": "3.1", "intents": [{topic: {"use_entities": []}} for topic in topics], "entities": kinds}
        domain: Domain = super().get_domain()
        return domain.merge(Domain.from_dict(added))

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """The rules and stories of `data/`, with one rule for every topic: a question is answered."""
        rules = [
            {"rule": f"A question about {topic}", "steps": [{"intent": topic}, {"action": ANSWER}]}
            for topic in sorted({topic.topic for topic in self._topics})
        ]
        steps = YAMLStoryReader().read_from_parsed_yaml({"version": "3.1", "rules": rules}) if rules else []
        written: StoryGraph = super().get_stories(exclusion_percentage)
        return StoryGraph([*written.story_steps, *steps])

    def _names(self) -> Iterator[tuple[str, str, str]]:
        """Kind, id and name of everything that has a name."""
        for topic in self._topics:
            for name in topic.names:
                yield topic.kind, topic.id, name
        for activity, names in self._activities:
            for name in names:
                yield ACTIVITY, activity, name

    def _examples(self) -> Iterator[Message]:
        for topic in self._topics:
            for name in topic.names:
                yield _named(topic.topic, name, topic.kind, topic.id)
            for question in topic.asked_as:
                yield _asked(topic.topic, question)
            own = _own_words([*topic.names, *topic.asked_as])
            for entry in topic.entries:
                for question in entry.asked_as:
                    if own & _own_words([question]) and any(clause.asks for clause in clauses(question)):
                        yield _asked(topic.topic, question)

    def _synonyms(self) -> Iterator[tuple[str, str]]:
        for _, thing, name in self._names():
            yield name, thing

    def _lookup_tables(self) -> list[dict[str, Any]]:
        tables: dict[str, list[str]] = {}
        for kind, _, name in self._names():
            tables.setdefault(kind, []).append(name)
        return [{"name": kind, "elements": names} for kind, names in tables.items()]


def _activities(folder: Path) -> Iterator[tuple[str, list[str]]]:
    path = folder / "activities.yml"
    if path.exists():
        for activity in plain(read_yaml(path))["activities"]:
            yield activity["id"], [str(name) for name in activity["names"]]


def _asked(intent: str, question: str) -> Message:
    return Message.build(text=question, intent=intent)


def _named(intent: str, name: str, kind: str, thing: str) -> Message:
    entity = {"start": 0, "end": len(name), "value": thing, "entity": kind}
    return Message.build(text=name, intent=intent, entities=[entity])


def _own_words(phrases: Iterable[str]) -> set[str]:
    """The words that tell what phrases are about.

    Entries are asked for in the middle of a talk too ("does it hurt?", "I have had it for weeks"): without such a word
    of its file, or without asking, a phrase would teach that all questions of its kind are about that file.
    """
    return {lemma(word) for phrase in phrases for word in phrase.lower().split()} - _GENERAL


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _seen(example: Message, known: set[str]) -> bool:
    """Whether the text was there before, be it in another letter case; notes it."""
    text = _folded(example.get(TEXT))
    if text in known:
        return True
    known.add(text)
    return False
