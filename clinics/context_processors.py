from django.conf import settings
from django.core.cache import caches
from django.db import Error

from clinics.models import Clinic
from core import brand

DEMO_KNOWN_SECONDS = 60
UNKNOWN_SECONDS = 2  # a database that is away is not asked again by every page: each would wait for it


def site(request) -> dict:
    """What every page says of the site itself."""
    return {
        "site_name": settings.SITE_NAME,
        "contact_email": settings.CONTACT_EMAIL,
        "brand_version": brand.version(brand.site_style_sheet()),
        "own_helplines": brand.site_helplines(),
        "directory_is_demo": directory_is_demo,
    }


def directory_is_demo() -> bool:
    """Whether the clinics are invented. Asked of the database once a minute; an error page must do without it."""
    try:
        return caches["process"].get_or_set(
            "directory_is_demo", lambda: Clinic.objects.filter(is_demo=True).exists(), DEMO_KNOWN_SECONDS
        )
    except Error:
        caches["process"].set("directory_is_demo", False, UNKNOWN_SECONDS)
        return False
