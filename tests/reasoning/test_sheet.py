"""The sheet for a doctor as data and as text: what was told stands in it, what was not is said to be open."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from typing import Any

import pytest

from reasoning import clock, sheet
from reasoning import knowledge as knowledge_room
from reasoning.case import Case, Interview
from reasoning.clock import Onset
from reasoning.diary import Note
from reasoning.quotation import cleaned, shortened
from reasoning.strict_yaml import FOLDER, KnowledgeError
from reasoning.triage import Level, flags
from tests.reasoning.talks import found

KNOWLEDGE = knowledge_room.shared()
NOW = datetime.datetime(2026, 11, 24, 16, 30, tzinfo=datetime.UTC)


def _note(days_ago: float, **told: Any) -> Note:
    """A line of the diary, so many days before the sheet."""
    return Note(at=clock.written(NOW - datetime.timedelta(days=days_ago)), **told)


def _case(**told: Any) -> Case:
    return Case(**{"back_trouble": True, **told})


def _lines(case: Case, section: str, quote: int = sheet.QUOTE) -> dict[str, str]:
    made = sheet.make(KNOWLEDGE, case, NOW, quote)
    lines = next(part.lines for part in made.sections if part.id == section)
    return {line.label or f"_{number}": line.text for number, line in enumerate(lines)}


def test_every_sign_stands_in_exactly_one_group() -> None:
    """Said yes, not sure, earlier, no; all others are named as open, none is lost."""
    case = _case(
        findings=(
            found("night_or_constant_pain", evidence="It wakes me at 3"),
            found("fever_unwell", status="unsure", evidence="maybe"),
            found("cancer_history", status="past", evidence="ten years ago"),
            found("chest_pain", status="denied", evidence="no chest pain"),
            found("saddle_numbness", status="asked_about", evidence="should I worry if"),
            found("foot_drop" if "foot_drop" in flags() else "both_legs", status="someone_else", evidence="my dad"),
        )
    )
    groups = _lines(case, "signs")
    assert groups["Yes"].startswith(flags()["night_or_constant_pain"].title)
    assert "It wakes me at 3" in groups["Yes"]
    assert "maybe" in groups["Not sure"]
    assert "ten years ago" in groups["Earlier, not now"]
    assert groups["No"] == flags()["chest_pain"].title
    opened = groups["Not asked or not answered"].split("; ")
    assert flags()["saddle_numbness"].title in opened
    assert len(opened) == len(flags()) - 4
    assert "my dad" not in sheet.text_of(sheet.make(KNOWLEDGE, case, NOW))


def test_a_sign_that_was_told_and_denied_is_not_smoothed_over() -> None:
    """An emergency stands beside its denial: both are shown, under yes."""
    case = _case(findings=(found("bladder_retention"), found("bladder_retention", status="denied")))
    assert "yes and no" in _lines(case, "signs")["Yes"]
    assert _lines(case, "signs")["No"] == "none"


@pytest.mark.parametrize(("state", "says"), [("none", "not begun"), ("open", "not gone"), ("done", "gone through")])
def test_how_far_the_questions_went(state: str, says: str) -> None:
    """A sheet after a stopped interview must not look like one after a full interview."""
    assert says in " ".join(_lines(_case(interview=Interview(state=state)), "signs").values())


@pytest.mark.parametrize("slug", list(flags()))
def test_the_level_is_the_one_that_triage_gives_with_its_reason(slug: str) -> None:
    """Whatever the sign: how soon, and why, in whole sentences."""
    lines = _lines(_case(findings=(found(slug),)), "level")
    assert lines["How soon"] in sheet.words().names("levels").values()
    assert lines["Because"].startswith(flags()[slug].reason)
    assert flags()[slug].reason.endswith(".")


def test_without_a_sign_the_level_says_so() -> None:
    """No reason is made up."""
    assert "Nothing" in _lines(Case(), "level")["How soon"]
    assert _lines(_case(), "level")["Because"] == "No danger sign was told."


def test_the_story_says_what_was_told_and_what_was_not() -> None:
    """Begin, trigger, course and age; "not told" where nothing is known."""
    assert set(_lines(_case(), "story").values()) == {"not told"}
    case = _case(days=2.0, activity="golf", age=54, weeks=20, diary=(_note(1, feel="worse"), _note(0.1, feel="better")))
    story = _lines(case, "story")
    assert story["Began"] == "about 2 days before it was told"
    assert story["Came with"] == "golf"
    assert story["Age"] == "54 years"
    assert story["Pregnancy"] == "week 20"
    assert story["Since then"] == "23 November 2026: worse; 24 November 2026: better"


@pytest.mark.parametrize(
    ("onset", "zone", "says"),
    [
        (Onset(at="2026-11-21", precision="day"), "", "21 November 2026, 3 days before this sheet"),
        (Onset(at="2026-11-24", precision="day"), "", "24 November 2026, the day of this sheet"),
        (
            Onset(at="2026-11-23T23:30:00+00:00", precision="hour"),
            "Europe/Berlin",
            "24 November 2026, the day",
        ),
        (Onset(at="2026-11-23T23:30:00+00:00", precision="hour"), "-05:00", "23 November 2026, 1 day before"),
        (Onset(at="rubbish", precision="day"), "", "not told"),
    ],
)
def test_the_onset_is_a_day_of_the_persons_calendar(onset: Onset, zone: str, says: str) -> None:
    """Late in the evening it may be another day where they live."""
    assert _lines(_case(onset=onset, timezone=zone), "story")["Began"].startswith(says)


def test_scores_stand_in_numbers_and_in_the_plot() -> None:
    """The same scores, in the order of time, whatever the order of noting."""
    case = _case(diary=(_note(0, pain=3), _note(2, pain=7), _note(1, pain=5)), timezone="Europe/London")
    made = sheet.make(KNOWLEDGE, case, NOW)
    assert made.plot is not None
    assert [score.pain for score in made.plot.scores] == [7, 5, 3]
    assert [round(score.days, 3) for score in made.plot.scores] == [0, 1, 2]
    assert "From 7 to 3 out of 10, lowest 3, highest 7, 3 scores." in made.plot.alt
    for number in ("22 Nov 16:30: 7", "23 Nov 16:30: 5", "24 Nov 16:30: 3"):
        assert number in made.plot.alt
        assert number in " ".join(_lines(case, "scores").values())


def test_without_scores_there_is_no_plot_and_it_says_so() -> None:
    """No empty picture."""
    assert sheet.make(KNOWLEDGE, _case(), NOW).plot is None
    assert sheet.pain_plot(_case(), NOW) is None
    assert list(_lines(_case(), "scores").values()) == ["No pain scores were noted."]


def test_many_scores_are_left_out_and_it_says_how_many() -> None:
    """The plot has all of them."""
    case = _case(diary=tuple(_note(n / 10, pain=n % 11) for n in range(60)))
    assert "36 earlier scores are left out here" in _lines(case, "scores")["_1"]
    plot = sheet.pain_plot(case, NOW)
    assert plot is not None
    assert len(plot.scores) == 60


def test_a_line_without_a_moment_is_passed_over_and_an_unknown_remedy_is_named_as_it_was_kept() -> None:
    """What an older version kept does no harm."""
    case = _case(
        diary=(
            Note(at=NOW.isoformat(), pain=4, feel="same", tried="heat"),
            Note(at="yesterday", pain=9),
            Note(at=NOW.isoformat(), tried="secret_cure"),
        )
    )
    assert [entry.note.pain for entry in sheet.diary_of(case)] == [4, None]
    tried = _lines(case, "tried")["_0"]
    assert "Heat, noted once" in tried
    assert "secret cure" in tried


def test_the_seven_tests_of_the_article_say_what_they_are_for() -> None:
    """Each test file of the knowledge, in an entry that the article backs."""
    files = {key.partition("/")[0] for key in sheet.words().tests}
    assert files == {name for name, topic in KNOWLEDGE.topics.items() if topic.kind == "test" and name != "diagnosis"}
    assert len(_lines(_case(), "tests")) == 7


def test_it_says_that_a_program_made_it_and_makes_no_diagnosis() -> None:
    """On top, with the date; who was answered for is told."""
    made = sheet.make(KNOWLEDGE, _case(about_someone_else=True), NOW)
    assert "program" in made.notice
    assert "no diagnosis" in made.notice
    assert "somebody else" in made.notice
    assert made.made == "Made on 24 November 2026, 16:30 UTC."
    assert "24 November 2026, 17:30" in sheet.make(KNOWLEDGE, _case(timezone="Europe/Berlin"), NOW).made


def test_the_plain_text_has_every_section_and_line() -> None:
    """Nothing of the data is missing in the text."""
    made = sheet.make(KNOWLEDGE, _case(findings=(found("chest_pain"),), user_facts=("diabetes",)), NOW)
    text = sheet.text_of(made)
    for section in made.sections:
        assert section.title.upper() in text
        assert all(sheet.written(line) in text for line in section.lines)


def test_a_long_quotation_is_shortened_and_says_so() -> None:
    """Ten thousand characters become a line; with no room for quotations the sheet says that they are left out."""
    long = "it hurts " * 1200
    case = _case(findings=(found("chest_pain", evidence=long),))
    quoted = _lines(case, "signs")["Yes"]
    assert "… (shortened)" in quoted
    assert len(quoted) < sheet.QUOTE + 120
    without = _lines(case, "signs", quote=0)
    assert "hurts" not in without["Yes"]
    assert any("left out" in text for text in without.values())
    assert not any("left out" in text for text in _lines(_case(), "signs", quote=0).values())


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\u202eb\u200bc\x00d\x1b[31m", "abcd[31m"),
        ("one\n\ttwo\u2028three\u00a0four", "one two three four"),
        ("e\u0301" + "\u0301" * 50, "é\u0301"),
        ("A" * 60, f"{'A' * 28} {'A' * 28} AAAA"),
        ("", ""),
    ],
)
def test_what_is_quoted_is_one_line_of_what_can_be_seen(typed: str, shown: str) -> None:
    """Control and direction signs, line ends, piled-up accents, endless words."""
    assert cleaned(typed) == shown


def test_shortened_cuts_between_words() -> None:
    """And leaves what is short alone."""
    assert shortened("one two three", 8, "…") == "one two …"
    assert shortened("onetwothree", 6, "…") == "onetwo …"
    assert shortened("one", 8, "…") == "one"


def test_words_for_every_level_are_needed(tmp_path: Any) -> None:
    """A level without words is an error of the file, not of a person's sheet."""
    path = tmp_path / "sheet.yml"
    path.write_text(re.sub(r"    S: .*\n", "", (FOLDER / "sheet.yml").read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=str(Level.S)):
        sheet.words(path)


def test_an_unknown_zone_or_fact_does_no_harm() -> None:
    """The sheet falls back to UTC, and leaves out what knowledge does not name."""
    case = _case(timezone="Mars/Base", user_facts=("nobody_knows",))
    assert "UTC" in sheet.make(KNOWLEDGE, case, NOW).made
    assert list(_lines(case, "person").values()) == ["No facts about the person were told."]
    known = sheet.make(KNOWLEDGE, replace(case, timezone="+05:30"), NOW).made
    assert "UTC" not in known
    assert "22:00" in known
