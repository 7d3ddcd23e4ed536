"""From the cells of one record to a FacilityRow: what every layout shares, and what makes a row unusable."""

import re
from collections.abc import Iterable
from datetime import date

from clinics.imports.rows import FacilityRow, Rejection, rejection
from clinics.postal_codes import POSTAL_CODES

from .cells import (
    read_coordinates,
    read_phone,
    read_phones,
    read_website,
    read_zip,
    tidy,
)
from .tables import Cells

LONGEST_TEXT = 200  # characters; the longest real one has 134
CODE = re.compile(r"[A-Z0-9]{1,8}")
ROW_NUMBERS = frozenset(["facility_id", "directory_type", "type_facility", "_irow", "frid", "id", ""])  # say no fact


def facility(
    line: int,
    cells: Cells,
    notes: list[str],
    *,
    name: str,
    street: str,
    city: str,
    state: str,
    zip_code: str,
    name_detail: str = "",
    street_detail: str = "",
    zip4: str = "",
    county: str = "",
    phone: str = "",
    intake_phones: Iterable[str] = (),
    website: str = "",
    latitude: str = "",
    longitude: str = "",
    codes: tuple[str, ...] | None = None,
    meanings: tuple[tuple[str, str], ...] | None = None,
    treats: frozenset[str] = frozenset(),
    npis: tuple[str, ...] = (),
    certification: str = "",
    certified_on: date | None = None,
) -> FacilityRow | Rejection:
    """The facility, text as it stands in the cells; or the reason why the row cannot be used."""
    name, state = tidy(name), tidy(state).upper()
    if not name:
        return rejection(line, _why_nameless(cells, zip_code + phone), _facts(cells))
    if not state:
        return rejection(line, "no state", _facts(cells))
    if state not in POSTAL_CODES:
        return rejection(line, f"'{state[:30]}' is not the postal code of a US state or territory", _facts(cells))
    zip_code, zip4 = read_zip(zip_code, zip4, state, notes)
    degrees = read_coordinates(latitude, longitude, notes)
    if not zip_code and degrees == (None, None):
        reason = "no ZIP and no coordinates: it cannot be placed"
        return rejection(line, "; ".join([reason, *notes]), _facts(cells))
    texts = (name, tidy(name_detail), tidy(street), tidy(street_detail), tidy(city), tidy(county))
    if max(map(len, texts)) > LONGEST_TEXT:
        return rejection(line, f"a name or address of more than {LONGEST_TEXT} characters", _facts(cells))
    if not texts[2]:
        notes.append("no street address stated")
    main_phone = read_phone(phone, "phone", notes)
    intakes = read_phones(intake_phones, "intake line", notes)
    return FacilityRow(
        line=line,
        name=name,
        name_detail=texts[1],
        street=texts[2],
        street_detail=texts[3],
        city=texts[4],
        state=state,
        zip_code=zip_code,
        zip4=zip4,
        county=texts[5],
        phone=main_phone,
        intake_phones=intakes,
        website=read_website(website, notes),
        latitude=degrees[0],
        longitude=degrees[1],
        codes=codes,
        meanings=meanings,
        treats=treats,
        npis=npis,
        certification=certification,
        certified_on=certified_on,
        notes=tuple(notes),
    )


def _facts(cells: Cells) -> list[object]:
    return [value for key, value in cells.items() if key not in ROW_NUMBERS]


def _why_nameless(cells: Cells, numbers: str) -> str:
    """Why a row has no name. `numbers`: its ZIP and phone, which hold words at the foot of SAMHSA's workbooks."""
    filled = [text for value in _facts(cells) if value and (text := tidy(str(value)))]
    if not filled:
        return "no name, no address: an empty row"
    if tidy(numbers) and not re.search(r"[0-9]{3}", numbers):
        kind = "abbreviations" if all(map(CODE.fullmatch, filled)) else "meanings"
        return f"not a facility: no name, and its cells hold {kind} of services"
    return "no name"
