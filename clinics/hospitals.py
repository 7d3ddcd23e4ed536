"""Hospitals with an emergency department: read from the list of CMS, and the nearest of a place.

The list is the dataset "Hospital General Information" of Medicare's Care Compare, as CSV. It states no coordinates:
a hospital stands at its ZIP code, and its distance is said as "about".
"""

import csv
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.db import transaction
from django.db.models import F

from clinics.geo import Coordinates, miles_between
from clinics.imports.names import display_name
from clinics.management.tables import Changes, update_table
from clinics.models import Hospital, ZipCode
from clinics.search.distances import Distance
from core.phones import NotAPhone, normalise_phone, without_extension

SOURCE = "CMS, Hospital General Information"
SOURCE_URL = "https://data.cms.gov/provider-data/dataset/xubh-q36u"
# What the list calls a column, in each of its editions.
COLUMNS = {
    "facility_id": ("Facility ID", "Provider ID"),
    "name": ("Facility Name", "Hospital Name"),
    "street": ("Address",),
    "city": ("City/Town", "City"),
    "state": ("State",),
    "zip_code": ("ZIP Code",),
    "phone": ("Telephone Number", "Phone Number"),
    "kind": ("Hospital Type",),
    "emergency": ("Emergency Services",),
}
NOT_FOR_EVERYBODY = ("childrens", "department of defense")  # kinds: no adult, or nobody from outside
DIRECTIONS = ("N", "E", "S", "W", "NE", "NW", "SE", "SW")
NEAREST, FARTHEST_MILES = 3, 150
LOOKED_AT = 12  # by a flat map's distance, of which the nearest over the ground are taken


class Unreadable(Exception):  # noqa: N818 - the sentence says what is wrong
    """The file is no list of hospitals."""


def load(path: Path, as_of: str, valid_until: date) -> tuple[int, Changes]:
    """Make the table what the file says. Returns how many rows have no place we know, too.

    Raises Unreadable, and then nothing has changed.
    """
    points = {code: (latitude, longitude) for code, latitude, longitude in _points()}
    hospitals, without_place = {}, 0
    for row in rows_of(path):
        point = points.get(row["zip_code"])
        if point is None:
            without_place += 1
            continue
        said = {"source": SOURCE, "source_url": SOURCE_URL, "as_of": as_of, "valid_until": valid_until}
        place = {"latitude": point[0], "longitude": point[1]}
        hospitals[row["facility_id"]] = Hospital(**row, **place, **said)
    if not hospitals:
        raise Unreadable(f"{path.name} has no hospital with an emergency department; nothing has changed.")
    with transaction.atomic():
        return without_place, update_table(Hospital, list(hospitals.values()), key=["facility_id"], remove=True)


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The hospitals of the list that state emergency services, as fields of Hospital. Raises Unreadable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            found = {
                name: next((title for title in titles if title in (reader.fieldnames or ())), "")
                for name, titles in COLUMNS.items()
            }
            if missing := [COLUMNS[name][0] for name, title in found.items() if not title]:
                raise Unreadable(f"{path.name} lacks the column {', '.join(missing)}.")
            for row in reader:
                stated = {name: " ".join((row[title] or "").split()) for name, title in found.items()}
                has_emergency, kind = stated.pop("emergency").lower() == "yes", stated.pop("kind").lower()
                is_for_all = not any(word in kind.replace("'", "") for word in NOT_FOR_EVERYBODY)
                if has_emergency and is_for_all and stated["facility_id"] and stated["name"]:
                    yield stated | _as_we_write(stated)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from error


def _as_we_write(stated: dict[str, str]) -> dict[str, str]:
    digits = stated["zip_code"].split("-")[0]
    return {
        "zip_code": digits.zfill(5) if digits.isdigit() else digits,
        "phone": _phone(stated["phone"]),
        "state": stated["state"].upper(),
        "name": display_name(stated["name"], "", stated["city"])[0],
        "street": _as_title(stated["street"]),
        "city": _as_title(stated["city"]),
    }


def _phone(text: str) -> str:
    """What can be dialled; "" for anything else, for the hospital stands without it."""
    try:
        return without_extension(normalise_phone(text))
    except NotAPhone:
        return ""


def _as_title(text: str) -> str:
    """Shouted text in title case, directions as they are; other text as it is."""
    if not text.isupper():
        return text
    return " ".join(word if word in DIRECTIONS else word.capitalize() for word in text.split())


def _points():
    known = ZipCode.objects.filter(latitude__isnull=False)
    return known.values_list("code", "latitude", "longitude")


def nearest_to(origin: Coordinates) -> list[Hospital]:
    """The nearest that we may still tell, at most FARTHEST_MILES away, each with its rough `distance`."""
    east_west = math.cos(math.radians(origin.latitude))
    flat = (F("latitude") - origin.latitude) ** 2 + ((F("longitude") - origin.longitude) * east_west) ** 2
    candidates = Hospital.objects.current().order_by(flat.asc(), "pk")[:LOOKED_AT]
    measured = [(miles_between(origin, hospital.coordinates), hospital) for hospital in candidates]
    measured.sort(key=lambda each: (each[0], each[1].pk))
    shown = []
    for miles, hospital in measured[:NEAREST]:
        if miles <= FARTHEST_MILES:
            hospital.distance = Distance(miles, is_rough=True)
            shown.append(hospital)
    return shown
