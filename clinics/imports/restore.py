"""Restore an export of the directory into it, or into an empty one: the same clinics under the same numbers."""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from clinics import demo
from clinics.imports.export import (
    ANSWERS,
    LISTING_FIELDS,
    RECORD_FIELDS,
    UNSTATED_IS_NULL,
    ExportedClinic,
    KnownPoint,
    Provenance,
    points_by_address,
    points_of,
    read_rows,
)
from clinics.imports.fields import CONTACT_FIELDS
from clinics.imports.normalization import place_key
from clinics.imports.run import ImportFailed, only_one_import
from clinics.locations.placing import OWNER, address_key, pin_key, place_clinics, point_keys
from clinics.models import AddressPoint, Clinic, Confirmation, ImportRun, Service, SourceRecord
from clinics.models.clinic import city_slug

BATCH = 500

# All that an export holds of a clinic, to compare: its fields, the provenance of its fact groups, its records, and the
# points of its address.
State = tuple[dict[str, Any], dict[str, Provenance], list[tuple[Any, ...]], list[KnownPoint]]


@dataclass
class RestoreResult:
    """How many clinics the export changed."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    services: dict[str, Service] = field(default_factory=lambda: {s.slug: s for s in Service.objects.all()})
    runs: dict[tuple[str, str, bool], ImportRun] = field(default_factory=dict)
    points: dict[tuple[str, str], list[KnownPoint]] = field(default_factory=points_by_address)
    restored: set[tuple[str, str]] = field(default_factory=set)  # addresses
    written: list[int] = field(default_factory=list)  # the numbers of the clinics


def restore(path: Path, *, dry_run: bool = False) -> RestoreResult:
    """Restore every clinic of the export as it was then; clinics that are not in it stay as they are.

    One transaction. Raises ImportFailed with a sentence, and then nothing was written.
    """
    result = RestoreResult()
    rows = read_rows(path)
    try:
        with only_one_import(), transaction.atomic():
            demo.remove()
            while batch := list(islice(rows, BATCH)):
                _apply(batch, result, path)
            place_clinics(result.written)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence('clinics_clinic', 'id'), max(id)) FROM clinics_clinic"
                )
            transaction.set_rollback(dry_run)
    except (ValueError, OSError) as error:
        raise ImportFailed(f"{path} was not imported; nothing was written. {error}") from error
    return result


def _apply(batch: list[ExportedClinic], result: RestoreResult, path: Path) -> None:
    clinics = Clinic.objects.defer("position").prefetch_related("confirmations", "source_records__run")
    known = clinics.in_bulk([row["pk"] for row in batch])
    for row in batch:
        clinic = known.get(row["pk"])
        if clinic is None:
            result.created += 1
            _write(Clinic(pk=row["pk"]), row, result, path)
        elif _stored(clinic, result) == _exported(row, result):
            result.unchanged += 1
        elif _is_different_clinic(clinic, row):
            raise ValueError(f"It is of another directory: clinic {clinic.pk} is {clinic.name} here.")
        else:
            result.updated += 1
            _write(clinic, row, result, path)


def _is_different_clinic(clinic: Clinic, row: ExportedClinic) -> bool:
    """Neither the name nor any record is the same: here the number belongs to another clinic."""
    ours = {record.record_key for record in clinic.source_records.all()}
    return clinic.name != row["fields"]["name"] and not ours & {record["record_key"] for record in row["records"]}


def _stored(clinic: Clinic, result: RestoreResult) -> State:
    """All that an export holds of a clinic, to compare."""
    names = (*CONTACT_FIELDS, *LISTING_FIELDS, *UNSTATED_IS_NULL, *ANSWERS)
    fields = {name: getattr(clinic, name) for name in names}
    provenance = {c.fact_group: (c.source, c.edition, c.confirmed_on) for c in clinic.confirmations.all()}
    records = [
        (*(getattr(record, name) for name in RECORD_FIELDS), record.run.is_complete)
        for record in clinic.source_records.all()
    ]
    return (
        fields | {"services": sorted(clinic.all_service_ids), "other_services": clinic.other_services},
        provenance,
        _sorted(records),
        points_of(clinic, result.points),
    )


def _exported(row: ExportedClinic, result: RestoreResult) -> State:
    fields = row["fields"] | {"city_slug": city_slug(row["fields"]["city"])}
    fields["place_key"] = place_key(fields["name"], fields["street"], fields["zip_code"])
    fields["services"] = sorted(service.pk for service in _services(row, result))
    records = [tuple(record[name] for name in (*RECORD_FIELDS, "is_complete")) for record in row["records"]]
    return fields, row["provenance"], _sorted(records), sorted(row["points"])


def _sorted(records: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(records, key=lambda record: record[: RECORD_FIELDS.index("content_hash")])


def _services(row: ExportedClinic, result: RestoreResult) -> list[Service]:
    unknown = [slug for slug in row["services"] if slug not in result.services]
    if unknown:
        raise ValueError(f"Its service '{unknown[0]}' is not in the code book; run load_codebook first.")
    return [result.services[slug] for slug in row["services"]]


def _write(clinic: Clinic, row: ExportedClinic, result: RestoreResult, path: Path) -> None:
    for name, value in row["fields"].items():
        setattr(clinic, name, value)
    clinic.set_services(_services(row, result))
    clinic.save()
    clinic.confirmations.all().delete()
    Confirmation.objects.bulk_create(
        Confirmation(clinic=clinic, fact_group=group, source=source, edition=edition, confirmed_on=confirmed_on)
        for group, (source, edition, confirmed_on) in row["provenance"].items()
    )
    clinic.source_records.all().delete()
    SourceRecord.objects.bulk_create(
        SourceRecord(
            clinic=clinic, run=_run_of(record, result, path), **{name: record[name] for name in RECORD_FIELDS}
        )
        for record in row["records"]
    )
    _write_points(clinic, row["points"], result)
    result.written.append(clinic.pk)


def _write_points(clinic: Clinic, points: list[KnownPoint], result: RestoreResult) -> None:
    """Those of lists that were read since stay: what the list states did not change."""
    for zip_code, address in point_keys(clinic):
        if (zip_code, address) not in result.restored:  # of an address that several clinics share, all have a say
            AddressPoint.objects.filter(zip_code=zip_code, address=address, run=None).delete()
            result.restored.add((zip_code, address))
    for source, as_of, quality, latitude, longitude, directory in points:
        where: dict[str, Any] = {"quality": quality, "latitude": latitude, "longitude": longitude}
        stated: dict[str, Any] = {"source": source, "as_of": as_of, "directory": directory}
        zip_code, address = pin_key(clinic, source) if source == OWNER else address_key(clinic)
        AddressPoint.objects.update_or_create(zip_code=zip_code, address=address, **stated, defaults=where)


def _run_of(record: dict[str, Any], result: RestoreResult, path: Path) -> ImportRun:
    """The run of a record: one for each list in the export, as complete as the list was."""
    key = (record["source"], record["edition"], record["is_complete"])
    if key not in result.runs:
        result.runs[key] = ImportRun.objects.create(
            file_name=path.name[-200:],
            layout="export",
            source=record["source"],
            edition=record["edition"],
            is_complete=record["is_complete"],
            status=ImportRun.Status.APPLIED,
            finished_at=timezone.now(),
            messages=["restored from an export"],
        )
    return result.runs[key]
