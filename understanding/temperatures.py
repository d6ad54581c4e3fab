"""Body temperatures: 38 °C or 100.4 °F and up is a fever; 35 °C (95 °F) and below counts as ill as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    for index, word in enumerate(words):
        if not word[:1].isdigit():
            continue
        try:
            value = float(word.replace(",", "."))
        except ValueError:
            continue
        near = words[max(0, index - _NEAR) : index + 4]
        if not any(cue in _CUES for cue in near) or any(
            cue in _NOT_BODY for cue in words[max(0, index - 3) : index + 3]
        ):
            continue
        celsius = _celsius(value)
        if celsius is not None:
            found.append(Temperature(celsius, index))
    return found


def _celsius(value: float) -> float | None:
    if 33 <= value <= 43:
        return value
    if 92 <= value <= 110:
        return round((value - 32) * 5 / 9, 2)
    return None
