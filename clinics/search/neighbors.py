"""The clinics before and after one in the list that led to its page.

The address of the page carries the search, and nothing else does: it is asked again, for the names of its first
clinics alone. Only of lists in the order of distance, where that is a walk along the index of some milliseconds.
"""

from typing import NamedTuple

from django.db import router

from clinics.geo import miles_between
from clinics.models import Clinic
from clinics.search import queries
from clinics.search.filters import ANY, ClinicFilter

LOOKED_AT = 20  # a page of the list
COLUMNS = ", ".join(
    f"clinics_clinic.{name}" for name in ("id", "name", "name_detail", "city", "latitude", "longitude")
)


class Neighbors(NamedTuple):
    before: Clinic | None = None
    after: Clinic | None = None


def neighbors_of(clinic: Clinic, search: ClinicFilter) -> Neighbors:
    """None on either side of a clinic that is not among the first of the list."""
    criteria = search.criteria
    origin = criteria.origin
    if origin is None or not criteria.by_distance or search.wanted:
        return Neighbors()
    asked = queries.nearest(criteria, COLUMNS, LOOKED_AT)
    found = list(Clinic.objects.using(router.db_for_read(Clinic)).raw(*asked))
    if search.asked_radius not in ("", ANY):
        limit = int(search.asked_radius)
        found = [each for each in found if each.coordinates and miles_between(origin, each.coordinates) <= limit]
    place = next((number for number, each in enumerate(found) if each.pk == clinic.pk), None)
    if place is None:
        return Neighbors()
    return Neighbors(found[place - 1] if place else None, found[place + 1] if place + 1 < len(found) else None)
