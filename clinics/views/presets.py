"""The pages of /find/…: a field and what the kind of clinic is; once a place is in the address, the list."""

from dataclasses import replace

from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from clinics.models import Clinic
from clinics.presets import PAGES, PRESETS, Preset
from clinics.search import facets
from clinics.search.by_name import search_for
from clinics.search.filters import ClinicFilter
from clinics.search.parts import search_from
from clinics.search.results import PAGE_SIZE
from clinics.search.rows import SaidAbove
from clinics.views.locations import clinics_by_state
from clinics.views.search import ClinicListView

FARTHER_SHOWN = 2  # of those that fit, before the nearest that do not say
OTHER_FORMATS = ("format",)  # are those of the search: this is a page


class PresetView(ClinicListView):
    """The search with the filters of a preset, in the address of the preset."""

    template = "clinics/preset_list.html"
    preset: Preset

    def get(self, request, *args, slug="", **kwargs):
        if slug not in PAGES:
            raise Http404
        self.preset = PAGES[slug]
        if not request.GET.get("near", "").strip():
            return render(request, "pages/preset.html", about(self.preset))
        request.GET = with_filters(request.GET, self.preset)
        return super().get(request)

    def respond_html(self, request, search, errors):
        self.is_wish_unmet = self.preset.is_wish and search.place is not None and not search.count
        self.fitting_farther = search.beyond if self.is_wish_unmet else []
        if self.is_wish_unmet:
            filters = ClinicFilter(without_filters(request.GET, self.preset))
            request.GET = filters.data
            search = search_for(filters, search.page, PAGE_SIZE, rows_only=True)
        if errors or not search.count:  # the search asks which place is meant, and has the ways on
            return redirect(f"{reverse('clinics:clinic_list')}?{request.GET.urlencode()}")
        return super().respond_html(request, search, errors)

    def beside(self, search) -> dict[str, object]:
        said = SaidAbove.of(search.results)
        here = reverse("clinics:clinic_list")  # where the filters of the preset can be taken off
        return {
            "preset": self.preset,
            "is_wish_unmet": self.is_wish_unmet,
            "fitting_farther": self.fitting_farther[:FARTHER_SHOWN],
            # What to ask of new patients is among the questions of a preset that has some.
            "said": replace(said, nobody_says_of_new_patients=False) if self.preset.questions else said,
            "here": here,
            "search_from": here + search_from(search.filters.data),
        }


def about(preset: Preset) -> dict[str, object]:
    """What the page of a preset says where no place is asked for."""
    states = []
    if not preset.is_wish:  # which nobody can promise of a whole state
        states = clinics_by_state(Clinic.objects.listed().treating().with_facets(selection_of(preset)))
    return {"preset": preset, "presets": PRESETS, "states": states, "total": sum(state["count"] for state in states)}


def selection_of(preset: Preset) -> dict[str, list[facets.FacetValue]]:
    """The filters of a preset as the search has them."""
    selection: dict[str, list[facets.FacetValue]] = {}
    for group, slug in preset.filters:
        selection.setdefault(group, []).append(facets.VALUES[f"{group}{facets.SEPARATOR}{slug}"])
    return selection


def with_filters(query: QueryDict, preset: Preset) -> QueryDict:
    query = without_filters(query, preset)
    for group, slug in preset.filters:
        query.appendlist(group, slug)
    return query


def without_filters(query: QueryDict, preset: Preset) -> QueryDict:
    query = query.copy()
    for name in OTHER_FORMATS:
        query.pop(name, None)
    for group, slug in preset.filters:
        query.setlist(group, [value for value in query.getlist(group) if value != slug])
    return query
