"""How people say it: phrase patterns over shared word lists, read from `knowledge/lay_language/`.

Notation of a pattern: elements parted by spaces, found one after the other in a sentence. An element is a word
(`wet`), words joined by `_` (`let_up`), a word with its endings (`leak+`), a word list (`<saddle>`) or a choice of
these (`hold|<control>`); `?` after it means that it may be missing. Between elements stand only fillers ("my",
"really"); `..` allows 3 other words, `..5` allows 5. `A & B` finds both in either order within 4 words, `A &2 B`
within 2.

Matching is linear in the length of the text: word lists are found by walking a trie, and every pattern looks only a
bounded number of words ahead.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydantic
import ruamel.yaml

from understanding.tokens import Words

FOLDER = Path(__file__).resolve().parents[1] / "knowledge" / "lay_language"
LIKELY = "likely"  # kind of patterns that tell of a sign only where the second opinion is not far from it
TIME = "time"  # the kind of a hit that is a time span
LOOKALIKES = frozenset({"mistaken_for", "never_part_of"})  # kinds of patterns for what only resembles a sign
GAP, NEAR = 3, 4  # words allowed by `..` and by `&`
FILLERS_AHEAD = 5  # fillers that may stand in a gap on top
_END = ""  # key of the lists that end at a node of the trie; no word is empty
NOT_BEFORE = 4  # words
_NEGATORS = frozenset({"not", "no", "never", "without", "neither", "nor"})
# After "not", these say that something is there: "will not stop", "not just".
_GOES_ON = frozenset(
    "stop stopping stopped ease easing let quit shift settle help helping only just even sure know".split()
)
_GOES = frozenset({"go", "going", "gone"})
_AWAY: tuple[list[str], ...] = (
    ["away"],
    ["off"],
    ["anywhere"],
    ["back"],
    [","],
    [],
)  # "will not go away"; but "does not go down my leg"
_VOWELS = frozenset("aeiou")

Trie = dict[str, Any]
Places = dict[int, list[int]]  # start → ends


class FlagLanguage(pydantic.BaseModel):
    """One file: how a danger sign is said, what only looks like it, and how its absence is said.

    `likely` are words that often mean something else: they tell of the sign only where the second opinion is not far
    from it. `mistaken_for` explains a sign that says no more than it; `never_part_of` is a phrase that no sign may
    touch.
    """

    slug: str
    present: tuple[str, ...]
    likely: tuple[str, ...] = ()
    mistaken_for: tuple[str, ...] = ()
    never_part_of: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()

    class Config:
        extra = "forbid"


@dataclass(frozen=True)
class Element:
    """One element: ids of the word lists that fit, and how many other words may stand before it."""

    labels: frozenset[int]
    gap: int


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern: what it stands for (`kind`, `name`) and its elements."""

    kind: str
    name: str
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Hit:
    """A pattern found in words `start` up to `end`."""

    kind: str
    name: str
    start: int
    end: int
    negated: bool = False  # a "not" stands right before an element, outside the pattern ("my bum is not numb")


def read_yaml(path: Path) -> Any:
    """The data of a file of this folder."""
    return ruamel.yaml.YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def endings(word: str) -> set[str]:
    """The word with plural, -ed and -ing; more forms than exist do no harm."""
    forms = {word, word + "s"}
    if word.endswith(("s", "x", "z", "ch", "sh")):
        forms.add(word + "es")
    if word.endswith("e"):
        forms |= {word + "d", word[:-1] + "ing", word + "ing"}
    elif word.endswith("y") and len(word) > 1 and word[-2] not in _VOWELS:
        forms |= {word[:-1] + "ies", word[:-1] + "ied", word + "ing"}
    else:
        forms |= {word + "ed", word + "ing"}
        if len(word) > 2 and word[-1] not in "aeiouwxy" and word[-2] in _VOWELS and word[-3] not in _VOWELS:
            forms |= {word + word[-1] + "ed", word + word[-1] + "ing"}
    return forms


