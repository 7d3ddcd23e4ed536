"""The SQL that Django has no word for: points in space, bit masks, and who can start at this moment.

Each text stands here once, with columns as {name} and parameters as %(name)s. The ORM uses it through an expression;
the search puts the same texts into whole queries of its own (clinics/search/queries.py).
"""

import re
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Value
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from clinics import availability
from clinics.geo import Coordinates, chord_miles, point_in_space
from clinics.search import facets

FARTHEST_MILES = 8000  # through the ground: nothing on Earth is farther
ROUNDING_MILES = 0.00001  # half an inch: two ways to compute one distance may differ in the last digit

POINT = "cube(array[%(x)s, %(y)s, %(z)s]::float8[])"
# The straight line to a point in miles, in the form that the GiST index walks in order.
NEARNESS = f"({{position}} <-> {POINT})"
# A box that the index finds, then the ball in it.
WITHIN_BALL = f"(({{position}} <-> {POINT}) <= %(chord)s)"
WITHIN = f"({{position}} <@ cube_enlarge({POINT}, %(chord)s, 3) AND {WITHIN_BALL})"
AS_NEAR_AS = f"({{position}} <@ cube_enlarge({POINT}, {{miles}} + {ROUNDING_MILES}, 3))"
HAS_ANY_BIT = "({column} & %({mask})s) <> 0"
# Of clinics that are equally near, those that state no medicine come after those that do.
STATES_NO_MEDICINE = f"(({{treatment_bits}} & {facets.MEDICINE.mask}) = 0)"
# How many listed places share the number that new patients call; the programs of one place count once.
PHONE_SHARED_BY = """(
    SELECT count(DISTINCT coalesce(shared.place_key, shared.id * -1)) FROM clinics_clinic AS shared
    WHERE shared.is_listed AND shared.phone_for_new_patients <> ''
        AND shared.phone_for_new_patients = {phone_for_new_patients}
)"""
AVAILABILITY_COLUMNS = (
    *("id", "zip_code", "availability_bits", "open_hours", "time_zone", "telehealth_bits"),
    "availability_confirmed_on",
)
# Closures and notices (clinics/models/closures.py) at a moment. Both subqueries of `open now` are the same for every
# row: the database reads them once, and no clinic is looked up.
_AT_THE_MOMENT = "starts_at <= %(moment)s AND ends_at > %(moment)s"
IS_CLOSED = f"{{id}} IN (SELECT clinic_id FROM clinics_closure WHERE {_AT_THE_MOMENT})"  # noqa: S608 - our constants
IS_UNDER_NOTICE = f"{{zip_code}} IN (SELECT unnest(zip_codes) FROM clinics_countynotice WHERE {_AT_THE_MOMENT})"  # noqa: S608 - ours
HAS_HOLIDAY = """({availability_bits}
    & (%(holidays)s::bigint[])[array_position(%(time_zones)s::text[], {time_zone}::text)]) <> 0"""
CLINICS_COVERED = "(SELECT count(*) FROM clinics_clinic WHERE is_listed AND zip_code = ANY({zip_codes}))"
CLOSURE_NOW = f"""(
    SELECT json_build_object('reason', reason, 'source', source, 'ends_at', ends_at, 'time_zone', time_zone)::text
    FROM clinics_closure WHERE clinic_id = {{id}} AND {_AT_THE_MOMENT} ORDER BY ends_at DESC LIMIT 1
)"""  # noqa: S608 - ours
NOTICE_NOW = f"""(
    SELECT json_build_object(
        'kind', kind, 'county', (SELECT county FROM clinics_zipcode WHERE code = {{zip_code}}), 'text_en', text_en,
        'text_es', text_es, 'source', source, 'source_url', source_url, 'ends_at', ends_at, 'time_zone', time_zone
    )::text
    FROM clinics_countynotice WHERE {{zip_code}} = ANY(zip_codes) AND {_AT_THE_MOMENT}
    ORDER BY ends_at DESC, id LIMIT 1
)"""  # noqa: S608 - ours
IS_UNKNOWN = "coalesce({availability_confirmed_on} <= %(unknown_since)s, false)"
AVAILABILITY_NOW = f"""(
    (CASE WHEN {IS_UNKNOWN} THEN {{availability_bits}} & %(lasting_bits)s ELSE {{availability_bits}} END)
    | CASE WHEN {{open_hours}} IS NOT NULL AND {{open_hours}}
        @> (%(minutes)s::int[])[array_position(%(time_zones)s::text[], {{time_zone}}::text)]
        AND NOT ({IS_CLOSED}) AND NOT ({IS_UNDER_NOTICE}) AND NOT ({HAS_HOLIDAY})
        THEN {availability.OPEN_NOW} ELSE 0 END
    | CASE WHEN ({{telehealth_bits}} & %(reader_in)s) <> 0 AND NOT {IS_UNKNOWN}
        THEN {availability.TELEHEALTH_HERE} ELSE 0 END
)"""


