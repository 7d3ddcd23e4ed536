"""How old a fact is: fresh, stale or unknown, and the words for it.

    confirmed_on ──── RECONFIRM_AFTER_DAYS ──── UNKNOWN_AFTER_DAYS ────> today
           FRESH     |        STALE            |  UNKNOWN (availability only)

A fact confirmed exactly RECONFIRM_AFTER_DAYS ago is stale: the page says so on the day on which the clinic is asked
again. This module alone reads the two settings. It asks no database and imports no model, so that models use it too;
the same rule for rows is `Confirmation.objects.fresh()` and `Clinic.objects.stale()`.
"""

import enum
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

# A list that is published in editions: "from SAMHSA's 2024 directory".
EDITIONS = {
    "samhsa-directory": gettext_lazy("SAMHSA's %(edition)s directory"),
    "samhsa-locator": gettext_lazy("SAMHSA's %(edition)s locator"),
    "samhsa-otp": gettext_lazy("SAMHSA's %(edition)s OTP directory"),
    "other-list": gettext_lazy("a state or local list (%(edition)s)"),
}


class Freshness(enum.Enum):
    FRESH = "fresh"
    STALE = "stale"  # shown with its age, and due to be confirmed again
    UNKNOWN = "unknown"  # no longer shown


def reconfirm_after_days() -> int:
    return settings.RECONFIRM_AFTER_DAYS


def unknown_after_days() -> int:
    return settings.UNKNOWN_AFTER_DAYS


def stale_since() -> date:
    """What was confirmed on this day or before is stale."""
    return timezone.localdate() - timedelta(days=reconfirm_after_days())


def unknown_since() -> date:
    """Availability that was confirmed on this day or before is unknown."""
    return timezone.localdate() - timedelta(days=unknown_after_days())


def freshness(confirmed_on: date | None, *, goes_unknown: bool = False) -> Freshness:
    """The freshness of a fact last confirmed on that day; a fact that was only copied from a list (None) is stale.

    `goes_unknown`: for availability, which is not shown once it is too old. A copied one has no day to count from.
    """
    if confirmed_on is None:
        return Freshness.STALE
    if goes_unknown and confirmed_on <= unknown_since():
        return Freshness.UNKNOWN
    return Freshness.STALE if confirmed_on <= stale_since() else Freshness.FRESH


def age_days(confirmed_on: date) -> int:
    """Whole days since then, in the site's time zone."""
    return (timezone.localdate() - confirmed_on).days


def stated_in(source, edition: str) -> str:
    """ "SAMHSA's 2024 directory", or "the clinic". `source` is a Source."""
    if edition and source in EDITIONS:
        return EDITIONS[source] % {"edition": edition}
    return f"{source.label} {edition}".strip()


def age_text(source, edition: str, confirmed_on: date | None, *, goes_unknown: bool = False) -> str:
    """Who states a fact and how long ago: "confirmed by the clinic 12 days ago"."""
    names: dict[str, str | int] = {"source": stated_in(source, edition)}
    if confirmed_on is None:
        return _("from %(source)s, not confirmed since") % names
    days = age_days(confirmed_on)
    names |= {"days": days, "day": date_format(confirmed_on)}
    status = freshness(confirmed_on, goes_unknown=goes_unknown)
    if status is Freshness.UNKNOWN:
        return _("last confirmed by %(source)s on %(day)s, %(days)d days ago: too long ago to rely on, so ask") % names
    if status is Freshness.STALE:
        return _("confirmed by %(source)s on %(day)s, %(days)d days ago, not confirmed since") % names
    if days < 1:
        return _("confirmed by %(source)s today") % names
    return (
        ngettext("confirmed by %(source)s %(days)d day ago", "confirmed by %(source)s %(days)d days ago", days) % names
    )


def age_in_short(source, edition: str, confirmed_on: date | None, *, goes_unknown: bool = False) -> str:
    """The same beside a fact: "SAMHSA's 2024 directory", which is as old as its edition; "the clinic, 12 days ago"."""
    name = stated_in(source, edition)
    if confirmed_on is None:
        return name
    days = age_days(confirmed_on)
    if days < 1:
        return _("%(source)s, today") % {"source": name}
    names = {"source": name, "days": days}
    if freshness(confirmed_on, goes_unknown=goes_unknown) is not Freshness.FRESH:
        return _("%(source)s, %(days)d days ago, not confirmed since") % names
    return ngettext("%(source)s, %(days)d day ago", "%(source)s, %(days)d days ago", days) % names
