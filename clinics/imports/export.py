"""The directory as a CSV or XLSX with one row for each clinic: its fields, their sources and its source records.

`clinics/imports/restore.py` reads it back to the same state. Texts that a spreadsheet would take for a formula are
escaped, see core/csv.py.
"""

import csv
import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from openpyxl import Workbook

from clinics.availability import AVAILABILITY_FIELDS, HOURS_FIELDS
from clinics.imports.fields import EDITABLE_FIELDS
from clinics.imports.readers import DirectoryError
from clinics.imports.readers.layouts import OWN_EXPORT
from clinics.imports.readers.workbooks import opened_workbook
from clinics.locations.placing import point_keys
from clinics.models import AddressPoint, Clinic, FactGroup, PointQuality, Service, Source
from clinics.models.provenance import HUMAN_SOURCES
from core.csv import escape_formula, unescape_formula, write_csv

LARGEST_CELL = 32_000  # characters; a workbook allows 32,767
RECORD_COLUMNS = [f"evidence_{place}" for place in range(1, 7)]
RECORD_FIELDS = (
    *("source", "edition", "directory", "record_key", "content_hash", "name_key", "street_key", "zip_code", "line"),
    "row",
)
LIST_FIELDS = ("other_phones", "intake_phones", "hotlines", "other_services")  # as JSON
PLAIN_FIELDS = tuple(name for name in EDITABLE_FIELDS if name not in LIST_FIELDS)
NUMBERS = frozenset(["latitude", "longitude"])
UNSTATED_IS_NULL = (*AVAILABILITY_FIELDS, *HOURS_FIELDS)  # together in one column, as JSON
ANSWERS = ("answers", "answers_stated")  # in that column too, where there are any
LISTING_FIELDS = ("is_listed", "closed_on", "missing_from")
PROVENANCE_COLUMNS = [f"{group}_source" for group in FactGroup.values]
# Where it stands, for whoever reads the table; what is restored are the points that are known of its address.
POINT_COLUMNS = ("latitude", "longitude", "point_quality", "points")
COLUMNS = [
    *(
        "clinic",
        *PLAIN_FIELDS,
        *POINT_COLUMNS,
        *LIST_FIELDS[:-1],
        *LISTING_FIELDS,
        "services",
        "other_services",
        "access",
    ),
    *PROVENANCE_COLUMNS,
    *RECORD_COLUMNS,
]
# What older exports do not state.
ADDED_LATER = {"other_phones": "[]", "hotlines": "[]", "phone_as_written": "", "point_quality": "", "points": ""}
NO_LONGER = frozenset(["is_approximate"])  # columns of older exports
FIELD_OF = {field.name: field for field in Clinic._meta.concrete_fields}
BATCH = 500

Provenance = tuple[str, str, date | None]  # source, edition, and when a person confirmed it


KnownPoint = tuple[str, str, str, float, float, str]  # source, as of, quality, latitude, longitude, directory


class ExportedClinic(TypedDict):
    """A row of an export, as the values that it was written from."""

    pk: int
    fields: dict[str, Any]  # of Clinic
    services: list[str]  # slugs
    provenance: dict[str, Provenance]  # by fact group
    records: list[dict[str, Any]]  # RECORD_FIELDS, and whether the run was complete
    points: list[KnownPoint]  # of its address, but for those of its records


class ExportTooLarge(Exception):  # noqa: N818 - what happened; str() is a plain sentence
    """The source records of a clinic do not fit into the cells of a table."""


def export_rows() -> Iterator[dict[str, str]]:
    """One row for each clinic, as texts, without merged and invented clinics. Raises ExportTooLarge."""
    slugs = dict(Service.objects.values_list("pk", "slug"))
    clinics = Clinic.objects.filter(is_demo=False, merged_into=None).order_by("pk")
    clinics = clinics.defer("position").prefetch_related("confirmations", "source_records__run")
    known = points_by_address()
    for clinic in clinics.iterator(chunk_size=BATCH):
        row = {"clinic": clinic.pk} | {name: getattr(clinic, name) for name in (*PLAIN_FIELDS, *LISTING_FIELDS)}
        row |= {name: getattr(clinic, name) for name in POINT_COLUMNS[:-1]}
        row["points"] = json.dumps(points_of(clinic, known))
        row |= {name: json.dumps(getattr(clinic, name), ensure_ascii=False) for name in LIST_FIELDS}
        row["services"] = " ".join(slugs[pk] for pk in clinic.all_service_ids)
        stated = {name: getattr(clinic, name) for name in UNSTATED_IS_NULL}
        stated |= {name: getattr(clinic, name) for name in ANSWERS if clinic.answers}
        row["access"] = json.dumps({name: value for name, value in stated.items() if value is not None})
        for confirmation in clinic.confirmations.all():
            provenance = [confirmation.source, confirmation.edition, str(confirmation.confirmed_on or "")]
            row[f"{confirmation.fact_group}_source"] = "|".join(provenance)
        row |= _records(clinic)
        yield {name: _text(row.get(name)) for name in COLUMNS}


def points_by_address() -> dict[tuple[str, str], list[KnownPoint]]:
    """What is known of every address besides the points of records, in one order."""
    known: dict[tuple[str, str], list[KnownPoint]] = {}
    names = ("source", "as_of", "quality", "latitude", "longitude", "directory")
    for zip_code, address, *point in AddressPoint.objects.values_list("zip_code", "address", *names):
        known.setdefault((zip_code, address), []).append(tuple(point))
    return {key: sorted(points) for key, points in known.items()}


