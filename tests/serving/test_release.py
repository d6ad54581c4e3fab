"""The release gate: in production people have looked at what is said; who has signed what off is told."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from reasoning import knowledge as knowledge_room
from reasoning import reviews
from reasoning.knowledge import Knowledge
from reasoning.reviews import DUE_DAYS, fingerprint, sign_off
from reasoning.strict_yaml import KnowledgeError
from serving.environment import SettingsError
from serving.release import check_reviews
from tests.reasoning.talks import Talk
from tests.serving import checkout

KNOWN = knowledge_room.shared()
NEWEST = max(entry.reviewed for topic in KNOWN.topics.values() for entry in topic.entries)
SIGNED = """name: A. Nurse
profession: physiotherapist
registration: PH 12345
date: 2026-11-29
knowledge: {fingerprint}
verdict: approved
"""


def _all_checked(knowledge: Knowledge) -> Knowledge:
    """As if every line had been dialled."""
    lines = knowledge.help_lines
    right = {"needs_check": False, "conflict": False}
    countries = {}
    for code, place in lines.countries.items():
        of_place = {
            name: line.copy(update={"needs_check": False})
            for name in ("emergency", "advice", "crisis", "poison")
            if (line := getattr(place, name)) is not None
        }
        countries[code] = place.copy(update={**right, **of_place})
    unknown = lines.unknown_country.copy(update={"needs_check": False})
    checked = lines.copy(update={"countries": countries, "unknown_country": unknown})
    return knowledge.copy(update={"help_lines": checked})


def test_what_is_checked_and_in_date_may_be_served() -> None:
    check_reviews(_all_checked(KNOWN), NEWEST)


def test_one_unchecked_line_is_enough_to_refuse() -> None:
    checked = _all_checked(KNOWN)
    britain = checked.help_lines.countries["GB"]
    assert britain.crisis is not None
    for change in (
        {"needs_check": True},
        {"conflict": True},
        {"crisis": britain.crisis.copy(update={"needs_check": True})},
    ):
        countries = {**checked.help_lines.countries, "GB": britain.copy(update=change)}
        wrong = checked.copy(update={"help_lines": checked.help_lines.copy(update={"countries": countries})})
        with pytest.raises(SettingsError, match="not checked: help lines GB"):
            check_reviews(wrong, NEWEST)


def test_an_overdue_review_is_enough_to_refuse() -> None:
    oldest = min(entry.reviewed for topic in KNOWN.topics.values() for entry in topic.entries)
    last_good = oldest + datetime.timedelta(days=DUE_DAYS)
    check_reviews(_all_checked(KNOWN), last_good)
    with pytest.raises(SettingsError, match="review overdue since"):
        check_reviews(_all_checked(KNOWN), last_good + datetime.timedelta(days=1))


def test_the_server_refuses_production_as_things_are(tmp_path: Path) -> None:
    """Nobody has dialled the numbers."""
    run = checkout.run(checkout.ROOT, "-m", "serving", DATA_DIR=str(tmp_path), ENVIRONMENT="production")
    assert run.returncode == 1
    assert "not checked: help lines" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_country_without_lines_is_refused(tmp_path: Path) -> None:
    run = checkout.run(checkout.ROOT, "-m", "serving", DATA_DIR=str(tmp_path), COUNTRY="XX")
    assert (run.returncode, "COUNTRY: " in run.stderr) == (1, True)


# --- the sign-off


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """A folder that was signed off."""
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "red_flags.yml").write_text("a: 1")
    (tmp_path / "sign-off.yml").write_text(SIGNED.format(fingerprint=fingerprint(folder)))
    return folder


def test_a_sign_off_holds_for_what_was_signed_and_nothing_else(knowledge: Path) -> None:
    path = knowledge.parent / "sign-off.yml"
    signed = sign_off(path, knowledge)
    assert signed is not None
    assert signed.name == "A. Nurse"
    (knowledge / "red_flags.yml").write_text("a: 2")
    assert sign_off(path, knowledge) is None
    (knowledge / "red_flags.yml").write_text("a: 1")
    assert sign_off(path, knowledge) is not None
    (knowledge / "new.yml").write_text("")
    assert sign_off(path, knowledge) is None


def test_without_a_file_nobody_has_signed(tmp_path: Path) -> None:
    assert sign_off(tmp_path / "sign-off.yml", tmp_path) is None


@pytest.mark.parametrize("change", [("approved", "not yet"), ("name: A. Nurse\n", ""), ("PH 12345", '""')])
def test_what_is_no_sign_off_is_an_error(knowledge: Path, change: tuple[str, str]) -> None:
    path = knowledge.parent / "sign-off.yml"
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(KnowledgeError):
        sign_off(path, knowledge)


def test_the_demonstration_notice_stays_on_until_somebody_has_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not reviews.is_signed_off()
    assert "not reviewed by a clinician" in _introduction()
    monkeypatch.setattr(reviews, "is_signed_off", lambda: True)
    assert "demonstration" not in _introduction()
    assert "A clinician has checked what I say." in _introduction()


def _introduction() -> str:
    talk = Talk()
    talk.say("is heat ok", topics=("heat_ice_rest",))
    return talk.text
