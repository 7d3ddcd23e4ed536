"""From the cells of one row to a FacilityRow: what every layout shares, and which rows are rejected."""

import re
from collections.abc import Iterable
from typing import Any

from localflavor.us.us_states import STATES_NORMALIZED

from clinics.imports.rows import EMPTY_ROW, FacilityRow, Rejection, rejection
from clinics.postal_codes import POSTAL_CODES

from .cells import (
    read_website,
    read_zip,
    tidy,
)
from .coordinates import read_coordinates
from .phones import read_phones
from .tables import Cells

LONGEST_TEXT = 200  # characters; the longest real one has 134
CODE = re.compile(r"[A-Z0-9]{1,8}")
# Columns of the file, not of the facility.
ROW_NUMBERS = frozenset(["facility_id", "directory_type", "type_facility", "_irow", "frid", "id", ""])


def facility(
    line: int,
    cells: Cells,
    notes: list[str],
    *,
    name: str,
    state: str,
    zip_code: str,
    zip4: str = "",
    phone: str = "",
    intake_phones: Iterable[str] = (),
    hotlines: Iterable[str] = (),
    website: str = "",
    latitude: str = "",
    longitude: str = "",
    **stated: Any,
) -> FacilityRow | Rejection:
    """The facility, from text as it is in the cells; or the reason why the row is rejected.

    `stated`: other fields of FacilityRow; texts are tidied, everything else is kept as it is.
    """
    name, state = tidy(name), _postal_code(tidy(state))
    stated = {field: tidy(value) if isinstance(value, str) else value for field, value in stated.items()}
    if reason := _why_unusable(cells, name, state, zip_code + phone):
        return rejection(line, reason, _contents(cells))
    zip_code, zip4 = read_zip(zip_code, zip4, state, notes)
    north, east = read_coordinates(latitude, longitude, state, notes)
    if not zip_code and north is None:
        reason = "no ZIP and no coordinates: it cannot be placed"
        return rejection(line, "; ".join([reason, *notes]), _contents(cells))
    if max(len(text) for text in (name, *stated.values()) if isinstance(text, str)) > LONGEST_TEXT:
        return rejection(line, f"a name or address of more than {LONGEST_TEXT} characters", _contents(cells))
    if not stated.get("street"):
        notes.append("no street address stated")
    stated |= {"zip_code": zip_code, "zip4": zip4, "latitude": north, "longitude": east}
    stated |= read_phones(phone, intake_phones, hotlines, notes) | {"website": read_website(website, notes)}
    return FacilityRow(line=line, name=name, state=state, **stated, notes=tuple(notes))


def _postal_code(state: str) -> str:
    """ "MA" for "Massachusetts", "ma" and "Mass."; what is no state is kept, in upper case."""
    return str(STATES_NORMALIZED.get(state.casefold(), state.upper()))


def _why_unusable(cells: Cells, name: str, state: str, numbers: str) -> str:
    if not name:
        return _why_nameless(cells, numbers)
    if not state:
        return "no state"
    if state not in POSTAL_CODES:
        return f"'{state[:30]}' is not the postal code of a US state or territory"
    return ""


def _contents(cells: Cells) -> list[object]:
    return [value for key, value in cells.items() if key not in ROW_NUMBERS]


def _why_nameless(cells: Cells, numbers: str) -> str:
    """Why a row has no name. `numbers`: its ZIP and phone, which hold words at the foot of SAMHSA's workbooks."""
    filled = [text for value in _contents(cells) if value and (text := tidy(str(value)))]
    if not filled:
        return EMPTY_ROW
    if tidy(numbers) and not re.search(r"[0-9]{3}", numbers):
        kind = "abbreviations" if all(map(CODE.fullmatch, filled)) else "meanings"
        return f"not a facility: no name, and its cells hold {kind} of services"
    return "no name"
