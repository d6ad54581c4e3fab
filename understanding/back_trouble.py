"""Whether a message tells of back trouble that the writer, or the person written for, has now.

The back is named, or the complaint is (a spasm, "seized up"), or a danger sign is told or denied of oneself; and not
only in a question that is nobody's ("what is a back spasm?"). Words are data of `_back_trouble.yml`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from reasoning.triage import Finding, Status
from understanding.context import Judged
from understanding.frames import Frames, clauses
from understanding.lay_language import FOLDER, Hit, read_yaml
from understanding.tokens import Words

BACK = "back"
_DENIES = frozenset({"not", "no", "never", "cannot", "hardly", "barely", "nothing", "neither", "without"})
# What is denied or another's beside the back is not the back trouble.
_THERE = (Status.PRESENT, Status.UNSURE, Status.DENIED, Status.SOMEONE_ELSE)
_SELF = frozenset({"i", "we"})
_ASKED = frozenset("i we you it this that the there a an people someone somebody everyone anyone one my".split())


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

    def told(self, found: Words, spoken: Sequence[Judged], findings: Sequence[Finding], frames: Frames) -> bool:
        """Whether somebody has trouble now: the back is spoken of, or a sign is told rather than asked about.

        In a lesson or a rule only an owner's word makes a back somebody's.
        """
        spoken = [item for item in spoken if item.status is not Status.PAST and not _no_trouble(found, item.hit)]
        asking = self._asking(found)
        if frames.lesson and not any(self._of_person(found, item.hit) for item in spoken):
            return False
        told = [item for item in spoken if item.hit.start not in asking]
        if any(item.status in _THERE or self._of_person(found, item.hit) for item in told):
            return True
        if len(asking) == len(found.words):
            return False
        if any(finding.status in (Status.PRESENT, Status.DENIED) for finding in findings):
            return True
        # "Screening came back clear. Low back spasm, what stretches?": the question is about the writer's own back.
        own = frames.says_well or any(finding.status is Status.PAST for finding in findings)
        own = own or any(
            word in _SELF or word in self._persons for i, word in enumerate(found.words) if i not in asking
        )
        return own and len(told) < len(spoken)

    def _of_person(self, found: Words, hit: Hit) -> bool:
        """Whether the words right before say whose back it is."""
        return any(word in self._persons for word in found.words[max(0, hit.start - 3) : hit.end])

    def _asking(self, found: Words) -> frozenset[int]:
        """Words of questions in which nobody's back is meant."""
        result: set[int] = set()
        for start, end in found.bounds.values():
            asks = found.sentence[start] in found.asks
            if self._opens(found.words, start, end, asks):
                if self._in_general(found.words[start:end]):
                    result |= set(range(start, end))
                continue
            for left, right in clauses(found.words, start, end):
                if (asks or left > start) and self._opens(found.words, left, right, asks):
                    if self._in_general(found.words[left:end]):
                        result |= set(range(left, end))
                    break
        return frozenset(result)

    def _opens(self, words: Sequence[str], start: int, end: int, asks: bool) -> bool:
        """Whether a question begins here; without its mark "can feel everything" and "when I bend" are none."""
        second = words[start + 1] if start + 1 < end else ""
        if f"{words[start]} {second}" in self._starts:
            return True
        if words[start] not in self._starts:
            return False
        told = words[start] in ("when", "where") or (words[start] in self._modals and second not in _ASKED)
        return asks or not told

    def _in_general(self, words: Sequence[str]) -> bool:
        return not any(
            word in self._persons or (word in _SELF and not (index and words[index - 1] in self._modals))
            for index, word in enumerate(words)
        )


def _no_trouble(found: Words, hit: Hit) -> bool:
    """As in "no back pain": the denial stands right before."""
    before = found.words[max(0, hit.start - 2) : hit.start]
    return bool(_DENIES & set(before)) and "not" not in found.words[hit.start : hit.end]
