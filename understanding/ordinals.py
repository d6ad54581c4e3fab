"""Reads which of the offered items a message picks: "the second one", "1 and 3", "#2", "option b", "last one".

A number is a pick only where the sentence makes it one; durations, doses, ages, times and scores are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LAST = -1
MOST = 20  # no list of the bot is longer

_WORDS = {
    **dict(zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True)),
}
_ORDINALS = {
    **dict(
        zip("first second third fourth fifth sixth seventh eighth ninth tenth".split(), range(1, 11), strict=True),
    ),
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "frist": 1,
    "secound": 2,
    "secnd": 2,
    "thrid": 3,
    "forth": 4,
    "top": 1,
    "former": 1,
    "last": LAST,
    "final": LAST,
    "bottom": LAST,
    "latter": LAST,
    **{f"{number}th": number for number in range(4, MOST + 1)},
}
_PICK_ACT = "pick_option"

_NUM = rf"(?:\d{{1,2}}|{'|'.join(_WORDS)})"
_ORD = rf"(?:{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})"
_JOIN = r"(?:\s*(?:,|&|\+|;|\band\b|\bor\b|\bplus\b|\bthen\b)\s*(?:\band\b\s*)?(?:\bthe\b\s*)?|\s+)"
_THING = (
    r"(?:one|ones|option|options|choice|choices|answer|button|item|suggestion|link|tip|remedy|stretch|exercise|test|"
    r"thing on (?:the|your) list|on (?:the|your) list|of (?:those|these|them))"
)
_LABEL = (
    r"(?:#|no\.?\s|nr\.?\s|num\s|number\s|numbers\s|nos\.?\s|option\s|options\s|opt\s|choice\s|item\s|"
    r"items\s|answer\s|tip\s|question\s)"
)
_CUE = (
    r"(?:i(?:'ll| will|'d| would)? (?:take|pick|choose|have|want|like|go with|go for|try|do)|i have|i've got|"
    r"i got|i get|"
    r"ive got|i would like|i'd like to (?:see|try|do)|"
    r"pick|choose|select|chose|go with|go for|going with|give me|show me|tell me about|tell me more about|"
    r"more about|what about|how about|"
    r"let'?s (?:do|try|go with|go for|see)|try|just|only|yes to|yes for|yes,?|yeah,?|yep,?|ok,?|it'?s|its|it is|"
    r"definitely|maybe|"
    r"probably|both|apply:?|mine (?:is|are)|the answer is|have|want|say|i say|i said|i mean|i meant|um+,?|er+,?|"
    r"hm+,?|please|open|press|tick|ticked)"
)
_TAIL = (
    r"(?=\s*(?:$|[.!?)\n]|,\s*(?!\d)|[-\u2013\u2014]\s|(?:please|pls|plz|thanks|thx|thank you|for me|sounds|"
    r"looks|is|are|i think|i guess|too|"
    r"apply|applies|also|as well|only|and i\b|and my\b|and also|but|because|cos|though|if|from (?:the|"
    r"your) list|on the list|of (?:those|these|them|the list))\b))"
)
_NUMBERS = rf"{_NUM}(?:{_JOIN}{_NUM})*"
_ORDS = rf"{_ORD}(?:{_JOIN}{_ORD})*"

_WHOLE = re.compile(rf"^(?:the\s+)?{_LABEL}?\(?({_NUMBERS})\)?\.?$")
_RANGE = re.compile(rf"^{_LABEL}?(\d)\s*(?:-|\u2013|to)\s*(\d)$")
_LABELLED = re.compile(rf"(?:^|(?<=[\s(])){_LABEL}\s*({_NUMBERS})(?![\d/%]|\s*(?:am|pm)\b)")
_CUED = re.compile(
    rf"(?:^|[,.;:!?]\s*|\b(?:and|so|then|well|hi|hello)\s+){_CUE}\s+(?:the\s+|numbers?\s+|"
    rf"of\s+)?({_NUMBERS}){_TAIL}"
)
_OPENING = re.compile(rf"^\(?({_NUMBERS})\)?{_TAIL}")
_FIRST_FEW = re.compile(rf"\b(first|last|top|bottom)\s+({_NUM})(?:\s+{_THING})?{_TAIL}")
_ORD_THING = re.compile(rf"\b({_ORDS})\s+{_THING}\b(?!\s+(?:week|month|year|night|day|hour|time)s?\b)")
_ORD_CLOSE = re.compile(rf"(?:^|\bthe\s+|^{_CUE}\s+)({_ORDS}){_TAIL}")
_LETTER = re.compile(
    r"^(?:option|answer|choice|letter)\s+([a-h])\b|\b(?:option|choice|"
    r"letter)\s+([a-h])\b(?!\s+(?:few|lot|bit))|^\(?([b-h])\)?[.!]?$|^\(?a\)$"
)
_ANY_NUMBER = re.compile(r"(?<![\d.,/:#])\d{1,2}(?![\d/:%°]|[.,]\d)")
# What makes a number something else: a measure after it, a time or an age around it.
_UNIT = re.compile(
    r"^\s*(?:-\s*)?(?:x\b|times?|mins?|minutes?|hrs?|hours?|secs?|seconds?|days?|wks?|weeks?|months?|mths?|yrs?|"
    r"years?|yo\b|y/o|am\b|pm\b|"
    r"o'?clock|mg|ml|g\b|kg|lbs?|pounds?|stone|st\b|miles?|km|cm|inch|feet|ft|litres?|liters?|glasses|cups?|"
    r"tablets?|pills?|"
    r"degrees?|percent|out of|of 10|/|kids?|children|babies|nights?|reps?|sets?|sessions?|holes|hundred|"
    r"thousand|ibuprofens?|"
    r"paracetamols?|advils?|aspirins?|tylenols?|weeks'?|of them (?:took|last))",
)
_NEVER = re.compile(
    r"\b(?:at first|first of all|first thing|first time|first aid|second opinion|last (?:night|week|month|year|"
    r"time|summer|winter|resort)|"
    r"a second|(?:any|every|split|each) second|one second|at last|last(?:s|ed|ing)\b|(?:does|do|will|did|can|to|"
    r"it|they|should|must|would) last|"
    r"long .{0,30} last|no one|one day|one of my|one side|one leg|one arm|more than one|any ?one|some ?one|"
    r"every ?one)\b"
)
_ASKS = re.compile(r"^\s*(?:can|could|should|how|is|are|do|does|when|why|may|shall|would)\b")


def read(text: str, act: str) -> tuple[int, ...]:
    """Picked numbers in the order named, from 1; -1 is the last, -2 the one before. () when nothing is picked.

    `act` is the NLU's intent: when it says that an option is picked, a bare number in the sentence is enough.
    """
    low = re.sub(r"[ \t]+", " ", text.lower().replace("\u2019", "'").strip())
    low = re.sub(r"\bnumero\b", "number", low)
    whole = _WHOLE.match(low.rstrip(".! ?"))
    if whole:
        return _valid(_numbers(whole.group(1)))
    span = _RANGE.match(low)
    if span and int(span.group(1)) < int(span.group(2)):
        return tuple(range(int(span.group(1)), int(span.group(2)) + 1))
    low = _NEVER.sub("~", low)
    found = _few(low) or _letters(low) or _picks(low)
    if found or act != _PICK_ACT or _ASKS.match(low):
        return found
    return _valid([int(m.group()) for m in _ANY_NUMBER.finditer(low) if not _measured(low, m.end())])


def _picks(low: str) -> tuple[int, ...]:
    places: dict[int, int] = {}
    for pattern in (_LABELLED, _CUED, _OPENING):
        for match in pattern.finditer(low):
            if pattern is _OPENING and _measured(low, match.end()):
                continue
            if not _measured(low, match.end(1)):
                places.update(_placed(match, _NUM))
    for pattern in (_ORD_THING, _ORD_CLOSE):
        for match in pattern.finditer(low):
            places.update(_placed(match, _ORD))
    return _valid([places[start] for start in sorted(places)])


def _placed(match: re.Match[str], item: str) -> Iterator[tuple[int, int]]:
    for found in re.finditer(rf"\b{item}\b", match.group(1)):
        word = found.group()
        value = _ORDINALS.get(word) or _WORDS.get(word) or int(word)
        yield match.start(1) + found.start(), value


def _few(low: str) -> tuple[int, ...]:
    match = _FIRST_FEW.search(low)
    size = _numbers(match.group(2))[0] if match else 1
    if match is None or size == 1:
        return ()
    if match.group(1) in ("first", "top"):
        return _valid(list(range(1, size + 1)))
    return tuple(range(-size, 0))


def _letters(low: str) -> tuple[int, ...]:
    match = _LETTER.search(low)
    if not match:
        return ()
    letter = next((group for group in match.groups() if group), "a")
    return (ord(letter) - ord("a") + 1,)


def _numbers(text: str) -> list[int]:
    return [_WORDS.get(word) or int(word) for word in re.findall(rf"\b{_NUM}\b", text)]


def _measured(low: str, end: int) -> bool:
    return bool(_UNIT.match(low[end:]))


def _valid(numbers: list[int]) -> tuple[int, ...]:
    if any(number == 0 or number > MOST for number in numbers):
        return ()
    return tuple(dict.fromkeys(numbers))
