"""The map of a page of results: ours, and over tiles for a site whose owner names a tile server."""

from csp.decorators import csp_update
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import render

from clinics.call_sheet import search_query
from clinics.clinic_maps import map_of_results, tile_map_of_results
from clinics.maps.tiles import tile_host, tile_origin
from clinics.search.by_name import search_for
from clinics.search.filters import ClinicFilter
from clinics.search.results import PAGE_SIZE
from clinics.views.search import clean_page


def clinic_map(request):
    """The results of the same query on a map. A page of its own: a list is read by more than look at a map."""
    context = results_of(request)
    if not context["errors"]:
        place = context["place"]
        reader_at = place and place.measured_from
        context["map"] = map_of_results(context["clinics"], context["start"], reader_at)
        context["show_distance"] = reader_at is not None
    context["tile_host"] = tile_host()
    return kept_by_the_reader(render(request, "clinics/clinic_map.html", context))


def tile_map(request):
    """The same over tiles; not there without a tile server. This page alone may load pictures from it."""
    if not settings.MAP_TILE_URL:
        raise Http404
    return kept_by_the_reader(csp_update({"img-src": tile_origin()})(show_tile_map)(request))


def show_tile_map(request):
    context, zoom = results_of(request), None
    if request.GET.get("zoom"):
        try:
            zoom = clean_page(request.GET["zoom"])
        except ValidationError:
            zoom = 1
    if not context["errors"]:
        place = context["place"]
        reader_at = place.coordinates if place and not place.state_only else None
        context["map"] = tile_map_of_results(context["clinics"], context["start"], reader_at, zoom)
    context |= {"host": tile_host(), "credit": settings.MAP_TILE_CREDIT}
    return render(request, "clinics/tile_map.html", context)


def results_of(request) -> dict:
    """The page of results that a query asks for: the first clinic of each entry, and the number of the first."""
    filters = ClinicFilter(request.GET)
    request.GET = filters.data
    errors = [str(message) for messages in filters.form.errors.values() for message in messages]
    try:
        page = clean_page(request.GET.get("page", ""))
    except ValidationError:
        page = 1
    search = search_for(filters, page, PAGE_SIZE, rows_only=True)
    return {
        "errors": errors,
        "clinics": [entry.lead for entry in search.entries],
        "start": (min(search.page, search.page_count) - 1) * search.page_size + 1,
        "place": search.place,
        "search_query": search_query(request.GET) if search.place else "",
    }


def kept_by_the_reader(response):
    """By their own browser for the way back, by nobody in between, and by no search engine."""
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, max-age=300"
    return response
