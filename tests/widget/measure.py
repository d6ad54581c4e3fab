"""How large and how fast the widget is, as one JSON object: `python -m tests.widget.measure`.

The server behind it is the fake one, so the times are the widget's and the browser's alone.
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import time

from tests.widget.chromium import running
from tests.widget.fake_server import WIDGET, FakeServer
from tests.widget.panel import Panel

LOADS = 10
MESSAGES = 60
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


def measure() -> dict[str, float]:
    """Bytes of the script, milliseconds until the demo page's chat takes input, and of a message's round trip."""
    script = (WIDGET / "dist/widget.js").read_bytes()
    server = FakeServer().start()
    with running() as browser:
        loads = []
        for _ in range(LOADS):
            page = browser.new_page(viewport={"width": 1200, "height": 820})
            page.goto(server.url)
            loads.append(float(page.wait_for_function(READY, polling=10).json_value()))
            page.close()
        panel = Panel(browser.new_page(viewport={"width": 1200, "height": 820}), server)
        panel.visit()
        panel.open()
        trips = []
        for number in range(MESSAGES):
            trips.append(float(panel.page.evaluate(ROUND_TRIP, f"message {number}")))
            time.sleep(0.02)
    server.stop()
    return {
        "bytes": len(script),
        "gzip_bytes": len(gzip.compress(script, 9, mtime=0)),
        "ready_ms_median": round(statistics.median(loads), 1),
        "round_trip_ms_median": round(statistics.median(trips), 1),
        "round_trip_ms_p95": round(statistics.quantiles(trips, n=20)[-1], 1),
    }


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    sys.stdout.write("\n")
