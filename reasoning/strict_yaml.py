"""YAML that is checked strictly: what is wrong in a file is refused, and the error names the file and the line.

For the files of `knowledge/` that hold facts, rules and words to say; docs/decisions/0002 says why they are YAML. (How
people talk, `knowledge/lay_language/`, is read by understanding/lay_language.py.)
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pydantic
import ruamel.yaml

FOLDER = Path(__file__).resolve().parents[1] / "knowledge"
_EVERY_FILE = "*"
# Of which file the places of all keys are kept. Without them libyaml reads eight times as fast.
PLACES_OF: contextvars.ContextVar[str] = contextvars.ContextVar("places_of", default=_EVERY_FILE)


class KnowledgeError(ValueError):
    """Something in `knowledge/` is wrong; the text begins with file and line."""


class Strict(pydantic.BaseModel):
    """A frozen object that a file describes: unknown keys are refused, and so are empty texts."""

    class Config:
        extra = "forbid"
        allow_mutation = False
        frozen = True
        anystr_strip_whitespace = True
        min_anystr_length = 1


def quickly[Result](load: Callable[[], Result]) -> Result:
    """What `load` makes of files, read the fast way; when it refuses one, that file once more, to name the line.

    KnowledgeError with file and line for the first thing that is wrong.
    """
    try:
        return _with_places_of("", load)
    except KnowledgeError as error:
        at_fault = str(error).partition(":")[0]
    return _with_places_of(at_fault, load)


def _with_places_of[Result](name: str, load: Callable[[], Result]) -> Result:
    before = PLACES_OF.set(name)
    try:
        return load()
    finally:
        PLACES_OF.reset(before)


def read_yaml(path: Path) -> Any:
    """The data of a file, with places (see `line_of`) unless read quickly; KnowledgeError for what is no YAML.

    A repeated key is no YAML.
    """
    with_places = PLACES_OF.get() in (_EVERY_FILE, named(path))
    try:
        return ruamel.yaml.YAML(typ="rt" if with_places else "safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise KnowledgeError(f"{named(path)}:1: the file is missing") from error
    except ruamel.yaml.error.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise KnowledgeError(f"{named(path)}:{line}: {error.problem}") from error


def build[Model: pydantic.BaseModel](model: type[Model], data: Any, path: Path) -> Model:
    """Make a strict object of YAML data; KnowledgeError with the line of the key that is wrong."""
    try:
        return model.parse_obj(plain(data))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise KnowledgeError(f"{named(path)}:{line_of(data, first['loc'])}: {where}: {first['msg']}") from error


def line_of(data: Any, location: Iterable[str | int] = ()) -> int:
    """Line (from 1) of the deepest part of the location that stands in the file."""
    line = data.lc.line + 1 if hasattr(data, "lc") else 1
    for part in location:
        if not hasattr(data, "lc"):
            break
        try:
            line = (data.lc.item(part) if isinstance(part, int) else data.lc.key(part))[0] + 1
            data = data[part]
        except (KeyError, IndexError, TypeError):
            break
    return int(line)


def plain(data: Any) -> Any:
    """Round-trip YAML data as plain Python data."""
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(value) for value in data]
    if isinstance(data, str):
        return str(data)
    return data


def named(path: Path) -> str:
    """The path from `knowledge/` on, as an error names it."""
    parts = path.parts
    start = max((index for index, part in enumerate(parts) if part == FOLDER.name), default=len(parts) - 1)
    return "/".join(parts[start:])
