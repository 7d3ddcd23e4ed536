"""Undo the last import of a source: the directory is as if it had never run, except for what people did since."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Exists, OuterRef
from django.db.models.expressions import RawSQL
from django.utils import timezone

from clinics.imports.apply import apply_to_affected, mark_missing
from clinics.imports.points_only import give_back_points
from clinics.imports.protected import attribute_differences
from clinics.imports.run import DATABASE_ERRORS, ImportFailed, only_one_import
from clinics.imports.staging import BATCH_ROWS, batches
from clinics.models import (
    Clinic,
    Confirmation,
    Evidence,
    FactChange,
    ImportDifference,
    ImportRun,
    PossibleDuplicate,
    Source,
    SourceRecord,
)
from clinics.models.clinic import ClinicQuerySet
from clinics.models.provenance import HUMAN_SOURCES

# What imports write about a clinic. Anything else that refers to a clinic was put there by people, and keeps it.
WRITTEN_BY_IMPORTS = (SourceRecord, Confirmation, ImportDifference, PossibleDuplicate, FactChange)

UNDONE = """
    DROP TABLE IF EXISTS undone;
    CREATE TEMPORARY TABLE undone AS
    SELECT id, clinic_id, zip_code, split_part(street_key, ' # ', 1) AS address, previous
    FROM clinics_sourcerecord WHERE run_id = %(run)s;
    CREATE INDEX ON undone (zip_code, address);
    ANALYZE undone
"""
# The clinics of the undone records, those that the records belonged to before, and those that share a street with one.
AFFECTED = """
    DROP TABLE IF EXISTS affected;
    CREATE TEMPORARY TABLE affected AS
    SELECT clinic_id FROM undone
    UNION
    SELECT coalesce(c.merged_into_id, c.id)
    FROM undone u JOIN clinics_clinic c ON c.id = (u.previous->>'clinic')::bigint
    UNION
    SELECT r.clinic_id FROM clinics_sourcerecord r
    JOIN undone u ON u.zip_code = r.zip_code AND u.address = split_part(r.street_key, ' # ', 1)
    WHERE u.address <> ''
"""
RESTORE = """
    UPDATE clinics_sourcerecord r
    SET clinic_id = coalesce(c.merged_into_id, c.id, r.clinic_id), run_id = (u.previous->>'run')::bigint,
        content_hash = u.previous->>'content_hash', line = (u.previous->>'line')::integer,
        row = u.previous->'row', previous = nullif(u.previous->'previous', 'null')
    FROM undone u LEFT JOIN clinics_clinic c ON c.id = (u.previous->>'clinic')::bigint
    WHERE r.id = u.id AND u.previous IS NOT NULL
