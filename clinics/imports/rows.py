"""What every reader yields: a facility as its source printed it, or the reason why a row was rejected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

SUBSTANCE_USE = "substance-use"
MENTAL_HEALTH = "mental-health"
REJECTION_CHARACTERS = 200
EMPTY_ROW = "no name, no address: an empty row"  # the reason of one; an import counts them together


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityRow:
    """One facility as a source printed it, trimmed and normalized; text that was not stated is ""."""

    line: int  # CSV: where the record starts, heading = 1; XLSX and HTML: row; JSON: place in rows[], from 1
    name: str = ""
    name_detail: str = ""
    street: str = ""
    street_detail: str = ""
    city: str = ""
    state: str = ""  # two letters, upper case
    zip_code: str = ""  # five digits, lost leading zeros restored
    zip4: str = ""  # four digits
    county: str = ""
    phone: str = ""  # as core.phones.normalise_phone gives it
    other_phones: tuple[str, ...] = ()  # further ones, whose use is not said
    intake_phones: tuple[str, ...] = ()
    hotlines: tuple[str, ...] = ()
    phone_as_written: str = ""  # the cells with more in them than one number, as the source has them
    website: str = ""  # http or https only
    latitude: float | None = None  # decimal degrees, WGS 84
    longitude: float | None = None
    codes: tuple[str, ...] | None = (
        None  # service codes as listed, without repeats; None: the source states no services
    )
    meanings: tuple[tuple[str, str], ...] | None = None  # FindTreatment.gov only: (category code or "", meaning)
    treats: frozenset[str] = frozenset()  # its directory: of SUBSTANCE_USE, MENTAL_HEALTH; empty: not stated
    npis: tuple[str, ...] = ()  # National Provider Identifiers that pass their check digit
    certification: str = ""  # opioid treatment programs: "", "certified" or "provisional"
    certified_on: date | None = None
    notes: tuple[str, ...] = ()  # what was repaired or left out, each a phrase for a person


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that is not a facility, or cannot be placed; `text` is the row, shortened to 200 characters."""

    line: int
    reason: str
    text: str


def rejection(line: int, reason: str, cells: Iterable[object]) -> Rejection:
    filled = (" ".join(str(cell).split()) for cell in cells if cell)
    text = " | ".join(cell for cell in filled if cell)
    if len(text) > REJECTION_CHARACTERS:
        text = text[: REJECTION_CHARACTERS - 3] + "..."
    return Rejection(line, reason, text)
