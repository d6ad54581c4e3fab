"""How large, how fast and how free of faults the widget is, as one JSON object: `python -m tests.widget.measure`.

Size and faults are the widget's alone, over the fake server. Times are those of a person: the demo page and the
messages of the running product, in a browser on the same machine.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.channels.running_server import RunningServer
from tests.widget import states
from tests.widget.chromium import running
from tests.widget.fake_server import WIDGET, FakeServer
from tests.widget.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = WIDGET.parent
LOADS = 10
QUESTIONS = ("is heat ok?", "what is an mri", "how do I do the pelvic tilt", "what causes a back spasm", "what is TENS")
ROUNDS = 12  # of these questions
BROWSER_TESTS = ("tests/widget", "tests/channels/test_in_the_browser.py")
ROUND_TRIP = """text => new Promise((done) => {
  const root = document.querySelector("back-chat").shadowRoot;
  const count = () => root.querySelectorAll(".bot:not(.typing)").length;
  const [before, began, box] = [count(), performance.now(), root.querySelector("textarea")];
  const watch = new MutationObserver(() => {
    if (count() > before) { watch.disconnect(); done(performance.now() - began); }
  });
  watch.observe(root, { childList: true, subtree: true });
  box.value = text;
  box.dispatchEvent(new Event("input"));
  root.querySelector(".send").click();
})"""
READY = "() => document.querySelector('back-chat')?.shadowRoot.querySelector('dialog')?.open && performance.now()"


def times(browser: Browser) -> dict[str, float]:
    """Milliseconds until the demo page's chat takes input (a fresh profile each), and of a message's round trip."""
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder), forked=False).start()
        try:
            loads, trips = [], []
            for _ in range(LOADS):
                page = browser.new_page(viewport={"width": 1200, "height": 820})
                page.goto(server.url)
                loads.append(float(page.wait_for_function(READY, polling=10).json_value()))
                page.close()
            panel = Panel(browser.new_page(viewport={"width": 1200, "height": 820}), server)
            panel.page.goto(server.url)
            panel.open()
            panel.say("hello")
            for question in QUESTIONS * ROUNDS:
                trips.append(float(panel.page.evaluate(ROUND_TRIP, question)))
        finally:
            server.stop()
    return {
        "ready_ms_median": round(statistics.median(loads), 1),
        "round_trip_ms_median": round(statistics.median(trips), 1),
        "round_trip_ms_p95": round(statistics.quantiles(trips, n=20)[-1], 1),
    }


def faults(browser: Browser) -> dict[str, int]:
    """What axe finds in every state, all looks together."""
    server = FakeServer().start()
    found = {}
    for state in states.STATES:
        with states.shown(browser, server, state) as panel:
            found[state] = sum(len(states.look(panel, name)) for name in states.LOOKS)
    server.stop()
    return found


def tests() -> int:
    """How many tests drive the browser."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:xdist", *BROWSER_TESTS]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sum(map(int, re.findall(r"^tests/\S+: (\d+)$", listed, re.MULTILINE)))


def measure() -> dict[str, Any]:
    """All figures of the website's chat."""
    script = (WIDGET / "dist/widget.js").read_bytes()
    with running() as browser:
        return {
            "bytes": len(script),
            "gzip_bytes": len(gzip.compress(script, 9, mtime=0)),
            **times(browser),
            "axe": faults(browser),
            "tests": tests(),
        }


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    sys.stdout.write("\n")
