"""How far a clinic is, in words that promise no more than what is known about where it stands.

A clinic that is known to its ZIP only stands at the middle of it: miles from there are "about" so many, and within one
ZIP none can be told. Those of an exact point keep their tenth.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import get_format
from django.utils.translation import get_language, gettext, ngettext

from clinics.geo import Coordinates, miles_between

MINUTES_PER_HOUR = 60
LONGEST_IN_MINUTES = 90
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
    obstacle: str = ""  # of Journey.Obstacle
    minutes: int | None = None  # by car, from the ZIP code that the reader named
    roads_as_of: str = ""  # the day of the map of roads that these are from

    @property
    def text(self) -> str:
        """ "3.4 miles", "about 60 miles" or "in your ZIP code"; never none at all."""
        if self.is_in_zip_code:
            return gettext("in your ZIP code")
        return self.about if self.is_rough else exact_text(tenths(self.miles), get_language())

    @property
    def way(self) -> str:
        """What a straight line does not say of the way: "across the water, 40 minutes by car"; mostly ""."""
        if not self.obstacle and self.minutes is None:
            return ""
        return way_text(self.obstacle, self.minutes, get_language())

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
            is_of_zip = clinic.is_approximate and not clinic.is_at_city  # else its ZIP code is not believed
            is_here = bool(zip_code) and is_of_zip and (clinic.zip_code == zip_code or place == origin)
            clinic.distance = Distance(miles, rough, is_here, clinic.obstacle)
            if zip_code and not rough and clinic.minutes_by_car is not None:
                clinic.distance = by_road(clinic.distance, clinic.minutes_by_car, clinic.roads_as_of or "")
    return clinics


def by_road(distance: Distance, minutes: int, roads_as_of: str) -> Distance:
    """Where somebody can drive there is a road, whatever the map of islands says."""
    obstacle = "" if distance.obstacle == "no-road" else distance.obstacle
    return replace(distance, obstacle=obstacle, minutes=minutes, roads_as_of=roads_as_of)


def roads_as_of(clinics: Iterable) -> str:
    """The day of the oldest map of roads that minutes of these clinics are from; "" if none of them has any."""
    distances = (clinic.distance for clinic in clinics if clinic.distance)
    return min((each.roads_as_of for each in distances if each.minutes is not None), default="")


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
def way_text(obstacle: str, minutes: int | None, language: str) -> str:
    words = {"water": gettext("across the water"), "no-road": gettext("no road")}.get(obstacle, "")
    return ", ".join(filter(None, [words, "" if minutes is None else minutes_text(minutes)]))


def minutes_text(minutes: int) -> str:
    """ "18 minutes by car", "1 h 35 min by car"."""
    if minutes <= LONGEST_IN_MINUTES:
        return ngettext("%(count)s minute by car", "%(count)s minutes by car", minutes) % {"count": minutes}
    hours, rest = divmod(minutes, MINUTES_PER_HOUR)
    return gettext("%(hours)s h %(minutes)s min by car") % {"hours": hours, "minutes": rest}


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
