"""The directory as a table that reads back to the same state: every clinic with its facts, who vouches, and the
evidence. A CSV or XLSX of one row a clinic.

A text cell that a spreadsheet would take for a formula is written with an apostrophe before it, and so is one that
begins with an apostrophe, so that exactly one is taken off again.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from clinics.availability import AVAILABILITY_FIELDS, HOURS_FIELDS
from clinics.imports.derive import CONTACT_FIELDS
from clinics.imports.readers import DirectoryError
from clinics.imports.readers.workbooks import opened_workbook
from clinics.models import Clinic, FactGroup, Service
from core.csv import escape_formula, unescape_formula, write_csv

LARGEST_CELL = 32_000  # characters; a workbook allows 32,767
RECORD_COLUMNS = [f"evidence_{place}" for place in range(1, 7)]
RECORD_FIELDS = (
    *("source", "edition", "directory", "record_key", "content_hash", "name_key", "street_key", "zip_code", "line"),
    "row",
)
PLAIN_FIELDS = [name for name in CONTACT_FIELDS if name not in ("city_slug", "intake_phones")]
ACCESS_FIELDS = (*AVAILABILITY_FIELDS, *HOURS_FIELDS)
STATE_FIELDS = ["is_listed", "closed_on", "missing_from"]
VOUCHER_COLUMNS = [f"{group}_source" for group in FactGroup.values]
COLUMNS = [
    *("clinic", *PLAIN_FIELDS, "intake_phones", *STATE_FIELDS, "services", "other_services", "access"),
    *VOUCHER_COLUMNS,
    *RECORD_COLUMNS,
]
BATCH = 500


class ExportTooLarge(Exception):  # noqa: N818 - what happened; str() is a plain sentence
    """A clinic's evidence does not fit into the cells of a table."""


def export_rows() -> Iterator[dict[str, str]]:
    """One row a clinic, as texts; merged and invented clinics are left out. Raises ExportTooLarge."""
    slugs = dict(Service.objects.values_list("pk", "slug"))
    clinics = Clinic.objects.filter(is_demo=False, merged_into=None).order_by("pk")
    clinics = clinics.defer("position").prefetch_related("confirmations", "source_records__run")
    for clinic in clinics.iterator(chunk_size=BATCH):
        row = {"clinic": clinic.pk} | {name: getattr(clinic, name) for name in (*PLAIN_FIELDS, *STATE_FIELDS)}
        row["intake_phones"] = json.dumps(clinic.intake_phones)
        row["services"] = " ".join(slugs[pk] for pk in clinic.service_ids)
        row["other_services"] = json.dumps(clinic.other_services, ensure_ascii=False)
        row["access"] = _access(clinic)
        for confirmation in clinic.confirmations.all():
            said = [confirmation.source, confirmation.edition, str(confirmation.confirmed_on or "")]
            row[f"{confirmation.fact_group}_source"] = "|".join(said)
        row |= _evidence(clinic)
        yield {name: _text(row.get(name)) for name in COLUMNS}


def _access(clinic: Clinic) -> str:
    """The access facts that are stated, as JSON."""
    facts = {name: getattr(clinic, name) for name in ACCESS_FIELDS}
    return json.dumps({name: value for name, value in facts.items() if value is not None})


def _text(value) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _evidence(clinic: Clinic) -> dict[str, str]:
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
    """Returns the number of rows. Cells are texts: what a spreadsheet guesses of a ZIP code loses its zeros."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Clinics")
    sheet.append(COLUMNS)
    count = 0
    for row in rows:
        sheet.append([escape_formula(row[name]) or None for name in COLUMNS])
        count += 1
    book.save(path)
    return count


def is_export(path: Path) -> bool:
    """Whether a file is one of ours, told by its headings."""
    try:
        with closing(_raw_rows(path)) as rows:
            return list(next(rows, {})) == COLUMNS
    except (OSError, ValueError, csv.Error, DirectoryError):
        return False  # whatever it is, it is not ours; the readers say what is wrong with it


def read_rows(path: Path) -> Iterator[dict]:
    """The rows of an export with their values restored: what `export_rows` was given."""
    for line, row in enumerate(_raw_rows(path), start=2):
        try:
            yield _values({name: unescape_formula(text) for name, text in row.items()})
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"Line {line} of the export is damaged; export it again.") from error


def _raw_rows(path: Path) -> Iterator[dict[str, str]]:
    if path.suffix.lower() == ".xlsx":
        with opened_workbook(path) as book:
            rows = book.worksheets[0].iter_rows(values_only=True)
            names = list(next(rows, ()))
            for cells in rows:
                # A row that ends in empty cells is stored short.
                texts = ["" if cell is None else str(cell) for cell in cells]
                yield dict(zip(names, texts + [""] * (len(names) - len(texts)), strict=True))
        return
    csv.field_size_limit(LARGEST_CELL * 2)
    with path.open(newline="", encoding="utf-8") as stream:
        yield from csv.DictReader(stream, strict=True)


def _values(row: dict[str, str]) -> dict:
    """The texts of a row as the values they stand for."""
    truth = {"True": True, "False": False}
    values = {name: row[name] for name in (*PLAIN_FIELDS, "missing_from")}
    values |= {name: float(row[name]) if row[name] else None for name in ("latitude", "longitude")}
    values |= {name: truth[row[name]] for name in ("is_approximate", "is_listed")}
    values["closed_on"] = date.fromisoformat(row["closed_on"]) if row["closed_on"] else None
    values["intake_phones"] = json.loads(row["intake_phones"])
    values["other_services"] = json.loads(row["other_services"])
    access = json.loads(row["access"] or "{}")
    values |= {name: access.get(name) for name in ACCESS_FIELDS}
    for name in HOURS_FIELDS:
        values[name] = None if values[name] is None else tuple(map(tuple, values[name]))
    vouchers = {}
    for group, column in zip(FactGroup.values, VOUCHER_COLUMNS, strict=True):
        if row[column]:
            source, edition, confirmed_on = row[column].split("|")
            vouchers[group] = (source, edition, date.fromisoformat(confirmed_on) if confirmed_on else None)
    records = [
        dict(zip((*RECORD_FIELDS, "is_complete"), record, strict=True))
        for record in json.loads("".join(row[name] for name in RECORD_COLUMNS) or "[]")
    ]
    return {
        "pk": int(row["clinic"]),
        "facts": values,
        "services": row["services"].split(),
        "vouchers": vouchers,
        "records": records,
    }
