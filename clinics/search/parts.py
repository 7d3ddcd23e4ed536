"""What a list says beside its rows, filled into templates as these: what it is about, who is left out, telehealth."""

from collections.abc import Collection
from urllib.parse import quote, urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from clinics.search import treats
from clinics.search.counts import FacetCounts
from clinics.search.facets import FacetValue
from clinics.search.far import Telehealth
from clinics.search.filters import ANY
from clinics.search.gazetteer import state_label
from clinics.search.results import Search
from clinics.search.rows import rows_html
from core.prerendered import PrerenderedPartial

TREATS_COUNT = PrerenderedPartial("clinics/_treats_count.html", "some", "all")
LEFT_OUT = PrerenderedPartial("clinics/_left_out.html", "search_from", "silent", "denying")
TELEHEALTH = PrerenderedPartial(
    "clinics/_telehealth.html", "state", "total", "rows", "list_of_own_state", "list_of_those_naming_it"
)
TONIGHT = PrerenderedPartial("clinics/_tonight.html", "address", "pharmacies")
MANY = 2  # a number above one: which one changes no word


def search_from(query: QueryDict) -> str:
    """The address of a search up to its `treats`, back on page 1. A radius that nobody chose stays automatic."""
    changed = (treats.PARAMETER, "page")
    kept = [(name, value) for name, values in query.lists() if name not in changed for value in values]
    return f"?{urlencode(kept)}&" if kept else "?"


def treats_count_html(search: Search) -> SafeString | str:
    """Of how many clinics it is true that they give medicine; "" where it is all of them."""
    place, texts = search.place, search.treats_texts
    if search.criteria.treats == treats.ANY or texts[treats.MEDICINE] == texts[treats.OPIOIDS]:
        return ""
    values: dict[str, str] = {"some": texts[treats.MEDICINE], "all": texts[treats.OPIOIDS]}
    where = ""
    if place and (place.state_only or search.radius != ANY):
        where = "in" if place.state_only else "near"
    return TREATS_COUNT.fill(values, get_language(), where=where)


def tonight_html(near: str = "") -> SafeString:
    """The rungs of what is possible tonight, each a link to the page that tells it for the place that was typed."""
    query = f"?near={quote(near, safe='')}" if near else ""
    pages = {"address": "clinics:tonight", "pharmacies": "clinics:pharmacy_list"}
    return TONIGHT.fill({name: reverse(page) + query for name, page in pages.items()}, get_language())


def left_out_html(counts: FacetCounts, about: str, search_from: str, near_here: int | None = None) -> SafeString | str:
    """Whom a list about `about` leaves out for what they say of opioid use, each with a link that shows them.

    `search_from`: the address of a search that does, up to `treats`. `near_here`: the radius around a place, if any.
    """
    silent = counts.silent if about == treats.MEDICINE else 0
    denying = counts.denying if about != treats.ANY else 0
    if not silent and not denying:
        return ""
    numbers = {"silent": silent, "denying": denying}
    values = {"search_from": search_from} | {name: intcomma(n) for name, n in numbers.items() if n}
    plurals = {f"{name}_count": min(n, MANY) for name, n in numbers.items()}
    return LEFT_OUT.fill(values, get_language(), near_here=bool(near_here), **plurals)


def telehealth_html(telehealth: Telehealth, near: str, chosen: Collection[FacetValue] = ()) -> SafeString:
    """The group of those who treat by telehealth in the state of the place, whatever the filters that are `chosen`.

    `near` is what was typed.
    """
    values = {"state": telehealth.state_name, "total": intcomma(telehealth.count)}
    if telehealth.clinics:
        values["rows"] = rows_html(
            telehealth.clinics, near=near, under_heading=True, by_place=False, state=telehealth.state
        )
    if telehealth.count > len(telehealth.clinics):
        every, state = reverse("clinics:clinic_list"), quote(state_label(telehealth.state))
        if telehealth.of_own_state:
            values["list_of_own_state"] = f"{every}?near={state}&setting=telehealth"
        if telehealth.naming:
            typed = quote(near, safe="")
            values["list_of_those_naming_it"] = f"{every}?near={typed}&radius=any&access=telehealth-in-my-state"
    return TELEHEALTH.fill(values, get_language(), has_any=bool(telehealth.count), has_filters=bool(chosen))
