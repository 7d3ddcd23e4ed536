import csv
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinics import hours
from clinics.hours import DAY, WEEK, NotHours, days_of, format_week, joined, parse_week, status_at

NEW_YORK = "America/New_York"
stretches = st.tuples(st.integers(0, WEEK - 1), st.integers(1, WEEK)).map(lambda pair: (pair[0], pair[0] + pair[1]))
weeks = st.lists(stretches, max_size=8).map(joined)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Mon 9:00-17:00", ((540, 1020),)),
        ("mon 9am - 5pm", ((540, 1020),)),
        ("Mon-Tue 9-12, 13-17", ((540, 720), (780, 1020), (DAY + 540, DAY + 720), (DAY + 780, DAY + 1020))),
        ("Mon, Wed 8:30 a.m. to 12:30 p.m.", ((510, 750), (2 * DAY + 510, 2 * DAY + 750))),
        ("Monday 9-10; Sunday 12am-1am", ((540, 600), (6 * DAY, 6 * DAY + 60))),
        ("Sun 22:00-2:00", ((0, 120), (6 * DAY + 22 * 60, WEEK))),
        ("Sun 24:00-1:00", ((0, 60),)),
        ("Fri-Mon 9-10", tuple((day * DAY + 540, day * DAY + 600) for day in (0, 4, 5, 6))),
        ("daily 0:00-24:00", ((0, WEEK),)),
        ("24/7", ((0, WEEK),)),
        ("open 24 hours", ((0, WEEK),)),
        ("Mon-Sun 24 hours", ((0, WEEK),)),
        ("none", ()),
        ("Mon 22:00-6:00", ((22 * 60, DAY + 360),)),
        ("Mon 9am-5am", ((540, DAY + 300),)),
        ("Mon 8-11, 13-17; Sat closed", ((480, 660), (780, 1020))),
        ("Closed Sat-Sun, Mon 9-12:30", ((540, 750),)),
        ("MWF 10-2", ((600, 840), (2 * DAY + 600, 2 * DAY + 840), (4 * DAY + 600, 4 * DAY + 840))),
        ("Tu/Th: 1-5", ((DAY + 780, DAY + 1020), (3 * DAY + 780, 3 * DAY + 1020))),
        ("Mondays and Weds. from 8am until noon", ((480, 720), (2 * DAY + 480, 2 * DAY + 720))),
        ("Weekends noon — midnight", ((5 * DAY + 720, 6 * DAY), (6 * DAY + 720, WEEK))),
        ("Mon 9-5pm", ((540, 1020),)),
        ("Mon 11-2pm", ((660, 840),)),
        ("Mon 1-3pm", ((780, 900),)),
        ("Mon 8am-4", ((480, 960),)),
        ("Mon 0830-1700", ((510, 1020),)),
        ("Mon 9:00-5:00", ((540, 1020),)),
        ("Mon 09:00-05:00", ((540, 1020),)),
        ("Mon 12:30-4:30", ((750, 990),)),
        ("Mon 5:30-11:00", ((330, 660),)),
        ("Mon 8-12 & 1-5", ((480, 720), (780, 1020))),
    ],
)
def test_hours_are_read_as_people_write_them(text, minutes):
    assert parse_week(text) == minutes


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ";",
            "soon",
            "Mon",
            "Mon 9",
            "Xyz 9-17",
            "Mon 25-26",
            "Mon 9:75-10",
            "Mon 13pm-14",
            "9-17",
            "closed Sat",
        ),
        *("Mon 9-17, soon", "MF 9-17", "S 9-17", "Mon 6-9", "Mon 12-12", "Mon 4-3", "Mon 9-5x", "Mon-Fri 9-17-18"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(text):
    with pytest.raises(NotHours, match=r"[A-Z“].*\."):
        parse_week(text)


def test_morning_or_evening_is_asked():
    with pytest.raises(NotHours) as caught:
        parse_week("Tue 6-9")
    assert str(caught.value) == "“6-9” may be morning or evening. Write am or pm, such as 6am-9am or 6pm-9pm."


with (Path(__file__).parents[1] / "data" / "cases" / "C24_hours_typed.csv").open() as file:
    TYPED = [(row["typed"], row["expected"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("typed", "expected"), TYPED)
def test_hours_without_am_and_pm_are_those_of_a_day(typed, expected):
    understood = format_week(parse_week(typed))
    assert understood.removeprefix("Mon-Fri ") in expected
    assert not any(start % DAY <= 2 * 60 < end % DAY or end - start > DAY for start, end in parse_week(typed))


@given(weeks)
@example(((0, 120), (6 * DAY + 22 * 60, WEEK)))
@example(((0, WEEK),))
@example(((3 * DAY + 60, 3 * DAY + 12 * 60),))
def test_a_week_survives_being_written_and_read(week):
    assert parse_week(format_week(week)) == week


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
