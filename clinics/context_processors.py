from django.core.cache import caches
from django.db import Error

from clinics.models import Clinic

DEMO_KNOWN_SECONDS = 60
UNKNOWN_SECONDS = 2  # each page would wait for a database that is away


def demo(request) -> dict:
    """Whether the clinics are invented, which every page says. Asked only by a template that uses it."""
    return {"directory_is_demo": directory_is_demo}


def directory_is_demo() -> bool:
    """Asked of the database once a minute; an error page must do without it."""
    try:
        known = caches["process"].get_or_set(
            "directory_is_demo", lambda: Clinic.objects.filter(is_demo=True).exists(), DEMO_KNOWN_SECONDS
        )
        return bool(known)
    except Error:
        caches["process"].set("directory_is_demo", False, UNKNOWN_SECONDS)
        return False
