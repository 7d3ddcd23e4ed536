"""Weekly hours: as a person types them, as a clinic stores them, and as a reader sees them.

A week is stored as its open stretches in minutes of the local week, from Monday 0:00, in order, without overlaps and
without their ends: ((540, 1020),) is Monday 9 to 5. An empty week is never open; None means not stated.
"""

import re
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
FULL_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")  # as they are typed
NEVER, ALWAYS = "none", "24/7"
EXAMPLE = "Mon-Fri 9:00-17:00; Sat 9:00-12:30"
_CLOCK = r"(\d{1,2})(?::(\d\d))?\s*(am|pm)?"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|–|to)\s*{_CLOCK}")
_DAYS = re.compile(r"([a-z]+)(?:\s*(?:-|–|to)\s*([a-z]+))?")


class NotHours(ValueError):  # noqa: N818 - what happened
    """Hours that cannot be read; str() says what is wrong and how to write them."""


@dataclass(frozen=True)
class OpenStatus:
    """Whether a clinic is open at a moment, and what changes next: `at` is the local time, `weekday` from Monday 0."""

    is_open: bool
    at: time | None = None  # closes then, or opens then; None if that never changes
    weekday: int | None = None  # of `at`; None if it is today

    @property
    def day_name(self):
        return None if self.weekday is None else DAY_NAMES[self.weekday]


def parse_week(text: str) -> Week:
    """The week that a text such as "Mon-Fri 9:00-17:00; Sat 9-12:30" states. Raises NotHours.

    Also "24/7" and "none". A stretch that ends at or before its start ends on the next day.
    """
    cleaned = " ".join(text.lower().replace(".", "").split())
    if cleaned in (ALWAYS, "always"):
        return ALL_WEEK
    if cleaned in (NEVER, "never", "closed"):
        return ()
    stretches = []
    for part in filter(None, map(str.strip, cleaned.split(";"))):
        stretches += _read_part(part)
    if not stretches:
        raise NotHours(f"No hours were given. Write them like {EXAMPLE}, or {ALWAYS}, or {NEVER}.")
    return joined(stretches)


def _read_part(part: str) -> list[tuple[int, int]]:
    """The stretches of "mon-wed, fri 9-12, 13-17"."""
    first_digit = re.search(r"\d", part)
    if not first_digit:
        raise NotHours(f"“{part}” has no time. Write hours like {EXAMPLE}.")
    days = [day for item in part[: first_digit.start()].split(",") for day in _read_days(item.strip())]
    stretches = []
    for span in part[first_digit.start() :].split(","):
        found = _SPAN.fullmatch(span.strip())
        if not found:
            raise NotHours(f"“{span.strip()}” is not a time from and to. Write hours like {EXAMPLE}.")
        start, end = _minute(*found.groups()[:3]), _minute(*found.groups()[3:])
        end += DAY if end <= start else 0
        stretches += [(day * DAY + start, day * DAY + end) for day in days]
    return stretches


def _read_days(text: str) -> list[int]:
    if text in ("daily", "every day"):
        return list(range(7))
    found = _DAYS.fullmatch(text)
    if not found:
        raise NotHours(f"“{text}” is not a day. Write days as {', '.join(DAYS)}.")
    first = _day(found[1])
    last = _day(found[2]) if found[2] else first
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _day(name: str) -> int:
    for number, full_name in enumerate(FULL_NAMES):
        if len(name) >= 3 and full_name.startswith(name):
            return number
    raise NotHours(f"“{name}” is not a day. Write days as {', '.join(DAYS)}.")


def _minute(hour: str, minute: str | None, half: str | None) -> int:
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            raise NotHours(f"“{hour} {half}” is not a time of day.")
        hours = hours % 12 + (12 if half == "pm" else 0)
    if minutes > 59 or hours * 60 + minutes > DAY:
        raise NotHours(f"“{hour}:{minutes:02}” is not a time of day.")
    return hours * 60 + minutes


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


def format_week(week: Week) -> str:
    """The text that `parse_week` reads back to the same week."""
    if not week:
        return NEVER
    if week == ALL_WEEK:
        return ALWAYS
    return "; ".join(
        f"{', '.join(_run(first, last, DAYS) for first, last in runs)} "
        + ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)
        for runs, spans in alike_days(week)
    )


def readable_week(week: Week) -> str:
    """The same for a reader, in the reader's language and with the clock of the country."""
    if not week:
        return gettext("none")
    if week == ALL_WEEK:
        return gettext("day and night, every day")
    return "; ".join(
        f"{', '.join(_run(first, last, SHORT_NAMES) for first, last in runs)} "
        + ", ".join(f"{time_format(_time(start))}–{time_format(_time(end))}" for start, end in spans)
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


def _run(first: int, last: int, names) -> str:
    return str(names[first]) if first == last else f"{names[first]}-{names[last]}"


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


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
