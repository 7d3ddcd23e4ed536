"""The whole site in one dump, with its files and settings beside it: `manage.py backup` and `manage.py restore`.

A dump is of one moment, any later PostgreSQL reads it, and the owner of the database can restore it alone. The archive
in deploy/postgres/ keeps what changes between two dumps.

    clinics-2026-11-23T071500Z.dump           the database; written last, so where it is the others are complete
    clinics-2026-11-23T071500Z.pictures.tar   the pictures, unless they are in a bucket
    clinics-2026-11-23T071500Z.uploads.tar    what editors and owners handed in, unless it is in a bucket
    clinics-2026-11-23T071500Z.settings.age   the settings, for the holder of the key of BACKUP_RECIPIENT; the only
                                              file without which a backup is one
"""

import fcntl
import logging
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg2
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection

from core import clock
from core.postgres_programs import folder_of_programs

WAIT_SECONDS = 600  # for another backup or check, which take seconds to minutes
STAMP = "%Y-%m-%dT%H%M%SZ"
ARCHIVES = {"pictures": ".pictures.tar", "default": ".uploads.tar"}  # {storage: how the name of its archive ends}
SETTINGS_END = ".settings.age"
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


COPY = re.compile(rb"COPY (\S+) \(.*\) FROM stdin;$")

logger = logging.getLogger(__name__)


class BackupError(Exception):
    """Nothing was changed; the message is for the person who ran the command."""


class FolderBusyError(BackupError):
    """Another backup or check was at work for as long as this one could wait."""


class Backup(NamedTuple):
    dump: Path
    settings_problem: str  # why the settings are not beside it, in a sentence; "" if they are, or were not asked for


def how_to_connect(database: str = "") -> tuple[list[str], dict[str, str]]:
    """Arguments and environment for PostgreSQL's programs, for `database` or our own.

    `ps` shows arguments, so the password is not one.
    """
    parameters = connection.get_connection_params() | ({"dbname": database} if database else {})
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


