"""Maps of clinics: the points and labels that clinics/maps draws, read from the tables."""

import threading
from collections.abc import Iterable
from functools import cache

from django.db.models import Avg, Count, Q
from django.utils.translation import get_language

from clinics.geo import Coordinates
from clinics.maps.drawing import Map, map_around, map_of_points
from clinics.maps.pins import MapPoint
from clinics.maps.tiles import TileMap, tile_map_of_points
from clinics.maps.towns import TownIndex
from clinics.models import Clinic, ZipCode
from clinics.models.clinic import city_slug

_reading = threading.Lock()


def map_of_results(clinics: list[Clinic], start: int, reader_at: Coordinates | None) -> Map | None:
    """The map of a list that is numbered from `start`, around the reader's place if there is one.

    Clinics without coordinates have no pin. None if no clinic has one.
    """
    points = points_of(clinics, start)
    return map_of_points(points, reader_at, known_towns()) if points else None


def tile_map_of_results(
    clinics: list[Clinic], start: int, reader_at: Coordinates | None, zoom: int | None
) -> TileMap | None:
    """The same pins over tiles; without a zoom, at the one that shows them all."""
    points = points_of(clinics, start)
    return tile_map_of_points(points, reader_at, zoom) if points else None


def map_of_clinic(clinic: Clinic) -> Map | None:
    """The map around one clinic; None without coordinates.

    None too for a clinic that keeps its street private, because its exact point would reveal it.
    """
    if not clinic.coordinates or not (clinic.street or clinic.is_approximate):
        return None
    point = MapPoint(clinic.coordinates, clinic.name, is_approximate=clinic.is_approximate)
    return map_around(point, known_towns())


def points_of(clinics: list[Clinic], start: int) -> list[MapPoint]:
    language = get_language()
    return [
        MapPoint(clinic.coordinates, clinic.name, clinic.address_in(language), number, clinic.is_approximate)
        for number, clinic in enumerate(clinics, start)
        if clinic.coordinates
    ]


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