def point_parameters(origin: Coordinates) -> dict[str, float]:
    return dict(zip(("x", "y", "z"), point_in_space(origin), strict=True))


def positional(sql: str, parameters: dict) -> tuple[str, list]:
    """`sql` with %s for each %(name)s, and the parameters in that order: what the ORM asks of an expression."""
    names = re.findall(r"%\((\w+)\)s", sql)
    return re.sub(r"%\(\w+\)s", "%s", sql), [parameters[name] for name in names]


class CubeField(models.Field):
    """A point in space of PostgreSQL's extension `cube`; computed by the database, never written from Python."""

    description = "A point in space"

    def db_type(self, connection):
        return "cube"


class _OnColumns(Func):
    """A text of this module on columns of the row."""

    template_sql: str = ""
    columns: tuple[str, ...] = ("position",)

    def __init__(self, **parameters):
        super().__init__(*map(F, self.columns))
        self.parameters = parameters

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_options: Any, **_context: Any
    ) -> tuple[str, list[Any]]:
        compiled = (compiler.compile(source)[0] for source in self.source_expressions)
        return positional(self.template_sql.format(**dict(zip(self.columns, compiled, strict=True))), self.parameters)


class Nearness(_OnColumns):
    """The straight line from `origin` to `position` in miles."""

    output_field = models.FloatField()
    template_sql = NEARNESS

    def __init__(self, origin: Coordinates):
        super().__init__(**point_parameters(origin))


class StatesNoMedicine(_OnColumns):
    """Whether a clinic states no medicine for opioid use disorder."""

    output_field = models.BooleanField()
    columns = ("treatment_bits",)
    template_sql = STATES_NO_MEDICINE


class PhoneSharedBy(_OnColumns):
    """How many listed places have the number that new patients call."""

    output_field = models.IntegerField()
    columns = ("phone_for_new_patients",)
    template_sql = PHONE_SHARED_BY


class Within(_OnColumns):
    """Whether `position` lies within `radius_miles` of `origin`."""

    output_field = models.BooleanField()
    conditional = True
    template_sql = WITHIN

    def __init__(self, origin: Coordinates, radius_miles: float):
        super().__init__(**point_parameters(origin), chord=chord_miles(radius_miles))


class AsNearAs(Func):
    """Whether `position` lies in a box around `origin` that holds everything up to `miles`, an expression, away."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, origin: Coordinates, miles):
        super().__init__(F("position"), Coalesce(miles, Value(FARTHEST_MILES), output_field=models.FloatField()))
        self.parameters = point_parameters(origin)

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_options: Any, **_context: Any
    ) -> tuple[str, list[Any]]:
        column, _none = compiler.compile(self.source_expressions[0])
        miles, miles_parameters = compiler.compile(self.source_expressions[1])
        sql, point = positional(AS_NEAR_AS.format(position=column, miles="{miles}"), self.parameters)
        return sql.format(miles=miles), [*point, *miles_parameters]


class HasAnyBit(Func):
    """Whether the bit mask in `column` shares a bit with `mask`."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, column: str, mask: int):
        super().__init__(F(column))
        self.mask = mask

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_options: Any, **_context: Any
    ) -> tuple[str, list[Any]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        sql, mask = positional(HAS_ANY_BIT.format(column=column, mask="mask"), {"mask": self.mask})
        return sql, [*parameters, *mask]


class AvailabilityNow(_OnColumns):
    """The availability mask of each row at `moment` (now), for a reader in `state` ("" if that is not known)."""

    output_field = models.BigIntegerField()
    template_sql, columns = AVAILABILITY_NOW, AVAILABILITY_COLUMNS

    def __init__(self, moment: datetime | None = None, state: str = ""):
        super().__init__(**availability.parameters_at(moment or datetime.now(UTC), state))


class ClosureNow(_OnColumns):
    """The closure of a clinic at `moment`, as JSON; null where it has none."""

    output_field = models.TextField()
    template_sql, columns = CLOSURE_NOW, ("id",)


class ClinicsCovered(_OnColumns):
    """How many listed clinics a notice covers."""

    output_field = models.IntegerField()
    template_sql, columns = CLINICS_COVERED, ("zip_codes",)


class NoticeNow(_OnColumns):
    """The notice for the county of a clinic at `moment`, likewise."""

    output_field = models.TextField()
    template_sql, columns = NOTICE_NOW, ("zip_code",)
