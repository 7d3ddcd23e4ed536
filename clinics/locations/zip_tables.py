"""The public tables that know where ZIP codes are, for make_zip_points.py and compare_zip_points.py, not for pages.

- the PyPI package `zipcodes`: every ZIP code, most with a point;
- `geonames/US.txt.gz`, GeoNames.org (CC BY 4.0): points of ZIP codes, without Puerto Rico and the islands;
- `census/2021_zcta_points.tsv`, Census Bureau (public domain): points inside the areas of ZIP codes (ZCTA). The middle
  of the land, not of its people: far from everybody where an area is large, exact where it is one hospital;
- `census/2017_Gaz_zcta_national.txt`: how large these areas are;
- `census/zip_to_zcta_2015.xlsx`, HRSA: the area in which a ZIP code without an own one lies, such as that of PO boxes.
"""

import csv
import gzip
import math
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from clinics.geo import Coordinates
from clinics.locations.towns import Town, plain_name, read_towns

# The town, where the package has another name for it.
OTHER_NAMES = {"18768": "Wilkes Barre", "99674": "Sutton-Alpine", "99726": "Bettles", "99755": "Denali Park"}


class Area(NamedTuple):
    """The land of a ZIP code, as a circle of its size."""

    point: Coordinates
    radius_miles: float


class Tables(NamedTuple):
    entries: dict[str, dict]  # of the package, military ones left out
    package: dict[str, Coordinates]
    geonames: dict[str, Coordinates]
    areas: dict[str, Area]
    areas_around: dict[str, Area]  # of ZIP codes without an area
    towns: dict[tuple[str, str], list[Town]]
    streets: Counter[tuple[str, str]]  # how many ZIP codes with streets a town has

    def town_key(self, zip_code: str) -> tuple[str, str]:
        entry = self.entries[zip_code]
        return entry["state"], plain_name(entry["city"])

    def area_of(self, zip_code: str) -> Area | None:
        """Its own, else the one in which it lies."""
        return self.areas.get(zip_code) or self.areas_around.get(zip_code)


def read_tables(data: Path) -> Tables:
    import zipcodes

    entries = {entry["zip_code"]: entry for entry in zipcodes.list_all() if entry["zip_code_type"] != "MILITARY"}
    package = {code: Coordinates(float(entry["lat"]), float(entry["long"])) for code, entry in entries.items()}
    towns: dict[tuple[str, str], list[Town]] = defaultdict(list)
    for town in read_towns():
        towns[town.state, plain_name(town.name)].append(town)
    areas = read_areas(data / "census")
    around = {code: areas[area] for code, area in read_crosswalk(data / "census").items() if area in areas}
    return Tables(
        entries=entries,
        package={code: point for code, point in package.items() if point != (0, 0)},
        geonames=read_geonames(data / "geonames" / "US.txt.gz"),
        areas=areas,
        areas_around={code: area for code, area in around.items() if code not in areas},
        towns=towns,
        streets=Counter(
            (entry["state"], plain_name(entry["city"]))
            for entry in entries.values()
            if entry["zip_code_type"] == "STANDARD" and entry["active"]
        ),
    )


def read_geonames(path: Path) -> dict[str, Coordinates]:
    points = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            _country, code, _place, _name, state, *_county, latitude, longitude, _accuracy = line.split("\t")
            if state:  # military mail has none, and points abroad
                points[code] = Coordinates(float(latitude), float(longitude))
    return points


def read_gazetteer(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a gazetteer of the Census Bureau by their code. By heading: editions order columns differently."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            {heading.strip(): cell.strip() for heading, cell in row.items() if heading and cell}
            for row in csv.DictReader(file, delimiter="\t")
        ]
    return {row["GEOID"]: row for row in rows if row.get("GEOID")}


def point_of(row: dict[str, str]) -> Coordinates:
    return Coordinates(float(row["INTPTLAT"]), float(row["INTPTLONG"]))


def read_areas(census: Path) -> dict[str, Area]:
    """The areas of 2021. One that the edition with sizes lacks has the size 0: nothing else lies in it."""
    sizes = read_gazetteer(census / "2017_Gaz_zcta_national.txt")
    return {
        code: Area(point_of(row), math.sqrt(float(sizes.get(code, {}).get("ALAND_SQMI", 0)) / math.pi))
        for code, row in read_gazetteer(census / "2021_zcta_points.tsv").items()
    }


def read_crosswalk(census: Path) -> dict[str, str]:
    """The area in which each ZIP code lies."""
    import openpyxl

    workbook = openpyxl.load_workbook(census / "zip_to_zcta_2015.xlsx", read_only=True)
    rows = workbook.worksheets[0].iter_rows(min_row=2, max_col=5, values_only=True)
    return {str(code): str(area) for code, _name, _state, _kind, area in rows if area}
