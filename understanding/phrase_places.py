"""Where a phrase stands that was found in a text: its clause, with the words around it, and whether the clause asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from understanding import ages

if TYPE_CHECKING:
    from spacy.tokens import Doc

_HARD = frozenset(". ! ? ; \n but although though however because cos coz except whereas otherwise".split(" "))
_SOFT = frozenset(", and or so then plus also -".split())
_SUBJECTS = frozenset("i my he she they we it his her their our".split())
_HALF_OPENERS = frozenset("have has am was".split())
_ALSO_TOLD = frozenset("is are do did will would any".split())
_ASKED_PERSONS = frozenset("it i this that there he she you they we".split())


@dataclass(frozen=True)
class Found:
    """A phrase of a fact (`slug`): tokens `start` up to `end`."""

    slug: str
    start: int
    end: int


@dataclass(frozen=True)
class Place:
    """A phrase in its clause: the words before it, of it and after it, and whether the clause asks."""

    slug: str
    before: tuple[str, ...]
    inside: tuple[str, ...]
    after: tuple[str, ...]
    named: frozenset[int]  # places in `before` that belong to other phrases that were found
    beyond: tuple[str, ...]  # the first words after the clause
    asks: bool
    asked_before: bool  # the question began before the phrase

    @property
    def left(self) -> str:
        """The clause before the phrase."""
        return " ".join(self.before)

    @property
    def right(self) -> str:
        """The clause after the phrase."""
        return " ".join(self.after)


def places(doc: Doc, found: Sequence[Found]) -> Iterator[Place]:
    """Each phrase in its clause."""
    words = [token.text for token in doc]
    bounds = _bounds(words)
    taken = {index for item in found for index in range(item.start, item.end)}
    for item in found:
        start = max((bound for bound in bounds if bound <= item.start), default=0)
        end = min((bound for bound in bounds if bound >= item.end), default=len(words))
        clause = words[start:end]
        opener = next((i for i, word in enumerate(clause) if word in ages.OPENERS and _opens(clause, i)), None)
        asking = ages.ASKING.search(" ".join(words[start : item.start]))
        mark = "?" in clause or words[end : end + 1] == ["?"] or (end > 0 and words[end - 1] == "?")
        asked_before = asking is not None or (opener is not None and start + opener < item.start)
        yield Place(
            slug=item.slug,
            before=tuple(words[start : item.start]),
            inside=tuple(words[item.start : item.end]),
            after=tuple(words[item.end : end]),
            named=frozenset(index - start for index in taken if start <= index < item.start),
            beyond=tuple(words[end - 1 : end + 3]) if words[end - 1 : end] == ["?"] else (),
            asks=mark or opener is not None or asking is not None,
            asked_before=asked_before or (mark and item.start > start),
        )


def _opens(clause: Sequence[str], index: int) -> bool:
    """An asking word opens a question at the start of a clause, or where no subject stands before it."""
    word, follows = (
        clause[index],
        [other for other in clause[index + 1 : index + 3] if other not in ("n't", "nt", "not")],
    )
    denied = len(follows) < len(clause[index + 1 : index + 3])
    # "Haven't taken any" and "don't take it" leave out the "I"; "don't I need" asks.
    if (word in _ALSO_TOLD and index > 0) or word in _HALF_OPENERS or denied:
        return bool(follows) and follows[0] in _ASKED_PERSONS and (index == 0 or clause[index - 1] not in _SUBJECTS)
    return index == 0 or clause[index - 1] not in _ASKED_PERSONS or word in ("what", "how", "why")


def _bounds(words: Sequence[str]) -> list[int]:
    """Where clauses begin."""
    bounds = [0]
    for index, word in enumerate(words):
        if word in _HARD or "\n" in word:
            bounds += [index + 1] if not word.isalpha() else [index]
        elif word in _SOFT and index + 1 < len(words):
            after = words[index + 1]
            follows = words[index + 2] if index + 2 < len(words) else ""
            tells = after in _SUBJECTS and not (word == "or" and after in ("my", "her", "his", "their"))
            asks = word == "," or follows in _SUBJECTS or follows in ("about", "is", "can", "should")
            if tells or (after in ages.OPENERS and asks):
                bounds.append(index)
    return sorted(set(bounds))
