"""What readers are told of a clinic that is closed for some days, under a notice, or on a federal holiday.

Until when, and who says so, belongs to each of them. What decides it: clinics/models/closures.py.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from clinics.holidays import holiday_at
from clinics.models import Closure, CountyNotice
from clinics.models.closures import NoticeNow, closed_for_holiday
from clinics.search import facets

OF_GUEST_DOSING = ("guest-dosing",)  # rules of clinics/data/rules.csv
_ASK_ABOUT_DOSES = _("If you get doses here, ask about guest dosing")
_OTP = facets.VALUES["kind/otp"]
WORDS_KEPT = 1024


def is_methadone_program(clinic) -> bool:
    return bool(clinic.treatment_bits & _OTP.mask)


def closing_text(clinic, *, notice_is_told: bool = False) -> str:
    """Why nobody may be there today, as a sentence without a full stop; "" where nothing is known of it.

    `notice_is_told`: what a notice says of this clinic stands above the list.
    """
    reason = closed_text(clinic)
    if not reason and clinic.notice and not notice_is_told:
        reason = notice_text([clinic.notice])
    return ". ".join(filter(None, [reason, doses_text(clinic)]))


def closed_text(clinic, *, says_today: bool = True) -> str:
    """That it is closed, where it is; `says_today`: whether who reads it knows which day that is."""
    if closure := clinic.closure:
        last = None if says_today and closure.ends_today else closure.last_day
        return closure_text(last, closure.reason, closure.source, get_language())
    if holiday := closed_for_holiday(clinic, timezone.now()):
        return gettext("Closed today for %(holiday)s, says the clinic") % {"holiday": holiday.name}
    return ""


def doses_text(clinic) -> str:
    """What people who get their doses at a closed program should ask."""
    is_away = clinic.closure_now or clinic.notice_now or closed_for_holiday(clinic, timezone.now())
    return str(_ASK_ABOUT_DOSES) if is_away and is_methadone_program(clinic) else ""


@lru_cache(maxsize=WORDS_KEPT)
def closure_text(last: date | None, reason: str, source: str, language: str) -> str:
    """ "Closed through Tuesday, December 1 (bad weather), says the clinic"; "today", without a last day."""
    closed = gettext("Closed through %(day)s") % {"day": day_text(last, language)} if last else gettext("Closed today")
    why = f" ({Closure.Reason(reason).label})" if reason else ""
    return f"{closed}{why}, {Closure.Source(source).label}"


def notice_text(notices: list[NoticeNow]) -> str:
    """Of notices that differ in their county alone."""
    first = notices[0]
    names = list(dict.fromkeys(notice.county for notice in notices if notice.county))
    words = {
        "kind": CountyNotice.Kind(first.kind).label,
        "counties": get_text_list(sorted(names), gettext("and")),
        "day": day_text(first.last_day, get_language()),
        "source": first.source,
    }
    # What to do comes first: the row of a list may cut off the rest.
    return gettext("May be closed, call first: %(kind)s for %(counties)s through %(day)s (%(source)s)") % words


def notice_of_all(clinics: Iterable) -> list[NoticeNow]:
    """The notice under which all of the clinics are, once for each of their counties; nothing if one is not."""
    notices = [clinic.notice for clinic in clinics]
    known = [notice for notice in notices if notice]
    told = {(notice.kind, notice.source, notice.ends_at) for notice in known}
    return known if len(known) == len(notices) and len(told) == 1 else []


def holiday_text(clinic, moment: datetime | None = None) -> str:
    """ "Today is Thanksgiving: hours may differ", at the clinic's own date; "" on every other day."""
    holiday = holiday_at(clinic.state, clinic.time_zone, moment or timezone.now())
    if holiday is None:
        return ""
    if holiday.is_observed:
        return gettext("%(holiday)s is observed today: hours may differ") % {"holiday": holiday.name}
    return gettext("Today is %(holiday)s: hours may differ") % {"holiday": holiday.name}


@lru_cache(maxsize=WORDS_KEPT)
def day_text(day: date, language: str) -> str:
    """ "Tuesday, December 1"."""
    words = {"weekday": date_format(day, "l"), "day": date_format(day, "MONTH_DAY_FORMAT")}
    return gettext("%(weekday)s, %(day)s") % words
