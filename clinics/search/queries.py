"""What a search asks the database: SQL with named parameters, for `Clinic.objects.raw` and a cursor.

Django takes three times as long to compose this SQL as Postgres to answer it, and a page asks it for every reader
(docs/performance.md). A test holds the answers against those of the QuerySets (tests/clinics/search/test_queries.py).
Only names of our own columns are put into the text; whatever comes from a reader is a parameter.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from clinics import availability
from clinics.geo import Coordinates, chord_miles
from clinics.models.expressions import (
    AS_NEAR_AS,
    AVAILABILITY_COLUMNS,
    AVAILABILITY_NOW,
    FARTHEST_MILES,
    HAS_ANY_BIT,
    IS_UNKNOWN,
    NEARNESS,
    STATES_NO_MEDICINE,
    WITHIN,
    WITHIN_BALL,
    point_parameters,
)
from clinics.search import facets, treats

AVAILABILITY = AVAILABILITY_NOW.format(**{column: f"clinics_clinic.{column}" for column in AVAILABILITY_COLUMNS})
_NEARNESS, _WITHIN = NEARNESS.format(position="position"), WITHIN.format(position="position")
# The orders of a list; an order says of any two clinics which comes first, so that pages never repeat or skip one.
ORDER_BY_DISTANCE = (
    NEARNESS.format(position="clinics_clinic.position"),
    STATES_NO_MEDICINE.format(treatment_bits="clinics_clinic.treatment_bits"),
    *("clinics_clinic.name", "clinics_clinic.id"),
)
# Those without minutes come last, the nearest first: NULL is the largest. Programs know it from _JOURNEY.
ORDER_BY_MINUTES = ("journey.minutes", *ORDER_BY_DISTANCE)
ORDER_BY_CITY = ("clinics_clinic.city_slug", "clinics_clinic.name", "clinics_clinic.id")
ORDER_OF_TELEHEALTH = ("(clinics_clinic.telehealth_states IS NULL)", "clinics_clinic.name", "clinics_clinic.id")
ORDER_BY_NAME = ("clinics_clinic.name", "clinics_clinic.id")
WALKED_BEYOND = 20  # programs past five for each four entries: so many more may be of places that were met before
_MASKS = {"treatment_bits": "treatment_bits", "patient_bits": "patient_bits", "availability_now": AVAILABILITY}

_ROW = """{columns}, contact.source AS contact_source, contact.edition AS contact_edition,
        contact.confirmed_on AS contact_confirmed_on, coalesce(journey.obstacle, '') AS obstacle,
        journey.minutes AS minutes_by_car, journey.roads_as_of"""
_JOURNEY = """LEFT JOIN clinics_journey AS journey
        ON journey.clinic_id = clinics_clinic.id AND journey.zip_code = %(journeys_from)s"""
_JOINED = f"""LEFT JOIN clinics_confirmation AS contact
        ON contact.clinic_id = clinics_clinic.id AND contact.fact_group = 'contact'
    {_JOURNEY}"""
ROWS = f"""
    SELECT {_ROW}
    FROM clinics_clinic {_JOINED}
    WHERE {{conditions}}
    ORDER BY {{order}}
    LIMIT %(limit)s OFFSET %(offset)s
