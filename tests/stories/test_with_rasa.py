"""Rasa's own checks of the product: validation without a warning, the stories, and the action server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from serving.settings import newest_model

ROOT = Path(__file__).resolve().parents[2]
STORIES = Path(__file__).with_name("test_stories.yml")
START_SECONDS = 60


def _rasa(tmp_path: Path, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "rasa", *arguments],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return run.stdout + run.stderr


def test_rasa_finds_nothing_to_warn_of_in_domain_and_data(tmp_path: Path) -> None:
    """`rasa data validate --fail-on-warnings` on the product itself."""
    _rasa(tmp_path, "data", "validate", "--fail-on-warnings")


def test_every_story_is_predicted_as_written(tmp_path: Path) -> None:
    """`rasa test core` over tests/stories: rules decide as the stories say."""
    _rasa(
        tmp_path,
        *("test", "core", "--stories", str(STORIES), "--model", str(newest_model())),
        *("--out", str(tmp_path), "--fail-on-prediction-errors"),
    )
    report = json.loads((tmp_path / "story_report.json").read_text())
    assert report["conversation_accuracy"]["accuracy"] == 1.0
    assert report["conversation_accuracy"]["total"] == 8


def test_the_action_server_refuses_advice_that_no_watch_has_screened(tmp_path: Path) -> None:
    """`rasa run actions` serves the product's actions; reached past the watch, they say the safety text only."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "rasa", "run", "actions", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer = _ask(port)
    finally:
        server.terminate()
        server.wait(timeout=20)
    assert [response["custom"]["kind"] for response in answer["responses"]] == ["safety"]


def _ask(port: int) -> dict:
    call = {
        "next_action": "action_answer_question",
        "sender_id": "x",
        "tracker": {"sender_id": "x", "slots": {}, "latest_message": {"text": "ice?", "intent": {"name": "mri"}}},
        "domain": {"responses": {}},
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/webhook", json.dumps(call).encode(), {"Content-Type": "application/json"}
    )
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # our own server
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < end, "the action server did not start"
            time.sleep(0.5)
