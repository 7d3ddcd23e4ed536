from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinics import hours
from clinics.hours import DAY, WEEK, days_of, joined, status_at
from clinics.typed_hours import parse_week

NEW_YORK = "America/New_York"
stretches = st.tuples(st.integers(0, WEEK - 1), st.integers(1, WEEK)).map(lambda pair: (pair[0], pair[0] + pair[1]))
weeks = st.lists(stretches, max_size=8).map(joined)


@given(weeks, st.integers(0, WEEK - 1))
def test_open_is_open_in_the_stretches_and_nowhere_else(week, minute):
    moment = datetime(2026, 1, 5 + minute // DAY, minute % DAY // 60, minute % 60, tzinfo=UTC)  # Monday the fifth
    status = status_at(week, "UTC", moment)
    assert status.is_open == any(start <= minute < end for start, end in week)


@given(weeks)
def test_the_days_of_a_week_hold_all_of_its_minutes(week):
    lengths = sum(((end - start - 1) % DAY) + 1 for spans in days_of(week) for start, end in spans)
    assert lengths == sum(end - start for start, end in week)


@pytest.mark.parametrize(
    ("moment", "is_open", "at", "weekday"),
    [
        (datetime(2026, 1, 5, 13, 59, tzinfo=UTC), False, time(9), None),  # Monday, 8:59 in New York
        (datetime(2026, 1, 5, 14, 0, tzinfo=UTC), True, time(17), None),
        (datetime(2026, 1, 5, 22, 0, tzinfo=UTC), False, time(9), 1),
        (datetime(2026, 1, 9, 22, 0, tzinfo=UTC), False, time(9), 0),  # Friday after hours: opens on Monday
        (datetime(2026, 7, 6, 13, 0, tzinfo=UTC), True, time(17), None),  # the same in summer time
    ],
)
def test_the_clock_is_the_clinics_own_in_winter_and_summer(moment, is_open, at, weekday):
    status = status_at(parse_week("Mon-Fri 9-17"), NEW_YORK, moment)
    assert (status.is_open, status.at, status.weekday) == (is_open, at, weekday)


def test_past_midnight_it_is_still_open():
    week = parse_week("Sun 22:00-2:00")
    status = status_at(week, NEW_YORK, datetime(2026, 1, 5, 6, 0, tzinfo=UTC))  # Monday, 1 in the night
    assert (status.is_open, status.at, status.weekday) == (True, time(2), None)
    assert days_of(week)[6] == [(22 * 60, 120)]


@pytest.mark.parametrize(("week", "zone"), [(None, NEW_YORK), ((), ""), ((), "Nowhere/Else")])
def test_without_hours_or_zone_nothing_is_said(week, zone):
    assert status_at(week, zone) is None


def test_always_open_never_closes_and_never_open_never_opens():
    assert status_at(((0, WEEK),), NEW_YORK) == hours.OpenStatus(True)
    assert status_at((), NEW_YORK) == hours.OpenStatus(False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mon-Fri 9-17", "Mon-Fri 9 a.m.–5 p.m."),
        ("Mon, Wed-Thu 8:30-12, 13-17; Sat 10-12", "Mon, Wed-Thu 8:30 a.m.–noon, 1 p.m.–5 p.m.; Sat 10 a.m.–noon"),
        ("24/7", "day and night, every day"),
        ("none", "none"),
    ],
)
def test_a_reader_sees_days_that_are_alike_once(text, shown):
    assert hours.readable_week(parse_week(text)) == shown
