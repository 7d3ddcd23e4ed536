"""Towns and neighborhoods as GeoNames.org has them (CC BY 4.0): the middle of a city, and places without a ZIP code.

The files are made by clinics/locations/make_towns.py.
"""

import csv
import gzip
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

from clinics.geo import Coordinates

DATA = Path(__file__).resolve().parent.parent / "data"
TOWNS = DATA / "towns.csv.gz"
ZIP_POINTS = DATA / "zip_points.csv"

# What a word of a place's name is folded to, so that "Saint Louis" is found as "St. Louis".
SHORT_WORDS = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt", "and": ""}


class Town(NamedTuple):
    name: str
    state: str
    latitude: float
    longitude: float
    population: int

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


def read_towns() -> list[Town]:
    with gzip.open(TOWNS, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return [Town(name, state, float(y), float(x), int(people)) for name, state, y, x, people in rows]


def read_zip_points() -> dict[str, Coordinates]:
    """Points of ZIP codes for which the package `zipcodes` has none, or one in another town."""
    with ZIP_POINTS.open(encoding="utf-8", newline="") as file:
        return {
            row["zip_code"]: Coordinates(float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        }
