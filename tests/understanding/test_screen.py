"""The watch against invented sentences (screen_cases.yml), its numbers, its speed and hostile input."""

from __future__ import annotations

import datetime
import functools
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml

from reasoning.triage import Status, assess, flags
from understanding.screen import Screen, ScreenResult

CASES: dict[str, Any] = ruamel.yaml.YAML(typ="safe", pure=True).load(
    (Path(__file__).parent / "screen_cases.yml").read_text(encoding="utf-8")
)
TODAY = datetime.date(2026, 11, 24)
COUNTS = (Status.PRESENT, Status.UNSURE)
TYPICAL_MS, LONG_MS = 3, 15  # issue: without the encoder, median, one thread
SLACK = 2  # other work on the machine


@pytest.fixture(scope="module")
def screen() -> Screen:
    return Screen(today=lambda: TODAY)


@functools.cache
def _patterns() -> Screen:
    return Screen(learned=False, today=lambda: TODAY)


@pytest.fixture
def patterns() -> Screen:
    """The watch without the encoder."""
    return _patterns()


def statuses(result: ScreenResult) -> dict[str, Status]:
    return {finding.flag: finding.status for finding in result.findings}


@pytest.mark.parametrize("slug", sorted(CASES["present"]))
def test_signs_are_seen(screen: Screen, slug: str) -> None:
    missed = [say for say in CASES["present"][slug] if statuses(screen.read(say)).get(slug) not in COUNTS]
    assert not missed


def test_every_flag_has_cases() -> None:
    assert CASES["present"].keys() == flags().keys()


def test_harmless_messages_raise_no_alarm(screen: Screen) -> None:
    alarms = []
    for say in CASES["harmless"]:
        result = screen.read(say)
        level = assess(result.findings, result.has_back_trouble, result.age, result.weeks_pregnant).level
        if level.emergency:
            alarms.append(say)
    assert len(alarms) <= 0.02 * len(CASES["harmless"]), alarms


@pytest.mark.parametrize("own", [True, False])
def test_manners_of_saying_no_harm(patterns: Screen, own: bool) -> None:
    """Denied, past, another's, supposed or hyperbole: no alarm, and a back is the writer's own or nobody's."""
    wrong = []
    for say in CASES["own_back" if own else "nobodys_back"]:
        result = patterns.read(say)
        level = assess(result.findings, result.has_back_trouble, result.age, result.weeks_pregnant).level
        if level.emergency or result.has_back_trouble is not own:
            wrong.append(say)
    assert not wrong


@pytest.mark.parametrize("case", CASES["status"], ids=lambda case: case["say"])
def test_status(screen: Screen, case: dict[str, str]) -> None:
    status = statuses(screen.read(case["say"])).get(case["flag"])
    if case["status"] == "absent":
        assert status not in COUNTS
    else:
        assert status == case["status"]


@pytest.mark.parametrize("case", CASES["numbers"], ids=lambda case: case["say"])
def test_numbers(screen: Screen, case: dict[str, Any]) -> None:
    result = screen.read(case["say"])
    read = {"days": result.days, "age": result.age, "weeks": result.weeks_pregnant}
    assert {key: read[key] for key in case if key != "say"} == {key: case[key] for key in case if key != "say"}


def test_since_counts_from_today(screen: Screen) -> None:
    assert screen.read("my back hurts since October").days == (TODAY - datetime.date(2026, 10, 1)).days
    assert screen.read("since christmas my back hurts").days == (TODAY - datetime.date(2025, 12, 25)).days


def test_patient_is_somebody_else(screen: Screen) -> None:
    assert screen.read("my dad can't feel his legs").about_someone_else
    assert not screen.read("my back hurts and my dad had cancer").about_someone_else


def test_back_trouble(screen: Screen) -> None:
    assert screen.read("my back cramps after golf, what do I do").has_back_trouble
    assert not screen.read("what is an MRI?").has_back_trouble


