"""What is worked out once gives what Rasa gives: every class of events, and a check of every action's result."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
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


def test_rasa_uses_both() -> None:
    lean.make_lean()
    lean._classes.clear()
    events = [Event.from_parameters(SlotSet("case", {"a": 1}, timestamp=1.0).as_dict()) for _ in range(2)]
    assert events == [SlotSet("case", {"a": 1})] * 2
    assert lean._classes == {"slot": SlotSet}
    with pytest.raises(ValidationError):
        RemoteAction("action_of_test", None)._validate_action_result({"events": "none"})
