"""The second half of `make soak`: the long forms of tests whose short forms run at every change.

Each is kept for a day when it passed (results/load/), so a run that was interrupted goes on where it ended.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from typing import Any, NamedTuple

from bench.load import pages
from bench.load.parts import ROOT, part, write

OUTCOMES = re.compile(r"(\d+) (passed|failed|error|skipped)")


class Long(NamedTuple):
    """A test in its long form: what it does, the arguments of pytest, and the variables that make it long."""

    what: str
    pytest: tuple[str, ...]
    variables: dict[str, str]


LONG = {
    "walks": Long(
        "random walks of the dialogue: 1,000,000 steps, each followed by a probe",
        ("tests/reasoning/test_random_walks.py",),
        {"WALK_STEPS": "1000000"},
    ),
    "fuzz": Long(
        "fuzz: 100,000 examples over all inputs", ("tests/channels/test_fuzz.py",), {"FUZZ_EXAMPLES": "100000"}
    ),
    "pairs": Long(
        "two processes on PostgreSQL: 1,000 pairs, 100 bursts of five",
        ("tests/serving/test_two_processes.py",),
        {"SOAK": "1"},
    ),
    "outages": Long(
        "the database stopped, frozen, read-only or full, or its file full or held, for 60 s each",
        ("tests/serving/test_database_faults.py", "-k", "seconds"),
        {"SOAK": "1"},
    ),
    "kills": Long(
        "`kill -9` at 100 random points under load, and of one of two processes",
        ("tests/serving/test_database_faults.py", "-k", "kill"),
        {"KILLS": "100"},
    ),
}


class Failed(Exception):
    """A long test failed, or did not run; the text is the end of what pytest said."""


def main() -> int:
    """Run them one after the other, write docs/figures.md; 0, or 1 when one fails (its last figures stay)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(LONG), help=f"some of {','.join(LONG)}")
    parser.add_argument("--fresh", action="store_true", help="run again what is kept")
    arguments = parser.parse_args()
    found: dict[str, Any] = {"tests": pages.kept("long_tests").get("tests", {})}
    failures = 0
    for key in arguments.only.split(","):
        long = LONG[key]
        print(f"{long.what}:", flush=True)
        try:
            passed = part(f"long-{key}", lambda long=long: run(long), fresh=arguments.fresh, long=long)
        except Failed as problem:
            failures += 1
            print(problem, file=sys.stderr)
            continue
        found["tests"][key] = {"what": long.what, **passed}
        write("long_tests", found)
    pages.put_all()
    return 1 if failures else 0


def run(long: Long) -> dict[str, Any]:
    """Seconds, and how many passed; Failed when one fails or is skipped, or none ran."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *long.pytest],
        cwd=ROOT,
        env={**os.environ, **long.variables, "CI": "true"},  # a missing PostgreSQL fails instead of being skipped
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - begun
    return {"seconds": round(seconds), "passed": outcome(done.returncode, done.stdout)}


def outcome(status: int, said: str) -> int:
    """How many passed, by pytest's last line; Failed when that is not all."""
    counts = {name: int(number) for number, name in OUTCOMES.findall(said.strip().rpartition("\n")[2])}
    if status or set(counts) != {"passed"}:
        raise Failed(said[-3000:])
    return counts["passed"]


if __name__ == "__main__":
    sys.exit(main())
