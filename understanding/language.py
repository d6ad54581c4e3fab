"""Tells English, however short, slangy or misspelt, from other languages and from keys hit at random.

A reading other than English needs strong grounds: a wrong one would turn away a person who can be understood.
"""

from __future__ import annotations

import functools
import importlib.resources
import math
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from enum import StrEnum

COMMON = 60_000  # ranks of the frequency list that count as English; the rest of it is rare names and errors
OFTEN = 12_000  # ranks that a misspelt word may be a slip of
LETTERS_FROM = 20_000  # ranks that the letter pairs of English are counted over
SHORTEST_SLIP = 4  # letters from which an unknown word may be a slip of a known one
LONGEST_READ = 60  # words of a message that are looked at

UNKNOWN_FOREIGN = 0.34  # share of unknown words from which the language is asked at all
SURE = 0.9  # probability from which another language is believed
UNKNOWN_ROMAN = 0.6  # share of unknown words that alone tells another language in Latin letters ("kamar mein dard hai")
FEWEST_WORDS = 3  # fewer words are never called another language on their spelling
MASHED = -3.6  # mean log probability of letter pairs below which a word is no word
STREAK = 4  # neighbours on a keyboard row, or repeats, that are no word
FEWEST_LETTERS = 4  # a shorter text ("brb", "mri", "k") is never called nonsense
FOREIGN_PART = 0.5  # share of words that are foreign or strange, from which small foreign words tell the language
ENGLISH_PART = 0.2  # share of small English words above which they tell nothing

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_REPEATED = re.compile(r"(.)\1+")  # "owww", "heeelp"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiouy")
_LATIN = "LATIN"
_langid = threading.local()

_CRIES = frozenset("ow ouch argh arghh aargh ah ugh oof oh oi pfft pff grr hmm mm aah eek yikes waah".split())
_SMALL_ENGLISH = frozenset(
    "the a an i i'm im my me you your u it is are was am be been do does did can should would what how why "
    "when which who to of in on at for with and or but not no if so this that have has had any get".split()
)
# Frequent in one of the languages that people are likely to write in, and no English words.
_SMALL_FOREIGN = frozenset(
    # Spanish, Portuguese, Italian, French
    "el la los las un una mi es y que qué como cómo por para con tengo me duele espalda hola muy pero dolor "
    "puedo hago desde o os uma eu não nas dos minha dor costas estou tenho il di che mi mal fa per "
    "della ho sono schiena cosa posso fare je j'ai le les des du et est mon ma au dos mal depuis pour avec que "
    "quoi vous "
    # German, Dutch, Polish, Turkish, Hungarian
    "ich habe und der die das ein eine mein meine mir nicht seit was wie soll hilft gegen rücken wo kann "
    "ik heb een het de mijn wat niet tegen moet rug mam mnie boli co na nie się od jak plecy bel ağrısı "
    "var ne için bir çok nem fáj hogy "
    # Hindi, Urdu and Bengali in Latin letters
    "hai hain kya mera meri mere mein ho raha rahi kar karu karun ko ka ki se bahut dard kamar nahi hun aap "
    "kaise amar ki korbo".split()
) - {"die", "me", "do", "as", "no"}


class Language(StrEnum):
    """What a text is written in."""

    ENGLISH = "english"
    OTHER = "other_language"
    NONSENSE = "nonsense"
    EMPTY = "empty"  # no letter and no digit


