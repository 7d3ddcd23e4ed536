"""What an import costs: rows a second and peak memory, beside a plain COPY of the same file into one table.

    python -m tests.bench.imports [FILE]        ROWS=500000 adds a generated directory of that many rows

Works in a database of its own on the server of the settings, which is dropped at the end.
"""

import csv
import gzip
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import django
import psycopg2

PROJECT = Path(__file__).resolve().parents[2]
DIRECTORY = PROJECT.parent / "shared" / "data" / "samhsa" / "national_directory_2024_facilities.csv.gz"
KIB_A_MIB = 1024


class Bench:
    def __init__(self, name: str):
        from django.conf import settings

        database = settings.DATABASES["default"]
        self.name = name
        options = {"host": database.get("HOST") or database.get("OPTIONS", {}).get("host"), "user": database["USER"]}
        options |= {"password": database.get("PASSWORD"), "port": database.get("PORT")}
        self.options = {key: str(value) for key, value in options.items() if value}

    def connect(self, name: str | None = None):
        link = psycopg2.connect(dbname=name or self.name, **self.options)
        link.autocommit = True
        return link

    @property
    def url(self) -> str:
        query = "&".join(f"{key}={quote(value, safe='/')}" for key, value in self.options.items())
        return f"postgres:///{self.name}?{query}"

    def run(self, *command: str) -> tuple[float, int]:
        """(seconds, peak MiB) of a management command in a process of its own."""
        environment = os.environ | {"DATABASE_URL": self.url, "SECRET_KEY": "bench"}
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "manage.py", *command], cwd=PROJECT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed.")
        return time.perf_counter() - start, usage.ru_maxrss // KIB_A_MIB

    def plain_copy(self, path: Path) -> float:
        """Seconds that the server needs to take the same file into one table of texts."""
        start = time.perf_counter()
        with opened(path) as lines, closing(self.connect()) as link, link.cursor() as cursor:
            headings = next(csv.reader([lines.readline()]))
            columns = ", ".join(f"column{place} text" for place, _ in enumerate(headings))
            cursor.execute(f"DROP TABLE IF EXISTS plain_copy; CREATE TABLE plain_copy ({columns})")
            cursor.copy_expert("COPY plain_copy FROM STDIN WITH (FORMAT csv)", lines)
        return time.perf_counter() - start

    def measure(self, path: Path) -> None:
        rows = sum(1 for _ in csv.reader(opened(path))) - 1
        copied = self.plain_copy(path)
        print(f"\n{path.name}: {rows:,} rows")
        print(f"  {'plain COPY into one table':<28} {copied:7.1f} s {rows / copied:10,.0f} rows/s")
        for what in ("import", "unchanged again"):
            seconds, mib = self.run("import_clinics", str(path), "--edition", "2024", "-v0")
            print(f"  {what:<28} {seconds:7.1f} s {rows / seconds:10,.0f} rows/s {mib:6} MiB at most")


def opened(path: Path):
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def generate(source: Path, target: Path, rows: int) -> None:
    """A directory of `rows` substance-use facilities: the real ones again and again, each time at other doors."""
    with opened(source) as lines:
        reader = csv.DictReader(lines)
        real = [row for row in reader if row["directory_type"] == "substance" and row["name1"]]
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, real[0])
        writer.writeheader()
        for number in range(rows):
            row, turn = real[number % len(real)], number // len(real)
            area, _, rest = row["phone"].partition("-")
            phone = f"{area}-{200 + (number * 7) % 800}-{rest[-4:]}" if rest[-4:].isdigit() else ""
            again = {"name1": f"{row['name1'][:150]} {turn}", "street1": f"{turn}{row['street1']}", "phone": phone}
            writer.writerow(row | again)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    bench = Bench(f"bench_import_{os.getpid()}")
    administration = bench.connect("postgres")
    administration.cursor().execute(f"CREATE DATABASE {bench.name}")
    try:
        for command in (["migrate", "-v0"], ["load_zipcodes", "-v0"], ["load_codebook", "-v0"]):
            bench.run(*command)
        source = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("DATA") or DIRECTORY)
        bench.measure(source)
        if rows := int(os.environ.get("ROWS", "0")):
            with closing(bench.connect()) as link:
                link.cursor().execute("TRUNCATE clinics_clinic, clinics_importrun CASCADE")
            with tempfile.TemporaryDirectory() as folder:
                generated = Path(folder) / "generated_directory.csv"
                generate(DIRECTORY, generated, rows)
                bench.measure(generated)
    finally:
        administration.cursor().execute(f"DROP DATABASE {bench.name} WITH (FORCE)")


if __name__ == "__main__":
    main()
