from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.generic import View

from clinics.call_sheet import read_numbers, search_parameters, search_query
from clinics.clinic_maps import shows_direction
from clinics.models import Clinic
from clinics.search import facets, serializers
from clinics.search.by_name import search_for
from clinics.search.characters import LONGEST_TEXT
from clinics.search.chips import chips_of
from clinics.search.filters import ANY, ENOUGH_CLINICS, RADII_MILES, ClinicFilter, PlaceError, in_parameters, printable
from clinics.search.headings import heading
from clinics.search.names import LONGEST_NAME
from clinics.search.parts import search_from
from clinics.search.results import PAGE_SIZE, Search
from clinics.search.rows import SaidAbove
from core.csv import csv_text
from core.prerendered import PrerenderedPartial
from core.rate_limits import LIMITS, allowed

FORMATS = ("html", "json", "geojson", "csv")
FACET_TICK = PrerenderedPartial("clinics/_facet_tick.html", "count")
FILTER_GROUP = PrerenderedPartial("clinics/_filter_group.html", "ticks", "more_ticks")
FOLDED_FROM = 10  # ticks of a group; then those after the first eight are folded
TICKS_SHOWN = 8
EXPORT_PAGE_SIZE = 1000  # a map or a spreadsheet wants the whole answer, within reason


class ClinicListView(View):
    """The search, in the format that `format` names."""

    template = "clinics/clinic_list.html"

    def get(self, request):
        format_name = request.GET.get("format") or "html"
        if format_name not in FORMATS:
            return _malformed({"format": [_("Choose html, json, geojson or csv.")]})
        # Programs are counted, under a hash that nobody can turn back; a reader's page asks the database nothing more.
        if format_name != "html" and not allowed(request, "search api"):
            return _too_many()
        filters = ClinicFilter(request.GET)
        request.GET = filters.data  # every link of the page is made of it: words that became filters can be taken off
        errors = {name: list(messages.data) for name, messages in filters.form.errors.items()}
        page = 1
        try:
            page = clean_page(request.GET.get("page", ""))
        except ValidationError as error:
            errors["page"] = [error]
        page_size = PAGE_SIZE if format_name in ("html", "json") else EXPORT_PAGE_SIZE
        search = search_for(filters, page, page_size, rows_only=format_name == "html")
        if search.wanted and filters.unknown_place:  # named clinics are an answer, wherever they are
            del errors["near"]
        elif filters.question and not search.wanted:
            errors["near"] = [ValidationError(filters.question)]
        respond = getattr(self, f"respond_{format_name}")
        response = respond(request, search, errors)
        response["X-Robots-Tag"] = "noindex"
        if response.status_code == 200 and (following := next_url(request, search)):
            response["Link"] = f'<{following}>; rel="next"'
        # Kept by the reader's own browser for the way back, by nobody in between.
        response["Cache-Control"] = "private, max-age=300"
        return response

    def respond_html(self, request, search, errors):
        errors |= beyond_the_last(search)
        context = texts_of(request, search, errors) | list_of(search) | sheet_of(request, search)
        return render(request, self.template, context | form_of(search) | self.beside(search))

    def beside(self, search) -> dict[str, object]:
        """What a page that is made of the list adds to it."""
        return {}

    def respond_json(self, request, search, errors):
        if unknown_place := only_an_unknown_place(errors):
            answer: dict[str, object] = {"near": None, "q": None, "radius_miles": None, "count": 0, "next": None}
            answer |= {"results": [], "beyond": []}
            answer |= {"facets": {}, "message": unknown_place.message, "suggestions": unknown_place.suggestions}
            return JsonResponse(answer | serializers.understood_as_json(search.filters.typed))
        if errors := errors or beyond_the_last(search):
            return _malformed(errors)
        return JsonResponse(serializers.search_as_json(search, request.build_absolute_uri, next_url(request, search)))

    def respond_geojson(self, request, search, errors):
        if unknown_place := only_an_unknown_place(errors):
            nothing: dict[str, object] = {"type": "FeatureCollection", "features": []}
            nothing["message"] = unknown_place.message
            return JsonResponse(nothing, content_type="application/geo+json")
        if errors := errors or beyond_the_last(search):
            return _malformed(errors)
        answer = serializers.search_as_geojson(search, request.build_absolute_uri)
        return JsonResponse(answer, content_type="application/geo+json")

    def respond_csv(self, request, search, errors):
        if only_an_unknown_place(errors):
            text = csv_text(serializers.CSV_COLUMNS, [])
        elif errors := errors or beyond_the_last(search):
            return _malformed(errors)
        else:
            text = serializers.search_as_csv(search, request.build_absolute_uri)
        headers = {"Content-Disposition": 'attachment; filename="clinics.csv"'}
        return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def texts_of(request, search: Search, errors: dict) -> dict[str, object]:
    """What was typed, and what is wrong with it."""
    unknown_place = search.filters.unknown_place
    typed = {name: printable(request.GET.get(name, "")) for name in ("near", "q")}
    was_name = bool(search.wanted and not search.filters.wanted)  # typed where a place is asked for
    return {
        "errors": errors,
        "sentences": [error.messages[0] for each in errors.values() for error in each],
        "choices": choices_of(search.filters),
        "unknown_place": unknown_place if search.wanted else None,
        "was_name": was_name,
        "by_name": search.wanted is not None or "q" in request.GET,
        "typed_name": typed["near" if was_name else "q"][:LONGEST_NAME],
        "typed_place": "" if was_name else typed["near"][:LONGEST_TEXT],
        "typed": search.filters.typed,
        "is_placeless": bool(errors.get("near")),  # a place was asked for, and there is none: no list
        "near": typed["near"][:LONGEST_TEXT] if search.place else "",
        "search_query": search_query(request.GET) if search.place else "",
    }


