"""`make understanding`: scores the trained pipeline on the evaluation set and writes docs/understanding.md.

Trains the NLU of this checkout into a temporary folder (so that its time is measured as bench/stock/ measures stock
Rasa's), reads every message of the sets in one process, and writes figures only: the evaluation sentences stay unread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench.stock.prepare import sentences
from bench.stock.understanding import score
from serving.quiet import quieten

ROOT = Path(__file__).resolve().parents[1]
SETS = ROOT / "tests" / "understanding"
EVALUATION, DEVELOPMENT = SETS / "evaluation.jsonl", SETS / "development.jsonl"
STOCK = ROOT / "bench" / "stock" / "results" / "understanding.json"
TARGET = ROOT / "docs" / "understanding.md"
NAME = "nlu"
NO_TOPIC, OUT_OF_SCOPE = "no topic", "out_of_scope"
LONG = 25  # words; a third of the evaluation set is longer
WARM_UP = 20
CONFUSIONS = 15  # pairs that the report lists
GOALS = {
    "accuracy_in_scope": "at least 0.90",
    "macro_f1": "at least 0.88",
    "out_of_scope_recognised": "at least 0.90",
    "in_scope_refused": "at most 0.05",
}
TITLES = {
    "accuracy_in_scope": "first topic right, in scope",
    "macro_f1": "macro F1 of the topics",
    "two_questions_as_sets": "two questions, both and no other found",
    "out_of_scope_recognised": "out of scope recognised",
    "in_scope_refused": "in scope refused",
    "ms_per_message": "ms per message, median",
    "ms_per_message_p95": "ms per message, 95 %",
    "training_seconds": "training, s",
    "training_processor_seconds": "training, processor s",
}


@dataclass(frozen=True)
class Scored:
    """A set as it was read: wanted and found topics of each message, words of each, and milliseconds of each."""

    wanted: list[list[str]]
    found: list[list[str]]
    words: list[int]
    milliseconds: list[float]

    def figures(self) -> dict[str, Any]:
        """The totals, as bench/stock/ counts them."""
        ranked = sorted(self.milliseconds)
        return {
            **score(self.wanted, self.found),
            "ms_per_message": round(statistics.median(ranked), 2),
            "ms_per_message_p95": round(ranked[int(0.95 * len(ranked))], 2),
        }


def main() -> int:
    """Train, read, score, write; 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a trained model to score instead of training one")
    parser.add_argument("--dry", type=Path, help="only score this set, print its totals, and write nothing")
    arguments = parser.parse_args()
    quieten()
    with tempfile.TemporaryDirectory() as folder:
        model, training = (arguments.model, {}) if arguments.model else train(Path(folder))
        sets = [arguments.dry] if arguments.dry else [EVALUATION, DEVELOPMENT]
        scored = read(model, sets)
    if arguments.dry:
        print(json.dumps(scored[0].figures(), indent=2))
        return 0
    TARGET.write_text(report(*scored, training), encoding="utf-8")
    print(json.dumps({**scored[0].figures(), **training}, indent=2))
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


def train(folder: Path) -> tuple[Path, dict[str, float]]:
    """A model of the sentences as they stand, the seconds from start to end, and the processor seconds."""
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "train", "nlu", "--fixed-model-name", NAME]
    before, start = _processor_seconds(), time.monotonic()
    done = subprocess.run([*command, "--out", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    figures = {
        "training_seconds": round(time.monotonic() - start, 1),
        "training_processor_seconds": round(_processor_seconds() - before, 1),
    }
    return folder / f"{NAME}.tar.gz", figures


def read(model: Path, sets: list[Path]) -> list[Scored]:
    """Every message of every set, one after the other, after a warm-up."""
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))
    with asyncio.Runner() as runner:
        return [_read_set(agent, runner, path) for path in sets]


