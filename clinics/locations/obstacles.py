"""What lies between each ZIP code and the clinics nearest to it, worked out ahead: never while a reader waits.

For the clinics that the first pages of a search from there may show. No transaction is longer than a statement about
some hundred ZIP codes, nothing is locked that a search reads, and a job that dies leaves whole ZIP codes behind it.
"""

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

from clinics.geo import POINT_IN_SPACE_SQL, Coordinates
from clinics.locations.journeys import Obstacle, set_obstacles
from clinics.locations.no_road import has_road
from clinics.locations.water import obstacle_miles, our_shores
from clinics.models import Clinic, Journey, ZipCode
from clinics.search import treats

NEAREST = 80  # clinics, of those that a search is usually about, and of all: some sixty places of each
ZIP_CODES_AT_ONCE = 250
FEW = 50  # clinics, for which not every ZIP code is looked at
LOOKED_THROUGH = 200  # waiting jobs: a second look at the same costs a minute of a worker, and no more

_ONES = """(
            SELECT id, latitude, longitude, zip_code FROM clinics_clinic
            WHERE is_listed AND position IS NOT NULL {about} ORDER BY position <-> origin.position LIMIT %s)"""
# Programs of one house, and clinics that are known to their ZIP code only, share their points: a line for all of them.
NEAREST_CLINICS = f"""
    WITH origin AS (
        SELECT code, latitude, longitude, {POINT_IN_SPACE_SQL} AS position
        FROM clinics_zipcode WHERE code = ANY(%s) AND latitude IS NOT NULL
    ), place AS (
        SELECT origin.code, near.latitude, near.longitude, near.zip_code, array_agg(near.id) AS ids
        FROM origin CROSS JOIN LATERAL (
            {_ONES.format(about="")} UNION {_ONES.format(about="AND (treatment_bits & %s) <> 0")}
        ) AS near
        GROUP BY 1, 2, 3, 4
    )
    SELECT code, origin.latitude, origin.longitude, array_agg(place.latitude), array_agg(place.longitude),
        array_agg(place.zip_code::text), json_agg(place.ids)
    FROM origin JOIN place USING (code) GROUP BY 1, 2, 3
"""  # noqa: S608 - our own columns


ZIP_CODES_AROUND = """
    SELECT DISTINCT code FROM clinics_zipcode AS z JOIN clinics_clinic AS c
        ON z.latitude BETWEEN c.latitude - 1.5 AND c.latitude + 1.5
        AND z.longitude BETWEEN c.longitude - 2 AND c.longitude + 2
    WHERE c.id = ANY(%s)
"""


def find_obstacles(zip_codes: Iterable[str] | None = None) -> str:
    """Work out the obstacles from these ZIP codes (all), and write what changed. Safe to run again, and to kill."""
    codes = sorted(ZipCode.objects.values_list("code", flat=True) if zip_codes is None else zip_codes)
    if zip_codes is None:  # those of a ZIP code that is no more
        codes += sorted(set(Journey.objects.values_list("zip_code", flat=True).distinct()) - set(codes))
    changed = flagged = 0
    for start in range(0, len(codes), ZIP_CODES_AT_ONCE):
        some = codes[start : start + ZIP_CODES_AT_ONCE]
        found = obstacles_from(some)
        changed += set_obstacles(found)
        flagged += sum(map(bool, found.values()))
    return f"{flagged} ZIP codes with an obstacle on some way; {changed} ways changed"


def obstacles_from(zip_codes: list[str]) -> dict[str, dict[int, Obstacle]]:
    """For each of the ZIP codes its nearest clinics that something lies before."""
    found: dict[str, dict[int, Obstacle]] = {code: {} for code in zip_codes}
    with connection.cursor() as cursor:
        cursor.execute(NEAREST_CLINICS, [zip_codes, NEAREST, treats.BITS[treats.DEFAULT], NEAREST])
        rows = cursor.fetchall()
    for code, latitude, longitude, latitudes, longitudes, clinic_zip_codes, clinics in rows:
        origin, points = Coordinates(latitude, longitude), list(map(Coordinates, latitudes, longitudes))
        has_roads = all(has_road(code, other) for other in clinic_zip_codes)
        if has_roads and our_shores().is_all_land([origin, *points]):
            continue
        for point, clinic_zip_code, ids in zip(points, clinic_zip_codes, clinics, strict=True):
            obstacle = obstacle_between(origin, point, code, clinic_zip_code)
            if obstacle:
                found[code] |= dict.fromkeys(ids, obstacle)
    return found


def obstacle_between(
    origin: Coordinates, point: Coordinates, zip_code: str = "", clinic_zip_code: str = ""
) -> Obstacle | None:
    """What a straight line does not tell of the way from a ZIP code to a clinic."""
    miles = obstacle_miles(origin, point) or None
    if zip_code and clinic_zip_code and not has_road(zip_code, clinic_zip_code):
        return Obstacle(Journey.Obstacle.NO_ROAD.value, miles)
    return Obstacle(Journey.Obstacle.WATER.value, miles) if miles else None


def find_around(clinic_ids: list[int]) -> str:
    """The same from the ZIP codes around a few clinics; what lies farther off is looked at in the night."""
    with connection.cursor() as cursor:
        cursor.execute(ZIP_CODES_AROUND, [clinic_ids])
        return find_obstacles([code for (code,) in cursor.fetchall()])


def find_soon(clinic_ids: list[int] | None = None) -> None:
    """After the commit have a worker look at the ways to these clinics, or to all if there are more than a few.

    At all of them once, however many imports and moves wait for that; so too where the ways to others wait, as while a
    geocoder places one clinic after another: each look around a few costs seconds.
    """
    if clinic_ids is None or len(clinic_ids) > FEW:
        transaction.on_commit(_enqueue)
    elif clinic_ids:
        transaction.on_commit(lambda: _enqueue(clinic_ids))


def _enqueue(clinic_ids: list[int] | None = None) -> None:
    if not Clinic.objects.exists():
        return
    everywhere, around = f"{__name__}.find_obstacles", f"{__name__}.find_around"
    unlocked = OrmQ.objects.filter(lock__lte=timezone.now())[:LOOKED_THROUGH]  # the lock of one at work ends later
    waiting = {task.func(): task.args() for task in unlocked}
    # The scheduler queues what is due within half a minute: on a new site it is, when the first clinics come.
    is_due = Schedule.objects.filter(func=everywhere, next_run__lte=timezone.now()).exclude(repeats=0).exists()
    if is_due or everywhere in waiting or (clinic_ids and waiting.get(around) == (clinic_ids,)):
        return
    if clinic_ids and around not in waiting:
        async_task(around, clinic_ids)
    else:
        async_task(everywhere)
