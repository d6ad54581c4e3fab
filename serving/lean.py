"""What Rasa works out anew for each event and each answer, though it never changes: worked out once instead.

- The class of an event: for each event of a conversation Rasa lists all subclasses of `Event`, and asks each whether it
  is abstract. The cost grows with the length of the conversation.
- Whether an action's result has the right form: Rasa makes its validator anew for each result, and checks the schema of
  the schema with it. The validator is made once, and is one that is compiled.
- Which rules fit a state of the conversation: Rasa asks each rule, for each state, at each decision; and once more for
  rules about a text, where there are none.
- What its log would show: Rasa copies events and states, all the way down, and writes out all slots after each action,
  for lines that nobody has asked for.
- Whether the domain is empty: Rasa makes an empty one for each message, and compares.
- In which order the parts of a pipeline run: Rasa cuts its graph to what is wanted, hands it to dask, and dask puts it
  in order, for each message and each decision.

Together they were two fifths of what a short turn cost (docs/speed.md). The results are the same; what is not known yet
is worked out Rasa's own way. May go when Rasa is replaced. No upstream issue is known.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import jsonschema_rs
from rasa.core import processor
from rasa.core.actions.action import RemoteAction
from rasa.core.policies import rule_policy
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, USER
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.nlu.constants import INTENT

LOGS_WITH_COPIES = (processor, rule_policy)
STATES_KEPT = 1024  # of conversations, whose fitting rules are remembered

_resolve: Callable[..., type[Event] | None] = Event.resolve_by_type
_validate: Callable[[RemoteAction, dict[str, Any]], bool] = RemoteAction._validate_action_result
_possible_keys: Callable[..., set[str]] = RulePolicy._get_possible_keys
_find_from_rules: Callable[..., tuple[str | None, str | None, bool]] = RulePolicy._find_action_from_rules
_is_empty: Callable[[Domain], bool] = Domain.is_empty
_log_slots: Callable[[Any], None] = processor.MessageProcessor._log_slots
_classes: dict[str, type[Event]] = {}


def make_lean() -> None:
    """Put all in place, for this process."""
    for owner, name, ours, _ in _places():
        setattr(owner, name, ours)


def make_stock() -> None:
    """Undo all of it, for measurements."""
    for owner, name, _, rasas in _places():
        setattr(owner, name, rasas)


def _places() -> list[tuple[Any, str, Any, Any]]:
    """What is replaced: its owner, its name, what stands there instead, and Rasa's own."""
    return [
        (Event, "resolve_by_type", staticmethod(class_of), staticmethod(_resolve)),
        (RemoteAction, "_validate_action_result", validate_result, _validate),
        (RulePolicy, "_get_possible_keys", fitting_rules, _possible_keys),
        (RulePolicy, "_find_action_from_rules", find_action_from_rules, _find_from_rules),
        (Domain, "is_empty", is_empty, _is_empty),
        (processor.MessageProcessor, "_log_slots", staticmethod(no_log), staticmethod(_log_slots)),
        *((module, "copy", NoCopies, copy) for module in LOGS_WITH_COPIES),
        (processor, "DaskGraphRunner", PlainRunner, DaskGraphRunner),
    ]


class NoCopies:
    """Stands for the module `copy` where Rasa uses it for its log alone."""

    @staticmethod
    def deepcopy[Thing](thing: Thing) -> Thing:
        """The thing itself."""
        return thing


def no_log(_tracker: Any) -> None:
    """Nothing: Rasa puts into words what is known of a person, for its log alone."""


def is_empty(domain: Domain) -> bool:
    """Whether there is nothing in the domain."""
    return bool(domain.as_dict() == _nothing())


@functools.cache
def _nothing() -> dict[str, Any]:
    return dict(Domain.empty().as_dict())


def fitting_rules(policy: RulePolicy, lookup: Mapping[str, str], states: Sequence[Mapping[str, Any]]) -> set[str]:
    """The keys of the rules that fit the last states of a conversation."""
    found = set(lookup)
    longest = _remembered(policy, lookup, "longest", lambda: _longest(lookup))
    for back, state in zip(range(longest), reversed(states), strict=False):
        if not found:
            break
        found &= _fitting(policy, lookup, back, state) | _over(policy, lookup, back)
    return found


def _longest(lookup: Mapping[str, str]) -> int:
    """The states of the rule that has most."""
    return max((len(RulePolicy._rule_key_to_state(key)) for key in lookup), default=0)


def _fitting(policy: RulePolicy, lookup: Mapping[str, str], back: int, state: Mapping[str, Any]) -> frozenset[str]:
    """The rules that fit one state, `back` turns before the last, and say something of it."""

    def fitting() -> frozenset[str]:
        said = lookup.keys() - _over(policy, lookup, back)
        return frozenset(key for key in said if policy._is_rule_applicable(key, back, state))

    return _remembered(policy, lookup, f"{back} {json.dumps(state, sort_keys=True, default=repr)}", fitting)


def _over(policy: RulePolicy, lookup: Mapping[str, str], back: int) -> frozenset[str]:
    """The rules that say nothing of so many turns before the last."""
    length = RulePolicy._rule_key_to_state
    return _remembered(
        policy, lookup, f"over {back}", lambda: frozenset(key for key in lookup if len(length(key)) <= back)
    )


def find_action_from_rules(
    policy: RulePolicy, tracker: Any, domain: Any, use_text_for_last_user_input: bool
) -> tuple[str | None, str | None, bool]:
    """What Rasa finds; nothing at once where a text is asked for and each rule after a message wants an intent."""
    if use_text_for_last_user_input:
        rules = policy.lookup[RULES]
        if tracker.active_loop_name is None and _remembered(policy, rules, "of intents", lambda: _of_intents(rules)):
            return None, None, False
    return _find_from_rules(policy, tracker, domain, use_text_for_last_user_input)


def _of_intents(rules: Mapping[str, str]) -> bool:
    """Whether no rule can fit a state of which not the intent but the text of the message is known."""
    last = [RulePolicy._rule_key_to_state(key)[-1] for key in rules]
    after_message = [state for state in last if state.get("prev_action", {}).get("action_name") == ACTION_LISTEN_NAME]
    return all(state.get(USER, {}).get(INTENT) for state in after_message)


def _remembered[Found](
    policy: RulePolicy, lookup: Mapping[str, str], name: str, work_out: Callable[[], Found]
) -> Found:
    """What was worked out before for these rules of this policy, which stay as they are once they are loaded."""
    kept = policy.__dict__.setdefault("_remembered", {})
    of, known = kept.get(id(lookup), (None, {}))
    if of is not lookup:
        kept[id(lookup)] = lookup, (known := {})
    if name not in known:
        if len(known) > STATES_KEPT:
            known.clear()
        known[name] = work_out()
    found: Found = known[name]
    return found


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


def _is_valid(result: Any) -> bool:
    try:
        in_lists = all(isinstance(result.get(name, []), list) for name in ("events", "responses"))
        return in_lists and bool(_validator().is_valid(result))  # to this one a tuple is a list
    except (AttributeError, ValueError):  # it is no JSON
        return False


@functools.cache
def _validator() -> Any:
    return jsonschema_rs.Draft7Validator(RemoteAction.action_response_format_spec())
