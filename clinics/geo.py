"""Points and miles on the WGS 84 ellipsoid, the same in Python and in SQL.

A place is kept as its point in space, in miles from the centre of the Earth. The straight line through the ground
between two such points orders places as the geodesic over the ground does, to within a few feet at 100 miles, and
is what a GiST index on a `cube` column walks. (Points on a sphere would be up to 0.6 % off, enough to show a clinic
at 25.1 miles within 25.) Constants: NGA.STND.0036, World Geodetic System 1984.
"""

import math
from typing import NamedTuple

METRES_PER_MILE = 1609.344
EQUATORIAL_RADIUS_MILES = 6378137.0 / METRES_PER_MILE
ECCENTRICITY_SQUARED = 0.00669437999014
MEAN_RADIUS_MILES = 6371008.8 / METRES_PER_MILE

# The SQL of `point_in_space`, for a column that the database computes itself.
POINT_IN_SPACE_SQL = (
    "CASE WHEN latitude IS NULL OR longitude IS NULL THEN NULL ELSE cube(array["
    "{radius} * cos(radians(latitude)) * cos(radians(longitude)), "
    "{radius} * cos(radians(latitude)) * sin(radians(longitude)), "
    "{radius} * {flattening} * sin(radians(latitude))]) END"
).format(
    radius=f"({EQUATORIAL_RADIUS_MILES!r} / sqrt(1 - {ECCENTRICITY_SQUARED!r} * sin(radians(latitude)) ^ 2))",
    flattening=repr(1 - ECCENTRICITY_SQUARED),
)


class Coordinates(NamedTuple):
    """A place on the ground in decimal degrees, WGS 84."""

    latitude: float
    longitude: float


def is_on_earth(latitude: float, longitude: float) -> bool:
    """False for what is no number."""
    return -90 <= latitude <= 90 and -180 <= longitude <= 180


def point_in_space(place: Coordinates) -> tuple[float, float, float]:
    """The three coordinates of a place in miles from the centre of the Earth."""
    latitude, longitude = map(math.radians, place)
    radius = EQUATORIAL_RADIUS_MILES / math.sqrt(1 - ECCENTRICITY_SQUARED * math.sin(latitude) ** 2)
    return (
        radius * math.cos(latitude) * math.cos(longitude),
        radius * math.cos(latitude) * math.sin(longitude),
        radius * (1 - ECCENTRICITY_SQUARED) * math.sin(latitude),
    )


def chord_miles(distance_miles: float) -> float:
    """The straight line through the ground under `distance_miles` over the ground."""
    half_angle = min(distance_miles / (2 * MEAN_RADIUS_MILES), math.pi / 2)
    return 2 * MEAN_RADIUS_MILES * math.sin(half_angle)


def miles_between(one: Coordinates, other: Coordinates) -> float:
    """The distance over the ground, in miles, from the straight line that the index of the search measures.

    Beside the geodesic of C. F. F. Karney (2013) it is off by at most 0.2 feet at 100 miles, 20 feet at 500 and half a
    mile at 2,500, measured within the United States: the line ends on the ellipsoid, the arc over it is of a ball.
    """
    chord = math.dist(point_in_space(one), point_in_space(other))
    return 2 * MEAN_RADIUS_MILES * math.asin(min(1.0, chord / (2 * MEAN_RADIUS_MILES)))