def test_evidence_is_what_was_written(screen: Screen) -> None:
    (finding, *_) = screen.read("Hello!  I CAN\u2019T  pee since noon").findings
    assert finding.evidence == "CAN\u2019T  pee"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\U0001f622\U0001f622", "\u0130\u0130", "\x00", "...", "no"])
def test_odd_texts_are_read(screen: Screen, text: str) -> None:
    assert not any(finding.status is Status.PRESENT for finding in screen.read(text).findings)


def _milliseconds(screen: Screen, text: str, times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        screen.read(text)
        taken.append((time.process_time() - start) * 1000)
    return statistics.median(taken)


def test_speed(patterns: Screen) -> None:
    screen = patterns
    short = "my back cramps after golf and my left leg feels numb"
    assert _milliseconds(screen, short, 50) < TYPICAL_MS * SLACK
    assert _milliseconds(screen, " ".join([short] * 14) + ".", 10) < LONG_MS * SLACK


@pytest.mark.parametrize("unit", ["no numb bum cannot pee ", "not ", "cantt numbb blader ", "9 weeks ", "should i if "])
def test_time_grows_linearly(screen: Screen, unit: str) -> None:
    once = min(_milliseconds(screen, unit * 300, 1) for _ in range(3))
    twice = min(_milliseconds(screen, unit * 1200, 1) for _ in range(3))
    assert twice < 4 * once * 2 + 50


def test_every_process_reads_a_slip_alike() -> None:
    """Readings that are equally near come in one order, whatever the order of Python's sets: "done", "dolo", "doon"."""
    text = "i dono, cant wee propr"
    code = f"from understanding.screen import Screen\nprint(Screen(learned=False).words({text!r}).forms)"
    read = {f"{_patterns().words(text).forms}\n"}  # in this process, whose order is its own
    read |= {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(read) == 1
    assert "dont" in read.pop()


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("I think this could be a heart attack", "chest_pain"),
        ("I want to end it all, I mean it", "self_harm"),
        ("I'd rather die than go on", "self_harm"),
        ("I can't live like this, I said to my wife", "self_harm"),
        ("put me out of my misery with pills", "self_harm"),
        ("I cannot move because of the pain", "severe_immobile"),
        ("my legs are like lead all day", "both_legs"),
        ("they said my aorta is enlarged, no surgery yet", "pulsing_belly_aneurysm"),
        ("he has gone grey with the pain and is sweating", "faint_collapse"),
        ("slurring my words after one pint and my arm is heavy", "arm_or_stroke_signs"),
        ("my plumbing is leaking and I can't feel it", "bladder_leak"),
        ("what does a man do who cannot pee since yesterday, it is me", "bladder_retention"),
        ("took a whole packet of paracetamol", "medicine_reaction_overdose"),
        ("now the other leg too", "both_legs"),
        ("after squats my leg gave way and my back went", "leg_weakness_progressive"),
        ("bum gone numb again", "saddle_numbness"),
        ("numb bum, only on the left", "saddle_numbness"),
        ("I want to end it, who can I call", "self_harm"),
        ("pain tears down my back", "tearing_pain"),
        ("I was a passenger in a car crash yesterday", "major_trauma"),
        ("my opponent landed on me and I heard a crack", "major_trauma"),
        ("knocked off at the roundabout on my bike", "major_trauma"),
        ("the roof collapsed on me", "major_trauma"),
        ("fell off the shed and landed on my feet, back cracked", "major_trauma"),
        ("could not pee and worse by the next day", "bladder_retention"),
        ("got out of the shower and leaked down my legs", "bladder_leak"),
        ("stress leaks since Tuesday", "bladder_leak"),
        ("cold sweat doing nothing at all", "faint_collapse"),
        ("nearly fainted, blood in my vomit", "faint_collapse"),
    ],
)
def test_what_only_resembles_a_look_alike_counts(text: str, flag: str) -> None:
    """A phrase that explains a joke away must leave the same words in earnest: the patterns alone see each of these."""
    status = {finding.flag: finding.status for finding in _patterns().read(text).findings}
    assert status[flag] in (Status.PRESENT, Status.UNSURE)
