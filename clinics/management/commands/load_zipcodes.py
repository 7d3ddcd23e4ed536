from collections import Counter, defaultdict
from statistics import fmean

from django.core.management.base import BaseCommand
from django.db import transaction

from clinics.geo import Coordinates
from clinics.locations.towns import plain_name, read_zip_points
from clinics.management.pacific import ISLAND_ZIPS
from clinics.management.tables import update_table
from clinics.management.towns import with_towns
from clinics.models import City, ZipCode
from clinics.models.clinic import city_slug

KINDS = {
    "STANDARD": ZipCode.Kind.STANDARD,
    "PO BOX": ZipCode.Kind.PO_BOX,
    "UNIQUE": ZipCode.Kind.UNIQUE,
    "MILITARY": ZipCode.Kind.MILITARY,
}


class Command(BaseCommand):
    help = "Loads ZIP codes (package `zipcodes`), the cities they name, and towns (GeoNames). Safe to run again."

    def handle(self, *, verbosity, **options):
        import zipcodes  # 39 MB that no web worker should carry

        entries = zipcodes.list_all()
        points = read_zip_points()
        zip_codes = [as_zip_code(entry, points.get(entry["zip_code"])) for entry in entries]
        cities = as_cities(zip_codes, {entry["zip_code"]: also_called(entry) for entry in entries})
        cities = with_towns(cities, {zip_code.code: zip_code for zip_code in zip_codes})
        with transaction.atomic():
            zip_changes = update_table(ZipCode, zip_codes, key=["code"], remove=True)
            city_changes = update_table(City, cities, key=["state", "slug"], remove=True)
        if verbosity:
            self.stdout.write(
                f"{len(zip_codes):,} ZIP codes ({zip_changes}) and {len(cities):,} cities ({city_changes})."
            )


def as_zip_code(entry: dict, better: Coordinates | None = None) -> ZipCode:
    """`better`: its point, if the package has none or that of another town (clinics/data/zip_points.csv)."""
    island = ISLAND_ZIPS.get(entry["zip_code"])
    better = island.point if island else better
    latitude, longitude = better or (float(entry["lat"]), float(entry["long"]))
    has_point = (latitude, longitude) != (0, 0)
    return ZipCode(
        code=entry["zip_code"],
        kind=KINDS[entry["zip_code_type"]],
        city=entry["city"],
        state=entry["state"],
        county=entry["county"],
        time_zone=island.time_zone if island else entry["timezone"],
        latitude=latitude if has_point else None,
        longitude=longitude if has_point else None,
        is_active=entry["active"],
    )


def also_called(entry: dict) -> list[str]:
    """Other names that a letter to the ZIP code may have as its city."""
    island = ISLAND_ZIPS.get(entry["zip_code"])
    return [*entry["acceptable_cities"], *(island.towns if island else ())]


def as_cities(zip_codes: list[ZipCode], names: dict[str, list[str]]) -> list[City]:
    """A city for every name, own or accepted by the Postal Service, of civil ZIP codes, if one of them has a point.

    Names with one slug, such as "St Louis" and "Saint Louis", are one city. A county is found by its full name,
    and Queens, a city to the people there but not to the Postal Service, also without "County".
    """
    carriers = defaultdict(list)
    for zip_code in zip_codes:
        if zip_code.kind != ZipCode.Kind.MILITARY:
            for name in [zip_code.city, *names[zip_code.code]]:
                carriers[zip_code.state, city_slug(name)].append((name, zip_code))
    for (state, slug), named in as_counties(zip_codes).items():
        carriers.setdefault((state, slug), named)
    cities = [as_city(state, slug, named) for (state, slug), named in carriers.items()]
    return [city for city in cities if city]


def as_counties(zip_codes: list[ZipCode]) -> dict[tuple[str, str], list[tuple[str, ZipCode]]]:
    """The ZIP codes of each county under (state, slug) of its name, each with that name."""
    counties = defaultdict(list)
    for zip_code in zip_codes:
        if zip_code.kind != ZipCode.Kind.MILITARY and zip_code.county:
            names = [zip_code.county, "Queens"] if is_queens(zip_code) else [zip_code.county]
            for name in names:
                counties[zip_code.state, city_slug(name)].append((name, zip_code))
    return counties


def is_queens(zip_code: ZipCode) -> bool:
    return (zip_code.state, zip_code.county) == ("NY", "Queens County")


def as_city(state: str, slug: str, named: list[tuple[str, ZipCode]]) -> City | None:
    zip_codes = {zip_code.code: zip_code for _name, zip_code in named}
    # ZIP codes that only accept the name may lie far off in the country: Casper, WY is accepted 50 miles away.
    own = [zip_code for zip_code in zip_codes.values() if city_slug(zip_code.city) == slug]
    point = middle(own) or middle(list(zip_codes.values()))
    if point is None:
        return None
    name = usual_name(named)
    latitude, longitude = point
    place = {"latitude": latitude, "longitude": longitude, "zip_count": len(zip_codes)}
    return City(name=name, state=state, slug=slug, search_name=plain_name(name), **place)


def usual_name(named: list[tuple[str, ZipCode]]) -> str:
    """The spelling that most ZIP codes have as their own, else the one that most accept."""
    own = [name for name, zip_code in named if name == zip_code.city]
    return Counter(own or [name for name, _zip_code in named]).most_common(1)[0][0]


def middle(zip_codes: list[ZipCode]) -> Coordinates | None:
    """The mean of the points of ZIP codes with streets, else of any; None if none has a point."""
    located = [
        (item.kind, Coordinates(item.latitude, item.longitude))
        for item in zip_codes
        if item.latitude is not None and item.longitude is not None
    ]
    points = [point for kind, point in located if kind == ZipCode.Kind.STANDARD] or [point for _kind, point in located]
    if not points:
        return None
    return Coordinates(fmean(point.latitude for point in points), fmean(point.longitude for point in points))
