"""What the importer adds to the training data: everything that a file of `knowledge/` says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from reasoning.strict_yaml import KnowledgeError
from understanding.importer import ANSWER, KnowledgeImporter

SPOON = """
id: wooden_spoon
kind: remedy
title: Wooden spoon
names: [wooden spoon, spoon treatment]
asked_as: [does a wooden spoon help, where do I hold the spoon]
next: [heat]
entries:
  - id: how
    lead: true
    says: Hold the spoon in your hand.
    asked_as: [how long do I hold the spoon, does it hurt, I own a spoon]
    voice: article
    sources: [S00]
    reviewed: 2026-11-24
"""
TALK = """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - Does a wooden SPOON help
rules:
  - rule: Greeting
    steps: [{intent: greet}, {action: action_talk}]
"""


@pytest.fixture
def importer(tmp_path: Path) -> KnowledgeImporter:
    """Over a knowledge of one remedy and a talk of one greeting."""
    for name, content in {
        "knowledge/remedies/wooden_spoon.yml": SPOON,
        "data/talk.yml": TALK,
        "domain.yml": 'version: "3.1"\nintents: [greet]\nactions: [action_talk, action_answer_question]\n',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    domain, data, knowledge = (str(tmp_path / name) for name in ("domain.yml", "data", "knowledge"))
    return KnowledgeImporter(domain_path=domain, training_data_paths=[data], knowledge=knowledge)


def test_names_become_marked_examples_lookups_and_synonyms(importer: KnowledgeImporter) -> None:
    """A new remedy is understood by its names with nothing to register."""
    data = importer.get_nlu_data()
    entity = next(e.get("entities")[0] for e in data.training_examples if e.get("text") == "spoon treatment")
    assert (entity["entity"], entity["value"]) == ("remedy", "wooden_spoon")
    assert data.entity_synonyms["spoon treatment"] == "wooden_spoon"
    assert data.lookup_tables == [{"name": "remedy", "elements": ["wooden spoon", "spoon treatment"]}]


def test_questions_become_examples_of_the_topic(importer: KnowledgeImporter) -> None:
    """Those that make sense outside their entry: "does it hurt" belongs to every file, a statement asks nothing."""
    examples = importer.get_nlu_data().intent_examples
    assert {e.get("text") for e in examples if e.get("intent") == "wooden_spoon"} == {
        "wooden spoon",
        "spoon treatment",
        "where do I hold the spoon",
        "how long do I hold the spoon",
    }


def test_a_sentence_that_is_written_in_data_is_not_added_again(importer: KnowledgeImporter) -> None:
    texts = [e.get("text").lower() for e in importer.get_nlu_data().training_examples]
    assert len(texts) == len(set(texts))


def test_topics_are_intents_and_entities_do_not_steer(importer: KnowledgeImporter) -> None:
    domain = importer.get_domain()
    assert {"greet", "wooden_spoon"} <= set(domain.intents)
    assert "remedy" in domain.entities
    assert domain.intent_properties["wooden_spoon"]["used_entities"] == []


def test_every_topic_has_its_rule(importer: KnowledgeImporter) -> None:
    rules = {step.block_name: step.events for step in importer.get_stories().story_steps}
    assert len(rules) == 2
    intents = {event.intent_name: rule for rule in rules.values() for event in rule if hasattr(event, "intent_name")}
    assert intents["wooden_spoon"][-1].action_name == ANSWER


def test_no_knowledge_is_no_error(tmp_path: Path) -> None:
    empty = KnowledgeImporter(knowledge=str(tmp_path))
    assert not empty.get_nlu_data().training_examples


def test_a_wrong_file_is_named(importer: KnowledgeImporter, tmp_path: Path) -> None:
    (tmp_path / "knowledge/remedies/wooden_spoon.yml").write_text(SPOON.replace("kind: remedy", "kind: cutlery"))
    with pytest.raises(KnowledgeError, match=r"wooden_spoon\.yml:3"):
        KnowledgeImporter(knowledge=str(tmp_path / "knowledge"))
