"""An export of the directory back into it, or into an empty one: the same clinics under the same numbers."""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from clinics.imports.derive import CONTACT_FIELDS
from clinics.imports.export import ACCESS_FIELDS, RECORD_FIELDS, STATE_FIELDS, read_rows
from clinics.imports.run import ImportFailed, only_one_import
from clinics.models import Clinic, Confirmation, ImportRun, Service, SourceRecord
from clinics.models.clinic import city_slug

BATCH = 500


@dataclass
class ReadBack:
    """What an export changed, in clinics."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    services: dict[str, Service] = field(default_factory=lambda: {s.slug: s for s in Service.objects.all()})
    runs: dict[tuple, ImportRun] = field(default_factory=dict)


def read_back(path: Path, *, dry_run: bool = False) -> ReadBack:
    """Bring every clinic of the export to the state it had then; clinics that are not in it stay as they are.

    One transaction. Raises ImportFailed with a sentence, and then nothing was written.
    """
    outcome = ReadBack()
    rows = read_rows(path)
    try:
        with only_one_import(), transaction.atomic():
            Clinic.objects.filter(is_demo=True).delete()
            while batch := list(islice(rows, BATCH)):
                _apply(batch, outcome, path)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence('clinics_clinic', 'id'), max(id)) FROM clinics_clinic"
                )
            transaction.set_rollback(dry_run)
    except (ValueError, OSError) as error:
        raise ImportFailed(f"{path} was not imported; nothing was written. {error}") from error
    return outcome


def _apply(batch: list[dict], outcome: ReadBack, path: Path) -> None:
    known = Clinic.objects.defer("position").prefetch_related("confirmations", "source_records__run")
    known = known.in_bulk([row["pk"] for row in batch])
    for row in batch:
        clinic = known.get(row["pk"])
        if clinic is None:
            outcome.created += 1
            _write(Clinic(pk=row["pk"]), row, outcome, path)
        elif _state_of(clinic) == _wanted(row, outcome):
            outcome.unchanged += 1
        elif _is_another(clinic, row):
            raise ValueError(f"It is of another directory: clinic {clinic.pk} is {clinic.name} here.")
        else:
            outcome.updated += 1
            _write(clinic, row, outcome, path)


def _is_another(clinic: Clinic, row: dict) -> bool:
    """Neither the name nor any evidence is shared: the number belongs to somebody else here."""
    ours = {record.record_key for record in clinic.source_records.all()}
    return clinic.name != row["facts"]["name"] and not ours & {record["record_key"] for record in row["records"]}


def _state_of(clinic: Clinic) -> tuple:
    """Everything of a clinic that an export carries, to compare."""
    names = (*CONTACT_FIELDS, *STATE_FIELDS, *ACCESS_FIELDS)
    facts = {name: getattr(clinic, name) for name in names}
    vouchers = {c.fact_group: (c.source, c.edition, c.confirmed_on) for c in clinic.confirmations.all()}
    records = [
        (*(getattr(record, name) for name in RECORD_FIELDS), record.run.is_complete)
        for record in clinic.source_records.all()
    ]
    return (
        facts | {"services": clinic.service_ids, "other_services": clinic.other_services},
        vouchers,
        _sorted(records),
    )


def _wanted(row: dict, outcome: ReadBack) -> tuple:
    facts = row["facts"] | {"city_slug": city_slug(row["facts"]["city"])}
    facts["services"] = sorted(service.pk for service in _services(row, outcome))
    records = [tuple(record[name] for name in (*RECORD_FIELDS, "is_complete")) for record in row["records"]]
    return facts, row["vouchers"], _sorted(records)


def _sorted(records: list[tuple]) -> list[tuple]:
    return sorted(records, key=lambda record: record[: RECORD_FIELDS.index("content_hash")])


def _services(row: dict, outcome: ReadBack) -> list[Service]:
    unknown = [slug for slug in row["services"] if slug not in outcome.services]
    if unknown:
        raise ValueError(f"Its service '{unknown[0]}' is not in the code book; run load_codebook first.")
    return [outcome.services[slug] for slug in row["services"]]


def _write(clinic: Clinic, row: dict, outcome: ReadBack, path: Path) -> None:
    for name, value in row["facts"].items():
        setattr(clinic, name, value)
    clinic.set_services(_services(row, outcome))
    clinic.save()
    clinic.confirmations.all().delete()
    Confirmation.objects.bulk_create(
        Confirmation(clinic=clinic, fact_group=group, source=source, edition=edition, confirmed_on=confirmed_on)
        for group, (source, edition, confirmed_on) in row["vouchers"].items()
    )
    clinic.source_records.all().delete()
    SourceRecord.objects.bulk_create(
        SourceRecord(
            clinic=clinic, run=_run_of(record, outcome, path), **{name: record[name] for name in RECORD_FIELDS}
        )
        for record in row["records"]
    )


def _run_of(record: dict, outcome: ReadBack, path: Path) -> ImportRun:
    """The run that evidence belongs to: one for each list in the export, as whole as the list was."""
    key = (record["source"], record["edition"], record["is_complete"])
    if key not in outcome.runs:
        outcome.runs[key] = ImportRun.objects.create(
            file_name=path.name[-200:],
            layout="export",
            source=record["source"],
            edition=record["edition"],
            is_complete=record["is_complete"],
            status=ImportRun.Status.APPLIED,
            finished_at=timezone.now(),
            messages=["read back from an export"],
        )
    return outcome.runs[key]
