"""Trains the watch's second opinion (understanding/second_opinion.py) on `knowledge/second_opinion/`.

texts.jsonl holds what people say: the signs that a text tells of, and the signs that it is near to without telling of
them; phrases.jsonl the same in short; harmless.txt what people ask a bot about back spasms, chosen from `data/` by
`--harmless`; held.jsonl and natural.jsonl what only thresholds are set on; pairs.jsonl what only patterns are judged by
(bench/patterns.py).
A text tells of a sign in some of its clauses only: a first model finds out in which, and which clauses without the sign
are hard to tell from it; a second learns from those.

Run by `make setup`; does nothing when the model is up to date. For developers: `--harmless` chooses the harmless
sentences anew, `--tune` sets thresholds.yml on the answers of the whole watch to texts that it has not learned from.
Both write files that are in git.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import ruamel.yaml
from scipy import sparse

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reasoning.red_flags import flags  # noqa: E402
from reasoning.triage import Status  # noqa: E402
from understanding import second_opinion as opinion  # noqa: E402
from understanding.screen import Screen  # noqa: E402
from understanding.tokens import Words  # noqa: E402

DATA = opinion.KNOWLEDGE
NATURAL = DATA / "natural.jsonl"
TEXTS, PHRASES, HARMLESS = DATA / "texts.jsonl", DATA / "phrases.jsonl", DATA / "harmless.txt"
OPEN = ROOT / "tests" / "vignettes" / "open.jsonl"
STAMP = opinion.MODEL.with_suffix(".made_from")
CLASSIFIER = 1.0  # C of scikit-learn's LinearSVC
BALANCE = 0.3  # 0: every clause counts the same; 1: all clauses with a sign count as much as all without
OTHER_CLAUSES = 0.7  # margin below a text's likeliest clause: nearer ones tell of the sign too
FIRST_LOOK = 10  # one in so many of the clauses without the sign is enough for the first model
HARD = 1500  # so many clauses without the sign, those nearest to it, are enough for the second
HARD_HARMLESS, OTHER_HARMLESS = 600, 400  # harmless sentences that are trained on
LONGEST_HARMLESS = 24  # words
TRUE_SIGN = 0.2  # a harmless sentence with a higher score may tell of a sign after all
FLOOR, HIGHEST = -1.2, 2.0  # between them every threshold of a sign that is added lies
LOWEST = -3.0  # and of one that is let stand
SURER = 0.3  # margin from doubt to sure, for signs that can be an emergency
SOFT = 0.08  # a step as wide as this in place of a sharp one: few texts shall not set a threshold
FALSE_ALARM = 0.2  # what a false alarm on a look-alike costs where a sign that is found gains 1
ORDINARY_ALARM, ORDINARY_SIGN = 0.7, 1.5  # the same on an ordinary message: of an emergency, of another sign
WRONG_REASON = 0.2  # cost of a sign beside a true emergency, and gain where the patterns saw another one
RAISED = 0.25  # the part of a false alarm's cost that counts where a pattern has raised it
NEARLY = 0.97  # share of the most gain
COMMON = 10.0  # texts' worth of weight on where the thresholds of all like signs would be

Floats = npt.NDArray[np.float32]


@dataclass
class Examples:
    """Texts, their clauses as numbers, whose clause it is, and which signs each text tells of (texts × signs)."""

    texts: list[str]
    rows: sparse.csr_matrix
    owners: npt.NDArray[np.int64]
    told: npt.NDArray[np.bool_]
    rarity: Floats


@dataclass(frozen=True)
class Scored:
    """A sign that the second opinion would add to a text, or let stand: its score, and what that gains (costs: < 0)."""

    flag: str
    score: float
    gain: float


def main() -> int:
    """Train unless the model is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--harmless", action="store_true", help="choose the harmless sentences anew")
    parser.add_argument("--tune", type=Path, metavar="TEXTS", help="set the thresholds anew (setup/adapter/README.md)")
    parser.add_argument("--stand", action="store_true", help="with --tune: only those from which patterns stand")
    arguments = parser.parse_args()
    if arguments.harmless:
        choose_harmless()
    if arguments.tune:
        tune(arguments.tune, arguments.stand)
    made_from = fingerprint()
    if opinion.MODEL.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == made_from:
        return 0
    texts, told = read_texts()
    examples = as_examples(Screen(learned=False), texts, told)
    train(examples, np.arange(len(texts))).save(opinion.MODEL)
    STAMP.write_text(made_from, encoding="utf-8")
    return 0


