"""Filters of the pages about accuracy."""

from datetime import timedelta

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """ "97.5 %" of 0.975; a share of 1 is all of it."""
    return f"{number_format(round(100 * share, 1), 1)} %"


@register.filter
def duration(span: timedelta) -> str:
    """ "5 hours", "3 days": rounded up."""
    hours = -(-int(span.total_seconds()) // 3600)
    if hours <= 1:
        return _("an hour")
    if hours <= 48:
        return ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}
    days = -(-hours // 24)
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