@contextmanager
def alone_in(folder: Path, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """One backup or check at a time. No part is left, not even of a killed one; the lock ends with the process.

    Raises FolderBusyError if another one is still at work after `wait_seconds`, BackupError without a folder.
    """
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise BackupError(f"{folder} cannot be opened: {error.strerror}.") from error
    try:
        _wait_for_lock(held, folder, wait_seconds)
        _remove_parts(folder)
        try:
            yield
        finally:
            _remove_parts(folder)
            os.fsync(held)
    finally:
        os.close(held)


def _wait_for_lock(held: int, folder: Path, wait_seconds: float) -> None:
    busy, is_told = f"Another backup or check is at work in {folder}.", False
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise FolderBusyError(busy) from error
        else:
            return
        if not is_told:
            logger.warning("%s Waiting for it for up to %.0f seconds.", busy, wait_seconds)
            is_told = True
        time.sleep(0.5)


def _remove_parts(folder: Path) -> None:
    for part in folder.glob("clinics-*.part"):
        part.unlink()


def back_up(folder: Path, wait_seconds: float = WAIT_SECONDS) -> Backup:
    """Write a backup of now to `folder`. Its dump and its files are complete and readable, or not there.

    Settings that cannot be encrypted are left out: they must not cost the rows. Nothing that was there before is
    touched, whatever fails.
    """
    private_folder(folder)
    os.umask(0o077)
    with alone_in(folder, wait_seconds):
        name = folder / f"clinics-{datetime.now(UTC).strftime(STAMP)}"
        # Files first: a row is stored after its file, and one without is worse than a file too many.
        parts, settings_problem = [*_archive_files(name)], ""
        try:
            parts += _encrypt_settings(name)
        except BackupError as error:
            settings_problem = str(error)
        parts.append(_dump(name))
        for part in parts:
            with open(part, "rb") as written:
                os.fsync(written.fileno())
        for part in parts:
            path = part.rename(part.with_suffix(""))
        return Backup(path, settings_problem)


def _archive_files(name: Path) -> Iterator[Path]:
    for storage, end in ARCHIVES.items():
        source = folder_of(storage)
        if not source or not source.is_dir():
            continue
        part = Path(f"{name}{end}.part")
        with tarfile.open(part, "w") as archive:
            for path in sorted(source.rglob("*")):
                with suppress(FileNotFoundError):  # deleted meanwhile, such as the proof of a claim
                    archive.add(path, arcname=str(path.relative_to(source)), recursive=False)
        yield part


def settings_file() -> Path | None:
    """The settings, which root alone reads, as systemd hands them over (deploy/systemd/waypost-backup.service)."""
    path = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent")) / "environment"
    return path if path.is_file() else None


def recipient_problem() -> str:
    """Why nothing can be encrypted for BACKUP_RECIPIENT, in a sentence; "" if it can be, or there is none.

    The words of age are not told: they quote the value, which may be the private key by mistake.
    """
    if not settings.BACKUP_RECIPIENT:
        return ""
    if not shutil.which("age"):
        return "age, which encrypts the settings, is not on this machine: install it."
    tried = subprocess.run(_age(), stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603 - our own command
    if tried.returncode:
        return "BACKUP_RECIPIENT is no public key of age: it is the age1... that age-keygen prints, or empty."
    return ""


def _age() -> list[str | Path]:
    return [shutil.which("age") or "age", "--encrypt", "--recipient", settings.BACKUP_RECIPIENT]


def _encrypt_settings(name: Path) -> list[Path]:
    source = settings_file()
    if not settings.BACKUP_RECIPIENT or source is None:
        return []
    if problem := recipient_problem():
        raise BackupError(problem)
    part = Path(f"{name}{SETTINGS_END}.part")
    run([*_age(), "--output", part, source], dict(os.environ))
    return [part]


def _dump(name: Path) -> Path:
    part = Path(f"{name}.dump.part")
    arguments, environment = how_to_connect()
    without = [f"--exclude-table-data={table}" for table in WITHOUT_ROWS]
    kind = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--no-unlogged-table-data"]
    run([programs() / "pg_dump", *arguments, *kind, *without, "--file", part], environment)
    run([programs() / "pg_restore", "--list", part], environment, stdout=subprocess.DEVNULL)
    return part


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
    name, filled = connection.get_connection_params()["dbname"], filled_tables()
    if filled and overwrite != name:
        raise BackupError(
            f"The database {name} has rows in {filled} tables, and a restore replaces them all. If that is meant, "
            f"stop the site, run `make backup`, then add OVERWRITE={name} to the command."
        )
    load(path, *how_to_connect())
    for storage, end in ARCHIVES.items():
        unpack(path.with_suffix(end), folder_of(storage))


def load(path: Path, arguments: list[str], environment: dict[str, str]) -> dict[str, int]:
    """Replace what that database holds by the dump, in one transaction. Returns {table: its rows in the dump}."""
    folder = programs()
    connection.close()  # else the drops wait for this connection
    psql: list[str | Path] = [folder / "psql", *arguments, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
    reading: list[str | Path] = [folder / "pg_restore", "--no-owner", "--no-privileges", "--file=-", path]
    rows: dict[str, int] = {}
    with tempfile.TemporaryFile("w+") as errors, tempfile.TemporaryFile("w+") as unreadable:
        writer = subprocess.Popen(  # noqa: S603 - our own command
            psql, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
        )
        reader = subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=unreadable)  # noqa: S603
        if not writer.stdin or not reader.stdout:
            raise BackupError("No pipe to PostgreSQL's programs.")
        with suppress(BrokenPipeError):  # psql stops at the first error, which is read below
            writer.stdin.write(EMPTY_SCHEMA.encode())
            writer.stdin.writelines(_counted(reader.stdout, rows))
        reader.stdout.close()
        is_whole = reader.wait() == 0
        with suppress(BrokenPipeError):
            # Without COMMIT a truncated file changes nothing.
            writer.stdin.write(b"COMMIT; ANALYZE;\n" if is_whole else b"")
            writer.stdin.close()
        if writer.wait():
            errors.seek(0)
            raise BackupError(f"Nothing was changed: {first_error(errors.read())}")
        if not is_whole:
            unreadable.seek(0)
            raise BackupError(f"Nothing was changed: {path} cannot be read. {first_error(unreadable.read())}")
    return rows


def _counted(lines: Iterator[bytes], rows: dict[str, int]) -> Iterator[bytes]:
    """The same lines, while the rows of each table are counted in `rows`."""
    table = ""
    for line in lines:
        if table:
            rows[table] += line != b"\\.\n"
            table = table if line != b"\\.\n" else ""
        elif started := COPY.match(line):
            table = started[1].decode()
            rows[table] = 0
        yield line


def unpack(archive: Path, target: Path | None) -> None:
    if target is None or not archive.exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as stored:
        # Files and folders below this folder and nothing else. Debian 12's Python has no filter="data" yet.
        known = [each for each in stored if each.isfile() or each.isdir()]
        stored.extractall(target, [each for each in known if _stays_inside(each.name)])  # noqa: S202 - these alone


def _stays_inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts


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
        for file in folder.glob(f"{path.stem}.*"):
            file.unlink()
    return gone


def dumps_in(folder: Path) -> dict[Path, datetime]:
    """When each dump was made, by its name. A file with any other name is not ours to delete."""
    made = {}
    for path in sorted(folder.glob("clinics-*.dump")):
        with suppress(ValueError):
            made[path] = datetime.strptime(path.stem.removeprefix("clinics-"), STAMP).replace(tzinfo=UTC)
    return made


def last_of(made: dict[Path, datetime]) -> Path | None:
    """The last of these dumps. One from the future is older than it seems: a clock was ahead when it was made."""
    limit = datetime.now(UTC) + timedelta(seconds=clock.CLOCK_SECONDS)
    return max((path for path in made if made[path] <= limit), key=lambda path: made[path], default=None)
