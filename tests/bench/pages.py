"""`make bench`: what a page costs, as a multiple of a bare Django view and beside a GeoDjango + PostGIS peer.

Every figure is CPU time of the web server's process and of the Postgres backends that work for it, as Linux counts it
(/proc/PID/schedstat), so that other work on the machine disturbs little; the subjects are asked in turn, so that what
disturbs, disturbs them all. Each is served by gunicorn with one worker, over a kept-alive connection on loopback.
"""

import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

SIZES = [int(size) for size in os.environ.get("SIZES", "20000 200000 2000000").split()]
ZIP_COUNT, WARM_UP, CHUNK = 300, 40, 10
PEER = "peer, 25 miles"
PAGES = {
    "results, a ZIP code": ("site", "/clinics/?near={}"),
    "results, Spanish": ("site", "/es/clinics/?near={}"),
    "results, 25 miles": ("site", "/clinics/?near={}&radius=25"),
    "results, 25 miles, two filters": (
        "site",
        "/clinics/?near={}&radius=25&medication=buprenorphine&payment=medicaid",
    ),
    "results, 25 miles, gzip": ("site", "/clinics/?near={}&radius=25", "gzip"),
    PEER: ("peer", "/same/?near={}"),
    "small peer, 25 miles": ("peer", "/?near={}"),
    "bare view": ("bare", "/"),
}
APPLICATIONS = {"site": "config.wsgi", "peer": "tests.bench.peer", "bare": "tests.bench.bare"}


def cpu_ms(pids) -> float:
    """CPU milliseconds that processes have used so far, all their threads together."""
    nanoseconds = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            nanoseconds += int((task / "schedstat").read_text().split()[0])
    return nanoseconds / 1e6


class Server:
    """gunicorn with one of the applications."""

    def __init__(self, name: str, stack: ExitStack):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "4", "--workers", "1"]
        command += ["--keep-alive", "60", "--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"]
        self.process = subprocess.Popen([*command, f"{APPLICATIONS[name]}:application"])
        stack.callback(self.stop)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    @property
    def workers(self) -> list[int]:
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def get(self, path: str, encoding: str = "identity") -> int:
        """Ask; the length of the answer. Raises OSError until the server is up."""
        self.connection.request("GET", path, headers={"Accept-Encoding": encoding})
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            sys.exit(f"{path}: {response.status}\n{body[:2000].decode(errors='replace')}")
        return len(body)

    def wait(self, path: str) -> None:
        for _attempt in range(200):
            try:
                self.get(path)
            except OSError:
                self.connection.close()
                time.sleep(0.1)
            else:
                return
        sys.exit(f"{path}: no answer")


def backends() -> list[int]:
    """The Postgres processes that work for a connection, ours left out."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def measure(zips: list[str], has_peer: bool) -> dict[str, tuple[list[float], int]]:
    """For each page the CPU milliseconds of each request, and the mean bytes."""
    pages = {name: page for name, page in PAGES.items() if has_peer or page[0] != "peer"}
    results: dict[str, list[float]] = {name: [] for name in pages}
    sizes: dict[str, list[int]] = {name: [] for name in pages}
    with ExitStack() as stack:
        servers = {name: Server(name, stack) for name in sorted({page[0] for page in pages.values()})}
        for name, path, *_encoding in pages.values():
            servers[name].wait(path.format(zips[0]))
            for code in zips[:WARM_UP]:
                servers[name].get(path.format(code))
        for start in range(0, len(zips), CHUNK):
            for label, (name, path, *encoding) in pages.items():
                server = servers[name]
                pids = [*server.workers, *backends()]
                for code in zips[start : start + CHUNK]:
                    before = cpu_ms(pids)
                    size = server.get(path.format(code), *encoding)
                    results[label].append(cpu_ms(pids) - before)
                    sizes[label].append(size)
    return {label: (results[label], round(statistics.mean(sizes[label]))) for label in pages}


def nearest_ms(places) -> list[float]:
    """CPU milliseconds of Postgres alone for the nearest 20 of each place."""
    from django.db import connection

    from clinics.models import Clinic

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
        spent = []
        for place in [*places[:WARM_UP], *places]:
            before = cpu_ms([pid])
            cursor.execute(*Clinic.objects.listed().nearest(place, 20).values_list("pk").query.sql_with_params())
            cursor.fetchall()
            spent.append(cpu_ms([pid]) - before)
    return spent[WARM_UP:]


def most_queries(zips: list[str]) -> int:
    """The most queries that one page of results asks, in a process that has answered before."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, most = Client(headers={"host": "127.0.0.1"}), 0
    for n, code in enumerate(zips[:60]):
        with CaptureQueriesContext(connection) as queries:
            client.get("/clinics/", {"near": code})
        most = max(most, len(queries) if n else 0)
    return most


