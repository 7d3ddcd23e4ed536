"""Where ZIP codes, towns, counties and states are: what a clinic's address and its point are held against."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from clinics.geo import Coordinates, miles_between
from clinics.models.clinic import city_slug

MILES_PER_DEGREE = 68.7  # of latitude, at least
# A point is in a state if a ZIP code of that state is about as near as the nearest of all. Towns on a river have none
# of their own side nearer: in four lists the farthest is 7.7 miles beyond (docs/imports.md).
BORDER_MILES = 10
FARTHEST_FROM_A_ZIP_MILES = 60  # of its state; beyond is the sea, or another country
NEAREST_ZIPS = 5
COUNTY_WORDS = ("county", "parish", "borough", "census-area", "municipality", "municipio", "city-and-borough", "city")

ZIPS = """
    SELECT z.code, z.state, z.city, z.county, z.latitude, z.longitude, z.point_source, z.kind = 'standard'
    FROM clinics_zipcode z WHERE z.kind <> 'military'
"""
OF_NAMES = " AND (z.code = ANY(%(codes)s) OR upper(z.city) = ANY(%(cities)s) OR upper(z.county) = ANY(%(counties)s))"
AROUND = """
    AND z.code <> ALL(%(known)s) AND EXISTS (
        SELECT FROM unnest(%(norths)s::float8[], %(easts)s::float8[]) AS p (north, east)
        WHERE z.latitude BETWEEN p.north - 2 AND p.north + 2 AND z.longitude BETWEEN p.east - 4 AND p.east + 4)
"""
CITIES = "SELECT slug, state, latitude, longitude FROM clinics_city"
# Changes with every change of the two tables: how many rows, and which transaction was the last to write one.
VERSION = """
    SELECT current_database(), (SELECT count(*) FROM clinics_zipcode), (SELECT count(*) FROM clinics_city),
           (SELECT max(xmin::text::bigint) FROM clinics_zipcode), (SELECT max(xmin::text::bigint) FROM clinics_city)
