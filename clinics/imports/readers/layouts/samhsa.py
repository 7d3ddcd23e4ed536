"""SAMHSA's national directory (yearly workbook, or the same columns as CSV) and the exports of its locator."""

import re

from clinics.imports.readers.cells import read_codes
from clinics.imports.readers.facilities import facility
from clinics.imports.readers.tables import Cells
from clinics.imports.rows import MENTAL_HEALTH, SUBSTANCE_USE, FacilityRow, Rejection

from .layout import Layout, TableRows

ADDRESS = frozenset(["name1", "street1", "city", "state", "zip"])
PHONES = frozenset(["phone", "intake_prompt", "intake1", "intake2", "intake1a", "intake2a"])
PLACE = frozenset(["name2", "street2", "zip4", "county", "latitude", "longitude"])
OPTIONAL = PHONES | PLACE | {"facility_id", "directory_type", "type_facility", "website", "service_code_info"}
KINDS = {
    "substance": frozenset([SUBSTANCE_USE]),
    "sa": frozenset([SUBSTANCE_USE]),
    "su": frozenset([SUBSTANCE_USE]),
    "mental": frozenset([MENTAL_HEALTH]),
    "mh": frozenset([MENTAL_HEALTH]),
}
# Codes of one directory that the other does not have; all but 20 of 29,556 real facilities have one of their own.
MENTAL_HEALTH_ONLY = frozenset(["MH", "GT", "IPT", "CMHC", "OMH", "AOT", "ANTPYCH", "COOT", "IDD"])
SUBSTANCE_USE_ONLY = frozenset(["SAE", "SSA", "SACA", "CSAA", "ICO", "MALE", "FEM", "TGD", "RL"])
CODES_OF_2024 = frozenset(["DLC", "MWS"])  # in the substance use code book since 2024; 3,739 of 12,200 rows


def read(line: int, cells: Cells, treats: frozenset[str]) -> FacilityRow | Rejection:
    notes: list[str] = []
    codes = read_codes(cells["service_code_info"], None, notes) if "service_code_info" in cells else None
    return facility(
        line,
        cells,
        notes,
        name=cells["name1"],
        name_detail=cells["name2"],
        street=cells["street1"],
        street_detail=cells["street2"],
        city=cells["city"],
        state=cells["state"],
        zip_code=cells["zip"],
        zip4=cells["zip4"],
        county=cells["county"],
        phone=cells["phone"],
        intake_phones=(cells["intake1"], cells["intake2"], cells["intake1a"], cells["intake2a"]),
        website=cells["website"],
        latitude=cells["latitude"],
        longitude=cells["longitude"],
        codes=codes,
        treats=_kind(cells, codes or ()) or treats,
    )


def kind_in(file_name: str) -> frozenset[str]:
    """What a file treats by its name, such as `locator_substance_use_2020.csv`: the last resort, for exports whose
    columns and codes do not state it; empty if the name does not either."""
    words = re.split(r"[^a-z]+", file_name.lower())
    return next((KINDS[word] for word in words if word in KINDS), frozenset())


def edition_of(rows: TableRows) -> str:
    """ "2024" if a facility has a code that came with that edition; "" otherwise: older, or mental health only."""
    for row in rows():
        if isinstance(row, tuple) and not CODES_OF_2024.isdisjoint(row[1]["service_code_info"].split()):
            return "2024"
    return ""


def codebook(edition: str) -> dict[str, str]:
    """The code books that hold for an edition; the mental health codes of 2022 and 2024 are the same."""
    year = "2024" if edition[:4].isdigit() and int(edition[:4]) >= 2024 else "2022"
    return {SUBSTANCE_USE: f"samhsa-su-{year}", MENTAL_HEALTH: f"samhsa-mh-{year}"}


def _kind(cells: Cells, codes: tuple[str, ...]) -> frozenset[str]:
    """Which directory a row belongs to, by its own column, else by its codes; empty if neither states it."""
    stated = cells["directory_type"] or cells["type_facility"]
    if stated:
        return KINDS.get(stated.strip().lower(), frozenset())
    if not MENTAL_HEALTH_ONLY.isdisjoint(codes):
        return KINDS["mental"]
    return KINDS["substance"] if not SUBSTANCE_USE_ONLY.isdisjoint(codes) else frozenset()


DIRECTORY = Layout(
    slug="samhsa-directory",
    source="samhsa-directory",
    source_label="SAMHSA directory",
    description="a SAMHSA directory",
    required=ADDRESS | {"phone", "service_code_info"},
    optional=OPTIONAL,
    marks=frozenset(["service_code_info"]),
    read=read,
    codebook=codebook,
    whole_from_rows=8_000,  # either directory alone has more
    kind_in=kind_in,
    edition_of=edition_of,
)
LOCATOR = Layout(
    slug="samhsa-locator",
    source="samhsa-locator",
    source_label="SAMHSA locator",
    description="a SAMHSA locator export",
    required=ADDRESS | {"latitude", "longitude"},
    optional=OPTIONAL | {""},  # a column of row numbers without a heading
    read=read,
    # Never whole: an export holds what somebody searched for. The mental health one of 2020 lacks Washington, DC.
    kind_in=kind_in,
)
