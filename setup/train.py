"""Trains the Rasa model when something it is made from has changed: `make train`, and part of `make run`.

The model's file name carries the hash of its inputs, so "is this model the one of this checkout?" is a question of
a file name. Older models are deleted: Rasa would load the newest file of the folder, whatever it was made from.
The data are checked by `make validate` and its test, not at every training (--skip-validation saves a quarter of it).
Rasa's own cache is not used (--force, size 0): it does not see changes in what a component reads or calls.

`python setup/train.py --path` prints where the model of this checkout is or would be, and trains nothing.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
LOG = MODELS / "training.log"

# The versions of the libraries and the encoder's recipe shape a model as much as the sentences do, and the loader is
# how knowledge/ reaches it.
INPUTS = (
    "config.yml",
    "domain.yml",
    "data/**/*.yml",
    "knowledge/**/*.yml",
    "understanding/**/*.py",
    "reasoning/knowledge.py",
    "reasoning/strict_yaml.py",
    "setup/build_encoder.py",
    "setup/requirements.lock",
)


def main() -> int:
    """Train if needed; Rasa's exit code, with the end of its log when it fails."""
    target = model_path()
    if "--path" in sys.argv[1:]:
        print(target)
        return 0
    start = time.monotonic()
    print(f"{'training':<34}", end="", flush=True)
    if target.exists():
        _write_manifest(target)
        print("   ready", flush=True)
        return 0
    code = _train(target)
    if code:
        print(f"failed (all of it: {LOG.relative_to(ROOT)})\n{_end_of_log()}", file=sys.stderr)
        return code
    for model in MODELS.glob("*.tar.gz"):
        if model != target:
            model.unlink()
    _write_manifest(target)
    print(f"{time.monotonic() - start:6.1f} s", flush=True)
    return 0


def model_path() -> Path:
    """Where the model that belongs to the files of this checkout lies, or will lie."""
    digest = hashlib.sha256()
    for path in _inputs():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{content}\n".encode())
    return MODELS / f"assistant-{digest.hexdigest()[:16]}.tar.gz"


def _inputs() -> Iterator[Path]:
    for pattern in INPUTS:
        yield from sorted(ROOT.glob(pattern))


def _train(target: Path) -> int:
    # Under another name first: an interrupted training must not leave half a model that looks ready.
    draft = MODELS / "draft" / target.name
    draft.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "rasa",
        "train",
        "--force",
        "--skip-validation",
        "--out",
        str(draft.parent),
    ]
    with LOG.open("wb") as log:
        run = subprocess.run(
            [*command, "--fixed-model-name", draft.name.removesuffix(".tar.gz")],
            cwd=ROOT,
            # Rasa notes its telemetry choice, off or on, in the home of the user: give it one in the project.
            env={**os.environ, "RASA_MAX_CACHE_SIZE": "0", "HOME": str(ROOT / ".tools" / "home")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if run.returncode == 0:
        os.replace(draft, target)
        draft.parent.rmdir()
    return run.returncode


def _write_manifest(target: Path) -> None:
    """The hashes that the server checks before it serves; the vectors of the entries are made first if they are due."""
    from serving import manifest

    if manifest.is_of(ROOT, target):
        return
    _run_python("from understanding.entries import EntrySelector; EntrySelector().prepare()")
    manifest.write(ROOT, target)


def _run_python(code: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)


def _end_of_log() -> str:
    return "\n".join(LOG.read_text(errors="replace").splitlines()[-25:])


if __name__ == "__main__":
    sys.exit(main())
