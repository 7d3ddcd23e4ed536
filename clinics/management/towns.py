"""The middle and the size of cities, and the towns and neighborhoods that no ZIP code is named after."""

import csv
from collections import defaultdict
from collections.abc import Iterable

from clinics.geo import Coordinates, miles_between
from clinics.locations.towns import DATA, Town, plain_name, read_towns
from clinics.models import City, ZipCode
from clinics.models.clinic import city_slug

NEIGHBORHOODS = DATA / "neighborhoods.csv"
IN_TOWN_MILES = 8  # a town so near to a ZIP code of a city's name is the city; farther off it is a namesake
LONGEST_NAME = 60


def with_towns(
    cities: list[City], zip_codes: list[ZipCode], points: dict[tuple[str, str], list[Coordinates]]
) -> list[City]:
    """The cities with the middle and the population of the town of that name; and a city for each town without one.

    `points`: of the ZIP codes of a city, by its state and slug.
    """
    by_name: dict[tuple[str, str], list[City]] = defaultdict(list)
    taken = set()
    for city in cities:
        by_name[city.state, city.search_name].append(city)
        taken.add((city.state, city.slug))
    added = []
    placed: set[tuple[str, str]] = set()
    towns = sorted(read_towns(), key=lambda town: -town.population)
    for town in [*towns, *read_neighborhoods({zip_code.code: zip_code for zip_code in zip_codes})]:
        key = (town.state, city_slug(town.name))
        known = by_name.get((town.state, plain_name(town.name)), [])
        if not known and key not in taken and len(town.name) <= LONGEST_NAME:
            taken.add(key)
            added.append(as_city(town))
            by_name[town.state, added[-1].search_name].append(added[-1])
        for city in known:
            place = (city.state, city.slug)
            if place not in placed and any(
                miles_between(town.point, at) < IN_TOWN_MILES for at in points.get(place, ())
            ):
                placed.add(place)
                city.latitude, city.longitude, city.population = town.latitude, town.longitude, town.population
    return [*cities, *added]


def is_near(town: Town, points: list[Coordinates]) -> bool:
    return any(miles_between(town.point, point) < IN_TOWN_MILES for point in points)


def as_city(town: Town) -> City:
    place = {"latitude": town.latitude, "longitude": town.longitude, "population": town.population}
    return City(
        name=town.name,
        state=town.state,
        slug=city_slug(town.name),
        search_name=plain_name(town.name),
        zip_count=0,
        **place,
    )


def read_neighborhoods(zip_codes: dict[str, ZipCode]) -> Iterable[Town]:
    """Well-known neighborhoods without a population in GeoNames, each at the point of the ZIP code that serves it."""
    with NEIGHBORHOODS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            zip_code = zip_codes[row["zip_code"]]
            if zip_code.latitude is not None and zip_code.longitude is not None:
                yield Town(row["name"], row["state"], zip_code.latitude, zip_code.longitude, 0)
