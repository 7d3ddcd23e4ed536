"""Nearest first on real places: against brute force over the geodesic to every one of 14,034 facilities."""

import random

import numpy
import pytest

from clinics.geo import Coordinates, miles_between
from clinics.imports.readers import open_directory
from clinics.imports.rows import FacilityRow
from clinics.models import Clinic

POINTS = 2000
SHOWN = 20
# South, north, west, east and share of the points: the 48 states, Alaska, Hawaii, Puerto Rico.
BOXES = [((25, 49, -124, -67), 0.85), ((55, 70, -168, -132), 0.07), ((19, 22.3, -160, -155), 0.04)]
BOXES.append(((17.9, 18.5, -67.3, -65.6), 0.04))


def random_points() -> list[Coordinates]:
    chance = random.Random(20240101)
    boxes = chance.choices([box for box, _ in BOXES], [share for _, share in BOXES], k=POINTS)
    return [
        Coordinates(chance.uniform(south, north), chance.uniform(west, east)) for south, north, west, east in boxes
    ]


def nearest_by_brute_force(origin: Coordinates, latitudes, longitudes) -> list[float]:
    """The geodesic miles to the nearest clinics. A sphere narrows the field; it is at most 0.6 % off."""
    a, b = numpy.radians(latitudes), numpy.radians(origin.latitude)
    half_chord = numpy.sin((a - b) / 2) ** 2
    half_chord += numpy.cos(a) * numpy.cos(b) * numpy.sin(numpy.radians(longitudes - origin.longitude) / 2) ** 2
    angle = 2 * numpy.arcsin(numpy.sqrt(half_chord))
    reach = numpy.partition(angle, SHOWN)[SHOWN] * 1.012
    field = numpy.flatnonzero(angle <= reach)
    return sorted(miles_between(origin, (latitudes[row], longitudes[row])) for row in field)[:SHOWN]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_order_is_that_of_the_miles_over_the_ground(shared_data):
    directory = open_directory(shared_data / "samhsa" / "locator_substance_use_2020.csv")
    rows = [row for row in directory if isinstance(row, FacilityRow)]
    Clinic.objects.bulk_create(
        Clinic(name=row.name, city=row.city, state=row.state, latitude=row.latitude, longitude=row.longitude)
        for row in rows
    )
    latitudes = numpy.array([row.latitude for row in rows])
    longitudes = numpy.array([row.longitude for row in rows])
    for origin in random_points():
        shown = list(Clinic.objects.listed().near(origin).values_list("latitude", "longitude")[:SHOWN])
        found = [miles_between(origin, point) for point in shown]
        expected = nearest_by_brute_force(origin, latitudes, longitudes)
        # Far tighter than the 0.6 % that a sphere would need: the order is exact to a millionth.
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-4), origin
