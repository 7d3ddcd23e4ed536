"""What a directory needs before anybody can search it."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from clinics import rules
from clinics.locations import gridpin_sheet, overview
from clinics.models import Clinic, Hospital, Service, ZipCode
from clinics.search import facet_bits
from clinics.verification import npi_lookup
from core.checks import Problems, deployment_check, deployment_note

ZIP_CODES = 40_000  # of 42,789
FEW_BITS = 5


@register(Tags.models)
def bits_of_facets(**kwargs) -> list[CheckMessage]:
    """Every command refuses to run with a bit that moved, `load_codebook` before it would write masks with it."""
    wrong = facet_bits.problems(facet_bits.bits_in_use(), facet_bits.ledger())
    few = {column: left for column, left in facet_bits.bits_left().items() if left < FEW_BITS}
    return [
        *(Error(sentence, id="clinics.E001") for sentence in wrong),
        *(
            Warning(f"Only {left} bits of {column} are free for new facets.", id="clinics.W005")
            for column, left in few.items()
        ),
    ]


@register(Tags.compatibility)
def lookup_of_npis(**kwargs) -> list[CheckMessage]:
    if settings.NPPES_LOOKUP in npi_lookup.ADAPTERS:
        return []
    sentence = f"NPPES_LOOKUP={settings.NPPES_LOOKUP} is none of {', '.join(npi_lookup.ADAPTERS)}."
    return [Error(sentence, id="clinics.E002")]


@deployment_check("places", needs_database=True)
def places() -> Problems:
    if (known := ZipCode.objects.count()) < ZIP_CODES:
        yield Warning(
            f"{known} ZIP codes are loaded, which is too few to search. Run manage.py load_zipcodes.",
            id="clinics.W001",
        )
    if not Service.objects.exists():
        yield Warning("The code book of services is not loaded. Run manage.py load_codebook.", id="clinics.W002")
    if rules.not_loaded():
        yield Warning("Rules of law and medicine are missing. Run manage.py load_rules.", id="clinics.W007")
    if Hospital.objects.to_check().exists():
        yield Warning(
            "The list of hospitals is old, and readers are soon told of none. Run manage.py load_hospitals FILE.",
            id="clinics.W008",
        )
    if not Clinic.objects.listed().exists():
        yield Warning("No clinic is listed. Import a directory with manage.py import_clinics FILE.", id="clinics.W003")
    elif Clinic.objects.filter(is_demo=True).exists():
        yield Warning(
            "The clinics of the demo are listed; their numbers are invented. Import a real directory.",
            id="clinics.W004",
        )


@deployment_check("street addresses")
def street_addresses() -> Problems:
    if gridpin_sheet.is_chosen():
        try:
            gridpin_sheet.open_sheet(settings.GRIDPIN_SHEET)
        except gridpin_sheet.SheetUnavailable as error:
            yield Warning(str(error), id="clinics.W006")


@deployment_note("points of clinics")
def points() -> str:
    return overview.sentence(overview.everywhere())
