"""The built script and the pictures: small, complete, and of nobody else."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

WIDGET = Path(__file__).parents[2] / "widget"
MOST = 25_000  # bytes, gzip
STRETCHES = sorted(path.stem for path in (WIDGET.parent / "knowledge/stretches").glob("*.yml"))
MAY_NAME = {"www.w3.org"}  # the name of SVG


def test_the_script_is_small(built: Path) -> None:
    assert len(gzip.compress(built.read_bytes(), 9, mtime=0)) <= MOST


def test_the_script_names_no_other_host(built: Path) -> None:
    assert set(re.findall(r"https?://([\w.-]+)", built.read_text(encoding="utf-8"))) <= MAY_NAME


def test_phone_numbers_come_from_the_knowledge() -> None:
    for path in (WIDGET / "src").glob("*.ts"):
        assert re.findall(r"\b(?:999|911|112|000|988)\b", path.read_text(encoding="utf-8")) == [], path.name


def test_versions_are_exact_and_the_lock_names_no_registry() -> None:
    package = json.loads((WIDGET / "package.json").read_text(encoding="utf-8"))
    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    lock = json.loads((WIDGET / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert [name for name, entry in lock["packages"].items() if name and "integrity" not in entry] == []


@pytest.mark.parametrize("stretch", STRETCHES)
def test_every_stretch_has_its_picture(stretch: str) -> None:
    path = WIDGET / "pictures" / f"{stretch}.svg"
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  our own file
    assert (root.get("width"), root.get("height")) == ("480", "440")
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "style", "rect", "path", "circle", "ellipse", "g"}
    assert "prefers-color-scheme:dark" in path.read_text(encoding="utf-8")
    assert (WIDGET / "pictures" / f"{stretch}.png").stat().st_size > 5_000
