"""No process of the environment reports to anybody, or writes outside the project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENCODE = "from understanding.encoder import Encoder; Encoder().encode(['my back hurts'])"
DRAW = "import matplotlib.pyplot"
RASA = "import runpy, sys; sys.argv = ['rasa', '--version']; runpy.run_module('rasa', run_name='__main__')"


@pytest.mark.parametrize("code", [ENCODE, DRAW, RASA], ids=["encoder", "pictures", "rasa"])
def test_nothing_is_written_to_the_home_of_the_user(code: str, tmp_path: Path) -> None:
    """No device id, no event store, no settings: the libraries would write them where they send from."""
    ours = ("ORT_", "RASA_", "MPL", "XDG_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment["HOME"] = str(tmp_path)
    subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_reporting_cannot_be_switched_on_by_accident() -> None:
    """A setting that would report is overruled; people write about their health here."""
    code = "import os; print(os.environ['RASA_TELEMETRY_ENABLED'], os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "true", "ORT_DISABLE_TELEMETRY": "0"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["false", "1"]


def test_no_thread_is_woken_for_the_numbers_of_a_message() -> None:
    """BLAS would have one on every core, and they spin: a message costs double, and two servers fight for cores."""
    code = "import numpy, threadpoolctl; print([pool['num_threads'] for pool in threadpoolctl.threadpool_info()])"
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[1]"
