"""The documentation tells the truth about the checkout: folders, commands, links and paths."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MADE = {"models", "var", "results"}  # made by running; git knows nothing of them
ENDINGS = "md|py|yml|yaml|toml|json|jsonl|txt|lock|in|tsv"


def _section(title: str) -> str:
    return README.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _targets() -> list[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()


def test_every_folder_is_on_the_map_and_back() -> None:
    """The README's map of the rooms lists the folders that there are, and no others."""
    on_the_map = set(re.findall(r"^\| `([a-z]+)/`", _section("The rooms"), re.MULTILINE))
    there = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    assert on_the_map == there - MADE


def test_every_command_is_listed_by_make_help() -> None:
    """`make` alone names every target, with what it does."""
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^make ([a-z-]+) +\S", printed, re.MULTILINE) == _targets()


def test_the_readme_names_every_command_and_no_other() -> None:
    """Commands in the README exist; every command is in it."""
    assert set(re.findall(r"`make ([a-z-]+)", README)) | {"help"} == set(_targets())


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file or folder that exists."""
    assert [link for link in _links(page) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_named_files_exist(page: Path) -> None:
    """A file named in code type, like `setup/train.py`, exists; patterns (`<id>`, `*`, `…`) are left alone."""
    assert [name for name in _file_names(page) if not (ROOT / name).exists()] == []


def _links(page: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        target = link.partition("#")[0]
        if target and not re.match(r"[a-z]+:", target):
            yield target


def _file_names(page: Path) -> Iterator[str]:
    # docs/coverage.md is a table of thousands of cells: a linear pattern, no look-behind.
    names = re.findall(rf"`([\w.-]+(?:/[\w.-]+)+\.(?:{ENDINGS}))`", page.read_text(encoding="utf-8"))
    yield from (name for name in sorted(set(names)) if name.partition("/")[0] not in MADE)


HAZARDS = (ROOT / "docs" / "safety" / "hazard-log.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
PROOFS = sorted(set(re.findall(r"`(tests/[a-z_/]+\.py)::([a-z_0-9]+)`", HAZARDS + SECURITY)))


@pytest.mark.parametrize(("path", "name"), PROOFS, ids=[name for _, name in PROOFS])
def test_every_proof_of_hazards_and_threats_is_a_test(path: str, name: str) -> None:
    """A control counts only with a test, and the test exists under that name."""
    assert f"def test_{name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_every_hazard_has_a_proof() -> None:
    """Each row of the hazard log names at least one test."""
    rows = [line for line in HAZARDS.splitlines() if re.match(r"\| H\d\d ", line)]
    assert len(rows) >= 20
    assert [row[:6] for row in rows if "::" not in row] == []


def test_every_threat_has_a_proof() -> None:
    """Each row of the threat model names at least one test."""
    rows = [line for line in SECURITY.splitlines() if re.match(r"\| T\d\d ", line)]
    assert len(rows) >= 15
    assert [row[:6] for row in rows if "::" not in row] == []
