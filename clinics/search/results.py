"""One search from its parameters to its page: the radius taken, the clinics in order, the counts, and the ways on."""

from dataclasses import dataclass, field, replace
from functools import cache, cached_property

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import connections, router

from clinics.geo import Coordinates, miles_between
from clinics.models import Clinic
from clinics.models.expressions import CLOSURE_NOW, NOTICE_NOW, PHONE_SHARED_BY
from clinics.search import counts as counting
from clinics.search import facets, queries, treats
from clinics.search.counts import FacetCounts
from clinics.search.distances import roads_as_of, with_distances_from
from clinics.search.entries import Entry, entries_of
from clinics.search.far import TELEHEALTH_FIRST_MILES, TELEHEALTH_SHOWN, Gap, Telehealth, gap_in
from clinics.search.filters import ANY, ENOUGH_CLINICS, RADII_MILES, ClinicFilter
from clinics.search.names import Wanted
from clinics.search.queries import Criteria, Query

PAGE_SIZE = 20  # entries
SPONSORED_SIZE = 2
# What a row of the list and its pin show; the other half of a clinic's columns is left in the database.
ROW_COLUMNS = (
    *("id", "place_key", "name", "name_detail", "street", "street_detail", "city", "city_slug", "state", "zip_code"),
    *("phone", "phone_reported_on", "phone_reported", "phone_for_new_patients", "phone_as_written"),
    *("latitude", "longitude", "point_quality", "point_source", "open_hours", "time_zone"),
    *("treatment_bits", "denied_bits", "patient_bits", "availability_bits"),
    *("accepting_new_patients", "days_to_first_visit", "availability_confirmed_on"),
)
_SHARED_BY = PHONE_SHARED_BY.format(phone_for_new_patients="clinics_clinic.phone_for_new_patients")
# Computed for the rows of the page alone: after LIMIT.
SHARED_LINE = f"{_SHARED_BY} AS phone_shared_by"
CLOSINGS = (
    f"{CLOSURE_NOW.format(id='clinics_clinic.id')} AS closure_now",
    f"{NOTICE_NOW.format(zip_code='clinics_clinic.zip_code')} AS notice_now",
)
AVAILABLE_NOW = f"{queries.AVAILABILITY} AS availability_now"
BEYOND_SIZE = 5  # how many of the nearest others are shown when nothing was found


