"""The way on from an article: a ZIP box with a filter set, and the nearest clinics when a place is known."""

from dataclasses import dataclass

from django.http import QueryDict
from django.template.loader import render_to_string

from clinics.filters import ClinicFilter
from clinics.models import Clinic
from clinics.presets import PRESETS_BY_SLUG, Preset
from clinics.search import with_distances

NEAREST = 3


@dataclass
class DirectoryBlock:
    """One way into the directory, near `place` if the reader searched before: that travels in the address alone."""

    preset: Preset
    number: int  # on its page, from 1
    place: object = None  # of clinics.geocoding
    near: str = ""  # the place as the reader typed it
    clinics: tuple[Clinic, ...] = ()  # each with `distance_miles`
    fits: bool = True  # whether the clinics are what the preset asks for, or the next best

    @property
    def id(self) -> str:
        return f"block-{self.number}"

    def render(self) -> str:
        return render_to_string("articles/_directory_block.html", {"block": self})


class Blocks:
    """The blocks of one page. A preset's clinics are read once; a page without a place reads none."""

    def __init__(self, near: str = "", place=None):
        self.near, self.place = near, place
        self.known: dict[str, tuple[tuple[Clinic, ...], bool]] = {}
        self.count = 0

    def block(self, slug: str) -> DirectoryBlock:
        self.count += 1
        preset = PRESETS_BY_SLUG[slug]
        if self.place is None:
            return DirectoryBlock(preset, self.count)
        if slug not in self.known:
            self.known[slug] = nearest(preset, self.place)
        clinics, fits = self.known[slug]
        return DirectoryBlock(preset, self.count, self.place, self.near, clinics, fits)

    def render(self, slug: str, _number: int = 0) -> str:
        return self.block(slug).render()


def nearest(preset: Preset, place) -> tuple[tuple[Clinic, ...], bool]:
    """The three nearest that fit the preset, however far; of a directory without one, the three nearest of all."""
    filters = ClinicFilter(_query(preset), queryset=Clinic.objects.listed())
    near = Clinic.objects.listed().near(place.coordinates)
    for clinics, fits in ((near.passing(filters.selection), True), (near, False)):
        found = list(clinics.defer("position")[:NEAREST])
        if found:
            return tuple(with_distances(found, place.coordinates)), fits
    return (), False


def _query(preset: Preset):
    query = QueryDict(mutable=True)
    for name, value in preset.filters:
        query.appendlist(name, value)
    return query
