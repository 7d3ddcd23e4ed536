"""Rows of a file on their way in: normalised one at a time and copied into a temporary table.

Nothing is held in memory but one batch, so a file may be of any length.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import groupby, islice
from operator import itemgetter

from django.db import connection

from clinics.geo import POINT_IN_SPACE_SQL
from clinics.imports import normalization
from clinics.imports.rows import MENTAL_HEALTH, SUBSTANCE_USE, FacilityRow, Rejection, rejection
from clinics.models import Clinic, ImportRejection, ServiceCode
from core.csv import copy_rows

FINDTREATMENT_CODEBOOK = "findtreatment"
BATCH_ROWS = 2000
ROW_FIELDS = [field.name for field in fields(FacilityRow)]
SHOWN_CODES = 200  # unknown codes that a report names; a directory has a handful
LIMITED_FIELDS = {
    name: Clinic._meta.get_field(name).max_length
    for name in ("name", "name_detail", "street", "street_detail", "city", "county", "website")
}

STAGED_COLUMNS = [
    *("n", "line", "directory", "record_key", "content_hash", "name_key", "street_key"),
    *("address", "house", "zip_code", "phone", "latitude", "longitude", "row"),
]
CREATE_STAGED = f"""
    DROP TABLE IF EXISTS staged;
    CREATE TEMPORARY TABLE staged (
        n integer PRIMARY KEY,
        line integer, directory text, record_key text, content_hash text, name_key text, street_key text,
        address text, house text, zip_code text, phone text,
        latitude float8, longitude float8, position cube GENERATED ALWAYS AS ({POINT_IN_SPACE_SQL}) STORED,
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
        self.known_codes: dict[str, set[str]] = defaultdict(set)
        for book, code in ServiceCode.objects.values_list("edition", "code"):
            self.known_codes[book].add(code)

    def read(self, rows: Iterable[FacilityRow | Rejection]) -> None:
        """Stage all `rows`; raises UnreadableFile if the file turns out to be damaged further on."""
        self.cursor.execute(CREATE_STAGED)
        for batch in batches(self._normalised(rows)):
            copy_rows(self.cursor, "staged", STAGED_COLUMNS, batch)
        # Before any row is updated: an index made later would not be used in this transaction.
        self.cursor.execute(
            "CREATE INDEX ON staged (record_key); CREATE INDEX ON staged (zip_code, address);"
            "CREATE INDEX ON staged (clinic_id)"
        )
        self.cursor.execute("ANALYZE staged")
        self._unite_repeats()
        ImportRejection.objects.bulk_create(
            (ImportRejection(run=self.run, line=r.line, reason=r.reason[:200], text=r.text) for r in self.rejections),
            batch_size=BATCH_ROWS,
        )

    def _normalised(self, rows: Iterable[FacilityRow | Rejection]) -> Iterator[tuple]:
        for self.rows, row in enumerate(rows, start=1):
            if staged := self._staged(row):
                yield staged

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
        for code in set(stated_codes(record)) - self.known_codes[record["codebook"]]:
            if code in self.unknown_codes or len(self.unknown_codes) < SHOWN_CODES:
                self.unknown_codes[code] += 1

    def _unite_repeats(self) -> None:
        """Rows of one file and directory with the same name, street and ZIP are one clinic: the first keeps all."""
        repeats = stream(
            """
            SELECT record_key, n, row FROM staged
            WHERE record_key IN (SELECT record_key FROM staged GROUP BY record_key HAVING count(*) > 1)
            ORDER BY record_key, n
            """
        )
        for _, rows in groupby(repeats, key=itemgetter(0)):
            first, united = 0, {}
            for _, n, text in rows:
                record = json.loads(text)
                first, united = (first, unite(united, record)) if united else (n, record)
            self.cursor.execute(
                "UPDATE staged SET row = %s, content_hash = %s WHERE n = %s",
                [as_json(united), content_hash(united), first],
            )
        self.cursor.execute(
            """
            DELETE FROM staged s
            USING (SELECT record_key, min(n) AS n FROM staged GROUP BY record_key HAVING count(*) > 1) AS first
            WHERE first.record_key = s.record_key AND first.n < s.n
            """
        )
        self.repeated = self.cursor.rowcount

    def messages(self) -> Iterator[str]:
        for column in self.directory.unknown_columns:
            yield f"unknown column '{column}', ignored"
        for code, count in sorted(self.unknown_codes.items()):
            yield f"code {code} is not in the code book: kept as text, {facilities(count)}"
        for oddity, count in self.oddities.most_common(20):
            yield f"{oddity}: {facilities(count)}"


def staged_row(number: int, directory: str, record: dict) -> tuple:
    name = normalization.name_key(record["name"], record["name_detail"])
    street = normalization.street_key(record["street"], record["street_detail"])
    address = normalization.address_of(street)
    hidden = normalization.is_withheld(record["street"])  # then the source's point is that of the ZIP
    latitude, longitude = (None, None) if hidden else (record["latitude"], record["longitude"])
    where = street
    if not record["street"] and latitude is not None:  # a list that prints no streets tells places apart by points
        where = f"{latitude:.4f} {longitude:.4f}"
    return (
        number,
        record["line"],
        directory,
        normalization.digest(
            directory, name, where, record["zip_code"] or f"{record['city'].casefold()} {record['state']}"
        ),
        content_hash(record),
        name,
        street,
        address,
        normalization.house_of(street),
        record["zip_code"],
        record["phone"].partition(" ")[0],
        latitude,
        longitude,
        as_json(record),
    )


def as_record(row: FacilityRow, codebook: str) -> dict:
    """The row as SourceRecord keeps it: all that the source states, and the code book its codes belong to."""
    record = {name: getattr(row, name) for name in ROW_FIELDS}
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


def unite(record: dict, repeat: dict) -> dict:
    """`record` with the services and the lines that its `repeat` states besides."""
    united = dict(record)
    for field in ("codes", "meanings", "intake_phones", "npis"):
        if repeat[field] is not None:
            both = [*(record[field] or ()), *repeat[field]]
            united[field] = [entry for at, entry in enumerate(both) if entry not in both[:at]]
    united["phone"] = record["phone"] or repeat["phone"]
    if repeat["phone"] not in ("", united["phone"], *united["intake_phones"]):
        united["intake_phones"].append(repeat["phone"])
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
    return normalization.digest(json.dumps(facts, sort_keys=True))


def stream(sql: str, params=()) -> Iterator[tuple]:
    """The rows of a query, fetched as they are used; the tables may be changed meanwhile."""
    with connection.connection.cursor(name="import_stream") as cursor:
        cursor.itersize = BATCH_ROWS
        cursor.execute(sql, params)
        yield from cursor


def batches(rows: Iterable, size: int = BATCH_ROWS) -> Iterator[list]:
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch
