"""A list of a state or another authority, under headings of its own: what each column is, headings.py tells.

It states where the places are and how to call them. What they offer stays not stated: every authority has words of its
own for that, and none of them says which medicine is given.
"""

from clinics.imports.readers.cells import tidy
from clinics.imports.readers.facilities import facility
from clinics.imports.readers.headings import HEADINGS
from clinics.imports.readers.tables import Cells
from clinics.imports.rows import FacilityRow, Rejection, rejection

from .layout import Layout

CLOSED = frozenset(["closed", "expired", "inactive", "revoked", "suspended", "surrendered", "terminated", "denied"])
YES = frozenset(["true", "yes", "y", "1", "t"])


def read(line: int, cells: Cells, treats: frozenset[str]) -> FacilityRow | Rejection:
    status = tidy(cells["license status"])
    if status.casefold() in CLOSED:
        return rejection(line, f"its license is '{status}'", cells.values())
    if tidy(cells["license expired"]).casefold() in YES:
        return rejection(line, "its license has expired", cells.values())
    return facility(
        line,
        cells,
        [],
        name=cells["name"],
        name_detail=cells["name_detail"],
        street=cells["street"],
        street_detail=cells["street_detail"],
        city=cells["city"],
        state=cells["state"],
        zip_code=cells["zip"],
        zip4=cells["zip4"],
        county=cells["county"],
        phone=cells["phone"],
        intake_phones=(cells["intake"],),
        website=cells["website"],
        latitude=cells["latitude"],
        longitude=cells["longitude"],
    )


LAYOUT = Layout(
    slug="other-list",
    source="other-list",
    source_label="a state or local list",
    description="a list of places",
    required=frozenset(["name", "street", "city", "state", "zip"]),
    optional=frozenset(HEADINGS),
    read=read,
    # Never whole: nobody says what it leaves out.
)
