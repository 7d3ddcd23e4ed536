"""Make clinics/data/zip_points.csv.gz: the points of ZIP codes that the package `zipcodes` has not, or has less well.

    python -m clinics.locations.make_zip_points ../shared/data

Measured against facilities whose points are known (docs/decisions/0012-points-of-zip-codes.md; compare_zip_points.py
measures it again), the smallest error has, in this order:

1. of a ZIP code of one organisation, the point of its own area, which is its campus;
2. of PO boxes, of the only ZIP code of a town, and of one whose large area holds the middle of its town: that middle;
3. of the others GeoNames, else the package, unless that point is far outside of the ZIP code's area; else the area's.

In Alaska areas are as large as states, so their points are never taken. A ZIP code that no table knows takes its town,
or the ZIP code of that name with the nearest number.
Kept is only what differs from the package.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from clinics.geo import Coordinates, miles_between
from clinics.locations.towns import (
    CENSUS_PLACES,
    CENSUS_ZCTA,
    GEONAMES,
    PACKAGE,
    ZIP_POINTS,
    Town,
    ZipPoint,
    plain_name,
    write_rows,
)
from clinics.locations.zip_tables import OTHER_NAMES, Area, Tables, read_tables
from clinics.management.pacific import POST_OFFICES

NAMESAKE_MILES = 30  # a town of the name so far from every point of a ZIP code is another of that name
LARGE_MILES = 2  # of a smaller area, such as a city's core, the tables know the middle as well
OUTSIDE_RADII, OUTSIDE_MILES = 3, 8  # a point so far from the middle of an area is not in it
WORTH_MILES = 0.1  # what differs less from the package is left to it
FAR_ISLANDS = ("96898",)  # Wake Island, in the state and in an area of Hawaii on paper alone


def main(data: str) -> None:
    write_rows(ZIP_POINTS, ["zip_code", "latitude", "longitude", "source"], rows(read_tables(Path(data))))


def rows(tables: Tables) -> list[tuple[str, float, float, str]]:
    return [
        (code, round(found.point.latitude, 4), round(found.point.longitude, 4), found.source)
        for code, found in sorted(choose_points(tables).items())
        if differs(found, tables.package.get(code))
    ]


def differs(found: ZipPoint, known: Coordinates | None) -> bool:
    return known is None or miles_between(found.point, known) > WORTH_MILES


def choose_points(tables: Tables) -> dict[str, ZipPoint]:
    chosen = {code: choose_point(code, tables) for code in tables.entries}
    known = {code: found for code, found in chosen.items() if found}
    others = {code: nearest_number(code, tables, known) for code in tables.entries if code not in known}
    return known | {code: found for code, found in others.items() if found}


def choose_point(code: str, tables: Tables) -> ZipPoint | None:
    entry, area = tables.entries[code], tables.areas.get(code)
    if entry["zip_code_type"] == "UNIQUE" and area:
        return ZipPoint(area.point, CENSUS_ZCTA)
    has_streets = entry["zip_code_type"] == "STANDARD" and entry["active"]
    town = town_of(code, tables)
    if town and (not has_streets or is_its_town(code, town, tables)):
        return ZipPoint(town.point, town.source)
    return of_tables(code, tables)


def town_of(code: str, tables: Tables) -> Town | None:
    """The town that the ZIP code is named after: of namesakes the one nearest to what any table says of it."""
    points = known_points(code, tables)
    towns = [town for town in towns_of_the_name(code, tables) if not is_namesake(town, code, tables)]
    if not points:
        return towns[0] if len(towns) == 1 else None
    near = [(min(miles_between(town.point, point) for point in points), town) for town in towns]
    miles, town = min(near, default=(NAMESAKE_MILES, None), key=lambda item: item[0])
    return town if miles < NAMESAKE_MILES else None


def is_namesake(town: Town, code: str, tables: Tables) -> bool:
    """Whether a place of few people is outside of the ZIP code's own area, as one of Virginia's Sandy Levels is."""
    area = tables.areas.get(code)
    is_small = town.source == CENSUS_PLACES and town.state != "AK"
    return is_small and area is not None and is_outside(town.point, area)


def towns_of_the_name(code: str, tables: Tables) -> list[Town]:
    state, name = tables.town_key(code)
    name = plain_name(POST_OFFICES.get(code) or OTHER_NAMES.get(code, "")) or name
    towns = sorted(tables.towns.get((state, name), []), key=lambda town: -town.population)
    return towns[:1] if code in POST_OFFICES else towns


def known_points(code: str, tables: Tables) -> list[Coordinates]:
    if code in POST_OFFICES:  # points on the other side of the date line, and in the middle of archipelagos
        return []
    area = tables.area_of(code)
    points = [tables.geonames.get(code), tables.package.get(code), area.point if area else None]
    return [point for point in points if point]


def is_its_town(code: str, town: Town, tables: Tables) -> bool:
    """Whether most people of the ZIP code live in or about the middle of the town, not in one corner of a city."""
    if tables.streets[tables.town_key(code)] <= 1:
        return True
    area = tables.areas.get(code)
    return area is not None and max(LARGE_MILES, miles_between(area.point, town.point)) <= area.radius_miles


def of_tables(code: str, tables: Tables) -> ZipPoint | None:
    """The first of the tables whose point is in the ZIP code's area, or near it; else the area's own."""
    area = tables.area_of(code)
    stated = [
        ZipPoint(point, source)
        for point, source in ((tables.geonames.get(code), GEONAMES), (tables.package.get(code), PACKAGE))
        if point
    ]
    inside = [found for found in stated if area is None or not is_outside(found.point, area)]
    has_real_area = area is not None and tables.entries[code]["state"] != "AK" and code not in FAR_ISLANDS
    if area and not inside and (has_real_area or not stated):
        return ZipPoint(area.point, CENSUS_ZCTA)
    return next(iter([*inside, *stated]), None)


def is_outside(point: Coordinates, area: Area) -> bool:
    return miles_between(point, area.point) > max(OUTSIDE_MILES, OUTSIDE_RADII * area.radius_miles)


def nearest_number(code: str, tables: Tables, points: dict[str, ZipPoint]) -> ZipPoint | None:
    """The point of the ZIP code of that name whose number is nearest: of a large customer, the post office's own."""
    state, name = tables.town_key(code)
    name = plain_name(OTHER_NAMES.get(code, "")) or name
    same: Iterable[str] = (other for other in points if tables.town_key(other) == (state, name))
    nearest = min(same, default=None, key=lambda other: (abs(int(other) - int(code)), other))
    return points[nearest] if nearest else None


if __name__ == "__main__":
    main(*sys.argv[1:])
