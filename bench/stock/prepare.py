"""Writes the project for stock Rasa, bench/stock/project, from ours: the same sentences, everything else as Rasa comes.

- data/nlu.yml: what our importer gives to our own training (data/ and the phrases of knowledge/), as plain Rasa YAML.
- config.yml: the pipeline and policies that Rasa 3.6 uses when a new project names none, read from the package itself.
- domain.yml and data/rules.yml: every topic is answered by a rule with the first answer of its knowledge file, so that
  the project can be talked to. Acts and reports of symptoms have no rule; there are no stories and no actions.

To measure its speed (bench/load/) the project is written with actions instead, and a few epochs: every intent then has
a rule, and its answer comes from an action server over HTTP (answering.py). Conversations are kept in SQLite.

Runs in the product's environment (`.venv/bin/python -m bench.stock.prepare`). A sentence that asks two things counts
for stock Rasa as its first topic, which is its intent; that it asks another stands in metadata, which Rasa ignores.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import ruamel.yaml
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.training_data import TrainingData

from bench.stock.install import ENVIRONMENT
from reasoning import knowledge
from understanding.importer import KnowledgeImporter

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROJECT = HERE / "project"
DEFAULTS = ENVIRONMENT / "lib/python3.10/site-packages/rasa/engine/recipes/config_files/default_config.yml"
ASSISTANT = "stock_for_comparison"  # any name of its own: Rasa warns about the placeholder
FORMAT = "3.1"
FALLBACK = "nlu_fallback"
ACTION = "action_answer"


def main() -> int:
    """Write the project; 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, help="fewer than Rasa's 100, to try whether all runs; never for figures")
    print(f"stock Rasa: {prepare(epochs=parser.parse_args().epochs)} sentences written")
    return 0


def prepare(root: Path = ROOT, epochs: int | None = None) -> int:
    """Write the project from the checkout at `root`, with Rasa's own number of epochs if None; number of sentences."""
    found = sentences(root)
    shutil.rmtree(PROJECT, ignore_errors=True)
    (PROJECT / "data").mkdir(parents=True)
    (PROJECT / "data" / "nlu.yml").write_text(found.nlu_as_yaml(), encoding="utf-8")
    _write("config.yml", _config(epochs))
    answers = _answers(found.intents)
    _write("domain.yml", _domain(found, answers))
    _write("data/rules.yml", {"version": FORMAT, "rules": [_rule(intent) for intent in answers]})
    return len(found.intent_examples)


def prepare_to_serve(project: Path, epochs: int, action_port: int) -> None:
    """Write the project that answers through an action server on `action_port`, conversations in SQLite."""
    found = sentences(ROOT)
    shutil.rmtree(project, ignore_errors=True)
    (project / "data").mkdir(parents=True)
    (project / "data" / "nlu.yml").write_text(found.nlu_as_yaml(), encoding="utf-8")
    _write("config.yml", _config(epochs), project)
    intents = sorted(found.intents | {FALLBACK})
    domain = {**_domain(found, {}), "actions": [ACTION]}
    _write("domain.yml", domain, project)
    _write("data/rules.yml", {"version": FORMAT, "rules": [_rule(intent, ACTION) for intent in intents]}, project)
    _write("credentials.yml", {"rest": None}, project)
    endpoints = {
        "action_endpoint": {"url": f"http://127.0.0.1:{action_port}/webhook"},
        "tracker_store": {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"},
    }
    _write("endpoints.yml", endpoints, project)
    (project / "answers.json").write_text(json.dumps(_answers(found.intents)), encoding="utf-8")
    shutil.copy(HERE / "answering.py", project / "answering.py")


def sentences(root: Path) -> TrainingData:
    """What our own training reads, in `data/` and `knowledge/`."""
    importer = KnowledgeImporter(str(root / "config.yml"), str(root / "domain.yml"), [str(root / "data")])
    # What begins with "/" is a payload of our dialogue, no sentence: our own classifier leaves it out as well.
    return importer.get_nlu_data().filter_training_examples(lambda example: not example.get(TEXT, "").startswith("/"))


def _config(epochs: int | None) -> dict[str, Any]:
    config: dict[str, Any] = ruamel.yaml.YAML().load(DEFAULTS)
    config["assistant_id"] = ASSISTANT
    if epochs is not None:
        for part in [*config["pipeline"], *config["policies"]]:
            if "epochs" in part:
                part["epochs"] = epochs
    return config


def _answers(intents: set[str]) -> dict[str, str]:
    """Intent → what stock Rasa says: the first answer of the topic; for the fallback, the product's safety text."""
    known = knowledge.load()
    emergency = known.help_lines.unknown_country.text
    answers = {
        topic.topic: " ".join(entry.says for entry in topic.lead)
        for topic in known.topics.values()
        if topic.id == topic.topic and topic.id in intents
    }
    return {**answers, FALLBACK: known.wording["safety_text"].replace("{emergency}", emergency)}


def _domain(sentences: TrainingData, answers: dict[str, str]) -> dict[str, Any]:
    return {
        "version": FORMAT,
        "intents": sorted(sentences.intents | {FALLBACK}),
        "entities": sorted(sentences.entities),
        "responses": {f"utter_{intent}": [{"text": text}] for intent, text in answers.items()},
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }


def _rule(intent: str, action: str = "") -> dict[str, Any]:
    return {"rule": f"answer {intent}", "steps": [{"intent": intent}, {"action": action or f"utter_{intent}"}]}


def _write(name: str, content: dict[str, Any], project: Path = PROJECT) -> None:
    ruamel.yaml.YAML().dump(content, project / name)


if __name__ == "__main__":
    raise SystemExit(main())
