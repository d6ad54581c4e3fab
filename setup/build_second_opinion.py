"""Trains the watch's second opinion (understanding/second_opinion.py) on `knowledge/second_opinion/`.

texts.jsonl holds what people say: the signs that a text tells of, and the signs that it is near to without telling of
them; phrases.jsonl the same in short, chosen to be hard to tell apart, so only texts.jsonl sets thresholds. The
sentences of `data/topics/` and `data/acts/` are harmless text beside them; a sign that the patterns read in
one of those is neither learned nor unlearned from it. A text tells of a sign in some of its clauses only: a first model
finds out in which, a second learns from those.

Run by `make setup`; does nothing when the model is up to date. `--tune` sets thresholds.yml anew by cross-validation.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from understanding.encoder import shared_encoder  # noqa: E402
from understanding.screen import Screen  # noqa: E402
from understanding.tokens import Words  # noqa: E402

DATA = ROOT / "knowledge" / "second_opinion"
TEXTS, PHRASES, THRESHOLDS = DATA / "texts.jsonl", DATA / "phrases.jsonl", DATA / "thresholds.yml"
RECIPE = 1  # raise when the training below changes, so that every checkout trains anew
REGULARISATION = 10.0  # C of scikit-learn
BALANCE = 0.5  # 0: every clause counts the same; 1: all clauses with a sign count as much as all without
OTHER_CLAUSES = 0.7  # log odds below a text's likeliest clause: nearer ones tell of the sign too
FIRST_LOOK = 3  # one in so many of the clauses without the sign is enough for the first model
FOLDS = 4
# Share of harmless texts, per sign, in which it may be seen: in doubt and for sure; the others' one share.
DOUBT_SHARE, SURE_SHARE, PLAIN_SHARE = 0.0015, 0.0006, 0.002
LOWEST = -3.5  # log odds under which nothing is seen, however quiet the harmless texts are

Floats = npt.NDArray[np.float32]


@dataclass
class Examples:
    """Texts, their clauses as numbers, whose clause it is, and what is known: 1 told, 0 not told, -1 unknown."""

    texts: list[str]
    rows: sparse.csr_matrix
    owners: npt.NDArray[np.int64]
    known: npt.NDArray[np.int8]  # texts × signs
    harmless: npt.NDArray[np.bool_]
    written: int  # so many of the texts are of texts.jsonl; they come first
    rarity: Floats


def main() -> int:
    """Train unless the model is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tune", action="store_true", help="set the thresholds anew by cross-validation")
    arguments = parser.parse_args()
    if arguments.tune:
        tune(read_examples())
    made_from = fingerprint()
    if opinion.MODEL.exists() and str(np.load(opinion.MODEL)["made_from"]) == made_from:
        return 0
    examples = read_examples()
    coefficients, intercepts = train(examples, np.arange(len(examples.texts)))
    thresholds = ruamel.yaml.YAML(typ="safe", pure=True).load(THRESHOLDS.read_text(encoding="utf-8"))
    columns = opinion.HASHED + opinion.LISTED
    opinion.MODEL.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        opinion.MODEL,
        flags=np.array(list(flags())),
        counted=coefficients[:columns].astype(np.float16),
        vectors=coefficients[columns:],
        intercepts=intercepts,
        rarity=examples.rarity,
        doubt=np.array([thresholds[flag]["doubt"] for flag in flags()], dtype=np.float32),
        sure=np.array([thresholds[flag]["sure"] for flag in flags()], dtype=np.float32),
        made_from=made_from,
    )
    return 0


def sources() -> list[Path]:
    """All that the model is made from."""
    language = ROOT / "knowledge" / "lay_language"
    code = [Path(__file__), ROOT / "understanding" / "second_opinion.py"]
    return [
        *code,
        TEXTS,
        PHRASES,
        THRESHOLDS,
        language / "_lexicon.yml",
        language / "_spelling.yml",
        *_harmless_files(),
    ]


def fingerprint() -> str:
    """The hash of recipe and sources."""
    digest = hashlib.sha256(str(RECIPE).encode())
    for path in sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _harmless_files() -> list[Path]:
    return sorted(path for folder in ("topics", "acts") for path in (ROOT / "data" / folder).glob("*.yml"))


def _harmless_texts() -> Iterator[str]:
    for path in _harmless_files():
        for entry in ruamel.yaml.YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")).get("nlu", ()):
            examples: Any = entry.get("examples") or ""
            lines = examples.splitlines() if isinstance(examples, str) else [item["text"] for item in examples]
            yield from (line.strip().removeprefix("- ").strip() for line in lines if line.strip())


def read_examples() -> Examples:
    """All texts as numbers."""
    watch = Screen(learned=False)
    slugs = list(flags())
    written = [json.loads(line) for path in (TEXTS, PHRASES) for line in path.read_text(encoding="utf-8").splitlines()]
    natural = len(TEXTS.read_text(encoding="utf-8").splitlines())
    known = [[int(slug in item["flags"]) for slug in slugs] for item in written]
    harmless = [index < natural and not item["flags"] and not item["near"] for index, item in enumerate(written)]
    texts = [str(item["text"]) for item in written]
    for text in dict.fromkeys(_harmless_texts()):
        read = {item.flag for item in watch.read(text).findings if item.status in (Status.PRESENT, Status.UNSURE)}
        texts.append(text)
        known.append([-int(slug in read) for slug in slugs])
        harmless.append(not read)
    words = [watch.words(text) for text in texts]
    rows, owners, rarity = _numbers(watch, words)
    return Examples(texts, rows, owners, np.array(known, dtype=np.int8), np.array(harmless), len(written), rarity)


