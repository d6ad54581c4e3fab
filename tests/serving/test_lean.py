"""What is worked out once gives what Rasa gives: every class of events, and a check of every action's result."""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core import processor
from rasa.core.actions.action import RemoteAction
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.exceptions import GraphComponentException
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from serving import lean
from serving.settings import newest_model

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
    {"events": ()},
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


def test_an_empty_domain_is_empty() -> None:
    full = Domain.from_dict({"intents": ["greet"]})
    for domain in (Domain.empty(), full, full.merge(Domain.empty()), Domain.empty().merge(full)):
        assert lean.is_empty(domain) == lean._is_empty(domain)
    assert lean.is_empty(Domain.empty())
    assert not lean.is_empty(full)


def test_the_slots_are_not_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """With Rasa's way, what is known of the person goes to its log."""
    logged: list[Any] = []
    monkeypatch.setattr(processor.structlogger, "debug", lambda *_given, **told: logged.append(told))
    tracker = DialogueStateTracker.from_events("id", [SlotSet("case", {"fact": 1})], [AnySlot("case", mappings=[])])
    lean._log_slots(tracker)
    assert "fact" in str(logged)
    lean.make_lean()
    logged.clear()
    processor.MessageProcessor._log_slots(tracker)
    assert logged == []


def test_rasa_uses_all() -> None:
    lean.make_lean()
    assert processor.DaskGraphRunner is lean.PlainRunner
    assert Domain.is_empty is lean.is_empty
    assert RulePolicy._get_possible_keys is lean.fitting_rules
    assert RulePolicy._find_action_from_rules is lean.find_action_from_rules
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


# --- rules

LISTEN = {"action_name": "action_listen"}


def _rule(*states: dict[str, Any]) -> str:
    return json.dumps(list(states), sort_keys=True)


def _asks(intent: str, **more: Any) -> dict[str, Any]:
    return {"user": {"intent": intent, **more}, "prev_action": LISTEN}


def _did(intent: str, action: str) -> dict[str, Any]:
    return {"user": {"intent": intent}, "prev_action": {"action_name": action}}


RULE_KEYS = {
    _rule(_asks("greet")): "action_greet",
    _rule(_asks("greet"), _did("greet", "action_greet")): "action_listen",
    _rule(_asks("ask", entities=["remedy"])): "action_answer",
    _rule(_asks("ask"), {**_did("ask", "action_answer"), "slots": {"place": [1.0]}}): "action_wait",
    _rule({}, _asks("greet")): "action_first",
    _rule({**_asks("ask"), "slots": {"place": "should_not_be_set"}}): "action_place",
}
STATES = (
    {},
    _asks("greet"),
    _asks("ask"),
    _asks("ask", entities=("remedy",)),
    {**_asks("ask"), "slots": {"place": (1.0,)}},
    _did("greet", "action_greet"),
    {**_did("ask", "action_answer"), "slots": {"place": (1.0,)}},
    {"user": {"text": "hello"}, "prev_action": LISTEN},
)


def _policy(rules: dict[str, str]) -> RulePolicy:
    policy = RulePolicy.__new__(RulePolicy)
    policy.lookup = {RULES: rules}
    return policy


def test_the_rules_that_fit_are_rasas() -> None:
    policy, some = _policy(RULE_KEYS), 0
    for length in (1, 2, 3):
        for states in itertools.product(STATES, repeat=length):
            rasas = lean._possible_keys(policy, RULE_KEYS, list(states))
            for _ in range(2):  # the second time it is remembered
                assert lean.fitting_rules(policy, RULE_KEYS, states) == rasas
            some += bool(rasas)
    assert some > 50
    assert lean.fitting_rules(policy, {}, STATES) == set()


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lean, "STATES_KEPT", 3)
    policy = _policy(RULE_KEYS)
    for number in range(20):
        lean.fitting_rules(policy, RULE_KEYS, [_asks(f"intent {number}")])
    assert len(policy.__dict__["_remembered"][id(RULE_KEYS)][1]) <= 5


def test_what_is_remembered_is_of_these_rules() -> None:
    """Others that came to lie in the same place of memory are not taken for them."""
    policy = _policy(RULE_KEYS)
    greeted = lean.fitting_rules(policy, RULE_KEYS, [_asks("greet")])
    others = {key: action for key, action in RULE_KEYS.items() if key not in greeted}
    kept = policy.__dict__["_remembered"]
    kept[id(others)] = kept.pop(id(RULE_KEYS))
    assert lean.fitting_rules(policy, others, [_asks("greet")]) == lean._possible_keys(policy, others, [_asks("greet")])


def test_all_of_it_can_be_undone() -> None:
    lean.make_lean()
    lean.make_stock()
    assert Event.resolve_by_type is lean._resolve
    assert RulePolicy._get_possible_keys is lean._possible_keys
    assert all(inspect.ismodule(module.copy) for module in lean.LOGS_WITH_COPIES)
    lean.make_lean()


class Talking:
    active_loop_name = None


def test_rules_of_a_text_are_looked_for_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any, Rasa would find nothing: the message has no intent then, which each rule wants."""
    asked: list[bool] = []
    monkeypatch.setattr(lean, "_find_from_rules", lambda *given: asked.append(given[-1]) or ("a", "b", True))
    of_text = {**RULE_KEYS, _rule({"user": {"text": "hello"}, "prev_action": LISTEN}): "action_greet"}
    of_anything = {**RULE_KEYS, _rule({"prev_action": LISTEN}): "action_greet"}
    for rules in (of_text, of_anything):
        assert lean.find_action_from_rules(_policy(rules), Talking(), None, True) == ("a", "b", True)
    assert asked == [True, True]
    assert lean.find_action_from_rules(_policy(RULE_KEYS), Talking(), None, True) == (None, None, False)
    assert asked == [True, True]
    assert lean.find_action_from_rules(_policy(RULE_KEYS), Talking(), None, False) == ("a", "b", True)


def test_no_rule_of_the_model_is_of_a_text() -> None:
    with tarfile.open(newest_model()) as model:
        name = next(name for name in model.getnames() if name.endswith("rule_policy.json"))
        rules = json.load(model.extractfile(name))["lookup"][RULES]  # type: ignore[arg-type]
    assert len(rules) > 100
    assert lean._of_intents(rules)
    for key in rules:  # a text that no rule knows, in the place of each rule's intent
        states = json.loads(key)
        states[-1] = {"user": {"text": "words"}, "prev_action": LISTEN}
        assert not lean._possible_keys(_policy(rules), rules, states)


@pytest.mark.parametrize("module", lean.LOGS_WITH_COPIES)
def test_rasa_copies_for_its_log_alone(module: Any) -> None:
    """Each use of the module `copy` there stands in the call of a logger; and what it copies, it copies no more."""
    tree = ast.parse(inspect.getsource(module))
    logged = {
        inner
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith(("logger.", "structlogger."))
        for inner in ast.walk(call)
    }
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "copy"]
    assert used
    assert set(used) <= logged
    lean.make_lean()
    thing = {"a": [1]}
    assert module.copy.deepcopy(thing) is thing
