"""The table of flows is the one that Rasa runs: rules of `data/`, actions of `actions/` and table say the same."""

from __future__ import annotations

import ast

import pytest

from reasoning import knowledge
from reasoning.case import Case, Hold
from reasoning.flows import emergencies
from reasoning.flows.table import FLOWS, SPEAKING, flow_of
from reasoning.flows.turn import Turn
from reasoning.messages import Kind
from reasoning.reading import Reading
from tests.reasoning.talks import ROOT, rules

FLOW_MODULES = {flow.__module__.rpartition(".")[2] for flow in {**FLOWS, **SPEAKING}.values()}


def _actions() -> dict[str, str]:
    """Name of every action in `actions/`, and the flow that its class names, as `module.function`."""
    found = {}
    for path in sorted((ROOT / "actions").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.ClassDef):
                continue
            names = [
                n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and str(n.value).startswith("action_")
            ]
            flows = [n for n in ast.walk(node) if isinstance(n, ast.Attribute) and ast.unparse(n.value) in FLOW_MODULES]
            if names:
                found[str(names[0])] = ast.unparse(flows[0])
    return found


def test_the_table_is_what_the_actions_run() -> None:
    """What the tests of this folder walk through is what people talk to."""
    table = {
        action: f"{flow.__module__.rpartition('.')[2]}.{flow.__qualname__}"
        for action, flow in {**FLOWS, **SPEAKING}.items()
    }
    assert table == _actions()


def test_every_rule_names_an_action_of_the_table_and_every_action_has_a_rule() -> None:
    """No intent leads nowhere, no flow is out of reach."""
    actions, _ = rules()
    assert set(actions.values()) == {*FLOWS, *SPEAKING}


def test_every_response_is_said_and_every_flow_finds_its_words() -> None:
    """The responses of `data/` belong to an intent that is answered by words, or to what was not understood."""
    actions, responses = rules()
    spoken = {f"utter_{intent}" for intent, action in actions.items() if action == "action_talk"}
    others = {"utter_small_word", "utter_not_understood", "utter_not_understood_again", "utter_empty"}
    assert responses.keys() <= spoken | others
    assert others <= responses.keys()


def test_an_unknown_action_has_no_flow() -> None:
    """A rule with a slip in it fails, and does not answer something else."""
    with pytest.raises(KeyError):
        flow_of("action_dance", {})


@pytest.mark.parametrize(
    "flow", [emergencies.clear, emergencies.ask_again, emergencies.confirm, emergencies.start_over]
)
def test_the_ways_out_of_an_emergency_keep_it_when_they_are_reached_wrongly(flow: object) -> None:
    """Even if routing let one through: without the question asked, nothing is cleared."""
    finding = [{"flag": "chest_pain", "status": "present"}]
    case = Case.from_dict({"findings": finding}).with_(hold=Hold("chest_pain", "E1", "x"))
    turn = Turn.open(knowledge.shared(), case, Reading(text="x", screened=True))
    reply = flow(turn)  # type: ignore[operator]
    assert reply.case.hold
    assert reply.case.status_of("chest_pain") == "present"
    assert {message.kind for message in reply.messages} & {Kind.EMERGENCY, Kind.QUESTION}
