"""The sections of docs/figures.md on load, from the kept results; `make figures` puts them there too."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bench.load.parts import RESULTS

TARGET = Path(__file__).resolve().parents[2] / "docs" / "figures.md"
LOAD = "Speed beside stock Rasa"
SOAK = "Under load for long, and past saturation"
LONG_TESTS = "Tests in their long forms"


def put(title: str, text: str) -> None:
    """Put a section into docs/figures.md, in the place of the one of that title."""
    page = TARGET.read_text(encoding="utf-8")
    section = f"## {title}\n\n{text.strip()}\n"
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    before, after = (page[: found.start()], page[found.end() :]) if found else (page.rstrip() + "\n\n", "")
    TARGET.write_text(f"{before}{section}\n{after}".rstrip() + "\n", encoding="utf-8")


def put_all() -> None:
    """Put the sections of all results that are kept."""
    for name, title, made in (("load", LOAD, load), ("soak", SOAK, soak), ("long_tests", LONG_TESTS, long_tests)):
        found = kept(name)
        if found:
            put(title, made(found))


def kept(name: str) -> dict[str, Any]:
    """The figures of the last whole measurement of that name; none when there was none."""
    path = RESULTS / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def load(found: dict[str, Any]) -> str:
    """Systems side by side."""
    systems = found["systems"]
    rows = [["what", *(one["title"] for one in systems.values())], ["---"] * (len(systems) + 1)]
    for number in map(str, found["clients"]):
        people = "1 client" if number == "1" else f"{number} clients"
        runs = [one["clients"].get(number, {}) for one in systems.values()]
        rows.append([f"{people}: messages/s", *(_figure(run.get("per_second")) for run in runs)])
        rows.append([f"{people}: p50 / p95 / p99, ms", *(_percentiles(run) for run in runs)])
        rows.append([f"{people}: errors", *(_errors(run) for run in runs)])
        rows.append([f"{people}: processors used", *(_figure(run.get("processors")) for run in runs)])
    for name, key in (
        ("start to ready, s", "ready_seconds"),
        ("memory after these, MB", "memory_mb"),
        ("environment and models on the disk, MB", "disk_mb"),
        ("training, s", "training_seconds"),
    ):
        rows.append([name, *(_figure(one.get(key)) for one in systems.values())])
    notes = [
        f"{_when(found)}The conversations of `tests/conversations/` over HTTP, {found['seconds']:.0f} s for each "
        "number of clients; who asks, the database and the servers share the machine. Stock Rasa: the same sentences, "
        "DIET, action server over HTTP, SQLite (`bench/stock/`); it takes typed turns only, the second column of ours "
        "takes the same.",
        *(f"Not measured: {key}: {why}." for key, why in found["skipped"].items()),
        *_ratios(found),
    ]
    return _table(rows) + "\n\n" + "\n".join(notes)


def soak(found: dict[str, Any]) -> str:
    """Steady load, ramp, memory."""
    lines = [
        f"{_machine(found)}Messages arrive at moments of chance, whether answers come or not; milliseconds count from "
        "the moment at which a message was due."
    ]
    for one in found["systems"].values():
        lines += ["", f"**{one['title']}**{_on(one)}", ""]
        head = "messages/s asked for|answered/s|p50 / p95 / p99, ms|errors|refused (503)|refusals p95, ms|memory, MB"
        rows = [head.split("|"), ["---"] * 7]
        steady = one.get("steady")
        rows += [_step(step) for step in [*([steady] if steady else []), *one.get("ramp", [])]]
        lines.append(_table(rows))
        if one.get("saturated_at"):
            lines += ["", f"Saturated at {one['saturated_at']:g} messages/s; errors below: {one['errors_below']}."]
        memory = one.get("memory")
        if memory:
            curve = ", ".join(f"{count:,}: {size} MB" for count, size in memory["curve"])
            lines += ["", f"Memory after so many messages of {memory['clients']} people: {curve}."]
    lines += [f"\nNot measured: {key}: {why}." for key, why in found.get("skipped", {}).items()]
    return "\n".join(lines)


def long_tests(found: dict[str, Any]) -> str:
    """What passed, when, and how long it took."""
    rows = [["test", "passed on", "minutes"], ["---"] * 3]
    rows += [[one["what"], one["measured"], f"{one['seconds'] / 60:.0f}"] for one in found["tests"].values()]
    return _table(rows)


def _step(step: dict[str, Any]) -> list[str]:
    return [
        f"{step['rate']:g} for {step['seconds']:.0f} s",
        _figure(step["per_second"]),
        _percentiles(step),
        _errors(step),
        str(step["refused"]),
        _figure(step.get("refused_p95")),
        _figure(step["memory_mb"]),
    ]


def _ratios(found: dict[str, Any]) -> list[str]:
    """Ours beside stock, on the same turns."""
    mine, theirs = found["systems"].get("ours-typed"), found["systems"].get("stock")
    if not mine or not theirs:
        return []
    parts = []
    for number in map(str, found["clients"]):
        ours, stock = mine["clients"][number], theirs["clients"][number]
        if "p50" in ours and "p50" in stock and stock["per_second"]:
            faster, shorter = ours["per_second"] / stock["per_second"], ours["p50"] / stock["p50"]
            parts.append(f"{number}: {faster:.1f} × the messages/s, {shorter:.2f} × the p50")
    rest = [
        f"{name} {mine[key] / theirs[key]:.2f} ×"
        for name, key in (("memory", "memory_mb"), ("start", "ready_seconds"), ("disk", "disk_mb"))
        if theirs.get(key)
    ]
    return [f"Ours as a multiple of stock Rasa on the same typed turns, by clients: {'; '.join([*parts, *rest])}."]


def _when(found: dict[str, Any]) -> str:
    return f"Measured on {found['measured']}: {_machine(found)}" if "measured" in found else ""


def _machine(found: dict[str, Any]) -> str:
    return f"{found['processors']} processors, {found['processor']}. " if "processors" in found else ""


def _on(one: dict[str, Any]) -> str:
    """When a system was measured, which may be another day than that of the others."""
    return f", measured on {one['measured']}" if "measured" in one else ""


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _percentiles(run: dict[str, Any]) -> str:
    return " / ".join(f"{run[name]:.0f}" for name in ("p50", "p95", "p99")) if "p50" in run else "–"


def _errors(run: dict[str, Any]) -> str:
    listed = ", ".join(f"{count} {name}" for name, count in run.get("errors", {}).items()) or "0"
    return f"{listed} ({run['strayed']} strayed)" if run.get("strayed") else listed


def _table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
