"""What is served is what was trained; one byte that is different, and nothing is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import manifest
from serving.manifest import ManifestError
from serving.settings import newest_model
from tests.serving import checkout
from tests.serving.checkout import ROOT, flip

FILES = (
    "models/assistant-1.tar.gz",
    "models/encoder/encoder.onnx",
    "models/encoder/tokenizer.json",
    "models/second_opinion.npz",
    "models/entries-1.npz",
    "knowledge/red_flags.yml",
    "knowledge/remedies/heat.yml",
)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small checkout with a manifest."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"content of {name}")
    manifest.write(tmp_path, tmp_path / FILES[0])
    return tmp_path


def test_what_was_trained_is_served(small: Path) -> None:
    manifest.check(small, small / FILES[0])
    assert manifest.is_of(small, small / FILES[0])


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_or_a_missing_file_is_refused_by_name(small: Path, name: str) -> None:
    flip(small / name)
    with pytest.raises(ManifestError, match=f"{name}: changed"):
        manifest.check(small, small / FILES[0])
    assert manifest.is_of(small, small / FILES[0]), "a broken file is no reason for a new manifest"
    (small / name).unlink()
    with pytest.raises(ManifestError, match=f"{name}: missing"):
        manifest.check(small, small / FILES[0])


def test_a_file_too_many_is_refused(small: Path) -> None:
    (small / "knowledge" / "remedies" / "magnet.yml").write_text("id: magnet")
    with pytest.raises(ManifestError, match=r"magnet\.yml: added"):
        manifest.check(small, small / FILES[0])


def test_what_an_editor_leaves_and_other_vectors_do_not_matter(small: Path) -> None:
    (small / "knowledge" / ".red_flags.yml.swp").write_text("")
    (small / "models" / "entries-2.npz").write_text("of other sentences, never loaded")
    manifest.check(small, small / FILES[0])


def test_another_model_is_refused(small: Path) -> None:
    other = small / "models" / "assistant-2.tar.gz"
    other.write_text("swapped")
    with pytest.raises(ManifestError, match="not the model of the manifest"):
        manifest.check(small, other)


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"model": 1, "built": {}, "files": []}'])
def test_no_manifest_and_a_broken_one_are_refused(small: Path, content: str | None) -> None:
    path = small / "models" / manifest.NAME
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(ManifestError, match="manifest"):
        manifest.check(small, small / FILES[0])
    assert not manifest.is_of(small, small / FILES[0])


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The whole checkout."""
    return checkout.copied(tmp_path_factory.mktemp("checkout"))


@pytest.mark.parametrize(
    "name", ["knowledge/help_lines.yml", "models/encoder/encoder.onnx", f"models/{newest_model().name}"]
)
def test_the_server_does_not_start_with_a_flipped_byte(copy: Path, name: str) -> None:
    right = (copy / name).read_bytes()
    flip(copy / name)
    run = checkout.run(copy, "-m", "serving")
    (copy / name).write_bytes(right)
    assert run.returncode == 1
    assert f"{name}: changed since" in run.stderr
    assert "Traceback" not in run.stderr
    asked = checkout.run(
        copy,
        "-c",
        "from serving import manifest as m; from pathlib import Path; m.check(Path(), "
        f"Path('models/{newest_model().name}'))",
    )
    assert asked.returncode == 0, "put back, all is well"


def test_the_checkout_of_now_is_as_it_was_trained() -> None:
    manifest.check(ROOT, newest_model())
