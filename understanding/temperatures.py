"""Body temperatures: 38 °C or 100.4 °F and up is a fever; 35 °C (95 °F) and below counts as ill as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from understanding.durations import number

FEVER_C, COLD_C = 38.0, 35.0
_CUES = frozenset(
    "temp temperature fever thermometer feverish degrees degree celsius fahrenheit c f ° reading "
    "tympanic forehead".split()
)
_NOT_BODY = frozenset(
    "water bath oven room outside pad pack pool weather shower kg lbs weeks years old mg minutes".split()
)
_NEAR = 5


@dataclass(frozen=True)
class Temperature:
    """A body temperature in degrees Celsius, said in word `at`."""

    celsius: float
    at: int

    @property
    def ill(self) -> bool:
        """Fever, or too cold."""
        return self.celsius >= FEVER_C or self.celsius <= COLD_C


def find(words: Sequence[str]) -> list[Temperature]:
    """Temperatures of a body; a bare number counts only near a word like "temp"."""
    found = []
    for index in range(len(words)):
        value = _value(words, index)
        if value is None:
            continue
        near = words[max(0, index - _NEAR) : index + _NEAR + 1]
        if not any(cue in _CUES for cue in near) or any(
            cue in _NOT_BODY for cue in words[max(0, index - 3) : index + 3]
        ):
            continue
        celsius = _celsius(value)
        if celsius is not None:
            found.append(Temperature(celsius, index))
    return found


def _value(words: Sequence[str], index: int) -> float | None:
    """A number in digits, or in words as temperatures are said: "thirty nine point two", "a hundred and three"."""
    if words[index][:1].isdigit():
        try:
            return float(words[index].replace(",", "."))
        except ValueError:
            return None
    if words[index] == "hundred":
        rest = words[index + 2 : index + 3] if words[index + 1 : index + 2] == ["and"] else words[index + 1 : index + 2]
        ones = number(rest[0]) if rest else None
        return 100 + ones if ones is not None and 0 < ones < 10 else None
    if words[index] not in ("thirty", "forty", "ninety"):
        return None
    value = float(number(words[index]) or 0)
    after = index + 1
    ones = number(words[after]) if after < len(words) else None
    if ones is not None and 0 < ones < 10:
        value, after = value + ones, after + 1
    tenths = number(words[after + 1]) if words[after : after + 1] == ["point"] and after + 1 < len(words) else None
    return value + tenths / 10 if tenths is not None and tenths < 10 else value


def _celsius(value: float) -> float | None:
    if 33 <= value <= 43:
        return value
    if 92 <= value <= 110:
        return round((value - 32) * 5 / 9, 2)
    return None