def _numbers(watch: Screen, words: Sequence[Words]) -> tuple[sparse.csr_matrix, npt.NDArray[np.int64], Floats]:
    spans = [opinion.clauses(found) for found in words]
    plain = [
        [" ".join(forms[0] for forms in found.forms[start:end]) for start, end in parts]
        for found, parts in zip(words, spans, strict=True)
    ]
    needed = sorted({text for parts in plain for text in parts}, key=len)
    vectors = dict(zip(needed, shared_encoder().encode(needed), strict=True))
    numbers = opinion.Numbers(watch.lexicon, lambda texts: np.stack([vectors[text] for text in texts]))
    found_rows: list[opinion.Row] = []
    owners: list[int] = []
    for owner, (found, parts) in enumerate(zip(words, spans, strict=True)):
        if parts:
            found_rows += numbers.rows(found, parts)
            owners += [owner] * len(parts)
    width = opinion.HASHED + opinion.LISTED
    having = np.bincount(np.concatenate([row.columns for row in found_rows]), minlength=width)
    rarity = (np.log((1 + len(found_rows)) / (1 + having)) + 1).astype(np.float32)
    numbers.rarity = rarity
    found_rows = []
    for found, parts in zip(words, spans, strict=True):
        if parts:
            found_rows += numbers.rows(found, parts)
    counted = sparse.csr_matrix(
        (
            np.concatenate([row.values for row in found_rows]),
            np.concatenate([row.columns for row in found_rows]),
            np.cumsum([0, *(len(row.columns) for row in found_rows)]),
        ),
        shape=(len(found_rows), width),
    )
    dense = sparse.csr_matrix(np.stack([row.vectors for row in found_rows]))
    return sparse.hstack([counted, dense], format="csr"), np.array(owners), rarity


def train(examples: Examples, chosen: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Coefficients (columns × signs) and intercepts, learned from the chosen texts."""
    use = np.isin(examples.owners, chosen)
    rows, owners = examples.rows[use], examples.owners[use]
    learned = [_learn(rows, owners, examples.known[owners, sign]) for sign in range(examples.known.shape[1])]
    return (
        np.array([weights for weights, _ in learned], dtype=np.float32).T.copy(),
        np.array([intercept for _, intercept in learned], dtype=np.float32),
    )


def _learn(rows: sparse.csr_matrix, owners: npt.NDArray[np.int64], known: npt.NDArray[np.int8]) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression

    told = known == 1
    weight = np.where(told, (len(told) / told.sum()) ** BALANCE, 1.0)
    keep = (known >= 0) & (told | (np.arange(len(told)) % FIRST_LOOK == 0))
    for final in (False, True):
        model = LogisticRegression(
            C=REGULARISATION, solver="liblinear", dual=True, tol=0.01 if final else 0.1, max_iter=200, random_state=0
        )
        model.fit(rows[keep], told[keep], sample_weight=weight[keep])
        if not final:
            keep = (known == 0) | _telling(model.decision_function(rows), owners, told)
    return model.coef_[0], float(model.intercept_[0])


def _telling(
    scores: npt.NDArray[np.float64], owners: npt.NDArray[np.int64], told: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Of the clauses of texts that tell of the sign, those that are likely to do it."""
    best = np.full(int(owners.max()) + 1, -np.inf)
    np.maximum.at(best, owners[told], scores[told])
    return np.asarray(told & (scores >= best[owners] - OTHER_CLAUSES))


def cross_validated(examples: Examples) -> npt.NDArray[np.float64]:
    """For every text the log odds of every sign, by models that did not see it."""
    fold = np.random.default_rng(0).permutation(len(examples.texts)) % FOLDS
    scores = np.full(examples.known.shape, -np.inf)
    for number in range(FOLDS):
        coefficients, intercepts = train(examples, np.flatnonzero(fold != number))
        held = np.isin(examples.owners, np.flatnonzero(fold == number))
        found = examples.rows[held] @ coefficients + intercepts
        np.maximum.at(scores, examples.owners[held], found)
    return scores


def tune(examples: Examples) -> None:
    """Write thresholds.yml: the log odds from which a sign counts, by what harmless texts reach."""
    scores = cross_validated(examples)[examples.harmless]
    found = {}
    for column, (slug, flag) in enumerate(flags().items()):
        emergency = flag.level.emergency or flag.level_if_unknown.emergency
        shares = (DOUBT_SHARE, SURE_SHARE) if emergency else (PLAIN_SHARE, PLAIN_SHARE)
        doubt, sure = (max(LOWEST, float(np.quantile(scores[:, column], 1 - share))) for share in shares)
        found[slug] = {"doubt": round(doubt, 2), "sure": round(sure, 2)}
    lines = [f"{slug}: {{doubt: {pair['doubt']}, sure: {pair['sure']}}}" for slug, pair in found.items()]
    head = "# Log odds for a sign, in doubt and for sure (build_second_opinion.py --tune).\n"
    THRESHOLDS.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
