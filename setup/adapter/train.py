"""Trains the adapter of the watch's second opinion. See the README beside this file.

The loss is binary cross-entropy for every sign over the smooth maximum of a text's word pieces: nobody has to mark
which words tell of a sign. Texts are read as they are or changed a little: a spelling mistake, or a harmless sentence
before or after, so that a sign is found inside a story.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from model import as_numpy, base, fresh, lower, of_texts, scores
from tokenizers import Tokenizer

RANK = 16
RATE, EPOCHS = 1.5e-3, 6
BATCH_PIECES = 2048  # word pieces of one batch, padding counted
LONGEST = 126  # word pieces without the marks; the window of understanding/encoder.py
TOLD, NEAR = 4.0, 2.0  # weight of a sign that is told of, and of one that a text only comes near to
TYPO, JOINED = 0.25, 0.35  # share of the changed texts with a spelling mistake, with a harmless sentence beside
STEP = 16  # lengths are rounded up to this, so that few shapes are compiled


def main() -> None:
    """Train on the texts of a file and store the adapter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("weights", type=Path, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    items = [json.loads(line) for line in arguments.texts.read_text(encoding="utf-8").splitlines()]
    items = [item for item in items if not item["held"]]
    signs = sorted({sign for item in items for sign in item["flags"]})
    tokenizer = Tokenizer.from_file(str(arguments.weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    learned = train(items, signs, tokenizer, base(arguments.weights / "model.safetensors"))
    np.savez_compressed(arguments.target, signs=np.array(signs), **as_numpy(learned))


def pieces(tokenizer: Any, words: list[str]) -> list[int]:
    """The numbers of a text's word pieces between the two marks."""
    ids = tokenizer.encode(words, is_pretokenized=True, add_special_tokens=False).ids[:LONGEST]
    return [tokenizer.token_to_id("[CLS]"), *ids, tokenizer.token_to_id("[SEP]")]


def changed(words: list[str], chance: random.Random, harmless: list[list[str]]) -> list[str]:
    """The text with a spelling mistake or a harmless sentence beside it, or as it is."""
    words = list(words)
    if chance.random() < JOINED:
        other = chance.choice(harmless)
        words = [*other, ".", *words] if chance.random() < 0.5 else [*words, ".", *other]
    if chance.random() < TYPO:
        long = [index for index, word in enumerate(words) if len(word) > 3 and word.isalpha()]
        for index in chance.sample(long, min(len(long), 1 + len(words) // 20)):
            words[index] = misspelt(words[index], chance)
    return words


def misspelt(word: str, chance: random.Random) -> str:
    """One letter left out, doubled, or changed places with the next."""
    at = chance.randrange(len(word) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def batches(lengths: list[int], chance: random.Random) -> Iterator[list[int]]:
    """Numbers of texts of like length, in random order."""
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], chance.random()))
    groups, start = [], 0
    while start < len(order):
        # The longest of a batch is its last, so its size is found from the end of where it could reach.
        size = max(8, BATCH_PIECES // padded(lengths[order[min(start + 64, len(order) - 1)]]) // 8 * 8)
        groups.append(order[start : start + min(size, 64)])
        start += min(size, 64)
    chance.shuffle(groups)
    yield from groups


def padded(length: int) -> int:
    """A length rounded up."""
    return -(-length // STEP) * STEP


def matrix(texts: list[list[int]], rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers, mask and what lies between the marks; empty rows fill up to `rows`."""
    width = padded(max(map(len, texts)))
    ids, mask, inner = (np.zeros((rows, width), dtype) for dtype in (np.int32, np.float32, np.float32))
    mask[len(texts) :, 0] = 1
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
        inner[row, 1 : len(text) - 1] = 1
    return ids, mask, inner


def train(items: list[dict[str, Any]], signs: list[str], tokenizer: Any, weights: Any) -> Any:
    """Adapters and head."""
    chance = random.Random(1)
    harmless = [item["words"] for item in items if item["kind"] == "ordinary" and 3 < len(item["words"]) < 25]
    told = np.array([[sign in item["flags"] for sign in signs] for item in items], np.float32)
    near = np.array([[sign in item["near"] for sign in signs] for item in items], np.float32)
    importance = 1 + (TOLD - 1) * told + (NEAR - 1) * near * (1 - told)
    versions = [[pieces(tokenizer, item["words"]) for item in items]]
    versions += [[pieces(tokenizer, changed(item["words"], chance, harmless)) for item in items] for _ in range(2)]
    groups = [list(batches(list(map(len, version)), chance)) for version in versions]
    learned = fresh(weights, RANK, len(signs), seed=0)
    steps = sum(len(groups[epoch % len(groups)]) for epoch in range(EPOCHS))
    optimiser = optax.adamw(optax.cosine_decay_schedule(RATE, steps, 0.02), weight_decay=1e-4)
    state = optimiser.init(learned)
    frozen = jax.jit(lower)
    kept: dict[tuple[int, int], Any] = {}  # what the frozen layers gave, by version and batch

    def loss(learned: Any, hidden: Any, mask: Any, inner: Any, told: Any, importance: Any, key: Any) -> Any:
        logits = of_texts(scores(weights, learned, hidden, mask, key), inner)
        return (optax.sigmoid_binary_cross_entropy(logits, told) * importance).sum() / told.shape[0]

    @jax.jit
    def step(learned: Any, state: Any, hidden: Any, *rest: Any) -> Any:
        value, gradient = jax.value_and_grad(loss)(learned, hidden.astype("float32"), *rest)
        updates, state = optimiser.update(gradient, state, learned)
        return optax.apply_updates(learned, updates), state, value

    key = jax.random.PRNGKey(3)
    for epoch in range(EPOCHS):
        began, losses = time.monotonic(), []
        version = epoch % len(versions)
        for number in chance.sample(range(len(groups[version])), len(groups[version])):
            group = groups[version][number]
            ids, mask, inner = matrix([versions[version][index] for index in group], -(-len(group) // 8) * 8)
            wanted, weight = (np.zeros((len(mask), len(signs)), np.float32) for _ in range(2))
            wanted[: len(group)], weight[: len(group)] = told[group], importance[group]
            if (version, number) not in kept:
                kept[version, number] = np.asarray(frozen(weights, ids, mask), np.float16)
            key, used = jax.random.split(key)
            learned, state, value = step(learned, state, kept[version, number], mask, inner, wanted, weight, used)
            losses.append(float(value))
        print(f"round {epoch + 1}: loss {np.mean(losses):.4f}, {time.monotonic() - began:.0f} s", flush=True)
    return learned


if __name__ == "__main__":
    main()
