"""One search from its parameters to its page: the radius taken, the clinics in order, the counts, and the ways on."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import F
from django.db.models.functions import Now

from clinics.earth import Coordinates, miles_between
from clinics.facet_counts import FacetCounts, count_facets
from clinics.filters import ANY, ENOUGH_CLINICS, RADII_MILES, ClinicFilter
from clinics.models import Clinic

PAGE_SIZE = 20
SPONSORED_SIZE = 2
# What a card and its pin show; the other half of a clinic's columns is left in the database.
CARD_COLUMNS = (
    *("name", "name_detail", "street", "city", "state", "zip_code", "phone", "phone_doubted_on"),
    *("latitude", "longitude", "is_approximate", "open_hours", "time_zone", "treatment_bits", "patient_bits"),
    *("accepting_new_patients", "days_to_first_visit", "availability_confirmed_on"),
)
BEYOND_SIZE = 5  # how many of the nearest others are shown when nothing was found


@dataclass
class Search:
    """At most four queries: the place, the clinics (and with them the radius), the counts, and those beyond.

    A fifth where a band is shown and the radius had to be found under filters.
    """

    filters: ClinicFilter
    page: int = 1  # from 1
    page_size: int = PAGE_SIZE
    cards_only: bool = False  # whether CARD_COLUMNS are all that will be asked of the clinics
    _page_of_nearest: list[Clinic] | None = field(default=None, repr=False)

    @property
    def place(self):
        return self.filters.place

    @cached_property
    def radius(self) -> int | str:
        """Miles, or "any". Without a stated one: the smallest radius that holds ten clinics.

        Whatever the filters, so that ticking one more changes the answer by what its count says, and not the radius.
        """
        if self.place is None:
            return ANY
        if self.filters.asked_radius:
            return ANY if self.filters.asked_radius == ANY else int(self.filters.asked_radius)
        tenth = self._tenth_nearest()
        if tenth is None:
            return ANY
        enough = miles_between(self.place.coordinates, tenth)
        return next((miles for miles in RADII_MILES if enough <= miles), ANY)

    def _tenth_nearest(self) -> Coordinates | None:
        everyone, origin = self.filters.in_place, self.place.coordinates
        is_first_page = self.page == 1 and self.page_size == PAGE_SIZE
        if is_first_page and not self.filters.selection and self.filters.asked_sort == "distance":
            self._page_of_nearest = self._rows(everyone.nearest(origin, PAGE_SIZE))  # it is the page itself
            return next((c.coordinates for c in self._page_of_nearest[ENOUGH_CLINICS - 1 :]), None)
        row = everyone.nearest(origin, ENOUGH_CLINICS, ENOUGH_CLINICS - 1).values_list("latitude", "longitude").first()
        return row and Coordinates(*row)

    @property
    def radius_miles(self) -> int | None:
        """The radius for a QuerySet: None does not limit."""
        return None if self.radius == ANY else self.radius

    @property
    def radius_was_chosen(self) -> bool:
        """Whether we took the radius, not the reader."""
        return self.place is not None and not self.filters.asked_radius

    @cached_property
    def counts(self) -> FacetCounts:
        clinics = self.filters.in_radius(self.radius_miles).annotate(access_now=F("access_now"))
        counts = count_facets(clinics, self.filters.selection)
        if counts.is_capped and not counts.total:  # none of those that were looked at, but perhaps another
            counts = replace(counts, total=self.filters.matching(self.radius_miles).count())
        return counts

    @property
    def count(self) -> int:
        return self.counts.total

    @property
    def count_text(self) -> str:
        """ "1,234", or "50,000+" where no more were looked at."""
        return f"{intcomma(self.count)}{'+' if self.counts.is_capped else ''}"

    @property
    def page_count(self) -> int:
        return max(1, -(-self.count // self.page_size))

    @cached_property
    def results(self) -> list[Clinic]:
        """The clinics of the page, each with `distance_miles` if a place was found."""
        radius = self.radius  # may already have read the page
        if self._page_of_nearest is not None:
            within = radius == ANY
            return [clinic for clinic in self._page_of_nearest if within or clinic.distance_miles <= radius]
        if not self.count:
            return []
        start = (min(self.page, self.page_count) - 1) * self.page_size
        end = start + self.page_size
        if self.filters.is_by_distance and not self.counts.is_capped:
            # The first so many of the nearest are those within the radius: no need to look at all of these and sort.
            passing = self.filters.in_place.passing(self.filters.selection)
            return self._rows(passing.nearest(self.place.coordinates, min(end, self.count), start))
        return self._rows(self.filters.matching(self.radius_miles)[start:end])

    @cached_property
    def beyond(self) -> list[Clinic]:
        """Only when nothing was found: the nearest clinics that pass the filters, however far, in any state."""
        if self.count or self.place is None or (self.radius == ANY and not self.place.state_only):
            return []
        anywhere = self.filters.everywhere.passing(self.filters.selection)
        return self._rows(anywhere.nearest(self.place.coordinates, BEYOND_SIZE))

    @cached_property
    def sponsored(self) -> list[Clinic]:
        """At most two clinics of the answer that also paid for the band: the nearest ones. They keep their place too.

        Only on the first page, and asked for only where there are any: the band never costs a search anything else.
        """
        if self.page != 1 or not self.counts.sponsored:
            return []
        paid = self.filters.matching(self.radius_miles).filter(sponsored_until__gt=Now())
        return self._rows(paid[:SPONSORED_SIZE])

    def without_group(self) -> list[tuple[str, int]]:
        """(group, count) for each filter that is on: what the search gives without it, most first."""
        return sorted(self.counts.without_group.items(), key=lambda entry: -entry[1])

    def _rows(self, clinics) -> list[Clinic]:
        if self.cards_only:
            clinics = clinics.only(*CARD_COLUMNS)
        else:
            clinics = clinics.annotate(access_now=F("access_now")).defer("position")
        return with_distances(list(clinics.with_contact_source()), self.place and self.place.coordinates)


def with_distances(clinics: list[Clinic], origin: Coordinates | None) -> list[Clinic]:
    """The same clinics, each with `distance_miles` from `origin` over the ground; None where one has no coordinates.

    In the order they came in: the database's order is that of these distances, to within a few feet.
    """
    for clinic in clinics:
        measurable = origin is not None and clinic.coordinates is not None
        clinic.distance_miles = miles_between(origin, clinic.coordinates) if measurable else None
    return clinics
