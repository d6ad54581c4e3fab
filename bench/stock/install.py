"""Builds stock Rasa's own environment in bench/stock/.venv: Python 3.10 and every package of requirements.lock.

Only `make bench` needs it: the product itself runs without. Does nothing when the environment matches the lock.
Works with any Python from 3.9 on and its standard library alone, after `make setup`, whose uv it uses.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOOLS = ROOT / ".tools"
ENVIRONMENT = HERE / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
LOCK = HERE / "requirements.lock"
STAMP = ENVIRONMENT / "installed.txt"
WANTED = "3.10"

VARIABLES = {
    **{name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")},
    "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(TOOLS / "cache")),
    "UV_PYTHON_INSTALL_DIR": str(TOOLS / "python"),
    "UV_PYTHON_BIN_DIR": str(TOOLS / "bin"),
    # The project's pyproject.toml sets Rasa's declared requirements aside, which is not for this environment.
    "UV_NO_CONFIG": "1",
    "MPLCONFIGDIR": str(TOOLS / "matplotlib"),
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}


class InstallError(Exception):
    """A step that cannot be done on this machine; the message says what the reader can do about it."""


def main() -> int:
    """Build the environment unless it is built; 0 on success, 1 with a message when it cannot be built."""
    made_from = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == made_from:
        return 0
    start = time.monotonic()
    try:
        _build()
    except InstallError as problem:
        print(f"stock Rasa: {problem}", file=sys.stderr)
        return 1
    STAMP.write_text(made_from)
    print(f"stock Rasa: environment built in {time.monotonic() - start:.0f} s", flush=True)
    return 0


def _build() -> None:
    uv = _find_uv()
    python = next(filter(_is_wanted, _python_candidates()), None) or _fetch_python(uv)
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    _run(uv, "venv", "--quiet", "--python", python, str(ENVIRONMENT))
    _run(uv, "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--python", str(PYTHON), "-r", str(LOCK))


def _find_uv() -> str:
    remembered = TOOLS / "uv.path"
    found = remembered.read_text().strip() if remembered.exists() else shutil.which("uv")
    if not found:
        raise InstallError("uv is not there yet: run `make setup` first")
    return found


def _python_candidates() -> Iterator[str]:
    yield from (str(Path(folder) / f"python{WANTED}") for folder in os.get_exec_path())
    pyenv = _output("pyenv", "root") if shutil.which("pyenv") else ""
    if pyenv:
        yield from sorted(map(str, Path(pyenv, "versions").glob(f"{WANTED}.*/bin/python")), reverse=True)


def _is_wanted(python: str) -> bool:
    # Run it: pyenv puts a dead `python3.10` on the path for versions that are not chosen.
    return _output(python, "-c", "import sys, ssl, sqlite3; print('%d.%d' % sys.version_info[:2])") == WANTED


def _fetch_python(uv: str) -> str:
    _run(uv, "python", "install", "--quiet", WANTED)
    found = _output(uv, "python", "find", "--managed-python", WANTED)
    if not _is_wanted(found):
        raise InstallError(f"Python {WANTED} is not on this machine and cannot be fetched: install it, or use pyenv")
    return found


def _run(*command: str) -> None:
    if subprocess.run(command, env=VARIABLES, check=False).returncode:
        raise InstallError(f"failed: {' '.join(command)}")


def _output(*command: str) -> str:
    """What the command printed; empty when it fails or does not exist."""
    try:
        done = subprocess.run(command, env=VARIABLES, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
