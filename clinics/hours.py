"""Weekly hours: as a person types them, as a clinic stores them, and as a reader sees them.

A week is stored as its open stretches in minutes of the local week, from Monday 0:00, in order, without overlaps and
without their ends: ((540, 1020),) is Monday 9 to 5. An empty week is never open; None means not stated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING, Any
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

# How hours are typed, once _REWORDED has made the text plain.
_REWORDED = (
    (re.compile(r"[‒–—−]"), "-"),
    (re.compile(r"\b(?:12 ?)?noon\b"), "12pm"),
    (re.compile(r"\b(?:12 ?)?midnight\b"), "12am"),
    (re.compile(r"\b(?:(?:7|seven) days a week|every ?day)\b"), "daily"),
)
_CLOCK = r"(\d{1,2})(?::?(\d\d))?\s*(am|pm|a|p)?(?![a-z0-9:])"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|to|until|till|through|thru)\s*{_CLOCK}")
_DAYS = re.compile(r"([a-z]+)(?:\s*(?:-|to|until|till|through|thru)\s*([a-z]+))?")
_AFTERNOON_HOUR = re.compile(r"\b(?:1[3-9]|2[0-4])(?::?\d\d)?\b")  # the clock of 24 hours is meant
_WHOLE_DAY = re.compile(r"24 ?(?:hours|hrs|h)\b|24/7|all day\b")
_CLOSED = re.compile(r"closed\b")
_SEPARATOR = re.compile(r"[\s,;:/&|-]+|(?:and|from|open)\b")
_FRAGMENT = re.compile(r"[^\s;,]+")
_LETTER = re.compile(r"th|tu|sa|su|[mtwrf]")  # of MWF, TTh
_LETTERS = re.compile(rf"(?!mf$)(?:{_LETTER.pattern})+")  # MF may be M-F
_SHORT_DAYS = {
    **{"m": 0, "mo": 0, "t": 1, "tu": 1, "w": 2, "we": 2, "weds": 2, "r": 3, "th": 3},
    **{"f": 4, "fr": 4, "sa": 5, "su": 6},
}
_SEVERAL_DAYS = {"daily": range(7), **dict.fromkeys(["weekdays", "weekday"], range(5))}
_SEVERAL_DAYS |= dict.fromkeys(["weekends", "weekend"], range(5, 7))
_OTHER_HALF = {"am": "pm", "pm": "am"}
_EARLIEST = 5 * 60  # no clinic opens earlier: "1-5" is the afternoon
_SURELY_MORNING = 9 * 60  # "9-11" is, "6-9" may be an evening


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
    """The week that a text such as "Mon-Fri 9:00-17:00; Sat 9am-noon" states. Raises NotHours.

    Also "24/7" and "none". A stretch that ends at or before its start ends on the next day, if it is on a clock of 24
    hours or says am and pm; "9-5" without them is 9 am to 5 pm, as `_halves` tells.
    """
    plain = " ".join(text.lower().replace(".", "").split())
    if plain in (ALWAYS, "always", "open 24 hours", "24 hours"):
        return ALL_WEEK
    if plain in (NEVER, "never", "closed"):
        return ()
    for words, short in _REWORDED:
        plain = words.sub(short, plain)
    if stretches := [stretch for days, spans in _groups(plain) for day in days for stretch in _on(day, spans)]:
        return joined(stretches)
    raise NotHours(gettext("No hours were given. Write them like %(example)s.") % {"example": EXAMPLE})


def _groups(text: str) -> Iterator[tuple[list[int], list[tuple[int, int]]]]:
    """The days and the spans of each part of "mon-wed, fri 9-12, 13-17; sat closed", in minutes of a day."""
    days: list[int] = []
    spans: list[tuple[int, int]] = []
    is_complete, part, at = False, 0, 0
    on_24_hours = bool(_AFTERNOON_HOUR.search(text))
    while at < len(text):
        if found := _SEPARATOR.match(text, at):
            pass
        elif found := _SPAN.match(text, at):
            spans.append(_read_span(*found.groups(), on_24_hours=on_24_hours))
        elif found := _WHOLE_DAY.match(text, at):
            spans.append((0, DAY))
        elif found := _CLOSED.match(text, at):
            is_complete = True
        elif found := _DAYS.match(text, at):
            if spans or (is_complete and days):  # not of "closed sat"
                yield _complete(days, spans, text[part:at])
                days, spans, is_complete, part = [], [], False, at
            days += _read_days(*found.groups())
        else:
            fragment = _FRAGMENT.match(text, at)
            shown = {"text": fragment[0] if fragment else text[at:], "example": EXAMPLE}
            raise NotHours(gettext("“%(text)s” is not a time from and to. Write hours like %(example)s.") % shown)
        at = found.end()
    if days or spans:
        if not (spans or is_complete):
            shown = {"text": text[part:].strip(" ,;:"), "example": EXAMPLE}
            raise NotHours(gettext("“%(text)s” has no time. Write hours like %(example)s.") % shown)
        yield _complete(days, spans, text[part:])


def _complete(days: list[int], spans: list[tuple[int, int]], part: str) -> tuple[list[int], list[tuple[int, int]]]:
    if days:
        return days, spans
    shown = {"text": part.strip(" ,;:"), "example": EXAMPLE}
    raise NotHours(gettext("“%(text)s” names no day. Write hours like %(example)s.") % shown)


def _on(day: int, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(day * DAY + start, day * DAY + end) for start, end in spans]


def _read_days(first_name: str, last_name: str | None) -> list[int]:
    """The days of "mon-fri", "weekdays", "tu", and of the letters "mwf"."""
    if last_name is None:
        if first_name in _SEVERAL_DAYS:
            return list(_SEVERAL_DAYS[first_name])
        letters = _LETTERS.fullmatch(first_name)
        if letters and _day_or_none(first_name) is None:
            return [_day(letter) for letter in _LETTER.findall(first_name)]
    first = _day(first_name)
    last = _day(last_name) if last_name else first
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _day(name: str) -> int:
    day = _day_or_none(name)
    if day is None:
        shown = {"text": name, "days": ", ".join(DAYS)}
        raise NotHours(gettext("“%(text)s” is not a day. Write days as %(days)s.") % shown)
    return day


def _day_or_none(name: str) -> int | None:
    if name in _SHORT_DAYS:
        return _SHORT_DAYS[name]
    singular = name.removesuffix("s") if name.endswith("days") else name
    found = [day for day, full_name in enumerate(FULL_NAMES) if len(name) >= 3 and full_name.startswith(singular)]
    return found[0] if found else None


def _read_span(*parts: Any, on_24_hours: bool = False) -> tuple[int, int]:
    """Minutes of the day of "9-5", "9:00-17:00" or "5:30a-11a"; the end is after the start, maybe on the next day."""
    (hour, minute, half), (end_hour, end_minute, end_half) = parts[:3], parts[3:]
    half, end_half = _halves(*parts, on_24_hours=on_24_hours)
    start, end = _minute(hour, minute, half), _minute(end_hour, end_minute, end_half)
    return start, end + (DAY if end <= start else 0)


def _halves(
    hour: str,
    minute: str | None,
    half: str | None,
    end_hour: str,
    end_minute: str | None,
    end_half: str | None,
    *,
    on_24_hours: bool,
) -> tuple[str | None, str | None]:
    """Whether each time is "am" or "pm"; None for as it stands. Raises NotHours where nobody can know.

    What is not written is what people mean of a clinic: open by day, and rather briefly than overnight. "9-5" and
    "8-4:30" are am to pm, "12-8" begins at noon, "1-5" is the afternoon, "11-2pm" begins at 11 am. "6-9" is asked.
    """
    half, end_half = half and f"{half[0]}m", end_half and f"{end_half[0]}m"
    if (half and end_half) or not (1 <= int(hour) <= 12 and 1 <= int(end_hour) <= 12):
        return half, end_half
    start, end = (int(h) % 12 * 60 + int(m or 0) for h, m in ((hour, minute), (end_hour, end_minute)))
    if half:
        return half, half if end > start else _OTHER_HALF[half]
    if end_half:
        return end_half if start < end else _OTHER_HALF[end_half], end_half
    if end > start and (int(hour) == 12 or start < _EARLIEST):
        return "pm", "pm"
    if end <= start and int(hour) != 12 and start >= _EARLIEST:
        return "am", "pm"
    if end > start and (minute or end_minute or on_24_hours or start >= _SURELY_MORNING):
        return None, None
    shown = {"text": f"{hour}-{end_hour}", "one": f"{hour}am-{end_hour}am", "other": f"{hour}pm-{end_hour}pm"}
    raise NotHours(
        gettext("“%(text)s” may be morning or evening. Write am or pm, such as %(one)s or %(other)s.") % shown
    )


def _minute(hour: str, minute: str | None, half: str | None) -> int:
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            raise NotHours(gettext("“%(text)s” is not a time of day.") % {"text": f"{hour} {half}"})
        hours = hours % 12 + (12 if half == "pm" else 0)
    if minutes > 59 or hours * 60 + minutes > DAY:
        raise NotHours(gettext("“%(text)s” is not a time of day.") % {"text": f"{hour}:{minutes:02}"})
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
        + ", ".join(_span(start, end) for start, end in spans)
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


def _is_read_as(text: str, start: int, end: int) -> bool:
    found = _SPAN.fullmatch(text)
    try:
        return found is not None and _read_span(*found.groups()) == (start, end)
    except NotHours:  # "01:00-12:00" may be morning or evening
        return False


def _span(start: int, end: int) -> str:
    """On the clock of 24 hours where that is read back as it is, else with am and pm: "9:00am-5:00am"."""
    text = f"{_clock(start)}-{_clock(end)}"
    if _is_read_as(text, start, end + (DAY if end <= start else 0)):
        return text
    return "-".join(
        f"{_clock((m // 60 - 1) % 12 * 60 + 60 + m % 60)}{'pm' if m // 60 % 24 >= 12 else 'am'}" for m in (start, end)
    )


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
