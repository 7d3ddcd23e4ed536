"""How old a fact is, in words, and when it is too old to be shown as known. The thresholds are settings.

Nothing here asks the database, so models and pages may both use it.
"""

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
}


def age_days(confirmed_on: date) -> int:
    """Whole days since then, in the site's time zone."""
    return (timezone.localdate() - confirmed_on).days


def unknown_since() -> date:
    """Availability that was confirmed on this day or before is no longer known."""
    return timezone.localdate() - timedelta(days=settings.UNKNOWN_AFTER_DAYS)


def is_unknown(availability_confirmed_on: date | None) -> bool:
    """Whether what was said of availability is too old; what was only copied has no day and does not age out."""
    return availability_confirmed_on is not None and availability_confirmed_on <= unknown_since()


def stated_in(source, edition: str) -> str:
    """ "SAMHSA's 2024 directory", or "the clinic". `source` is a Source."""
    if edition and source in EDITIONS:
        return EDITIONS[source] % {"edition": edition}
    return f"{source.label} {edition}".strip()


def age_text(source, edition: str, confirmed_on: date | None, *, goes_unknown: bool = False) -> str:
    """Who says so and how long ago: "confirmed by the clinic 12 days ago".

    `goes_unknown`: of facts that nobody shows once they are too old.
    """
    names = {"source": stated_in(source, edition)}
    if confirmed_on is None:
        return _("from %(source)s, not confirmed since") % names
    days = age_days(confirmed_on)
    names |= {"days": days, "day": date_format(confirmed_on)}
    if goes_unknown and is_unknown(confirmed_on):
        return _("last confirmed by %(source)s on %(day)s, %(days)d days ago: too long ago to rely on, so ask") % names
    if days > settings.RECONFIRM_AFTER_DAYS:
        return _("confirmed by %(source)s on %(day)s, %(days)d days ago, not confirmed since") % names
    if days < 1:
        return _("confirmed by %(source)s today") % names
    return (
        ngettext("confirmed by %(source)s %(days)d day ago", "confirmed by %(source)s %(days)d days ago", days) % names
    )
