"""The filters that tell who can start today: which facts make a clinic count, in Python and in SQL alike.

"Open now" and "telehealth in your state" depend on the moment and the reader, so they are no stored bits: the search
adds them to the stored ones as it reads (`AvailabilityNow`).
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from clinics import holidays, hours
from clinics.postal_codes import POSTAL_CODES
from clinics.questions import stated
from clinics.search import facets
from clinics.verification import freshness

SOON_DAYS = 2  # "within 48 hours"
_ACCESS = {value.slug: value.mask for value in facets.GROUPS_BY_SLUG["access"].values}
OPEN_NOW, TELEHEALTH_HERE = _ACCESS["open-now"], _ACCESS["telehealth-in-my-state"]
# What is no longer known once the clinic has not confirmed its availability for long (Freshness.UNKNOWN).
AGING = sum(
    _ACCESS[slug]
    for slug in ("accepting-new-patients", "within-48-hours", "medication-first-visit", "no-counseling-required")
)

AVAILABILITY_FIELDS = (
    "accepting_new_patients",
    "days_to_first_visit",
    "medication_at_first_visit",
    "counseling_required",
    "telehealth_states",
    "first_visit_cents",
    "desk_languages",
)
HOURS_FIELDS = ("open_hours", "walk_in_hours")

# Slug and label of the languages that someone at the desk may speak.
DESK_LANGUAGES = {"english": _("English")} | {v.slug: v.label for v in facets.GROUPS_BY_SLUG["language"].values}

STATE_BITS = {state: 1 << position for position, state in enumerate(POSTAL_CODES)}
# Every zone in which a ZIP code of the United States lies.
TIME_ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix"),
    *("America/Detroit", "America/Boise", "America/Anchorage", "America/Juneau", "America/Sitka", "America/Nome"),
    *("America/Adak", "America/Yakutat", "America/Metlakatla", "America/Menominee", "America/Kentucky/Louisville"),
    *("America/Kentucky/Monticello", "America/Indiana/Indianapolis", "America/Indiana/Vincennes"),
    *("America/Indiana/Tell_City", "America/Indiana/Marengo", "America/Indiana/Knox", "America/Indiana/Petersburg"),
    *("America/Indiana/Winamac", "America/Indiana/Vevay", "America/North_Dakota/New_Salem"),
    *("America/North_Dakota/Beulah", "America/North_Dakota/Center", "America/Puerto_Rico", "America/St_Thomas"),
    *("Pacific/Honolulu", "Pacific/Guam", "Pacific/Saipan", "Pacific/Pago_Pago", "Pacific/Chuuk", "Pacific/Palau"),
    *("Pacific/Majuro", "Pacific/Pohnpei", "Pacific/Kosrae"),
)


def stated_bits(clinic) -> int:
    """The stored part of a clinic's availability mask: what its facts state at any hour and to anyone."""
    takes_patients = clinic.accepting_new_patients
    days = clinic.days_to_first_visit
    counts = {
        "accepting-new-patients": takes_patients is True,
        # A wait that was stated means little once nobody new is taken.
        "within-48-hours": days is not None and days <= SOON_DAYS and takes_patients is not False,
        "medication-first-visit": clinic.medication_at_first_visit is True,
        "walk-in": bool(clinic.walk_in_hours),
        "no-counseling-required": clinic.counseling_required is False,
    }
    return sum(_ACCESS[slug] for slug, counted in counts.items() if counted) | stated.bits(clinic)


def telehealth_bits(states: list[str] | None) -> int:
    """The mask of the states whose residents can start by telehealth. Raises KeyError for what is no state."""
    return sum(STATE_BITS[state] for state in set(states or ()))


def bits_at(clinic, moment: datetime, state: str = "") -> int:
    """The availability mask of a clinic at a moment, for a reader in `state`: what `AvailabilityNow` gives in SQL.

    Its closings are those of the moment at which it was read (`with_closings`).
    """
    status = clinic.status_at(moment)
    is_unknown = clinic.availability_is_unknown
    bits = clinic.availability_bits & ~AGING if is_unknown else clinic.availability_bits
    if status and status.is_open:
        bits |= OPEN_NOW
    if not is_unknown and clinic.telehealth_bits & STATE_BITS.get(state, 0):
        bits |= TELEHEALTH_HERE
    return bits


@lru_cache(maxsize=8)
def _minutes(moment: datetime) -> list[int | None]:
    """The minute of the local week in each of TIME_ZONES, the same for every search of that minute."""
    return [hours.minute_of_week(moment, zone) for zone in TIME_ZONES]


@lru_cache(maxsize=8)
def _holidays(moment: datetime) -> list[int]:
    """The bit of the holiday that is on in each of TIME_ZONES, else 0."""
    return [holidays.bit_at(zone, moment) for zone in TIME_ZONES]


def parameters_at(moment: datetime, state: str) -> dict[str, Any]:
    """What the SQL of `bits_at` takes (clinics/models/expressions.py); `state` is the reader's, "" if unknown."""
    return {
        "moment": moment,
        "minutes": _minutes(moment.replace(second=0, microsecond=0)),
        "holidays": _holidays(moment.replace(second=0, microsecond=0)),
        "time_zones": list(TIME_ZONES),
        "unknown_since": freshness.unknown_since(),
        "lasting_bits": ~AGING,
        "reader_in": STATE_BITS.get(state, 0),
    }