def p50(values) -> float:
    return statistics.median(values)


def p99(values) -> float:
    return statistics.quantiles(values, n=100)[98]


def figures_of(values) -> str:
    return f"{p50(values):.2f} | {p99(values):.2f} | {p99(values) / p50(values):.1f}"


def bench(size: int, has_postgis: bool) -> dict[str, float]:
    from clinics.geo import Coordinates
    from clinics.models import ZipCode
    from tests.bench.generated import fill, fill_peer

    started = time.monotonic()
    fill(size)
    has_peer = has_postgis and fill_peer()
    known = ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, is_active=True, latitude__isnull=False)
    chosen = random.Random(1).sample(list(known.order_by("code")), ZIP_COUNT)
    print(f"\n{size:,} clinics (made in {time.monotonic() - started:.0f} s)\n", flush=True)
    print("| page | CPU ms p50 | p99 | p99 / p50 | bare views | peer / page | KB |\n|---|---|---|---|---|---|---|")
    pages = measure([place.code for place in chosen], has_peer)
    bare = p50(pages["bare view"][0])
    peer = p50(pages[PEER][0]) if has_peer else None
    for label, (spent, length) in pages.items():
        beside_peer = f"{peer / p50(spent):.1f}" if peer else "-"
        print(f"| {label} | {figures_of(spent)} | {p50(spent) / bare:.1f} | {beside_peer} | {length / 1000:.0f} |")
    nearest = nearest_ms([Coordinates(place.latitude, place.longitude) for place in chosen])
    print(f"| nearest 20, Postgres alone | {figures_of(nearest)} | {p50(nearest) / bare:.2f} | | |")
    print(f"\nMost queries of a page: {most_queries([place.code for place in chosen])}", flush=True)
    figures = {label: p50(spent) / bare for label, (spent, _length) in pages.items()}
    return figures | {"nearest 20, Postgres alone": p50(nearest) / bare}


@contextmanager
def database():
    """A DATABASE_URL, and whether PostGIS is there: Debian's PostgreSQL where it is, else the embedded one."""
    from tests.core.system_postgres import running_server

    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        yield None, False
        return
    has_postgis = bool(list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")))
    with tempfile.TemporaryDirectory() as folder:
        options = "-c autovacuum=off -c shared_buffers=512MB -c max_wal_size=4GB -c track_activities=on"
        with running_server(Path(folder), options) as url:
            yield url, has_postgis


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["SECRET_KEY"] = "bench"
    with database() as (url, has_postgis):
        if url:
            os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        if not url:  # the private server of this checkout, in a database of the benchmark's own
            connection.settings_dict["TEST"]["NAME"] = "bench_pages"
            connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=True)
            where = connection.settings_dict
            os.environ["DATABASE_URL"] = f"postgresql://{where['USER']}@/bench_pages?host={where['HOST']}"
        call_command("migrate", verbosity=0)
        call_command("load_zipcodes", verbosity=0)
        call_command("load_codebook", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            [version] = cursor.fetchone()
        model = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), ": ?")
        processor = f"{model.split(':')[1].strip()}, {os.cpu_count()} cores"
        print(f"{datetime.now(UTC).date()}, {processor}, PostgreSQL {version}")
        if not has_postgis:
            print("PostGIS is absent, so there is no peer: apt-get install postgresql-15-postgis-3 libgdal32")
        figures = {size: bench(size, has_postgis) for size in SIZES}
        connection.close()
    first = figures[SIZES[0]]
    for size in SIZES[1:]:
        print(f"\n{size:,} beside {SIZES[0]:,} clinics, each in bare views:")
        for label, value in figures[size].items():
            print(f"  {label}: {value / first[label]:.1f} times")


if __name__ == "__main__":
    main()
