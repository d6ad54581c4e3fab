"""The watch's second opinion: what it cuts, what it sees beside the patterns, and what it never does."""

from __future__ import annotations

import copy
import functools
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reasoning.red_flags import flags
from reasoning.triage import Level, Status, assess
from understanding import screen
from understanding import second_opinion as opinion
from understanding.screen import Screen
from understanding.tokens import split

FOLDER = Path(__file__).resolve().parents[2] / "knowledge" / "second_opinion"
OPEN = Path(__file__).resolve().parents[1] / "vignettes" / "open.jsonl"
COUNTS = (Status.PRESENT, Status.UNSURE)

# Written once, before any was tried; none is a training text, and some are not seen.
UNFORESEEN = {
    "I went to spend my penny and the tank stayed full whatever I tried": "bladder_retention",
    "after the bath there is a region in the middle of me that the towel never seems to reach": "saddle_numbness",
    "the drop from the multi storey keeps calling to me": "self_harm",
    "my water will not start however long I wait on the toilet": "bladder_retention",
    "I found the sheets soaked this morning and had slept right through it": "bladder_leak",
    "there was a stain in my underwear and I had not noticed anything pass": "bowel_or_rectal_feeling",
    "washing my private parts feels like washing a stranger's": "saddle_numbness",
    "neither of my feet can tell the carpet from the tiles since the back locked": "both_legs",
    "my knee buckles without warning and today it did it four times": "leg_weakness_progressive",
    "a heavy weight is pressing behind my breastbone and it spreads to my jaw": "chest_pain",
    "I have to stop for air between two words": "breathless",
    "he slid off the chair and did not answer us for a while": "faint_collapse",
    "her speech has gone slurred and her smile hangs on the left": "arm_or_stroke_signs",
    "a lorry ran into the back of us on the ring road this morning": "major_trauma",
    "I swallowed the rest of the packet because the pain would not stop": "medicine_reaction_overdose",
    "I have decided there is no reason for me to wake up tomorrow": "self_harm",
}
# Words that often mean something else (`likely` in knowledge/lay_language/): with the sign, and without.
LIKELY = ("one_leg_nerve_pain", "when I wake my left leg is a bit numb but then it goes and my back is stiff all day")
LIKELY_DENIED = ("major_trauma", "I never slipped or fell, my back just hurts since I lifted a box")
HARMLESS = (
    "no idea",
    "goodbye and thanks",
    "how many minutes should the ice stay on",
    "which of the stretches is best for the morning",
    "I moved house this week and now my back is stiff",
    "my belly rumbles when I do the pelvic tilt",
)


@functools.cache
def _patterns() -> Screen:
    return Screen(learned=False)


@pytest.fixture
def patterns() -> Screen:
    return _patterns()


@pytest.fixture(scope="module")
def both() -> Screen:
    return Screen(learned=True)


def written() -> list[dict[str, Any]]:
    """All lines that are trained or tuned on."""
    return [
        json.loads(line)
        for name in ("texts.jsonl", "phrases.jsonl", "held.jsonl")
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()
    ]


def level(watch: Screen, text: str) -> Level:
    read = watch.read(text)
    return assess(read.findings, read.has_back_trouble, read.age, read.weeks_pregnant).level


def test_long_sentences_are_cut_at_joints_and_short_messages_read_whole() -> None:
    """Every word is in a clause; a short message of two sentences comes once more as a whole."""
    long = split(
        "my back went on sunday when i was lifting the pots, and since then i cannot feel when i need to go", {}
    )
    spans = opinion.clauses(long)
    assert len(spans) > 1
    assert [index for start, end in spans for index in range(start, end)] == list(range(len(long.words)))
    short = split("my back hurts. what now?", {})
    assert opinion.clauses(short)[-1] == (0, len(short.words))


def test_the_number_of_clauses_is_bounded() -> None:
    assert len(opinion.clauses(split("my back hurts. " * 500, {}))) == opinion.MOST


def test_messages_without_words_have_no_clauses() -> None:
    assert opinion.clauses(split("  ", {})) == []


def test_training_texts_are_valid_and_written_once() -> None:
    """Each line names known signs; no text stands twice, not even in two files."""
    lines = written()
    assert {slug for line in lines for slug in (*line["flags"], *line["near"])} == set(flags())
    texts = [line["text"].strip().lower() for line in lines]
    assert len(texts) == len(set(texts))


def test_most_unforeseen_wordings_are_seen(patterns: Screen, both: Screen) -> None:
    """At least half, and more than the patterns alone see; which ones is left open, so that none is trained for."""
    assert not set(UNFORESEEN) & {line["text"] for line in written()}
    seen = [
        {
            text
            for text, flag in UNFORESEEN.items()
            if any(item.flag == flag and item.status in COUNTS for item in watch.read(text).findings)
        }
        for watch in (patterns, both)
    ]
    assert seen[0] < seen[1]
    assert len(seen[1]) >= len(UNFORESEEN) / 2


def test_it_alarms_on_little_that_is_harmless(patterns: Screen, both: Screen) -> None:
    """At most 2 % of the harmless open vignettes more than the patterns; none of them is trained on."""
    rows = [json.loads(line) for line in OPEN.read_text(encoding="utf-8").splitlines()]
    assert not {row["text"] for row in rows} & {line["text"] for line in written()}
    harmless = [row["text"] for row in rows if row["level"] in (Level.H, Level.NONE)]
    anew = [text for text in harmless if level(both, text).emergency and not level(patterns, text).emergency]
    assert len(anew) <= len(harmless) * 0.02, anew


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_messages_raise_no_alarm(both: Screen, text: str) -> None:
    assert not level(both, text).emergency


