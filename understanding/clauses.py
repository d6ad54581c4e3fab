"""Cuts a message into its clauses and tells which of them ask, so that a question in a long story is found.

Everything here reads each word once or a few times: the time grows with the length of the message and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST = 24  # clauses of one message that are read on their own; the rest only counts in the whole
LONGEST_OPENER = 5  # words; an asking word after this many words does not open a clause's question

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[?!.;:,&\n]|[-–—](?=\s)")
_ENDS = frozenset("?!.;\n")
_WH = frozenset(
    "what whats what's wat wats wot wots how hows how's hw why whys which who whos who's whose whom where "
    "wheres where's when whens".split()
)
_AUX = frozenset(
    "is are am was were do does did can could should shud shld would wud will shall may might must has have "
    "had isnt isn't aren't arent dont don't doesnt doesn't didnt didn't cant can't couldnt couldn't shouldnt "
    "shouldn't wouldnt wouldn't wont won't cn cud".split()
)
_PERSON = frozenset(
    "i u you we they he she it this that these those there the a an my your ur me one anyone any".split()
)
_ALWAYS_ASKS = frozenset("is are can could should would will does do".split())  # as the first word: "is heat ok"
_HAVE = frozenset("have has had haven't".split())  # "have a bad back" asks nothing
_PEOPLE = frozenset("i u you we they he she it this that these those anyone any".split())
_BEFORE_QUESTION = frozenset("and or but so ok okay hi hello hey well now also then please pls sir doctor".split())
_MEASURES = frozenset("long often much many soon far hard hot cold bad big deep warm old fast".split())
_REQUESTS = tuple(
    tuple(request.split())
    for request in (
        "tell me, show me, give me, let me know, explain, suggest, advise, recommend, any tips, any advice, any idea, "
        "any ideas, any way, any chance, any good, want to know, like to know, love to know, need to know, wondering, "
        "wonder, curious, looking for, grateful, appreciate, advice, worth, pls, please, plz, kindly, question, "
        "asking, not sure if, not sure whether, don't know whether, want the, walk me, talk me, describe, teach me, "
        "confused, difference, versus, vs"
    ).split(", ")
)
_JOINTS = frozenset("and also plus but so or then".split())
_JOIN_TWO = frozenset("and or also vs versus both plus than then &".split())


@dataclass(frozen=True)
class Clause:
    """A stretch of a message: its text, whether it asks, whether it joins two things, and its place in the message."""

    text: str
    asks: bool
    joins: bool
    start: int
    end: int


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int


def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text in order, at most `MOST`; a text of one clause gives that one, an empty text none."""
    found: list[Clause] = []
    for words in _stretches(_words(text)):
        start, end = words[0].start, words[-2 if words[-1].text == "\n" else -1].end
        said = [word.text for word in words]
        found.append(Clause(text[start:end], _asks(said), not _JOIN_TWO.isdisjoint(said), start, end))
    return tuple(found[:MOST])


def asking(found: Sequence[Clause]) -> tuple[Clause, ...]:
    """What a message asks: the clauses that ask, or all of them when none does."""
    return tuple(clause for clause in found if clause.asks) or tuple(found)


def _words(text: str) -> list[_Word]:
    return [
        _Word(match.group().lower().replace("’", "'"), match.start(), match.end()) for match in _WORD.finditer(text)
    ]


def _stretches(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    stretch: list[_Word] = []
    says = False  # whether the stretch has a word that is more than a joint; asked anew, the time would not be linear
    for index, word in enumerate(words):
        if says and _opens_question(words, index):
            cut = _before_joints(stretch)
            yield stretch[:cut]
            stretch, says = stretch[cut:], False
        stretch.append(word)
        says = says or _is_substance(word)
        if says and word.text in _ENDS:
            yield stretch
            stretch, says = [], False
    if says:
        yield stretch


def _is_substance(word: _Word) -> bool:
    return word.text[0].isalnum() and word.text not in _JOINTS


def _before_joints(stretch: Sequence[_Word]) -> int:
    """Where the joining words and marks at the end of a stretch begin: they belong to the question that follows."""
    cut = len(stretch)
    while cut > 1 and stretch[cut - 1].text in _JOINTS:
        cut -= 1
    return cut


def _opens_question(words: Sequence[_Word], index: int) -> bool:
    """Whether a question begins at this word within a sentence: "… and what is", "… how long", ", can i"."""
    if index + 1 >= len(words):
        return False
    word, after, before = words[index].text, words[index + 1].text, words[index - 1].text
    if word in _WH:
        return after in _AUX or after in _MEASURES or "'" in word or before in _JOINTS or before == ","
    if word in _AUX and after in _PERSON:
        return before in _JOINTS or before == "," or before in "-–—"
    return False


def _asks(words: Sequence[str]) -> bool:
    if words[-1] == "?" or "?" in words:
        return True
    plain = [word for word in words if word[0].isalnum()]
    for index, word in enumerate(plain[:LONGEST_OPENER]):
        after = plain[index + 1] if index + 1 < len(plain) else ""
        if word in _WH and (index == 0 or after in _AUX or after in _MEASURES):
            return True
        if word in _ALWAYS_ASKS and index == 0:
            return True
        opens = index == 0 or (index == 1 and plain[0] in _BEFORE_QUESTION)
        if opens and word in _AUX and after in (_PEOPLE if word in _HAVE else _PERSON):
            return True
    return any(_holds(plain, request) for request in _REQUESTS)


def _holds(words: Sequence[str], request: tuple[str, ...]) -> bool:
    first, size = request[0], len(request)
    return any(word == first and tuple(words[at : at + size]) == request for at, word in enumerate(words))
