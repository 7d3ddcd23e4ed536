"""Pages that need no search: home, presets, and the plain words about the site itself."""

import sys
from datetime import timedelta

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from clinics.maps.tiles import tile_host
from clinics.models import Clinic
from clinics.presets import PRESETS, PRESETS_BY_SLUG
from clinics.search import facets
from clinics.search.filters import RADII_MILES
from clinics.views.locations import clinics_by_state
from core import brand

RETRY_SECONDS = 60  # when to ask again after the database was out of reach
GPC_SAID_ON = "2026-11-23"  # the day of this statement; another one only if what it says changes


def home(request):
    return render(request, "pages/home.html", {"presets": PRESETS})


def preset(request, slug):
    """A way in: a search box with one filter set, and how many clinics each state has of it."""
    if slug not in PRESETS_BY_SLUG:
        raise Http404
    preset = PRESETS_BY_SLUG[slug]
    states = clinics_by_state(Clinic.objects.listed().passing(selection_of(preset)))
    context = {"preset": preset, "presets": PRESETS, "states": states, "total": sum(s["count"] for s in states)}
    return render(request, "pages/preset.html", context)


def selection_of(preset) -> dict[str, list[facets.FacetValue]]:
    """The filters of a preset as the search has them."""
    selection = {}
    for group, slug in preset.filters:
        selection.setdefault(group, []).append(facets.VALUES[f"{group}{facets.SEPARATOR}{slug}"])
    return selection


def privacy(request):
    kept = {"log_days": settings.LOG_DAYS, "backup_days": settings.BACKUP_DAYS}
    return render(request, "pages/privacy.html", {"tile_host": tile_host(), **kept})


def accessibility(request):
    return render(request, "pages/accessibility.html")


def api(request):
    """The JSON of the search explained, its facet values from the code itself."""
    context = {"groups": facets.GROUPS, "radii": RADII_MILES, "data_license": settings.DATA_LICENSE}
    return render(request, "pages/api.html", context)


def brand_css(request, version):
    """The colours of the site's owner. Its address changes with them, so a browser may keep it for ever."""
    sheet = brand.site_style_sheet()
    if not sheet or version != brand.version(sheet):
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(sheet, content_type="text/css; charset=utf-8", headers=headers)


def robots(request):
    paths = ("/clinics/?", "/clinics/compare/", "/clinics/map/", "/clinics/*/report/")
    readers = [f"Disallow: {prefix}{path}" for prefix in ("", "/es") for path in paths]
    lines = ["User-agent: *", "Disallow: /admin/", *readers]
    sitemap = request.build_absolute_uri("/sitemap.xml")
    return HttpResponse("\n".join([*lines, f"Sitemap: {sitemap}", ""]), content_type="text/plain; charset=utf-8")


def healthz(request):
    """The process answers; says nothing of what it depends on."""
    return JsonResponse({"status": "ok"})


def readyz(request):
    """Whether a search would be answered: the database is there and knows the ZIP codes."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM clinics_zipcode)")
            [has_places] = cursor.fetchone()
    except Error:
        return JsonResponse({"status": "unavailable", "why": "the database does not answer"}, status=503)
    if not has_places:
        return JsonResponse({"status": "unavailable", "why": "the ZIP codes are not loaded"}, status=503)
    return JsonResponse({"status": "ok"})


def gpc(request):
    """Global Privacy Control: honoured, for there is nothing that a reader would have to turn off."""
    return JsonResponse({"gpc": True, "lastUpdate": GPC_SAID_ON})


def security_txt(request):
    """RFC 9116; without a contact address there is nothing to say, and none is invented."""
    if not settings.CONTACT_EMAIL:
        raise Http404
    expires = timezone.now() + timedelta(days=180)
    text = (
        f"Contact: mailto:{settings.CONTACT_EMAIL}\nExpires: {expires:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: en\n"
    )
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def error_page(request, template: int | str, status: int | None = None):
    """The page of an HTTP error, answered with its own status unless told otherwise.

    It has no counterpart in another language, so the switch leads to the home page.
    """
    return render(request, f"{template}.html", {"is_error": True}, status=status or template)


def not_found(request, exception):
    return error_page(request, 404)


def server_error(request):
    """500; but 503 while the database cannot be reached, which is a matter of time and says so to machines."""
    if not isinstance(sys.exception(), OperationalError | InterfaceError):  # the latter: it was lost a query ago
        return error_page(request, 500)
    response = error_page(request, "no_database", 503)
    response["Retry-After"] = RETRY_SECONDS
    return response


def forbidden(request, exception=None, reason=""):
    """Also the answer to a form whose cookie is missing."""
    return error_page(request, 403)


def bad_request(request, exception):
    return error_page(request, 400)
