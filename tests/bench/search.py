"""`make bench-search`: what a results page costs on a real directory, for 200 real ZIP codes.

Database time is that of the queries of one page; whole request is the page as the site makes it, template and all,
without the network. Times depend on the machine, so a bare view that returns as many bytes runs beside it: the last
column says how many of those a page costs.
"""

import os
import random
import statistics
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import CommandError, call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from clinics.models import Clinic, ZipCode  # noqa: E402
from clinics.views.search import ClinicListView  # noqa: E402

ZIP_COUNT = 200
DATABASE = "bench_clinics"
SAMHSA_2024 = Path(__file__).resolve().parents[3] / "shared/data/samhsa/national_directory_2024_facilities.csv.gz"
FILTER_SETS = {
    "a ZIP code": {},
    "25 miles": {"radius": "25"},
    "25 miles, two filters": {"radius": "25", "medication": "buprenorphine", "payment": "medicaid"},
    "any distance": {"radius": "any"},
}


def prepare(data: str) -> None:
    """A database of the benchmark's own, filled once and kept."""
    connection.settings_dict["TEST"]["NAME"] = DATABASE
    connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=True)
    call_command("load_zipcodes")
    call_command("load_codebook")
    if data:
        call_command("import_clinics", data)
    elif not Clinic.objects.exists():
        call_command("load_demo")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def real_zips() -> list[str]:
    codes = ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, is_active=True, latitude__isnull=False)
    return random.Random(1).sample(sorted(codes.values_list("code", flat=True)), ZIP_COUNT)


class QueryClock:
    """Adds up the time that queries take and counts them."""

    def __init__(self):
        self.seconds, self.count = 0.0, 0

    def __call__(self, execute, sql, params, many, context):
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - start
            self.count += 1


def measure(view, requests) -> tuple[list[float], list[float], int, int]:
    """Database and whole milliseconds of each request, the most queries of one, and the mean bytes."""
    database, whole, most_queries, sizes = [], [], 0, []
    for request in requests:
        clock = QueryClock()
        start = time.perf_counter()
        with connection.execute_wrapper(clock):
            response = view(request)
        whole.append((time.perf_counter() - start) * 1000)
        database.append(clock.seconds * 1000)
        most_queries = max(most_queries, clock.count)
        sizes.append(len(response.content))
    return database, whole, most_queries, round(statistics.mean(sizes))


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]


def main() -> None:
    data = os.environ.get("DATA") or (str(SAMHSA_2024) if SAMHSA_2024.exists() else "")
    try:
        prepare(data)
    except CommandError as error:
        sys.exit(str(error))
    zips, factory, view = real_zips(), RequestFactory(), ClinicListView.as_view()
    print(f"\n{Clinic.objects.listed().count():,} clinics, {ZIP_COUNT} ZIP codes, times in milliseconds\n")
    print(f"{'search':24}{'queries':>8}{'database p50':>14}{'p95':>8}{'whole p50':>12}{'p95':>8}{'bare views':>12}")
    for label, filters in FILTER_SETS.items():
        requests = [
            factory.get("/clinics/", {"near": code, **filters}, headers={"host": "localhost"}) for code in zips
        ]
        measure(view, requests[:20])  # warm: templates compiled, pages of the index in memory
        database, whole, queries, size = measure(view, requests)
        body = b"x" * size
        _, bare, _, _ = measure(lambda request, body=body: HttpResponse(body), requests)
        ratio = statistics.median(whole) / statistics.median(bare)
        print(
            f"{label:24}{queries:8}{statistics.median(database):14.2f}{percentile(database, 95):8.2f}"
            f"{statistics.median(whole):12.2f}{percentile(whole, 95):8.2f}{ratio:12,.0f}"
        )


if __name__ == "__main__":
    main()
