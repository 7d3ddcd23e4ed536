"""SAMHSA's directory as it was printed, taken from its PDF and geocoded by others: those with methadone in 2017.

Which year it is only the name of the file can say.
"""

import re

from clinics.imports.readers.cells import joined, read_codes, tidy
from clinics.imports.readers.facilities import facility
from clinics.imports.readers.tables import Cells
from clinics.imports.rows import SUBSTANCE_USE, FacilityRow, Rejection

from .layout import Layout

STREET_AS_NAME = re.compile(r"[0-9]+ .*\b(Avenue|Boulevard|Court|Drive|Highway|Lane|Parkway|Place|Road|Street|Way)")


def read(line: int, cells: Cells, treats: frozenset[str]) -> FacilityRow | Rejection:
    notes: list[str] = []
    name, lines = cells["name1"], [cells["address1"], cells["address2"], cells["address3"]]
    lines = [text for text in map(tidy, lines) if text]
    if STREET_AS_NAME.fullmatch(tidy(name)) and not any(text[:1].isdigit() for text in lines):
        lines.insert(0, name)  # four facilities whose name was lost when the PDF was read
        notes.append("its street is in the column of its name")
    return facility(
        line,
        cells,
        notes,
        name=name,
        name_detail=joined(cells["name2"], cells["name3"]),
        street=lines[0] if lines else "",
        street_detail=joined(*lines[1:]),
        city=cells["city"],
        state=cells["state"],
        zip_code=cells["zip_code"],
        phone=_contact(cells, notes),
        latitude=cells["latitude"],
        longitude=cells["longitude"],
        codes=read_codes(cells["keys"], "/", notes),
        treats=frozenset([SUBSTANCE_USE]),
    )


def _contact(cells: Cells, notes: list[str]) -> str:
    """All numbers of a facility, such as `(205)216-0200 Intakes: (205)216-0201x23 (205)216- 0202`."""
    contact: str = cells["contact"].strip()
    if contact.endswith("-") and re.fullmatch(r"[0-9]{4}", cells["note"].strip()):
        contact += cells["note"].strip()
        notes.append("the last four digits of an intake line were in the column 'Note'")
    return contact


LAYOUT = Layout(
    slug="samhsa-methadone-2017",
    source="samhsa-directory",
    source_label="SAMHSA directory",
    description="a printed SAMHSA directory",
    required=frozenset(["name1", "address1", "city", "state", "zip_code", "contact", "keys"]),
    optional=frozenset(["name2", "name3", "address2", "address3", "note", "id", "longitude", "latitude"])
    | {"match score"},
    marks=frozenset(["contact", "keys"]),
    read=read,
    codebook=lambda edition: {SUBSTANCE_USE: "samhsa-su-2017"},
    # Not whole: the facilities without methadone were left out.
)
