"""Towns and neighborhoods, and the points of ZIP codes that the package `zipcodes` has not, or has less well.

The files are made by make_towns.py and make_zip_points.py beside this one, which name the sources.
"""

import csv
import gzip
import io
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from clinics.geo import Coordinates

DATA = Path(__file__).resolve().parent.parent / "data"
TOWNS = DATA / "towns.csv.gz"
ZIP_POINTS = DATA / "zip_points.csv.gz"

GEONAMES = "GeoNames"  # GeoNames.org, CC BY 4.0
CENSUS_PLACES = "Census places 2022"
CENSUS_ZCTA = "Census ZCTA 2021"
PACKAGE = "zipcodes"

# What a word of a place's name is folded to, so that "Saint Louis" is found as "St. Louis".
SHORT_WORDS = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt", "and": ""}


class Town(NamedTuple):
    name: str
    state: str
    latitude: float
    longitude: float
    population: int  # 0: not known
    source: str = GEONAMES

    @property
    def point(self) -> Coordinates:
        return Coordinates(self.latitude, self.longitude)


def plain_name(name: str) -> str:
    """A name as it is compared: lower case without accents, punctuation and blanks; "Saint" is "st".

    Blanks go too, for people write McLean and Mc Lean, O'Fallon and O Fallon.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.split(r"[^a-z0-9]+", plain)
    return "".join(SHORT_WORDS.get(word, word) for word in words)


class ZipPoint(NamedTuple):
    """Where the people of a ZIP code are, and the table that says so."""

    point: Coordinates
    source: str


def read_towns() -> list[Town]:
    with gzip.open(TOWNS, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return [
            Town(name, state, float(latitude), float(longitude), int(population), source)
            for name, state, latitude, longitude, population, source in rows
        ]


def write_rows(path: Path, header: list[str], rows: Iterable[Iterable]) -> None:
    """A packed CSV whose bytes depend on nothing but its rows."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with gzip.GzipFile(path, "wb", mtime=0) as packed:
        packed.write(text.getvalue().encode())


def read_zip_points() -> dict[str, ZipPoint]:
    """The points of ZIP codes that stand elsewhere than the package `zipcodes` says, or nowhere in it."""
    with gzip.open(ZIP_POINTS, "rt", encoding="utf-8", newline="") as file:
        return {
            row["zip_code"]: ZipPoint(Coordinates(float(row["latitude"]), float(row["longitude"])), row["source"])
            for row in csv.DictReader(file)
        }
