"""The counts behind docs/accuracy.md, on cases small enough to count by hand."""

from __future__ import annotations

from bench.accuracy.scores import Judged, Pairs, by_flag, levels, negation_pairs, share, totals
from bench.accuracy.typos import mistype
from reasoning.triage import Finding, Level, Status
from understanding.screen import ScreenResult


def judged(expected: str, advised: str, wanted: dict[str, str], found: dict[str, str], **row: object) -> Judged:
    """A message with these labels and this reading."""
    labels = [{"flag": flag, "status": status} for flag, status in wanted.items()]
    read = ScreenResult(findings=tuple(Finding(flag, Status(status)) for flag, status in found.items()))
    return Judged.of({"id": "X", "kind": "present", "level": expected, "findings": labels, **row}, read, Level(advised))


def test_a_level_is_exact_when_the_label_takes_it_for_right() -> None:
    assert judged("E1", "E1", {}, {}).exact
    assert judged("E2", "E1", {}, {}, ok_levels=["E1"]).exact
    assert not judged("E2", "S", {}, {}).exact


def test_safe_means_not_lower_than_the_lowest_right_level() -> None:
    assert judged("S", "E1", {}, {}).safe
    assert judged("E2", "S", {}, {}, ok_levels=["S"]).safe
    assert not judged("S", "D", {}, {}).safe
    assert judged("H", "none", {}, {}).safe


def test_totals_count_emergencies_alarms_and_flags() -> None:
    rows = [
        judged("E2", "E2", {"bladder_leak": "present"}, {"bladder_leak": "unsure"}),
        judged("E2", "H", {"saddle_numbness": "present"}, {"saddle_numbness": "denied"}),
        judged("H", "E1", {"chest_pain": "denied"}, {"chest_pain": "present"}),
        judged("none", "H", {}, {}),
    ]
    found = totals(rows)
    assert (found.emergencies_found.part, found.emergencies_found.whole) == (1, 2)
    assert (found.no_alarm_on_harmless.part, found.no_alarm_on_harmless.whole) == (1, 2)
    assert (found.self_care_kept.part, found.self_care_kept.whole) == (1, 2)
    assert (found.recall.part, found.recall.whole) == (1, 2)
    assert (found.precision.part, found.precision.whole) == (1, 2)
    assert levels(rows)[Level.E2, Level.H] == 1
    assert by_flag(rows)["chest_pain"].false == 1


def test_a_missed_emergency_is_not_hidden_by_a_second_right_level() -> None:
    assert totals([judged("E2", "S", {}, {}, ok_levels=["S"])]).emergencies_found.whole == 0
    assert totals([judged("E2", "S", {}, {}, ok_levels=["E1"])]).emergencies_found.part == 0


def test_a_pair_is_right_only_as_a_whole() -> None:
    there = judged("E2", "E2", {"bladder_leak": "present"}, {"bladder_leak": "present"}, pair="N1")
    gone = judged("H", "H", {"bladder_leak": "denied"}, {}, pair="N1")
    flipped = judged("E2", "H", {"bladder_leak": "present"}, {"bladder_leak": "denied"}, pair="N2")
    assert negation_pairs([there, gone, flipped]) == Pairs(right=1, wrong=1, unsafe_flips=1, ids=["N2"])


def test_bounds_are_wilsons() -> None:
    assert str(share([True] * 9 + [False])) == "0.900 (0.596-0.982), 9 of 10"
    assert str(share([])) == "-"


def test_typing_mistakes_are_seeded_and_as_many_as_asked_for() -> None:
    text = "since yesterday morning there is numbness between both thighs after lifting boxes"
    assert mistype(text, 0.0, 1) == text
    assert mistype(text, 1.0, 1) == mistype(text, 1.0, 1) != mistype(text, 1.0, 2)
    changed = [a != b for a, b in zip(text.split(), mistype(text, 1.0, 1).split(), strict=True)]
    assert sum(changed) >= 8
    assert [word for word in text.split() if len(word) < 4] == [w for w in mistype(text, 1.0, 1).split() if w == "is"]
