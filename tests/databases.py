"""Databases of their own for tests, on the server that the tests use: empty ones, and copies of templates.

A template holds what takes seconds to load and is the same for every test. It is made once per server and copied by
`CREATE DATABASE ... TEMPLATE`. Its name holds a hash of what it is made from, so a changed migration or data file
makes another one. Templates and copies that nobody needs any more are dropped by the next one who asks.
"""

import contextlib
import datetime
import hashlib
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import psycopg2
from django.conf import settings
from django.db import connection
from psycopg2 import sql

ROOT = Path(__file__).resolve().parents[1]
COPIES, TEMPLATES = "test_own_", "test_template_"
KEPT = 3  # of each template: other branches of this checkout use other ones


FILL_PLACES = """
import django
django.setup()
from django.core.management import call_command
for command in ("migrate", "load_zipcodes", "load_codebook", "load_rules"):
    call_command(command, verbosity=0)
"""
# As `make run` does.
FILL_DEMO = "import django; django.setup(); from config.run import prepare; prepare('')"
# Else every job of a copy is late: they are due when the template was made.
JOBS_ARE_DUE_NOW = "UPDATE django_q_schedule SET next_run = now()"
# A worker beside a browser would look at the ways from all ZIP codes first: most of a minute of one core.
WAYS_ARE_LOOKED_AT = """;
    DELETE FROM django_q_ormq;
    UPDATE django_q_schedule SET next_run = now() + interval '1 day'
    WHERE func = 'clinics.locations.obstacles.find_obstacles'
"""


@dataclass(frozen=True)
class Template:
    """A database that the Python code `fill` fills; a different one whenever one of its `sources` changes.

    `sources` are patterns of files below `root`; `day` names what is made anew every day.
    """

    name: str
    fill: str
    sources: tuple[str, ...]
    day: str = ""
    after_copy: str = "SELECT"  # an SQL statement
    base: "Template | None" = None  # what it begins with
    root: Path = ROOT

    def files(self) -> list[Path]:
        found = {path for pattern in self.sources for path in self.root.glob(pattern)}
        return sorted(path for path in found if path.is_file() and path.parent.name != "__pycache__")

    def database_name(self, server_version: str) -> str:
        digest = hashlib.sha256()
        for fact in (server_version, version("Django"), version("zipcodes"), self.fill, self.after_copy, self.day):
            digest.update(f"{fact}\0".encode())
        for path in self.files():
            digest.update(f"{path.relative_to(self.root)}\0".encode())
            digest.update(path.read_bytes())
        return f"{TEMPLATES}{self.name}_{digest.hexdigest()[:16]}"


PLACES = Template(
    "places",
    FILL_PLACES,
    (
        "*/migrations/*.py",
        "*/apps.py",
        "*/schedules.py",
        "clinics/data/*",
        "clinics/management/**/*.py",
        "clinics/models/*.py",
        "clinics/rules.py",
        "clinics/shipped.py",
        "clinics/state_lines.py",
        "clinics/search/facets.py",
        "clinics/search/places.py",
        "requirements/runtime.txt",
    ),
    after_copy=JOBS_ARE_DUE_NOW,
)
DEMO = Template(
    "demo",
    FILL_DEMO,
    # Whatever `make run` may read.
    (*PLACES.sources, "articles/**/*", "clinics/**/*.py", "config/**/*.py", "core/**/*.py", "listings/**/*"),
    day=datetime.datetime.now(datetime.UTC).date().isoformat(),  # its clinics and articles state when they were made
    after_copy=JOBS_ARE_DUE_NOW + WAYS_ARE_LOOKED_AT,
    base=PLACES,
)


SHARED_DATA = ROOT.parent / "shared" / "data"
REAL_FILE = SHARED_DATA / "samhsa" / "national_directory_2024_facilities.csv.gz"
FILL_REAL = f"""
import django
django.setup()
from django.core.management import call_command
call_command("import_clinics", {str(REAL_FILE)!r}, verbosity=0)
"""
REAL = Template(  # the national directory of 2024, where the government's files lie beside the checkout
    "real",
    FILL_REAL,
    (*PLACES.sources, "clinics/imports/**/*.py", "clinics/locations/**/*.py", "clinics/audience.py"),
    base=PLACES,
)


