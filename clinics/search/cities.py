"""Which city is meant: the one of the likeliest reading, and of several the one that everybody means."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from clinics.geo import Coordinates, miles_between
from clinics.models.places import City
from clinics.search.gazetteer import AmbiguousPlace, Place, as_place, find_cities, search_name
from clinics.search.readings import Reading
from clinics.search.words import Understanding

PART_OF_MILES = 40  # how far a neighborhood may be from the middle of its city
MOST_OTHERS = 3  # namesakes that are named beside it
LARGE_CITY, TIMES_AS_LARGE = 200_000, 25  # "Denver" is the one in Colorado; the page names the others


class KnownCities:
    """The cities with the names of some readings; and if none of them is the city of one, those with names alike.

    One query, whatever comes of it: a page has four, and three of them are for the clinics.
    """

    def __init__(self, tried: Iterable[Reading], *, perhaps: Iterable[Reading] = (), likely: Reading | None = None):
        """`tried`: what is read as it stands; `perhaps`: what else; `likely`: the one that may be misspelt."""
        tried = list(tried)
        names = {search_name(name) for each in (*tried, *perhaps) for name in (each.name, each.within) if name}
        plain = [(search_name(each.name), each.state) for each in tried if not each.within]
        self.by_name: dict[str, list[City]] = {}
        self.alike: list[City] = []
        for city in find_cities(
            names, plain, search_name(likely.name) if likely else "", likely.state if likely else ""
        ):
            if getattr(city, "is_alike", False):
                self.alike.append(city)
            else:
                self.by_name.setdefault(city.search_name, []).append(city)

    def pick(self, tried: Iterable[Reading]) -> tuple[list[City], Reading | None]:
        """The cities of the first reading that has any, the largest first, and that reading."""
        for reading in tried:
            cities = self.named(reading.name, reading.state)
            if reading.within:
                around = self.named(reading.within)
                cities = [city for city in cities if any(is_part_of(city, other) for other in around)]
            if cities:
                return cities[:1] if reading.state or reading.within else cities, reading
        return [], None

    def named(self, name: str, state: str = "") -> list[City]:
        return [city for city in self.by_name.get(search_name(name), []) if state in ("", city.state)]


def is_part_of(city: City, other: City) -> bool:
    middle = Coordinates(other.latitude, other.longitude)
    return city.state == other.state and city.pk != other.pk and is_near(city, middle)


def is_near(city: City, point: Coordinates) -> bool:
    return miles_between(Coordinates(city.latitude, city.longitude), point) <= PART_OF_MILES


def one_of(cities: list[City], understanding: Understanding) -> Place:
    """The only city, or the one that everybody means; else which one is asked."""
    state = understanding.words.state
    first, *others = [city for city in cities if city.state == state] or cities
    if not others:
        return as_place(first)
    labels = [str(city) for city in others]
    if everybody_means([first, *others]):
        note = _("There are other places called %(city)s:") % {"city": first.name}
        return replace(as_place(first), note=note, also=labels[:MOST_OTHERS])
    sentence = _("There are several places called %(city)s. Which one do you mean?")
    raise AmbiguousPlace(sentence % {"city": first.name}, [str(first), *labels])


def everybody_means(cities: list[City]) -> bool:
    first, second, *_others = [*(city.population for city in cities), 0]
    return first >= LARGE_CITY and first >= TIMES_AS_LARGE * second
