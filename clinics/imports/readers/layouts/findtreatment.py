"""FindTreatment.gov: the answers of its interface as JSON, and a list made from such answers.

Services are stated as meanings, not as codes.
"""

from collections.abc import Iterable

from clinics.imports.readers.cells import tidy
from clinics.imports.readers.facilities import facility
from clinics.imports.readers.tables import Cells
from clinics.imports.rows import MENTAL_HEALTH, SUBSTANCE_USE, FacilityRow, Rejection, rejection

from .layout import Layout

KINDS = {"SA": frozenset([SUBSTANCE_USE]), "MH": frozenset([MENTAL_HEALTH])}
KIND_BY_MEANING = {"Substance use treatment": SUBSTANCE_USE, "Mental health treatment": MENTAL_HEALTH}


def read_answer(line: int, cells: Cells, treats: frozenset[str]) -> FacilityRow | Rejection:
    services = cells["services"] or []
    if not isinstance(services, list) or not all(_is_service(service) for service in services):
        return rejection(line, "its services are not a list of f1, f2 and f3", cells.values())
    notes: list[str] = []
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
        phone=cells["phone"],
        intake_phones=(cells["intake1"],),
        hotlines=(cells["hotline1"],),
        website=cells["website"],
        latitude=cells["latitude"],
        longitude=cells["longitude"],
        meanings=_meanings((service.get("f2") or "", service.get("f3") or "") for service in services),
        treats=KINDS.get(cells["typefacility"].strip().upper(), frozenset()),
    )


def read_list(line: int, cells: Cells, treats: frozenset[str]) -> FacilityRow | Rejection:
    notes: list[str] = []
    meanings = _meanings([("", cells["all services"]), ("", cells["residential services"])])
    return facility(
        line,
        cells,
        notes,
        name=cells["name"],
        street=cells["address"],
        city=cells["city"],
        state=cells["state"],
        zip_code=cells["zip"],
        phone=cells["phone"],
        website=cells["website"],
        latitude=cells["latitude"],
        longitude=cells["longitude"],
        meanings=meanings,
        treats=frozenset(KIND_BY_MEANING[meaning] for _, meaning in meanings if meaning in KIND_BY_MEANING),
    )


def _meanings(services: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """(category code, meaning) for meanings joined by semicolons, in order, without repeats."""
    pairs = ((tidy(category), tidy(meaning)) for category, text in services for meaning in text.split(";"))
    return tuple(dict.fromkeys((category, meaning) for category, meaning in pairs if meaning))


def _is_service(service: object) -> bool:
    return isinstance(service, dict) and all(isinstance(service.get(key) or "", str) for key in ("f2", "f3"))


def _codebook(edition: str) -> dict[str, str]:
    return {SUBSTANCE_USE: "findtreatment", MENTAL_HEALTH: "findtreatment"}


# Never a whole edition: an answer holds one page of one search.
ANSWER = Layout(
    slug="findtreatment-json",
    source="findtreatment",
    source_label="FindTreatment.gov",
    description="an answer of FindTreatment.gov",
    required=frozenset(["name1", "street1", "city", "state", "zip", "phone", "latitude", "longitude", "services"]),
    optional=frozenset(
        ["_irow", "frid", "name2", "street2", "typefacility", "intake1", "hotline1", "website", "miles"]
    ),
    read=read_answer,
    codebook=_codebook,
)
LIST = Layout(
    slug="findtreatment-list",
    source="findtreatment",
    source_label="FindTreatment.gov",
    description="a list from FindTreatment.gov",
    required=frozenset(["name", "city", "state", "zip", "phone", "all services"]),
    optional=frozenset(["address", "website", "latitude", "longitude", "residential services"]),
    marks=frozenset(["all services"]),
    read=read_list,
    codebook=_codebook,
)