@dataclass
class Lexicon:
    """Word lists by name, and the trie that finds them."""

    lists: dict[str, list[str]]
    ids: dict[str, int] = field(default_factory=dict)
    trie: Trie = field(default_factory=dict)
    vocabulary: set[str] = field(default_factory=set)
    fillers: frozenset[str] = frozenset()
    barriers: frozenset[str] = frozenset()

    def label(self, name: str) -> int:
        """The id of a word list; its phrases are entered on first use."""
        if name in self.ids:
            return self.ids[name]
        if name not in self.lists:
            raise ValueError(f"lay language names an unknown word list <{name}>")
        self.ids[name] = number = len(self.ids)
        for phrase in self.phrases(name):
            self._enter(phrase, number)
        return number

    def word(self, text: str) -> int:
        """The id of a single word, with its endings when it ends in `+`."""
        key = "=" + text
        if key not in self.ids:
            self.ids[key] = number = len(self.ids)
            for form in sorted(endings(text[:-1]) if text.endswith("+") else {text}):
                self._enter(tuple(form.split("_")), number)
        return self.ids[key]

    def phrases(self, name: str, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """All phrases of a list, lists inside lists written out."""
        if name in above:
            raise ValueError(f"word list <{name}> contains itself")
        for entry in self.lists[name]:
            choices = [list(self._choice(part, (*above, name))) for part in str(entry).split()]
            for combination in itertools.product(*choices):
                yield tuple(itertools.chain.from_iterable(combination))

    def _choice(self, part: str, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        optional = part.endswith("?")
        for option in part.removesuffix("?").split("|"):
            if option.startswith("<"):
                if option[1:-1] not in self.lists:
                    raise ValueError(f"lay language names an unknown word list {option}")
                yield from self.phrases(option[1:-1], above)
            elif option.endswith("+"):
                yield from ((form,) for form in sorted(endings(option[:-1])))
            else:
                yield (option,)
        if optional:
            yield ()

    def _enter(self, phrase: Sequence[str], number: int) -> None:
        node = self.trie
        for word in phrase:
            self.vocabulary.add(word)
            node = node.setdefault(word, {})
        node.setdefault(_END, set()).add(number)

    def find(self, found: Words) -> dict[int, Places]:
        """Where each word list occurs: id → start → ends."""
        places: dict[int, Places] = {}
        forms, sentence, trie = found.forms, found.sentence, self.trie
        count = len(forms)
        for start in range(count):
            nodes = [trie[form] for form in forms[start] if form in trie]
            end, here = start + 1, sentence[start]
            while nodes:
                for node in nodes:
                    for number in node.get(_END, ()):
                        ends = places.setdefault(number, {}).setdefault(start, [])
                        if end not in ends:
                            ends.append(end)
                if end >= count or sentence[end] != here:
                    break
                nodes = [node[form] for node in nodes for form in forms[end] if form in node]
                end += 1
        return places


_PART = re.compile(r"^(\.\.|&)(\d*)$")


def compile_pattern(lexicon: Lexicon, text: str, kind: str, name: str) -> list[Pattern]:
    """All plain sequences that a pattern stands for."""
    gaps = re.findall(r"\s&(\d*)\s", text)
    if gaps:
        halves = re.split(r"\s&\d*\s", text)
        found = []
        order: Iterable[tuple[int, ...]] = itertools.permutations(range(len(halves)))
        gap = max(int(number or NEAR) for number in gaps)
        for chosen in order:
            joined = f" ..{gap} ".join(halves[index].strip() for index in chosen)
            found += compile_pattern(lexicon, joined, kind, name)
        return found
    variants: list[list[tuple[str, int]]] = [[]]
    gap = 0
    for part in text.split():
        step = _PART.match(part)
        if step:
            gap = int(step.group(2) or GAP)
            continue
        extended = [[*variant, (part.removesuffix("?"), gap)] for variant in variants]
        variants = variants + extended if part.endswith("?") else extended
        gap = 0
    return [
        Pattern(kind, name, tuple(Element(_labels(lexicon, part), gap) for part, gap in variant))
        for variant in variants
        if variant
    ]


def _labels(lexicon: Lexicon, part: str) -> frozenset[int]:
    return frozenset(
        lexicon.label(option[1:-1]) if option.startswith("<") else lexicon.word(option) for option in part.split("|")
    )


class Matcher:
    """Finds patterns in words."""

    def __init__(self, lexicon: Lexicon, patterns: Iterable[Pattern]) -> None:
        self.lexicon = lexicon
        self._by_first: dict[int, list[Pattern]] = {}
        seen = set()
        for pattern in patterns:
            if pattern in seen:
                continue
            seen.add(pattern)
            for label in pattern.elements[0].labels:
                self._by_first.setdefault(label, []).append(pattern)

    def find(self, found: Words) -> list[Hit]:
        """All hits; of those with the same beginning the longest."""
        places = self.lexicon.find(found)
        seen_in = {label: _sentences(starts, found.sentence) for label, starts in places.items()}
        merged: dict[frozenset[int], Places] = {}
        view = _View(found, self.lexicon)
        hits: dict[tuple[str, str, int, bool], int] = {}
        done: set[int] = set()
        for label, sentences in seen_in.items():
            for pattern in self._by_first.get(label, ()):
                if len(pattern.elements) > 1 and not _together(pattern, sentences, seen_in):
                    continue
                if id(pattern) in done:
                    continue
                done.add(id(pattern))
                lookup = [_merged(merged, element.labels, places) for element in pattern.elements]
                for start, end, negated in _walk(pattern, lookup, view):
                    hit = (pattern.kind, pattern.name, start, negated)
                    hits[hit] = max(hits.get(hit, 0), end)
        return [Hit(kind, name, start, end, negated) for (kind, name, start, negated), end in hits.items()]


def _sentences(starts: Iterable[int], sentence: Sequence[int]) -> int:
    """The sentences that a word list occurs in, one bit each."""
    bits = 0
    for number in {sentence[start] for start in starts}:
        bits |= 1 << number
    return bits


def _together(pattern: Pattern, sentences: int, seen_in: Mapping[int, int]) -> bool:
    """Whether all elements occur in one of the sentences."""
    for element in pattern.elements[1:]:
        here = 0
        for label in element.labels:
            here |= seen_in.get(label, 0)
        sentences &= here
        if not sentences:
            return False
    return True


class _View:
    """What `_walk` asks of the words: how many count up to each, and where nothing may be bridged."""

    def __init__(self, found: Words, lexicon: Lexicon) -> None:
        self.counted = [0]
        self.sentence = found.sentence
        self.barrier: list[bool] = []
        self._words = found.words
        for word in found.words:
            self.counted.append(self.counted[-1] + (word not in lexicon.fillers))
            self.barrier.append(word in lexicon.barriers)

    def negated(self, end: int, position: int) -> bool:
        """Whether a "not" stands in the gap shortly before the next element."""
        first = max(end, position - NOT_BEFORE)
        return any(
            self._words[index] in _NEGATORS
            and self._words[index + 1] not in _GOES_ON
            and not (self._words[index + 1] in _GOES and self._words[index + 2 : index + 3] in _AWAY)
            for index in range(first, position)
        )


def _merged(cache: dict[frozenset[int], Places], labels: frozenset[int], places: dict[int, Places]) -> Places:
    known = cache.get(labels)
    if known is None:
        known = {}
        for label in labels:
            for start, ends in places.get(label, {}).items():
                known.setdefault(start, []).extend(ends)
        cache[labels] = known
    return known


def _walk(pattern: Pattern, lookup: list[Places], view: _View) -> Iterator[tuple[int, int, bool]]:
    # (end, negated) → latest start: one partial match for each place where it may go on
    partial: dict[tuple[int, bool], int] = {}
    for start, ends in lookup[0].items():
        for end in ends:
            partial[end, False] = max(partial.get((end, False), -1), start)
    for element, spots in zip(pattern.elements[1:], lookup[1:], strict=True):
        following: dict[tuple[int, bool], int] = {}
        for (end, negated), start in partial.items():
            for position in _reach(end, element.gap, view):
                stops = spots.get(position)
                if not stops:
                    continue
                crossed = negated or view.negated(end, position)
                for stop in stops:
                    following[stop, crossed] = max(following.get((stop, crossed), -1), start)
        partial = following
        if not partial:
            return
    for (end, negated), start in partial.items():
        yield start, end, negated


def _reach(end: int, gap: int, view: _View) -> Iterator[int]:
    limit = min(len(view.sentence), end + gap + FILLERS_AHEAD + 1)
    base, here = view.counted[end], view.sentence[end - 1]
    for position in range(end, limit):
        if view.sentence[position] != here or view.counted[position] - base > gap:
            return
        yield position
        if view.barrier[position]:
            return


def load_lexicon(folder: Path = FOLDER) -> Lexicon:
    """The shared word lists of `_lexicon.yml`."""
    data: Mapping[str, Any] = read_yaml(folder / "_lexicon.yml")
    lists = {name: [str(entry) for entry in entries] for name, entries in data["lists"].items()}
    return Lexicon(lists, fillers=frozenset(data["fillers"]), barriers=frozenset(data["barriers"]))


@functools.cache
def load_flags(folder: Path = FOLDER) -> tuple[FlagLanguage, ...]:
    """The files of the danger signs; ValueError when a file's slug is not its name."""
    found = []
    for path in sorted(folder.glob("[a-z]*.yml")):
        language = FlagLanguage(**read_yaml(path))
        if language.slug != path.stem:
            raise ValueError(f"{path.name}: slug {language.slug} is not the name of the file")
        found.append(language)
    return tuple(found)
