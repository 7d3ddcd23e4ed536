"""Rows of a file on their way in: normalised one at a time and copied into a temporary table.

Nothing is held in memory but one batch, so a file may be of any length.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from clinics.imports import keys
from clinics.imports.rows import MENTAL_HEALTH, SUBSTANCE_USE, FacilityRow, Rejection, rejection
from clinics.models import Clinic, ImportRejection, ServiceCode

FINDTREATMENT_CODEBOOK = "findtreatment"
BATCH_ROWS = 2000
SHOWN_CODES = 200  # unknown codes that a report names; a directory has a handful
LIMITED_FIELDS = {
    name: Clinic._meta.get_field(name).max_length
    for name in ("name", "name_detail", "street", "street_detail", "city", "county", "website")
}

STAGED_COLUMNS = (
    "n line directory record_key content_hash name_key street_key address house zip_code phone latitude longitude row"
).split()
CREATE_STAGED = """
    DROP TABLE IF EXISTS staged;
    CREATE TEMPORARY TABLE staged (
        n integer PRIMARY KEY,
        line integer, directory text, record_key text, content_hash text, name_key text, street_key text,
        address text, house text, zip_code text, phone text,
        latitude float8, longitude float8, position cube GENERATED ALWAYS AS ({point}) STORED,
        row jsonb, clinic_id bigint, rule text)
"""


class Staging:
    """What came of reading one file: the table `staged`, and what was left out and why."""

    def __init__(self, cursor, directory, run, *, include_mental_health: bool):
        self.cursor, self.directory, self.run = cursor, directory, run
        self.include_mental_health = include_mental_health
        self.rows = self.skipped = self.repeated = 0
        self.rejections: list[Rejection] = []
        self.unknown_codes: Counter[str] = Counter()
        self.oddities: Counter[str] = Counter()
        self.known_codes = set(ServiceCode.objects.values_list("edition", "code"))

    def read(self, rows: Iterable[FacilityRow | Rejection]) -> None:
        """Stage all `rows`; raises UnreadableFile if the file turns out to be damaged further on."""
        batch = []
        for self.rows, row in enumerate(rows, start=1):
            if staged := self._staged(row):
                batch.append(staged)
            if len(batch) == BATCH_ROWS:
                copy_rows(self.cursor, "staged", STAGED_COLUMNS, batch)
                batch.clear()
        copy_rows(self.cursor, "staged", STAGED_COLUMNS, batch)
        self.cursor.execute("CREATE INDEX ON staged (record_key, directory)")
        self._unite_repeats()
        self.cursor.execute("ANALYZE staged")
        ImportRejection.objects.bulk_create(
            (ImportRejection(run=self.run, line=r.line, reason=r.reason[:200], text=r.text) for r in self.rejections),
            batch_size=BATCH_ROWS,
        )

    def _staged(self, row: FacilityRow | Rejection) -> tuple | None:
        if isinstance(row, FacilityRow) and (reason := too_long(row)):
            row = rejection(row.line, reason, [row.name[:200], row.city[:200], row.state])
        if isinstance(row, Rejection):
            self.rejections.append(row)
            return None
        if row.treats == {MENTAL_HEALTH} and not self.include_mental_health:
            self.skipped += 1
            return None
        self.oddities.update(kind_of(note) for note in row.notes)
        directory = next((kind for kind in (SUBSTANCE_USE, MENTAL_HEALTH) if kind in row.treats), "")
        record = as_record(row, self._codebook_of(directory, row))
        self._report_unknown(record)
        return staged_row(self.rows, directory, record)

    def _codebook_of(self, directory: str, row: FacilityRow) -> str:
        if row.meanings is not None:
            return FINDTREATMENT_CODEBOOK
        books = self.directory.codebook or {}
        return books.get(directory) or next(iter(books.values()), "")

    def _report_unknown(self, record: dict) -> None:
        for code in stated_codes(record):
            known = (record["codebook"], code) in self.known_codes
            if not known and (code in self.unknown_codes or len(self.unknown_codes) < SHOWN_CODES):
                self.unknown_codes[code] += 1

    def _unite_repeats(self) -> None:
        """Rows of one file and directory with the same name, street and ZIP are one clinic: the first keeps all."""
        self.cursor.execute(
            """
            SELECT array_agg(n ORDER BY n), array_agg(row ORDER BY n) FROM staged
            GROUP BY record_key HAVING count(*) > 1 ORDER BY min(n)
            """
        )
        for numbers, records in self.cursor.fetchall():
            # Django's connection leaves jsonb as text inside arrays of it.
            united = unite([record if isinstance(record, dict) else json.loads(record) for record in records])
            self.cursor.execute(
                "UPDATE staged SET row = %s, content_hash = %s WHERE n = %s",
                [as_json(united), content_hash(united), numbers[0]],
            )
            self.cursor.execute("DELETE FROM staged WHERE n = ANY(%s)", [numbers[1:]])
            self.repeated += len(numbers) - 1

    def messages(self) -> Iterator[str]:
        for column in self.directory.unknown_columns:
            yield f"unknown column '{column}', ignored"
        for code, count in sorted(self.unknown_codes.items()):
            yield f"code {code} is not in the code book: kept as text, {facilities(count)}"
        for oddity, count in self.oddities.most_common(20):
            yield f"{oddity}: {facilities(count)}"


def staged_row(number: int, directory: str, record: dict) -> tuple:
    name = keys.name_key(record["name"], record["name_detail"])
    street = keys.street_key(record["street"], record["street_detail"])
    address = keys.address_of(street)
    hidden = keys.is_withheld(record["street"])  # then the source's point is that of the ZIP
    latitude, longitude = (None, None) if hidden else (record["latitude"], record["longitude"])
    where = street
    if not record["street"] and latitude is not None:  # a list that prints no streets tells places apart by points
        where = f"{latitude:.4f} {longitude:.4f}"
    return (
        number,
        record["line"],
        directory,
        keys.digest(directory, name, where, record["zip_code"] or f"{record['city'].casefold()} {record['state']}"),
        content_hash(record),
        name,
        street,
        address,
        address.split(" ")[0] if address[:1].isdigit() else "",
        record["zip_code"],
        record["phone"].partition(" ")[0],
        latitude,
        longitude,
        as_json(record),
    )


def as_record(row: FacilityRow, codebook: str) -> dict:
    """The row as SourceRecord keeps it: all that the source states, and the code book its codes belong to."""
    record = asdict(row)
    record["treats"] = sorted(row.treats)
    record["certified_on"] = row.certified_on and row.certified_on.isoformat()
    record["codebook"] = codebook
    return record


def stated_codes(record: dict) -> list[str]:
    """The keys of a record's services in its code book."""
    return [meaning_key(text) for _, text in record["meanings"] or ()] + list(record["codes"] or ())


