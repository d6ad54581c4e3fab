"""The gate by itself: what opens it, and each rule that closes it."""

from __future__ import annotations

from typing import Any

import pytest

from reasoning import knowledge
from reasoning.case import Case, Hold, Interview
from reasoning.messages import ADVICE, Kind, Message
from reasoning.person import WAIT_UNTIL_SEEN
from reasoning.reading import Reading
from reasoning.triage import Finding, Status
from serving import gate

KNOWN = knowledge.shared()
SCREENED = Reading(screened=True)
DONE = Interview(state="done")
CHEST = (Finding("chest_pain", Status.PRESENT),)
FEVER = (Finding("fever_unwell", Status.PRESENT),)
HOLD = Hold("chest_pain", "E1", "my words")


def message(kind: Kind = Kind.ANSWER, text: str = "a text", **fields: Any) -> dict[str, Any]:
    """A message as it leaves."""
    return Message(text, kind, **fields).as_dict()


OPEN: dict[str, tuple[Case, Reading, list[dict[str, Any]]]] = {
    "an answer without a remedy": (Case(), SCREENED, [message()]),
    "an answer with its caution": (Case(), SCREENED, [message(remedies=("R1_ice",), cautions=("K03",))]),
    "a plan after the interview": (Case(interview=DONE), SCREENED, [message(Kind.PLAN, remedies=("R1_breathing",))]),
    "an emergency": (Case(findings=CHEST), SCREENED, [message(Kind.EMERGENCY)]),
    "a crisis": (Case(findings=(Finding("self_harm", Status.PRESENT),)), SCREENED, [message(Kind.CRISIS)]),
    "the question of the re-check": (Case(findings=CHEST, hold=HOLD), SCREENED, [message(Kind.QUESTION)]),
    "a test explained to somebody with a metal implant": (
        Case(user_facts=("metal_implant", "pregnant")),
        SCREENED,
        [message(remedies=("D4_mri",))],
    ),
    "ice at level S": (Case(findings=FEVER), SCREENED, [message(remedies=("R1_breathing",))]),
    "small talk": (Case(), SCREENED, [message(Kind.TALK)]),
}
CLOSED: dict[str, tuple[str, Case, Reading, list[dict[str, Any]]]] = {
    "silence": ("no message", Case(), SCREENED, []),
    "no screen": ("not screened", Case(), Reading(), [message(Kind.TALK)]),
    "an empty text": ("empty text", Case(), SCREENED, [{"text": " ", "kind": "talk"}]),
    "no text": ("empty text", Case(), SCREENED, [message(), {"kind": "talk"}]),
    "an emergency not told": ("emergency without its message", Case(findings=CHEST), SCREENED, [message(Kind.TALK)]),
    "an answer in an emergency": (
        "advice during an emergency", Case(findings=CHEST), SCREENED, [message(Kind.EMERGENCY), message()],
    ),
    "an answer while it is held": ("advice during an emergency", Case(hold=HOLD), SCREENED, [message()]),
    "a plan at once": ("plan without its interview", Case(), SCREENED, [message(Kind.PLAN)]),
    "a plan in the interview": (
        "plan without its interview", Case(interview=Interview(state="open")), SCREENED, [message(Kind.PLAN)],
    ),
    "a plan after stopping": (
        "plan without its interview", Case(interview=Interview(state="stopped")), SCREENED, [message(Kind.PLAN)],
    ),
    "a plan at level S": (
        "plan without its interview", Case(interview=DONE, findings=FEVER), SCREENED, [message(Kind.PLAN)],
    ),
    "a plan for a minor": ("plan without its interview", Case(interview=DONE, age=17), SCREENED, [message(Kind.PLAN)]),
    "a plan for a child": (
        "plan without its interview", Case(interview=DONE, user_facts=("under_12",)), SCREENED, [message(Kind.PLAN)],
    ),
    "a caution left out": ("caution left out", Case(), SCREENED, [message(remedies=("R1_ice",))]),
    "a remedy to avoid": (
        "remedy that this person must not use unasked",
        Case(user_facts=("raynauds",)), SCREENED, [message(remedies=("R1_ice",), cautions=tuple(KNOWN.cautions))],
    ),
    "a remedy to ask about first": (
        "remedy that this person must not use unasked",
        Case(user_facts=("heart_disease",)), SCREENED,
        [message(remedies=("R4_exercise",), cautions=tuple(KNOWN.cautions))],
    ),
    "the second of two": (
        "caution left out", Case(), SCREENED, [message(Kind.TALK), message(remedies=("R1_ice",))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OPEN)
def test_the_gate_opens(name: str) -> None:
    """What is right may leave."""
    gate.check(KNOWN, *OPEN[name])


@pytest.mark.parametrize("name", CLOSED)
def test_the_gate_closes(name: str) -> None:
    """Each rule, and its name in the error, which holds nothing of what was written."""
    rule, case, reading, messages = CLOSED[name]
    with pytest.raises(gate.GateClosed) as closed:
        gate.check(KNOWN, case, reading, messages)
    assert str(closed.value) == rule


@pytest.mark.parametrize("remedy", sorted(WAIT_UNTIL_SEEN))
def test_at_level_s_some_remedies_wait(remedy: str) -> None:
    """Stretches, TENS and acupuncture, whatever cautions were applied."""
    with pytest.raises(gate.GateClosed, match="waits until seen"):
        gate.check(KNOWN, Case(findings=FEVER), SCREENED, [message(remedies=(remedy,), cautions=tuple(KNOWN.cautions))])


@pytest.mark.parametrize("kind", sorted(ADVICE))
def test_advice_is_checked_by_its_name_in_json_too(kind: str) -> None:
    """Messages reach the gate as JSON data: the kind is a plain string there."""
    with pytest.raises(gate.GateClosed):
        gate.check(KNOWN, Case(hold=HOLD), SCREENED, [{"text": "x", "kind": str(kind)}])


@pytest.mark.parametrize("caution", [c for c in KNOWN.cautions.values() if c.weeks and c.weeks.from_])
def test_the_weeks_of_pregnancy_are_known_to_the_gate(caution: knowledge.Caution) -> None:
    """Before its first week a caution is not called for; from then on it is."""
    assert caution.weeks
    first = caution.weeks.from_ or 0
    others = tuple(name for name in KNOWN.cautions if name != caution.id)
    (*_, remedy) = [name for name in caution.remedies if not name.startswith("D")]
    early, late = (Case(user_facts=("pregnant",), weeks=weeks) for weeks in (first - 1, first))
    sent = [message(remedies=(remedy,), cautions=others)]
    if caution.effect in ("avoid", "ask_first"):
        with pytest.raises(gate.GateClosed):
            gate.check(KNOWN, late, SCREENED, sent)
        return
    gate.check(KNOWN, early, SCREENED, sent)
    with pytest.raises(gate.GateClosed, match="caution left out"):
        gate.check(KNOWN, late, SCREENED, sent)
