"""How many clinics a list has, and of which search: the heading of the page of results and of the text page."""

from django.utils.translation import ngettext

from clinics.search.filters import ANY
from clinics.search.results import Search


def heading(search: Search) -> str:
    """ "34 clinics within 5 miles of Cambridge, MA 02139"."""
    named = search.wanted.text if search.wanted else ""
    label = search.place.name if search.place else ""
    values = {"total": search.count_text, "text": named, "label": label, "radius": search.radius}
    return _pattern(search) % values


def _pattern(search: Search) -> str:
    count, place, is_any = search.count, search.place, search.radius == ANY
    if search.wanted and search.wanted.digits:
        return ngettext(
            "%(total)s clinic with the number %(text)s", "%(total)s clinics with the number %(text)s", count
        )
    if search.wanted:
        return ngettext(
            "%(total)s clinic with a name like “%(text)s”", "%(total)s clinics with a name like “%(text)s”", count
        )
    if place is None:
        return ngettext("%(total)s clinic, by name", "%(total)s clinics, by name", count)
    if place.state_only:
        return ngettext("%(total)s clinic in %(label)s", "%(total)s clinics in %(label)s", count)
    if is_any and search.is_by_minutes:
        return ngettext("%(total)s clinic from %(label)s", "%(total)s clinics from %(label)s", count)
    if is_any:
        return ngettext(
            "%(total)s clinic, nearest to %(label)s first", "%(total)s clinics, nearest to %(label)s first", count
        )
    return ngettext(
        "%(total)s clinic within %(radius)s miles of %(label)s",
        "%(total)s clinics within %(radius)s miles of %(label)s",
        count,
    )
