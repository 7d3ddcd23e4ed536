"""What a directory needs before anybody can search it."""

from django.core.checks import Warning

from clinics.models import Clinic, Service, ZipCode
from core.checks import Problems, deployment_check

ZIP_CODES = 40_000  # of 42,789


@deployment_check("places", needs_database=True)
def places() -> Problems:
    if (known := ZipCode.objects.count()) < ZIP_CODES:
        yield Warning(
            f"{known} ZIP codes are loaded, which is too few to search. Run manage.py load_zipcodes.",
            id="clinics.W001",
        )
    if not Service.objects.exists():
        yield Warning("The code book of services is not loaded. Run manage.py load_codebook.", id="clinics.W002")
    if not Clinic.objects.listed().exists():
        yield Warning("No clinic is listed. Import a directory with manage.py import_clinics FILE.", id="clinics.W003")
    elif Clinic.objects.filter(is_demo=True).exists():
        yield Warning(
            "The clinics of the demo are listed; their numbers are invented. Import a real directory.",
            id="clinics.W004",
        )
