"""Blocks of the directory in articles: a link to a kind of clinic, and the nearest of it when a place is known."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Value
from django.http import QueryDict
from django.template.loader import render_to_string

from clinics.models import Clinic
from clinics.models.expressions import Nearness, StatesNoMedicine
from clinics.presets import PRESETS_BY_SLUG, Preset
from clinics.search.distances import with_distances_from
from clinics.search.filters import ClinicFilter

NEAREST = 3
ANY_CLINIC = ""  # in place of a preset


@dataclass
class DirectoryBlock:
    """One block, near `place` if the reader searched before; only the address of the page carries the place."""

    preset: Preset
    number: int  # on its page, from 1
    place: object = None  # of clinics.search.places
    near: str = ""  # the place as the reader typed it
    clinics: tuple[Clinic, ...] = ()  # each with `distance`
    fits: bool = True  # whether the clinics match the preset, or are the next best

    @property
    def id(self) -> str:
        return f"block-{self.number}"

    def render(self) -> str:
        return render_to_string("articles/_directory_block.html", {"block": self})


class Blocks:
    """The blocks of one page, filled by one query, or by none on a page without a place."""

    def __init__(self, presets: Iterable[str], near: str = "", place=None):
        self.near, self.place = near, place
        self.known = nearest(dict.fromkeys(presets), place) if place else {}
        self.count = 0

    def block(self, slug: str) -> DirectoryBlock:
        self.count += 1
        clinics, fits = self.known.get(slug, ((), True))
        return DirectoryBlock(PRESETS_BY_SLUG[slug], self.count, self.place, self.near, clinics, fits)

    def render(self, slug: str, _number: int = 0) -> str:
        return self.block(slug).render()


def nearest(presets: Iterable[str], place) -> dict[str, tuple[tuple[Clinic, ...], bool]]:
    """By preset: the three nearest that fit it, however far, and True; where there are none, the three nearest, False.

    One query: each of its parts scans the index of the search until it has three.
    """
    listed = Clinic.objects.listed().treating()
    parts = [_three(listed, ANY_CLINIC, place)]
    for slug in presets:
        chosen = ClinicFilter(_query(PRESETS_BY_SLUG[slug])).selection
        parts.append(_three(listed.with_facets(chosen), slug, place))
    found: dict[str, list[Clinic]] = {slug: [] for slug in (ANY_CLINIC, *presets)}
    if len(parts) > 1:
        for clinic in parts[0].union(*parts[1:], all=True).order_by("nearness", "states_no_medicine", "name", "pk"):
            found[clinic.preset].append(clinic)
    for clinics in found.values():
        with_distances_from(clinics, place)
    return {
        slug: (tuple(found[slug] or found[ANY_CLINIC]), bool(found[slug]) or not found[ANY_CLINIC]) for slug in presets
    }


def _three(clinics, slug: str, place):
    order = {"nearness": Nearness(place.coordinates), "states_no_medicine": StatesNoMedicine()}
    return (
        clinics.with_contact_source()
        .with_phone_shared_by()
        .with_closings()
        .annotate(preset=Value(slug), **order)
        .nearest(place.coordinates, NEAREST)
        .defer("position")
    )


def _query(preset: Preset):
    query = QueryDict(mutable=True)
    for name, value in preset.filters:
        query.appendlist(name, value)
    return query