def sources() -> list[Path]:
    """All that the model is made from; of the lay language all, since slips are repaired towards its words."""
    language, reading = ROOT / "knowledge" / "lay_language", ROOT / "understanding"
    code = [Path(__file__), *(reading / f"{name}.py" for name in ("second_opinion", "tokens", "spelling"))]
    return [*code, TEXTS, PHRASES, HARMLESS, *sorted(language.glob("*.yml"))]


def fingerprint() -> str:
    """The hash of the sources."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_texts() -> tuple[list[str], npt.NDArray[np.bool_]]:
    """All texts that are trained on, with the signs that they tell of: written ones, phrases, harmless ones."""
    items = [item for path in (TEXTS, PHRASES) for item in read_lines(path)]
    harmless = HARMLESS.read_text(encoding="utf-8").splitlines() if HARMLESS.exists() else []
    told = np.zeros((len(items) + len(harmless), len(flags())), dtype=np.bool_)
    for row, item in enumerate(items):
        told[row] = [slug in item["flags"] for slug in flags()]
    return [*(str(item["text"]) for item in items), *harmless], told


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The texts of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def as_examples(watch: Screen, texts: list[str], told: npt.NDArray[np.bool_]) -> Examples:
    """The texts' clauses as numbers."""
    numbers = opinion.Numbers(watch.lexicon)
    counts: list[dict[int, float]] = []
    owners: list[int] = []
    for owner, text in enumerate(texts):
        found = watch.words(text)
        parts = opinion.clauses(found)
        counts += numbers.counts(found, parts)
        owners += [owner] * len(parts)
    width = opinion.HASHED + opinion.LISTED
    having = np.bincount(np.fromiter((column for row in counts for column in row), dtype=np.int64), minlength=width)
    numbers.rarity = (np.log((1 + len(counts)) / (1 + having)) + 1).astype(np.float32)
    columns, values = zip(*map(numbers.weighed, counts), strict=True)
    ends = np.cumsum([0, *map(len, columns)])
    rows = sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(len(counts), width))
    return Examples(texts, rows, np.array(owners), told, numbers.rarity)


def train(examples: Examples, chosen: npt.NDArray[np.int64]) -> opinion.Weights:
    """What is learned from the chosen texts."""
    use = np.isin(examples.owners, chosen)
    rows, owners = examples.rows[use].astype(np.float64), examples.owners[use]
    learned = [_learn(rows, owners, examples.told[owners, sign], sign) for sign in range(len(flags()))]
    coefficients = np.array([weights for weights, _ in learned], dtype=np.float32).T.copy()
    intercepts = np.array([intercept for _, intercept in learned], dtype=np.float32)
    return opinion.Weights(tuple(flags()), coefficients, intercepts, examples.rarity)


def _learn(
    rows: sparse.csr_matrix, owners: npt.NDArray[np.int64], told: npt.NDArray[np.bool_], sign: int
) -> tuple[npt.NDArray[np.float64], float]:
    from sklearn.svm import LinearSVC

    weight = np.where(told, (len(told) / told.sum()) ** BALANCE, 1.0)
    keep = told | ((np.arange(len(told)) + sign) % FIRST_LOOK == 0)
    first = LinearSVC(C=CLASSIFIER, tol=0.3, max_iter=60, random_state=0)
    scores = first.fit(rows[keep], told[keep], sample_weight=weight[keep]).decision_function(rows)
    # What lies beyond the margin has no say in this kind of classifier, so leaving it out changes little.
    keep = _telling(scores, owners, told)
    without = np.flatnonzero(~told)
    keep[without[np.argsort(-scores[without])[:HARD]]] = True
    final = LinearSVC(C=CLASSIFIER, tol=0.05, max_iter=200, random_state=0)
    final.fit(rows[keep], told[keep], sample_weight=weight[keep])
    return final.coef_[0], float(final.intercept_[0])