"""
OF_SLUGS = " WHERE slug = ANY(%(slugs)s)"

Located = tuple[str, Coordinates]  # with its state, or its code


class ZipPlace(NamedTuple):
    """What is known of a ZIP code."""

    state: str
    city: str  # as city_slug makes it
    county: str  # as county_key makes it
    point: Coordinates | None
    source: str
    has_streets: bool  # one of PO boxes or of one organization is put anywhere in its city


class KnownPlaces:
    """All places, or those that a few addresses name."""

    def __init__(self) -> None:
        self.zips: dict[str, ZipPlace] = {}
        self.towns: dict[str, list[Located]] = defaultdict(list)
        self.counties: dict[str, list[Located]] = defaultdict(list)
        self._cells: dict[tuple[int, int], list[tuple[str, str, Coordinates]]] = defaultdict(list)

    @classmethod
    def everywhere(cls) -> "KnownPlaces":
        """All, read once by a process while the tables stay as they are: 0.6 s and 40 MB."""
        [version] = _rows(VERSION)
        return cls._of_version(version)

    @classmethod
    @lru_cache(maxsize=1)
    def _of_version(cls, _version: tuple[Any, ...]) -> "KnownPlaces":
        places = cls()
        places.load(_rows(ZIPS), _rows(CITIES))
        return places

    @classmethod
    def for_addresses(
        cls, addresses: Iterable[tuple[str, str, str, str]], points: Iterable[Coordinates] = ()
    ) -> "KnownPlaces":
        """Those that (state, ZIP code, city, county) name, and those around them and around `points`.

        Not around the towns of the same name in other states: around 30 Marions is half the country.
        """
        states, codes, cities, counties = (list(names) for names in zip(*addresses, strict=True))
        slugs = list(map(city_slug, cities))
        names = {"cities": [name.upper() for name in cities], "counties": [name.upper() for name in counties]}
        places = cls()
        places.load(_rows(ZIPS + OF_NAMES, codes=codes, **names), _rows(CITIES + OF_SLUGS, slugs=slugs))
        named = [places.zips[code].point for code in codes if code in places.zips]
        named += [point for slug in set(slugs) for state, point in places.towns.get(slug, ()) if state in states]
        around = {point for point in [*points, *named] if point}
        norths, easts = [point.latitude for point in around], [point.longitude for point in around]
        places.load(_rows(ZIPS + AROUND, known=list(places.zips), norths=norths, easts=easts), ())
        return places

    def load(self, zips: Iterable[tuple[Any, ...]], cities: Iterable[tuple[Any, ...]]) -> None:
        """Add rows as ZIPS and CITIES select them."""
        for slug, state, latitude, longitude in cities:
            self.towns[slug].append((state, Coordinates(latitude, longitude)))
        for code, state, city, county, latitude, longitude, source, has_streets in zips:
            point = None if latitude is None or longitude is None else Coordinates(latitude, longitude)
            self.zips[code] = place = ZipPlace(state, city_slug(city), county_key(county), point, source, has_streets)
            if point:
                self.counties[place.county].append((state, point))
                self.towns[place.city].append((state, point))
                self._cells[_cell(point)].append((code, state, point))

    def middle_of(self, city: str, state: str) -> Coordinates | None:
        return next((point for at, point in self.towns.get(city, ()) if at == state), None)

    def has_town_near(self, city: str, states: Collection[str], point: Coordinates, miles: float) -> bool:
        """Whether a town of that name, in one of the states, is within `miles`."""
        return _is_any_within(self.towns.get(city, ()), states, point, miles)

    def has_county_near(self, county: str, states: Collection[str], point: Coordinates, miles: float) -> bool:
        return _is_any_within(self.counties.get(county, ()), states, point, miles)

    def may_be_in(self, state: str, point: Coordinates) -> bool:
        """Whether a point can be in a state; one just over its border can too."""
        nearest = of_state = math.inf
        for _code, at, miles in self._around(point):
            nearest = min(nearest, miles)
            if at == state:
                of_state = min(of_state, miles)
        return of_state <= min(nearest + BORDER_MILES, FARTHEST_FROM_A_ZIP_MILES)

    def is_among_nearest(self, zip_code: str, point: Coordinates) -> bool:
        """Whether a ZIP code is one of the nearest of `point`: it may be as large as a county, and right."""
        nearest = sorted((miles, code) for code, _state, miles in self._around(point))
        return any(code == zip_code for _miles, code in nearest[:NEAREST_ZIPS])

    def _around(self, point: Coordinates) -> Iterator[tuple[str, str, float]]:
        """(ZIP code, its state, miles to it) within about a degree; on a plane, which is exact enough so near."""
        row, column = _cell(point)
        narrowing = max(0.2, math.cos(math.radians(point.latitude)))
        wide = math.ceil(1 / narrowing)
        for y in range(row - 1, row + 2):
            for x in range(column - wide, column + wide + 1):
                for code, state, (latitude, longitude) in self._cells.get((y, x), ()):
                    north, east = latitude - point.latitude, (longitude - point.longitude) * narrowing
                    yield code, state, MILES_PER_DEGREE * math.hypot(north, east)


def _rows(sql: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@lru_cache(maxsize=4096)
def county_key(county: str) -> str:
    """ "Ada County" and "ADA" alike."""
    key = city_slug(county)
    return next((key.removesuffix(f"-{word}") for word in COUNTY_WORDS if key.endswith(f"-{word}")), key)


def _cell(point: Coordinates) -> tuple[int, int]:
    return math.floor(point.latitude), math.floor(point.longitude)


def _is_any_within(places: Iterable[Located], states: Collection[str], point: Coordinates, miles: float) -> bool:
    degrees = miles / MILES_PER_DEGREE
    return any(
        state in states and abs(other.latitude - point.latitude) <= degrees and miles_between(other, point) <= miles
        for state, other in places
    )
