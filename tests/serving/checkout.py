"""A copy of the checkout in which files can be broken or changed, and its server or its inside run on them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "actions",
    "channels",
    "knowledge",
    "models",
    "reasoning",
    "serving",
    "setup",
    "understanding",
    "widget",
)
FILES = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml")


def copied(folder: Path) -> Path:
    """The rooms that a server needs, in this folder."""
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "training.log", "node_modules")
        )
    for name in FILES:
        shutil.copy2(ROOT / name, folder / name)
    return folder


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy, to its end."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "DATA_DIR": str(folder / "var"),
            "PYTHONPATH": os.pathsep.join((str(folder), str(folder / "setup"))),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def flip(path: Path) -> None:
    """Change one bit of one byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
