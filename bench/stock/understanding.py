"""Trains stock Rasa on our sentences and scores it on the evaluation set: bench/stock/results/understanding.json.

`.venv/bin/python -m bench.stock.understanding`, after bench/stock/install.py and `-m bench.stock.prepare`. The figures
are those of our own report (docs/understanding.md shows both). Only totals are written: the evaluation sentences stay
unread. A model is trained once for the same sentences, settings and packages; its training time is kept beside it.
With some 6,000 sentences that is more than an hour of one processor. DIET starts from chance, so two trainings differ
a little.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import ruamel.yaml

from bench.stock.install import LOCK, PYTHON, VARIABLES
from bench.stock.prepare import FALLBACK, PROJECT, sentences
from understanding.topic_model import OUT_OF_SCOPE, topic_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODELS = HERE / "models"
RESULTS = HERE / "results" / "understanding.json"
EVALUATION = ROOT / "tests" / "understanding" / "evaluation.jsonl"

NO_TOPIC = ""
Topics = list[str]


class BenchError(Exception):
    """Something that must be there first is not; the message says what."""


def main() -> int:
    """Train if needed, read, score, write; 0, or 1 with a message when something must be done first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evaluation", type=Path, default=EVALUATION, help="JSON lines with text and topics")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go")
    arguments = parser.parse_args()
    try:
        figures = measure(arguments.evaluation)
    except BenchError as problem:
        print(f"stock Rasa: {problem}", file=sys.stderr)
        return 1
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    arguments.results.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))
    return 0


def measure(evaluation: Path) -> dict[str, Any]:
    """All figures; trains first when there is no model of the project as it stands."""
    for needed, remedy in ((PYTHON, "bench/stock/install.py"), (PROJECT / "config.yml", "bench.stock.prepare")):
        if not needed.exists():
            raise BenchError(f"run {remedy} first")
    cases = [json.loads(line) for line in evaluation.read_text(encoding="utf-8").splitlines() if line.strip()]
    model, training = _model()
    readings = _read(model, [case["text"] for case in cases])
    found = [topics_of(intent) for intent in readings["intents"]]
    return {
        "system": f"Rasa 3.6.21 as it comes (DIET, {_epochs()} epochs)",
        "measured": date.today().isoformat(),
        "made_from": _fingerprint(),
        "training_sentences": len(sentences(ROOT).intent_examples),
        "evaluation_messages": len(cases),
        **score([case["topics"] for case in cases], found),
        **training,
        **_timing(readings["milliseconds"]),
    }


def topics_of(intent: str) -> Topics:
    """The topics that an intent is reported as, by the product's own rule: at most one; the fallback is a refusal."""
    topic = OUT_OF_SCOPE if intent == FALLBACK else topic_of(intent)
    return [topic] if topic else []


# --- training and reading, in stock Rasa's environment ----------------------------------------------------------------


def _model() -> tuple[Path, dict[str, float]]:
    """The model of the project as it stands, and what its training took."""
    model = MODELS / f"{_fingerprint()}.tar.gz"
    took = model.with_name(f"{_fingerprint()}.json")
    if not (model.exists() and took.exists()):
        shutil.rmtree(MODELS, ignore_errors=True)
        MODELS.mkdir()
        took.write_text(json.dumps(_train(model)))
    return model, json.loads(took.read_text())


def _epochs() -> int:
    """What the project says: Rasa's own 100, or fewer when the project was prepared for a trial."""
    pipeline = ruamel.yaml.YAML(typ="safe").load(PROJECT / "config.yml")["pipeline"]
    return next(int(part["epochs"]) for part in pipeline if part["name"] == "DIETClassifier")


def _fingerprint() -> str:
    parts = (PROJECT / "config.yml", PROJECT / "data" / "nlu.yml", LOCK)
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()[:16]


def _train(model: Path) -> dict[str, float]:
    """Seconds from start to end of `rasa train nlu`, and the processor seconds it used (fair on a busy machine)."""
    command = [str(PYTHON), "-m", "rasa", "train", "nlu", "--nlu", "data/nlu.yml", "--out", str(MODELS)]
    before, start = _processor_seconds(), time.monotonic()
    _run([*command, "--fixed-model-name", model.name.removesuffix(".tar.gz")], MODELS / "training.log")
    return {
        "training_seconds": round(time.monotonic() - start, 1),
        "training_processor_seconds": round(_processor_seconds() - before, 1),
    }


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _read(model: Path, texts: list[str]) -> dict[str, list[Any]]:
    with tempfile.TemporaryDirectory() as folder:
        given, readings = Path(folder, "texts.json"), Path(folder, "readings.json")
        given.write_text(json.dumps(texts), encoding="utf-8")
        script = str(HERE / "readings.py")
        _run([str(PYTHON), script, str(model), str(given), str(readings)], MODELS / "reading.log")
        read: dict[str, list[Any]] = json.loads(readings.read_text(encoding="utf-8"))
    return read


def _run(command: list[str], log: Path) -> None:
    with log.open("wb") as output:
        done = subprocess.run(command, cwd=PROJECT, env=VARIABLES, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise BenchError(f"{' '.join(command[:4])} failed; all of it: {log.relative_to(ROOT)}")


# --- figures ----------------------------------------------------------------------------------------------------------


def score(wanted: list[Topics], found: list[Topics]) -> dict[str, Any]:
    """Accuracy and F1 of the first topic, messages with two questions as sets, and what becomes of the out-of-scope.

    In scope is every message but the out-of-scope ones; a bare report of symptoms is right when no topic is found.
    """
    pairs = list(zip(wanted, found, strict=True))
    inside = [(want, find) for want, find in pairs if want[:1] != [OUT_OF_SCOPE]]
    outside = [(want, find) for want, find in pairs if want[:1] == [OUT_OF_SCOPE]]
    double = [(want, find) for want, find in inside if len(want) > 1]
    firsts = [(_first(want), _first(find)) for want, find in pairs]
    topics = sorted({_first(want) for want, _ in inside} - {NO_TOPIC})
    return {
        "accuracy_in_scope": _share(want[:1] == find[:1] for want, find in inside),
        "macro_f1": round(statistics.mean(_f1(topic, firsts) for topic in topics), 3),
        "two_questions_as_sets": _share(set(want) == set(find) for want, find in double),
        "out_of_scope_recognised": _share(find[:1] == [OUT_OF_SCOPE] for _, find in outside),
        "in_scope_refused": _share(find[:1] == [OUT_OF_SCOPE] for _, find in inside),
    }


def _first(topics: Topics) -> str:
    return topics[0] if topics else NO_TOPIC


def _f1(topic: str, firsts: list[tuple[str, str]]) -> float:
    right = sum(want == find == topic for want, find in firsts)
    named = sum((want == topic) + (find == topic) for want, find in firsts)
    return 2 * right / named if named else 0.0


def _share(hits: Iterable[bool]) -> float | None:
    listed = list(hits)
    return round(sum(listed) / len(listed), 3) if listed else None


def _timing(milliseconds: list[float]) -> dict[str, float]:
    return {
        "ms_per_message": round(statistics.median(milliseconds), 2),
        "ms_per_message_p95": round(statistics.quantiles(milliseconds, n=20)[-1], 2),
    }


if __name__ == "__main__":
    raise SystemExit(main())
