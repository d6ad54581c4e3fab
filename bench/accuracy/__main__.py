"""`make accuracy`: judges the vignettes and writes docs/accuracy.md. The sealed part is read by the program alone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.accuracy import cost, faults, report
from bench.accuracy.scores import Judged
from bench.accuracy.typos import mistype
from bench.accuracy.whole import courses
from reasoning.triage import assess
from serving.quiet import quieten
from understanding.screen import Screen

ROOT = Path(__file__).resolve().parents[2]
SETS = ROOT / "tests" / "vignettes"
TARGET = ROOT / "docs" / "accuracy.md"
LADDER = (0.0, 0.05, 0.1, 0.15, 0.2)


def main() -> int:
    """Judge, count, write; 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-faults", action="store_true", help="only the watch, printed and not written")
    arguments = parser.parse_args()
    quieten()
    watch, sets = Screen(), {name: rows(name) for name in ("sealed", "sealed_2", "open")}
    judged = {name: judge(watch, found) for name, found in sets.items()}
    ladder = {step: judge(watch, _mistyped(sets["sealed"], step)) for step in LADDER}
    alone = Screen(learned=False)
    patterns = {name: judge(alone, sets[name]) for name in ("sealed", "sealed_2")}
    if arguments.without_faults:
        print(report.page(judged, ladder, patterns))
        return 0
    conversations = faults.loaded()
    talks = {name: courses(rows(f"conversations_{name}"), conversations) for name in ("sealed", "open")}
    broken = {layer: faults.outcomes(sets["sealed"], layer, conversations) for layer in faults.LAYERS}
    costs = report.costs(cost.messages(watch), cost.doubling(watch))
    TARGET.write_text(
        report.page(judged, ladder, patterns, report.whole(talks), report.with_a_layer_failing(broken), costs),
        encoding="utf-8",
    )
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


def rows(name: str) -> list[dict[str, Any]]:
    """The vignettes of a set."""
    lines = (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def judge(watch: Screen, found: Sequence[Mapping[str, Any]]) -> list[Judged]:
    """Every message as the watch reads it, with the level that follows from it alone."""
    judged = []
    for row in found:
        read = watch.read(row["text"])
        level = assess(read.findings, read.has_back_trouble, read.age, read.weeks_pregnant).level
        judged.append(Judged.of(row, read, level))
    return judged


def _mistyped(found: Sequence[dict[str, Any]], step: float) -> list[dict[str, Any]]:
    """What is not mistyped yet, mistyped."""
    plain = [row for row in found if row["kind"] != "typo"]
    return [{**row, "text": mistype(row["text"], step, seed)} for seed, row in enumerate(plain)]


if __name__ == "__main__":
    raise SystemExit(main())
