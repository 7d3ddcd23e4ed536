"""The rows of a file, normalized one at a time and copied into the temporary table `staged`.

Only one batch is in memory at a time, so a file may be of any length.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import CharField

from clinics.geo import POINT_IN_SPACE_SQL, Coordinates
from clinics.imports import normalization
from clinics.imports.fields import CONTACT_FIELDS
from clinics.imports.readers import UNDATED, DirectoryFile
from clinics.imports.rows import EMPTY_ROW, MENTAL_HEALTH, SUBSTANCE_USE, FacilityRow, Rejection, rejection
from clinics.locations.judge import Judge, Stated
from clinics.locations.known_places import KnownPlaces
from clinics.models import Clinic, ImportRejection, ImportRun, ServiceCode
from core.csv import copy_rows

Row = TypeVar("Row")

FINDTREATMENT_CODEBOOK = "findtreatment"
BATCH_ROWS = 2000
ROW_FIELDS = [field.name for field in fields(FacilityRow)]
SHOWN_CODES = 200  # unknown codes that a report names; a directory has a handful
LIMITED_FIELDS = {
    name: column.max_length
    for name in ROW_FIELDS
    if name in CONTACT_FIELDS and isinstance(column := Clinic._meta.get_field(name), CharField) and column.max_length
}


class StagedRow(NamedTuple):
    """A row of the table `staged`, before it has a clinic."""

    n: int
    line: int
    directory: str
    record_key: str
    content_hash: str
    name_key: str
    street_key: str
    address: str
    house: str
    zip_code: str
    phone: str
    latitude: float | None
    longitude: float | None
    row: str  # JSON


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
    """Reads one file into the table `staged`, and knows what was left out and why."""

    def __init__(
        self, cursor: CursorWrapper, directory: DirectoryFile, run: ImportRun, *, include_mental_health: bool
    ) -> None:
        self.cursor, self.directory, self.run = cursor, directory, run
        self.include_mental_health = include_mental_health
        self.rows = self.skipped = self.repeated = self.points_stated = 0
        self.rejections: list[Rejection] = []
        self.empty_rows = self.first_empty = self.last_empty = 0  # how many, and the lines of the first and the last
        self.unknown_codes: Counter[str] = Counter()
        self.oddities: Counter[str] = Counter()
        self.first_line_of: dict[str, int] = {}  # of an oddity
        self.places = KnownPlaces.everywhere()
        self.known_codes: dict[str, set[str]] = defaultdict(set)
        for book, code in ServiceCode.objects.values_list("edition", "code"):
            self.known_codes[book].add(code)

    def read(self, rows: Iterable[FacilityRow | Rejection]) -> None:
        """Stage all `rows`; raises UnreadableFile if the file turns out to be damaged further on."""
        self.cursor.execute(CREATE_STAGED)
        for batch in batches(self._staged_rows(rows)):
            copy_rows(self.cursor, "staged", StagedRow._fields, batch)
        # Before any row is updated: an index made later would not be used in this transaction.
        self.cursor.execute(
            "CREATE INDEX ON staged (record_key); CREATE INDEX ON staged (zip_code, address);"
            "CREATE INDEX ON staged (clinic_id)"
        )
        self.cursor.execute("ANALYZE staged")
        if not self.run.points_only:  # each row's point counts there, also those of the same clinic
            self._merge_repeats()
        self._store(self.rejections)

    def reject(self, rejections: Iterable[Rejection]) -> None:
        """Leave out rows that were read already."""
        more = list(rejections)
        self.rejections += more
        self._store(more)

    def _store(self, rejections: Iterable[Rejection]) -> None:
        ImportRejection.objects.bulk_create(
            (ImportRejection(run=self.run, line=r.line, reason=r.reason[:200], text=r.text) for r in rejections),
            batch_size=BATCH_ROWS,
        )

    def _staged_rows(self, rows: Iterable[FacilityRow | Rejection]) -> Iterator[StagedRow]:
        for row in rows:
            if isinstance(row, Rejection) and row.reason == EMPTY_ROW:
                self.empty_rows, self.last_empty = self.empty_rows + 1, row.line
                self.first_empty = self.first_empty or row.line
                continue
            self.rows += 1
            if staged := self._staged(row):
                yield staged

    def _staged(self, row: FacilityRow | Rejection) -> StagedRow | None:
        if isinstance(row, FacilityRow) and (reason := too_long(row)):
            row = rejection(row.line, reason, [row.name[:200], row.city[:200], row.state])
        if isinstance(row, Rejection):
            self.rejections.append(row)
            return None
        if row.treats == {MENTAL_HEALTH} and not self.include_mental_health:
            self.skipped += 1
            return None
        self.points_stated += row.latitude is not None
        row, is_believed = self._judged(row)
        for note in map(without_quotes, row.notes):
            self.oddities[note] += 1
            self.first_line_of.setdefault(note, row.line)
        directory = next((kind for kind in (SUBSTANCE_USE, MENTAL_HEALTH) if kind in row.treats), "")
        stored = stored_row(row, self._codebook_of(directory, row))
        self._count_unknown_codes(stored)
        return staged_row(self.rows, directory, stored, is_believed=is_believed)

    def _judged(self, row: FacilityRow) -> tuple[FacilityRow, bool]:
        """The row with its state mended and its point noted if it is not believed; and whether the point is."""
        point = None
        if row.latitude is not None and row.longitude is not None:
            point = Coordinates(row.latitude, row.longitude)
        judge = Judge(self.places, Stated(row.state, row.zip_code, row.county, row.city))
        if state := judge.misread_state(point):
            note = f"state '{row.state}' read as {state}, where its ZIP code is"
            row = replace(row, state=state, notes=(*row.notes, note))
            judge = Judge(self.places, Stated(row.state, row.zip_code, row.county, row.city))
        if point is None:
            return row, False
        reason, _is_tie = judge.reason_against(point)
        if not reason:
            return row, True
        said = reason if reason.startswith("not in") else f"far from its address '({reason})'"
        note = f"coordinates '{row.latitude}, {row.longitude}' left out: {said}"
        return replace(row, notes=(*row.notes, note)), False

    def _codebook_of(self, directory: str, row: FacilityRow) -> str:
        if row.meanings is not None:
            return FINDTREATMENT_CODEBOOK
        books = self.directory.codebook or {}
        return books.get(directory) or next(iter(books.values()), "")

    def _count_unknown_codes(self, row: dict[str, Any]) -> None:
        for code in set(stated_codes(row)) - self.known_codes[row["codebook"]]:
            if code in self.unknown_codes or len(self.unknown_codes) < SHOWN_CODES:
                self.unknown_codes[code] += 1

    def _merge_repeats(self) -> None:
        """Rows of one directory with the same name, street and ZIP are one clinic: merge them into the first."""
        repeats = stream(
            """
            SELECT record_key, n, row FROM staged
            WHERE record_key IN (SELECT record_key FROM staged GROUP BY record_key HAVING count(*) > 1)
            ORDER BY record_key, n
            """
        )
        for _, rows in groupby(repeats, key=itemgetter(0)):
            first = 0
            merged: dict[str, Any] = {}
            for _, n, text in rows:
                row = json.loads(text)
                first, merged = (first, merge_rows(merged, row)) if merged else (n, row)
            self.cursor.execute(
                "UPDATE staged SET row = %s, content_hash = %s WHERE n = %s",
                [as_json(merged), content_hash(merged), first],
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
        if self.empty_rows:
            lines = (
                f"lines {self.first_empty} to {self.last_empty}" if self.empty_rows > 1 else f"line {self.last_empty}"
            )
            yield f"{self.empty_rows:,} empty row{'s' if self.empty_rows > 1 else ''} ({lines}), passed over"
        if self.directory.edition == UNDATED:
            yield "the list states no date, so every dated one counts as newer; --edition 2024-07-01 gives it one"
        if read_as := ", ".join(self.directory.columns_by_meaning):
            yield f"columns read by their meaning: {read_as}"
        for column in self.directory.unknown_columns:
            yield f"unknown column '{column}', ignored"
        for code, count in sorted(self.unknown_codes.items()):
            yield f"code {code} is not in the code book: kept as text, {facilities(count)}"
        for oddity, count in self.oddities.most_common(20):
            first = (
                f" (line {self.first_line_of[oddity]})"
                if count == 1
                else f", first in line {self.first_line_of[oddity]}"
            )
            yield f"{oddity}: {facilities(count)}{first}"


def staged_row(number: int, directory: str, row: dict[str, Any], *, is_believed: bool) -> StagedRow:
    name = normalization.name_key(row["name"], row["name_detail"])
    street = normalization.street_key(row["street"], row["street_detail"])
    is_withheld = normalization.is_withheld(row["street"])  # then the source's point is that of the ZIP
    latitude, longitude = (None, None) if is_withheld else (row["latitude"], row["longitude"])
    place = street
    if not row["street"] and latitude is not None:  # a list that prints no streets identifies places by their points
        place = f"{latitude:.4f} {longitude:.4f}"
    area = row["zip_code"] or f"{row['city'].casefold()} {row['state']}"
    return StagedRow(
        n=number,
        line=row["line"],
        directory=directory,
        record_key=normalization.digest(directory, name, place, area),
        content_hash=content_hash(row),
        name_key=name,
        street_key=street,
        address=normalization.address_of(street),
        house=normalization.house_of(street),
        zip_code=row["zip_code"],
        phone=row["phone"].partition(" ")[0],
        latitude=latitude if is_believed else None,
        longitude=longitude if is_believed else None,
        row=as_json(row),
    )


def stored_row(row: FacilityRow, codebook: str) -> dict[str, Any]:
    """The row as SourceRecord stores it: all that the source states, and the code book its codes belong to."""
    stored = {name: getattr(row, name) for name in ROW_FIELDS}
    stored["treats"] = sorted(row.treats)
    stored["certified_on"] = row.certified_on and row.certified_on.isoformat()
    stored["codebook"] = codebook
    return stored


def stated_codes(row: Mapping[str, Any]) -> list[str]:
    """The keys of a row's services in its code book."""
    return [meaning_key(text) for _, text in row["meanings"] or ()] + list(row["codes"] or ())


