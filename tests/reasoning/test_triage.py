"""Levels, details, combinations and what is kept over a conversation."""

from __future__ import annotations

import pytest

from reasoning.red_flags import combinations
from reasoning.triage import RECHECKED, Finding, Level, Status, assess, flags, level_of, merge


def there(flag: str, *details: str) -> Finding:
    return Finding(flag, Status.PRESENT, frozenset(details))


def level(*findings: Finding, back: bool = True, age: int | None = None, weeks: int | None = None) -> Level:
    return assess(findings, back, age, weeks).level


def test_all_flags_are_there() -> None:
    assert len(flags()) == 37
    assert all(len(flag.why.split()) <= 25 for flag in flags().values())


def test_nothing_found() -> None:
    assert level() is Level.H
    assert level(back=False) is Level.NONE


@pytest.mark.parametrize("slug", list(flags()))
def test_unknown_details_take_the_unknown_level(slug: str) -> None:
    assert level(there(slug)) is flags()[slug].level_if_unknown


@pytest.mark.parametrize("slug", list(flags()))
@pytest.mark.parametrize("status", [Status.DENIED, Status.PAST, Status.SOMEONE_ELSE, Status.ASKED_ABOUT])
def test_only_present_counts(slug: str, status: Status) -> None:
    assert level(Finding(slug, status)) is Level.H


def test_doubt_counts_on_emergency_flags_only() -> None:
    assert level(Finding("saddle_numbness", Status.UNSURE)) is Level.E2
    assert level(Finding("leg_weakness_progressive", Status.UNSURE)) is Level.E2
    assert level(Finding("weight_loss", Status.UNSURE)) is Level.H


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (there("leg_weakness_progressive", "one_leg", "mild", "not_changing"), Level.S),
        (there("leg_weakness_progressive", "one_leg", "mild"), Level.E2),
        (there("foot_drop", "worsening"), Level.E2),
        (there("not_better_in_time", "improving"), Level.R),
        (there("pregnancy", "none_of_the_signs"), Level.D),
        (there("pregnancy", "heavy_bleeding"), Level.E1),
        (there("fever_unwell", "confused"), Level.E1),
        (there("belly_causes", "severe"), Level.E2),
        (there("arm_or_stroke_signs", "face_or_speech"), Level.E1),
        (there("anticoagulant", "none_of_the_signs"), Level.S),
    ],
)
def test_details(finding: Finding, expected: Level) -> None:
    assert level_of(finding) is expected


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((there("fever_unwell"), there("infection_risk")), Level.E2),
        ((there("fever_unwell"), there("one_leg_nerve_pain", "numbness")), Level.E2),
        ((there("fever_unwell"), there("one_leg_nerve_pain")), Level.S),
        ((there("cancer_history"), there("night_or_constant_pain")), Level.E2),
        ((there("cancer_history"), there("thoracic_pain")), Level.E2),
        ((there("cancer_history"), there("foot_drop")), Level.E2),
        ((there("anticoagulant"), there("foot_drop")), Level.E2),
        ((there("anticoagulant", "fall"),), Level.E2),
        ((there("thoracic_pain"), there("chest_pain")), Level.E1),
        ((there("flank_urinary"), there("pregnancy")), Level.E2),
        ((there("flank_urinary", "confused"),), Level.E1),
        ((there("not_better_in_time"), there("weight_loss")), Level.S),
        ((there("new_over_50", "sudden_severe"),), Level.E1),
        ((there("new_over_50"), there("cough_strain_pain")), Level.S),
        ((there("one_leg_nerve_pain", "other_leg_too"),), Level.E2),
        ((there("child"), there("foot_drop")), Level.E2),
        ((there("child"), there("night_or_constant_pain")), Level.S),
        ((there("child", "over_four_weeks"),), Level.S),
    ],
)
def test_combinations(findings: tuple[Finding, ...], expected: Level) -> None:
    assert level(*findings) is expected


def test_age_and_weeks_count() -> None:
    assert level(there("severe_immobile", "sudden"), age=60) is Level.E1
    assert level(there("severe_immobile", "sudden"), age=40) is Level.S
    assert level(there("flank_urinary"), weeks=20) is Level.E2


def test_a_finding_more_never_lowers_the_level() -> None:
    every = [there(slug) for slug in flags()]
    for first in every:
        alone = level(first)
        for second in every:
            assert not alone.worse_than(level(first, second))


def test_every_combination_can_fire_and_names_its_basis() -> None:
    assert len({rule.id for rule in combinations().combinations}) == len(combinations().combinations)


def test_deciding_flags_come_with_reasons() -> None:
    result = assess([there("both_legs"), there("saddle_numbness"), there("weight_loss")], True)
    assert result.deciding == ("saddle_numbness", "both_legs")
    assert len(result.reasons) == 2


def test_a_bare_denial_keeps_an_emergency() -> None:
    known = merge([there("saddle_numbness")], [Finding("saddle_numbness", Status.DENIED)])
    assert [finding.status for finding in known] == [Status.PRESENT, Status.DENIED]
    assert level(*known) is Level.E2


def test_a_recheck_lowers_it() -> None:
    answer = Finding("saddle_numbness", Status.DENIED, frozenset({RECHECKED}))
    known = merge([there("saddle_numbness"), Finding("saddle_numbness", Status.DENIED)], [answer])
    assert level(*known) is Level.H


def test_newest_clear_word_wins_below_emergencies() -> None:
    assert level(*merge([there("weight_loss")], [Finding("weight_loss", Status.DENIED)])) is Level.H
    assert level(*merge([Finding("weight_loss", Status.DENIED)], [there("weight_loss")])) is Level.S


def test_questions_and_doubt_do_not_wipe_out_a_yes() -> None:
    for status in (Status.ASKED_ABOUT, Status.UNSURE, Status.SOMEONE_ELSE):
        assert level(*merge([there("chest_pain")], [Finding("chest_pain", status)])) is Level.E1


def test_doubt_after_a_no_counts_on_emergency_flags() -> None:
    known = merge([Finding("chest_pain", Status.DENIED)], [Finding("chest_pain", Status.UNSURE)])
    assert level(*known) is Level.E1


def test_details_add_up() -> None:
    known = merge([there("pregnancy", "none_of_the_signs")], [there("pregnancy", "heavy_bleeding")])
    assert level(*known) is Level.E1