class LanguageReader:
    """Reads what a text is written in. `vocabulary`: words that people are known to use, slang and slips included."""

    def __init__(self, vocabulary: Collection[str]) -> None:
        self._vocabulary = frozenset(vocabulary)
        self._ranks = english_ranks()

    def read(self, text: str) -> Language:
        """The language of a text; ENGLISH when in doubt."""
        if not any(char.isalnum() for char in text):
            return Language.EMPTY
        words = [word.lower().replace("’", "'") for word in _WORD.findall(text)][:LONGEST_READ]
        if not words:
            return Language.ENGLISH
        if _share(words, _is_foreign_script) > 0.5:
            return Language.OTHER
        unknown = [word for word in words if not self.known(word)]
        if len(unknown) == len(words) and len("".join(words)) >= FEWEST_LETTERS and all(map(_is_mashed, words)):
            return Language.NONSENSE
        return Language.OTHER if self._is_other(text, words, unknown) else Language.ENGLISH

    def known(self, word: str) -> bool:
        """Whether English has the word, or people here use it."""
        if word in self._vocabulary or word in _CRIES or self._ranks.get(word, COMMON) < COMMON:
            return True
        forms = {word.partition("'")[0], *(_REPEATED.sub(kept, word) for kept in (r"\1", r"\1\1"))} - {word}
        return any(
            form in self._vocabulary or form in _CRIES or self._ranks.get(form, COMMON) < COMMON for form in forms
        )

    def _is_other(self, text: str, words: Sequence[str], unknown: Sequence[str]) -> bool:
        if len(words) < FEWEST_WORDS:
            return False
        foreign = {word for word in words if word in _SMALL_FOREIGN}
        strange = [word for word in unknown if not self._is_slip(word)]
        english = sum(word in _SMALL_ENGLISH for word in words)
        told = sum(word in foreign or word in strange for word in words)
        if len(foreign) > 1 and told >= FOREIGN_PART * len(words) and english <= ENGLISH_PART * len(words):
            return True
        share = len(strange) / len(words)
        if len(strange) < 2 or share < UNKNOWN_FOREIGN:
            return False
        if share >= UNKNOWN_ROMAN and len(words) > FEWEST_WORDS:
            return True
        language, sure = _classify(text)
        return language != "en" and sure >= SURE

    def _is_slip(self, word: str) -> bool:
        """Whether the word is one slip away from a word that is used often."""
        if len(word) < SHORTEST_SLIP:
            return True
        often = self._ranks
        return any(often.get(form, OFTEN) < OFTEN or form in self._vocabulary for form in _one_slip(word))


def _one_slip(word: str) -> set[str]:
    """The word with one letter too many, two exchanged, or one doubled or wrong vowel taken back."""
    parts = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    less = {left + right[1:] for left, right in parts if right}
    turned = {left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1}
    more = {left + letter + right for left, right in parts for letter in "abcdefghiklmnoprstuvwy"}
    other = {left + letter + right[1:] for left, right in parts if right for letter in "aeiouyckst"}
    return less | turned | more | other


def _is_foreign_script(word: str) -> bool:
    return not unicodedata.name(word[0], _LATIN).startswith(_LATIN)


def _share(words: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(test(word) for word in words) / len(words)


def _is_mashed(word: str) -> bool:
    if len(set(word)) == 1 and len(word) > 2:
        return True
    if len(word) >= STREAK and (_has_streak(word) or not _VOWELS & set(word)):
        return True
    return (len(word) < STREAK and not _VOWELS & set(word)) or _mean_pair(word) < MASHED


def _has_streak(word: str) -> bool:
    for row in _ROWS:
        for run in (row, row[::-1]):
            if any(run[start : start + STREAK] in word for start in range(len(run) - STREAK + 1)):
                return True
    return any(word[start] * STREAK == word[start : start + STREAK] for start in range(len(word) - STREAK + 1))


def _mean_pair(word: str) -> float:
    pairs = _letter_pairs()
    marked = f"^{word}$"
    scores = [pairs.get(marked[at : at + 2], -8.0) for at in range(len(marked) - 1)]
    return sum(scores) / len(scores)


@functools.cache
def _letter_pairs() -> dict[str, float]:
    """Log probability of a letter after a letter, over the commonest English words."""
    counts: Counter[str] = Counter()
    for word, rank in english_ranks().items():
        if rank < LETTERS_FROM:
            marked = f"^{word}$"
            counts.update(marked[at : at + 2] for at in range(len(marked) - 1))
    firsts: Counter[str] = Counter()
    for pair, count in counts.items():
        firsts[pair[0]] += count
    return {pair: math.log(count / firsts[pair[0]]) for pair, count in counts.items()}


@functools.cache
def english_ranks() -> dict[str, int]:
    """English words and their rank by frequency, from symspellpy's list."""
    path = importlib.resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return {line.split(" ", 1)[0]: rank for rank, line in enumerate(lines)}


def _classify(text: str) -> tuple[str, float]:
    """Language code and its probability; the identifier keeps state while it reads, so each thread has its own."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    if not hasattr(_langid, "reader"):
        _langid.reader = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    language, sure = _langid.reader.classify(text)
    return str(language), float(sure)
