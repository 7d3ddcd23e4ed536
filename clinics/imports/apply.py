"""The last step of an import: derive the clinics that the new records touch, and write those that changed."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from clinics.imports.derive import (
    CERTIFICATION_SOURCES,
    SOURCE_RANK,
    CodeBook,
    DerivedFields,
    StoredRecord,
    derive,
    edition_age,
)
from clinics.imports.fields import DERIVED_FIELDS
from clinics.imports.protected import ProtectedFields
from clinics.imports.staging import batches, stream
from clinics.locations.placing import place_clinics
from clinics.models import Clinic, ImportRun
from clinics.models.provenance import HUMAN_SOURCES, source_text
from core.csv import copy_rows

# The clinics with a changed row, and those that share a street with one.
AFFECTED = """
    DROP TABLE IF EXISTS affected;
    CREATE TEMPORARY TABLE affected AS
    SELECT clinic_id FROM staged WHERE rule <> %(unchanged)s
    UNION
    SELECT r.clinic_id FROM clinics_sourcerecord r
    JOIN staged s ON s.zip_code = r.zip_code AND s.address = split_part(r.street_key, ' # ', 1)
    WHERE s.rule <> %(unchanged)s AND s.address <> ''
"""
ALSO_AFFECTED = """
    INSERT INTO affected
    SELECT DISTINCT clinic_id FROM clinics_sourcerecord r WHERE source = %(source)s
    AND NOT EXISTS (SELECT FROM affected a WHERE a.clinic_id = r.clinic_id)
"""
RECORDS = """
    SELECT r.clinic_id, r.source, r.edition, r.directory, r.record_key, r.street_key, r.row
    FROM affected JOIN clinics_sourcerecord r USING (clinic_id) ORDER BY r.clinic_id
"""
# Before and after: the clinics there may stand at the point of a record that came or went.
ZIP_CODES_OF_AFFECTED = """
    SELECT zip_code FROM affected JOIN clinics_sourcerecord USING (clinic_id)
    UNION
    SELECT zip_code FROM affected JOIN clinics_clinic ON id = clinic_id
"""
CREATE_DERIVED = """
    DROP TABLE IF EXISTS derived;
    CREATE TEMPORARY TABLE derived (clinic_id bigint PRIMARY KEY, columns jsonb, provenance jsonb)
"""
CONFIRMATIONS = """
    INSERT INTO clinics_confirmation (clinic_id, fact_group, source, edition)
    SELECT d.clinic_id, p.key, p.value->>0, p.value->>1 FROM derived d, jsonb_each(d.provenance) p
    ON CONFLICT (clinic_id, fact_group) DO UPDATE
    SET source = excluded.source, edition = excluded.edition, confirmed_on = NULL, confirmed_by_id = NULL
    WHERE clinics_confirmation.source <> ALL(%(human)s)
      AND (clinics_confirmation.source, clinics_confirmation.edition)
          IS DISTINCT FROM (excluded.source, excluded.edition)
"""
STALE_CONFIRMATIONS = """
    DELETE FROM clinics_confirmation c USING derived d
    WHERE c.clinic_id = d.clinic_id AND c.source <> ALL(%(human)s) AND NOT d.provenance ? c.fact_group
"""
# A clinic is missing from the newest whole edition of a list that once had it, if nothing as new mentions it.
MISSING = """
    WITH whole AS (
        SELECT DISTINCT ON (r.source, r.directory) r.source, r.directory, r.edition
        FROM clinics_sourcerecord r JOIN clinics_importrun u ON u.id = r.run_id AND u.is_complete
        WHERE r.edition ~ '^[0-9]'
        ORDER BY r.source, r.directory, r.edition COLLATE "C" DESC),
    last_seen AS (
        SELECT clinic_id, max(edition COLLATE "C") FILTER (WHERE edition ~ '^[0-9]') AS edition
        FROM clinics_sourcerecord GROUP BY clinic_id),
    missing AS (
        SELECT DISTINCT ON (r.clinic_id) r.clinic_id, w.source, w.edition
        FROM clinics_sourcerecord r JOIN whole w USING (source, directory) JOIN last_seen l USING (clinic_id)
        WHERE l.edition COLLATE "C" < w.edition COLLATE "C"
        ORDER BY r.clinic_id, w.edition COLLATE "C" DESC, w.source),
    labelled AS (
        SELECT l.clinic_id, coalesce(labels.text || ' ' || m.edition, '') AS missing_from
        FROM last_seen l LEFT JOIN missing m USING (clinic_id)
        LEFT JOIN (SELECT * FROM jsonb_each_text(%(labels)s)) AS labels (source, text) ON labels.source = m.source)
    UPDATE clinics_clinic c SET missing_from = n.missing_from, updated_at = %(now)s
    FROM labelled n JOIN clinics_clinic old ON old.id = n.clinic_id
    WHERE c.id = n.clinic_id AND c.missing_from <> n.missing_from
    RETURNING n.missing_from, old.missing_from
"""

# Hours are stated in the time zone of the address, which may just have changed.
TIME_ZONES = """
    UPDATE clinics_clinic c SET time_zone = z.time_zone FROM clinics_zipcode z
    WHERE c.time_zone <> '' AND z.code = c.zip_code AND z.time_zone LIKE '%/%' AND z.time_zone <> c.time_zone