def meaning_key(text: str) -> str:
    """FindTreatment.gov states no codes: there the meaning itself is the code."""
    return " ".join(text.replace("\u00ae", "").lower().split())


def unite(records: list[dict]) -> dict:
    """The first of several rows of one clinic, with the services and the intake lines of all."""
    united = dict(records[0])
    for field in ("codes", "meanings", "intake_phones", "npis"):
        lists = [record[field] for record in records if record[field] is not None]
        entries = [tuple(entry) if isinstance(entry, list) else entry for several in lists for entry in several]
        united[field] = list(dict.fromkeys(entries)) if lists else None
    others = [record["phone"] for record in records if record["phone"] not in ("", united["phone"])]
    united["phone"] = united["phone"] or next(iter(others), "")
    lines = [*united["intake_phones"], *others]
    united["intake_phones"] = [line for line in dict.fromkeys(lines) if line != united["phone"]]
    return united


def too_long(row: FacilityRow) -> str:
    for field, longest in LIMITED_FIELDS.items():
        if len(getattr(row, field)) > longest:
            return f"{field.replace('_', ' ')} of more than {longest} characters"
    return ""


def kind_of(note: str) -> str:
    """A note without the value it quotes, so that equal ones can be counted."""
    return " ".join(note.split("'")[::2]).replace("  ", " ").strip() if note.count("'") >= 2 else note


def facilities(count: int) -> str:
    return f"{count:,} facilit{'y' if count == 1 else 'ies'}"


def as_json(record: dict) -> str:
    return json.dumps(record, ensure_ascii=False)


def content_hash(record: dict) -> str:
    """The same for the same facts, wherever in a file and in whichever layout they were printed."""
    facts = {key: value for key, value in record.items() if key not in ("line", "notes")}
    return keys.digest(json.dumps(facts, sort_keys=True))


def copy_rows(cursor, table: str, columns: Iterable[str], rows: Iterable[tuple]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    buffer.seek(0)
    cursor.cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv)", buffer)
