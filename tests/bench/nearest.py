"""`make bench-nearest`: whether the clinic that a search names first is truly the nearest, by how clinics were placed.

The truth is a list with coordinates, the substance use locator of 2020. Its facilities are imported without them, and
every ZIP code is searched from its own point three times, in the order of the site: where facilities stand (a) at the
middle of their ZIP code, (b) where the US Census Geocoder would place them, (c) where the list says. No service is
asked: (b) is the job of the site against a server of our own, which answers from the true points with a real
geocoder's share of matches and errors:

- MATCHED, 85 %: between firms and homes. Of 249 addresses of firms the Census Geocoder found 82 % (204; the summary of
  git.dadams.io/dadams/data-centers, 2026-05). Geocoding by street ranges found 88.0 and 93.2 % of the homes in two
  registers of North Carolina (Edwards and others, Transactions in GIS 18, 2014). The Census Bureau says itself that it
  has few ranges where there are only firms. MATCHED=0.82 asks for another share.
- Errors along street ranges. The median: 32 m in cities, 52 m elsewhere (Bonner and others, Epidemiology 14, 2003).
  Within which 95 of 100 lie: 152 m in cities, 421 m in suburbs, 2,872 m in the country (Cayo and Talbot, International
  Journal of Health Geographics 2:10, 2003). Drawn lognormal through both.

Not simulated: a match that is another street. ZIPS=2000 takes a sample.
"""

import csv
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from clinics.geo import Coordinates, miles_between, point_in_space  # noqa: E402
from clinics.imports.normalization import address_of, street_key  # noqa: E402
from clinics.locations import geocoding  # noqa: E402
from clinics.locations.address_forms import forms_of  # noqa: E402
from clinics.models import Clinic, ZipCode  # noqa: E402
from clinics.search.queries import ORDER_BY_DISTANCE  # noqa: E402
from tests.clinics.locations.census_server import CensusServer, Known  # noqa: E402

DATA = Path(__file__).resolve().parents[3] / "shared/data/samhsa/locator_substance_use_2020.csv"
DATABASE, SEED = "bench_nearest", 20
TOP = 5
MATCHED = 0.85
TIES = 0.1  # of those without a match: several places
# In metres: the median error, and within which 95 of 100 lie.
ERRORS = {"urban": (32, 152), "suburban": (52, 421), "rural": (52, 2872)}
OF_A_HUNDRED_95 = 1.645  # standard deviations from the median
# How far the nearest other ZIP code is, at most, in miles; the study went by density, which our tables do not have.
URBAN_MILES, SUBURBAN_MILES = 1.5, 4
METRES_OF_A_DEGREE = 111_195
SAME_MILES = 0.001  # two programs of one building are equally near
NEAREST = f"""
    SELECT asked.code, ARRAY(
        SELECT clinics_clinic.id FROM clinics_clinic WHERE is_listed AND position IS NOT NULL
        ORDER BY {", ".join(ORDER_BY_DISTANCE) % {axis: f"asked.{axis}" for axis in "xyz"}} LIMIT %(top)s)
    FROM unnest(%(codes)s, %(xs)s, %(ys)s, %(zs)s) AS asked (code, x, y, z)
"""
GOALS = {"first": 0.85, "top": 0.92}


@dataclass
class World:
    """What every ZIP code is answered with, and where the clinics stand."""

    answers: dict[str, list[int]]
    points: dict[int, Coordinates]


def prepare() -> None:
    connection.settings_dict["TEST"]["NAME"] = DATABASE
    connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=True)
    if not ZipCode.objects.exists():
        call_command("load_zipcodes", verbosity=0)
        call_command("load_codebook", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE clinics_clinic, clinics_importrun, clinics_addresspoint, clinics_addresslookup CASCADE"
        )


