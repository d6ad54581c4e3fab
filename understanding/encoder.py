"""The sentence encoder: one vector for a text, whatever its length.

all-MiniLM-L6-v2 as int8 ONNX (written by setup/build_encoder.py), run by onnxruntime on one thread.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).resolve().parents[1] / "models" / "encoder"
DIMENSIONS = 384
WINDOW = 126  # word pieces of one window, without the two marks around it; the model was tuned on 128
OVERLAP = 24  # so that no sentence is seen only in two halves
BATCH = 32  # windows of one run; bounds memory

Vectors = npt.NDArray[np.float32]


class Encoder:
    """Turns texts into unit vectors of `DIMENSIONS` float32 values. Thread-safe.

    A text longer than a window is read in overlapping windows whose vectors are averaged, weighted by length, and
    normalised again: nothing at the end of a long message is cut off.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        """Load graph and vocabulary; FileNotFoundError says to run `make setup` when they are not built."""
        self._session = opened(folder / "encoder.onnx")
        self._tokenizer = tokenizer(folder)
        self._first, self._last = marks(self._tokenizer)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of the texts, shape (len(texts), 384). An empty text has one too (of the two marks alone)."""
        windows: list[list[int]] = []
        owners: list[int] = []
        for owner, encoding in enumerate(self._tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            for window in _windows(encoding.ids):
                windows.append([self._first, *window, self._last])
                owners.append(owner)
        sums = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        order = sorted(
            range(len(windows)), key=lambda index: len(windows[index])
        )  # like lengths together: less padding
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        for batch, vectors in zip(batches, self._run_all(windows, batches), strict=True):
            for index, vector in zip(batch, vectors, strict=True):
                sums[owners[index]] += vector * len(windows[index])
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)

    def _run_all(self, windows: list[list[int]], batches: list[list[int]]) -> Iterator[Any]:
        chosen = [[windows[index] for index in batch] for batch in batches]
        if len(chosen) == 1:  # a message: one thread, so that messages do not fight for cores
            return iter([self._run(chosen[0])])
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # training: onnxruntime lets other threads run meanwhile
            return iter(list(pool.map(self._run, chosen)))

    def _run(self, windows: list[list[int]]) -> Any:
        longest = max(map(len, windows))
        ids = np.zeros((len(windows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1
        return self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def opened(graph: Path) -> Any:
    """A graph, run on one thread; FileNotFoundError says to run `make setup` when it is not built."""
    import onnxruntime

    if not graph.exists():
        raise FileNotFoundError(f"{graph} is missing: run `make setup`")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def tokenizer(folder: Path = FOLDER) -> Any:
    """The vocabulary of word pieces; nothing is filled up or cut off."""
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found.no_padding()
    found.no_truncation()
    return found


def marks(vocabulary: Any) -> tuple[int, int]:
    """The numbers of the marks before and after a text; ValueError when the vocabulary has none."""
    numbers = [vocabulary.token_to_id(mark) for mark in ("[CLS]", "[SEP]")]
    if None in numbers:
        raise ValueError("the vocabulary has no [CLS] or [SEP]")
    return numbers[0], numbers[1]


def _windows(ids: list[int]) -> list[list[int]]:
    if len(ids) <= WINDOW:
        return [ids]
    step = WINDOW - OVERLAP
    return [ids[start : start + WINDOW] for start in range(0, len(ids) - OVERLAP, step)]


@functools.cache
def shared_encoder() -> Encoder:
    """The one encoder of this process: every component that needs a vector takes it from here."""
    return Encoder()
