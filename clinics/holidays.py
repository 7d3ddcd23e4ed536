"""The eleven federal holidays (5 U.S.C. 6103), on their day and on the weekday on which offices observe them.

One of those days says of a clinic only that its hours may differ, unless the clinic itself says that it is closed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from clinics.questions.registry import QUESTIONS, Text

MON, THU = 0, 3
SATURDAY, SUNDAY = 5, 6
FIXED = {
    "new-year": (1, 1),
    "juneteenth": (6, 19),
    "independence": (7, 4),
    "veterans": (11, 11),
    "christmas": (12, 25),
}
# Month, weekday, and which one of the month; -1 is the last.
WEEKDAYS = {
    "martin-luther-king": (1, MON, 3),
    "washington": (2, MON, 3),
    "memorial": (5, MON, -1),
    "labor": (9, MON, 1),
    "columbus": (10, MON, 2),
    "thanksgiving": (11, THU, 4),
}
# Bits of `Clinic.availability_bits`, by which a search knows who is closed on which: append, never reorder.
BITS = {key: 1 << bit for bit, key in enumerate((*FIXED, *WEEKDAYS), start=50)}
NAMES = {choice.slug: choice.label for choice in QUESTIONS["holidays_closed"].choices}
# States in free association with the United States, which have holidays of their own.
WITHOUT = ("FM", "MH", "PW")
ZONES_WITHOUT = ("Pacific/Chuuk", "Pacific/Kosrae", "Pacific/Majuro", "Pacific/Palau", "Pacific/Pohnpei")
# Where most people of a state are, for clinics of which no hours, and so no time zone, are stored.
_ZONES = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}
USUAL_ZONES = {state: zone for zone, states in _ZONES.items() for state in states.split()}


@dataclass(frozen=True)
class Holiday:
    key: str
    is_observed: bool = False  # the weekday in place of one on a weekend

    @property
    def name(self) -> Text:
        return NAMES[self.key]


def federal_holiday_on(day: date) -> Holiday | None:
    return _holidays_around(day.year).get(day)


def holiday_at(state: str, time_zone: str, moment: datetime) -> Holiday | None:
    """The holiday at a clinic's own date; `time_zone` is "" where none is stored."""
    zone = time_zone or USUAL_ZONES.get(state, "")
    if state in WITHOUT or not zone:
        return None
    return federal_holiday_on(moment.astimezone(ZoneInfo(zone)).date())


def bits_of(keys: Iterable[str]) -> int:
    """The bits of the holidays on which a clinic says that it is closed."""
    return sum(BITS[key] for key in set(keys) & BITS.keys())


def bit_at(time_zone: str, moment: datetime) -> int:
    """The bit of the federal holiday that is on in a zone; 0 on other days, and where they are not kept."""
    if time_zone in ZONES_WITHOUT:
        return 0
    holiday = federal_holiday_on(moment.astimezone(ZoneInfo(time_zone)).date())
    return BITS[holiday.key] if holiday else 0


@lru_cache(maxsize=8)
def _holidays_around(year: int) -> dict[date, Holiday]:
    """Of three years: that of New Year's Day may be observed in the year before."""
    found: dict[date, Holiday] = {}
    for each in (year - 1, year, year + 1):
        for key, day in _days_of(each):
            shift = {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0)
            found[day] = Holiday(key)
            if shift:
                found[day + timedelta(days=shift)] = Holiday(key, is_observed=True)
    return found


def _days_of(year: int) -> Iterator[tuple[str, date]]:
    for key, (month, number) in FIXED.items():
        yield key, date(year, month, number)
    for key, (month, weekday, which) in WEEKDAYS.items():
        days = [date(year, month, day) for day in range(1, 32 if month in (1, 5, 10) else 29 if month == 2 else 31)]
        yield key, [day for day in days if day.weekday() == weekday][which if which < 0 else which - 1]
