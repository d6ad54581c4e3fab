"""Writes the texts that the adapter is trained on, as lists of words with their spelling repaired, to a file.

Prints the folder of the published weights. Runs in the project's own environment; train.py, which runs in another,
reads both.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "setup")]

from build_encoder import weights_folder  # noqa: E402
from build_second_opinion import PHRASES, TEXTS, read_lines, spoken_to_the_bot, tells_of  # noqa: E402

from understanding.screen import Screen  # noqa: E402

ORDINARY, HELD = TEXTS.with_name("ordinary.txt"), TEXTS.with_name("held.jsonl")
HELD_ORDINARY = 7  # one in so many ordinary messages is left out of training


def items() -> Iterator[dict[str, Any]]:
    """`text`, the signs that it tells of (`flags`), those that it is near to (`near`), its `kind`; `held`: not to be
    trained on, as the thresholds are set on it.
    """
    for kind, path in (("text", TEXTS), ("phrase", PHRASES), ("text", HELD)):
        for line in read_lines(path):
            yield {**line, "kind": kind, "held": path == HELD}
    watch = Screen(learned=False)
    ordinary = dict.fromkeys([*spoken_to_the_bot(), *ORDINARY.read_text(encoding="utf-8").splitlines()])
    for text in ordinary:
        if not tells_of(watch, text):
            held = zlib.crc32(text.encode()) % HELD_ORDINARY == 0
            yield {"text": text, "flags": [], "near": [], "kind": "ordinary", "held": held}


def main() -> int:
    """Write the file that is named."""
    watch = Screen(learned=False)
    with Path(sys.argv[1]).open("w", encoding="utf-8") as target:
        for item in items():
            words = [forms[0] for forms in watch.words(item["text"]).forms]
            target.write(json.dumps({**item, "words": words}) + "\n")
    print(weights_folder())
    return 0


if __name__ == "__main__":
    sys.exit(main())
