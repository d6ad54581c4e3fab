"""`make soak`: a steady load for long, a ramp past saturation, and memory over very many messages.

`python -m bench.load.soak [--short] [--only sqlite,postgres] [--parts steady,ramp,memory] [--fresh]`. Open load:
messages arrive whether answers come or not, so that queues show. Each part is kept for a day (results/load/), so a run
that was interrupted goes on. The whole goes to bench/load/results/soak.json and docs/figures.md; `--short` takes a
minute and writes neither. Ends with 1 when there were errors below saturation, or a refusal without the safety text.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from bench.load import pages, shapes
from bench.load.parts import RESULTS, part, write
from bench.load.processes import NotThere, end_with_us
from bench.load.samples import figures
from bench.load.scripts import scripts
from bench.load.systems import WITHOUT_RATES, Running, ours, ours_on_postgres, session

SLOW = 2000.0  # ms: at a p95 above it the server is saturated
BEHIND = 0.9  # of the rate that was asked for: at less it is, too
STEPS_PAST = 2  # of a ramp, past saturation
PARTS = ("steady", "ramp", "memory")


@dataclass(frozen=True)
class Plan:
    """How much: rates in messages per second. `limit`: seconds after which the memory part ends whatever it has."""

    rate: float = 20.0
    seconds: float = 600.0
    people: int = 200
    ramp: tuple[float, ...] = (10, 20, 30, 40, 50, 60, 80, 100, 125, 150, 200, 250)
    step_seconds: float = 20.0
    messages: int = 100_000
    clients: int = 8
    limit: float = 5400.0


SHORT = Plan(rate=5, seconds=15, people=20, ramp=(10, 40, 160), step_seconds=4, messages=200, clients=4, limit=10)
SYSTEMS: dict[str, tuple[str, Callable[[], AbstractContextManager[Running]]]] = {
    "sqlite": ("one process, SQLite", ours),
    "postgres": ("two processes, PostgreSQL", ours_on_postgres),
}
# The memory part is not about what one person may send: a few people write as fast as they can.
FAST: dict[str, Callable[[], AbstractContextManager[Running]]] = {
    "sqlite": lambda: ours(WITHOUT_RATES),
    "postgres": lambda: ours_on_postgres(WITHOUT_RATES),
}


def main() -> int:
    """Measure, print, write; 0, or 1 when something went wrong that must not, or nothing could be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="make: SHORT=1")
    parser.add_argument("--only", default=",".join(SYSTEMS), help=f"some of {','.join(SYSTEMS)}")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--fresh", action="store_true", help="measure again what is kept")
    arguments = parser.parse_args()
    end_with_us()
    plan, wanted = SHORT if arguments.short else Plan(), arguments.parts.split(",")
    found: dict[str, Any] = {"systems": {}, "skipped": {}}
    for key in arguments.only.split(","):
        try:
            found["systems"][key] = _system(key, plan, wanted, fresh=arguments.fresh)
        except NotThere as problem:
            found["skipped"][key] = str(problem)
            print(f"{key}: skipped: {problem}", flush=True)
    print(pages.soak(found))
    if not arguments.short:
        print(f"wrote {write('soak', found)}; kept beside {RESULTS}")
        pages.put_all()
    wrong = [problem for one in found["systems"].values() for problem in problems(one)]
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong or not found["systems"] else 0


def _system(key: str, plan: Plan, wanted: list[str], *, fresh: bool) -> dict[str, Any]:
    title, start = SYSTEMS[key]
    found: dict[str, Any] = {"title": title}

    def of(name: str, start: Callable[[], AbstractContextManager[Running]], work: Any) -> dict[str, Any]:
        def measure() -> dict[str, Any]:
            print(f"{title}, {name}:", flush=True)
            with start() as running:
                result: dict[str, Any] = asyncio.run(work(running, plan))
                return result

        return part(f"soak-{key}-{name}", measure, fresh=fresh, plan=plan)

    if "steady" in wanted:
        found["steady"] = of("steady", start, steady)
    if "ramp" in wanted:
        found |= of("ramp", start, ramp)
    if "memory" in wanted:
        found["memory"] = of("memory", FAST[key], memory)
    return found


