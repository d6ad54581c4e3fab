"""The stock Rasa that bench/load/ talks to: its project, its model, the commands that start it.

The project answers through an action server over HTTP and keeps conversations in SQLite (prepare.prepare_to_serve). Its
model is trained with few epochs: the network is the same, so a message costs the same; how well it reads is
measured elsewhere (understanding.py), with all epochs, and so is the time that training takes.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from pathlib import Path

from bench.load.processes import NotThere
from bench.stock.install import LOCK, PYTHON, VARIABLES
from bench.stock.prepare import prepare_to_serve

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "served"
MODEL = PROJECT / "models" / "stock.tar.gz"
EPOCHS = 2
TRAINING_LIMIT = 1800.0  # seconds


def ready(action_port: int) -> None:
    """Write the project and train its model, unless that was done. NotThere when it cannot be."""
    if not PYTHON.exists():
        raise NotThere("its environment is not built (bench/stock/install.py)")
    trained = PROJECT.with_suffix(".json")
    made_from = hashlib.sha256(LOCK.read_bytes() + b"".join(map(Path.read_bytes, _inputs()))).hexdigest()
    if not MODEL.exists() or not trained.exists() or json.loads(trained.read_text())["made_from"] != made_from:
        prepare_to_serve(PROJECT, EPOCHS, action_port)
        start = time.monotonic()
        _train()
        figures = {"made_from": made_from, "epochs": EPOCHS, "seconds": round(time.monotonic() - start, 1)}
        trained.write_text(json.dumps(figures), encoding="utf-8")
    endpoints = PROJECT / "endpoints.yml"
    lines = endpoints.read_text(encoding="utf-8").splitlines()
    lines = [f"  url: http://127.0.0.1:{action_port}/webhook" if "url:" in line else line for line in lines]
    endpoints.write_text("\n".join(lines) + "\n", encoding="utf-8")


def actions(port: int) -> list[str]:
    """The command of the action server, to be run in PROJECT."""
    return [str(PYTHON), "-m", "rasa_sdk", "--actions", "answering", "--port", str(port)]


def server(port: int) -> list[str]:
    """The command of the server, to be run in PROJECT."""
    command = [str(PYTHON), "-m", "rasa", "run", "--model", str(MODEL), "--interface", "127.0.0.1"]
    return [*command, "--port", str(port), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]


def _inputs() -> list[Path]:
    root = HERE.parents[1]
    return sorted([*(root / "data").rglob("*.yml"), *(root / "knowledge").rglob("*.yml"), HERE / "prepare.py"])


def _train() -> None:
    command = [str(PYTHON), "-m", "rasa", "train", "--fixed-model-name", MODEL.name.removesuffix(".tar.gz")]
    log = PROJECT / "training.log"
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=VARIABLES,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TRAINING_LIMIT,
            check=False,
        )
    if done.returncode or not MODEL.exists():
        raise NotThere(f"its training failed: {log}")
