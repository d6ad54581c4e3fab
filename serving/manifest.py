"""What is served is what was trained: a manifest of hashes, written at training time and checked before serving.

It holds the model, the sentence encoder, the second opinion, the vectors of the entries, and every file of knowledge/.
One byte that is different, a file too many or one too few, and nothing is served.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

NAME = "manifest.json"
# What else is loaded from models/; the pictures of the stretches are shown, and decide nothing.
BESIDE_THE_MODEL = ("encoder/encoder.onnx", "encoder/tokenizer.json", "second_opinion.npz")
# Written by the builders of these: when they have built anew, the manifest of before is out of date.
BUILT = ("encoder/built.json", "second_opinion.made_from")


class ManifestError(RuntimeError):
    """What would be served is not what was trained; the text names the file."""


def write(root: Path, model: Path) -> None:
    """Write down what belongs to this model now."""
    content = {"model": model.name, "built": _built(root / "models"), "files": _hashes(root, model)}
    target = root / "models" / NAME
    draft = target.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, target)


def is_of(root: Path, model: Path) -> bool:
    """Whether there is a manifest of this model, and of the encoder and second opinion as they were last built.

    Their content is not looked at: a manifest must never be renewed because something is broken.
    """
    try:
        held = _read(root)
    except ManifestError:
        return False
    return bool(held["model"] == model.name and held["built"] == _built(root / "models"))


def check(root: Path, model: Path) -> None:
    """ManifestError unless everything is as it was when the model was trained."""
    held = _read(root)
    if held["model"] != model.name:
        raise ManifestError(f"models/{model.name}: not the model of the manifest; run `make train`")
    there = _hashes(root, model)
    for name, digest in held["files"].items():
        if name not in there:
            raise ManifestError(f"{name}: missing; run `make train`")
        if there[name] != digest:
            raise ManifestError(
                f"{name}: changed since the model was trained. If you did that, run `make train`; if not, put it back, "
                f"or delete it and run `make train`; after building it anew by hand, delete models/{NAME} too"
            )
    for name in there:  # other vectors of entries are not loaded: their name has the hash of their sentences
        if name not in held["files"] and not name.startswith("models/entries-"):
            raise ManifestError(f"{name}: added since the model was trained; run `make train`")


def _read(root: Path) -> dict[str, Any]:
    path = root / "models" / NAME
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if set(held) == {"model", "built", "files"} and all(isinstance(value, str) for value in held["files"].values()):
            return dict(held)
    except FileNotFoundError:
        raise ManifestError(f"models/{NAME}: missing; run `make train`") from None
    except (OSError, ValueError, TypeError, AttributeError):
        pass
    raise ManifestError(f"models/{NAME}: cannot be read; delete it and run `make train`")


def _hashes(root: Path, model: Path) -> dict[str, str]:
    models, knowledge = root / "models", root / "knowledge"
    paths = [model, *(models / name for name in BESIDE_THE_MODEL), *sorted(models.glob("entries-*.npz"))]
    paths += sorted(path for path in knowledge.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(root).as_posix(): _hash(path) for path in paths if path.exists()}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _built(models: Path) -> dict[str, str]:
    return {name: (models / name).read_text(encoding="utf-8") for name in BUILT if (models / name).exists()}
