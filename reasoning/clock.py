"""Time: the present moment as a thing that is passed in, and when the spasm began, on the person's own calendar.

Nothing in `reasoning/` asks the machine for the time but `SystemClock`; everything else takes `now`. Moments are kept
as ISO 8601 text in UTC; a person's zone is a name of the tz database or a fixed offset such as "+05:30".
"""

from __future__ import annotations

import datetime
import re
import zoneinfo
from dataclasses import dataclass
from typing import Literal, Protocol

UTC = datetime.UTC
ICE_DAYS = 3  # R1.02 and R1.05: ice for the first 24-72 hours, heat after 72 hours
OFFSET = re.compile(r"([+-])(\d\d):(\d\d)\Z")
HOURLY = 1.0  # a beginning nearer than this many days, and told in hours, is kept to the hour
QUARTER = 15  # minutes: no zone of the world stands on a finer step
EASTMOST, WESTMOST, DAY_MINUTES = 13 * 60 + 45, -10 * 60, 24 * 60  # the Chatham Islands in summer; Hawaii

Precision = Literal["hour", "day"]


class Clock(Protocol):
    """Tells the time. Tests have one that is moved by hand."""

    def now(self) -> datetime.datetime:
        """The present moment, with its zone."""


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime.datetime:
        """The present moment in UTC."""
        return datetime.datetime.now(UTC)


@dataclass(frozen=True)
class Onset:
    """When the spasm began. `at` is a date (precision "day") or a moment in UTC ("hour"); `told`: when it was said."""

    at: str
    precision: Precision = "day"
    told: str = ""


def zone(name: str) -> datetime.tzinfo:
    """The zone of that name or offset; UTC where it is not known, so that a wrong name does no harm."""
    offset = OFFSET.match(name)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return datetime.timezone(datetime.timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return zoneinfo.ZoneInfo(name) if name else UTC
    except (OSError, ValueError, LookupError):
        return UTC


def written(moment: datetime.datetime) -> str:
    """A moment as it is kept."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def moment(text: str) -> datetime.datetime | None:
    """The moment of a text that `written` made; None when it is none."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def today(now: datetime.datetime, timezone: str) -> datetime.date:
    """The date on the person's own calendar."""
    return now.astimezone(zone(timezone)).date()


def onset_of(days: float, now: datetime.datetime, timezone: str) -> Onset:
    """The beginning that lies so many days before now: to the hour when hours were told, else to the day."""
    told = written(now)
    if 0 < days < HOURLY:
        return Onset(written(now - datetime.timedelta(days=days)), "hour", told)
    # A childhood may lie before the calendar.
    days = min(days, float((today(now, timezone) - datetime.date(1900, 1, 1)).days))
    date = today(now, timezone) - datetime.timedelta(days=round(days))
    return Onset(date.isoformat(), "day", told)


def days_since(onset: Onset, now: datetime.datetime, timezone: str) -> float:
    """Days from the beginning to now, never below 0: exact to the hour, or days of the person's calendar.

    Days of the calendar keep on the safe side: on the third day after it is still no more than 72 hours.
    """
    if onset.precision == "hour":
        began = moment(onset.at)
        return max(0.0, (now - began).total_seconds() / 86400) if began else 0.0
    return max(0.0, float((today(now, timezone) - onset_date(onset, timezone)).days))


def onset_date(onset: Onset, timezone: str) -> datetime.date:
    """The day on which it began, on the person's calendar."""
    if onset.precision == "hour":
        began = moment(onset.at)
        if began is not None:
            return today(began, timezone)
    return datetime.date.fromisoformat(onset.at[:10])


def change_at(onset: Onset, timezone: str) -> datetime.datetime:
    """The moment when 72 hours are surely over and heat takes the place of ice."""
    began = moment(onset.at)
    if onset.precision == "hour" and began is not None:
        return began + datetime.timedelta(days=ICE_DAYS)
    day = onset_date(onset, timezone) + datetime.timedelta(days=ICE_DAYS + 1)
    return at_time(day, datetime.time(), timezone)


def at_time(day: datetime.date, time: datetime.time, timezone: str) -> datetime.datetime:
    """A time of day on the person's clock, in UTC. Twice there it is the first; not there, as if it had not moved."""
    return datetime.datetime.combine(day, time, zone(timezone)).astimezone(UTC)


QUIET_OFF = "off"
_HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")


@dataclass(frozen=True)
class Quiet:
    """Hours of the person's clock in which nothing unasked is said: from `start` to `end`, over midnight or not.

    None where both are the same.
    """

    start: datetime.time = datetime.time(22)
    end: datetime.time = datetime.time(8)

    @classmethod
    def parse(cls, text: str) -> Quiet:
        """From "22:00-07:30" or "off"; ValueError for anything else."""
        if text == QUIET_OFF:
            return cls(datetime.time(0), datetime.time(0))
        found = _HOURS.fullmatch(text)
        if found is None:
            raise ValueError(f'hours like "22:00-07:30", or "{QUIET_OFF}"')
        start, end = (datetime.time.fromisoformat(part) for part in found.groups())
        if start == end:
            raise ValueError(f'two times that differ, or "{QUIET_OFF}"')
        return cls(start, end)

    def __str__(self) -> str:
        """As `parse` reads it."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}" if self else QUIET_OFF

    def __bool__(self) -> bool:
        """Whether there are such hours at all."""
        return self.start != self.end

    def until(self, now: datetime.datetime, timezone: str) -> datetime.datetime | None:
        """When the quiet that holds now is over; None when it is not quiet."""
        local = now.astimezone(zone(timezone))
        time = local.time()
        over_midnight = self.start > self.end
        quiet = time >= self.start or time < self.end if over_midnight else self.start <= time < self.end
        if not quiet:
            return None
        day = local.date() + datetime.timedelta(days=1 if over_midnight and time >= self.start else 0)
        return at_time(day, self.end, timezone)


_CLOCK_TIME = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2})(?:[:.h](?P<minute>[0-5]\d))?\s*(?P<half>[ap])?\.?(?(half)m?\b|(?![\d:]))",
    re.IGNORECASE,
)
_WORDS_FOR_TIMES = {"noon": (12, 0), "midday": (12, 0), "midnight": (0, 0)}


def time_in(text: str) -> datetime.time | None:
    """The time of day that a short answer names ("14:30", "about 2.30 pm"); None when it names none or several."""
    for word, (hour, minute) in _WORDS_FOR_TIMES.items():
        if word in text.casefold().split():
            return datetime.time(hour, minute)
    found = list(_CLOCK_TIME.finditer(text))
    if len(found) != 1:
        return None
    hour, minute = int(found[0]["hour"]), int(found[0]["minute"] or 0)
    half = (found[0]["half"] or "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return datetime.time(hour, minute) if hour < 24 else None


def offset_by(time: datetime.time, now: datetime.datetime) -> str:
    """The offset from UTC of somebody whose clock shows this time now, to the quarter of an hour: "+05:30"."""
    utc = now.astimezone(UTC)
    minutes = (time.hour - utc.hour) * 60 + time.minute - utc.minute
    minutes = round(minutes / QUARTER) * QUARTER
    # Half a day and more apart, two zones show one time on two dates: the one where more people live is taken.
    while minutes > EASTMOST:
        minutes -= DAY_MINUTES
    while minutes < WESTMOST:
        minutes += DAY_MINUTES
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
