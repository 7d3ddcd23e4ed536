"""Maps of clinics: the points and labels that clinics/maps draws, read from the tables."""

import threading
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from django.db.models import Avg, Count, Q
from django.utils.translation import get_language

from clinics.geo import Coordinates, miles_between
from clinics.maps.drawing import Map, map_around, map_of_points, miles_to_towns
from clinics.maps.pins import MapPoint
from clinics.maps.tiles import TileMap, tile_map_of_points
from clinics.maps.towns import TownIndex
from clinics.models import Clinic, ZipCode
from clinics.models.clinic import city_slug

DIRECTION_FROM_MILES = 10
FIRST = 5  # clinics whose miles decide
LEAP, LEAP_FROM_MILES = 3, 100  # what is so many times as far as the one before it, or as these miles, is off the map

_reading = threading.Lock()


def shows_direction(clinics: list[Clinic]) -> bool:
    """Whether a map tells what miles do not: most of the first clinics are so far that the direction matters.

    Without streets it does not help within a city, where every clinic is a few minutes off.
    """
    miles = sorted(clinic.distance.miles for clinic in clinics if clinic.distance)[:FIRST]
    return bool(miles) and miles[len(miles) // 2] > DIRECTION_FROM_MILES


def map_of_results(clinics: list[Clinic], start: int, reader_at: Coordinates | None) -> Map | None:
    """The map of a list that is numbered from `start`, around the reader's place if there is one.

    Clinics without coordinates or with a secret spot have no pin, nor those far beyond the others. None without a pin.
    """
    points = points_of(clinics, start)
    return map_of_points(within_reach(points, reader_at), reader_at, known_towns()) if points else None


def within_reach(points: list[MapPoint], reader_at: Coordinates | None) -> list[MapPoint]:
    """Without those after a leap: a map of Hawaii is not one of the sea as far as California."""
    if reader_at is None:
        return points
    miles = {point: miles_between(reader_at, point.coordinates) for point in points}
    nearest_first = sorted(points, key=miles.__getitem__)
    for last, following in pairwise(nearest_first):
        if miles[following] > LEAP * max(miles[last], LEAP_FROM_MILES):
            return [point for point in points if miles[point] <= miles[last]]
    return points


def tile_map_of_results(
    clinics: list[Clinic], start: int, reader_at: Coordinates | None, zoom: int | None
) -> TileMap | None:
    """The same pins over tiles; without a zoom, at the one that shows them all."""
    points = points_of(clinics, start)
    return tile_map_of_points(points, reader_at, zoom) if points else None


def map_of_clinic(clinic: Clinic, always=True) -> Map | None:
    """The map around one clinic; None without coordinates, and unless `always`, where it would show no direction.

    None too for one that has a secret spot.
    """
    if not clinic.coordinates or has_secret_spot(clinic):
        return None
    towns = known_towns()
    miles = miles_to_towns(clinic.coordinates, towns)
    if miles <= DIRECTION_FROM_MILES and not always:
        return None
    return map_around(point_of(clinic, clinic.coordinates), towns, miles)


def points_of(clinics: list[Clinic], start: int) -> list[MapPoint]:
    language = get_language()
    return [
        point_of(clinic, clinic.coordinates, clinic.address_in(language), number)
        for number, clinic in enumerate(clinics, start)
        if clinic.coordinates and not has_secret_spot(clinic)
    ]


def has_secret_spot(clinic: Clinic) -> bool:
    """Whether it keeps its street private, which a pin would reveal."""
    return not clinic.street and not clinic.is_approximate


def point_of(clinic: Clinic, place: Coordinates, address="", number: int | None = None) -> MapPoint:
    area = clinic.city if clinic.is_at_city else clinic.zip_code
    return MapPoint(place, clinic.name, address, number, clinic.is_approximate, zip_code=area, city=clinic.city)


def known_towns() -> TownIndex:
    """The towns of our own ZIP codes, read with two queries at a process's first map and then held in memory."""
    with _reading:
        return _town_index()


@cache
def _town_index() -> TownIndex:
    return TownIndex(read_towns())


def read_towns() -> Iterable[tuple[str, Coordinates, int]]:
    """Name, place and size of each town that a ZIP code is named after.

    Not of each `City`: that also holds counties and companies that letters are sent to. The size is the number of the
    town's ZIP codes with streets and of its clinics.
    """
    named = ZipCode.objects.filter(kind__in=[ZipCode.Kind.STANDARD, ZipCode.Kind.PO_BOX], latitude__isnull=False)
    with_streets = Count("pk", filter=Q(kind=ZipCode.Kind.STANDARD))
    towns = named.order_by().values("city", "state")
    rows = towns.annotate(north=Avg("latitude"), east=Avg("longitude"), zip_count=with_streets)
    clinics = Clinic.objects.listed().order_by().values("state", "city_slug").annotate(count=Count("pk"))
    clinics_in = {(row["state"], row["city_slug"]): row["count"] for row in clinics}
    for row in rows:
        size = row["zip_count"] + clinics_in.get((row["state"], city_slug(row["city"])), 0)
        yield row["city"], Coordinates(row["north"], row["east"]), size
