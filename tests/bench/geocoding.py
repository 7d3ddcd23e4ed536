"""`make bench-geocoding`: what it costs to ask for the addresses of a whole directory, and what readers feel of it.

The 2024 directory is imported into a database of its own and geocoded against a server on this machine, which answers
at once for the addresses of a table: 85 % found, 2 % in several places. The pauses of the settings are kept. Meanwhile
searches by ZIP code are timed, as before and after: the column ratio compares them within this run.
"""

import os
import random
import statistics
import subprocess
import sys
import time
from contextlib import closing

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from clinics.geo import Coordinates  # noqa: E402
from clinics.imports.normalization import address_of, street_key  # noqa: E402
from clinics.models import AddressLookup, Clinic, ZipCode  # noqa: E402
from clinics.views.search import ClinicListView  # noqa: E402
from tests.bench.imports import DIRECTORY, KIB_A_MIB, PROJECT, Bench  # noqa: E402
from tests.clinics.locations.census_server import CensusServer, Known  # noqa: E402

FOUND, TIES = 0.85, 0.02  # of the addresses
MOST_DEGREES_OFF = 0.03  # from the ZIP code's point
SEARCHES_BEFORE = 150


def truth() -> dict[tuple[str, str], Known]:
    """What the server knows: every address near the point of its ZIP code, the same each time."""
    dice, table = random.Random(1), {}
    points = {
        code: (north, east)
        for code, north, east in ZipCode.objects.values_list("code", "latitude", "longitude")
        if north is not None
    }
    clinics = Clinic.objects.listed().exclude(street="").order_by("pk")
    for street, zip_code in clinics.values_list("street", "zip_code"):
        share = dice.random()
        if zip_code not in points or share > FOUND + TIES:
            continue
        north, east = (degrees + dice.uniform(-MOST_DEGREES_OFF, MOST_DEGREES_OFF) for degrees in points[zip_code])
        table[zip_code, address_of(street_key(street, ""))] = Known(
            Coordinates(north, east) if share < FOUND else None
        )
    return table


class Searches:
    """Results pages by ZIP code, one after the other."""

    def __init__(self) -> None:
        codes = ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, is_active=True, latitude__isnull=False)
        self.codes = random.Random(1).sample(sorted(codes.values_list("code", flat=True)), 500)
        self.view, self.factory, self.asked = ClinicListView.as_view(), RequestFactory(), 0

    def next(self) -> float:
        """Milliseconds of one page."""
        code = self.codes[self.asked % len(self.codes)]
        self.asked += 1
        request = self.factory.get("/clinics/", {"near": code}, headers={"host": "localhost"})
        start = time.perf_counter()
        self.view(request)
        return (time.perf_counter() - start) * 1000


def geocode(bench: Bench, server: CensusServer, searches: Searches) -> tuple[float, float, int, list[float]]:
    """(seconds, those of its processor, peak MiB, milliseconds of searches meanwhile) of `geocode_clinics`."""
    environment = os.environ | {"DATABASE_URL": bench.url, "SECRET_KEY": "bench", "GEOCODER": "census"}
    start, meanwhile = time.perf_counter(), []
    process = subprocess.Popen(
        [sys.executable, "manage.py", "geocode_clinics"],
        cwd=PROJECT,
        env=environment | {"CENSUS_GEOCODER_URL": server.url},
        stderr=subprocess.DEVNULL,
    )
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            break
        meanwhile.append(searches.next())
        time.sleep(0.05)  # readers are not there all the time, and the server lives in this process
    if process.returncode:
        sys.exit("geocode_clinics failed.")
    seconds, worked = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
    return seconds, worked, usage.ru_maxrss // KIB_A_MIB, meanwhile


def measure(bench: Bench) -> None:
    seconds, mib = bench.run("import_clinics", str(DIRECTORY), "-v0")
    print(f"\n{Clinic.objects.listed().count():,} clinics; imported in {seconds:.1f} s, {mib} MiB at most")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    searches = Searches()
    with CensusServer(truth()) as server:
        before = [searches.next() for _ in range(SEARCHES_BEFORE)][SEARCHES_BEFORE // 3 :]  # warm
        seconds, worked, mib, meanwhile = geocode(bench, server, searches)
    pauses = (len(server.files) - 1) * settings.CENSUS_PAUSE_SECONDS
    print(f"{sum(server.asked.values()):,} addresses in {len(server.files)} files, {mib} MiB at most")
    print(
        f"{seconds:.1f} s, of which {server.answering_seconds:.1f} s the server and {pauses:.1f} s pauses: "
        f"{seconds - server.answering_seconds:.1f} s beyond the server's own time; {worked:.1f} s of its processor"
    )
    for outcome in AddressLookup.Outcome:
        if count := AddressLookup.objects.filter(outcome=outcome).count():
            print(f"  {outcome.label:<30}{count:7,}")
    after = [searches.next() for _ in range(SEARCHES_BEFORE)]
    print(f"{'searches, milliseconds':<24}{'count':>7}{'median':>9}{'p95':>9}{'ratio':>8}")
    for name, times in (("before", before), ("meanwhile", meanwhile), ("after", after)):
        median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{name:<24}{len(times):7}{median:9.1f}{p95:9.1f}{median / statistics.median(before):8.2f}")


def main() -> None:
    bench = Bench(f"bench_geocoding_{os.getpid()}")
    with closing(bench.connect("postgres")) as administration:
        administration.cursor().execute(f"CREATE DATABASE {bench.name}")
        try:
            for command in ("collectstatic --no-input", "migrate", "load_zipcodes", "load_codebook"):
                bench.run(*command.split(), "-v0")
            connection.close()
            connection.settings_dict["NAME"] = bench.name
            measure(bench)
        finally:
            connection.close()
            administration.cursor().execute(f"DROP DATABASE {bench.name} WITH (FORCE)")


if __name__ == "__main__":
    main()