def _telling(
    scores: npt.NDArray[np.float64], owners: npt.NDArray[np.int64], told: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Of the clauses of texts that tell of the sign, those that are likely to do it."""
    best = np.full(int(owners.max()) + 1, -np.inf)
    np.maximum.at(best, owners[told], scores[told])
    return np.asarray(told & (scores >= best[owners] - OTHER_CLAUSES))


# --- for developers: harmless sentences and thresholds ----------------------------------------------------------------


def tune(texts_file: Path, only_stand: bool) -> None:
    """Write thresholds.yml from what the whole watch says to the texts that neither reader was trained on.

    `texts_file`: what setup/adapter/texts.py wrote; the adapter in use was trained on those of it that are not held.
    `only_stand`: from which score a sign is added stays as it is, which is right when patterns were mended on the held
    texts since: what they miss there is less than what they miss elsewhere.
    """
    held = [item for item in read_lines(texts_file) if item["held"]]
    unknown = {item["text"] for item in held}
    watch = Screen(learned=False)
    texts, told = read_texts()
    learned_from = np.array([index for index, text in enumerate(texts) if text not in unknown])
    weights = train(as_examples(watch, texts, told), learned_from)
    added, stand = hear(watch, weights, held)
    _, more = hear(watch, weights, list(later_texts()))
    write_thresholds(None if only_stand else added, [*stand, *more])


def later_texts() -> Iterator[dict[str, Any]]:
    """Texts on which only the thresholds of `likely` are set: natural.jsonl, and the open vignettes.

    Patterns are mended on the open vignettes, so what the second opinion adds to patterns there tells little.
    """
    yield from ({**item, "kind": "text"} for item in read_lines(NATURAL))
    there = (Status.PRESENT, Status.UNSURE)
    for item in read_lines(OPEN):
        told = [finding["flag"] for finding in item["findings"] if finding["status"] in there]
        yield {"text": item["text"], "flags": told, "kind": "text"}


def spoken_to_the_bot() -> Iterator[str]:
    for path in sorted(path for folder in ("topics", "acts") for path in (ROOT / "data" / folder).glob("*.yml")):
        for entry in ruamel.yaml.YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")).get("nlu", ()):
            examples: Any = entry.get("examples") or ""
            lines = examples.splitlines() if isinstance(examples, str) else [item["text"] for item in examples]
            yield from (line.strip().removeprefix("- ").strip() for line in lines if line.strip())


def tells_of(watch: Screen, text: str) -> set[str]:
    return {item.flag for item in watch.read(text).findings if item.status in (Status.PRESENT, Status.UNSURE)}


def _emergencies(slugs: Iterable[str]) -> set[str]:
    return {slug for slug in slugs if flags()[slug].can_be_emergency}


def choose_harmless() -> None:
    """Write those that a model without them finds most alarming, and some of the others.

    What the patterns see a sign in is left out, and so is what the model is sure of: it may be one.
    """
    watch = Screen(learned=False)
    HARMLESS.write_text("", encoding="utf-8")
    texts, told = read_texts()
    new = dict.fromkeys(spoken_to_the_bot()).keys() - set(texts)
    sentences = [text for text in sorted(new) if len(text.split()) <= LONGEST_HARMLESS and not tells_of(watch, text)]
    nothing = np.zeros((len(sentences), len(flags())), dtype=np.bool_)
    examples = as_examples(watch, [*texts, *sentences], np.vstack([told, nothing]))
    weights = train(examples, np.arange(len(texts)))
    coefficients = weights.counted
    alarm = np.full(len(examples.texts), -np.inf)
    np.maximum.at(alarm, examples.owners, (examples.rows @ coefficients + weights.intercepts).max(axis=1))
    alarm = alarm[len(texts) :]
    order = [index for index in np.argsort(-alarm) if alarm[index] < TRUE_SIGN]
    rest = np.random.default_rng(0).permutation(order[HARD_HARMLESS:])[:OTHER_HARMLESS]
    chosen = sorted(sentences[index] for index in (*order[:HARD_HARMLESS], *rest))
    HARMLESS.write_text("".join(f"{text}\n" for text in chosen), encoding="utf-8")


@dataclass(frozen=True)
class _Noting(opinion.Heard):
    """Notes the scores that it is asked for: of signs that it adds, and of signs that need its support."""

    added: dict[str, float] = field(default_factory=dict)
    supported: dict[str, float] = field(default_factory=dict)

    def hints(self, spoken_of: Iterable[str] = ()) -> tuple[opinion.Hint, ...]:
        found = super().hints(spoken_of)
        self.added.update({hint.flag: hint.score for hint in found})
        return found

    def supports(self, flag: str, start: int, end: int) -> bool:
        score = self.score(flag, start, end)
        self.supported[flag] = max(score, self.supported.get(flag, -np.inf))
        return super().supports(flag, start, end)


class _Listening(opinion.SecondOpinion):
    """Keeps what it noted last."""

    last: _Noting | None = None

    def hear(self, found: Words) -> opinion.Heard:
        heard = super().hear(found)
        self.last = _Noting(**{item.name: getattr(heard, item.name) for item in fields(heard)})
        return self.last


def hear(
    watch: Screen, weights: opinion.Weights, held: Sequence[Mapping[str, Any]]
) -> tuple[list[Scored], list[Scored]]:
    """What the second opinion adds to the watch's reading of texts, and what it lets stand, with the gain of each."""
    added, stand = [], []
    eager, strict = _listening(watch, weights, FLOOR), _listening(watch, weights, np.inf)
    for item in held:
        told = None if item["kind"] == "ordinary" else frozenset(item["flags"])
        counting, noted = tells_of(eager, item["text"]), eager._second_opinion.last  # type: ignore[union-attr]
        firm = tells_of(strict, item["text"])
        if noted is None:
            continue
        # Hints are of signs that the patterns do not speak of.
        known = counting - noted.added.keys()
        added += [Scored(slug, noted.added[slug], _gain(slug, told, known)) for slug in sorted(counting - known)]
        leaning = known & noted.supported.keys() - firm
        stand += [Scored(slug, noted.supported[slug], _standing_gain(slug, told, firm)) for slug in sorted(leaning)]
    return added, stand


def _listening(watch: Screen, weights: opinion.Weights, doubt: float) -> Screen:
    """A watch whose second opinion adds what lies above `doubt`; below infinity it lets everything stand."""
    likely = np.inf if doubt == np.inf else -np.inf
    listening = Screen(learned=False)
    limits = dict.fromkeys(flags(), (likely, doubt, doubt))
    listening._second_opinion = _Listening(watch.lexicon, weights=weights, thresholds=limits)
    return listening


def _standing_gain(slug: str, told: frozenset[str] | None, known: set[str]) -> float:
    """A false alarm that a pattern has raised costs less than one out of nothing: rather no true one is lost."""
    gain = _gain(slug, told, known)
    return gain if gain > 0 else gain * RAISED


def _gain(slug: str, told: frozenset[str] | None, known: set[str]) -> float:
    """`told`: the signs of a text that was written about signs; None for what people say on an ordinary day."""
    if told is None:
        return -ORDINARY_ALARM if _emergencies({slug}) else -ORDINARY_SIGN
    if slug in told:
        return WRONG_REASON if _emergencies({slug}) and _emergencies(known) else 1.0
    small = _emergencies(told | known) if _emergencies({slug}) else told
    return -FALSE_ALARM * (WRONG_REASON if small else 1.0)


def write_thresholds(added: Sequence[Scored] | None, stand: Sequence[Scored]) -> None:
    """Write thresholds.yml: for every sign the scores from which it gains more than it costs.

    Without `added`, `doubt` stays as it is.

    `likely`, from which a pattern that is often wrong may stand, is never above `doubt`; of those that gain nearly the
    most it is the highest, as what is gained changes little over a wide range.
    """
    emergencies = _emergencies(flags())
    if added is None:
        doubts = {slug: doubt for slug, (_, doubt, _) in opinion.read_thresholds().items()}
    else:
        doubts = {slug: best[0] for slug, best in near_best_thresholds(added, FLOOR, 1.0).items()}
    lines = ["# Scores for a sign: likely, in doubt and for sure (build_second_opinion.py --tune).\n"]
    for slug, near_best in near_best_thresholds(stand, LOWEST, NEARLY).items():
        likely = min(doubts[slug], max(near_best))
        sure = doubts[slug] + (SURER if slug in emergencies else 0.0)
        lines.append(f"{slug}: {{likely: {likely:.2f}, doubt: {doubts[slug]:.2f}, sure: {sure:.2f}}}\n")
    opinion.THRESHOLDS.write_text("".join(lines), encoding="utf-8")


def near_best_thresholds(scored: Sequence[Scored], lowest: float, share: float) -> dict[str, list[float]]:
    """For every sign those that gain at least this share of the most that can be gained.

    Where few texts tell, mostly what all signs of its kind gain counts.
    """
    grid = np.arange(lowest, HIGHEST, 0.02)
    worth = {slug: _worth(grid, [item for item in scored if item.flag == slug]) for slug in flags()}
    emergencies = _emergencies(flags())
    found = {}
    for slug in flags():
        alike = [worth[other] for other in flags() if (other in emergencies) == (slug in emergencies)]
        common = np.sum(alike, axis=0)
        total = worth[slug] + COMMON * common / max(float(np.abs(common).max()), 1e-9)
        found[slug] = [float(value) for value in grid[total >= total.max() - (1 - share) * abs(total.max())]]
    return found


def _worth(grid: npt.NDArray[np.float64], heard: Sequence[Scored]) -> npt.NDArray[np.float64]:
    """What the items gain when the threshold lies at each place of the grid."""
    scores, gains = (np.array([getattr(item, name) for item in heard]) for name in ("score", "gain"))
    return np.asarray((gains / (1 + np.exp((grid[:, None] - scores) / SOFT))).sum(axis=1))


if __name__ == "__main__":
    sys.exit(main())
