"""Run an import: a file into the directory, all of it in one transaction, or nothing.

Readers never see half an import, and one that is killed leaves nothing behind but its ImportRun, which the next import
marks as interrupted. One import runs at a time.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg2.extras import execute_values

from clinics import demo
from clinics.imports import apply, matching
from clinics.imports.points_only import NoCoordinates, take_points
from clinics.imports.readers import DirectoryError, DirectoryFile, open_directory
from clinics.imports.rows import MENTAL_HEALTH, SUBSTANCE_USE, FacilityRow, Rejection
from clinics.imports.staging import Staging
from clinics.locations import geocoding
from clinics.models import ImportRun, PossibleDuplicate, ServiceCode, ZipCode
from clinics.models.imports import LONGEST_EDITION
from core.locks import advisory_lock

LOCK = 0x636C696E  # "clin"
DATABASE_ERRORS = (DatabaseError, InterfaceError, psycopg2.Error)  # COPY and server-side cursors bypass Django
POSSIBLE_MATCHES_PER_ROW = 3
LOCK_SECONDS = 5  # a server notices only after a moment that a killed import is gone
INTERRUPTED = "It was interrupted; nothing was written."
# The directories of one file, in the order in which they are matched: each finds the clinics of the one before.
DIRECTORIES = (SUBSTANCE_USE, "", MENTAL_HEALTH)

Rows = Iterable[FacilityRow | Rejection]

STORE_RECORDS = """
    INSERT INTO clinics_sourcerecord AS old (clinic_id, run_id, source, edition, directory, record_key, content_hash,
                                      name_key, street_key, zip_code, line, row)
    SELECT clinic_id, %(run)s, %(source)s, %(edition)s, directory, record_key, content_hash,
           name_key, street_key, zip_code, line, row
    FROM staged WHERE directory = %(directory)s AND rule <> %(unchanged)s ORDER BY n
    ON CONFLICT (source, edition, record_key) DO UPDATE
    SET clinic_id = excluded.clinic_id, run_id = excluded.run_id, content_hash = excluded.content_hash,
        line = excluded.line, row = excluded.row,
        previous = jsonb_build_object(
            'run', old.run_id, 'clinic', old.clinic_id, 'content_hash', old.content_hash,
            'line', old.line, 'row', old.row, 'previous', old.previous)
"""
ASSIGN_NEW = """
    UPDATE staged s SET clinic_id = %(last)s + new.place, rule = %(new)s
    FROM (SELECT n, row_number() OVER (ORDER BY n) AS place FROM staged
          WHERE directory = %(directory)s AND clinic_id IS NULL) AS new
    WHERE new.n = s.n
