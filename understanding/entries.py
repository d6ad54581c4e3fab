"""Finds which entry of the knowledge a question asks for, within the files that it is about.

Likeness of meaning (the sentence encoder, against what each entry is asked as and what it says) and shared words,
weighted by how few entries of the file hold them, so that "how long do I hold it" gets the dose of a stretch.
"""

from __future__ import annotations

import functools
import hashlib
import math
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reasoning.knowledge import Knowledge, shared
from reasoning.reading import Match
from understanding.activities import lemma
from understanding.encoder import FOLDER as ENCODER_FOLDER
from understanding.encoder import Vectors, shared_encoder
from understanding.vectors import encoded, folded

MODELS = Path(__file__).resolve().parents[1] / "models"
LOST = "lost_lists"
THRESHOLD = 0.5  # likeness under which an entry is no answer of its own; set on tests/understanding/entry_questions.yml

# Shares of the score, set on tests/understanding/entry_questions.yml.
ASKED, SAYS, WORDS = 0.7, 0.1, 0.2
SECOND_BEST = 0.25  # of ASKED: the next nearest phrases steady the nearest one
LOOSE = 0.7  # worth of a word that stands anywhere in the entry, against one in the nearest phrase
STRETCH = (0.02, 0.734)  # raw scores that become 0 and 1

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_STOP = frozenset(
    "a an the i i'm im me my mine you your u it its it's is are am was be been being do does did done can could "
    "should would will shall may "
    "might of on in at to for with from and or but so if as by this that these those there here have has had get "
    "got just really "
    "any some please pls hi hello ok thanks actually about up out then than they them their we us our he she his "
    "her".split()
)
_ASKING = {
    **dict.fromkeys(
        ["how long", "how many minutes", "how many mins", "how many seconds", "how many hours", "how many secs"],
        "?long",
    ),
    **dict.fromkeys(["how many days", "how many weeks"], "?long ?days"),
    **dict.fromkeys(
        [
            "how often",
            "how many times a day",
            "how many times a week",
            "how many times daily",
            "times a day",
            "per day",
            "a day",
        ],
        "?often",
    ),
    **dict.fromkeys(["how many times", "how many reps", "how many goes", "how many repetitions"], "?times"),
    "how many sets": "?sets",
    **dict.fromkeys(["how much", "how many"], "?much"),
    **dict.fromkeys(["how soon", "how quickly", "how fast"], "?soon"),
    **dict.fromkeys(["why", "how come", "what's the point of", "whats the point of", "the point", "reason"], "?why"),
    **dict.fromkeys(["who", "where", "when", "which"], ""),
}
_ASKING_PATTERN = re.compile(r"\b(" + "|".join(sorted(map(re.escape, _ASKING), key=len, reverse=True)) + r")\b")
_SAME = {
    "hurt": "pain",
    "painful": "pain",
    "sore": "pain",
    "ache": "pain",
    "uncomfortable": "pain",
    "safe": "safe",
    "dangerous": "safe",
    "mins": "minute",
    "doc": "doctor",
    "docs": "doctor",
    "gp": "doctor",
    "physician": "doctor",
    "bum": "buttock",
    "tummy": "stomach",
    "belly": "stomach",
    "pill": "tablet",
    "xray": "x-ray",
    "tummies": "stomach",
    "pregnant": "pregnancy",
    "expecting": "pregnancy",
    "expect": "pregnancy",
    "drug": "medicine",
    "med": "medicine",
    "medication": "medicine",
    "warmth": "heat",
    "warm": "heat",
    "hot": "heat",
    "cold": "ice",
    "frozen": "ice",
    "electricity": "current",
    "sec": "second",
    "rep": "repeat",
    "repetition": "repeat",
    "rub": "cream",
    "gel": "cream",
    "ointment": "cream",
    "balm": "cream",
    "patch": "cream",
    "bed": "sleep",
    "night": "sleep",
    "asleep": "sleep",
}
_BACK_SPASM = frozenset("back spasm cramp".split())
_ELLIPTIC = 5  # words; a shorter question without a word of its own needs what was talked of
_OPENING = re.compile(r"^(?:and|but|so|ok|okay|then|what about|how about)\b")


@dataclass(frozen=True)
class _Candidate:
    """An entry with the rows of its phrases in the table of vectors; the last row is what it says."""

    file: str
    entry: str
    asked: tuple[str, ...]
    says: str
    group: str  # file in which it is looked for

    @property
    def phrases(self) -> tuple[str, ...]:
        return (*self.asked, self.says)