def listening(limits: dict[str, tuple[float, float, float]] | None = None, score: Any = None) -> Screen:
    """A watch with these thresholds, and with these scores of the network."""
    watch = copy.copy(_patterns())
    watch._second_opinion = opinion.SecondOpinion(watch.lexicon, thresholds=limits, score=score)
    return watch


def test_what_is_said_outright_stands(both: Screen) -> None:
    """Every sign that firm patterns read as being there stays, in every training text of signs that are near."""
    never = float("inf")
    firm = listening(dict.fromkeys(flags(), (never, never, never)))
    for line in (FOLDER / "texts.jsonl").read_text(encoding="utf-8").splitlines()[::15]:
        text = json.loads(line)["text"]
        alone, together = (
            {item.flag for item in watch.read(text).findings if item.status in COUNTS} for watch in (firm, both)
        )
        assert alone <= together, text


def saying(flag: str, logit: float) -> Any:
    """A network that says this of one sign at each word, and no to all others."""
    at = opinion.Weights.load(opinion.MODEL).flags.index(flag)

    def score(words: Sequence[str]) -> np.ndarray:
        logits = np.full((len(words), len(flags())), -20.0, dtype=np.float32)
        logits[:, at] = logit
        return logits

    return score


@pytest.mark.parametrize(("logit", "stands"), [(-60.0, False), (20.0, True)])
def test_words_that_mostly_mean_something_else_need_its_support(logit: float, stands: bool) -> None:
    """A `likely` pattern counts where the second opinion is not far from it; with the encoder failing it counts."""
    flag, text = LIKELY
    watch = listening(score=saying(flag, logit))
    seen = {item.flag for item in watch.read(text).findings if item.status in COUNTS}
    assert (flag in seen) is stands
    alone = watch.read(text, by_patterns_alone=True).findings
    assert flag in {item.flag for item in alone if item.status in COUNTS}


def test_words_that_are_most_of_a_sentence_need_no_support() -> None:
    flag, text = "major_trauma", "Hello, my back hurts since I got up today. I slipped on Monday."
    read = listening(score=saying(flag, -60.0)).read(text).findings
    assert flag in {item.flag for item in read if item.status in COUNTS}


def test_a_denied_sign_needs_no_support() -> None:
    """What is not there is no alarm, and need not be asked again."""
    flag, text = LIKELY_DENIED
    read = listening(score=saying(flag, -60.0)).read(text).findings
    assert {item.flag: item.status for item in read}.get(flag) is Status.DENIED


@pytest.mark.parametrize("text", ["my legs went numb and there was nothing left of them", "I felt nothing down there"])
def test_a_no_may_be_part_of_a_sign(both: Screen, text: str) -> None:
    assert level(both, text).emergency


def test_a_denied_sign_is_no_sign(both: Screen) -> None:
    read = {
        finding.flag: finding.status
        for finding in both.read("No numbness between my legs, only a tight back.").findings
    }
    assert read.get("saddle_numbness") not in COUNTS


def test_no_model_says_how_to_get_one(tmp_path: Path, patterns: Screen) -> None:
    with pytest.raises(FileNotFoundError, match="make setup"):
        opinion.SecondOpinion(patterns.lexicon, tmp_path / "none.npz")


def test_a_watch_that_is_to_ask_for_it_fails_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The patterns do not read alone then: half a watch would pass for a whole one."""
    missing = functools.partial(opinion.SecondOpinion, path=tmp_path / "none.npz")
    monkeypatch.setattr(screen, "SecondOpinion", missing)
    with pytest.raises(FileNotFoundError, match="make setup"):
        Screen(learned=True)


def test_every_sign_has_its_thresholds(both: Screen) -> None:
    """Likely comes before doubt, doubt before certainty; the model knows all signs."""
    limits = opinion.read_thresholds()
    assert set(limits) == set(flags()) == set(opinion.Weights.load(opinion.MODEL).flags)
    assert all(likely <= doubt <= sure for likely, doubt, sure in limits.values())


def test_an_error_in_the_encoder_reaches_the_caller(patterns: Screen) -> None:
    """The caller answers with the safety text; silence about signs is no way out."""

    def broken(words: object) -> np.ndarray:
        raise RuntimeError("no encoder")

    reader = opinion.SecondOpinion(patterns.lexicon, score=broken)
    with pytest.raises(RuntimeError, match="no encoder"):
        reader.hear(patterns.words("my back hurts since yesterday"))


def test_speed(both: Screen) -> None:
    """With the encoder at most 6 ms for a short message and 30 for 150 words, in processor time; slack for others."""
    short = "my back cramps after golf and my left leg feels numb"
    long = " ".join(json.loads(line)["text"] for line in (FOLDER / "texts.jsonl").read_text().splitlines()[::97])
    for text, most in ((short, 6), (" ".join(long.split()[:150]), 30)):
        times = []
        for number in range(9):
            start = time.process_time()
            both.read(f"{text} {number}")
            times.append((time.process_time() - start) * 1000)
        assert statistics.median(times) < most * 3
