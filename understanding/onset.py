"""When it began, where a message speaks of that: "no, it was Monday", "this morning", "two hours ago".

The spans are those of `durations`; here is decided whether one of them is the beginning, on the person's own calendar.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from understanding import durations

SHORT = 12  # words of a message that does little but name a time
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_DAYS = "|".join(_WEEKDAYS)
_TROUBLE = r"(?:it|this|that|the (?:spasms?|pain|cramps?|trouble)|mine|my back)"
_BEGAN = r"(?:began|begun|started|came on|happened|kicked off|set in|goes back to)"
_SAID_BETWEEN = r"(?:has |had |all |only |really |actually |first |just )*"
# "The pain went this morning" is another matter: it is over.
_WENT = re.compile(
    r"\bmy (?:lower |upper |whole )?back (?:has |just |suddenly )*(?:went|gave out|seized|locked|cramped|spasmed)\b"
)
_TELLS = re.compile(rf"\b{_TROUBLE} {_SAID_BETWEEN}{_BEGAN}\b|^{_BEGAN}\b")
_CORRECTS = re.compile(
    r"^(?:no|nope|actually|sorry|wait|correction|oops|i meant|i mean|rather|that s wrong"
    rf"|not (?:{_DAYS}|yesterday|today))\b ?"
)
# Words beside a bare time: "it was on Monday, I think".
_BESIDE = frozenset("on about around some it was that this like maybe think i ago the since from already now".split())
_NOT_IT = re.compile(r"\b(?:in|after|for|every|each|next|until|till|by|will|appointment|tomorrow|remind)\b")
_DAY = re.compile(
    rf"\b(?:(?P<last>last )(?P<past>{_DAYS})|(?:on |was |since |(?:early |late )?(?:this|the) )?(?P<weekday>{_DAYS})"
    r"|(?P<today>today|this (?:morning|afternoon|evening)|tonight|just now|right now|an? (?:minute|moment) ago)"
    r"|(?P<night>last night|yesterday(?: \w+)?)|(?P<before>the day before yesterday)"
    r"|(?P<now>(?:half an|an) hour ago))\b"
)


def on_calendar(days: float, words: Sequence[str], read_on: datetime.date, today: datetime.date) -> float:
    """Days since the onset as the watch read them on its own date, counted on the person's calendar.

    It differs for "since Monday" alone: there the weekday of the reader's date counts.
    """
    spans = durations.find(words, read_on)
    place = next((number for number, span in enumerate(spans) if span.days == days), None)
    there = durations.find(words, today)
    return there[place].days if place is not None and len(there) == len(spans) else days


@dataclass(frozen=True)
class Beginning:
    """Days from the beginning to now (a part of one for hours)."""

    days: float


def read(text: str, words: Sequence[str], today: datetime.date) -> Beginning | None:
    """The beginning that a message tells; None when it speaks of none."""
    plain = " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())
    while _CORRECTS.match(plain):
        plain = _CORRECTS.sub("", plain, count=1)
    if len(plain.split()) > SHORT or not (_TELLS.search(plain) or _bare(plain) or _just_went(plain, words, today)):
        return None
    named = _DAY.search(plain)
    if named is not None:
        return Beginning(_days_of(named, today))
    spans = [span for span in durations.find(words, today) if span.kind in ("ago", "since")]
    if not spans and _TELLS.search(plain) and not _NOT_IT.search(plain):
        spans = durations.find(words, today)
    return Beginning(max(span.days for span in spans)) if spans else None


def _just_went(plain: str, words: Sequence[str], today: datetime.date) -> bool:
    """ "My back went this morning", with no longer time beside it: "three weeks of it, and today my back locked"."""
    return bool(_WENT.search(plain)) and not durations.find(words, today)


def _bare(plain: str) -> bool:
    """Nothing but a time: "monday", "it was yesterday evening", "3 days ago"."""
    rest = _DAY.sub(" ", plain, count=1) if _DAY.search(plain) else re.sub(r"\b(?:\w+ ){1,3}ago\b", " ", plain)
    return rest != plain and not set(rest.split()) - _BESIDE


def _days_of(named: re.Match[str], today: datetime.date) -> float:
    if named["before"]:
        return 2.0
    if named["night"]:
        return 1.0
    if named["now"]:
        return 1 / 24
    if named["today"]:
        return 0.0
    back = (today.weekday() - _WEEKDAYS.index(named["past"] or named["weekday"])) % 7
    # "Last Monday", said on a Wednesday, is the one of this week to most; said on a Monday it is a week ago.
    return float(back or 7)