"""


class ImportFailed(Exception):  # noqa: N818 - named for what happened
    """The import failed and nothing was written; str() is a plain sentence."""


class ImportBusy(ImportFailed):
    """Another import is running; try again later."""


@dataclass(frozen=True)
class ImportResult:
    """What one file changed, or would change: the run with its numbers, and every rejected row."""

    run: ImportRun
    rejections: list[Rejection]


def import_file(
    path: Path,
    *,
    layout: str | None = None,
    edition: str | None = None,
    include_mental_health: bool = False,
    points_only: bool = False,
    dry_run: bool = False,
    progress: Callable[[DirectoryFile], Rows] = iter,
) -> ImportResult:
    """Import the directory in the file `path`; raises ImportFailed, and then nothing was written.

    With `points_only` no clinic of the file is listed: see clinics/imports/points_only.py.
    `progress` is given the opened file and yields its rows. With `dry_run` the same work is done, and the caller,
    who wraps it in `rehearsal`, takes it back.
    """
    path = Path(path)
    if edition and len(edition) > LONGEST_EDITION:
        raise ImportFailed(f"'{edition[:30]}' is no edition; write a year or a day, such as 2024 or 2024-07-01.")
    try:
        directory = open_directory(path, layout=layout, edition=edition)
    except DirectoryError as error:
        raise ImportFailed(f"{path} cannot be imported. {error}") from error
    _check_ready()
    with only_one_import():
        return import_directory(
            directory,
            path,
            include_mental_health=include_mental_health,
            points_only=points_only,
            status=ImportRun.Status.DRY_RUN if dry_run else ImportRun.Status.APPLIED,
            progress=progress,
        )


@contextmanager
def rehearsal() -> Iterator[None]:
    """Roll back everything that is imported within."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def import_directory(
    directory: DirectoryFile,
    path: Path,
    *,
    include_mental_health: bool,
    status: str,
    points_only: bool = False,
    progress: Callable[[DirectoryFile], Rows] = iter,
) -> ImportResult:
    _mark_interrupted()
    run = ImportRun.objects.create(
        file_name=path.name[-200:],
        file_sha256=_sha256(path),
        layout=directory.layout,
        source=directory.source,
        edition=directory.edition,
        is_complete=directory.complete and not points_only,
        points_only=points_only,
        can_be_undone=True,
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            return _apply(cursor, run, directory, progress(directory), include_mental_health, status)
    except BaseException as error:
        sentence = _sentence(error)
        _mark_failed(run, sentence or f"{INTERRUPTED} {type(error).__name__}")
        if sentence:
            raise ImportFailed(f"{path} was not imported; nothing was written. {sentence}") from error
        raise


def _apply(
    cursor: CursorWrapper,
    run: ImportRun,
    directory: DirectoryFile,
    rows: Rows,
    include_mental_health: bool,
    status: str,
) -> ImportResult:
    # The server checks every second that we are alive: for a killed client it would go on working, and hold the lock.
    cursor.execute("SET LOCAL client_connection_check_interval = '1s'")
    cursor.execute("SET LOCAL cursor_tuple_fraction = 1")  # every streamed query is read to its end
    staging = Staging(cursor, directory, run, include_mental_health=include_mental_health or run.points_only)
    staging.read(rows)
    if run.points_only:
        _finish(run, staging, [*staging.messages(), *take_points(cursor, run, staging)], status)
        return ImportResult(run, staging.rejections)
    # Nobody else changes a clinic from here on until we are done; readers are not blocked.
    cursor.execute("LOCK TABLE clinics_clinic IN SHARE ROW EXCLUSIVE MODE")
    # A rehearsal leaves empty pages behind. Statistics from that moment say that the tables are empty, and the planner
    # then compares every row with every other one. So they are analyzed before they are read, each time.
    cursor.execute("ANALYZE clinics_clinic, clinics_sourcerecord, clinics_confirmation")
    messages = list(staging.messages()) + _remove_demo()
    last_id = _match_and_store(cursor, run)
    if run.created + run.updated:
        cursor.execute("ANALYZE clinics_sourcerecord")
        apply.apply_staged_rows(cursor, run, unchanged=matching.UNCHANGED)
        cursor.execute("ANALYZE clinics_clinic, clinics_confirmation")
        run.closed, notes = apply.mark_missing(cursor, run)
        messages += notes
    _finish(run, staging, messages, status)
    if status == ImportRun.Status.APPLIED:
        geocoding.enqueue()
        # Last: a rollback does not reset a sequence.
        cursor.execute("SELECT setval(pg_get_serial_sequence('clinics_clinic', 'id'), %s)", [max(last_id, 1)])
    return ImportResult(run, staging.rejections)


def _match_and_store(cursor: CursorWrapper, run: ImportRun) -> int:
    """Give every staged row its clinic and store it as a SourceRecord; returns the last id that was assigned."""
    params: dict[str, str | int] = {
        "run": run.pk,
        "source": run.source,
        "edition": run.edition,
        "unchanged": matching.UNCHANGED,
        "new": matching.NEW,
    }
    cursor.execute(matching.MARK_UNCHANGED, params)
    last_id = _last_clinic_id(cursor)
    if _open_rows(cursor):
        matching.prepare(cursor)
    for name in DIRECTORIES:
        if _open_rows(cursor, name):
            last_id = _match_directory(cursor, run, params | {"directory": name}, last_id)
    cursor.execute("SELECT rule, count(*) FROM staged GROUP BY rule ORDER BY rule")
    rules = dict(cursor.fetchall())
    run.unchanged = rules.pop(matching.UNCHANGED, 0)
    run.created = rules.pop(matching.NEW, 0)
    run.updated, run.rules = sum(rules.values()), rules
    return last_id


def _match_directory(cursor: CursorWrapper, run: ImportRun, params: dict[str, str | int], last_id: int) -> int:
    possible = matching.match(cursor, params)
    cursor.execute(ASSIGN_NEW, params | {"last": last_id})
    last_id += cursor.rowcount
    cursor.execute(STORE_RECORDS, params)
    cursor.execute(matching.ADD_MATCHED, params)
    run.queued += _queue(cursor, possible)
    return last_id


def _open_rows(cursor: CursorWrapper, directory: str | None = None) -> int:
    cursor.execute(
        "SELECT count(*) FROM staged WHERE clinic_id IS NULL AND directory = coalesce(%s, directory)", [directory]
    )
    [count] = cursor.fetchone()
    return int(count)


def _last_clinic_id(cursor: CursorWrapper) -> int:
    """The highest id that is or was in use: the old address of a clinic never leads to another one."""
    cursor.execute("SELECT pg_get_serial_sequence('clinics_clinic', 'id')")
    [sequence] = cursor.fetchone()
    # Only the sequence's own name, which the database gave us, is put into the text.
    cursor.execute(
        f"SELECT greatest((SELECT max(id) FROM clinics_clinic), CASE WHEN is_called THEN last_value ELSE 0 END, 0) "  # noqa: S608 - see above
        f"FROM {sequence}"
    )
    [last_id] = cursor.fetchone()
    return int(last_id)


def _queue(cursor: CursorWrapper, possible: list[tuple[matching.Pair, str]]) -> int:
    """Queue the possible matches for a person; one that was decided before stays decided. Returns how many are new."""
    cursor.execute("SELECT n, clinic_id FROM staged WHERE n = ANY(%s)", [[pair.n for pair, _ in possible]])
    clinic_of = dict(cursor.fetchall())
    per_row: Counter[int] = Counter()
    pairs = []
    for pair, reason in sorted(possible, key=lambda match: -match[0].strength):
        per_row[pair.n] += 1
        if per_row[pair.n] <= POSSIBLE_MATCHES_PER_ROW:
            one, other = sorted([clinic_of[pair.n], pair.clinic_id])
            similarity = round(pair.name_similarity, 3)
            pairs.append((one, other, reason[:200], similarity, PossibleDuplicate.Status.OPEN))
    queued = execute_values(
        cursor.cursor,
        "INSERT INTO clinics_possibleduplicate (one_id, other_id, reason, similarity, status, created_at)"
        " VALUES %s ON CONFLICT (one_id, other_id) DO NOTHING RETURNING id",
        pairs,
        template="(%s, %s, %s, %s, %s, now())",
        page_size=1000,
        fetch=True,
    )
    return len(queued)


def _remove_demo() -> list[str]:
    """Invented clinics are never listed beside real ones."""
    count = demo.remove()
    return [f"the {count:,} demo clinics were removed"] if count else []


def _finish(run: ImportRun, staging: Staging, messages: list[str], status: str) -> None:
    run.rows, run.skipped, run.repeated = staging.rows, staging.skipped, staging.repeated
    run.rejected = len(staging.rejections)
    if not run.adds_up:
        raise ImportFailed(
            f"The numbers do not add up: {run.rows} rows, but {run.created} created, {run.updated} updated, "
            f"{run.unchanged} unchanged, {run.repeated} repeated, {run.skipped} skipped and {run.rejected} rejected."
        )
    run.messages, run.status, run.finished_at = messages, status, timezone.now()
    run.save()


@contextmanager
def only_one_import() -> Iterator[None]:
    """Holds the lock of the imports; raises ImportBusy if another one runs."""
    with advisory_lock(LOCK, wait_seconds=LOCK_SECONDS) as is_held:
        if not is_held:
            raise ImportBusy("Another import is running; wait until it has finished.")
        yield


def _check_ready() -> None:
    if not (ZipCode.objects.exists() and ServiceCode.objects.exists()):
        raise ImportFailed("Load the ZIP codes and the code book first: manage.py load_zipcodes, then load_codebook.")


def _mark_interrupted() -> None:
    """Called with the lock held: a run that is still marked as running has died."""
    ImportRun.objects.filter(status=ImportRun.Status.RUNNING).update(
        status=ImportRun.Status.FAILED, error=INTERRUPTED, finished_at=timezone.now()
    )


def _mark_failed(run: ImportRun, sentence: str) -> None:
    with suppress(*DATABASE_ERRORS):  # the database itself may be gone: then the next import marks it
        ImportRun.objects.filter(pk=run.pk).update(
            status=ImportRun.Status.FAILED, error=sentence, finished_at=timezone.now()
        )


def _sentence(error: BaseException) -> str:
    """What went wrong in one sentence; "" for a bug of ours, whose traceback says more."""
    if isinstance(error, (DirectoryError, ImportFailed, NoCoordinates)):
        return str(error)
    if isinstance(error, DATABASE_ERRORS):
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        return f"The database gave up: {reason.rstrip('.')}."
    if isinstance(error, OSError):
        return f"The file could not be read: {error.strerror or error}."
    return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