@contextlib.contextmanager
def own_database(template: Template | None = None, *, copy_of: str | None = None) -> Iterator[str]:
    """Create a database, yield its DATABASE_URL, and drop it with whoever is still connected.

    It is empty, a copy of a template, or of the database that the DATABASE_URL `copy_of` names, which nobody may use.
    """
    name = f"{COPIES}{uuid.uuid4().hex[:12]}"
    with server_cursor() as server:
        # Held until this process ends, however it ends: see _drop_abandoned_copies.
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if template:
            _copy_template(server, template, name)
        else:
            _create(server, name, urlsplit(copy_of).path.strip("/") if copy_of else "template1")
        try:
            yield _url(name)
        finally:
            with server_cursor() as other:  # a test may have ended the first connection
                drop(other, name)


def name_of(database_url: str) -> str:
    return urlsplit(database_url).path.strip("/")


def _copy_template(server, template: Template, name: str) -> None:
    """Under its lock, so that several who start at once make the template once, and nobody drops it meanwhile.

    Two templates are made at the same time, by two who need them first.
    """
    with lock(server, f"{TEMPLATES}{template.name}"):
        _drop_abandoned_copies(server)
        server.execute("SELECT version() || current_user")
        [[server_version]] = server.fetchall()
        template_name = template.database_name(server_version)
        if template_name not in names(server, template_name):
            _make(server, template, template_name)
        _create(server, name, template_name)
    with _connection(_url(name)) as copy:
        copy.execute(template.after_copy)


def _make(server, template: Template, name: str) -> None:
    """It has its name only when it is whole: what a killed process left half made is made anew."""
    half_made = f"{name}_half"
    drop(server, half_made)
    if template.base:
        _copy_template(server, template.base, half_made)
    else:
        _create(server, half_made, "template1")
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DATABASE_URL": _url(half_made), "VAR_DIR": folder, "SECRET_KEY": "tests"}
        environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "DEV_GATEWAY": "1"}
        done = subprocess.run(
            [sys.executable, "-c", template.fill],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(f"The database “{template.name}” could not be made: {done.stdout[-2000:]}")
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half_made), sql.Identifier(name)))
    server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
    for old in names(server, f"{TEMPLATES}{template.name}_")[KEPT:]:
        drop(server, old)


def _drop_abandoned_copies(server) -> None:
    """Of processes that were killed: their locks are free."""
    for name in names(server, COPIES):
        server.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        if server.fetchall() == [(True,)]:
            drop(server, name)
            server.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def names(server, start: str) -> list[str]:
    """The databases whose names start so, the newest first."""
    server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid DESC", [start])
    return [name for [name] in server.fetchall()]


def _create(server, name: str, template: str) -> None:
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def drop(server, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def lock(server, name: str):
    server.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
    try:
        yield
    finally:
        server.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def server_cursor():
    return _connection(_url("postgres"))


@contextlib.contextmanager
def _connection(url: str):
    """A cursor; every statement is committed at once."""
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def _url(name: str) -> str:
    server = settings.DATABASES["default"]
    user = quote(server.get("USER") or "")
    password = f":{quote(server['PASSWORD'])}" if server.get("PASSWORD") else ""
    stated = server.get("OPTIONS", {})  # where a socket named as "?host=" in DATABASE_URL ends up
    host, port = server.get("HOST") or stated.get("host", ""), server.get("PORT") or stated.get("port")
    if host.startswith("/"):  # the folder of a Unix socket
        query = {"host": host} | ({"port": port} if port else {})
        return f"postgresql://{user}{password}@/{name}?{urlencode(query)}"
    return f"postgresql://{user}{password}@{host}{f':{port}' if port else ''}/{name}"


def wait_until_somebody_waits() -> None:
    """Until another connection waits for a lock that this one holds."""
    with connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
