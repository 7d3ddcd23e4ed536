"""The open data, written every night: one CSV, and the tables of Open Referral's HSDS 3.

They hold listed, real clinics, nothing that readers or callers wrote, and no e-mail address. A file takes its name
only once it is complete and checked.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from clinics.models import Clinic
from clinics.open_data import hsds
from clinics.questions.registry import OWN
from clinics.search import serializers
from core.csv import csv_text

FILES = {"clinics.csv": "text/csv; charset=utf-8", "hsds.zip": "application/zip", "README.txt": "text/plain"}
BATCH = 2000
COLUMNS = [
    *(name for name in serializers.CSV_COLUMNS if name not in ("distance_miles", "distance_text", "confirmed_on")),
    *serializers.AVAILABILITY_FIELDS,
    *OWN,
    "hours",
    "walk_in_hours",
    "assured_date",
]
README = """Clinics that treat opioid use disorder, as {site} lists them on {day}.

Source and edition of every row are in its column "source". Facts from SAMHSA, CMS and FindTreatment.gov are in the
public domain; SAMHSA asks to be named, and its directories may not be sold. What {site} adds is under {license}.
"assured_date" is the day on which somebody at the clinic confirmed name, address and phone; empty: nobody did.
An empty cell is not stated: neither yes nor no. What a clinic says no to is in "denied": "treats/opioids" means that
it says it does not treat opioid use disorder, "treats/medicine" that it gives no medicine for it. In HSDS the service
of such a clinic has an "alert" that says so, and of the first kind another name. Call before you go.
"""


def write_all(folder: Path | None = None) -> str:
    """Write every file; returns a sentence. Raises hsds.NotValid, which keeps the old files."""
    folder = folder or settings.OPEN_DATA_DIR
    folder.mkdir(parents=True, exist_ok=True)
    clinics = list(rows())
    tables = hsds.tables_of(clinics, address)
    hsds.check(tables)
    names = {"site": settings.SITE_NAME, "day": timezone.localdate(), "license": settings.DATA_LICENSE}
    readme = README.format(**names)
    _replace(folder / "README.txt", readme.encode())
    _replace(folder / "clinics.csv", csv_text(COLUMNS, map(flat, clinics)).encode())
    _replace(folder / "hsds.zip", as_zip(tables, readme))
    return f"{len(clinics)} clinics written"


def rows() -> Iterator[Clinic]:
    listed = Clinic.objects.listed().filter(is_demo=False).with_contact_source().with_phone_shared_by().with_closings()
    yield from listed.defer("position").order_by("pk").iterator(chunk_size=BATCH)


def address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def flat(clinic: Clinic) -> dict:
    """One row of the CSV, as the JSON of the search states it; spaces separate the values of a cell."""
    row = serializers.flat_row(clinic, address)
    access = serializers.availability_as_json(clinic)
    row |= {name: _cell(access[name]) for name in (*serializers.AVAILABILITY_FIELDS, *OWN)}
    row |= {"hours": access["open_hours"], "walk_in_hours": access["walk_in_hours"]}
    row |= {"assured_date": row["confirmed_on"]}
    return {name: row[name] for name in COLUMNS}


def _cell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) or "none" if isinstance(value, list) else value


def as_zip(tables: dict[str, list[dict]], readme: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme)
        archive.writestr("datapackage.json", json.dumps(hsds.data_package(settings.DATA_LICENSE), indent=1))
        for name, lines in tables.items():
            archive.writestr(hsds.path_of(name), csv_text(hsds.columns_of(name), lines))
    return out.getvalue()


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)