def list_of(search: Search) -> dict[str, object]:
    """The list, and whether there is a map of it: on a page of its own, so that it costs a list nothing."""
    page = min(search.page, search.page_count)
    start = (page - 1) * search.page_size + 1
    is_measured = search.place is not None and search.place.measured_from is not None
    return {
        "search": search,
        "heading": heading(search),
        "place": search.place,
        "searched_a_place": search.place is not None,
        "show_distance": is_measured,
        "has_map": any(clinic.coordinates for clinic in search.results),
        "map_shows_direction": shows_direction(search.results),
        "page": page,
        "start": start,
        "sections": sections_of(search, start),
        "said": SaidAbove.of(search.results),
        "by_place": search.wanted is None,
        "is_few": search.radius_miles is not None and search.count < ENOUGH_CLINICS,
        "by_minutes": search.is_by_minutes,
    }


def form_of(search: Search) -> dict[str, object]:
    """What can be chosen, and what is."""
    return {
        "groups": filter_groups(search),
        "chips": chips_of(search, search.filters.data),
        "chosen": chosen_facets(search),
        "radii": RADII_MILES,
        "any": ANY,
        "enough": ENOUGH_CLINICS,
        "treats": search.criteria.treats,
        "stated_treats": search.filters.stated_treats,
        "search_from": search_from(search.filters.data),
    }


def sheet_of(request, search: Search) -> dict[str, object]:
    """The call sheet of the page."""
    on_sheet = read_numbers(request.GET.getlist("id"))
    shown = {clinic.pk for clinic in (*search.results, *search.beyond)}
    return {
        "on_sheet": on_sheet,
        "sheet_parameters": search_parameters(request.GET),
        # Ticked on another page of the list, or before another search: they stay on the sheet.
        "kept_on_sheet": [number for number in on_sheet if number not in shown],
    }


class Section(NamedTuple):
    """A part of the list."""

    city: str  # its heading; "": none
    start: int  # the number of its first clinic
    clinics: list[Clinic]  # place by place


def sections_of(search: Search, start: int) -> list[Section]:
    """The list in its parts: a state's by city, any other in one."""
    if not search.criteria.by_city:
        return [Section("", start, search.results)]
    sections = []
    for _slug, entries in groupby(search.entries, key=lambda entry: entry.lead.city_slug):
        of_city = list(entries)
        clinics = [clinic for entry in of_city for clinic in entry.clinics]
        sections.append(Section(of_city[0].lead.city, start, clinics))
        start += len(of_city)
    return sections


