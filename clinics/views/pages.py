"""Pages that need no search: home, presets, and the plain words about the site itself."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import render

from clinics.maps.tiles import tile_host
from clinics.models import Clinic
from clinics.models.reports import REPORT_DAYS
from clinics.presets import PRESETS, PRESETS_BY_SLUG
from clinics.search import facets
from clinics.search.far import FAR_MILES
from clinics.search.filters import ENOUGH_CLINICS, RADII_MILES
from clinics.search.names import MOST_MATCHES
from clinics.search.results import PAGE_SIZE
from clinics.views.locations import clinics_by_state
from clinics.views.search import EXPORT_PAGE_SIZE
from core.models import DailySalt


def home(request):
    return render(request, "pages/home.html", {"presets": PRESETS})


def preset(request, slug):
    """A search box with filters preset, and how many such clinics each state has."""
    if slug not in PRESETS_BY_SLUG:
        raise Http404
    preset = PRESETS_BY_SLUG[slug]
    states = clinics_by_state(Clinic.objects.listed().treating().with_facets(selection_of(preset)))
    context = {"preset": preset, "presets": PRESETS, "states": states, "total": sum(s["count"] for s in states)}
    return render(request, "pages/preset.html", context)


def selection_of(preset) -> dict[str, list[facets.FacetValue]]:
    """The filters of a preset as the search has them."""
    selection: dict[str, list[facets.FacetValue]] = {}
    for group, slug in preset.filters:
        selection.setdefault(group, []).append(facets.VALUES[f"{group}{facets.SEPARATOR}{slug}"])
    return selection


def privacy(request):
    kept = {"log_days": settings.LOG_DAYS, "backup_days": settings.BACKUP_DAYS}
    kept |= {"salt_days": DailySalt.KEPT_DAYS, "report_days": REPORT_DAYS}
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
