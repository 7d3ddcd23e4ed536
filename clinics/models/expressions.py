"""The SQL that Django has no word for: points in space and bit masks."""

from typing import NamedTuple

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Coalesce

from clinics.geo import Coordinates, chord_miles, point_in_space
from clinics.search.compiled import Later

FARTHEST_MILES = 8000  # through the ground: nothing on Earth is farther
POINT = "cube(array[%s, %s, %s]::float8[])"


class PointLater(NamedTuple):
    """A place that is only known when a compiled query is asked: the gaps for its `point_in_space`."""

    x: Later
    y: Later
    z: Later


POINT_LATER = PointLater(Later("x"), Later("y"), Later("z"))


def point_of(origin: Coordinates | PointLater) -> tuple:
    return origin if isinstance(origin, PointLater) else point_in_space(origin)


class CubeField(models.Field):
    """A point in space of PostgreSQL's extension `cube`; computed by the database, never written from Python."""

    description = "A point in space"

    def db_type(self, connection):
        return "cube"


class Nearness(Func):
    """The straight line from `origin` to `position` in miles, in the form that the GiST index walks in order."""

    output_field = models.FloatField()

    def __init__(self, origin: Coordinates | PointLater):
        super().__init__(F("position"))
        self.point = point_of(origin)

    def as_sql(self, compiler, connection, **context):
        column, params = compiler.compile(self.source_expressions[0])
        return f"({column} <-> {POINT})", [*params, *self.point]


class Within(Func):
    """Whether `position` lies within `radius_miles` of `origin`: a box that the index finds, then the ball in it."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, origin: Coordinates | PointLater, radius_miles: float):
        super().__init__(F("position"))
        self.point = point_of(origin)
        self.chord = chord_miles(radius_miles)

    def as_sql(self, compiler, connection, **context):
        column, params = compiler.compile(self.source_expressions[0])
        box = f"{column} <@ cube_enlarge({POINT}, %s, 3)"
        ball = f"({column} <-> {POINT}) <= %s"
        return f"({box} AND {ball})", [*params, *self.point, self.chord, *params, *self.point, self.chord]


class AsNearAs(Func):
    """Whether `position` lies in a box around `origin` that holds everything up to `miles`, an expression, away."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, origin: Coordinates | PointLater, miles):
        super().__init__(F("position"), Coalesce(miles, Value(FARTHEST_MILES), output_field=models.FloatField()))
        self.point = point_of(origin)

    def as_sql(self, compiler, connection, **context):
        column, params = compiler.compile(self.source_expressions[0])
        miles, miles_params = compiler.compile(self.source_expressions[1])
        # Half an inch more, for the two ways to compute a distance may differ in the last digit.
        return f"({column} <@ cube_enlarge({POINT}, {miles} + 0.00001, 3))", [*params, *self.point, *miles_params]


class HasAnyBit(Func):
    """Whether the bit mask in `column` shares a bit with `mask`."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, column: str, mask: int | Later):
        super().__init__(F(column))
        self.mask = mask

    def as_sql(self, compiler, connection, **context):
        column, params = compiler.compile(self.source_expressions[0])
        return f"({column} & %s) <> 0", [*params, self.mask]
