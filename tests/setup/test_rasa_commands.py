"""Rasa's own commands work in this environment (Python 3.12, no TensorFlow), on a small bot of their own."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

CONFIG = """\
recipe: default.v1
language: en
assistant_id: trial
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - name: LogisticRegressionClassifier
policies:
  - name: RulePolicy
  - name: MemoizationPolicy
"""
DOMAIN = """\
version: "3.1"
intents: [greet, bye]
responses:
  utter_greet: [{text: hello from the trial bot}]
  utter_bye: [{text: so long}]
"""
DATA = """\
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - good morning
      - hello there
  - intent: bye
    examples: |
      - bye
      - good night
      - see you
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
stories:
  - story: bye after greeting
    steps: [{intent: greet}, {action: utter_greet}, {intent: bye}, {action: utter_bye}]
"""
STORY_TEST = """\
version: "3.1"
stories:
  - story: a greeting
    steps:
      - {user: hello, intent: greet}
      - {action: utter_greet}
"""
ACTION = """\
from rasa_sdk import Action


class ActionTrial(Action):
    def name(self):
        return "action_trial"

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="done by the trial action")
        return []
"""
SHELL_SECONDS = 60


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bot, trained by `rasa train`."""
    folder = tmp_path_factory.mktemp("bot")
    files = {
        "config.yml": CONFIG,
        "domain.yml": DOMAIN,
        "data/talk.yml": DATA,
        "tests/test_greeting.yml": STORY_TEST,
        "actions/__init__.py": "",
        "actions/trial.py": ACTION,
        "endpoints.yml": "",
        "credentials.yml": "rest:\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    _rasa(folder, "train", "--fixed-model-name", "trial")
    return folder


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "rasa", *arguments]


def _at_home(folder: Path) -> dict[str, str]:
    """The environment, with the bot's folder for a home: Rasa notes its settings there."""
    return {**os.environ, "HOME": str(folder)}


def _rasa(folder: Path, *arguments: str) -> str:
    run = subprocess.run(
        _command(*arguments), cwd=folder, env=_at_home(folder), capture_output=True, text=True, timeout=240, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return run.stdout


def test_rasa_train(bot: Path) -> None:
    """A model file lies where it was asked for."""
    assert (bot / "models" / "trial.tar.gz").exists()


def test_rasa_data_validate(bot: Path) -> None:
    """No warning, no error."""
    _rasa(bot, "data", "validate", "--fail-on-warnings")


def test_rasa_test(bot: Path) -> None:
    """Understanding and stories are scored, and the reports written."""
    _rasa(bot, "test", "--fail-on-prediction-errors")
    report = json.loads((bot / "results" / "intent_report.json").read_text())
    assert report["accuracy"] == pytest.approx(1.0)
    assert (bot / "results" / "story_report.json").exists()


def test_rasa_shell(bot: Path) -> None:
    """The bot answers in a terminal. It needs a real one, so the test gives it one."""
    leader, follower = pty.openpty()
    terminal = dict.fromkeys(("stdin", "stdout", "stderr"), follower)
    command = _command("shell", "--port", str(_free_port()))
    process = subprocess.Popen(command, cwd=bot, env=_at_home(bot), start_new_session=True, **terminal)
    os.close(follower)
    try:
        _read_until(leader, "Your input")
        os.write(leader, b"hello\r")
        _read_until(leader, "hello from the trial bot")
        os.write(leader, b"/stop\r")
        process.wait(timeout=30)
    finally:
        _end(process)
        os.close(leader)


def test_rasa_run_actions(bot: Path, action_server: int) -> None:
    """The action server runs an action by name."""
    call = {"next_action": "action_trial", "sender_id": "x", "tracker": {"sender_id": "x"}, "domain": {}}
    request = urllib.request.Request(
        f"http://127.0.0.1:{action_server}/webhook", json.dumps(call).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # our own server
        assert json.load(answer)["responses"][0]["text"] == "done by the trial action"


@pytest.fixture
def action_server(bot: Path) -> Iterator[int]:
    """Port of a running `rasa run actions`."""
    port = _free_port()
    process = subprocess.Popen(
        _command("run", "actions", "--port", str(port)),
        cwd=bot,
        env=_at_home(bot),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port)
        yield port
    finally:
        _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + SHELL_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"nothing listens on port {port}")


def _read_until(terminal: int, text: str) -> None:
    seen, deadline = "", time.monotonic() + SHELL_SECONDS
    while text not in seen:
        if time.monotonic() > deadline:
            pytest.fail(f"{text!r} did not come; the terminal shows:\n{seen[-2000:]}")
        if select.select([terminal], [], [], 1)[0]:
            try:
                chunk = os.read(terminal, 65536).decode(errors="replace")
            except OSError:  # the command has ended and closed its terminal
                pytest.fail(f"{text!r} did not come; the terminal showed:\n{seen[-2000:]}")
            seen += chunk
            if "\x1b[6n" in chunk:
                os.write(terminal, b"\x1b[1;1R")  # it asks where the cursor is


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
