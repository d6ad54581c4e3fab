"""A running server as its operator sees it: figures, logs, readiness, and an end at which nobody is cut off."""

from __future__ import annotations

import json
import re
import signal
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.channels.running_server import RunningServer, free_port

CANARY = "zebrafish"
# A server whose turns take a second longer than they do.
SLOW = """
import asyncio
from serving import __main__, conversations
turn = conversations.Conversations._turn
async def slow(self, *given):
    await asyncio.sleep(1.5)
    return await turn(self, *given)
conversations.Conversations._turn = slow
__main__.main()
"""


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A slow server with figures and JSON logs."""
    settings = {"METRICS_PORT": str(free_port()), "LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}
    running = RunningServer(tmp_path_factory.mktemp("operated"), settings=settings, program=SLOW, forked=False).start()
    yield running
    running.stop()


def _figures(server: RunningServer) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.settings['METRICS_PORT']}/metrics") as answer:
        return str(answer.read().decode())


def _figure(text: str, name: str) -> float:
    found = re.search(rf"^back_spasm_{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_figures_count_and_hold_nothing_of_a_person(operated: RunningServer) -> None:
    token = operated.session(country="GB")
    operated.say(token, id="1", text=f"my back cramps, {CANARY}")
    operated.say(token, id="2", text=f"I cannot feel my bottom and I cannot pee, {CANARY}")
    assert operated.ask("POST", "/webhooks/web/messages", "no-token", body={"text": CANARY}).status == 401
    text = _figures(operated)
    assert _figure(text, 'messages_total{channel="web"}') == 2
    assert _figure(text, 'levels_total{level="E2"}') + _figure(text, 'levels_total{level="E1"}') == 1
    assert _figure(text, 'refusals_total{status="401"}') == 1
    assert _figure(text, "turn_seconds_count") == 2
    assert _figure(text, "outbox_messages") == 0
    conversation = operated.ask("GET", "/webhooks/web/export", token).data["conversation"]
    assert CANARY not in text
    assert conversation not in text
    assert operated.get("/metrics").status == 404, "not on the port that people reach"


def test_logs_are_json_lines_without_what_was_written(operated: RunningServer) -> None:
    operated.say(operated.session(), id="1", text=f"my back cramps, {CANARY}")
    lines = [line for line in _log(operated).splitlines() if line.startswith("{")]
    turns = [line for line in map(json.loads, lines) if line["message"] == "turn"]
    assert turns
    assert turns[-1]["channel"] == "web"
    assert turns[-1]["ms"] >= 1500
    assert CANARY not in _log(operated)
    assert "web:" not in _log(operated)


def test_turns_under_way_end_and_new_ones_are_told(operated: RunningServer) -> None:
    first, second = operated.session(), operated.session()
    process = operated.process
    assert process is not None
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(
            operated.ask, "POST", "/webhooks/web/messages", first, {"id": "1", "text": "is heat ok?"}
        )
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        refused = operated.ask("POST", "/webhooks/web/messages", second, {"id": "1", "text": "is ice ok?"})
        ready, alive = operated.get("/readyz"), operated.get("/healthz")
        answered = under_way.result()
    assert refused.status == 503
    assert refused.data["messages"][0]["kind"] == "safety"
    assert (ready.status, ready.data["open"], alive.status) == (503, False, 200)
    assert answered.status == 200
    assert answered.data["messages"][0]["text"]
    assert process.wait(20) == 0
    operated.start()
    kept = [said["text"] for said in operated.get("/webhooks/web/history", first).data["messages"]]
    assert kept[0] == "is heat ok?"
    assert kept[1:] == [message["text"] for message in answered.data["messages"]]


def _log(server: RunningServer) -> str:
    return (Path(server.folder) / "server.log").read_text()
