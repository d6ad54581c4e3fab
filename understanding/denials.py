"""Ways to say no to a sign that stand apart from the words around it which ConText knows."""

from __future__ import annotations

from collections.abc import Sequence

from understanding.lay_language import Hit
from understanding.sentences import SHORT_SENTENCE, Sentence, contains
from understanding.subjects import LASTING, SITUATION

SHORT_QUESTION = 4
OWN_DENIAL = frozenset("cannot not no never unable barely hardly nothing without lost".split())
_SENSATIONS = frozenset(
    "numb numbness tingling tingly tingle weak weakness pins heavy dead pain faint dizzy ill unwell sick".split()
)
_DENIALS = frozenset("no not never nothing without".split())
_SUBJECTS = frozenset("i im ill id ive everyone everybody nobody they he she we".split())
_LOSSES = frozenset(
    "loss lost losing lose lack change changes changed trouble problem problems difficulty issue issues".split()
)
_ASKED = frozenset("asked asks ask asking checked wanted".split())
_SAID_NO = (
    ("none", "of"),
    ("none", "at"),
    ("no", "nothing"),
    ("not", "at", "all"),
    ("said", "no"),
    ("told", "them", "no"),
    ("say", "no"),
    ("answered", "no"),
    ("said", "not"),
    ("answer", "is", "no"),
    ("no", "to", "all"),
    ("said", "nope"),
)


def denies_feeling(view: Sentence, hit: Hit) -> bool:
    """As in "I don't feel numb": the sign's own "not feel" is no loss of feeling when a sensation follows it."""
    words = view.found.words
    for index in range(hit.start, min(hit.end, view.end - 2)):
        if words[index] in ("not", "never", "cannot") and words[index + 1] in ("feel", "felt", "feeling"):
            third = (
                words[index + 2] if words[index + 2] not in ("any", "at", "so") else words[min(index + 3, view.end - 1)]
            )
            if third in _SENSATIONS:
                return True
    return False


def denies_loss(view: Sentence, hit: Hit) -> bool:
    """As in "no loss of feeling" and "have not lost control": what is denied is itself a loss."""
    if hit.name in SITUATION or hit.name in LASTING:
        return False
    words = view.found.words
    return any(
        words[index] in _DENIALS and not _LOSSES.isdisjoint(words[index + 1 : min(index + 4, hit.end)])
        for index in range(hit.start, hit.end - 1)
    )


def said_no(view: Sentence, hit: Hit) -> bool:
    """As in "they asked about numbness and I said no"."""
    words = view.words
    before, after = words[: hit.start - view.start], words[hit.end - view.start :]
    return not _ASKED.isdisjoint(before) and any(contains(after, phrase) for phrase in _SAID_NO)


def begins_anew(words: Sequence[str], after: int, hit: Hit) -> bool:
    """Whether a sign of self-harm has a subject of its own behind a denial that ends at `after`.

    As in "if it does not stop I am going to kill myself" and "no work, no sleep, everyone would be better off without
    me": what is denied is something else.
    """
    return hit.name == "self_harm" and not _SUBJECTS.isdisjoint(words[after : hit.end])


def denied_before(view: Sentence, hit: Hit) -> bool:
    """As in "nothing pulsing" and "have not been leaking", where the denial's own phrase runs into the sign."""
    words = view.found.words
    if hit.start <= view.start or words[hit.start] in OWN_DENIAL or begins_anew(words, hit.start, hit):
        return False
    return words[hit.start - 1] in _DENIALS and words[hit.start] not in ("only", "just", "sure")


def answered_no(view: Sentence) -> bool:
    """As in "Fever? No."."""
    if not view.asks or len(view.words) > SHORT_QUESTION + 2:
        return False
    following = list(view.following)
    if following[:1] in (["no"], ["nope"], ["nah"], ["none"], ["never"], ["negative"]):
        return len(view.words) <= SHORT_QUESTION
    denies = following[:3] in (
        ["do", "not", "have"],
        ["have", "not", "got"],
        ["i", "do", "not"],
        ["have", "not", "had"],
    )
    return len(following) <= SHORT_SENTENCE and denies
