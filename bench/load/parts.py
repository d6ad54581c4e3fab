"""A long measurement in parts: each is kept as soon as it is there, so what was interrupted goes on where it ended."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "results" / "load"  # not in git
RESULTS = Path(__file__).resolve().parent / "results"  # in git: the figures of docs/figures.md
ROOMS = (
    "actions",
    "bench/load",
    "channels",
    "knowledge",
    "reasoning",
    "serving",
    "understanding",
    "tests/conversations",
)
OLDEST = 24 * 3600.0  # seconds: an older part is measured again, the machine may be another


def part(name: str, measure: Callable[[], dict[str, Any]], *, fresh: bool, **of: object) -> dict[str, Any]:
    """The figures that `measure` gives, or those it gave for the same code and the same `of` within a day."""
    path = KEPT / f"{name}.json"
    made_from = hashlib.sha256(f"{_code()} {sorted(of.items())}".encode()).hexdigest()[:16]
    if not fresh and path.exists() and time.time() - path.stat().st_mtime < OLDEST:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if kept["made_from"] == made_from:
            return kept
    found = {"made_from": made_from, "measured": date.today().isoformat(), **measure()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


def write(name: str, found: dict[str, Any]) -> Path:
    """Keep the figures of a whole measurement, with the machine they hold for."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({**machine(), **found}, indent=2) + "\n", encoding="utf-8")
    return path


def machine() -> dict[str, Any]:
    """Date, processors, Python."""
    cpu = Path("/proc/cpuinfo")
    text = cpu.read_text(encoding="utf-8") if cpu.exists() else ""
    models = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return {
        "measured": date.today().isoformat(),
        "processors": len(models) or 1,
        "processor": models[0] if models else platform.machine(),
        "python": platform.python_version(),
    }


def _code() -> str:
    """The state of the rooms that count, also where it is not committed."""
    digest = hashlib.sha256()
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z", "--", *ROOMS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in sorted(set(listed.split("\0")) - {""}):
        path = ROOT / name
        if path.is_file() and path.parent != RESULTS:
            digest.update(name.encode() + path.read_bytes())
    return digest.hexdigest()