def choices_of(filters: ClinicFilter) -> list[tuple[str, str]]:
    """What may have been meant in `near`, each with the query that finds it under the same filters."""
    typed = filters.typed
    if typed is None:
        return []
    chosen = (replace(typed, outcome="found", near=text) for text in typed.choices)
    return [(choice.near, in_parameters(filters.data, choice).urlencode()) for choice in chosen]


def clean_page(text: str) -> int:
    """A page number from 1; empty is the first. Raises ValidationError with a sentence."""
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise ValidationError(_("A page is a number from 1."), "invalid")
    return int(text)


def only_an_unknown_place(errors: dict) -> PlaceError | None:
    """The error, if all that is wrong is a place we do not know: an answer, not a malformed question."""
    [error, *more] = [error for each in errors.values() for error in each] or [None]
    return error if isinstance(error, PlaceError) and not more else None


def beyond_the_last(search: Search) -> dict:
    """The error of a page that does not exist; the HTML page shows the last one instead."""
    if search.page <= search.page_count:
        return {}
    sentence = ngettext("There is only %d page.", "There are only %d pages.", search.page_count) % search.page_count
    return {"page": [ValidationError(sentence)]}


def next_url(request, search: Search) -> str | None:
    """The address of the next page; it states the radius, so that all pages are of one search."""
    if search.page >= search.page_count:
        return None
    query = request.GET.copy()
    query["page"] = search.page + 1
    if search.place:
        query["radius"] = search.radius
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def filter_groups(search: Search) -> SafeString:
    """The filters of the page in its order: each group with a tick for each of its values and their counts.

    A value that no clinic here has is left out, unless it is ticked.
    """
    groups: list[str] = []
    language, by_value = get_language(), search.counts.by_value
    for slug in facets.FILTER_ORDER:
        group, ticked = facets.GROUPS_BY_SLUG[slug], search.filters.selection.get(slug, [])
        values = [value for value in group.values if by_value[value.key] or value in ticked]
        if values:
            ticks = [tick(value, by_value[value.key], value in ticked, language) for value in values]
            shown = TICKS_SHOWN if len(ticks) >= FOLDED_FROM else len(ticks)
            texts = {"ticks": "\n".join(ticks[:shown]), "more_ticks": "\n".join(ticks[shown:])}
            safe: dict[str, str] = {name: mark_safe(text) for name, text in texts.items()}  # noqa: S308 - from a template
            is_open = {
                "is_open": bool(ticked) or slug in facets.QUESTIONS,
                "are_more_open": any(value in ticked for value in values[shown:]),
            }
            groups.append(FILTER_GROUP.fill(safe, language, group=slug, **is_open))
    return mark_safe("".join(groups))  # noqa: S308 - filled from a template


def tick(value: facets.FacetValue, count: int, is_ticked: bool, language: str) -> str:
    text = str(count) if count < 1000 else intcomma(count)
    return tick_text(value.key, is_ticked, language).replace("{count}", text)


@lru_cache(maxsize=4 * len(facets.VALUES))
def tick_text(key: str, is_ticked: bool, language: str) -> str:
    """With {count}: a page of results has eighty ticks."""
    value = facets.VALUES[key]
    variant = {"key": key, "group": value.group, "slug": value.slug, "is_ticked": is_ticked}
    return FACET_TICK.text(("count",), tuple(variant.items()), language)


def chosen_facets(search: Search) -> list[facets.FacetValue]:
    return [value for slug in facets.FILTER_ORDER for value in search.filters.selection.get(slug, [])]


def _too_many() -> JsonResponse:
    limit = LIMITS["search api"]
    sentence = _("At most %(most)s searches a minute come from one address. Go on in %(seconds)s seconds.")
    sentence %= {"most": limit.most, "seconds": limit.seconds_left}
    response = JsonResponse({"errors": {"rate": [sentence]}}, status=429)
    response["Retry-After"] = limit.seconds_left
    response["Cache-Control"] = "no-store"
    return response


def _malformed(errors: dict) -> JsonResponse:
    messages = {
        name: [error.messages[0] if isinstance(error, ValidationError) else error for error in each]
        for name, each in errors.items()
    }
    return JsonResponse({"errors": messages}, status=400)
