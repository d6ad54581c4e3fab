"""How often each pattern of the lay language is right: `python -m bench.patterns [--move]`.

On the labelled texts of `knowledge/second_opinion/`, without those that thresholds are set on, counted where the
patterns alone read the sign as being there. A pattern that is wrong as often as this file's limits say is no proof by
itself: `--move` puts it from `present` to `likely`, where it counts only with the second opinion not far from it
(understanding/screen.py).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator

from reasoning.red_flags import flags
from reasoning.triage import Status
from understanding.lay_language import FOLDER, Matcher, compile_pattern, load_flags
from understanding.screen import Screen
from understanding.second_opinion import KNOWLEDGE

LEAST_WRONG = 2  # texts: one may be a slip of its writer
RIGHT, RIGHT_EMERGENCY = 0.6, 0.4  # share of its texts in which a pattern must be right to be a proof by itself
PRESENT, LIKELY = "present:\n", "likely:\n"


def main() -> int:
    """Print the patterns that are wrong most often; move them when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--move", action="store_true", help="to `likely`, in knowledge/lay_language/")
    arguments = parser.parse_args()
    right, wrong = counted()
    doubtful = [key for key in wrong if is_doubtful(right[key], wrong[key], flags()[key[0]].can_be_emergency)]
    doubtful.sort(key=lambda key: -wrong[key])
    for slug, text in doubtful:
        print(f"{wrong[slug, text]:4} wrong {right[slug, text]:4} right  {slug}: {text}")
    if arguments.move:
        for slug in {slug for slug, _ in doubtful}:
            path = FOLDER / f"{slug}.yml"
            chosen = {text for other, text in doubtful if other == slug}
            path.write_text(moved(path.read_text(encoding="utf-8"), chosen), encoding="utf-8")
    return 0


def is_doubtful(right: int, wrong: int, emergency: bool) -> bool:
    """Whether a pattern is wrong so often; of a sign that can be an emergency it may be wrong more often."""
    return wrong >= LEAST_WRONG and right < (RIGHT_EMERGENCY if emergency else RIGHT) * (right + wrong)


def labelled() -> Iterator[tuple[str, frozenset[str]]]:
    """Texts and the signs that they tell of."""
    for name in ("texts.jsonl", "phrases.jsonl", "pairs.jsonl"):
        for line in (KNOWLEDGE / name).read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            yield str(item["text"]), frozenset(item["flags"])
    for name in ("ordinary.txt", "harmless.txt"):
        for line in (KNOWLEDGE / name).read_text(encoding="utf-8").splitlines():
            yield line, frozenset()


def counted() -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """In how many texts each pattern (slug, text) is right, and in how many wrong."""
    watch = Screen(learned=False)
    named = {f"{language.slug} {text}": (language.slug, text) for language in load_flags() for text in language.present}
    patterns = [
        pattern
        for name, (_, text) in named.items()
        for pattern in compile_pattern(watch.lexicon, text, "present", name)
    ]
    matcher = Matcher(watch.lexicon, patterns)
    right: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for text, told in labelled():
        findings = watch.read(text).findings
        seen = {finding.flag for finding in findings if finding.status in (Status.PRESENT, Status.UNSURE)}
        if seen:
            hits = {named[hit.name] for hit in matcher.find(watch.words(text))}
            right.update(key for key in hits if key[0] in seen & told)
            wrong.update(key for key in hits if key[0] in seen - told)
    return right, wrong


def moved(file: str, chosen: set[str]) -> str:
    """The text of a file of the lay language with the chosen patterns under `likely`, one a line as before.

    ValueError when one of them is not in a line of its own under `present`.
    """
    sections: defaultdict[str, list[str]] = defaultdict(list)
    section = ""
    for line in file.splitlines(keepends=True):
        if not line.startswith(" "):
            section = line
            sections[section]  # an empty one stays
        else:
            sections[section].append(line)
    away = [line for line in sections[PRESENT] if line.strip().removeprefix("- ").strip("'\"") in chosen]
    if len(away) != len(chosen):
        raise ValueError(f"{len(away)} of {len(chosen)} patterns found")
    sections[PRESENT] = [line for line in sections[PRESENT] if line not in away]
    out = []
    for name, lines in sections.items():
        if name == LIKELY:
            continue
        out += [name, *lines]
        if name == PRESENT and (away or LIKELY in sections):
            out += [LIKELY, *sections.get(LIKELY, []), *away]
    return "".join(out)


if __name__ == "__main__":
    sys.exit(main())
