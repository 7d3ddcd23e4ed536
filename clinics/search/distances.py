"""How far a clinic is, in words that promise no more than what is known about where it stands.

A clinic that is known to its ZIP only stands at the middle of it: miles from there are "about" so many, and within one
ZIP none can be told. Those of an exact point keep their tenth.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import get_format
from django.utils.translation import get_language, gettext, ngettext

from clinics.geo import Coordinates, miles_between

WORDS_KEPT = 4096  # distances, in all languages
# To how many miles a rough distance is rounded, and up to which.
ROUGH_STEPS = ((20, 1), (100, 5), (1000, 10))
ROUGHEST_STEP = 100


@dataclass(frozen=True, slots=True)
class Distance:
    """Over the ground, in a straight line."""

    miles: float
    is_rough: bool = False  # one of its two ends is known to its ZIP only
    is_in_zip_code: bool = False  # rough, and both ends are in one ZIP

    @property
    def text(self) -> str:
        """ "3.4 miles", "about 60 miles" or "in your ZIP code"; never none at all."""
        if self.is_in_zip_code:
            return gettext("in your ZIP code")
        return self.about if self.is_rough else exact_text(tenths(self.miles), get_language())

    @property
    def about(self) -> str:
        """ "about 60 miles", however well it is known."""
        return about_text(rounded(self.miles), get_language())


def with_distances(clinics: list, origin: Coordinates | None, *, zip_code: str = "", is_rough: bool = False) -> list:
    """The same clinics, each with its `distance` from `origin`; None where one has no coordinates.

    In the order they came in: the database's order is that of these distances, to within a few feet. `zip_code`: the
    one that the reader named, if that is where `origin` is. `is_rough`: `origin` is known to its ZIP only.
    """
    for clinic in clinics:
        place = clinic.coordinates
        clinic.distance = None
        if origin is not None and place is not None:
            miles = miles_between(origin, place)
            rough = is_rough or clinic.is_approximate
            is_here = bool(zip_code) and clinic.is_approximate and (clinic.zip_code == zip_code or place == origin)
            clinic.distance = Distance(miles, rough, is_here)
    return clinics


def with_distances_from(clinics: list, place) -> list:
    """The same from the Place that a reader named, or from none."""
    return with_distances(clinics, place and place.measured_from, zip_code=place.zip_code if place else "")


def rounded(miles: float) -> int:
    """Whole miles, coarser the farther: 3, 60, 240, 3,700; at least 1."""
    step = next((step for limit, step in ROUGH_STEPS if miles < limit), ROUGHEST_STEP)
    return max(1, int(miles / step + 0.5) * step)


def tenths(miles: float) -> int:
    return int(miles * 10 + 0.5)


@lru_cache(maxsize=WORDS_KEPT)
def about_text(miles: int, language: str) -> str:
    words = ngettext("about %(miles)s mile", "about %(miles)s miles", miles)
    return words % {"miles": intcomma(miles)}


@lru_cache(maxsize=WORDS_KEPT)
def exact_text(tenths_of_a_mile: int, language: str) -> str:
    if not tenths_of_a_mile:
        return gettext("less than a mile")
    whole, tenth = divmod(tenths_of_a_mile, 10)
    return gettext("%(miles)s miles") % {"miles": f"{intcomma(whole)}{decimal_separator(language)}{tenth}"}


@cache
def decimal_separator(language: str) -> str:
    return get_format("DECIMAL_SEPARATOR", language)
