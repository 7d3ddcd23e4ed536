"""Pages that need no search: home, presets, and the plain words about the site itself."""

from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from clinics import facets
from clinics.filters import RADII_MILES
from clinics.maps.tiles import tile_host
from clinics.presets import PRESETS, PRESETS_BY_SLUG
from clinics.states import state_names


def home(request):
    return render(request, "pages/home.html", {"presets": PRESETS})


def preset(request, slug):
    """A way in: a search box with one filter set, and the same by state."""
    if slug not in PRESETS_BY_SLUG:
        raise Http404
    context = {"preset": PRESETS_BY_SLUG[slug], "presets": PRESETS, "states": state_names()}
    return render(request, "pages/preset.html", context)


def privacy(request):
    return render(request, "pages/privacy.html", {"tile_host": tile_host()})


def api(request):
    """The JSON of the search explained, its facet values from the code itself."""
    return render(request, "pages/api.html", {"groups": facets.GROUPS, "radii": RADII_MILES})


def robots(request):
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /clinics/?", "Disallow: /clinics/*/report/"]
    sitemap = request.build_absolute_uri("/sitemap.xml")
    return HttpResponse("\n".join([*lines, f"Sitemap: {sitemap}", ""]), content_type="text/plain")


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


def security_txt(request):
    """RFC 9116; without a contact address there is nothing to say, and none is invented."""
    if not settings.CONTACT_EMAIL:
        raise Http404
    expires = timezone.now() + timedelta(days=180)
    text = (
        f"Contact: mailto:{settings.CONTACT_EMAIL}\nExpires: {expires:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: en\n"
    )
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def not_found(request, exception):
    return render(request, "404.html", status=404)


def server_error(request):
    return render(request, "500.html", status=500)


def forbidden(request, exception=None, reason=""):
    """Also the answer to a form whose cookie is missing."""
    return render(request, "403.html", status=403)


def bad_request(request, exception):
    return render(request, "400.html", status=400)
