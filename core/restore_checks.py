"""Whether the last backup can be restored: it is, into a scratch database, and compared. `manage.py check_backup`.

The scratch database is named as ours with `_scratch` at its end. Where it was made beforehand, as by
deploy/postgres/roles.sql, it is emptied afterwards; elsewhere it is made and dropped. The result is a row of
RestoreCheck, good or not.
"""

import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from django.db import DatabaseError, connection
from psycopg2 import sql

from core import backups
from core.models import RestoreCheck

SCRATCH = "_scratch"
FEW_ROWS = 100  # so many may be younger than the dump
AGE_HEADER = b"age-encryption.org/v1"
TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
CONSTRAINTS = """
SELECT conrelid::regclass || '.' || conname, convalidated FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x')
"""
INDEXES = "SELECT tablename || '.' || indexname, true FROM pg_indexes WHERE schemaname = 'public'"
NEWEST_MIGRATION = "SELECT max(id) FROM django_migrations"


def check_last(folder: Path, wait_seconds: float = backups.WAIT_SECONDS) -> RestoreCheck:
    """Restore the last dump of `folder` on trial, store what came of it and return that.

    Raises FolderBusyError, and stores nothing, if a backup or check is still at work there after `wait_seconds`.
    """
    result, started = RestoreCheck(), time.monotonic()
    try:
        with backups.alone_in(folder, wait_seconds):
            started = time.monotonic()
            problem = _try_last(folder, result)
    except backups.FolderBusyError:
        raise
    except (backups.BackupError, psycopg2.Error, DatabaseError) as error:
        problem = f"It cannot be restored: {backups.first_error(str(error))}"
    result.problem = problem[:1000]
    result.seconds = time.monotonic() - started
    result.save()
    return result


def _try_last(folder: Path, result: RestoreCheck) -> str:
    """Fill in what was restored; return what is wrong with it, or ""."""
    path = backups.last_of(backups.dumps_in(folder))
    if path is None:
        return f"There is no backup in {folder}."
    result.dump = path.name
    with scratch_database() as name:
        rows = backups.load(path, *backups.how_to_connect(name))
        result.tables, result.rows = len(rows), sum(rows.values())
        return "; ".join([*differences(name, rows), *unreadable_files(path)])


@contextmanager
def scratch_database() -> Iterator[str]:
    """The name of a database that holds nothing which anybody needs; afterwards it is empty or gone."""
    name = f"{connection.get_connection_params()['dbname']}{SCRATCH}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [name])
        [was_made_before] = cursor.fetchone()
        if not was_made_before:
            cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone() != (True,):
                raise backups.BackupError(f"There is no database {name}. As the superuser: deploy/postgres/roles.sql.")
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield name
    finally:
        if was_made_before:
            empty(name)
        else:
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def empty(name: str) -> None:
    arguments, environment = backups.how_to_connect(name)
    psql: list[str | Path] = [
        backups.programs() / "psql",
        *arguments,
        "--no-psqlrc",
        "--quiet",
        "--set",
        "ON_ERROR_STOP=1",
    ]
    backups.run(psql, environment, input=f"{backups.EMPTY_SCHEMA} COMMIT;", stdout=subprocess.DEVNULL)


def differences(name: str, rows: dict[str, int]) -> Iterator[str]:
    """Sentences: where the database `name`, restored from a dump with so many rows, is not what it should be."""
    scratch = psycopg2.connect(**connection.get_connection_params() | {"dbname": name})
    with closing(scratch), scratch.cursor() as restored, connection.cursor() as ours:
        here = {table for (table,) in _ask(ours, TABLES)}
        there = {table for (table,) in _ask(restored, TABLES)}
        for table, count in rows.items():
            [(found,)] = _ask(restored, f"SELECT count(*) FROM {table}")  # noqa: S608 - named by pg_restore
            if found != count:
                yield f"{table} has {count} rows in the dump and {found} when restored"
        if "django_migrations" in here & there and _ask(ours, NEWEST_MIGRATION) != _ask(restored, NEWEST_MIGRATION):
            return  # tables were changed since
        yield from (f"the table {table} is missing" for table in sorted(here - there))
        yield from (f"{each} is missing or not valid" for each in _missing_keys(ours, restored))
        yield from (f"{table} has rows here and none in the dump" for table in _emptied(ours, rows, here & there))


def _ask(cursor, query: str) -> list[tuple]:
    cursor.execute(query)
    return cursor.fetchall()


def _missing_keys(ours, restored) -> list[str]:
    """Constraints and indexes that we have and the restored database has not."""
    missing: set[str] = set()
    for query in (CONSTRAINTS, INDEXES):
        valid = {name for name, is_valid in _ask(restored, query) if is_valid}
        missing |= {name for name, is_valid in _ask(ours, query) if is_valid} - valid
    return sorted(missing)


def _emptied(ours, rows: dict[str, int], tables: set[str]) -> Iterator[str]:
    """Tables that hold more than a few rows here, and none in the dump that should have them."""
    unlogged = "SELECT quote_ident(relname) FROM pg_class WHERE relpersistence = 'u'"
    without = {*backups.WITHOUT_ROWS, *(table for (table,) in _ask(ours, unlogged))}
    for table in sorted(tables - without):
        if not rows.get(f"public.{table}"):
            counted = f"SELECT count(*) FROM (SELECT FROM public.{table} LIMIT {FEW_ROWS}) few"  # noqa: S608
            if _ask(ours, counted) == [(FEW_ROWS,)]:
                yield table


def unreadable_files(path: Path) -> Iterator[str]:
    """Sentences about the files beside a dump that cannot be read to their end."""
    for end in backups.ARCHIVES.values():
        archive = path.with_suffix(end)
        try:
            if archive.exists():
                with tarfile.open(archive) as stored:
                    stored.getmembers()
        except (tarfile.TarError, OSError) as error:
            yield f"{archive.name} cannot be read: {error}"
    encrypted = path.with_suffix(backups.SETTINGS_END)
    if encrypted.exists():
        with encrypted.open("rb") as file:
            if file.read(len(AGE_HEADER)) != AGE_HEADER:
                yield f"{encrypted.name} is no file of age"