async def steady(running: Running, plan: Plan) -> dict[str, Any]:
    """The given rate for the whole time, memory looked at every few seconds."""
    sizes: list[tuple[float, int]] = []
    start = time.monotonic()

    async def watch() -> None:
        while True:
            sizes.append((round(time.monotonic() - start), round(running.memory_mb())))
            await asyncio.sleep(max(1.0, plan.seconds / 60))

    async with session() as http:
        crowd = shapes.Crowd(running.talkers(http), scripts())
        await crowd.come(plan.people)
        watching = asyncio.create_task(watch())
        found = await _step(running, crowd, plan.rate, plan.seconds)
        watching.cancel()
    return {**found, "memory_over_time": sizes, "people": crowd.number}


async def ramp(running: Running, plan: Plan) -> dict[str, Any]:
    """Higher and higher rates, until the server is saturated, and two steps more."""
    steps: list[dict[str, Any]] = []
    saturated: list[float] = []
    async with session() as http:
        crowd = shapes.Crowd(running.talkers(http), scripts())
        await crowd.come(plan.people)
        for rate in plan.ramp:
            step = await _step(running, crowd, rate, plan.step_seconds)
            steps.append(step)
            if saturated or _is_saturated(step, plan.step_seconds):
                saturated.append(rate)
            if len(saturated) > STEPS_PAST:
                break
    below = [step for step in steps if not saturated or step["rate"] < saturated[0]]
    return {
        "ramp": steps,
        "saturated_at": saturated[0] if saturated else None,
        "errors_below": sum(sum(step["errors"].values()) for step in below),
    }


async def memory(running: Running, plan: Plan) -> dict[str, Any]:
    """So many messages, as fast as they are answered; memory after every tenth of them."""
    curve: list[tuple[int, int]] = [(0, round(running.memory_mb()))]
    count, errors = 0, 0
    end = time.monotonic() + plan.limit
    async with session() as http:
        talkers = running.talkers(http)
        slice_seconds = max(2.0, plan.limit / 200)
        while count < plan.messages and time.monotonic() < end:
            samples, took = await shapes.closed(talkers, scripts(), plan.clients, slice_seconds)
            found = figures(samples, took)
            count += found["messages"]
            errors += sum(found["errors"].values())
            if count >= len(curve) * plan.messages / 10:
                curve.append((count, round(running.memory_mb())))
                print(f"  {curve[-1]}", flush=True)
    if curve[-1][0] != count:
        curve.append((count, round(running.memory_mb())))
    return {"clients": plan.clients, "messages": count, "errors": errors, "curve": curve}


async def _step(running: Running, crowd: shapes.Crowd, rate: float, seconds: float) -> dict[str, Any]:
    samples, took = await crowd.arrive(rate, seconds)
    found = {"rate": rate, **figures(samples, took), "memory_mb": round(running.memory_mb())}
    print(f"  {found}", flush=True)
    return found


def _is_saturated(step: dict[str, Any], seconds: float) -> bool:
    """Whether it refuses, fails, is slow, or has not caught up long after the last message was sent."""
    slow = step.get("p95", SLOW + 1) > SLOW
    return bool(step["refused"] or step["errors"] or slow or step["seconds"] > seconds / BEHIND + 1)


def problems(one: dict[str, Any]) -> list[str]:
    """What must not be: errors of the steady load, errors below saturation, refusals without a safety text."""
    found = []
    for step in ([one["steady"]] if "steady" in one else []) + one.get("ramp", []):
        below = step is one.get("steady") or not one.get("saturated_at") or step["rate"] < one["saturated_at"]
        wrong = {
            name: count for name, count in step["errors"].items() if below or "safety text" in name or name == "empty"
        }
        if wrong:
            found.append(f"{one['title']}, {step['rate']:g} messages/s: {wrong}")
    if one.get("memory", {}).get("errors"):
        found.append(f"{one['title']}, memory: {one['memory']['errors']} errors")
    return found


if __name__ == "__main__":
    sys.exit(main())
