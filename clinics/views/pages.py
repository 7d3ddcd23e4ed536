"""Pages that need no search: home, and the plain words about the site itself."""

from django.conf import settings
from django.shortcuts import render

from clinics.maps.tiles import tile_host
from clinics.models.pharmacies import LATELY_DAYS
from clinics.models.reports import REPORT_DAYS
from clinics.presets import PRESETS, WAYS
from clinics.search import facets
from clinics.search.far import FAR_MILES
from clinics.search.filters import ENOUGH_CLINICS, RADII_MILES
from clinics.search.names import MOST_MATCHES
from clinics.search.results import PAGE_SIZE
from clinics.views.search import EXPORT_PAGE_SIZE
from core.models import DailySalt


def home(request):
    return render(request, "pages/home.html", {"ways": WAYS, "presets": PRESETS})


def privacy(request):
    kept = {"log_days": settings.LOG_DAYS, "backup_days": settings.BACKUP_DAYS}
    kept |= {"salt_days": DailySalt.KEPT_DAYS, "report_days": REPORT_DAYS, "pharmacy_days": LATELY_DAYS}
    return render(request, "pages/privacy.html", {"tile_host": tile_host(), **kept})


def accessibility(request):
    return render(request, "pages/accessibility.html", {"page_size": PAGE_SIZE})


def api(request):
    """The JSON of the search explained, its facet values from the code itself."""
    sizes = {
        "enough": ENOUGH_CLINICS,
        "page_size": PAGE_SIZE,
        "export_page_size": EXPORT_PAGE_SIZE,
        "far_miles": FAR_MILES,
    }
    sizes["most_named"] = MOST_MATCHES
    context = {"groups": facets.GROUPS, "radii": RADII_MILES, "data_license": settings.DATA_LICENSE, **sizes}
    return render(request, "pages/api.html", context)
