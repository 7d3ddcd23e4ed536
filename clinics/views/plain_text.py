from django.http import HttpResponse
from django.utils.translation import get_language

from clinics.search import plain_text
from clinics.search.filters import ClinicFilter
from clinics.search.results import Search


def list_as_text(request, near):
    """The list as a text page, for a phone or a line that carries no more; it takes the filters of the search.

    The place is in the path, where people can type it, so no log may hold this path (core/logs.py, deploy/nginx/).
    """
    query = request.GET.copy()
    query["near"] = near
    filters = ClinicFilter(query)
    if filters.place:
        text = plain_text.list_text(Search(filters, rows_only=True), request.build_absolute_uri)
    else:
        text = plain_text.way_on_text(filters, request.build_absolute_uri)
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Language"] = get_language()
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, max-age=300"  # as the page of results
    return response
