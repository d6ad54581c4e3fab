"""A learned second opinion of the watch: it sees danger signs in wordings that no pattern foresaw.

A linear classifier for every sign reads each clause of a message: the clause's sentence vector and that of the whole
message, its words and letters, and the word lists of the lay language that occur in it. Trained by
setup/build_second_opinion.py on `knowledge/second_opinion/`; here only numpy. It adds findings and takes none away.
The time grows with the length of the message and no faster. docs/decisions/0007-second-opinion.md has the reasons.
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
DIMENSIONS = 384
AT_ONCE = 4  # clauses in one run of the encoder
ASKING = 0.3  # margin that a question must have beyond what a statement needs
CLEARLY = 0.15  # margin that a "no" must add to count as part of a sign
VECTOR, MESSAGE_VECTOR, LISTS = 1.0, 0.5, 0.7  # weights of the parts beside words and letters
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
_NAYS = frozenset("no not never without none neither nor nothing nope nil zero".split())

Floats = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]
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
    vectors: Floats
    intercepts: Floats
    rarity: Floats

    @classmethod
    def load(cls, path: Path) -> Weights:
        """FileNotFoundError says to run `make setup` when there is none."""
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing: run `make setup`")
        with np.load(path, allow_pickle=False) as stored:
            numbers = [stored[name].astype(np.float32) for name in ("counted", "vectors", "intercepts", "rarity")]
            return cls(tuple(str(flag) for flag in stored["flags"]), *numbers)

    def save(self, path: Path) -> None:
        """Half the precision for the many columns of words: a third of the size, the same answers."""
        path.parent.mkdir(exist_ok=True)
        np.savez_compressed(
            path,
            flags=np.array(self.flags),
            counted=self.counted.astype(np.float16),
            vectors=self.vectors,
            intercepts=self.intercepts,
            rarity=self.rarity,
        )


@dataclass
class Row:
    """One clause as numbers: columns with their values, and the vectors."""

    columns: npt.NDArray[np.int64]
    values: Floats
    vectors: Floats


def read_needed(path: Path = NEEDED) -> dict[str, frozenset[str]]:
    """The words of which a clause must have one to tell of a sign, by sign."""
    return {str(flag): frozenset(str(words).split()) for flag, words in read_yaml(path).items()}


def read_thresholds(path: Path = THRESHOLDS) -> dict[str, tuple[float, float]]:
    """The scores from which a sign is in doubt and for sure, by sign."""
    return {str(flag): (float(pair["doubt"]), float(pair["sure"])) for flag, pair in read_yaml(path).items()}


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

    def __init__(self, lexicon: Lexicon, encode: Encode, rarity: Floats | None = None) -> None:
        """`rarity` (one value a column) weighs what few clauses have; without it all count the same."""
        self._lexicon = lexicon
        self._lists = {lexicon.label(name): name for name in lexicon.lists}
        self._encode = encode
        self.rarity = rarity

    def rows(self, found: Words, spans: Spans, without: Iterable[int] = ()) -> list[Row]:
        """The clauses of a message. Words `without` are read over."""
        skipped = frozenset(without)
        words = [forms[0] for forms in found.forms]
        pieces = [[index for index in range(start, end) if index not in skipped] for start, end in spans]
        vectors = self._encoded([" ".join(words[index] for index in piece) for piece in pieces])
        return [
            Row(*self.weighed(counts), vector)
            for counts, vector in zip(self.counts(found, spans, pieces), with_message(vectors), strict=True)
        ]

    def _encoded(self, texts: Sequence[str]) -> Floats:
        """The vectors of the texts; those of like length together, so that little is padding."""
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for start in range(0, len(order), AT_ONCE):
            chosen = order[start : start + AT_ONCE]
            vectors[chosen] = self._encode([texts[index] for index in chosen])
        return vectors

    def counts(self, found: Words, spans: Spans, pieces: Sequence[Sequence[int]]) -> list[dict[int, float]]:
        """For every clause, how often each column occurs in its words `pieces`."""
        return [
            self._count(found, piece, places) for piece, places in zip(pieces, self._places(found, spans), strict=True)
        ]

    def _count(self, found: Words, piece: Sequence[int], places: Sequence[tuple[int, str]]) -> dict[int, float]:
        counts: dict[int, float] = {}
        for gram in _grams([found.forms[index][0] for index in piece]):
            column = zlib.crc32(gram.encode()) % HASHED
            counts[column] = counts.get(column, 0.0) + 1.0
        inside = frozenset(piece)
        for gram in _list_grams([name for start, name in places if start in inside]):
            counts[HASHED + zlib.crc32(gram.encode()) % LISTED] = 1.0
        return counts

    def _places(self, found: Words, spans: Spans) -> list[list[tuple[int, str]]]:
        """For every clause, the word lists in it with their first words."""
        where = sorted(
            (start, self._lists[number])
            for number, starts in self._lexicon.find(found).items()
            if number in self._lists
            for start in starts
        )
        return [[place for place in where if start <= place[0] < end] for start, end in spans]

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


def with_message(vectors: Floats) -> Floats:
    """The vectors of the clauses, each with the weighed mean of all beside it."""
    mean = vectors.sum(axis=0)
    mean = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return np.hstack([vectors * VECTOR, np.tile(mean * MESSAGE_VECTOR, (len(vectors), 1))]).astype(np.float32)


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


class SecondOpinion:
    """Reads messages. Loads once; safe to share between threads."""

    def __init__(
        self,
        lexicon: Lexicon,
        path: Path = MODEL,
        encode: Encode | None = None,
        weights: Weights | None = None,
        thresholds: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        """FileNotFoundError says to run `make setup` when the model is not built."""
        learned = weights or Weights.load(path)
        self.flags = learned.flags
        self._learned = learned
        limits = thresholds or read_thresholds()
        self._doubt, self._sure = np.array([limits[flag] for flag in self.flags], dtype=np.float32).T
        self._needed = read_needed()
        if encode is None:
            from understanding.encoder import shared_encoder

            encode = shared_encoder().encode
        self._numbers = Numbers(lexicon, encode, learned.rarity)

    def scores(self, rows: Sequence[Row]) -> Floats:
        """The score of every sign in every row."""
        found = np.stack([row.vectors for row in rows]) @ self._learned.vectors + self._learned.intercepts
        for index, row in enumerate(rows):
            found[index] += row.values @ self._learned.counted[row.columns]
        return np.asarray(found, dtype=np.float32)

    def read(self, found: Words, spoken_of: Iterable[str] = ()) -> tuple[Hint, ...]:
        """The signs that the clauses seem to tell of, one hint each; signs `spoken_of` are left to the patterns."""
        spans = [(start, end) for start, end in clauses(found) if end - start >= LEAST]
        if not spans:
            return ()
        rows = self._numbers.rows(found, spans)
        scores = self.scores(rows)
        hints = []
        settled = frozenset(spoken_of)
        asking = np.array([ASKING if _asks(found, start) else 0.0 for start, _ in spans], dtype=np.float32)
        telling = np.array([not _wants_to_know(found, start) for start, _ in spans])
        scores = np.where(telling[:, None], scores - asking[:, None], -np.inf)
        for column in np.flatnonzero((scores >= self._doubt).any(axis=0)):
            flag = self.flags[column]
            best = int(scores[:, column].argmax())
            if flag in settled or not self._has_needed(flag, found, spans[best]):
                continue
            score, (start, end) = float(scores[best, column]), spans[best]
            at = self._saying_most(found, spans[best], int(column))
            hints.append(Hint(flag, score, start, end, at, score >= float(self._sure[column])))
        return tuple(hints)

    def _has_needed(self, flag: str, found: Words, span: tuple[int, int]) -> bool:
        """Whether the clause has one of the words without which it cannot tell of the sign, where there are such."""
        needed = self._needed.get(flag)
        return needed is None or not needed.isdisjoint(found.words[span[0] : span[1]])

    def _saying_most(self, found: Words, span: tuple[int, int], column: int) -> int:
        """The word of the clause whose letters speak most for the sign: the place that negation is judged at."""
        weights = self._learned.counted[:, column]
        rarity = self._learned.rarity
        best, most = span[0], -np.inf
        for index in range(*span):
            word = found.forms[index][0]
            if not word[0].isalnum() or word in _NAYS:
                continue
            columns = [zlib.crc32(gram.encode()) % HASHED for gram in _grams([word])]
            told = weights[columns] * rarity[columns]
            said = float(told.sum()) / len(columns) ** 0.5
            if said > most:
                best, most = index, said
        return best

    def denial_belongs(self, found: Words, hint: Hint) -> bool | None:
        """Whether the "no" in a clause is part of the sign ("no feeling"): without it the sign is less likely.

        None when nothing is denied in the clause.
        """
        nays = [index for index in range(hint.start, hint.end) if found.words[index] in _NAYS]
        if not nays:
            return None
        if len(nays) == hint.end - hint.start:
            return False
        span = [(hint.start, hint.end)]
        with_nay, without = (
            self.scores(self._numbers.rows(found, span, skipped))[0, self.flags.index(hint.flag)]
            for skipped in ((), nays)
        )
        return bool(with_nay > without + CLEARLY)
