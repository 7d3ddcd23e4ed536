"""The search of one clinic by its name or phone number (`q=`), as a Search: what is compared stands in names.py."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from clinics.models import Clinic
from clinics.search import counts as counting
from clinics.search import facets, names, treats
from clinics.search.counts import BitPlanes, FacetCounts
from clinics.search.entries import Entry
from clinics.search.filters import ANY, ClinicFilter, PlaceError
from clinics.search.results import Search


class Match(NamedTuple):
    pk: int
    fit: int  # of STEPS
    masks: tuple[int, ...]  # in the order of facets.COLUMNS


@dataclass
class NamedSearch(Search):
    """Clinics by name or number: the best match first, and of equal ones the nearest, if a place is known too.

    Three queries: the place, the clinics that fit with their masks, those of the page. No radius unless one is asked
    for, and no band: who looks for one clinic is shown that one.
    """

    def __post_init__(self):
        super().__post_init__()
        self.criteria = replace(self.criteria, treats=self.filters.stated_treats or treats.OF_A_NAME)

    @property
    def unknown_place(self) -> PlaceError | None:
        """Why no place is meant, where one was typed."""
        return self.filters.unknown_place

    @property
    def radius(self) -> int | str:
        asked = self.filters.asked_radius
        return int(asked) if self.place and asked not in ("", ANY) else ANY

    @property
    def radius_was_chosen(self) -> bool:
        return False

    @cached_property
    def matches(self) -> list[Match]:
        """Those that fit best, at most MOST_MATCHES, whatever the facets."""
        if self.wanted is None:
            return []
        query = names.matches(self.criteria, self.wanted, self.radius_miles)
        return [Match(pk, int(fit), tuple(masks)) for pk, fit, *masks in self._ask(query)]

    @property
    def fits_well(self) -> bool:
        """Whether one of them is likely to be what was meant, though nobody said that it is a name."""
        return bool(self.matches) and self.matches[0].fit >= names.WELL

    @cached_property
    def counts(self) -> FacetCounts:
        packed = {
            column: b"".join(match.masks[n].to_bytes(8, "big", signed=True) for match in self.matches)
            for n, column in enumerate(facets.COLUMNS)
        }
        counts = counting.count(BitPlanes(packed), self.filters.selection, self.criteria.treats)
        return replace(counts, is_capped=len(self.matches) == names.MOST_MATCHES, most=names.MOST_MATCHES)

    @cached_property
    def results(self) -> list[Clinic]:
        if not self.count:
            return []
        start = (min(self.page, self.page_count) - 1) * self.page_size
        named, by_name = [match.pk for match in self.matches], self.filters.asked_sort == "name"
        return self._clinics(
            names.rows(self.criteria, self._columns, named, start + self.page_size, start, by_name=by_name)
        )

    @property
    def entries(self) -> list[Entry]:
        """By how well they fit, so each clinic for itself."""
        return [Entry([clinic]) for clinic in self.results]

    @property
    def beyond(self) -> list[Clinic]:
        return []

    @property
    def sponsored(self) -> list[Clinic]:
        return []


@dataclass
class UnplacedSearch(Search):
    """No place was understood, so nothing is looked for: the page asks which one is meant."""

    @cached_property
    def counts(self) -> FacetCounts:
        return counting.count(BitPlanes(dict.fromkeys(facets.COLUMNS, b"")), self.filters.selection)


def search_for(filters: ClinicFilter, page: int, page_size: int, *, rows_only: bool) -> Search:
    """The search that was asked for. Where the text in `near` is no place, that of a clinic of such a name."""
    if wanted := filters.wanted or filters.name_in_place:
        named = NamedSearch(filters, page, page_size, rows_only, wanted=wanted)
        if filters.wanted or named.fits_well:
            return named
    kind = UnplacedSearch if filters.unknown_place or filters.question else Search
    return kind(filters, page, page_size, rows_only)