def meaning_key(text: str) -> str:
    """FindTreatment.gov states no codes: there the meaning itself is the code."""
    return " ".join(text.replace("\u00ae", "").lower().split())


def merge_rows(row: dict[str, Any], repeat: dict[str, Any]) -> dict[str, Any]:
    """`row` with the services and the phone numbers that its `repeat` adds."""
    merged = dict(row)
    for field in ("codes", "meanings", "other_phones", "intake_phones", "hotlines", "npis"):
        if repeat[field] is not None:
            both = [*(row[field] or ()), *repeat[field]]
            merged[field] = [entry for at, entry in enumerate(both) if entry not in both[:at]]
    merged["phone"] = row["phone"] or repeat["phone"]
    merged["phone_as_written"] = row["phone_as_written"] or repeat["phone_as_written"]
    if repeat["phone"] not in ("", merged["phone"], *merged["other_phones"], *merged["intake_phones"]):
        merged["other_phones"].append(repeat["phone"])
    return merged


def too_long(row: FacilityRow) -> str:
    for field, longest in LIMITED_FIELDS.items():
        if len(getattr(row, field)) > longest:
            return f"{field.replace('_', ' ')} of more than {longest} characters"
    return ""


def without_quotes(note: str) -> str:
    """A note without the value that it quotes, so that notes of one kind can be counted."""
    return " ".join(" ".join(note.split("'")[::2]).split()) if note.count("'") >= 2 else note


def facilities(count: int) -> str:
    return f"{count:,} facilit{'y' if count == 1 else 'ies'}"


def as_json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def content_hash(row: dict[str, Any]) -> str:
    """The same for rows that state the same, wherever in a file and in whichever layout they were printed."""
    stated = {key: value for key, value in row.items() if key not in ("line", "notes")}
    return normalization.digest(json.dumps(stated, sort_keys=True))


def stream(sql: str, params: Sequence[object] | Mapping[str, object] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, fetched as they are used; the tables may be changed meanwhile."""
    with connection.connection.cursor(name="import_stream") as cursor:
        cursor.itersize = BATCH_ROWS
        cursor.execute(sql, params)
        yield from cursor


def batches(rows: Iterable[Row], size: int = BATCH_ROWS) -> Iterator[list[Row]]:
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch
