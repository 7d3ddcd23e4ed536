"""From places on the ground to points on the canvas.

Azimuthal equidistant around one place, so that miles and directions from it are true and rings for miles are circles,
in Alaska and over the date line as in Kansas. On a sphere that is stretched to the ellipsoid's curvature at the
middle: within 0.1 % of the geodesic at 100 miles.
"""

import math
from dataclasses import dataclass

from clinics.geo import ECCENTRICITY_SQUARED, EQUATORIAL_RADIUS_MILES, Coordinates
from clinics.maps.shapes import Box, Vector, unit_vector

WIDTH, HEIGHT = 720, 600  # the canvas, in units of the SVG; on the narrowest phone 2.25 of them are one pixel
MARGIN = 44  # of the canvas: a pin in a corner is still whole
MOST_UNITS_PER_MILE = 200  # a closer view would show no line at all, and nothing to recognize the place by
LOWEST_ARC = 0.9  # cosine of the angle up to which a series stands for the arc sine


class Projection:
    """Miles east and north of `centre`."""

    def __init__(self, centre: Coordinates):
        self.centre = centre
        latitude, longitude = math.radians(centre.latitude), math.radians(centre.longitude)
        flattening = 1 - ECCENTRICITY_SQUARED * math.sin(latitude) ** 2
        across = EQUATORIAL_RADIUS_MILES / math.sqrt(flattening)
        along = across * (1 - ECCENTRICITY_SQUARED) / flattening
        up = unit_vector(*centre)
        east = (-math.sin(longitude), math.cos(longitude), 0.0)
        north = (
            -math.sin(latitude) * math.cos(longitude),
            -math.sin(latitude) * math.sin(longitude),
            math.cos(latitude),
        )
        self.up, self.along_miles = up, along
        self.east = tuple(across * part for part in east)
        self.north = tuple(along * part for part in north)
        self._factors = (*up, *self.east[:2], *self.north)

    def miles(self, vector: Vector) -> tuple[float, float]:
        x, y, z = vector
        up_x, up_y, up_z, east_x, east_y, north_x, north_y, north_z = self._factors
        cosine = x * up_x + y * up_y + z * up_z
        east = x * east_x + y * east_y
        north = x * north_x + y * north_y + z * north_z
        sine_squared = max(0.0, 1 - cosine * cosine)
        if cosine > LOWEST_ARC:  # angle / sine, the first terms of its series
            stretch = 1 + sine_squared * (1 / 6 + sine_squared * (3 / 40 + sine_squared * 15 / 336))
        else:
            sine = math.sqrt(sine_squared)
            stretch = math.atan2(sine, cosine) / sine if sine > 1e-9 else 1.0
        return east * stretch, north * stretch

    def miles_to(self, place: Coordinates) -> tuple[float, float]:
        return self.miles(unit_vector(*place))


@dataclass
class View:
    """A projection and the piece of it that the canvas shows. x grows to the right, y downwards, both in units."""

    projection: Projection
    units_per_mile: float
    middle_east: float  # miles from the projection's centre to the middle of the canvas
    middle_north: float

    def project_vector(self, vector: Vector) -> tuple[float, float]:
        east, north = self.projection.miles(vector)
        return (
            WIDTH / 2 + (east - self.middle_east) * self.units_per_mile,
            HEIGHT / 2 - (north - self.middle_north) * self.units_per_mile,
        )

    def points(self, vectors: list[Vector]) -> list[tuple[int, int]]:
        """The same for many, rounded: written out, since a map of Alaska has five thousand points."""
        projection, scale = self.projection, self.units_per_mile
        (ux, uy, uz), (ex, ey, _), (nx, ny, nz) = projection.up, projection.east, projection.north
        left, top = WIDTH / 2 - self.middle_east * scale, HEIGHT / 2 + self.middle_north * scale
        points = []
        for x, y, z in vectors:
            cosine = x * ux + y * uy + z * uz
            if cosine > LOWEST_ARC:
                square = 1 - cosine * cosine
                stretch = scale * (1 + square * (1 / 6 + square * (3 / 40 + square * 15 / 336)))
                across = left + (x * ex + y * ey) * stretch
                down = top - (x * nx + y * ny + z * nz) * stretch
            else:
                across, down = self.project_vector((x, y, z))
            points.append((round(across), round(down)))
        return points

    def project(self, place: Coordinates) -> tuple[float, float]:
        return self.project_vector(unit_vector(*place))

    @property
    def width_miles(self) -> float:
        return WIDTH / self.units_per_mile

    @property
    def reach_miles(self) -> float:
        """From the projection's centre to the farthest corner of the canvas."""
        return math.hypot(
            abs(self.middle_east) + WIDTH / 2 / self.units_per_mile,
            abs(self.middle_north) + HEIGHT / 2 / self.units_per_mile,
        )

    def box(self) -> Box:
        """The part of the globe that can be on the canvas, with some more around it."""
        angle = math.degrees(self.reach_miles / self.projection.along_miles) * 1.02
        latitude, longitude = self.projection.centre
        highest = max(abs(latitude - angle), abs(latitude + angle))
        if highest >= 89 or angle >= 80:
            return Box(latitude - angle, latitude + angle, longitude, 180)
        # The meridians that touch a circle on the globe do so nearer the pole than its centre.
        sine = math.sin(math.radians(angle)) / math.cos(math.radians(latitude))
        half_width = math.degrees(math.asin(sine)) if sine < 1 else 180
        return Box(latitude - angle, latitude + angle, longitude, half_width)


def view_of(places: list[Coordinates], centre: Coordinates | None = None) -> View:
    """The closest view that shows all `places`, and `centre` if there is one, from which miles are then true."""
    projection = Projection(centre or middle_of(places))
    points = [projection.miles_to(place) for place in places] + ([(0.0, 0.0)] if centre else [])
    easts, norths = zip(*points, strict=True)
    east, north = max(easts) - min(easts), max(norths) - min(norths)
    units_per_mile = min(
        MOST_UNITS_PER_MILE,
        (WIDTH - 2 * MARGIN) / max(east, 1e-6),
        (HEIGHT - 2 * MARGIN) / max(north, 1e-6),
    )
    return View(projection, units_per_mile, (max(easts) + min(easts)) / 2, (max(norths) + min(norths)) / 2)


def view_around(centre: Coordinates, radius_miles: float) -> View:
    """The view that shows everything within `radius_miles` of a place."""
    return View(Projection(centre), HEIGHT / 2 / radius_miles, 0.0, 0.0)


def middle_of(places: list[Coordinates]) -> Coordinates:
    """The place in the middle of others, on whichever side of the date line."""
    x, y, z = (sum(parts) for parts in zip(*(unit_vector(*place) for place in places), strict=True))
    return Coordinates(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x)))
