"""Where a message's time goes: py-spy watches a server under load, and each sample is counted for its innermost layer.

`python -m bench.profile [--seconds 20] [--clients 4] [--raw FILE]`: prints a table of shares; `--raw` keeps the stacks
(one a line, with its count), for a flame graph. Needs the right to watch a process of one's own (Linux: as root, or
with kernel.yama.ptrace_scope=0).
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.load import shapes, systems
from bench.load.processes import NotThere, end_with_us
from bench.load.samples import figures
from bench.load.scripts import scripts

RATE = 200  # samples a second
WARM_UP = 3.0

# A sample belongs to the first of these of which any frame has a part; `ROOT` keeps our rooms from Rasa's of that name.
ROOT = systems.ROOT
LAYERS = (
    ("sentence encoder (ONNX)", (f"{ROOT}/understanding/encoder.py",)),
    ("watch for danger signs", ("Reader.screen", f"{ROOT}/understanding/screen.py")),
    ("database", ("sqlalchemy/",)),
    ("NLU of Rasa, with our components", ("MessageProcessor.parse_message",)),
    ("reading after NLU", (f"{ROOT}/understanding/reader.py",)),
    ("what is concluded and said", (f"{ROOT}/actions/", f"{ROOT}/reasoning/", f"{ROOT}/serving/gate.py")),
    ("policies of Rasa", ("predict_next_with_tracker", "rasa/core/policies")),
    ("actions of Rasa: their results checked, their events applied", ("_run_action", "rasa/core/actions")),
    ("trackers of Rasa: events made from JSON and put together", ("rasa/",)),
    ("way of a message", (f"{ROOT}/serving/",)),
)
# Around all of them, so in every stack: left out before one looks.
AROUND = ("serving/__main__.py", "setup/sanic_as_rasa_knows_it.py", "serving/conversations.py")


def main() -> int:
    """Start a server, load it, watch it; 0, or 1 with a message."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--raw", type=Path, help="where the stacks go")
    arguments = parser.parse_args()
    end_with_us()
    try:
        print(asyncio.run(measure(arguments.seconds, arguments.clients, arguments.raw)))
    except NotThere as problem:
        print(f"not measured: {problem}", file=sys.stderr)
        return 1
    return 0


async def measure(seconds: float, clients: int, raw: Path | None) -> str:
    """The table, in Markdown."""
    with systems.ours(systems.WITHOUT_RATES) as server, tempfile.TemporaryDirectory() as folder:
        stacks = raw or Path(folder, "stacks.txt")
        pid = server.processes[0].process.pid
        async with systems.session() as http:
            load = asyncio.create_task(
                shapes.closed(server.talkers(http), scripts(), clients, seconds, warm_up=WARM_UP)
            )
            await asyncio.sleep(WARM_UP)
            used = server.processor_seconds()
            watching = await asyncio.to_thread(_watch, pid, seconds, stacks)
            samples, took = await load
            used = server.processor_seconds() - used
        if watching.returncode:
            raise NotThere(watching.stderr.strip().splitlines()[-1])
        found = figures(samples, took)
        shares = layers(stacks.read_text(encoding="utf-8"))
    rows = [f"| {layer} | {share:.0%} |" for layer, share in shares]
    each = used / max(found["messages"], 1) * 1000
    head = (
        f"{found['messages']} messages in {took:.0f} s of {clients} people, {each:.1f} ms of a processor each "
        f"(p50 {found.get('p50')} ms); errors: {found['errors'] or 0}.\n\n| layer | share |\n| --- | --- |"
    )
    return "\n".join([head, *rows])


def layers(stacks: str) -> list[tuple[str, float]]:
    """Each layer's share of the samples in py-spy's raw format, the largest first."""
    counted: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, number = line.rpartition(" ")
        counted[layer_of(stack.split(";"))] += int(number)
    total = counted.total()
    return [(layer, number / total) for layer, number in counted.most_common()]


def layer_of(frames: list[str]) -> str:
    """The layer of a stack."""
    inner = [frame for frame in frames if not any(path in frame for path in AROUND)]
    for layer, paths in LAYERS:
        if any(path in frame for frame in inner for path in paths):
            return layer
    return "HTTP, JSON, event loop"


def _watch(pid: int, seconds: float, stacks: Path) -> subprocess.CompletedProcess[str]:
    """py-spy, for so long: only what runs, also in native code that Python calls."""
    command = [str(Path(sys.executable).with_name("py-spy")), "record", "--pid", str(pid), "--format", "raw"]
    command += ["--rate", str(RATE), "--duration", str(round(seconds)), "--full-filenames", "--output", str(stacks)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60)


if __name__ == "__main__":
    raise SystemExit(main())
