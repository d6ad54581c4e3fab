"""What a network that reads a whole message thinks of every word of it: how much it speaks for each danger sign.

The sentence encoder with adapters in its upper layers, trained on texts of which only the signs are known
(setup/adapter/), as int8 ONNX (written by setup/build_encoder.py), run by onnxruntime on one thread, once a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from understanding.encoder import FOLDER, OVERLAP, WINDOW, marks, opened, tokenizer

LOWEST = -30.0  # the score of a word without word pieces

Floats = npt.NDArray[np.float32]


class TokenScores:
    """Scores words. Thread-safe."""

    def __init__(self, path: Path = FOLDER / "token_scores.onnx") -> None:
        """FileNotFoundError says to run `make setup` when the graph is not built."""
        self._session = opened(path)
        self.flags = tuple(self._session.get_modelmeta().custom_metadata_map["signs"].split())
        self._tokenizer = tokenizer()
        self._first, self._last = marks(self._tokenizer)

    def __call__(self, words: Sequence[str]) -> Floats:
        """Logits of the signs at each word (words × signs): the smooth maximum over its pieces.

        A text longer than a window is read in overlapping windows; where two overlap, the higher score counts.
        """
        scores = np.full((len(words), len(self.flags)), LOWEST, dtype=np.float32)
        encoding = self._tokenizer.encode(list(words), is_pretokenized=True, add_special_tokens=False)
        ids, owners = encoding.ids, encoding.word_ids
        for start in range(0, max(len(ids) - OVERLAP, 1), WINDOW - OVERLAP):
            found = self._run(ids[start : start + WINDOW])
            window = np.full_like(scores, LOWEST)
            for owner, row in zip(owners[start : start + WINDOW], found, strict=True):
                window[owner] = np.logaddexp(window[owner], row)
            np.maximum(scores, window, out=scores)
        return scores

    def _run(self, ids: list[int]) -> Floats:
        window = np.array([[self._first, *ids, self._last]], dtype=np.int64)
        inputs = {"input_ids": window, "attention_mask": np.ones_like(window)}
        return np.asarray(self._session.run(None, inputs)[0][0, 1:-1], dtype=np.float32)
