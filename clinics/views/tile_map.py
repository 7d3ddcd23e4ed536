"""The zoomable map, for a site whose owner names a tile server; without one there is no such page."""

from csp.decorators import csp_update
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import render

from clinics.clinic_maps import tile_map_of_results
from clinics.maps.tiles import tile_host, tile_origin
from clinics.search.by_name import search_for
from clinics.search.filters import ClinicFilter
from clinics.search.results import PAGE_SIZE
from clinics.views.search import clean_page


def clinic_map(request):
    """The results of the same query over tiles. This page alone may load pictures from the tile server."""
    if not settings.MAP_TILE_URL:
        raise Http404
    response = csp_update({"img-src": tile_origin()})(show_map)(request)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, max-age=300"
    return response


def show_map(request):
    filters = ClinicFilter(request.GET)
    request.GET = filters.data
    errors = [str(message) for messages in filters.form.errors.values() for message in messages]
    try:
        page, zoom = clean_page(request.GET.get("page", "")), clean_page(request.GET.get("zoom", ""))
    except ValidationError:
        page = zoom = 1
    search = search_for(filters, page, PAGE_SIZE, rows_only=True)
    place = search.place.coordinates if search.place and not search.place.state_only else None
    start = (min(search.page, search.page_count) - 1) * search.page_size + 1
    asked_zoom = zoom if request.GET.get("zoom") else None
    drawn = None if errors else tile_map_of_results([entry.lead for entry in search.entries], start, place, asked_zoom)
    context = {"map": drawn, "errors": errors, "host": tile_host(), "credit": settings.MAP_TILE_CREDIT}
    context["near"] = request.GET.get("near", "") if search.place else ""
    return render(request, "clinics/clinic_map.html", context)