class EntrySelector:
    """Ranks the entries of knowledge files for a question. Loads on first use; reading is thread-safe."""

    def __init__(self, knowledge: Knowledge | None = None, models: Path = MODELS) -> None:
        """`models` is the folder in which the vectors of the phrases are kept between runs."""
        self._knowledge = knowledge
        self._models = models

    def prepare(self) -> None:
        """Make what is made on first use."""
        _ = self._groups

    def rank(self, question: str, files: Sequence[str], context: str = "") -> tuple[Match, ...]:
        """Every entry of these files, and the lost lists of their topics, best first; () without files or words.

        `context` is the title of what was talked of last; it stands before a question that is not whole by itself.
        """
        asked = question.strip()
        groups = [self._groups[name] for name in dict.fromkeys(files) if name in self._groups]
        if not asked or not groups:
            return ()
        if context and is_elliptic(asked):
            asked = f"{context}: {asked}"
        vector = encoded(asked)
        words = _words(asked)
        found = [match for group in groups for match in group.scores(vector, words)]
        return tuple(sorted(found, key=lambda match: -match.score))

    @functools.cached_property
    def _groups(self) -> Mapping[str, _Group]:
        candidates = list(_candidates(self._knowledge or shared()))
        phrases = list(dict.fromkeys(phrase for item in candidates for phrase in item.phrases))
        table = dict(zip(phrases, self._vectors(phrases), strict=True))
        by_file: dict[str, list[_Candidate]] = {}
        for item in candidates:
            by_file.setdefault(item.group, []).append(item)
        return {name: _Group(items, table) for name, items in by_file.items()}

    def _vectors(self, phrases: Sequence[str]) -> Vectors:
        graph = ENCODER_FOLDER / "encoder.onnx"
        size = graph.stat().st_size if graph.exists() else 0
        digest = hashlib.sha256("\n".join([str(size), *phrases]).encode()).hexdigest()[:16]
        path = self._models / f"entries-{digest}.npz"
        try:
            with np.load(path) as kept:
                vectors: Vectors = kept["vectors"]
                if vectors.shape[0] == len(phrases):
                    return vectors
        except (OSError, ValueError, KeyError):
            pass  # missing or broken: it is made again
        vectors = shared_encoder().encode([folded(phrase) for phrase in phrases])
        _keep(path, vectors)
        return vectors


class _Group:
    """The entries of one file, with what tells them apart."""

    def __init__(self, items: Sequence[_Candidate], table: Mapping[str, Vectors]) -> None:
        self._items = items
        rows = [np.stack([table[phrase] for phrase in item.phrases]) for item in items]
        self._matrix = np.concatenate(rows)
        ends = np.cumsum([len(block) for block in rows])
        self._slices = [slice(int(end) - len(block), int(end)) for block, end in zip(rows, ends, strict=True)]
        asked = [[_words(phrase) for phrase in item.asked] for item in items]
        whole = [_words(item.says).union(*phrases) for item, phrases in zip(items, asked, strict=True)]
        held = Counter(word for words in whole for word in words)
        self._weight = {word: math.log(1 + len(items) / count) for word, count in held.items()}
        self._unknown = math.log(1 + len(items))
        self._words = [
            ([(words, self._sum(words)) for words in phrases if words], every)
            for phrases, every in zip(asked, whole, strict=True)
        ]

    def scores(self, vector: Vectors, words: frozenset[str]) -> Iterable[Match]:
        near = (self._matrix @ vector).tolist()
        weight = self._sum(words)
        for item, rows, (asked, every) in zip(self._items, self._slices, self._words, strict=True):
            *by_phrase, says = near[rows]
            best = sorted(by_phrase, reverse=True)[:2] or [0.0]
            meaning = (1 - SECOND_BEST) * best[0] + SECOND_BEST * sum(best) / len(best)
            raw = ASKED * meaning + SAYS * says + WORDS * self._shared(words, weight, asked, every)
            low, high = STRETCH
            yield Match(item.file, item.entry, round(max(0.0, (raw - low) / (high - low)), 4))

    def _shared(
        self,
        question: frozenset[str],
        weight: float,
        asked: Sequence[tuple[frozenset[str], float]],
        every: frozenset[str],
    ) -> float:
        """Weight of the words shared with the nearest phrase, or with all that the entry says, from 0 to 1."""
        if not weight:
            return 0.0
        loose = LOOSE * self._sum(question & every) / weight
        close = max((self._sum(question & words) / math.sqrt(weight * size) for words, size in asked), default=0.0)
        return max(loose, close)

    def _sum(self, words: Iterable[str]) -> float:
        return sum(self._weight.get(word, self._unknown) for word in words)


def is_elliptic(question: str) -> bool:
    """The question leaves out what it is about: "how long?", "and how often?", "why?"."""
    low = question.lower().strip()
    words = _WORD.findall(low)
    if len(words) > _ELLIPTIC:
        return False
    content = [word for word in _words(low) if not word.startswith("?")]
    return not content or bool(_OPENING.match(low)) or len(words) <= 2


def _candidates(knowledge: Knowledge) -> Iterable[_Candidate]:
    for topic in knowledge.topics.values():
        for entry in topic.entries:
            yield _Candidate(topic.id, entry.id, entry.asked_as, entry.says, topic.id)
    for lost in knowledge.lost_lists.values():
        items = tuple(item.name for item in lost.items)
        yield _Candidate(LOST, lost.id, lost.asked_as, "; ".join(items), lost.topic)


@functools.lru_cache(maxsize=8192)
def _words(text: str) -> frozenset[str]:
    """The words of a text that tell entries apart: lemmas, near synonyms as one, and what kind of figure is asked."""
    low = folded(text)
    found: set[str] = set()

    def take(match: re.Match[str]) -> str:
        found.update(_ASKING[match.group()].split() or [f"?{match.group()}"])
        return " "

    for word in _WORD.findall(_ASKING_PATTERN.sub(take, low)):
        if word in _STOP or word in ("how", "what", "whats", "what's"):
            continue
        base = _SAME.get(word) or _SAME.get(lemma(word)) or lemma(word)
        if base not in _STOP and base not in _BACK_SPASM:
            found.add(base)
    return frozenset(found)


def _keep(path: Path, vectors: Vectors) -> None:
    """Write the vectors whole or not at all; a folder that cannot be written costs only the time of the next start."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".npz.part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, vectors=vectors)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError:
        return
