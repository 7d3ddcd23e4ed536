"""The ZIP code in the middle of each city: what lies on the way to a clinic is worked out by ZIP code."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from clinics.geo import Coordinates, miles_between
from clinics.locations.known_places import MILES_PER_DEGREE
from clinics.models import City, ZipCode
from clinics.models.clinic import city_slug
from clinics.models.places import CLOSE_MILES

CELL = 0.2  # degrees: more than CLOSE_MILES everywhere in the United States


def with_zip_codes(cities: list[City], zip_codes: Iterable[ZipCode]) -> list[City]:
    """The same cities, each with the ZIP code whose point is nearest to its middle, if that is close.

    One that carries the name of the city goes before a nearer one, which may be on the other side of the water.
    """
    by_cell: dict[tuple[int, int], list[Named]] = defaultdict(list)
    for zip_code in zip_codes:
        if (point := zip_code.coordinates) and zip_code.kind != ZipCode.Kind.MILITARY:
            name = (zip_code.state, city_slug(zip_code.city))
            by_cell[_cell(point)].append(Named(zip_code.code, name, point))
    for city in cities:
        row, column = _cell(city.coordinates)
        around = [(row + rows, column + columns) for rows in (-1, 0, 1) for columns in (-1, 0, 1)]
        found = [
            _measured(city, named) for cell in around for named in by_cell.get(cell, ()) if _may_be_close(city, named)
        ]
        nearest = min((each for each in found if each[1] <= CLOSE_MILES), default=None)
        city.zip_code = nearest[-1] if nearest else ""
    return cities


class Named(NamedTuple):
    """A ZIP code, and the city whose name it carries."""

    code: str
    city: tuple[str, str]  # state and slug
    point: Coordinates


def _cell(point: Coordinates) -> tuple[int, int]:
    return int(point.latitude // CELL), int(point.longitude // CELL)


def _may_be_close(city: City, named: Named) -> bool:
    """A look before measuring: nine of ten in the cells around are too far to one side."""
    north, east = named.point.latitude - city.latitude, named.point.longitude - city.longitude
    return abs(north) <= CLOSE_MILES / MILES_PER_DEGREE and abs(east) <= CELL


def _measured(city: City, named: Named) -> tuple[bool, float, str]:
    return named.city != (city.state, city.slug), miles_between(city.coordinates, named.point), named.code
