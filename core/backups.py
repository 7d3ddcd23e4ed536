"""The whole site in one dump, and its pictures beside it: `make backup` and `make restore`.

A dump is of one moment, any later PostgreSQL reads it, and the owner of the database can restore it alone. The archive
in deploy/postgres/ keeps what changes between two dumps.
"""

import os
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
from django.core.files.storage import storages
from django.db import connection

from core.postgres_programs import folder_of_programs

STAMP = "%Y-%m-%dT%H%M%SZ"
# Everybody signs in again after a restore: a dump in the wrong hands opens no account. The counts of the rate limits
# are UNLOGGED, so they are in no dump, base backup or archive: the privacy page says how soon they are gone.
WITHOUT_ROWS = ["django_session"]
# The schema itself stays, with the rights that deploy/postgres/roles.sql grants in it. So do extensions, which may
# belong to another role. All names are read before the first drop, because a drop takes dependent objects with it.
EMPTY_SCHEMA = """
SET client_min_messages = warning;
SET statement_timeout = 0;
SET lock_timeout = '10s';
BEGIN;
DO $$
DECLARE
    of_extensions oid[] := array(SELECT objid FROM pg_depend WHERE deptype = 'e');
    statement text;
BEGIN
    FOREACH statement IN ARRAY array(
        SELECT command FROM (
            SELECT kinds.place, format('DROP %s IF EXISTS %s CASCADE', kinds.word, pg_class.oid::regclass) AS command
            FROM pg_class
            JOIN (VALUES (1, 'r', 'TABLE'), (1, 'p', 'TABLE'), (2, 'v', 'VIEW'), (2, 'm', 'MATERIALIZED VIEW'),
                         (3, 'S', 'SEQUENCE')) AS kinds (place, kind, word) ON kind::"char" = relkind
            WHERE relnamespace = 'public'::regnamespace AND pg_class.oid <> ALL (of_extensions)
            UNION ALL
            SELECT 4, format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure)
            FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND oid <> ALL (of_extensions)
        ) AS every_drop
        ORDER BY place  -- tables first: a sequence of a column goes with its table or not at all
    )
    LOOP
        EXECUTE statement;
    END LOOP;
END $$;
"""


class BackupError(Exception):
    """Nothing was changed; the message is for the person who ran the command."""


def how_to_connect() -> tuple[list[str], dict[str, str]]:
    """Arguments and environment for PostgreSQL's programs. `ps` shows arguments, so the password is not one."""
    parameters = connection.get_connection_params()
    known = ("host", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "service", "passfile")
    stated = {name: parameters[name] for name in known if parameters.get(name)}
    environment = dict(os.environ)
    if parameters.get("password"):
        environment["PGPASSWORD"] = parameters["password"]
    return ["--dbname", psycopg2.extensions.make_dsn(**stated)], environment


def programs() -> Path:
    return folder_of_programs(connection.get_database_version()[0])


def run(command: Sequence[str | Path], environment: dict[str, str], **options) -> None:
    """Raises BackupError with what the program said."""
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, **options)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name} failed: {first_error(done.stderr)}")


def first_error(output: str) -> str:
    """The first line that names an error; those after it may quote rows."""
    lines = output.splitlines() or ["without a message"]
    return next((line for line in lines if "error" in line.lower()), lines[0])


def folder_of(storage: str) -> Path | None:
    """Where the files of a storage lie, by its name in STORAGES; None if that is a bucket and not this machine."""
    try:
        return Path(storages[storage].path(""))
    except NotImplementedError:
        return None


def private_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def back_up(folder: Path) -> Path:
    """Write a dump of now to `folder` and return its path. The file is complete and readable, or not there."""
    path = private_folder(folder) / f"clinics-{datetime.now(UTC).strftime(STAMP)}.dump"
    part = path.with_suffix(".part")
    arguments, environment = how_to_connect()
    # Pictures first: an article is stored after its picture, and one without is worse than a picture too many.
    pictures, source = path.with_suffix(".pictures.tar"), folder_of("pictures")
    os.umask(0o077)
    if source and source.is_dir():
        with tarfile.open(pictures, "w") as archive:
            archive.add(source, arcname=".")
    try:
        without = [f"--exclude-table-data={table}" for table in WITHOUT_ROWS]
        kind = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--no-unlogged-table-data"]
        run([programs() / "pg_dump", *arguments, *kind, *without, "--file", part], environment)
        run([programs() / "pg_restore", "--list", part], environment, stdout=subprocess.DEVNULL)
    except BaseException:
        part.unlink(missing_ok=True)
        pictures.unlink(missing_ok=True)
        raise
    with open(part, "rb") as written:
        os.fsync(written.fileno())
    return part.rename(path)