"""
REMOVE = "DELETE FROM clinics_sourcerecord r USING undone u WHERE r.id = u.id AND u.previous IS NULL"


@dataclass(frozen=True)
class UndoResult:
    """The run that was undone, and what became of what it wrote."""

    run: ImportRun
    removed: int  # records
    restored: int  # records that state again what they stated before
    deleted: int  # clinics that only this run knew
    kept: int  # such clinics that people have worked on: they stay

    def __str__(self) -> str:
        if self.run.points_only:
            return (
                f"The import of {self.run} was undone. Points removed: {self.removed:,}, restored: {self.restored:,}."
            )
        return (
            f"The import of {self.run} was undone. Records removed: {self.removed:,}, restored: {self.restored:,}; "
            f"clinics deleted: {self.deleted:,}, kept because people have worked on them: {self.kept:,}."
        )


def reason_not_to_undo(run: ImportRun | None, source: str) -> str:
    """Why `run` cannot be undone, in a sentence; "" if it can."""
    if run is None:
        return f"No import of {Source(source).label} is in effect; there is nothing to undo."
    latest = ImportRun.latest_applied(source)
    if run != latest:
        return f"Only the last import of {Source(source).label} that is in effect can be undone."
    if not run.can_be_undone:
        return f"The import of {run} cannot be undone: what it replaced was not kept."
    return ""


def undo_last_run(source: str, *, expected: int | None = None) -> UndoResult:
    """Undo the latest applied run of `source`: all of it in one transaction, or nothing.

    Raises ImportFailed, and then nothing was written; also if that run is not the `expected` one.
    """
    try:
        with only_one_import(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
            cursor.execute("LOCK TABLE clinics_clinic IN SHARE ROW EXCLUSIVE MODE")
            run = ImportRun.latest_applied(source) if expected is None else ImportRun.objects.get(pk=expected)
            refusal = reason_not_to_undo(run, source)
            if run is None or refusal:
                raise ImportFailed(refusal)
            return _undo(cursor, run)
    except DATABASE_ERRORS as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise ImportFailed(f"Nothing was undone. The database gave up: {reason.rstrip('.')}.") from error


def _undo(cursor: CursorWrapper, run: ImportRun) -> UndoResult:
    if run.points_only:
        removed, restored = give_back_points(run)
        _mark_undone(run)
        return UndoResult(run, removed, restored, deleted=0, kept=0)
    this = {"run": run.pk}
    cursor.execute(UNDONE, this)
    cursor.execute(AFFECTED)
    cursor.execute(RESTORE)
    restored = cursor.rowcount
    cursor.execute(REMOVE)
    removed = cursor.rowcount
    cursor.execute("ANALYZE clinics_sourcerecord")
    apply_to_affected(cursor, run)
    deleted, kept = _clear_orphans(run)
    mark_missing(cursor, run)
    attribute_differences(cursor, run)
    _mark_undone(run)
    return UndoResult(run, removed, restored, deleted, kept)


def _mark_undone(run: ImportRun) -> None:
    run.status = ImportRun.Status.UNDONE
    run.messages = [*run.messages, f"undone on {timezone.localtime():%Y-%m-%d %H:%M}"]
    run.save(update_fields=["status", "messages"])


def _clear_orphans(run: ImportRun) -> tuple[int, int]:
    """(clinics deleted, clinics kept) of those that the run created and that no record mentions any more."""
    Evidence.objects.without_record().delete()
    orphans = _orphans()
    created = orphans.filter(created_at__gte=run.started_at, created_at__lte=run.finished_at)
    # Locked, so that no reader can report one meanwhile.
    ids = list(created.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    deleted = 0
    for batch in batches(ids, BATCH_ROWS):
        unused = _untouched_by_people(Clinic.objects.filter(pk__in=batch)).only("pk")
        deleted += unused.delete()[1].get(Clinic._meta.label, 0)
    # No list mentions the rest: no list is their source, and they are missing from none.
    of_lists = Confirmation.objects.exclude(source__in=HUMAN_SOURCES)
    of_lists.filter(clinic__in=_orphans().values("pk")).delete()
    _orphans().exclude(missing_from="").update(missing_from="", updated_at=timezone.now())
    return deleted, len(ids) - deleted


def _orphans() -> ClinicQuerySet:
    """The affected clinics that no list mentions."""
    affected = Clinic.objects.filter(pk__in=RawSQL("SELECT clinic_id FROM affected", []), merged_into=None)
    return affected.exclude(Exists(SourceRecord.objects.filter(clinic=OuterRef("pk"))))


def _untouched_by_people(clinics: ClinicQuerySet) -> ClinicQuerySet:
    """Those that no person has confirmed, reported, unlisted, merged or referred to in any other way."""
    clinics = clinics.filter(is_listed=True, closed_on=None, merged_into=None)
    clinics = clinics.exclude(Exists(Confirmation.objects.filter(clinic=OuterRef("pk"), source__in=HUMAN_SOURCES)))
    for relation in Clinic._meta.related_objects:
        model = relation.field.model
        if model not in WRITTEN_BY_IMPORTS:
            mine = model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            clinics = clinics.exclude(Exists(mine))
    return clinics
