"""What the watch costs: processor milliseconds a message, and whether hostile input of twice the length costs twice."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.figures import LONG, SHORT
from understanding.screen import Screen

RUNS = 60
LENGTHS = (500, 1000, 2000, 4000)  # characters; a message is at most 4,000
# Pieces that patterns, negation, spelling, durations and temperatures would stumble over if they looked back and forth.
HOSTILE: Mapping[str, str] = {
    "a word over and over": "numb ",
    "negations": "no not never without nor ",
    "numbers": "38.5 100 12 3 ",
    "durations": "for three weeks and two days since ",
    "misspelt words": "blader nubmness tinlging wekness ",
    "no spaces": "numbbladderpain",
    "commas": "numb, no, but, and, ",
    "open brackets": "((((((((((",
    "one letter": "aaaaaaaaaa",
    "signs of every kind": "cannot pee, chest pain, fever, fell off a roof, both legs numb, ",
}


@dataclass(frozen=True)
class Cost:
    """Median and 95th percentile, in processor milliseconds of one thread."""

    median: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.1f} ({self.most:.1f})"


def messages(watch: Screen) -> dict[str, Cost]:
    """A short message and one of some 150 words, by patterns alone and with the second opinion."""
    found = {}
    for name, text in (("short message", SHORT), (f"{len(LONG.split())} words", LONG)):
        found[f"{name}, patterns alone"] = cost(lambda text=text: watch.read(text, by_patterns_alone=True))
        found[f"{name}, with the second opinion"] = cost(lambda text=text: watch.read(text))
    return found


def doubling(watch: Screen) -> dict[str, list[float]]:
    """Processor milliseconds (best of five) for each hostile piece, repeated to each of `LENGTHS`."""
    texts = {
        name: [(piece * (length // len(piece) + 1))[:length] for length in LENGTHS] for name, piece in HOSTILE.items()
    }
    return {name: [best(lambda text=text: watch.read(text)) for text in longer] for name, longer in texts.items()}


def cost(work: Callable[[], object]) -> Cost:
    """Of `RUNS` runs after a warm-up."""
    work()
    taken = sorted(_milliseconds(work) for _ in range(RUNS))
    return Cost(statistics.median(taken), taken[int(0.95 * RUNS)])


def best(work: Callable[[], object]) -> float:
    """The least of five runs: what else the machine does can only add."""
    work()
    return min(_milliseconds(work) for _ in range(5))


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000