def filled_tables() -> int:
    """How many tables of the database have a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        tables = [table for (table,) in cursor.fetchall()]
        if not tables:
            return 0
        any_row = " + ".join(f"(EXISTS (SELECT FROM public.{table}))::int" for table in tables)
        cursor.execute(f"SELECT {any_row}")
        return cursor.fetchone()[0]


def restore(path: Path, overwrite: str) -> None:
    """Replace what the database holds by the dump at `path`, in one transaction."""
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    arguments, environment = how_to_connect()
    name, folder, filled = connection.get_connection_params()["dbname"], programs(), filled_tables()
    if filled and overwrite != name:
        raise BackupError(
            f"The database {name} has rows in {filled} tables, and a restore replaces them all. If that is meant, "
            f"stop the site, run `make backup`, then add OVERWRITE={name} to the command."
        )
    connection.close()  # else the drops wait for this connection
    with tempfile.TemporaryFile("w+") as errors:
        psql: list[str | Path] = [folder / "psql", *arguments, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
        writer = subprocess.Popen(  # noqa: S603 - our own command
            psql, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, text=True
        )
        with suppress(BrokenPipeError):  # psql stops at the first error, which is read below
            print(EMPTY_SCHEMA, file=writer.stdin, flush=True)
        reading: list[str | Path] = [folder / "pg_restore", "--no-owner", "--no-privileges", "--file=-", path]
        reader = subprocess.run(reading, stdout=writer.stdin, stderr=subprocess.PIPE, text=True)  # noqa: S603
        with suppress(BrokenPipeError):
            # Without COMMIT a truncated file changes nothing.
            print("COMMIT; ANALYZE;" if reader.returncode == 0 else "", file=writer.stdin, flush=True)
            if writer.stdin:
                writer.stdin.close()
        if writer.wait():
            errors.seek(0)
            raise BackupError(f"Nothing was changed: {first_error(errors.read())}")
    if reader.returncode:
        raise BackupError(f"Nothing was changed: {path} cannot be read. {first_error(reader.stderr)}")
    unpack_pictures(path.with_suffix(".pictures.tar"))


def unpack_pictures(archive: Path) -> None:
    target = folder_of("pictures")
    if target and archive.exists():
        target.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as pictures:
            # Files of this folder and nothing else. Debian 12's Python has no filter="data" yet.
            files = [file for file in pictures if file.isfile() and Path(file.name).parent == Path()]
            pictures.extractall(target, files)  # noqa: S202 - these alone


def expire(folder: Path, days: int) -> list[Path]:
    """Delete the dumps that are older than `days`, but never the newest one, and return their paths.

    Older by the clock and by the dump of the night before: a clock that is a year ahead for one night costs no dump.
    """
    made = dumps_in(folder)
    earlier = sorted(made, key=lambda path: made[path])[:-1]
    tonight = [made[path] + timedelta(days=1) for path in earlier[-1:]]
    limit = min([datetime.now(UTC), *tonight]) - timedelta(days=days)
    gone = [path for path in earlier if made[path] < limit]
    for path in gone:
        path.unlink()
        path.with_suffix(".pictures.tar").unlink(missing_ok=True)
    return gone


def dumps_in(folder: Path) -> dict[Path, datetime]:
    """When each dump was made, by its name. A file with any other name is not ours to delete."""
    made = {}
    for path in sorted(folder.glob("clinics-*.dump")):
        with suppress(ValueError):
            made[path] = datetime.strptime(path.stem.removeprefix("clinics-"), STAMP).replace(tzinfo=UTC)
    return made
