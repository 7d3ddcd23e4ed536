"""The table of journeys: who writes which of its columns. What they say to readers is in clinics/search/distances.py.

Two jobs share it: what lies under the straight line, and minutes on the road where an operator has a map of roads.
Each writes the whole of what it knows of some ZIP codes, in its own columns alone; a row with neither goes.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db import connection

from clinics.models import Journey


class Obstacle(NamedTuple):
    """What lies between a ZIP code and a clinic, and the longest stretch of open water under the line, if any."""

    kind: str  # of Journey.Obstacle
    water_miles: float | None = None


class Drive(NamedTuple):
    """By car."""

    minutes: int
    road_miles: float


# Own columns, with the type of each and what stands there where nothing is known. `zip_code` and `clinic_id` are keys.
_OBSTACLE = {"obstacle": ("text", "''"), "water_miles": ("float8", "NULL")}
_MINUTES = {"minutes": ("int", "NULL"), "road_miles": ("float8", "NULL"), "roads_as_of": ("text", "''")}
_HAS_OBSTACLE, _HAS_MINUTES = "obstacle <> ''", "minutes IS NOT NULL"

# A clinic that was deleted meanwhile is left out; a row that would stay as it is is not written.
_UPSERT = """
    INSERT INTO clinics_journey (zip_code, clinic_id, obstacle, water_miles, minutes, road_miles, roads_as_of)
    SELECT given.zip_code, given.clinic_id, {values}
    FROM unnest({arrays}) AS given (zip_code, clinic_id, {columns})
    JOIN clinics_clinic ON clinics_clinic.id = given.clinic_id
    ORDER BY 1, 2
    ON CONFLICT (zip_code, clinic_id) DO UPDATE SET {updates}
    WHERE ({old}) IS DISTINCT FROM ({new})
"""
# Pairs of these ZIP codes that are not among those given.
_OTHERS = """
    FROM clinics_journey WHERE zip_code = ANY(%(zip_codes)s) AND {is_ours}
        AND NOT EXISTS (
            SELECT FROM unnest(%(zip_code)s::text[], %(clinic_id)s::bigint[]) AS given (zip_code, clinic_id)
            WHERE given.zip_code = clinics_journey.zip_code AND given.clinic_id = clinics_journey.clinic_id)
"""


def set_obstacles(found: Mapping[str, Mapping[int, Obstacle]]) -> int:
    """Make these the obstacles of each ZIP code of `found`, by clinic; how many rows that changed.

    A ZIP code with none is given with an empty mapping; of one that is not given nothing changes.
    """
    rows = [(zip_code, pk, *obstacle) for zip_code, clinics in found.items() for pk, obstacle in clinics.items()]
    return _replace(found, rows, _OBSTACLE, _HAS_OBSTACLE, _HAS_MINUTES)


def set_minutes(found: Mapping[str, Mapping[int, Drive]], as_of: str) -> int:
    """The same for minutes by car; `as_of` is the day of the map of roads."""
    rows = [(zip_code, pk, *drive, as_of) for zip_code, clinics in found.items() for pk, drive in clinics.items()]
    return _replace(found, rows, _MINUTES, _HAS_MINUTES, _HAS_OBSTACLE)


def _replace(zip_codes: Iterable[str], rows: list[tuple], own: dict, is_ours: str, is_theirs: str) -> int:
    """In one short transaction for each statement: whatever happens between them, the job comes again."""
    typed = {"zip_code": "text", "clinic_id": "bigint"} | {name: sql_type for name, (sql_type, _none) in own.items()}
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(typed)
    given = {name: list(values) for name, values in zip(typed, columns, strict=True)} | {"zip_codes": list(zip_codes)}
    every = _OBSTACLE | _MINUTES
    sql = _UPSERT.format(
        values=", ".join(f"given.{name}" if name in own else none for name, (_type, none) in every.items()),
        arrays=", ".join(f"%({name})s::{sql_type}[]" for name, sql_type in typed.items()),
        columns=", ".join(own),
        updates=", ".join(f"{name} = excluded.{name}" for name in own),
        old=", ".join(f"clinics_journey.{name}" for name in own),
        new=", ".join(f"excluded.{name}" for name in own),
    )
    others = _OTHERS.format(is_ours=is_ours)
    emptied = ", ".join(f"{name} = {none}" for name, (_type, none) in own.items())
    keys = f"(zip_code, clinic_id) IN (SELECT zip_code, clinic_id {others})"
    changed = 0
    with connection.cursor() as cursor:
        for statement in (
            sql,
            f"DELETE FROM clinics_journey WHERE {keys} AND NOT ({is_theirs})",  # noqa: S608 - our own columns
            f"UPDATE clinics_journey SET {emptied} WHERE {keys}",  # noqa: S608 - our own columns
        ):
            cursor.execute(statement, given)
            changed += cursor.rowcount
    return changed


def zip_codes_with_obstacles() -> int:
    return Journey.objects.exclude(obstacle="").values("zip_code").distinct().count()