"""


def apply_staged_rows(cursor: CursorWrapper, run: ImportRun, *, unchanged: str) -> None:
    """Derive and write every clinic that the changed rows of `staged` touch. The records are already stored."""
    cursor.execute(AFFECTED, {"unchanged": unchanged})
    apply_to_affected(cursor, run)


def apply_to_affected(cursor: CursorWrapper, run: ImportRun) -> int:
    """Derive and write the clinics in the table `affected` that have a record, after `run` was applied or undone.

    Returns how many clinics that were there before it changed.
    """
    now = timezone.now()
    if run.is_complete and run.source in CERTIFICATION_SOURCES:
        cursor.execute(ALSO_AFFECTED, {"source": run.source})
    cursor.execute("ANALYZE affected")
    cursor.execute(ZIP_CODES_OF_AFFECTED)
    zip_codes = [zip_code for [zip_code] in cursor.fetchall()]
    cursor.execute(CREATE_DERIVED)
    codebook = CodeBook()
    protected = ProtectedFields(cursor, run, codebook)
    for batch in batches(_derived(codebook, _newest_certifications())):
        rows = [
            (pk, json.dumps(protected.columns_to_write(pk, derived)), json.dumps(derived.provenance))
            for pk, derived in batch
        ]
        copy_rows(cursor, "derived", ["clinic_id", "columns", "provenance"], rows)
    protected.store_differences()
    cursor.execute("ANALYZE derived")
    changed = _write_clinics(cursor, now)
    changed += place_clinics(Clinic.objects.filter(zip_code__in=zip_codes).values_list("pk", flat=True))
    human_sources = {"human": [source.value for source in HUMAN_SOURCES]}
    cursor.execute(CONFIRMATIONS, human_sources)
    cursor.execute(STALE_CONFIRMATIONS, human_sources)
    return changed


def _newest_certifications() -> dict[str, str]:
    """{source: its newest whole edition that was imported}."""
    runs = ImportRun.objects.filter(is_complete=True, source__in=CERTIFICATION_SOURCES, records__isnull=False)
    editions = runs.values_list("source", "edition").distinct()
    return dict(sorted(editions, key=lambda found: edition_age(found[1])))


def _derived(codebook: CodeBook, newest: dict[str, str]) -> Iterator[tuple[int, DerivedFields]]:
    for clinic_id, rows in groupby(stream(RECORDS), key=itemgetter(0)):
        yield clinic_id, derive([_stored(row) for row in rows], codebook, newest)


def _stored(row: tuple[Any, ...]) -> StoredRecord:
    _, source, edition, directory, record_key, street_key, text = row
    return StoredRecord(source, edition, directory, record_key, street_key, json.loads(text))


def _write_clinics(cursor: CursorWrapper, now: datetime) -> int:
    """Insert new clinics and update changed ones, whose number is returned; what no source states is left alone."""
    ours = ", ".join(f"c.{name}" for name in DERIVED_FIELDS)
    theirs = ", ".join(f"r.{name}" for name in DERIVED_FIELDS)
    changes = ", ".join(f"{name} = r.{name}" for name in DERIVED_FIELDS)
    populated = "derived d, jsonb_populate_record(NULL::clinics_clinic, d.columns) r"
    update = (
        f"UPDATE clinics_clinic c SET {changes}, updated_at = %s FROM {populated} "  # noqa: S608 - our own columns
        f"WHERE c.id = d.clinic_id AND ({ours}) IS DISTINCT FROM ({theirs})"
    )
    cursor.execute(update, [now])
    changed: int = cursor.rowcount
    cursor.execute(TIME_ZONES)
    others = [
        field
        for field in Clinic._meta.concrete_fields
        if field.column not in DERIVED_FIELDS and not field.generated and not field.primary_key
    ]
    values = [
        now
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False)
        else field.get_db_prep_save(field.get_default(), connection)
        for field in others
    ]
    columns = ", ".join(["id", *DERIVED_FIELDS, *(connection.ops.quote_name(field.column) for field in others)])
    insert = (
        f"INSERT INTO clinics_clinic ({columns}) SELECT d.clinic_id, {theirs}{', %s' * len(others)} "  # noqa: S608
        f"FROM {populated} WHERE NOT EXISTS (SELECT FROM clinics_clinic c WHERE c.id = d.clinic_id) "
        "ORDER BY d.clinic_id"
    )
    cursor.execute(insert, values)
    return changed


def mark_missing(cursor: CursorWrapper, run: ImportRun) -> tuple[int, list[str]]:
    """Mark the clinics that a list no longer has: (how many left this edition, sentences about the other lists)."""
    labels = {source.value: str(source.label) for source in SOURCE_RANK}
    cursor.execute(MISSING, {"labels": json.dumps(labels), "now": timezone.now()})
    changes = Counter(cursor.fetchall())
    closed = sum(count for (new, _), count in changes.items() if new == source_text(run.source, run.edition))
    messages = [
        f"{count:,} clinics of older lists are not in the {new}"
        for (new, old), count in changes.items()
        if new not in ("", source_text(run.source, run.edition)) and not old
    ]
    if returned := sum(count for (new, _), count in changes.items() if not new):
        messages.append(f"{returned:,} clinics that had been missing from a list are in one again")
    return closed, messages
