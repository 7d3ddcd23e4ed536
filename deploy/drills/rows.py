"""Rows for the drills: the real tables, the demo directory, and any number of copies of its clinics."""

import os
import subprocess
import sys

import psycopg2

from deploy.drills.server import CHECKOUT


def manage(url: str, *arguments: str, **environment: str) -> str:
    """The output of a management command, run on the database of `url`."""
    environment = {"DATABASE_URL": url, "SECRET_KEY": "of a drill", **environment}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"  # also if a test calls this
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:])
    done.check_returncode()
    return done.stdout


def execute(url: str, statement: str, parameters=None) -> list:
    """The rows of one statement, in its own transaction on its own connection."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def fill(url: str, clinics: int) -> int:
    """Create the tables, load the demo, and copy its clinics until there are `clinics`. Returns the count."""
    manage(url, "migrate", "--verbosity=0")
    manage(url, "load_zipcodes")
    manage(url, "load_codebook")
    manage(url, "load_demo")
    columns = execute(
        url,
        "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = 'clinics_clinic'::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' AND attname NOT IN ('id', 'latitude', 'longitude', 'npi')",
    )
    names = ", ".join(name for (name,) in columns)
    execute(
        url,
        f"""
        WITH demo AS (SELECT * FROM clinics_clinic WHERE latitude IS NOT NULL),
             times AS (SELECT generate_series(1, ceil((%s - (SELECT count(*) FROM clinics_clinic))::numeric
                                                      / (SELECT count(*) FROM demo))::int) AS n)
        INSERT INTO clinics_clinic (latitude, longitude, {names})
        SELECT latitude + sin(n) / 3, longitude + cos(n * 7) / 3, {names} FROM demo, times LIMIT
            greatest(0, %s - (SELECT count(*) FROM clinics_clinic))
        """,
        (clinics, clinics),
    )
    execute(url, "ANALYZE")
    return execute(url, "SELECT count(*) FROM clinics_clinic")[0][0]


def checksums(url: str) -> dict[str, str]:
    """{table: count and checksum of its rows}, without the tables that backups leave out on purpose."""
    tables = execute(
        url,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND relpersistence = 'p' AND relname <> 'django_session' ORDER BY relname",
    )
    whole = "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {} t"
    return {name: execute(url, whole.format(f'"{name}"'))[0][0] for (name,) in tables}