def points_of(clinic: Clinic, known: dict[tuple[str, str], list[KnownPoint]]) -> list[KnownPoint]:
    return sorted(point for key in point_keys(clinic) for point in known.get(key, []))


def _text(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _records(clinic: Clinic) -> dict[str, str]:
    """The clinic's source records as JSON, cut into cells."""
    records = [
        [*(getattr(record, name) for name in RECORD_FIELDS), record.run.is_complete]
        for record in sorted(clinic.source_records.all(), key=lambda record: record.pk)
    ]
    text = json.dumps(records, ensure_ascii=False)
    cells = [text[start : start + LARGEST_CELL] for start in range(0, len(text), LARGEST_CELL)]
    if len(cells) > len(RECORD_COLUMNS):
        raise ExportTooLarge(f"The evidence of clinic {clinic.pk} does not fit; nothing was written.")
    return dict(zip(RECORD_COLUMNS, cells, strict=False))


def write_csv_file(path: Path, rows: Iterable[dict[str, str]]) -> int:
    """Returns the number of rows."""
    with path.open("w", newline="", encoding="utf-8") as out:
        return write_csv(out, COLUMNS, rows)


def write_workbook(path: Path, rows: Iterable[dict[str, str]]) -> int:
    """Returns the number of rows. All but NUMBERS are texts: a spreadsheet would take a ZIP code for a number."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Clinics")
    sheet.append(COLUMNS)
    count = 0
    for row in rows:
        sheet.append([_cell(name, row[name]) for name in COLUMNS])
        count += 1
    book.save(path)
    return count


def _cell(name: str, text: str) -> str | float | None:
    return None if not text else float(text) if name in NUMBERS else str(escape_formula(text))


def is_export(path: Path) -> bool:
    """Whether a file is one of ours, of whichever release, by its headings."""
    try:
        with closing(_raw_rows(path)) as rows:
            return next(rows, {}).keys() >= OWN_EXPORT
    except (OSError, ValueError, csv.Error, DirectoryError):
        return False  # not ours: the readers say what is wrong with it


def read_rows(path: Path) -> Iterator[ExportedClinic]:
    """The rows of an export, as the values that they were written from."""
    for line, row in enumerate(_raw_rows(path), start=2):
        if unknown := [name for name in row if name and name not in COLUMNS and name not in NO_LONGER]:
            raise ValueError(f"It has the column '{unknown[0]}', which is not known here; a newer release wrote it.")
        try:
            yield _values(ADDED_LATER | {name: unescape_formula(text) for name, text in row.items()})
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"Line {line} of the export is damaged; export it again.") from error


def _raw_rows(path: Path) -> Generator[dict[str, str], None, None]:
    if path.suffix.lower() == ".xlsx":
        with opened_workbook(path) as book:
            rows = book.worksheets[0].iter_rows(values_only=True)
            names = list(next(rows, ()))
            for cells in rows:
                # A workbook leaves out the empty cells at the end of a row.
                texts = ["" if cell is None else str(cell) for cell in cells]
                yield dict(zip(names, texts + [""] * (len(names) - len(texts)), strict=True))
        return
    csv.field_size_limit(LARGEST_CELL * 2)
    with path.open(newline="", encoding="utf-8") as stream:
        yield from csv.DictReader(stream, strict=True)


def _values(row: dict[str, str]) -> ExportedClinic:
    fields: dict[str, Any] = {name: _parsed(name, row[name]) for name in (*PLAIN_FIELDS, *LISTING_FIELDS)}
    fields |= {name: json.loads(row[name]) for name in LIST_FIELDS}
    stated = json.loads(row["access"] or "{}")
    fields |= {name: stated.get(name) for name in UNSTATED_IS_NULL}
    fields |= {name: stated.get(name, {}) for name in ANSWERS}
    for name in HOURS_FIELDS:
        fields[name] = None if fields[name] is None else tuple(map(tuple, fields[name]))
    provenance: dict[str, Provenance] = {}
    for group, column in zip(FactGroup.values, PROVENANCE_COLUMNS, strict=True):
        if row[column]:
            source, edition, confirmed_on = row[column].split("|")
            provenance[group] = (source, edition, date.fromisoformat(confirmed_on) if confirmed_on else None)
    records = [
        dict(zip((*RECORD_FIELDS, "is_complete"), record, strict=True))
        for record in json.loads("".join(row[name] for name in RECORD_COLUMNS) or "[]")
    ]
    return {
        "pk": int(row["clinic"]),
        "fields": fields,
        "services": row["services"].split(),
        "provenance": provenance,
        "records": records,
        "points": _points(row, provenance, records),
    }


def _points(row: dict[str, str], provenance: dict[str, Provenance], records: list[dict[str, Any]]) -> list[KnownPoint]:
    """An older export states one point: an exact one was given by a person, if not by the records."""
    if row["points"] or "is_approximate" not in row:
        return [tuple(point) for point in json.loads(row["points"] or "[]")]
    source, _edition, day = provenance.get(FactGroup.CONTACT, ("", "", None))
    if row["is_approximate"] == "True" or not row["latitude"] or (records and source not in HUMAN_SOURCES):
        return []
    giver = Source.EDITOR if source == Source.EDITOR else Source.OWNER
    at = float(row["latitude"]), float(row["longitude"])
    return [(giver.value, str(day or ""), PointQuality.ROOFTOP.value, *at, "")]


def _parsed(name: str, text: str) -> Any:
    """A cell as a value of the clinic's field. Raises ValueError."""
    field = FIELD_OF[name]
    try:
        return None if field.null and not text else field.to_python(text)
    except ValidationError as error:
        raise ValueError(f"{name}: {text}") from error
