"""`make bench-points`: how many clinics of a directory stand at their address by the coordinates of old lists alone.

Imports the directory, then four old lists with --points-only, and asks the default search at every ordinary ZIP code
before and after. ZIPS=2000 asks fewer. DATA=FILE takes another directory. Works in a database of its own, offline.
"""

import os
import random
import time
from collections import Counter
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.http import QueryDict  # noqa: E402

from clinics.geo import miles_between  # noqa: E402
from clinics.imports.run import import_file  # noqa: E402
from clinics.models import Clinic, ZipCode  # noqa: E402
from clinics.models.points import EXACT  # noqa: E402
from clinics.search import queries  # noqa: E402
from clinics.search.filters import ClinicFilter  # noqa: E402
from clinics.search.places import locate  # noqa: E402

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
DIRECTORY = SHARED / "samhsa" / "national_directory_2024_facilities.csv.gz"
OLD_LISTS = (
    SHARED / "samhsa" / "locator_substance_use_2020.csv",
    SHARED / "samhsa" / "locator_mental_health_2020.csv.gz",
    SHARED / "otp" / "OpioidTreatmentProgram_Geocoded.csv",
    SHARED / "samhsa" / "methadone_directory_2017.csv",
)
DATABASE = "bench_points"
SEED = 1


def prepare() -> None:
    connection.settings_dict["TEST"]["NAME"] = DATABASE
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    call_command("load_zipcodes", verbosity=0)
    call_command("load_codebook", verbosity=0)


def ordinary_zips(count: int) -> list[str]:
    """Those with streets and a point; all of them if `count` is 0."""
    codes = ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, latitude__isnull=False)
    found = sorted(codes.values_list("code", flat=True))
    return random.Random(SEED).sample(found, count) if count else found


def first_answers(codes: list[str]) -> dict[str, int]:
    """The clinic that the default search of each ZIP code names first."""
    filters = ClinicFilter(QueryDict(f"near={codes[0]}"))
    filters.form.full_clean()
    answers = {}
    for code in codes:
        filters.form.cleaned_data["near"] = locate(code)
        with connection.cursor() as cursor:
            cursor.execute(*queries.nearest(filters.criteria, "clinics_clinic.id", 1))
            answers[code] = cursor.fetchone()[0]
    return answers


def shares() -> str:
    listed = Clinic.objects.listed()
    total = listed.count()
    by_quality = Counter(dict(listed.order_by("point_quality").values_list("point_quality").annotate(Count("pk"))))
    exact = sum(by_quality[quality] for quality in EXACT)
    addresses = listed.exclude(street="").count()
    texts = ", ".join(f"{quality or 'no point'} {count:,}" for quality, count in by_quality.most_common())
    return (
        f"{exact / total:.1%} exact ({exact:,} of {total:,}; {exact / addresses:.1%} of those with a street): {texts}"
    )


def timed(path: Path, *, points_only: bool) -> None:
    start = time.perf_counter()
    run = import_file(path, points_only=points_only).run
    seconds = time.perf_counter() - start
    counts = ", ".join(
        f"{name} {getattr(run, name):,}" for name in ("created", "updated", "unchanged", "repeated", "rejected")
    )
    print(f"  {path.name}: {seconds:.1f} s; {counts}; {run.messages[-1]}", flush=True)


def moves(before: dict[int, tuple]) -> str:
    """How far the clinics went that stood at the middle of their ZIP code."""
    miles = sorted(
        miles_between(before[clinic.pk], clinic.coordinates)
        for clinic in Clinic.objects.filter(point_quality__in=EXACT).only("latitude", "longitude")
        if before.get(clinic.pk)
    )
    at = (f"{share:.0%} {miles[int(len(miles) * share)]:.2f}" for share in (0.5, 0.75, 0.9, 0.99) if miles)
    return f"miles from the middle of the ZIP code: {', '.join(at)}"


def main() -> None:
    prepare()
    print("directory")
    timed(Path(os.environ.get("DATA") or DIRECTORY), points_only=False)
    print(f"  {shares()}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    codes = ordinary_zips(int(os.environ.get("ZIPS", "0")))
    before = first_answers(codes)
    stood_at = {clinic.pk: clinic.coordinates for clinic in Clinic.objects.only("latitude", "longitude")}
    for title in ("old lists, --points-only", "once more"):
        print(title)
        start = time.perf_counter()
        for path in OLD_LISTS:
            timed(path, points_only=True)
        print(f"  together {time.perf_counter() - start:.1f} s\n  {shares()}", flush=True)
    print(f"  {moves(stood_at)}")
    after = first_answers(codes)
    changed = sum(before[code] != after[code] for code in codes)
    print(f"first answer changed in {changed:,} of {len(codes):,} ZIP codes ({changed / len(codes):.1%})")


if __name__ == "__main__":
    main()
