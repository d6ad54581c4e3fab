"""Time is passed in: days since the onset on the person's own calendar, over changed clocks and in any zone."""

from __future__ import annotations

import datetime

import pytest

from reasoning import clock, plan
from reasoning.clock import Quiet

UTC = datetime.UTC
LONDON, NEW_YORK, KOLKATA, AUCKLAND = "Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"


def at(text: str) -> datetime.datetime:
    """A moment in UTC."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK, KOLKATA, AUCKLAND, "+05:30", "-08:00", ""])
@pytest.mark.parametrize("days", [0.0, 1.0, 3.0, 4.0, 14.0, 60.0, 5000.0])
def test_days_told_are_days_known(zone: str, days: float) -> None:
    """At the moment of telling, the days since the onset are what was told."""
    now = at("2026-11-24T23:30")
    assert clock.days_since(clock.onset_of(days, now, zone), now, zone) == days


def test_an_onset_is_a_day_on_the_persons_own_calendar() -> None:
    """Yesterday is another date in Auckland than in New York, at one and the same moment."""
    now = at("2026-11-24T23:30")
    assert clock.onset_of(1, now, AUCKLAND).at == "2026-11-24"
    assert clock.onset_of(1, now, NEW_YORK).at == "2026-11-23"


def test_hours_are_kept_to_the_hour() -> None:
    """Two hours ago: ice for 72 hours from then on, not from midnight."""
    onset = clock.onset_of(2 / 24, at("2026-11-24T10:00"), LONDON)
    assert (onset.at, onset.precision) == ("2026-11-24T08:00:00+00:00", "hour")
    assert clock.change_at(onset, LONDON) == at("2026-11-27T08:00")
    assert plan.phase(clock.days_since(onset, at("2026-11-27T07:59"), LONDON)) == "cold"
    assert plan.phase(clock.days_since(onset, at("2026-11-27T08:01"), LONDON)) == "warm"


@pytest.mark.parametrize(
    ("began", "zone", "midnight"),
    [
        ("2026-03-27T12:00", LONDON, "2026-03-30T23:00"),  # an hour is lost on 29 March
        ("2026-10-23T12:00", LONDON, "2026-10-27T00:00"),  # an hour is won on 25 October
        ("2026-03-06T12:00", NEW_YORK, "2026-03-10T04:00"),
        ("2026-10-30T12:00", NEW_YORK, "2026-11-03T05:00"),
        ("2026-11-24T12:00", KOLKATA, "2026-11-27T18:30"),
    ],
)
def test_the_plan_changes_at_the_fourth_midnight_over_changed_clocks(began: str, zone: str, midnight: str) -> None:
    """A day's onset is surely 72 hours ago when the third day after it has ended on the person's clock."""
    onset = clock.onset_of(0, at(began), zone)
    change = clock.change_at(onset, zone)
    assert change == at(midnight)
    second = datetime.timedelta(seconds=1)
    assert plan.phase(clock.days_since(onset, change - second, zone)) == "cold"
    assert plan.phase(clock.days_since(onset, change, zone)) == "warm"


def test_a_clock_that_is_set_back_gives_no_days_below_nought() -> None:
    """An onset in the future is now."""
    onset = clock.onset_of(0.01, at("2026-11-24T10:00"), LONDON)
    assert clock.days_since(onset, at("2026-11-24T09:00"), LONDON) == 0.0
    day = clock.onset_of(0, at("2026-11-24T00:10"), LONDON)
    assert clock.days_since(day, at("2026-11-23T23:10"), LONDON) == 0.0


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        ("2026-11-24T22:00", LONDON, "2026-11-25T08:00"),
        ("2026-11-24T03:00", LONDON, "2026-11-24T08:00"),
        ("2026-11-24T08:00", LONDON, None),
        ("2026-11-24T21:59", LONDON, None),
        ("2026-11-24T17:00", KOLKATA, "2026-11-25T02:30"),  # half past ten in the evening there
        ("2026-03-29T00:30", LONDON, "2026-03-29T07:00"),  # the night is an hour shorter
        ("2026-10-25T00:30", LONDON, "2026-10-25T08:00"),  # and longer
    ],
)
def test_the_night_is_the_persons_own(now: str, zone: str, until: str | None) -> None:
    """From 22:00 to 8:00 on their clock."""
    assert Quiet.parse("22:00-08:00").until(at(now), zone) == (at(until) if until else None)


def test_quiet_hours_may_lie_within_a_day() -> None:
    """Somebody who works at night."""
    day = Quiet.parse("09:00-16:00")
    assert day.until(at("2026-11-24T12:00"), LONDON) == at("2026-11-24T16:00")
    assert day.until(at("2026-11-24T17:00"), LONDON) is None


@pytest.mark.parametrize(
    ("now", "until"),
    [("06:59", "24T07:30"), ("07:29", "24T07:30"), ("07:30", None), ("22:14", None), ("22:15", "25T07:30")],
)
def test_quiet_hours_are_kept_to_the_minute(now: str, until: str | None) -> None:
    """At 22:15, and not before."""
    end = at(f"2026-11-{until}") if until else None
    assert Quiet.parse("22:15-07:30").until(at(f"2026-11-24T{now}"), LONDON) == end


def test_without_quiet_hours_it_is_never_quiet() -> None:
    """ "off", in any zone at any hour."""
    off = Quiet.parse("off")
    assert not off
    for hour in range(24):
        assert off.until(at(f"2026-11-24T{hour:02}:00"), KOLKATA) is None


@pytest.mark.parametrize("text", ["22:00-08:00", "00:00-23:59", "off"])
def test_quiet_hours_are_written_as_they_are_read(text: str) -> None:
    """So that the dialogue gets what the server was told."""
    assert str(Quiet.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "on", "22-8", "22:00", "24:00-08:00", "22:60-08:00", "22:00-22:00", "22:00 - 8:00"]
)
def test_hours_that_cannot_be_read_are_refused(text: str) -> None:
    """With an example of what can."""
    with pytest.raises(ValueError, match=r"22:00-07:30|differ"):
        Quiet.parse(text)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("14:30", (14, 30)),
        ("it's 2:30 pm", (14, 30)),
        ("about 9 am", (9, 0)),
        ("12 am", (0, 0)),
        ("12pm here", (12, 0)),
        ("noon", (12, 0)),
        ("7", (7, 0)),
        ("21.15", (21, 15)),
        ("25:00", None),
        ("13 pm", None),
        ("between 3 and 4", None),
        ("no idea", None),
    ],
)
def test_a_time_is_read_from_a_short_answer(text: str, time: tuple[int, int] | None) -> None:
    """One time in it, or none is taken."""
    assert clock.time_in(text) == (datetime.time(*time) if time else None)


@pytest.mark.parametrize(
    ("shows", "offset"),
    [
        ((12, 0), "+00:00"),
        ((17, 31), "+05:30"),
        ((17, 46), "+05:45"),
        ((4, 2), "-08:00"),
        ((2, 0), "-10:00"),
        ((1, 0), "+13:00"),
        ((23, 58), "+12:00"),
    ],
)
def test_the_time_on_the_persons_clock_tells_their_zone(shows: tuple[int, int], offset: str) -> None:
    """To the quarter of an hour; a minute's difference of clocks does not matter."""
    now = at("2026-11-24T12:00")
    assert clock.offset_by(datetime.time(*shows), now) == offset
    there = now.astimezone(clock.zone(offset))
    apart = (there.hour * 60 + there.minute - shows[0] * 60 - shows[1]) % (24 * 60)
    assert min(apart, 24 * 60 - apart) <= 2


def test_a_zone_that_does_not_exist_does_no_harm() -> None:
    """What a page tells may be anything."""
    for name in ("Mars/Olympus", "../etc/passwd", "+99:99x", "", "\0"):
        assert clock.zone(name) is UTC
