"""A learned second opinion of the watch: it sees danger signs in wordings that no pattern foresaw.

Two readers judge each clause of a message and their scores are added: a linear classifier for every sign, of the
clause's words, letters and word lists of the lay language (trained by setup/build_second_opinion.py; here only numpy),
and a network that reads the whole message once and scores every word (`token_scores.py`). Both learned from
`knowledge/second_opinion/`. They add findings; of what patterns see they
have a say only in patterns that are often wrong (`likely`). The time grows with the length of the message and no
faster. docs/decisions/0007-second-opinion.md has the reasons.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from understanding.lay_language import Lexicon, read_yaml
from understanding.tokens import Words

MODEL = Path(__file__).resolve().parents[1] / "models" / "second_opinion.npz"
KNOWLEDGE = Path(__file__).resolve().parents[1] / "knowledge" / "second_opinion"
NEEDED, THRESHOLDS = KNOWLEDGE / "needed.yml", KNOWLEDGE / "thresholds.yml"
LONG_CLAUSE, SHORT_CLAUSE = 14, 4  # words: a longer sentence is cut where it may be, a shorter piece is not cut off
WHOLE = 22  # words: a message up to this length is read as a whole too
LEAST = 3  # words of a clause that a hint can rest on: "no idea" tells of nothing
MOST = 40  # clauses of one message; what follows a text of this length is read by the patterns alone
HASHED, LISTED = 1 << 15, 1 << 14  # columns of words and letters, of word lists
LISTS_PAIRED = 14  # a clause with more lists than this is no clause of sense; its pairs would be many
ASKING = 0.3  # margin that a question must have beyond what a statement needs
DENYING = 0.3  # margin that a clause with a "no" must have: it may be part of the sign, as in "no feeling"
LISTS = 0.7  # weight of the word lists beside words and letters
TOKENS = 0.25  # weight of the network's logit beside the linear score: what found most on texts left out
_JOINTS = frozenset("and but so because then when while which though although plus if since".split())
_ASKING = frozenset("what which how when why should can could is are does do would will where who".split())
_FACT_QUESTIONS = frozenset(
    f"{first} {second}"
    for first, seconds in {
        "is": "it there the a", "are": "there the", "can": "i you we", "could": "i you", "should": "i we my",
        "may": "i", "shall": "i", "how": "many much long often do should soon far hot cold",
        "what": "is are should can",
        "which": "is one of way", "does": "it the a", "do": "i you my the", "will": "it i",
    }.items()
    for second in seconds.split()
)  # fmt: skip
NAYS = frozenset("no not never without none neither nor nothing nope nil zero".split())

Floats = npt.NDArray[np.float32]
Score = Callable[[Sequence[str]], Floats]  # logits of the signs at each word of a message
Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Hint:
    """A sign that the clause of words `start` up to `end` seems to tell of; `at` is the word that says most of it."""

    flag: str
    score: float  # distance from the boundary of the classifier; no probability
    start: int
    end: int
    at: int
    sure: bool  # False: torn; counts as doubt


@dataclass(frozen=True)
class Weights:
    """What was learned: a column of weights and an intercept for every sign; how rare each counted column is."""

    flags: tuple[str, ...]
    counted: Floats
    intercepts: Floats
    rarity: Floats

    @classmethod
    def load(cls, path: Path) -> Weights:
        """FileNotFoundError says to run `make setup` when there is none."""
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing: run `make setup`")
        with np.load(path, allow_pickle=False) as stored:
            numbers = [stored[name].astype(np.float32) for name in ("counted", "intercepts", "rarity")]
            return cls(tuple(str(flag) for flag in stored["flags"]), *numbers)

    def save(self, path: Path) -> None:
        """Half the precision for the many columns of words: a third of the size, the same answers."""
        path.parent.mkdir(exist_ok=True)
        np.savez_compressed(
            path,
            flags=np.array(self.flags),
            counted=self.counted.astype(np.float16),
            intercepts=self.intercepts,
            rarity=self.rarity,
        )


@dataclass
class Row:
    """One clause as numbers: columns with their values."""

    columns: npt.NDArray[np.int64]
    values: Floats


def read_needed(path: Path = NEEDED) -> dict[str, frozenset[str]]:
    """The words of which a clause must have one to tell of a sign, by sign."""
    return {str(flag): frozenset(str(words).split()) for flag, words in read_yaml(path).items()}


Thresholds = Mapping[str, tuple[float, float, float]]  # the scores from which a sign is likely, in doubt, and for sure


def read_thresholds(path: Path = THRESHOLDS) -> Thresholds:
    """By sign."""
    return {
        str(flag): (float(row["likely"]), float(row["doubt"]), float(row["sure"]))
        for flag, row in read_yaml(path).items()
    }


@dataclass(frozen=True)
class Limits:
    """The thresholds in the order of the model's signs, and the words of which a clause must have one, by sign."""

    likely: Floats
    doubt: Floats
    sure: Floats
    needed: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, flags: Sequence[str], thresholds: Thresholds) -> Limits:
        """KeyError when a sign has none."""
        likely, doubt, sure = np.array([thresholds[flag] for flag in flags], dtype=np.float32).T
        return cls(likely, doubt, sure, read_needed())


