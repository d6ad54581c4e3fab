"""`make bench`, its part on speed: our server, two of them on PostgreSQL, stock Rasa and a bare echo, in one run.

`python -m bench.load [--short] [--only ours,stock] [--fresh]`. Each pair of a system and a number of clients is a part
that is kept for a day (results/load/), so a run that was interrupted goes on; `--fresh` measures all again. `--short`
takes seconds and leaves docs/figures.md as it is. The whole goes to bench/load/results/load.json and docs/figures.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bench.load import pages, shapes
from bench.load.parts import KEPT, RESULTS, part, write
from bench.load.processes import NotThere, end_with_us, size_mb
from bench.load.samples import figures
from bench.load.systems import SYSTEMS, System, session

CLIENTS = (1, 8, 64)
SECONDS, WARM_UP = 40.0, 10.0
SHORT_CLIENTS, SHORT_SECONDS, SHORT_WARM_UP = (1, 8), 5.0, 2.0
STOCK_TRAINING = Path(__file__).resolve().parents[1] / "stock" / "results" / "understanding.json"


def main() -> int:
    """Measure, print the table, write; 0, or 1 when something that was to be measured was not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="make: SHORT=1")
    parser.add_argument("--only", default=",".join(SYSTEMS), help=f"some of {','.join(SYSTEMS)}")
    parser.add_argument("--fresh", action="store_true", help="measure again what is kept")
    arguments = parser.parse_args()
    end_with_us()
    clients = SHORT_CLIENTS if arguments.short else CLIENTS
    timing = (SHORT_SECONDS, SHORT_WARM_UP) if arguments.short else (SECONDS, WARM_UP)
    systems, skipped = {}, {}
    for key in arguments.only.split(","):
        print(f"{SYSTEMS[key].title}:", flush=True)
        try:
            systems[key] = part(
                key,
                lambda key=key: measure(SYSTEMS[key], clients, *timing),  # type: ignore[misc]
                fresh=arguments.fresh,
                clients=clients,
                timing=timing,
            )
        except NotThere as problem:
            skipped[key] = str(problem)
            print(f"  skipped: {problem}", flush=True)
    found = {"systems": systems, "skipped": skipped, "clients": clients, "seconds": timing[0]}
    print(pages.load(found))
    if arguments.short:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / "short.json").write_text(json.dumps(found, indent=2), encoding="utf-8")
    else:
        print(f"wrote {write('load', found)}")
        pages.put(pages.LOAD, pages.load({**json.loads((RESULTS / "load.json").read_text(encoding="utf-8"))}))
    return 0 if systems else 1


def measure(system: System, clients: tuple[int, ...], seconds: float, warm_up: float) -> dict[str, Any]:
    """Figures of one system, for each number of clients one after the other. Raises NotThere."""
    with system.start() as running:
        found: dict[str, Any] = {"title": system.title, "ready_seconds": round(running.ready_seconds, 1), "clients": {}}
        found["memory_mb_at_start"] = round(running.memory_mb())

        async def run(number: int) -> dict[str, Any]:
            async with session() as http:
                talkers = running.talkers(http)
                used = running.processor_seconds()
                samples, took = await shapes.closed(talkers, system.scripts(), number, seconds, warm_up)
                used = running.processor_seconds() - used
                return {**figures(samples, took), "processors": round(used / (took + warm_up), 2)}

        for number in clients:
            found["clients"][str(number)] = row = asyncio.run(run(number))
            print(f"  {number} clients: {row}", flush=True)
        found["memory_mb"] = round(running.memory_mb())
    if system.folders:
        found["disk_mb"] = round(size_mb(*system.folders))
    if system is SYSTEMS["stock"] and STOCK_TRAINING.exists():
        found["training_seconds"] = json.loads(STOCK_TRAINING.read_text(encoding="utf-8"))["training_seconds"]
    return found


if __name__ == "__main__":
    sys.exit(main())
