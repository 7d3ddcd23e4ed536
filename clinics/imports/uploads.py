"""The jobs that rehearse and apply an uploaded file. `manage.py qcluster` runs them.

A job may be delivered twice, and its worker may die at any moment. So a job holds a lock of its upload while it works
(the database releases it when the worker dies), starts only in a status that allows it, and writes the next status in
the transaction of its work.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.db import connections, transaction
from django.utils import timezone
from django_q.tasks import async_task

from clinics.imports.changes import Changes, changes_since
from clinics.imports.export import is_export
from clinics.imports.readers import DirectoryFile
from clinics.imports.rows import FacilityRow, Rejection
from clinics.imports.run import (
    DATABASE_ERRORS,
    ImportBusy,
    ImportFailed,
    ImportResult,
    import_file,
    only_one_import,
    rehearsal,
)
from clinics.models import ImportUpload
from core.locks import advisory_lock, is_locked

LOCK_CLASS = 0x75706C64  # "upld": the first half of a lock's key, the second is the upload's
PROGRESS_SECONDS = 1
RETRY_AFTER = timedelta(seconds=60)  # after which a job that nobody works on may be enqueued again
SHOWN_REJECTIONS = 200
COUNTS = ("rows", "created", "updated", "unchanged", "repeated", "skipped", "rejected", "closed", "queued")
INTERNAL_ERROR = "It stopped at an error of the program, which is in the log of the jobs; nothing was written."

Status = ImportUpload.Status
PENDING = (Status.WAITING, Status.REHEARSING, Status.APPLYING)


# What an editor may start. Each returns whether it was possible.


def enqueue_rehearsal(upload: ImportUpload) -> bool:
    return _enqueue(rehearse, upload, Status.WAITING, (Status.WAITING, Status.REHEARSING, Status.FAILED))


def enqueue_apply(upload: ImportUpload) -> bool:
    return _enqueue(apply, upload, Status.APPLYING, (Status.REHEARSED,))


def retry(upload: ImportUpload) -> bool:
    """Enqueue the last job again, after its worker died or it failed."""
    if not can_be_retried(upload):
        return False
    if upload.status == Status.APPLYING:
        return _enqueue(apply, upload, Status.APPLYING, (Status.APPLYING,))
    return enqueue_rehearsal(upload)


def can_be_retried(upload: ImportUpload) -> bool:
    if upload.status == Status.FAILED:
        return bool(upload.file)
    is_late = bool(upload.error) or timezone.now() - upload.queued_at > RETRY_AFTER
    return upload.status in PENDING and is_late and not is_being_worked_on(upload)


def discard(upload: ImportUpload) -> bool:
    """Delete an upload that was not applied, and its file; an upload from a job keeps its report."""
    with advisory_lock(LOCK_CLASS, upload.pk) as is_held:
        ended = (Status.APPLIED, Status.DISCARDED)
        if not is_held or not ImportUpload.objects.filter(pk=upload.pk).exclude(status__in=ended).exists():
            return False
        upload.delete_file()  # first: a row without its file can still be discarded, a file without its row cannot
        if upload.origin == ImportUpload.Origin.EDITOR:
            ImportUpload.objects.filter(pk=upload.pk).delete()
        else:
            _mark(upload, status=Status.DISCARDED, file="")
        return True


def is_being_worked_on(upload: ImportUpload) -> bool:
    return is_locked(LOCK_CLASS, upload.pk)


def _enqueue(job: Callable[[int], None], upload: ImportUpload, status: str, from_statuses: tuple[str, ...]) -> bool:
    waiting = ImportUpload.objects.filter(pk=upload.pk, status__in=from_statuses)
    is_allowed = waiting.update(status=status, queued_at=timezone.now(), rows_read=0, error="") == 1
    if is_allowed:
        transaction.on_commit(lambda: async_task(f"{__name__}.{job.__name__}", upload.pk))
    return is_allowed


# The jobs


def rehearse(upload_id: int) -> None:
    """Import the file, store what that would change, and roll it back."""
    with _locked_upload(upload_id, Status.WAITING, Status.REHEARSING) as upload:
        if upload is None:
            return
        _mark(upload, status=Status.REHEARSING, rows_read=0, error="", report={})
        with _failures_recorded(upload, if_busy=Status.WAITING):
            with closing(Progress(upload)) as progress, only_one_import(), rehearsal():
                result = _import(upload, progress, dry_run=True)
                report = report_of(result, changes_since(result.run.started_at))
            _mark(upload, status=Status.REHEARSED, rows_read=result.run.rows, report=report)


def apply(upload_id: int) -> None:
    """Import the file. The import and the status that says so are one transaction."""
    with _locked_upload(upload_id, Status.APPLYING) as upload:
        if upload is None:
            return
        with _failures_recorded(upload, if_busy=Status.REHEARSED):
            with closing(Progress(upload)) as progress, only_one_import(), transaction.atomic():
                run = _import(upload, progress, dry_run=False).run
                _mark(upload, status=Status.APPLIED, rows_read=run.rows, run=run, error="")
            _remove_files_of_the_applied()


def _import(upload: ImportUpload, progress: "Progress", *, dry_run: bool) -> ImportResult:
    with upload.on_disk() as path:
        try:
            if is_export(path):
                raise ImportFailed(f"{path} is an export of this directory; `manage.py import_clinics` restores it.")
            return import_file(
                path,
                edition=upload.edition or None,
                include_mental_health=upload.include_mental_health,
                points_only=upload.points_only,
                dry_run=dry_run,
                progress=progress,
            )
        except ImportFailed as error:
            raise ImportFailed(str(error).replace(str(path), upload.original_name)) from error


class Progress:
    """Counts the rows as they are read, over a connection of its own: others see it before the import commits."""

    def __init__(self, upload: ImportUpload) -> None:
        self.upload, self.link = upload, connections.create_connection("default")

    def __call__(self, directory: DirectoryFile) -> Iterator[FacilityRow | Rejection]:
        count, next_time = 0, 0.0
        for count, row in enumerate(directory, start=1):
            yield row
            if time.monotonic() >= next_time:
                self._write(count, directory.total_rows)
                next_time = time.monotonic() + PROGRESS_SECONDS
        self._write(count, directory.total_rows)

    def _write(self, count: int, total: int | None) -> None:
        with self.link.cursor() as cursor:
            cursor.execute(
                "UPDATE clinics_importupload SET rows_read = %s, total_rows = %s WHERE id = %s",
                [count, total and max(count, total), self.upload.pk],
            )

    def close(self) -> None:
        self.link.close()


def report_of(result: ImportResult, changes: Changes) -> dict[str, Any]:
    run = result.run
    rejections = result.rejections[:SHOWN_REJECTIONS]
    return {
        "source": f"{run.source_text}, coordinates only" if run.points_only else run.source_text,
        "is_complete": run.is_complete,
        "counts": {name: getattr(run, name) for name in COUNTS},
        "rules": run.rules,
        "messages": run.messages,
        "rejections": [[rejection.line, rejection.reason, rejection.text] for rejection in rejections],
        **changes.as_report(),
    }


@contextmanager
def _locked_upload(upload_id: int, *statuses: str) -> Iterator[ImportUpload | None]:
    """The upload, if it is in one of `statuses` and no other worker has it."""
    with advisory_lock(LOCK_CLASS, upload_id) as is_held:
        _remove_files_of_the_applied()
        upload = ImportUpload.objects.filter(pk=upload_id, status__in=statuses).first() if is_held else None
        try:
            yield upload
        except Exception:
            if upload:
                with suppress(*DATABASE_ERRORS):
                    _mark(upload, status=Status.FAILED, error=INTERNAL_ERROR)
            raise


@contextmanager
def _failures_recorded(upload: ImportUpload, *, if_busy: str) -> Iterator[None]:
    """Store a failure as a sentence; while another import runs, the upload gets the status `if_busy`."""
    try:
        yield
    except ImportBusy as error:
        _mark(upload, status=if_busy, error=str(error))
    except ImportFailed as error:
        _mark(upload, status=Status.FAILED, error=str(error))


def _mark(upload: ImportUpload, **values: Any) -> None:
    ImportUpload.objects.filter(pk=upload.pk).update(**values)


def _remove_files_of_the_applied() -> None:
    """Also those of a job whose worker died between the import and this."""
    for upload in ImportUpload.objects.filter(status=Status.APPLIED).exclude(file=""):
        upload.delete_file()
        _mark(upload, file="")
