"""Take the points of a list for its addresses, and nothing else: no clinic is listed, changed, closed or created.

An old list knows where a street address is, long after it stopped being right about who is there. Its rows are read,
mended and judged as in any import.
"""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clinics.imports.rows import REJECTION_CHARACTERS, Rejection
from clinics.imports.staging import Staging
from clinics.locations.placing import place_addresses
from clinics.models import ImportRun, PointQuality

SAME_DOOR_MILES = 0.25  # two points of one address that are farther apart: nobody knows which is right
NO_POINT = "its street, its ZIP code or a point that can be its own is missing"
TWO_POINTS = "the list has points of this address that are far apart"
NO_COORDINATES = "It states no coordinates that can be right, so there are no points to take from it."

# Rows without a point of their own, and those of addresses with two points that are far apart.
MARK_UNUSABLE = """
    UPDATE staged SET rule = %(no_point)s WHERE address = '' OR zip_code = '' OR latitude IS NULL;
    UPDATE staged SET rule = %(two_points)s WHERE rule IS NULL AND (zip_code, address) IN (
        SELECT one.zip_code, one.address FROM staged one JOIN staged other USING (zip_code, address)
        WHERE one.rule IS NULL AND other.rule IS NULL AND (one.position <-> other.position) > %(same_door_miles)s)
"""
UNUSABLE = """
    SELECT line, rule, concat_ws(' | ', row->>'name', row->>'street', row->>'city', row->>'state')
    FROM staged WHERE rule IS NOT NULL ORDER BY n
"""
TAKE = """
    DROP TABLE IF EXISTS taken;
    CREATE TEMPORARY TABLE taken AS
    SELECT DISTINCT ON (zip_code, address, directory) zip_code, address, directory, latitude, longitude
    FROM staged WHERE rule IS NULL ORDER BY zip_code, address, directory, record_key, latitude, longitude
"""
STORE = """
    INSERT INTO clinics_addresspoint AS old
        (zip_code, address, source, as_of, directory, quality, latitude, longitude, run_id, created_at)
    SELECT zip_code, address, %(source)s, %(edition)s, directory, %(quality)s, latitude, longitude, %(run)s, now()
    FROM taken
    ON CONFLICT (zip_code, address, source, as_of, directory) DO UPDATE
    SET latitude = excluded.latitude, longitude = excluded.longitude, quality = excluded.quality,
        run_id = excluded.run_id,
        previous = jsonb_build_object('run', old.run_id, 'latitude', old.latitude, 'longitude', old.longitude,
                                      'quality', old.quality, 'previous', old.previous)
    WHERE (old.latitude, old.longitude, old.quality)
        IS DISTINCT FROM (excluded.latitude, excluded.longitude, excluded.quality)
    RETURNING zip_code, address, previous IS NOT NULL
"""
OF_RUN = "SELECT zip_code, address FROM clinics_addresspoint WHERE run_id = %(run)s"
RESTORE = """
    UPDATE clinics_addresspoint
    SET run_id = (previous->>'run')::bigint, latitude = (previous->>'latitude')::float8,
        longitude = (previous->>'longitude')::float8, quality = previous->>'quality',
        previous = nullif(previous->'previous', 'null')
    WHERE run_id = %(run)s AND previous IS NOT NULL
"""
REMOVE = "DELETE FROM clinics_addresspoint WHERE run_id = %(run)s AND previous IS NULL"


class NoCoordinates(Exception):  # noqa: N818 - named for what happened
    """The list states no coordinates."""

    def __str__(self) -> str:
        return NO_COORDINATES


def take_points(cursor: CursorWrapper, run: ImportRun, staging: Staging) -> list[str]:
    """Keep the points of the table `staged` and place the clinics at their addresses; returns what to tell.

    Sets the numbers of the run, which count addresses here. Raises NoCoordinates.
    """
    if not staging.points_stated:
        raise NoCoordinates
    marks: dict[str, str | float] = {
        "no_point": NO_POINT,
        "two_points": TWO_POINTS,
        "same_door_miles": SAME_DOOR_MILES,
    }
    cursor.execute(MARK_UNUSABLE, marks)
    cursor.execute(UNUSABLE)
    staging.reject(Rejection(line, reason, text[:REJECTION_CHARACTERS]) for line, reason, text in cursor.fetchall())
    cursor.execute(TAKE)
    cursor.execute("SELECT count(*) FROM taken")
    [taken] = cursor.fetchone()
    cursor.execute(
        STORE, {"source": run.source, "edition": run.edition, "quality": PointQuality.STREET, "run": run.pk}
    )
    stored = cursor.fetchall()
    run.updated = sum(was_there for _zip_code, _address, was_there in stored)
    run.created = len(stored) - run.updated
    run.unchanged = taken - len(stored)
    staging.repeated = staging.rows - len(staging.rejections) - staging.skipped - taken
    moved = place_addresses((zip_code, address) for zip_code, address, _was_there in stored)
    clinics = "1 clinic was" if moved == 1 else f"{moved:,} clinics were"
    return [f"coordinates only: no clinic was listed or changed otherwise; {clinics} placed by them"]


def give_back_points(run: ImportRun) -> tuple[int, int]:
    """Undo `take_points` of one run: (points removed, points that are again what they were)."""
    this = {"run": run.pk}
    with connection.cursor() as cursor:
        cursor.execute(OF_RUN, this)
        keys = cursor.fetchall()
        cursor.execute(REMOVE, this)
        removed: int = cursor.rowcount
        cursor.execute(RESTORE, this)
        restored: int = cursor.rowcount
    place_addresses(keys)
    return removed, restored
