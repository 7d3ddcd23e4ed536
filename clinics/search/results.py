"""One search from its parameters to its page: the radius taken, the clinics in order, the counts, and the ways on."""

from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import router
from django.db.models import F
from django.db.models.functions import Now

from clinics.geo import Coordinates, miles_between
from clinics.models import Clinic
from clinics.search.compiled import CompiledQuery
from clinics.search.counts import FacetCounts, MasksQuery, count
from clinics.search.criteria import Criteria
from clinics.search.filters import ANY, ENOUGH_CLINICS, RADII_MILES, ClinicFilter

PAGE_SIZE = 20
SPONSORED_SIZE = 2
# What a card and its pin show; the other half of a clinic's columns is left in the database.
CARD_COLUMNS = (
    *("id", "name", "name_detail", "street", "city", "state", "zip_code", "phone", "phone_doubted_on"),
    *("latitude", "longitude", "is_approximate", "open_hours", "time_zone", "treatment_bits", "patient_bits"),
    *("accepting_new_patients", "days_to_first_visit", "availability_confirmed_on"),
)
CARD_NOTES = ("contact_source", "contact_edition", "contact_confirmed_on")  # beside the columns
BEYOND_SIZE = 5  # how many of the nearest others are shown when nothing was found
SHAPES_KEPT = 256  # compiled queries of each kind, some kilobytes each


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

    def __post_init__(self):
        self.criteria: Criteria = self.filters.criteria
        self._using = router.db_for_read(Clinic)

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
        is_first_page = self.page == 1 and self.page_size == PAGE_SIZE
        if is_first_page and not self.criteria.masks and self.criteria.by_distance:
            self._page_of_nearest = self._nearest(self.criteria, PAGE_SIZE)  # it is the page itself
            return next((c.coordinates for c in self._page_of_nearest[ENOUGH_CLINICS - 1 :]), None)
        everyone = self.criteria.without_masks
        rows = compiled_tenth(everyone.shape).rows(self._using, everyone.values())
        return next((Coordinates(*row) for row in rows), None)

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
        everyone = self.criteria.without_masks
        masks = compiled_masks(everyone.shape, self.radius_miles).masks(self._using, everyone.values())
        counts = count(masks, self.filters.selection)
        if counts.is_capped and not counts.total:  # none of those that were looked at, but perhaps another
            counts = replace(counts, total=self.criteria.matching(self.radius_miles).count())
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
        if self.criteria.by_distance and not self.counts.is_capped:
            # The first so many of the nearest are those within the radius: no need to look at all of these and sort.
            return self._nearest(self.criteria, end, start)[: self.count - start]
        return self._rows(self.criteria.matching(self.radius_miles)[start:end])

    @cached_property
    def beyond(self) -> list[Clinic]:
        """Only when nothing was found: the nearest clinics that pass the filters, however far, in any state."""
        if self.count or self.place is None or (self.radius == ANY and not self.place.state_only):
            return []
        return self._nearest(replace(self.criteria, whole_state=""), BEYOND_SIZE)

    @cached_property
    def sponsored(self) -> list[Clinic]:
        """At most two clinics of the answer that also paid for the band: the nearest ones. They keep their place too.

        Only on the first page, and asked for only where there are any: the band never costs a search anything else.
        """
        if self.page != 1 or not self.counts.sponsored:
            return []
        paid = self.criteria.matching(self.radius_miles).filter(sponsored_until__gt=Now())
        return self._rows(paid[:SPONSORED_SIZE])

    def without_group(self) -> list[tuple[str, int]]:
        """(group, count) for each filter that is on: what the search gives without it, most first."""
        return sorted(self.counts.without_group.items(), key=lambda entry: -entry[1])

    def _nearest(self, criteria: Criteria, end: int, start: int = 0) -> list[Clinic]:
        """The clinics `start` to `end` of the nearest that fit `criteria`, at any distance."""
        if not self.cards_only:
            return self._rows(criteria.nearest(end, start))
        rows = compiled_cards(criteria.shape, end, start).rows(self._using, criteria.values())
        return with_distances(clinics_of_cards(rows, self._using), criteria.origin)

    def _rows(self, clinics) -> list[Clinic]:
        if self.cards_only:
            clinics = clinics.only(*CARD_COLUMNS)
        else:
            clinics = clinics.annotate(availability_now=F("availability_now")).defer("position")
        return with_distances(list(clinics.with_contact_source()), self.criteria.origin)


@cache
def card_fields() -> list:
    """The fields of CARD_COLUMNS in the order in which `Clinic.from_db` takes them."""
    return [field for field in Clinic._meta.concrete_fields if field.name in CARD_COLUMNS]


@lru_cache(maxsize=SHAPES_KEPT)
def compiled_cards(shape: Criteria, end: int, start: int) -> CompiledQuery:
    clinics = shape.nearest(end, start).with_contact_source()
    return CompiledQuery(clinics.values_list(*(field.attname for field in card_fields()), *CARD_NOTES))


@lru_cache(maxsize=SHAPES_KEPT)
def compiled_masks(shape: Criteria, radius_miles: int | None) -> MasksQuery:
    return MasksQuery(shape.in_radius(radius_miles).annotate(availability_now=F("availability_now")))


@lru_cache(maxsize=SHAPES_KEPT)
def compiled_tenth(shape: Criteria) -> CompiledQuery:
    return CompiledQuery(shape.nearest(ENOUGH_CLINICS, ENOUGH_CLINICS - 1).values_list("latitude", "longitude"))


def clinics_of_cards(rows: list[tuple], using: str) -> list[Clinic]:
    """The clinics of `compiled_cards`."""
    names = frozenset(field.attname for field in card_fields())  # a set: it is searched once for each field
    # Of these fields, hours alone are written otherwise in Python.
    readers = [(n, field.from_db_value) for n, field in enumerate(card_fields()) if hasattr(field, "from_db_value")]
    clinics = []
    for row in rows:
        values = list(row[: len(names)])
        for n, read in readers:
            values[n] = read(values[n], None, None)
        clinic = Clinic.from_db(using, names, values)
        clinic.contact_source, clinic.contact_edition, clinic.contact_confirmed_on = row[len(names) :]
        clinics.append(clinic)
    return clinics


def with_distances(clinics: list[Clinic], origin: Coordinates | None) -> list[Clinic]:
    """The same clinics, each with `distance_miles` from `origin` over the ground; None where one has no coordinates.

    In the order they came in: the database's order is that of these distances, to within a few feet.
    """
    for clinic in clinics:
        measurable = origin is not None and clinic.coordinates is not None
        clinic.distance_miles = miles_between(origin, clinic.coordinates) if measurable else None
    return clinics