def clauses(found: Words) -> Spans:
    """Words `start` up to `end` of the clauses; a short message of several clauses once more as a whole."""
    spans: Spans = []
    for start, end in _sentences(found):
        spans += _cut(found.words, start, end) if end - start > LONG_CLAUSE else [(start, end)]
    spans = spans[:MOST]
    if len(spans) > 1 and len(found.words) <= WHOLE:
        spans.append((0, len(found.words)))
    return spans


def _sentences(found: Words) -> Iterator[tuple[int, int]]:
    start = 0
    for index in range(1, len(found.words) + 1):
        if index == len(found.words) or found.sentence[index] != found.sentence[start]:
            yield start, index
            start = index


def _cut(words: Sequence[str], start: int, end: int) -> Spans:
    cuts = [start]
    for index in range(start, end):
        if (
            index - cuts[-1] >= SHORT_CLAUSE
            and end - index >= SHORT_CLAUSE
            and (words[index] in _JOINTS or not words[index][0].isalnum())
        ):
            cuts.append(index)
    return list(zip(cuts, [*cuts[1:], end], strict=True))


class Numbers:
    """Turns clauses into numbers, in training as in use."""

    def __init__(self, lexicon: Lexicon, rarity: Floats | None = None) -> None:
        """`rarity` (one value a column) weighs what few clauses have; without it all count the same."""
        self._lexicon = lexicon
        self._lists = {lexicon.label(name): name for name in lexicon.lists}
        self.rarity = rarity

    def rows(self, found: Words, spans: Spans) -> list[Row]:
        """The clauses of a message."""
        return [Row(*self.weighed(counts)) for counts in self.counts(found, spans)]

    def counts(self, found: Words, spans: Spans) -> list[dict[int, float]]:
        """For every clause, how often each column occurs in it."""
        return [self._count(found, span, names) for span, names in zip(spans, self._names(found, spans), strict=True)]

    def _count(self, found: Words, span: tuple[int, int], names: Sequence[str]) -> dict[int, float]:
        counts: dict[int, float] = {}
        for gram in _grams([forms[0] for forms in found.forms[slice(*span)]]):
            column = zlib.crc32(gram.encode()) % HASHED
            counts[column] = counts.get(column, 0.0) + 1.0
        for gram in _list_grams(names):
            counts[HASHED + zlib.crc32(gram.encode()) % LISTED] = 1.0
        return counts

    def _names(self, found: Words, spans: Spans) -> list[list[str]]:
        """For every clause, the word lists that begin in it."""
        where = sorted(
            (start, self._lists[number])
            for number, starts in self._lexicon.find(found).items()
            if number in self._lists
            for start in starts
        )
        return [[name for place, name in where if start <= place < end] for start, end in spans]

    def weighed(self, counts: Mapping[int, float]) -> tuple[npt.NDArray[np.int64], Floats]:
        """Columns and their values: rare ones count more, long clauses no more than short ones."""
        columns = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        values = np.log1p(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
        if self.rarity is not None:
            values = values * self.rarity[columns]
        listed = columns >= HASHED
        for part, weight in ((~listed, 1.0), (listed, LISTS)):
            size = float(np.sqrt((values[part] ** 2).sum()))
            values[part] *= weight / max(size, 1e-9)
        return columns, values.astype(np.float32)


def _grams(words: Sequence[str]) -> Iterator[str]:
    plain = ["0" if word[0].isdigit() else word for word in words if word[0].isalnum()]
    for size in (0, 1, 2):
        mark = "wbt"[size]
        for first, second in zip(plain, plain[size:], strict=False):
            yield f"{mark}{first} {second}" if size else f"w{first}"
    for word in plain:
        padded = f"<{word}>"
        for size in (3, 4, 5):
            for start in range(len(padded) - size + 1):
                yield "c" + padded[start : start + size]


def _list_grams(names: Sequence[str]) -> Iterator[str]:
    once = list(dict.fromkeys(names))
    yield from ("l" + name for name in once)
    if len(once) <= LISTS_PAIRED:
        yield from (f"p{first}>{second}" for index, first in enumerate(once) for second in once[index + 1 :])


def _asks(found: Words, start: int) -> bool:
    """Whether the clause that starts here is a question about what to do or what is so."""
    return found.sentence[start] in found.asks or found.words[start] in _ASKING


def _wants_to_know(found: Words, start: int) -> bool:
    """Whether the clause asks for advice or a fact, as in "how many", "is it ok": it tells of nothing."""
    first, second, third = (*found.words[start : start + 3], "", "", "")[:3]
    return f"{first} {second}" in _FACT_QUESTIONS and third not in ("normal", "usual", "common", "possible")


def of_clauses(tokens: Floats, spans: Spans) -> Floats:
    """One logit a clause and sign (clauses × signs): the smooth maximum over its words."""
    return np.stack([np.logaddexp.reduce(tokens[start:end], axis=0) for start, end in spans])


def own_scores(flags: Sequence[str]) -> Score:
    """The network's scores, its signs in the order of `flags`."""
    from understanding.token_scores import TokenScores

    network = TokenScores()
    order = [network.flags.index(flag) for flag in flags]
    return lambda words: network(words)[:, order]


def _saying_most(found: Words, span: tuple[int, int], tokens: Floats) -> int:
    """The word of the clause that speaks most for the sign, by its logits: the place that negation is judged at."""
    words = [index for index in range(*span) if found.words[index][0].isalnum() and found.words[index] not in NAYS]
    return max(words or [span[0]], key=lambda index: float(tokens[index]))


class SecondOpinion:
    """Reads messages. Loads once; safe to share between threads."""

    def __init__(
        self,
        lexicon: Lexicon,
        path: Path = MODEL,
        score: Score | None = None,
        weights: Weights | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        """FileNotFoundError says to run `make setup` when the model is not built."""
        learned = weights or Weights.load(path)
        self.flags = learned.flags
        self._learned = learned
        self._limits = Limits.of(self.flags, thresholds or read_thresholds())
        self._score = score or own_scores(self.flags)
        self._numbers = Numbers(lexicon, learned.rarity)

    def scores(self, rows: Sequence[Row]) -> Floats:
        """The linear score of every sign in every row."""
        found = np.tile(self._learned.intercepts, (len(rows), 1))
        for index, row in enumerate(rows):
            found[index] += row.values @ self._learned.counted.take(row.columns, axis=0)
        return np.asarray(found, dtype=np.float32)

    def hear(self, found: Words) -> Heard:
        """Score every clause of a message."""
        spans = [(start, end) for start, end in clauses(found) if end - start >= LEAST]
        if not spans:
            nothing = np.zeros((0, len(self.flags)), dtype=np.float32)
            return Heard(found, self.flags, self._limits, spans, nothing, nothing)
        tokens = self._score([forms[0] for forms in found.forms[: max(end for _, end in spans)]])
        scores = self.scores(self._numbers.rows(found, spans)) + TOKENS * of_clauses(tokens, spans)
        return Heard(found, self.flags, self._limits, spans, scores, tokens)


@dataclass(frozen=True)
class Heard:
    """What the second opinion makes of one message.

    `limits`: the thresholds. `scores`: of every sign (columns) in each of the clauses `spans`. `tokens`: the network's
    logits of every sign at each word.
    """

    found: Words
    flags: tuple[str, ...]
    limits: Limits
    spans: Spans
    scores: Floats
    tokens: Floats

    def score(self, flag: str, start: int, end: int) -> float:
        """The best score of a sign in the clauses of these words; infinite where none of them was scored."""
        here = [row for row, (first, last) in enumerate(self.spans) if first < end and start < last]
        return float(self.scores[here, self.flags.index(flag)].max()) if here else float("inf")

    def supports(self, flag: str, start: int, end: int) -> bool:
        """Whether a sign that a pattern sees here is not far off, or these words are in no clause that was scored."""
        return self.score(flag, start, end) >= float(self.limits.likely[self.flags.index(flag)])

    def hints(self, spoken_of: Iterable[str] = ()) -> tuple[Hint, ...]:
        """The signs that the clauses seem to tell of, one hint each, without those `spoken_of` by the patterns."""
        if not self.spans:
            return ()
        hints = []
        settled = frozenset(spoken_of)
        asking = np.array([ASKING if _asks(self.found, start) else 0.0 for start, _ in self.spans], dtype=np.float32)
        telling = np.array([not _wants_to_know(self.found, start) for start, _ in self.spans])
        scores = np.where(telling[:, None], self.scores - asking[:, None], -np.inf)
        for column in np.flatnonzero((scores >= self.limits.doubt).any(axis=0)):
            flag = self.flags[column]
            best = int(scores[:, column].argmax())
            if flag in settled or not self._has_needed(flag, self.spans[best]):
                continue
            score, (start, end) = float(scores[best, column]), self.spans[best]
            at = _saying_most(self.found, self.spans[best], self.tokens[:, column])
            hints.append(Hint(flag, score, start, end, at, score >= float(self.limits.sure[column])))
        return tuple(hints)

    def _has_needed(self, flag: str, span: tuple[int, int]) -> bool:
        """Whether the clause has one of the words without which it cannot tell of the sign, where there are such."""
        needed = self.limits.needed.get(flag)
        return needed is None or not needed.isdisjoint(self.found.words[span[0] : span[1]])

    def outweighs_denial(self, hint: Hint) -> bool:
        """Whether a hint stands although its clause denies something; a clause of nothing but "no" tells of nothing."""
        words = self.found.words[hint.start : hint.end]
        column = self.flags.index(hint.flag)
        return not NAYS.issuperset(words) and hint.score >= float(self.limits.doubt[column]) + DENYING