def import_list(*, with_points: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, DATA.open(encoding="utf-8", newline="") as file:
        path, rows = Path(folder) / DATA.name, list(csv.DictReader(file))
        with path.open("w", encoding="utf-8", newline="") as copy:
            writer = csv.DictWriter(copy, rows[0])
            writer.writeheader()
            writer.writerows(rows if with_points else (row | {"latitude": "", "longitude": ""} for row in rows))
        call_command("import_clinics", str(path), verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE clinics_clinic")


def ask_everywhere(zips: dict[str, Coordinates], *, after: Callable[[], None]) -> World:
    """One query for all of them, each in the order of a page."""
    started = time.monotonic()
    after()
    print(f"  {time.monotonic() - started:.0f} s", flush=True)
    columns = list(zip(*((code, *point_in_space(point)) for code, point in zips.items()), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            NEAREST, {"top": TOP, **dict(zip(("codes", "xs", "ys", "zs"), map(list, columns), strict=True))}
        )
        answers = dict(cursor.fetchall())
    rows = Clinic.objects.exclude(latitude=None).values_list("pk", "latitude", "longitude")
    return World(answers, {pk: Coordinates(latitude, longitude) for pk, latitude, longitude in rows})


def geocode(points: dict[tuple[str, str], Coordinates], surroundings: dict[str, str], matched: float) -> None:
    """The site's own job against a server that knows a share of the addresses, each nearly where it is."""
    chance, table = random.Random(SEED), {}
    for (zip_code, address), point in sorted(points.items()):
        if chance.random() < matched:
            table[zip_code, address] = Known(moved(point, surroundings.get(zip_code, "rural"), chance))
        elif chance.random() < TIES:
            table[zip_code, address] = Known(None)
    with CensusServer(table) as server:
        settings.GEOCODER, settings.CENSUS_GEOCODER_URL, settings.CENSUS_PAUSE_SECONDS = "census", server.url, 0
        print(f"  {geocoding.geocode()}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE clinics_clinic")


def moved(point: Coordinates, surrounding: str, chance: random.Random) -> Coordinates:
    half, most = ERRORS[surrounding]
    spread = math.log(most / half) / OF_A_HUNDRED_95
    metres, direction = chance.lognormvariate(math.log(half), spread), chance.uniform(0, 2 * math.pi)
    north, east = metres * math.cos(direction) / METRES_OF_A_DEGREE, metres * math.sin(direction) / METRES_OF_A_DEGREE
    return Coordinates(point.latitude + north, point.longitude + east / math.cos(math.radians(point.latitude)))


def surroundings_of(zips: dict[str, Coordinates]) -> dict[str, str]:
    """How dense a place is, from how far the next ZIP code's point is."""
    grid: dict[tuple[int, int], list[tuple[str, Coordinates]]] = {}
    for code, point in zips.items():
        grid.setdefault(cell(point), []).append((code, point))
    found = {}
    for code, point in zips.items():
        row, column = cell(point)
        around = [each for x in (-1, 0, 1) for y in (-1, 0, 1) for each in grid.get((row + x, column + y), [])]
        miles = min((miles_between(point, other) for other_code, other in around if other_code != code), default=99)
        found[code] = "urban" if miles <= URBAN_MILES else "suburban" if miles <= SUBURBAN_MILES else "rural"
    return found


def cell(point: Coordinates) -> tuple[int, int]:
    return round(point.latitude * 10), round(point.longitude * 10)


def true_points() -> dict[tuple[str, str], Coordinates]:
    """Of the addresses as they are sent."""
    found = {}
    with DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            form = forms_of(row["street1"], row["street2"], row["city"], row["state"], row["zip"].zfill(5)).as_sent
            if form and row["latitude"]:
                point = Coordinates(float(row["latitude"]), float(row["longitude"]))
                found[form.zip_code, address_of(street_key(form.street, ""))] = point
    return found


def judge(name: str, world: World, truth: World, zips: dict[str, Coordinates]) -> dict[str, float]:
    """Beside the truth: the first answer, the first five, and how far off a clinic stands."""
    first, overlap, asked = 0, 0.0, 0
    for code, point in zips.items():
        nearest_five = [miles_between(point, truth.points[pk]) for pk in truth.answers[code]]
        shown = [miles_between(point, truth.points[pk]) for pk in world.answers[code] if pk in truth.points]
        if not nearest_five or not shown:
            continue
        asked += 1
        first += shown[0] <= nearest_five[0] + SAME_MILES
        overlap += sum(miles <= nearest_five[-1] + SAME_MILES for miles in shown) / len(nearest_five)
    off = sorted(miles_between(point, truth.points[pk]) for pk, point in world.points.items() if pk in truth.points)
    print(
        f"  {name:<16} first {first / asked:6.1%}   top {TOP} {overlap / asked:6.1%}   "
        f"off by {median(off):.2f} miles (p90 {off[len(off) * 9 // 10]:.2f}, p99 {off[len(off) * 99 // 100]:.2f})"
    )
    return {"first": first / asked, "top": overlap / asked}


def fixed_zips(count: int) -> dict[str, Coordinates]:
    """Those with streets and a point; a sample is the same each time."""
    codes = ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, is_active=True, latitude__isnull=False).order_by("code")
    rows = list(codes.values_list("code", "latitude", "longitude"))
    rows = random.Random(SEED).sample(rows, count) if 0 < count < len(rows) else rows
    return {code: Coordinates(latitude, longitude) for code, latitude, longitude in rows}


def main() -> None:
    if not DATA.exists():
        sys.exit(f"The list is not there: {DATA}")
    prepare()
    everywhere, zips = fixed_zips(0), fixed_zips(int(os.environ.get("ZIPS", "0")))
    matched = float(os.environ.get("MATCHED", MATCHED))
    middles = ask_everywhere(zips, after=lambda: import_list(with_points=False))
    geocoded = ask_everywhere(zips, after=lambda: geocode(true_points(), surroundings_of(everywhere), matched))
    truth = ask_everywhere(zips, after=lambda: import_list(with_points=True))
    print(f"{len(truth.points):,} facilities, {len(zips):,} ZIP codes, {matched:.0%} of the addresses are known")
    judge("(a) ZIP codes", middles, truth, zips)
    shares = judge("(b) geocoded", geocoded, truth, zips)
    judge("(c) exact", truth, truth, zips)
    for name, goal in GOALS.items():
        print(f"  goal of (b), {name}: {goal:.0%} {'met' if shares[name] >= goal else 'MISSED'}")


if __name__ == "__main__":
    main()
