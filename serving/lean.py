"""What Rasa works out anew for each event and each answer, though it never changes: worked out once instead.

- The class of an event: for each event of a conversation Rasa lists all subclasses of `Event`, and asks each whether it
  is abstract. The cost grows with the length of the conversation.
- Whether an action's result has the right form: Rasa makes its validator anew for each result, and checks the schema of
  the schema with it.
- In which order the parts of a pipeline run: Rasa cuts its graph to what is wanted, hands it to dask, and dask puts it
  in order, for each message and each decision.

Together they are a fifth of what a message costs (docs/speed.md). The results are the same; what is not known yet is
worked out Rasa's own way. May go when Rasa is replaced. No upstream issue is known.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import Any

from jsonschema import ValidationError
from jsonschema.validators import validator_for
from rasa.core import processor
from rasa.core.actions.action import RemoteAction
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event

_resolve: Callable[..., type[Event] | None] = Event.resolve_by_type
_validate: Callable[[RemoteAction, dict[str, Any]], bool] = RemoteAction._validate_action_result
_classes: dict[str, type[Event]] = {}


def make_lean() -> None:
    """Put all in place, for this process."""
    Event.resolve_by_type = staticmethod(class_of)
    RemoteAction._validate_action_result = validate_result
    processor.DaskGraphRunner = PlainRunner


class PlainRunner(DaskGraphRunner):
    """Runs Rasa's graph one part after the other, in an order that is worked out once for each set of targets."""

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Each target's output. Raises what a part raises."""
        wanted = tuple(targets or self._graph_schema.target_names)
        given = inputs or {}
        found = {name: (name, value) for name, value in given.items()}
        for name, needs in self._order(wanted, frozenset(given)):
            found[name] = self._instantiated_nodes[name](*(found[need] for need in needs))
        return dict(found[name] for name in wanted)

    def _order(self, wanted: tuple[str, ...], given: frozenset[str]) -> list[tuple[str, tuple[str, ...]]]:
        """The names of the parts that run, each behind those that it needs, with these."""
        orders: dict[Any, list[tuple[str, tuple[str, ...]]]] = self.__dict__.setdefault("_orders", {})
        if (wanted, given) not in orders:
            nodes = self._graph_schema.minimal_graph_schema(list(wanted)).nodes
            needs = {name: tuple(node.needs.values()) for name, node in nodes.items() if name not in given}
            within = {name: set(before) - given for name, before in needs.items()}
            orders[wanted, given] = [(name, needs[name]) for name in TopologicalSorter(within).static_order()]
        return orders[wanted, given]


def class_of(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """The class of events of this type; `default` is not remembered. ValueError for a type that there is not."""
    found = _classes.get(type_name)
    if found is None:
        found = _resolve(type_name, default)
        if found is not None and found.type_name == type_name:
            _classes[type_name] = found
    return found


def validate_result(action: RemoteAction, result: dict[str, Any]) -> bool:
    """True for a result of the right form; what is not is left to Rasa, which raises its ValidationError."""
    return True if _is_valid(result) else _validate(action, result)


def _is_valid(result: dict[str, Any]) -> bool:
    try:
        _validator().validate(result)
    except ValidationError:
        return False
    return True


@functools.cache
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)
