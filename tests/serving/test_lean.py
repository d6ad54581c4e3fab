"""What is worked out once gives what Rasa gives: every class of events, and a check of every action's result."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core import processor
from rasa.core.actions.action import RemoteAction
from rasa.engine.exceptions import GraphComponentException
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.utils.common import all_subclasses

from serving import lean

TYPES = sorted({cls.type_name for cls in all_subclasses(Event)})
GOOD = (
    {},
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "case", "value": {}}], "responses": [{}]},
)
BAD: tuple[Any, ...] = (
    [],
    "text",
    {"events": "none"},
    {"events": [{"name": "case"}]},
    {"responses": [1]},
    {"responses": {}},
)


@pytest.mark.parametrize("type_name", TYPES)
def test_the_class_of_an_event_is_rasas(type_name: str) -> None:
    for _ in range(2):  # the second time it is remembered
        assert lean.class_of(type_name) is lean._resolve(type_name)


def test_a_type_that_there_is_not_is_an_error_or_the_default() -> None:
    assert lean.class_of("no such event", SlotSet) is SlotSet
    assert lean.class_of("no such event", UserUttered) is UserUttered
    with pytest.raises(ValueError, match="no such event"):
        lean.class_of("no such event")


def test_a_result_is_checked_as_before() -> None:
    action = RemoteAction("action_of_test", None)
    assert all(lean.validate_result(action, result) for result in GOOD)
    for check, result in itertools.product((lean.validate_result, lean._validate), BAD):
        with pytest.raises(ValidationError):
            check(action, result)


def test_rasa_uses_all() -> None:
    lean.make_lean()
    assert processor.DaskGraphRunner is lean.PlainRunner
    lean._classes.clear()
    events = [Event.from_parameters(SlotSet("case", {"a": 1}, timestamp=1.0).as_dict()) for _ in range(2)]
    assert events == [SlotSet("case", {"a": 1})] * 2
    assert lean._classes == {"slot": SlotSet}
    with pytest.raises(ValidationError):
        RemoteAction("action_of_test", None)._validate_action_result({"events": "none"})


class Adds(GraphComponent):
    """A part of a graph: adds up what it gets; more than 20 is a failure."""

    ran = 0

    @classmethod
    def create(cls, config: dict[str, Any], **_: Any) -> Adds:
        return cls()

    def add(self, one: int, other: int) -> int:
        Adds.ran += 1
        if one + other > 20:
            raise RuntimeError("too much")
        return one + other


def _graph() -> GraphSchema:
    """Double = x + x; more = double + y; most = more + double; `unused` needs what nobody gives."""

    def node(one: str, other: str, target: bool = False) -> SchemaNode:
        return SchemaNode({"one": one, "other": other}, Adds, "create", "add", {}, eager=True, is_target=target)

    return GraphSchema(
        {
            "most": node("more", "double", True),
            "more": node("double", "y"),
            "unused": node("z", "z"),
            "double": node("x", "x"),
        }
    )


def _runner(cls: type[DaskGraphRunner], folder: Path) -> DaskGraphRunner:
    schema = _graph()
    return cls(schema, LocalModelStorage(folder), ExecutionContext(schema))


@pytest.mark.parametrize("targets", [None, ["more"], ["double", "most"]])
def test_a_graph_gives_what_it_gives_by_dask(tmp_path: Path, targets: list[str] | None) -> None:
    """Each part runs once, and those alone that are wanted."""
    found = []
    for cls in (DaskGraphRunner, lean.PlainRunner, lean.PlainRunner):
        Adds.ran = 0
        found.append((_runner(cls, tmp_path).run({"x": 1, "y": 3}, targets), Adds.ran))
    assert found[0] == found[1] == found[2]
    plain = _runner(lean.PlainRunner, tmp_path)
    assert [plain.run({"x": x, "y": 3}, targets) for x in (1, 2, 1)][::2] == [found[0][0]] * 2


def test_a_part_that_fails_is_the_error_that_it_is_by_dask(tmp_path: Path) -> None:
    for cls in (DaskGraphRunner, lean.PlainRunner):
        with pytest.raises(GraphComponentException):
            _runner(cls, tmp_path).run({"x": 11, "y": 3})
