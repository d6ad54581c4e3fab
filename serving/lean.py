"""What Rasa works out anew for each event and each answer, though it never changes: worked out once instead.

- The class of an event: for each event of a conversation Rasa lists all subclasses of `Event`, and asks each whether it
  is abstract. The cost grows with the length of the conversation.
- Whether an action's result has the right form: Rasa makes its validator anew for each result, and checks the schema of
  the schema with it.

Both together are a tenth of what a message costs (docs/speed.md). The results are the same; what is not known yet is
worked out Rasa's own way. May go when Rasa is replaced.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jsonschema import ValidationError
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event

_resolve: Callable[..., type[Event] | None] = Event.resolve_by_type
_validate: Callable[[RemoteAction, dict[str, Any]], bool] = RemoteAction._validate_action_result
_classes: dict[str, type[Event]] = {}


def make_lean() -> None:
    """Put both in place, for this process."""
    Event.resolve_by_type = staticmethod(class_of)
    RemoteAction._validate_action_result = validate_result


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
