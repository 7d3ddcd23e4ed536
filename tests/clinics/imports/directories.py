"""Directories of a few rows for tests of the import, and real ones cut to a few states."""

from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from clinics.imports.readers import open_directory
from clinics.imports.rows import MENTAL_HEALTH, SUBSTANCE_USE, FacilityRow, Rejection
from clinics.imports.run import ImportResult, import_directory
from clinics.models import ImportRun, Source

SUBSTANCE = frozenset([SUBSTANCE_USE])
MENTAL = frozenset([MENTAL_HEALTH])
CODEBOOK = {SUBSTANCE_USE: "samhsa-su-2024", MENTAL_HEALTH: "samhsa-mh-2024"}
DEFAULTS = {
    "name": "Hope Recovery Center",
    "street": "22 Elm Street",
    "city": "Cambridge",
    "state": "MA",
    "zip_code": "02139",
    "treats": SUBSTANCE,
}
ELM_STREET = {"latitude": 42.3662, "longitude": -71.1031}  # three minutes on foot from Cambridge's city hall


@dataclass
class Directory:
    rows: list
    source: str = Source.SAMHSA_DIRECTORY
    edition: str = "2024"
    complete: bool = False
    codebook: dict = field(default_factory=lambda: CODEBOOK)
    unknown_columns: list = field(default_factory=list)
    columns_by_meaning: list = field(default_factory=list)
    layout: str = "test"

    def __iter__(self):
        return iter(self.rows)


def row(line: int = 2, **stated) -> FacilityRow:
    """A facility in Cambridge, Massachusetts, that states only its name and address by default."""
    return FacilityRow(line=line, **(DEFAULTS | stated))


def import_rows(
    *rows: FacilityRow | Rejection, dry_run=False, include_mental_health=False, points_only=False, **directory
) -> ImportResult:
    return import_directory(
        Directory(list(rows), **directory),
        Path(__file__),
        include_mental_health=include_mental_health,
        points_only=points_only,
        status=ImportRun.Status.DRY_RUN if dry_run else ImportRun.Status.APPLIED,
    )


def import_states(path: Path, states: set[str], **options) -> ImportResult:
    """The rows of a real file that lie in `states`, imported as if the file held no others."""
    real = open_directory(path)
    rows = [row for row in real if isinstance(row, FacilityRow) and row.state in states]
    return import_rows(
        *rows,
        source=real.source,
        edition=real.edition,
        complete=real.complete,
        codebook=dict(real.codebook),
        **options,
    )


TABLES = [
    "clinic",
    "sourcerecord",
    "confirmation",
    "possibleduplicate",
    "importdifference",
    "importrun",
    "importrejection",
]


def checksum_of_everything() -> list[tuple]:
    """One line a table of the directory: any change of any cell changes it."""
    with connection.cursor() as cursor:
        found = []
        for table in TABLES:
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t.id)) FROM clinics_{table} t")
            found.append((table, *cursor.fetchone()))
        return found
