"""The house keeps its shape: imports point inwards, and words for people stay out of Python."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rooms import ROOMS

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ("tests", "bench", "setup", "widget")

# What a room may know of the other rooms and of Rasa. Everything else of these names is closed to it.
MAY_IMPORT = {
    "reasoning": set(),
    "understanding": {"reasoning", "rasa"},
    "actions": {"reasoning", "rasa_sdk"},
    "serving": {"reasoning", "understanding", "actions", "rasa", "rasa_sdk"},
    "channels": {"reasoning", "serving", "rasa"},
}
EXCEPTIONS = {"serving/server.py": {"channels"}}  # the one place where the channels are put on the server
WATCHED = {*ROOMS, *OUTSIDE, "rasa", "rasa_sdk"}
REASONING_NEEDS = {"ruamel", "pydantic"}  # besides the standard library

PROSE_FREE = ("reasoning", "actions", "serving", "channels")
PROSE_WORDS = 4  # so many words in a row are a sentence, or part of one
LOGGING = {"debug", "info", "warn", "warning", "error", "exception", "critical"}
# What a setting means, and what a figure counts.
SPEAKS_TO_OPERATORS = {"Setting", "Counter", "Gauge", "Histogram"}
SPEAKS_TO_DEVELOPERS = {*LOGGING, "add_argument", "ArgumentParser", *SPEAKS_TO_OPERATORS}


def _modules(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _imported(path: Path) -> Iterator[tuple[str, int]]:
    """Top-level names that a module imports anywhere in it, with their lines."""
    room = path.relative_to(ROOT).parts[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield room if node.level else str(node.module).partition(".")[0], node.lineno


@pytest.mark.parametrize("path", _modules(*ROOMS), ids=_named)
def test_imports_point_inwards(path: Path) -> None:
    """A room knows the rooms further in, never those further out."""
    room = path.relative_to(ROOT).parts[0]
    closed = WATCHED - MAY_IMPORT[room] - EXCEPTIONS.get(_named(path), set()) - {room}
    assert [f"line {line}: {name}" for name, line in _imported(path) if name in closed] == []


@pytest.mark.parametrize("path", _modules("reasoning"), ids=_named)
def test_reasoning_needs_little(path: Path) -> None:
    """What decides about people can be read, run and tested with next to nothing installed."""
    allowed = {*sys.stdlib_module_names, *REASONING_NEEDS, "reasoning"}
    assert [f"line {line}: {name}" for name, line in _imported(path) if name not in allowed] == []


def test_rooms_are_all_watched() -> None:
    """A new folder with Python in it must be given its place in the order of the rooms."""
    found = {path.parent.name for path in ROOT.glob("*/*.py") if not path.parent.name.startswith(".")}
    assert found - {*ROOMS, *OUTSIDE} == set()


@pytest.mark.parametrize("path", _modules(*PROSE_FREE), ids=_named)
def test_words_for_people_stay_out_of_python(path: Path) -> None:
    """Sentences live in knowledge/ and data/, where they have a source or a flow; errors and logs may speak."""
    assert [f"line {line}: {text}" for text, line in _prose(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_prose_is_recognised() -> None:
    """The test above can fail, and leaves alone what speaks to developers."""
    source = '''"""A docstring is no prose for people."""
def answer(name):
    """Neither is this one, however long it is."""
    if not name:
        raise ValueError("there is no name to be seen here")
    log.warning("nobody answered for a long time")
    return f"Put an ice pack on your {name} now"
'''
    assert [line for _, line in _prose(ast.parse(source))] == [7]


def _prose(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in _nodes_for_people(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
        else:
            continue
        if re.search(rf"(?:[A-Za-z']+[,:;]? +){{{PROSE_WORDS - 1}}}[A-Za-z']+", text):
            yield text.replace("\0", "…"), node.lineno


def _nodes_for_people(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree, without documentation, errors, assertions, logs and the help of commands."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise | ast.Assert) or _is_documentation(child) or _speaks_to_developers(child):
            continue
        yield child
        if not isinstance(child, ast.JoinedStr):
            yield from _nodes_for_people(child)


def _is_documentation(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _speaks_to_developers(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    to_stderr = name == "print" and any(ast.unparse(keyword.value) == "sys.stderr" for keyword in node.keywords)
    return name in SPEAKS_TO_DEVELOPERS or name.endswith(("Error", "Exit")) or to_stderr