"""
# An entry of the list is a place with its programs that fit; the first of these in the order of the list leads it.
PROGRAMS = """
        SELECT coalesce(place_key, clinics_clinic.id * -1) AS place, {order}
        FROM clinics_clinic {joined} WHERE {conditions}"""
ENTRIES = f"""
    WITH leads AS MATERIALIZED (
        SELECT place, row_number() OVER (ORDER BY {{keys}}) AS number
        FROM (SELECT DISTINCT ON (place) * FROM ({{programs}}) AS programs ORDER BY place, {{keys}}) AS first_of_each
        ORDER BY {{keys}} LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT {_ROW}
    FROM leads JOIN clinics_clinic ON coalesce(clinics_clinic.place_key, clinics_clinic.id * -1) = leads.place
        {_JOINED}
    WHERE {{conditions}}
    ORDER BY leads.number, {{order}}
"""
# How far the last entry of a page is: a walk along the index past its programs. Before version 17 PostgreSQL walks it
# only for an order by distance alone, so the walk comes first, and the programs are then those of a box. Where the
# walk meets fewer places than the page has, everything is looked at.
_AS_NEAR_AS_THE_LAST = AS_NEAR_AS.format(
    position="position",
    miles=f"""coalesce((
        SELECT min(miles) FROM (
            SELECT coalesce(place_key, id * -1) AS place, {_NEARNESS} AS miles FROM clinics_clinic
            WHERE {{conditions}} ORDER BY {_NEARNESS} LIMIT %(walk)s
        ) AS walked GROUP BY place ORDER BY 1 LIMIT 1 OFFSET %(last)s), {FARTHEST_MILES})""",
)
NTH_NEAREST = f"""
    SELECT latitude, longitude FROM clinics_clinic WHERE {{conditions}}
    ORDER BY {_NEARNESS} LIMIT 1 OFFSET %(offset)s
"""
COUNT = """
    SELECT count(*), count(DISTINCT coalesce(place_key, id * -1)) FROM clinics_clinic WHERE {conditions}
"""
MASKS = f"""
    SELECT treatment_bits, patient_bits, {AVAILABILITY} AS availability_now, sponsored_until, place_key
    FROM clinics_clinic WHERE {{conditions}} LIMIT %(limit)s
"""
# A clinic may treat the residents of its own state by phone or video, unless it says itself which states it serves.
# Each of the two kinds has an index of its own, of which the first alone is counted.
_BY_OWN_STATE = f"""state = %(reader_state)s
        AND (treatment_bits & {facets.MEDICINE_BY_TELEHEALTH}) = {facets.MEDICINE_BY_TELEHEALTH}"""
_OF_OWN_STATE = f"is_listed AND telehealth_states IS NULL AND {_BY_OWN_STATE}"
_NAMES_STATES = f"""is_listed AND telehealth_states IS NOT NULL
        AND (treatment_bits & {facets.MEDICINE.mask}) <> 0 AND CASE
        WHEN {IS_UNKNOWN.format(availability_confirmed_on="availability_confirmed_on")} THEN {_BY_OWN_STATE}
        ELSE (telehealth_bits & %(reader_in)s) <> 0 END"""
TELEHEALTH_COUNTS = f"""(SELECT count(*) FROM clinics_clinic WHERE {_OF_OWN_STATE}),
        (SELECT count(*) FROM clinics_clinic WHERE {_NAMES_STATES})"""
TELEHEALTH = f"""
    WITH serving AS MATERIALIZED (
        SELECT clinics_clinic.id AS serving_id, row_number() OVER (ORDER BY {{order}}) AS line
        FROM clinics_clinic
        WHERE ({_OF_OWN_STATE}) OR ({_NAMES_STATES})
        ORDER BY {{order}} LIMIT %(most_by_telehealth)s OFFSET %(skipped_by_telehealth)s
    )
    SELECT {_ROW}, serving.line, true AS by_telehealth
    FROM serving JOIN clinics_clinic ON clinics_clinic.id = serving.serving_id {_JOINED}
    ORDER BY serving.line
"""
# Both in one query, where a page would have more than four.
WITH_TELEHEALTH = """
    SELECT * FROM (
        SELECT page.*, row_number() OVER () AS line, false AS by_telehealth FROM ({page}) AS page
        UNION ALL SELECT * FROM ({telehealth}) AS serving
    ) AS rows ORDER BY by_telehealth, line
"""
SPONSORED = "sponsored_until > statement_timestamp()"
NOT_LISTED = "clinics_clinic.id <> ALL (%(listed)s)"


class Query(NamedTuple):
    sql: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Criteria:
    """Which clinics a search is about."""

    origin: Coordinates | None = None  # of the distances; None: no place was named
    reader_in: str = ""  # the two letters of a state, for telehealth
    whole_state: str = ""  # a state that is searched whole, however far away
    masks: tuple[tuple[str, int], ...] = ()  # column and bits, of each of which a clinic has one (facets.masks_of)
    by_distance: bool = False  # else by name
    by_minutes: bool = False  # by car, from the ZIP code that was named
    by_city: bool = False  # and then by name
    city_slug: str = ""  # the only city of that state that is searched
    treats: str = treats.DEFAULT  # of treats.BITS
    journeys_from: str = ""  # the ZIP code from which obstacles are told

    def everyone(self, radius_miles: float | None = None) -> list[str]:
        """SQL for all listed clinics of the place and radius, whatever they treat and the facets."""
        found = ["is_listed"]
        if self.whole_state:
            found.append("state = %(whole_state)s")
            if self.city_slug:
                found.append("city_slug = %(city_slug)s")
        elif self.origin:
            found.append("position IS NOT NULL")
            if radius_miles is not None:
                found.append(_WITHIN)
        return found

    @property
    def by_name(self) -> bool:
        return not (self.by_distance or self.by_minutes or self.by_city)

    @property
    def order(self) -> tuple[str, ...]:
        if self.by_city:
            return ORDER_BY_CITY
        if self.by_minutes:
            return ORDER_BY_MINUTES
        return ORDER_BY_DISTANCE if self.by_distance else ORDER_BY_NAME

    def about(self, radius_miles: float | None = None) -> list[str]:
        """Of these the clinics that the search is about, whatever the facets."""
        return [*self.everyone(radius_miles), HAS_ANY_BIT.format(column=_MASKS["treatment_bits"], mask="treats")]

    def conditions(self, radius_miles: float | None = None) -> list[str]:
        """Of these the clinics that pass the facets: the answer."""
        passing = [
            HAS_ANY_BIT.format(column=_MASKS[column], mask=f"mask_{n}") for n, (column, _mask) in enumerate(self.masks)
        ]
        return [*self.about(radius_miles), *passing]

    def parameters(self, radius_miles: float | None = None, **others) -> dict[str, Any]:
        given = availability.parameters_at(datetime.now(UTC), self.reader_in)
        given |= {f"mask_{n}": mask for n, (_column, mask) in enumerate(self.masks)}
        if self.origin:
            given |= point_parameters(self.origin)
        if radius_miles is not None:
            given["chord"] = chord_miles(radius_miles)
        given |= {"city_slug": self.city_slug, "journeys_from": self.journeys_from}
        given |= {"whole_state": self.whole_state, "reader_state": self.reader_in, "treats": treats.BITS[self.treats]}
        return given | others


def nearest(criteria: Criteria, columns: str, end: int, start: int = 0, *, radius_miles: float | None = None) -> Query:
    """The nearest entries that fit, at any distance, from the `start`-th to the `end`-th.

    `radius_miles`: their programs that are farther away are left out. Whoever gives it knows how many entries are
    within it.
    """
    fits = " AND ".join(criteria.conditions())
    as_near = _AS_NEAR_AS_THE_LAST.format(conditions=fits)
    programs = PROGRAMS.format(order=_keys_of(ORDER_BY_DISTANCE), joined="", conditions=f"{fits} AND {as_near}")
    page = {"limit": end - start, "offset": start, "last": end - 1, "walk": end + end // 4 + WALKED_BEYOND}
    # The programs of the entries are looked up by place: without the box, the planner cannot read the radius instead.
    near = [] if radius_miles is None else [WITHIN_BALL.format(position="clinics_clinic.position")]
    sql = _entries(columns, programs, [*criteria.conditions(), *near], ORDER_BY_DISTANCE)
    return Query(sql, criteria.parameters(radius_miles, **page))


def matching(
    criteria: Criteria, columns: str, radius_miles: float | None, end: int, start: int = 0, *, repeats: int | None
) -> Query:
    """The entries that answer the search, in its order, from the `start`-th to the `end`-th.

    `repeats`: how many programs of the answer are not the first of their place, None if nobody knows. So many more
    than the entries of the page are looked at.
    """
    conditions = criteria.conditions(radius_miles)
    joined = _JOURNEY if criteria.by_minutes else ""
    programs = PROGRAMS.format(order=_keys_of(criteria.order), joined=joined, conditions=" AND ".join(conditions))
    programs += f" ORDER BY {_by(criteria.order)} LIMIT %(walk)s"
    page = {"limit": end - start, "offset": start, "walk": None if repeats is None else end + repeats}
    return Query(
        _entries(columns, programs, conditions, criteria.order),
        criteria.parameters(radius_miles, **page),
    )


def _entries(columns: str, programs: str, conditions: list[str], order: tuple[str, ...]) -> str:
    return ENTRIES.format(
        columns=columns,
        programs=programs,
        conditions=" AND ".join(conditions),
        keys=", ".join(f"key_{n}" for n in range(len(order))),
        order=_by(order),
    )


def telehealth(criteria: Criteria, columns: str, most: int) -> Query:
    """The first `most` clinics that give medicine and may treat by telehealth in the state of the place.

    Each is marked `by_telehealth`. Whatever the facets, and wherever they are.
    """
    is_measured = criteria.origin and not criteria.whole_state
    order = _by(ORDER_BY_DISTANCE if is_measured else ORDER_BY_NAME)
    limits = {"most_by_telehealth": most, "skipped_by_telehealth": 0}
    return Query(TELEHEALTH.format(columns=columns, order=order), criteria.parameters(**limits))


def all_by_telehealth(state: str, columns: str, most: int, start: int) -> Query:
    """Of all that may treat by telehealth in a state `most` from the `start`-th: those first that name states."""
    limits = {"most_by_telehealth": most, "skipped_by_telehealth": start}
    sql = TELEHEALTH.format(columns=columns, order=_by(ORDER_OF_TELEHEALTH))
    return Query(sql, Criteria(reader_in=state).parameters(**limits))


def count_by_telehealth(state: str) -> Query:
    """How many these are: (for their own state, naming it)."""
    return Query(f"SELECT {TELEHEALTH_COUNTS}", Criteria(reader_in=state).parameters())


def with_telehealth(page: Query, others: Query) -> Query:
    """The clinics of a page, and then those of `telehealth`, which alone are marked `by_telehealth`."""
    return Query(WITH_TELEHEALTH.format(page=page.sql, telehealth=others.sql), others.parameters | page.parameters)


def sponsored(criteria: Criteria, columns: str, radius_miles: float | None, most: int, listed: list[int]) -> Query:
    """The first clinics of the answer that paid for the band; not those whose ids are in `listed`."""
    conditions = " AND ".join([*criteria.conditions(radius_miles), SPONSORED, NOT_LISTED])
    sql = ROWS.format(columns=columns, conditions=conditions, order=_by(criteria.order))
    return Query(sql, criteria.parameters(radius_miles, limit=most, offset=0, listed=listed))


def _by(order: tuple[str, ...]) -> str:
    return ", ".join(order)


def _keys_of(order: tuple[str, ...]) -> str:
    return ", ".join(f"{key} AS key_{n}" for n, key in enumerate(order))


def nth_nearest(criteria: Criteria, number: int) -> Query:
    """Latitude and longitude of the `number`-th nearest clinic that the search is about, whatever the facets."""
    conditions = " AND ".join(criteria.about())
    return Query(NTH_NEAREST.format(conditions=conditions), criteria.parameters(offset=number - 1))


def masks(criteria: Criteria, radius_miles: float | None, most: int) -> Query:
    """The masks of everyone in the place and radius: what the counts are made of."""
    conditions = " AND ".join(criteria.everyone(radius_miles))
    return Query(MASKS.format(conditions=conditions), criteria.parameters(radius_miles, limit=most))


def count(criteria: Criteria, radius_miles: float | None) -> Query:
    conditions = " AND ".join(criteria.conditions(radius_miles))
    return Query(COUNT.format(conditions=conditions), criteria.parameters(radius_miles))