def _read_set(agent: Any, runner: asyncio.Runner, path: Path) -> Scored:
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for number in range(WARM_UP):
        runner.run(agent.parse_message(f"warm up {number}"))
    found, milliseconds = [], []
    for case in cases:
        start = time.perf_counter()
        parsed = runner.run(agent.parse_message(case["text"]))
        milliseconds.append((time.perf_counter() - start) * 1000)
        found.append([topic["id"] for topic in parsed["topics"]])
    words = [len(case["text"].split()) for case in cases]
    return Scored([case["topics"] for case in cases], found, words, milliseconds)


def report(evaluation: Scored, development: Scored, training: dict[str, float]) -> str:
    """The page."""
    figures = {**evaluation.figures(), **training}
    parts = [
        "# Understanding: how well it is read what a message asks",
        f"Written by `make understanding` on {date.today().isoformat()}; do not edit.\n"
        f"The evaluation set ({len(evaluation.wanted)} messages, {_share_long(evaluation)} of them over {LONG} words) "
        "was written by others than the training sentences' authors, who saw the topic names only.\n"
        "It is never trained on, and nobody tunes by it. The development set was tuned on, by settings and by further "
        "training sentences, so its figures flatter.\n"
        "Right means: the first topic found is the first topic wanted; for a bare report of symptoms, no topic.",
        "## Totals\n\n" + _totals(figures, development.figures()),
        "## With stock Rasa\n\n" + _comparison(figures),
        "## Topic by topic\n\n" + _by_topic(evaluation),
        "## What is taken for what\n\n" + _confusions(evaluation),
    ]
    return "\n\n".join(parts) + "\n"


def _share_long(scored: Scored) -> str:
    return f"{100 * sum(words > LONG for words in scored.words) / len(scored.words):.0f} %"


def _totals(figures: dict[str, Any], development: dict[str, Any]) -> str:
    rows = [
        f"| {title} | {_figure(figures.get(name))} | {GOALS.get(name, '')} | {_figure(development.get(name))} |"
        for name, title in TITLES.items()
    ]
    return _table("| | evaluation | goal | development |", rows)


def _comparison(figures: dict[str, Any]) -> str:
    if not STOCK.exists():
        return "Not measured on this machine: `make bench` builds stock Rasa and measures it."
    stock = json.loads(STOCK.read_text(encoding="utf-8"))
    rows = [
        f"| {title} | {_figure(figures.get(name))} | {_figure(stock.get(name))} |" for name, title in TITLES.items()
    ]
    head = (
        f"Same messages to read. Stock Rasa was measured on {stock['measured']}, after learning from "
        f"{stock['training_sentences']:,} sentences; this pipeline has learned from {sentences_learned():,}, the same "
        "and those written since, nearly all of them for other moves of the dialogue than questions.\n\n"
    )
    return head + _table(f"| | this pipeline | {stock['system']} |", rows)


def sentences_learned() -> int:
    """How many sentences the pipeline is trained on now."""
    return len(sentences(ROOT).intent_examples)


def _by_topic(scored: Scored) -> str:
    pairs = _pairs(scored)
    rows = []
    for topic in sorted({wanted for wanted, _ in pairs}):
        right = sum(wanted == found == topic for wanted, found in pairs)
        wanted_so, found_so = (sum(pair[side] == topic for pair in pairs) for side in (0, 1))
        rows.append(f"| {topic} | {wanted_so} | {_ratio(right, found_so)} | {_ratio(right, wanted_so)} |")
    return _table("| first topic | messages | precision | recall |", rows)


def _confusions(scored: Scored) -> str:
    wrong = Counter((wanted, found) for wanted, found in _pairs(scored) if wanted != found)
    rows = [f"| {wanted} | {found} | {count} |" for (wanted, found), count in wrong.most_common(CONFUSIONS)]
    return _table("| wanted | found | times |", rows)


def _pairs(scored: Scored) -> list[tuple[str, str]]:
    firsts = [[topics[0] if topics else NO_TOPIC for topics in side] for side in (scored.wanted, scored.found)]
    return list(zip(*firsts, strict=True))


def _table(head: str, rows: list[str]) -> str:
    return "\n".join([head, "|" + " --- |" * (head.count("|") - 1), *rows])


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    raise SystemExit(main())
