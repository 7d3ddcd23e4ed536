"""Federally certified opioid treatment programs: SAMHSA's list, a geocoded copy of it, and those enrolled in Medicare.

A program in one of these lists offers one service, OTP. The lists state nothing about its other services.
"""

from clinics.imports.readers.cells import read_date, read_npis, tidy
from clinics.imports.readers.facilities import facility
from clinics.imports.readers.tables import Cells
from clinics.imports.rows import SUBSTANCE_USE, FacilityRow, Rejection

from .layout import Layout

CODES = ("OTP",)
TREATS = frozenset([SUBSTANCE_USE])
CERTIFICATIONS = frozenset(["certified", "provisional"])


def read_directory(line: int, cells: Cells, treats: frozenset[str]) -> FacilityRow | Rejection:
    notes: list[str] = []
    certification = tidy(cells["certification"]).lower()
    if certification and certification not in CERTIFICATIONS:
        notes.append(f"certification '{certification[:30]}' left out: neither certified nor provisional")
        certification = ""
    name, trade_name = tidy(cells["program name"]), tidy(cells["dba"])
    return facility(
        line,
        cells,
        notes,
        name=name,
        name_detail=trade_name if trade_name.casefold() != name.casefold() else "",
        street=cells["street"],
        city=cells["city"],
        state=cells["state"],
        zip_code=cells["zipcode"],
        phone=cells["phone"],
        codes=CODES,
        treats=TREATS,
        certification=certification,
        certified_on=read_date(cells["fullcertification"], notes),
    )


def read_geocoded(line: int, cells: Cells, treats: frozenset[str]) -> FacilityRow | Rejection:
    return facility(
        line,
        cells,
        [],
        name=cells["id"],
        street=cells["address"],
        city=cells["city"],
        state=cells["state"],
        zip_code=cells["postal"],
        latitude=cells["latitude"],
        longitude=cells["longitude"],
        codes=CODES,
        treats=TREATS,
    )


def read_cms(line: int, cells: Cells, treats: frozenset[str]) -> FacilityRow | Rejection:
    notes: list[str] = []
    return facility(
        line,
        cells,
        notes,
        name=cells["provider name"],
        street=cells["address line 1"],
        street_detail=cells["address line 2"],
        city=cells["city"],
        state=cells["state"],
        zip_code=cells["zip"],
        phone=cells["phone"],
        codes=CODES,
        treats=TREATS,
        npis=read_npis(cells["npi"], notes),
    )


def _codebook(edition: str) -> dict[str, str]:
    return {SUBSTANCE_USE: "samhsa-su-2022"}


DIRECTORY = Layout(
    slug="samhsa-otp",
    source="samhsa-otp",
    source_label="SAMHSA OTP directory",
    description="a SAMHSA directory of opioid treatment programs",
    required=frozenset(["program name", "street", "city", "state", "zipcode", "phone", "certification"]),
    optional=frozenset(["dba", "fullcertification"]),
    marks=frozenset(["certification", "fullcertification"]),
    read=read_directory,
    codebook=_codebook,
    whole_from_rows=1_500,
)
GEOCODED = Layout(
    slug="samhsa-otp-geocoded",
    source="samhsa-otp",
    source_label="SAMHSA OTP directory",
    description="a geocoded list of opioid treatment programs",
    required=frozenset(["id", "address", "city", "state", "postal", "latitude", "longitude"]),
    optional=frozenset(),
    read=read_geocoded,
    codebook=_codebook,
    no_other_columns=True,
    # Not whole: a copy by others, who may have left out what they could not geocode.
)
CMS = Layout(
    slug="cms-otp",
    source="cms-otp",
    source_label="CMS enrolled OTPs",
    description="the CMS list of opioid treatment programs",
    required=frozenset(["npi", "provider name", "address line 1", "city", "state", "zip", "phone"]),
    optional=frozenset(["address line 2", "medicare id effective date"]),
    marks=frozenset(["npi", "medicare id effective date"]),
    read=read_cms,
    codebook=_codebook,
    whole_from_rows=1_200,
)
