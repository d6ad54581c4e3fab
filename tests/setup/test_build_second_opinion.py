"""Training the watch's second opinion: from what, when, and what a threshold weighs."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from reasoning.red_flags import flags

ROOT = Path(__file__).resolve().parents[2]


def _loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_under_test", ROOT / "setup" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


build, install = _loaded("build_second_opinion"), _loaded("install")


def test_the_step_and_its_script_agree_on_what_the_model_is_made_from() -> None:
    """Otherwise a change would leave an old model in place."""
    assert set(install.opinion_sources()) == set(build.sources())


def test_an_up_to_date_model_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.sys, "argv", ["build_second_opinion.py"])
    monkeypatch.setattr(build, "train", lambda *_: pytest.fail("trained again"))
    assert build.STAMP.read_text(encoding="utf-8") == build.fingerprint()
    assert build.main() == 0


def test_harmless_sentences_tell_of_nothing() -> None:
    """They come last, and no sign is learned from them."""
    texts, told = build.read_texts()
    harmless = build.HARMLESS.read_text(encoding="utf-8").splitlines()
    assert texts[-len(harmless) :] == harmless
    assert not told[-len(harmless) :].any()
    assert told[: -len(harmless)].any(axis=0).all()


def test_a_threshold_stands_where_most_is_gained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Below what is true and above what is not; a false emergency costs more than a found sign gains."""
    target = tmp_path / "thresholds.yml"
    monkeypatch.setattr(build.opinion, "THRESHOLDS", target)
    true = [build.Scored(slug, 0.4, 1.0) for slug in flags() for _ in range(20)]
    false = [build.Scored(slug, -0.4, -build.FALSE_ALARM) for slug in flags() for _ in range(20)]
    build.write_thresholds([*true, *false], [*true, *false])
    limits = build.opinion.read_thresholds(target)
    assert all(-0.4 < doubt < 0.4 for _, doubt, _ in limits.values())
    assert all(-0.4 < likely <= doubt for likely, doubt, _ in limits.values())


def test_what_a_finding_gains_and_costs() -> None:
    nothing: frozenset[str] = frozenset()
    assert build._gain("chest_pain", frozenset({"chest_pain"}), set()) == 1
    assert build._gain("chest_pain", nothing, set()) == -build.FALSE_ALARM
    assert build._gain("chest_pain", frozenset({"breathless"}), set()) > -build.FALSE_ALARM


def test_only_clauses_that_are_likely_to_tell_are_learned_from() -> None:
    """The likeliest clause of a text always; one far behind it not; none of texts without the sign."""
    scores, owners = np.array([1.0, 0.9, -1.0, 2.0]), np.array([0, 0, 0, 1])
    told = np.array([True, True, True, False])
    assert build._telling(scores, owners, told).tolist() == [True, True, False, False]
