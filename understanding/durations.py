"""Time spans, ages and weeks of pregnancy in words or digits, read from the words of a message."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["ago", "for", "since", "plain"]

DAYS = {
    "minute": 1 / 1440,
    "min": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "night": 1.0,
    "week": 7.0,
    "fortnight": 14.0,
    "month": 30.0,
    "year": 365.0,
}
_SHORT = {"wk": 7.0, "yr": 365.0, "hr": 1 / 24, "mth": 30.0}
FAR = 4  # words between "since" and the day
LONG_AGO = 5000.0  # days: a childhood
_VAGUE = {
    "days": 3.0,
    "weeks": 21.0,
    "months": 90.0,
    "years": 730.0,
    "ages": 60.0,
    "yonks": 60.0,
    "forever": 90.0,
    "donkeys": 365.0,
}
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
NUMBERS: dict[str, float] = {word: float(value) for value, word in enumerate(_SMALL)} | {
    "a": 1, "an": 1, "couple": 2, "few": 3, "several": 4, "half": 0.5, "dozen": 12, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100,
}  # fmt: skip
_MONTHS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_FEASTS = {
    "year": (1, 1), "christmas": (12, 25), "xmas": (12, 25), "easter": (4, 5), "halloween": (10, 31), "diwali": (11, 1),
    "thanksgiving": (11, 25), "summer": (7, 15), "winter": (1, 15), "spring": (4, 15), "autumn": (10, 15),
}  # fmt: skip
_RECENT = {
    "yesterday": 1.0,
    "today": 0.0,
    "tonight": 0.0,
    "morning": 0.0,
    "weekend": 3.0,
    "lockdown": 2000.0,
    "childhood": LONG_AGO,
    "birth": LONG_AGO,
    "school": LONG_AGO,
    "kid": LONG_AGO,
    "child": LONG_AGO,
    "teenager": LONG_AGO,
    "teens": LONG_AGO,
}
_LAST = {
    "night": 1.0,
    "week": 7.0,
    "weekend": 7.0,
    "month": 30.0,
    "year": 365.0,
    "summer": 200.0,
    "winter": 250.0,
    "decade": 3650.0,
}
_BEFORE = frozenset("for been over about nearly almost past last lasting lasted going around since than".split())
_EASING_IN = frozenset(  # between "since" and the day
    "last the this early late mid about around new before start of end way".split()
)
_NAMED_DAYS = frozenset({"yesterday", "today", "tonight", *_WEEKDAYS})
_BREAKS = frozenset("i my it he she we they and but or , so is was am are".split())
_BETWEEN = frozenset("or to of good and solid whole full long - + / more odd".split())
_FIRST_YEAR = 1930
SHORT_YEARS = 60  # "in '94": from here on two digits are a year
_NOT_AGE = frozenset(  # after a number, these make it something other than an age
    "week weeks wk wks day days month months hour hours hr hrs minute minutes min mins percent % foot feet ft "
    "inch inches kg kgs lb lbs stone st cm m mg pounds kilos miles km am pm times degrees c f year years grams "
    "tablets pills out / reps sets ibuprofen paracetamol - : th rd nd".split()
)
OLDEST, ADULT = 112, 18
YOUNGEST_WRITER = 4  # "I am 4 ..." is no age


@dataclass(frozen=True)
class Span:
    """A time span of `days`, said in words `start` up to `end`; `ago` and `since` tell of a beginning."""

    days: float
    kind: Kind
    start: int
    end: int


def number(word: str) -> float | None:
    """The value of a number in digits or words."""
    if word[:1].isdigit():
        try:
            return float(word.replace(",", "."))
        except ValueError:
            return None
    return NUMBERS.get(word)


def _unit(word: str) -> float | None:
    single = word.removesuffix("s")
    return DAYS.get(word) or DAYS.get(single) or _SHORT.get(single)


def find(words: Sequence[str], today: datetime.date) -> list[Span]:
    """All time spans, in the order of the text."""
    found: list[Span] = []
    count = len(words)
    index = 0
    while index < count:
        span = _counted(words, index) or _vague(words, index) or _since(words, index, today) or _last(words, index)
        if span:
            found.append(span)
            index = span.end
        else:
            index += 1
    return found


def _counted(words: Sequence[str], index: int) -> Span | None:
    """Read "three weeks", "2-3 weeks", "a couple of weeks", "half a year": of two numbers the larger counts."""
    value = number(words[index])
    if value is None:
        return None
    end = index + 1
    while end < len(words) and end - index < FAR + 2 and _unit(words[end]) is None:
        further = number(words[end])
        if further is not None:
            value = _combined(value, further, words, end)
        elif words[end] not in _BETWEEN:
            return None
        end += 1
    if end >= len(words) or (unit := _unit(words[end])) is None:
        return None
    end += 1
    if words[end : end + 3] == ["and", "a", "half"]:
        value, end = value + 0.5, end + 3
    return Span(value * unit, _kind(words, index, end), index, _past_ago(words, end))


def _combined(value: float, further: float, words: Sequence[str], at: int) -> float:
    if words[at] in ("a", "an"):  # "half a year", "a"
        return value
    if words[at - 1] in ("to", "or", "of", "a", "and") or further >= value:
        return further
    return value * further if further > 1 else further


def _kind(words: Sequence[str], start: int, end: int) -> Kind:
    after = words[end] if end < len(words) else ""
    if after in ("ago", "back", "before", "prior", "earlier"):
        return "ago"
    if any(word in _BEFORE for word in words[max(0, start - 3) : start]) or after in ("now", "straight", "solid"):
        return "for"
    return "plain"


def _past_ago(words: Sequence[str], end: int) -> int:
    return end + 1 if end < len(words) and words[end] in ("ago", "now") else end


def _vague(words: Sequence[str], index: int) -> Span | None:
    days = _VAGUE.get(words[index])
    if days is None:
        return None
    before = words[max(0, index - 3) : index]
    after = words[index + 1] if index + 1 < len(words) else ""
    if not (any(word in _BEFORE for word in before) or after in ("now", "ago", "of", "on")):
        return None
    return Span(days, "ago" if after == "ago" else "for", index, _past_ago(words, index + 1))


def _since(words: Sequence[str], index: int, today: datetime.date) -> Span | None:
    if words[index] not in ("since", "from", "after", "before", "in"):
        return None
    kind: Kind = "since" if words[index] in ("since", "from") else "ago"
    position = index + 1
    while position < len(words) and position - index < FAR and words[position] in _EASING_IN:
        position += 1
    if position >= len(words):
        return None
    if words[index] == "in" and _is_short_year(words, position):
        past = _days_since(f"19{words[position]}", False, today)
        return Span(past, kind, index, position + 1) if past is not None else None
    position = _to_year(words, position)
    word = words[position]
    last = "last" in words[index:position]
    days = _days_since(word, last, today)
    if days is None and words[index] == "since":
        position, days = _behind_what(words, position, today)
    if days is None or (
        words[index] in ("after", "before")
        or (words[index] in ("in", "from") and word not in _MONTHS and not word.isdigit())
    ):
        return None
    return Span(days, kind, index, position + 1)


def _behind_what(words: Sequence[str], at: int, today: datetime.date) -> tuple[int, float | None]:
    """From what it began with to the day named behind it: "since golf yesterday", "since the move on Sunday"."""
    for position in range(at + 1, min(at + FAR, len(words))):
        if words[position] in _BREAKS:
            break
        if words[position] in _NAMED_DAYS:
            return position, _days_since(words[position], False, today)
    return at, None


def _to_year(words: Sequence[str], at: int) -> int:
    """From a season or a month to the year behind it, as in "in the summer of 2019"."""
    behind = at + 2 if words[at + 1 : at + 2] == ["of"] else at + 1
    is_year = behind < len(words) and len(words[behind]) == 4 and words[behind].isdigit()
    return behind if is_year and (words[at] in _FEASTS or words[at] in _MONTHS) else at


def _is_short_year(words: Sequence[str], at: int) -> bool:
    """As in "in '94": two digits late in the century, of nothing that is counted."""
    after = words[at + 1] if at + 1 < len(words) else ""
    is_number = len(words[at]) == 2 and words[at].isdigit() and int(words[at]) > SHORT_YEARS
    return is_number and after not in _NOT_AGE and _unit(after) is None


def _days_since(word: str, last: bool, today: datetime.date) -> float | None:
    if last and word in _LAST:
        return _LAST[word]
    known = _RECENT.get(word)
    if known is not None:
        return known
    if word in _WEEKDAYS:
        return float((today.weekday() - _WEEKDAYS.index(word)) % 7 or 7)
    if word in _MONTHS:
        return _back_to(today, _MONTHS.index(word) + 1, 1)
    if word in _FEASTS:
        return _back_to(today, *_FEASTS[word])
    if word.isdigit() and _FIRST_YEAR < int(word) <= today.year:
        return float(max(0, (today - datetime.date(int(word), 7, 1)).days))
    return None


def _back_to(today: datetime.date, month: int, day: int) -> float:
    then = datetime.date(today.year, month, day)
    if then > today:
        then = datetime.date(today.year - 1, month, day)
    return float((today - then).days)


def _last(words: Sequence[str], index: int) -> Span | None:
    if words[index] == "yesterday":
        return Span(1.0, "ago", index, index + 1)
    if words[index] == "last" and index + 1 < len(words):
        if words[index + 1] in _LAST:
            return Span(_LAST[words[index + 1]], "ago", index, index + 2)
        if words[index + 1] in _WEEKDAYS:
            return Span(7.0, "ago", index, index + 2)
    return None


def find_age(words: Sequence[str], others: frozenset[str]) -> int | None:
    """Age in years of the person, None when it is not said. `others` are words for another person ("he", "son")."""
    for index in range(len(words)):
        value = _whole(words, index)
        if value is None or not 0 <= value[0] <= OLDEST:
            continue
        age = _age_at(words, index, *value, others)
        if age is not None:
            return age
    return _decade(words)


def _age_at(words: Sequence[str], index: int, age: int, end: int, others: frozenset[str]) -> int | None:
    before, after = list(words[max(0, index - 3) : index]), list(words[end : end + 3])
    following = after[0] if after else ""
    if following == "yo" or (following in ("year", "years", "yr", "yrs", "y") and "old" in after):
        return age
    if following == "months" and "old" in after:
        return age // 12
    if following in _NOT_AGE and not (following in ("m", "f") and len(words) > end):
        return None
    is_said = (
        before[-1:] in (["aged"], ["age"], ["turned"], ["turning"])
        or before[-2:] == ["age", "is"]
        or _of_person(before, age, others)
        or (before[-1:] in ([","], ["("]) and before[-2:-1] and before[-2] in others and following in (",", ")", ""))
        or (index == 0 and age >= ADULT and following == "and")
        or (before[-1:] == ["at"] and age >= ADULT and "first" in words)
        or (following in ("male", "female", "man", "woman") and words[index].isdigit())
    )
    return age if is_said else None


def _of_person(before: list[str], age: int, others: frozenset[str]) -> bool:
    """Whether these words lead to an age, as in "I am", "he is only", "my son is"."""
    plain = [word for word in before if word not in ("only", "just", "nearly", "almost", "now", "over")]
    if plain[-1:] == ["am"]:
        return age > YOUNGEST_WRITER
    return plain[-1:] == ["is"] and any(word in others for word in plain)


def _whole(words: Sequence[str], index: int) -> tuple[int, int] | None:
    word = words[index]
    if word.isdigit() and len(word) <= 3:
        return int(word), index + 1
    value = NUMBERS.get(word)
    if value is None or word in ("a", "an", "couple", "few", "several", "half", "dozen", "hundred"):
        return None
    if (
        value >= 20
        and index + 1 < len(words)
        and 0 < (NUMBERS.get(words[index + 1]) or 0) < 10
        and words[index + 1] in _SMALL
    ):
        return int(value + NUMBERS[words[index + 1]]), index + 2
    return int(value), index + 1


_DECADES = {
    "twenties": 20,
    "thirties": 30,
    "forties": 40,
    "fifties": 50,
    "sixties": 60,
    "seventies": 70,
    "eighties": 80,
    "nineties": 90,
    "teens": 15,
}


def _decade(words: Sequence[str]) -> int | None:
    for index, word in enumerate(words):
        if word in _DECADES and any(before in ("my", "his", "her") for before in words[max(0, index - 3) : index]):
            return _DECADES[word] + (1 if word == "fifties" else 0)
    return None


_TRIMESTERS = {"first": 8, "1st": 8, "second": 20, "2nd": 20, "third": 32, "3rd": 32, "last": 32}
LONGEST_PREGNANCY, WEEKS_A_MONTH = 43, 4.35


def find_weeks(words: Sequence[str]) -> int | None:
    """Weeks of pregnancy; call it only where a pregnancy is spoken of."""
    for index in range(len(words)):
        value = _whole(words, index)
        if value is None:
            continue
        amount, end = value
        unit = words[end] if end < len(words) else ""
        if unit in ("weeks", "week", "w") and 1 < amount <= LONGEST_PREGNANCY and words[end + 1 : end + 2] != ["ago"]:
            return amount
        if unit in ("months", "month") and 1 <= amount <= 9:
            return round(amount * WEEKS_A_MONTH)
    for before, word in itertools.pairwise(words):
        if word == "trimester" and before in _TRIMESTERS:
            return _TRIMESTERS[before]
    return None