@dataclass
class Search:
    """At most four queries: the place, the clinics (and with them the radius), the counts, and those beyond.

    Those of telehealth, where they come first, are the fourth, or are read with the clinics if there are four. A fifth
    where a band is shown and the radius had to be found under filters.
    """

    filters: ClinicFilter
    page: int = 1  # from 1
    page_size: int = PAGE_SIZE
    rows_only: bool = False  # whether ROW_COLUMNS are all that will be asked of the clinics
    wanted: Wanted | None = None  # a name or number, for clinics/search/by_name.py
    _page_of_nearest: list[Clinic] | None = field(default=None, repr=False)
    _by_telehealth: list[Clinic] | None = field(default=None, repr=False)
    _telehealth_counts: list[int] = field(default_factory=list, repr=False)
    _was_radius_asked_for: bool = field(default=False, repr=False)  # by a query of its own

    def __post_init__(self):
        self.criteria: Criteria = self.filters.criteria
        self._using = router.db_for_read(Clinic)

    @property
    def place(self):
        return self.filters.place

    @cached_property
    def radius(self) -> int | str:
        """Miles, or "any". Without a stated one: the smallest radius that holds ten clinics of what it is about.

        Whatever the filters and `treats`, so that ticking one more, or taking that chip off, changes the answer by
        what its count says, and not the radius: it holds ten clinics that give medicine.
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
        usual = replace(self.criteria, treats=treats.DEFAULT)
        if is_first_page and not usual.masks and usual.by_distance and self.criteria == usual:
            self._page_of_nearest = self._nearest(self.criteria, PAGE_SIZE)  # it is the page itself
            nearest_first = sorted(self._page_of_nearest, key=lambda clinic: clinic.distance_miles or 0)
            return next((clinic.coordinates for clinic in nearest_first[ENOUGH_CLINICS - 1 :]), None)
        self._was_radius_asked_for = True
        tenth = self._ask(queries.nth_nearest(usual, ENOUGH_CLINICS))
        return next((Coordinates(*row) for row in tenth), None)

    @property
    def radius_miles(self) -> int | None:
        """The radius for a QuerySet: None does not limit."""
        return self.radius if isinstance(self.radius, int) else None

    @property
    def radius_was_chosen(self) -> bool:
        """Whether we took the radius, not the reader."""
        return self.place is not None and not self.filters.asked_radius

    @cached_property
    def counts(self) -> FacetCounts:
        masks = queries.masks(self.criteria, self.radius_miles, counting.MOST_COUNTED)
        others = queries.TELEHEALTH_COUNTS if self.has_telehealth else ""
        planes, self._telehealth_counts = counting.read_bit_planes(*masks, self._using, others)
        counts = counting.count(planes, self.filters.selection, self.criteria.treats)
        if counts.is_capped and not counts.total:  # none of those that were looked at, but perhaps another
            [[total, places]] = self._ask(queries.count(self.criteria, self.radius_miles))
            counts = replace(counts, total=total, places=places)
        return counts

    @property
    def count(self) -> int:
        return self.counts.total

    @property
    def count_text(self) -> str:
        """ "1,234", or "50,000+" where no more were looked at."""
        return f"{intcomma(self.count)}{'+' if self.counts.is_capped else ''}"

    @property
    def treats_texts(self) -> dict[str, str]:
        """By what `treats` may be: how many clinics that gives, as `count_text`."""
        plus = "+" if self.counts.is_capped else ""
        return {name: f"{intcomma(count)}{plus}" for name, count in self.counts.by_treats.items()}

    @property
    def page_count(self) -> int:
        return max(1, -(-self.counts.places // self.page_size))

    @cached_property
    def results(self) -> list[Clinic]:
        """The clinics of the page, place by place, each with its `distance` if a place was found."""
        limit = self.radius_miles  # choosing it may already have read the page
        if self._page_of_nearest is not None:
            return [clinic for clinic in self._page_of_nearest if is_within(clinic, limit)]
        if not self.count:
            return []
        start = (min(self.page, self.page_count) - 1) * self.page_size
        end = start + self.page_size
        if self.criteria.by_distance and not self.counts.is_capped:
            # The first so many of the nearest are those within the radius: no need to look at all of these and sort.
            return self._nearest(self.criteria, min(end, self.counts.places), start, self.radius_miles)
        repeats = None if self.counts.is_capped else self.count - self.counts.places
        query = queries.matching(self.criteria, self._columns, self.radius_miles, end, start, repeats=repeats)
        return self._page_of(query)

    @property
    def entries(self) -> list[Entry]:
        """The same by place."""
        return entries_of(self.results)

    @cached_property
    def beyond(self) -> list[Clinic]:
        """Only when nothing was found: the nearest clinics that pass the filters, however far, in any state."""
        if self.count or self.place is None or (self.radius == ANY and not self.place.state_only):
            return []
        return self._nearest(replace(self.criteria, whole_state=""), BEYOND_SIZE)

    @cached_property
    def sponsored(self) -> list[Clinic]:
        """At most two that also paid for the band: the nearest of the answer that stand nowhere else on this page.

        Only on the first page, and asked for only where the list goes on and any paid: the band never costs a search
        anything else.
        """
        if self.page != 1 or self.page_count == 1 or not self.counts.sponsored:
            return []
        listed, reads_telehealth = (
            [clinic.pk for clinic in self.results],
            self.has_telehealth and self.telehealth_first,
        )
        most = SPONSORED_SIZE + (TELEHEALTH_SHOWN if reads_telehealth else 0)  # the telehealth group may hold some
        query = queries.sponsored(self.criteria, self._columns, self.radius_miles, most, listed)
        if not reads_telehealth:
            return self._clinics(query)
        paying = self._with_telehealth(query)
        above = {clinic.pk for clinic in self._by_telehealth or []}
        return [clinic for clinic in paying if clinic.pk not in above][:SPONSORED_SIZE]

    @property
    def has_telehealth(self) -> bool:
        """Whether the page has a telehealth group: the first of a place whose state is known."""
        is_first = self.page == 1 and self.page_size == PAGE_SIZE
        return is_first and self.wanted is None and self.place is not None and bool(self.place.state)

    @cached_property
    def telehealth(self) -> Telehealth | None:
        if not self.has_telehealth or not (self.counts and self._telehealth_counts):
            return None
        of_own_state, naming = self._telehealth_counts
        first: list[Clinic] = []
        if self.telehealth_first and of_own_state + naming:
            if self._by_telehealth is None and not self.sponsored:  # else they were read with these
                self._by_telehealth = self._clinics(self._telehealth_query())
            first = self._by_telehealth or []
        return Telehealth(self.place.state, of_own_state, naming, first)

    def by_telehealth(self, most: int) -> list[Clinic]:
        """The first `most` that may treat by telehealth in the state of the place, whatever else the page shows."""
        if not (self.place and self.place.state):
            return []
        return self._clinics(queries.telehealth(self.criteria, self._columns, most))

    @cached_property
    def telehealth_first(self) -> bool:
        """Whether nothing that was found is near, or the next is far, so that telehealth comes before it."""
        if self.gap:
            return True
        nearest = min((c.distance.miles for c in self.results or self.beyond if c.distance), default=None)
        if self.place and self.place.state_only:
            return not self.count
        return nearest is None or (self.criteria.by_distance and nearest > TELEHEALTH_FIRST_MILES)

    @cached_property
    def gap(self) -> Gap | None:
        """How far the next clinic is, where few are near; only of a list of any distance, nearest first."""
        is_any = self.radius == ANY and self.page == 1 and self.criteria.by_distance and self.wanted is None
        return gap_in(self.results) if is_any else None

    @property
    def has_minutes(self) -> bool:
        """Whether the list can be ordered by them."""
        return self.wanted is None and bool(roads_as_of(self.results))

    @property
    def is_by_minutes(self) -> bool:
        """Whether it is: where nobody has minutes, a list that was asked for by them is the nearest first."""
        return self.criteria.by_minutes and self.has_minutes

    @property
    def roads_as_of(self) -> str:
        """The day of the map of roads, where minutes are shown; asked for after the lists, it costs no query."""
        by_telehealth = self.telehealth.clinics if self.telehealth else []
        return roads_as_of([*self.results, *self.beyond, *self.sponsored, *by_telehealth])

    def without_one(self) -> list[tuple[str, str, str, int]]:
        """(group, slug, label, count) of each filter without which the search gives any: the most first.

        The slug is "" where all the values of a group are dropped: they are alternatives, or the only one.
        """
        groups = [(slug, "", facets.GROUPS_BY_SLUG[slug].label, n) for slug, n in self.counts.without_group.items()]
        wishes = [(facets.VALUES[key], n) for key, n in self.counts.without_wish.items()]
        entries = [*groups, *((value.group, value.slug, value.label, n) for value, n in wishes)]
        return sorted((entry for entry in entries if entry[-1]), key=lambda entry: -entry[-1])

    def _nearest(
        self, criteria: Criteria, end: int, start: int = 0, radius_miles: float | None = None
    ) -> list[Clinic]:
        """The clinics of the entries `start` to `end` of the nearest that fit `criteria`, at any distance."""
        return self._page_of(queries.nearest(criteria, self._columns, end, start, radius_miles=radius_miles))

    def _page_of(self, query: Query) -> list[Clinic]:
        """The clinics of `query`; with those of telehealth, where they may come first and have no query left."""
        may_be_far = self.has_telehealth and self._was_radius_asked_for
        if may_be_far and (self.radius_miles is None or self.radius_miles > TELEHEALTH_FIRST_MILES or not self.count):
            return self._with_telehealth(query)
        return self._clinics(query)

    def _with_telehealth(self, query: Query) -> list[Clinic]:
        """The clinics of `query`; those of the telehealth group are read with them, unless they were."""
        if self._by_telehealth is not None:
            return self._clinics(query)
        clinics = self._clinics(queries.with_telehealth(query, self._telehealth_query()))
        self._by_telehealth = [clinic for clinic in clinics if clinic.by_telehealth]
        return [clinic for clinic in clinics if not clinic.by_telehealth]

    def _telehealth_query(self) -> Query:
        return queries.telehealth(self.criteria, self._columns, TELEHEALTH_SHOWN)

    @property
    def _asks_of_now(self) -> bool:
        """Whether a row shows the answer to a filter of `availability_now`, which is then read with it."""
        return any(facets.GROUPS_BY_SLUG[group].column == "availability_now" for group in self.filters.selection)

    @property
    def _columns(self) -> str:
        if not self.rows_only:
            return all_columns()
        # A row repeats what was asked for, and what is true at this moment is in no column.
        return f"{columns_of_a_row()}, {AVAILABLE_NOW}" if self._asks_of_now else columns_of_a_row()

    def _clinics(self, query: Query) -> list[Clinic]:
        return with_distances_from(list(Clinic.objects.using(self._using).raw(*query)), self.place)

    def _ask(self, query: Query) -> list[tuple]:
        with connections[self._using].cursor() as cursor:
            cursor.execute(*query)
            return cursor.fetchall()


@cache
def columns_of_a_row() -> str:
    return ", ".join([*(f"clinics_clinic.{name}" for name in ROW_COLUMNS), SHARED_LINE, *CLOSINGS])


@cache
def all_columns() -> str:
    """All but the point in space, which nobody shows, and the availability of this moment."""
    names = [field.column for field in Clinic._meta.concrete_fields if field.column != "position"]
    return ", ".join([*(f"clinics_clinic.{name}" for name in names), AVAILABLE_NOW, SHARED_LINE, *CLOSINGS])


def is_within(clinic: Clinic, limit_miles: int | None) -> bool:
    """Whether a clinic with `distance_miles` is no farther away; None does not limit."""
    return limit_miles is None or (clinic.distance_miles is not None and clinic.distance_miles <= limit_miles)
