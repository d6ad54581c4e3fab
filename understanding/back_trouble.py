"""Whether a message tells of back trouble that the writer, or the person written for, has now.

The back is named, or the complaint is (a spasm, "seized up"), or a danger sign is told or denied of oneself; and none of
it only in a question that is nobody's ("what is a back spasm?"). Words are data of `_back_trouble.yml`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from reasoning.triage import Finding, Status
from understanding.context import Judged
from understanding.lay_language import FOLDER, Hit, read_yaml
from understanding.tokens import Words

BACK = "back"
_DENIES = frozenset({"not", "no", "never", "cannot", "hardly", "barely", "nothing", "neither", "without"})
# What is denied or another's beside the back is not the back trouble.
_THERE = (Status.PRESENT, Status.UNSURE, Status.DENIED, Status.SOMEONE_ELSE)
_SELF = frozenset({"i", "we"})


class BackTrouble:
    """Reads back trouble. Loads once; safe to share between threads."""

    def __init__(self, relatives: Collection[str], folder: Path = FOLDER) -> None:
        data: dict[str, Any] = read_yaml(folder / "_back_trouble.yml")
        self._owners = frozenset(data["owners"])
        self._not_after = frozenset(data["adverb_after"])
        self._not_before = frozenset(data["adverb_before"])
        self._starts = frozenset(data["question_starts"])
        self._persons = frozenset(data["persons"]) | frozenset(relatives)
        self._modals = frozenset(data["modals"])

    def hits(self, found: Words, hits: Sequence[Hit]) -> list[Hit]:
        """What speaks of the back: the patterns' hits, and the bare word where it is the part of the body."""
        spoken = [hit for hit in hits if hit.kind == BACK]
        covered = {index for hit in spoken for index in range(hit.start, hit.end)}
        return spoken + [
            Hit(BACK, "back_trouble", index, index + 1) for index in self._nouns(found) if index not in covered
        ]

    def _nouns(self, found: Words) -> Iterator[int]:
        words, sentence = found.words, found.sentence
        for index, word in enumerate(words):
            if word != "back":
                continue
            before = words[index - 1] if index and sentence[index - 1] == sentence[index] else ""
            more = index + 1 < len(words) and sentence[index + 1] == sentence[index]
            after = words[index + 1] if more else ""
            if before in self._owners or (before not in self._not_after and after not in self._not_before):
                yield index

    def told(self, found: Words, spoken: Sequence[Judged], findings: Sequence[Finding]) -> bool:
        """Whether somebody has trouble now: the back is spoken of, or a sign is told rather than asked about."""
        asking = self._asking(found)
        if any(
            item.status in _THERE and found.sentence[item.hit.start] not in asking and not _no_trouble(found, item.hit)
            for item in spoken
        ):
            return True
        if len(asking) == len(set(found.sentence)):
            return False
        if any(finding.status is Status.PRESENT for finding in findings):
            return True
        return any(finding.status is Status.DENIED for finding in findings)

    def _asking(self, found: Words) -> frozenset[int]:
        """Sentences that ask, and in which nobody's back is meant."""
        result = set()
        start = 0
        for index in range(1, len(found.words) + 1):
            if index < len(found.words) and found.sentence[index] == found.sentence[start]:
                continue
            if self._in_general(found.words[start:index], found.sentence[start] in found.asks):
                result.add(found.sentence[start])
            start = index
        return frozenset(result)

    def _in_general(self, words: Sequence[str], asks: bool) -> bool:
        opens = words[0] in self._starts or (len(words) > 1 and f"{words[0]} {words[1]}" in self._starts)
        if not (opens or (asks and any(word in self._starts for word in words))):
            return False
        return not any(
            word in self._persons or (word in _SELF and not (index and words[index - 1] in self._modals))
            for index, word in enumerate(words)
        )


def _no_trouble(found: Words, hit: Hit) -> bool:
    """As in "no back pain": the denial stands right before."""
    before = found.words[max(0, hit.start - 2) : hit.start]
    return bool(_DENIES & set(before)) and "not" not in found.words[hit.start : hit.end]
