"""Weekly hours: as a clinic stores them, and as a reader sees them. As a person types them: typed_hours.py.

A week is stored as its open stretches in minutes of the local week, from Monday 0:00, in order, without overlaps and
without their ends: ((540, 1020),) is Monday 9 to 5. An empty week is never open; None means not stated.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.formats import time_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Week = tuple[tuple[int, int], ...]

DAY = 24 * 60
WEEK = 7 * DAY
ALL_WEEK = ((0, WEEK),)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHORT_NAMES = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
DAY_NAMES = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))


@dataclass(frozen=True)
class OpenStatus:
    """Whether a clinic is open at a moment, and what changes next: `at` is the local time, `weekday` from Monday 0."""

    is_open: bool
    at: time | None = None  # closes then, or opens then; None if that never changes
    weekday: int | None = None  # of `at`; None if it is today

    @property
    def day_name(self):
        return None if self.weekday is None else DAY_NAMES[self.weekday]


def joined(stretches) -> Week:
    """The same stretches within one week: in order, those that touch or overlap made one."""
    cut = []
    for start, end in stretches:
        start, end = start % WEEK, end - start // WEEK * WEEK  # Sunday 24:00 is Monday 0:00
        cut += [(start, min(end, WEEK))] if end <= WEEK else [(start, WEEK), (0, end - WEEK)]
    week: list[tuple[int, int]] = []
    for start, end in sorted(cut):
        if week and start <= week[-1][1]:
            week[-1] = (week[-1][0], max(end, week[-1][1]))
        else:
            week.append((start, end))
    return tuple(week)


def readable_week(week: Week) -> str:
    """A week for a reader, in the reader's language and with the clock of the country."""
    if not week:
        return gettext("none")
    if week == ALL_WEEK:
        return gettext("day and night, every day")
    return "; ".join(
        f"{run_text(runs)} " + ", ".join(f"{clock_text(start)}–{clock_text(end)}" for start, end in spans)
        for runs, spans in alike_days(week)
    )


def alike_days(week: Week) -> list[tuple[list[tuple[int, int]], list[tuple[int, int]]]]:
    """The days that are open at the same times, grouped: ([(first day, last day), ...], their stretches)."""
    by_spans: dict[tuple, list[int]] = {}
    for day, spans in enumerate(days_of(week)):
        if spans:
            by_spans.setdefault(tuple(spans), []).append(day)
    return [(_runs(days), list(spans)) for spans, days in by_spans.items()]


def _runs(days: list[int]) -> list[tuple[int, int]]:
    runs = [(days[0], days[0])]
    for before, day in pairwise(days):
        if day == before + 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def run_text(runs: list[tuple[int, int]], names=SHORT_NAMES) -> str:
    """ "Mon-Wed, Fri", of runs of days."""
    return ", ".join(str(names[first]) if first == last else f"{names[first]}-{names[last]}" for first, last in runs)


def clock_text(minute: int) -> str:
    """A minute of a day, or of the next one, as a reader sees it: "9 a.m."."""
    return time_format(_time(minute))


def days_of(week: Week) -> list[list[tuple[int, int]]]:
    """For each day from Monday the stretches that begin on it, in minutes of that day.

    One that lasts past midnight ends in minutes of the next day (an end at or before its start), unless it lasts
    longer than a day: then it is cut at every midnight.
    """
    days: list[list[tuple[int, int]]] = [[] for _day in DAYS]
    for start, end in _across_sunday(week):
        if end - start <= DAY:
            days[start // DAY % 7].append((start % DAY, (end - 1) % DAY + 1))
            continue
        while start < end:
            midnight = min(end, start - start % DAY + DAY)
            days[start // DAY % 7].append((start % DAY, (midnight - 1) % DAY + 1))
            start = midnight
    return days


def _across_sunday(week: Week) -> list[tuple[int, int]]:
    """The stretches, with the two halves of one that Sunday midnight cuts joined again."""
    if len(week) > 1 and week[0][0] == 0 and week[-1][1] == WEEK:
        return [*week[1:-1], (week[-1][0], WEEK + week[0][1])]
    return list(week)


def opening_times(week: Week) -> "list[tuple[StrOrPromise, list[tuple[time, time]]]]":
    """For each day from Monday its name and the times from and to; a day without any is closed."""
    return [
        (name, [(_time(start), _time(end)) for start, end in spans])
        for name, spans in zip(DAY_NAMES, days_of(week), strict=True)
    ]


def _time(minute: int) -> time:
    return time(minute % DAY // 60, minute % 60)


def minute_of_week(moment: datetime, time_zone: str) -> int | None:
    """The minute of the local week at a moment; None in an unknown time zone."""
    try:
        local = moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return local.weekday() * DAY + local.hour * 60 + local.minute


def status_at(week: Week | None, time_zone: str, moment: datetime | None = None) -> OpenStatus | None:
    """Whether it is open at `moment` (by default now); None where that is not known."""
    if week is None:
        return None
    minute = minute_of_week(moment or datetime.now(UTC), time_zone)
    if minute is None:
        return None
    today = minute // DAY
    stretches = _across_sunday(week)
    for start, end in stretches:
        for shifted in (minute, minute + WEEK):
            if start <= shifted < end:
                return OpenStatus(True) if end - start >= WEEK else OpenStatus(True, *_closing(end, today))
    opens = min((start for start, _end in stretches if start > minute), default=None)
    if opens is None:
        opens = min((start for start, _end in stretches), default=None)
        return OpenStatus(False) if opens is None else OpenStatus(False, *_when(opens, None))
    return OpenStatus(False, *_when(opens, today))


def _closing(minute: int, today: int) -> tuple[time, int | None]:
    """As `_when`; midnight is the end of the day before it, as people say it."""
    at, weekday = _when(minute, today)
    return (at, weekday) if at != time(0) else (at, _when(minute - 1, today)[1])


def _when(minute: int, today: int | None) -> tuple[time, int | None]:
    """The time of a minute of the week, and its weekday unless it is today."""
    day = minute // DAY % 7
    return _time(minute), None if day == today else day
