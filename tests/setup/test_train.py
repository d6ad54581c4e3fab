"""Training runs when something that shapes the model has changed, and only then."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from serving import manifest

ROOT = Path(__file__).resolve().parents[2]
INPUTS = ["config.yml", "domain.yml", "data/talk.yml", "knowledge/remedies/heat.yml", "understanding/importer.py"]


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """setup/train.py in a small checkout of its own, with Rasa's part replaced by writing a file."""
    spec = importlib.util.spec_from_file_location("train_under_test", ROOT / "setup" / "train.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in INPUTS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name}: 1\n")
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "MODELS", tmp_path / "models")
    monkeypatch.setattr(module, "LOG", tmp_path / "models" / "training.log")
    monkeypatch.setattr(module.sys, "argv", ["train.py"])
    monkeypatch.setattr(module, "_run_python", lambda code: None)  # of the real checkout
    return module


def _rasa_that_writes(target: Path) -> int:
    target.write_bytes(b"a model")
    return 0


@pytest.mark.parametrize("changed", INPUTS)
def test_what_shapes_the_model_is_in_its_name(train: ModuleType, changed: str) -> None:
    """A changed input asks for another model."""
    before = train.model_path()
    assert train.model_path() == before
    (train.ROOT / changed).write_text("changed: 2\n")
    assert train.model_path() != before


def test_a_new_file_asks_for_a_new_model(train: ModuleType) -> None:
    """A new remedy is one new file."""
    before = train.model_path()
    (train.ROOT / "knowledge" / "remedies" / "ice.yml").write_text("id: ice\n")
    assert train.model_path() != before


def test_what_does_not_shape_the_model_is_not(train: ModuleType) -> None:
    """A sentence in the README trains nothing."""
    before = train.model_path()
    (train.ROOT / "README.md").write_text("# Changed\n")
    assert train.model_path() == before


def test_one_model_stays_and_a_second_run_trains_nothing(train: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old models go, since Rasa loads the newest file; the right one is kept and not made again."""
    (train.MODELS / "assistant-of-before.tar.gz").write_bytes(b"old")
    monkeypatch.setattr(train, "_train", _rasa_that_writes)
    assert train.main() == 0
    assert list(train.MODELS.glob("*.tar.gz")) == [train.model_path()]
    manifest.check(train.ROOT, train.model_path())
    monkeypatch.setattr(train, "_train", lambda target: pytest.fail("trained again"))
    assert train.main() == 0


def test_a_model_that_is_broken_is_not_written_down_as_right(
    train: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that finds the model there leaves the hashes alone, unless encoder or second opinion were built anew."""
    monkeypatch.setattr(train, "_train", _rasa_that_writes)
    assert train.main() == 0
    train.model_path().write_bytes(b"a m0del")
    assert train.main() == 0
    with pytest.raises(manifest.ManifestError, match="changed since"):
        manifest.check(train.ROOT, train.model_path())
    train.model_path().write_bytes(b"a model")
    (train.MODELS / "second_opinion.npz").write_bytes(b"built anew")
    (train.MODELS / "second_opinion.made_from").write_text("other sentences")
    assert train.main() == 0
    manifest.check(train.ROOT, train.model_path())


def test_a_failed_training_keeps_the_old_model_and_shows_the_log(
    train: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in the data must not take a running bot's model away."""
    old = train.MODELS / "assistant-of-before.tar.gz"
    old.write_bytes(b"old")
    train.LOG.write_text("YAML is not valid in line 7\n")
    monkeypatch.setattr(train, "_train", lambda target: 1)
    assert train.main() == 1
    assert old.exists()
    assert "line 7" in capsys.readouterr().err
