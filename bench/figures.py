"""`make figures`: measures the product on this machine and writes docs/figures.md.

Absolute figures hold for one machine and one run; docs/understanding.md and docs/coverage.md have the figures that do
not depend on it.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import platform
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.load import pages
from reasoning.messages import Inbound
from reasoning.strict_yaml import plain, read_yaml

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "figures.md"
SHORT = "my back cramps after golf, what do I do"
LONG = " ".join(
    [
        "so yesterday i was moving boxes for my sister and by the evening my lower back had gone completely tight,",
        "it grabs whenever i turn over in bed and i have hardly slept, no fever or anything like that and my legs feel",
        "fine, i can pee normally, it is just this deep cramp on the left side that comes and goes, my husband says",
        "to put a heat pad on it but my mother swears by frozen peas and the internet says something else again,",
        "i have work on monday and it means sitting at a desk all day so i would like to know how long i should use",
        "the ice for and when i can change to heat, and whether those stretches where you pull your knees up to your",
        "chest are a good idea this early or whether i should just rest until it has calmed down a bit, thank you",
    ]
)


def median_ms(work: Callable[[], object], times: int = 100) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken), sorted(taken)[int(0.95 * len(taken))]


def memory_mb() -> float:
    """Resident memory of this process in MB (Linux; 0 elsewhere)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def start_to_ready() -> float:
    """Seconds from the start command to the line that says ready, everything built."""
    environment = {**os.environ, "PORT": "5077"}
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "serving"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        if server.stdout is None:
            raise RuntimeError("no output of the server")
        for line in server.stdout:
            if line.startswith("ready"):
                break
        taken = time.perf_counter() - start
        server.terminate()
    return taken


def rows() -> list[tuple[str, str]]:
    """What is measured, and its figure."""
    found = [("start to ready, everything built", f"{start_to_ready():.1f} s")]
    from serving.terminal import open_conversations
    from understanding.encoder import shared_encoder

    runner = asyncio.Runner()
    conversations = runner.run(open_conversations())
    encoder, screen = shared_encoder(), conversations.reader.screen
    for title, text in (("short message", SHORT), (f"{len(LONG.split())} words", LONG)):
        for name, work in (("encoder", lambda t=text: encoder.encode([t])), ("watch", lambda t=text: screen(t))):
            middle, high = median_ms(work)
            found.append((f"{name}, {title}: median (95 %)", f"{middle:.1f} ms ({high:.1f})"))
        middle, high = median_ms(lambda t=text: runner.run(conversations.agent.parse_message(t)), 50)
        found.append((f"NLU, its vectors already made, {title}", f"{middle:.1f} ms ({high:.1f})"))

        def turn(text: str = text) -> object:
            return runner.run(conversations.handle(f"term:{secrets.token_hex(8)}", Inbound(text=text)))

        middle, high = median_ms(turn, 50)
        found.append((f"whole first turn, {title}", f"{middle:.1f} ms ({high:.1f})"))
    found.append(("memory after these", f"{memory_mb():.0f} MB"))
    found.append(("facts of the article that are answered", f"{_facts()}"))
    return found


def of_the_chat() -> tuple[list[tuple[str, str]], dict[str, int]]:
    """Figures of the website's chat, and what axe finds in each of its states; none where there is no browser."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.widget.measure"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        return [("not measured", run.stderr.strip().splitlines()[-1])], {}
    found = json.loads(run.stdout)
    rows = [
        ("size of the script, gzip (limit 25 kB)", f"{found['gzip_bytes'] / 1000:.1f} kB"),
        ("demo page: until the chat takes input, fresh profile, median", f"{found['ready_ms_median']:.0f} ms"),
        (
            "round trip of a message in the browser: median (95 %)",
            f"{found['round_trip_ms_median']:.0f} ms ({found['round_trip_ms_p95']:.0f})",
        ),
        ("tests that drive the browser", str(found["tests"])),
    ]
    return rows, found["axe"]


def chat_page() -> str:
    """The part of the page on the website's chat."""
    rows, faults = of_the_chat()
    head = "\n## The chat on a website\n\nServer and browser on the same machine.\n\n| what | figure |\n| --- | --- |\n"
    table = "\n".join(f"| {name} | {figure} |" for name, figure in rows)
    if not faults:
        return f"{head}{table}\n"
    states = ", ".join(f"{state} {count}" for state, count in faults.items())
    return (
        f"{head}{table}\n\n"
        "Faults that axe finds (WCAG 2.0 to 2.2 A and AA, best practices), each state by light, in the dark (colours), "
        f"320 px wide and right to left: {states}.\n"
    )


def _facts() -> int:
    from bench.coverage import QUESTIONS

    return sum(not row["fact"].startswith("M") for row in plain(read_yaml(QUESTIONS))) - 4  # four lists are lost


def main() -> None:
    """Measure and write."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    head = (
        "# Figures\n\n"
        f"Written by `make figures` on {today}: {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, one run of one process.\n"
        "Understanding: [understanding.md](understanding.md). Coverage of the article: [coverage.md](coverage.md).\n\n"
        "| what | figure |\n| --- | --- |\n"
    )
    table = "\n".join(f"| {name} | {figure} |" for name, figure in rows())
    TARGET.write_text(f"{head}{table}\n{chat_page()}", encoding="utf-8")
    pages.put_all()
    print(f"wrote {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
