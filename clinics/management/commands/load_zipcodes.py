from collections import Counter, defaultdict
from statistics import fmean

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from clinics.geo import Coordinates, miles_between
from clinics.locations import obstacles
from clinics.locations.placing import place_clinics
from clinics.locations.towns import PACKAGE, ZipPoint, plain_name, read_zip_points
from clinics.management.nearest_zips import with_zip_codes
from clinics.management.pacific import ISLAND_ZIPS
from clinics.management.tables import update_table
from clinics.management.towns import IN_TOWN_MILES, with_towns
from clinics.models import City, ZipCode
from clinics.models.clinic import city_slug

KINDS = {
    "STANDARD": ZipCode.Kind.STANDARD,
    "PO BOX": ZipCode.Kind.PO_BOX,
    "UNIQUE": ZipCode.Kind.UNIQUE,
    "MILITARY": ZipCode.Kind.MILITARY,
}

Carriers = dict[tuple[str, str], list[tuple[str, ZipCode]]]  # state and slug: ZIP codes, each with the name


class Command(BaseCommand):
    help = "Loads ZIP codes, the cities they name, and towns, each with its point. Safe to run again."

    def handle(self, *, verbosity, **options):
        import zipcodes  # 39 MB that no web worker should carry

        entries = zipcodes.list_all()
        points = read_zip_points()
        zip_codes = [as_zip_code(entry, points.get(entry["zip_code"])) for entry in entries]
        carriers = carriers_of_names(zip_codes, {entry["zip_code"]: also_called(entry) for entry in entries})
        cities = with_towns(as_cities(carriers), zip_codes, own_points(carriers))
        cities = with_zip_codes(cities, zip_codes)
        with transaction.atomic():
            zip_changes = update_table(ZipCode, zip_codes, key=["code"], remove=True)
            city_changes = update_table(City, cities, key=["state", "slug"], remove=True)
            if any((*zip_changes, *city_changes)):
                with connection.cursor() as cursor:  # or a name that is spelled wrongly is compared with each city
                    cursor.execute("ANALYZE clinics_zipcode, clinics_city")
                place_clinics()
                obstacles.find_soon()
        if verbosity:
            self.stdout.write(
                f"{len(zip_codes):,} ZIP codes ({zip_changes}) and {len(cities):,} cities ({city_changes})."
            )


def as_zip_code(entry: dict, better: ZipPoint | None = None) -> ZipCode:
    """`better`: its point, if the package has none or one farther from its people (clinics/data/zip_points.csv.gz)."""
    island = ISLAND_ZIPS.get(entry["zip_code"])
    stated = Coordinates(float(entry["lat"]), float(entry["long"]))
    found = better or (ZipPoint(stated, PACKAGE) if stated != (0, 0) else None)
    return ZipCode(
        code=entry["zip_code"],
        kind=KINDS[entry["zip_code_type"]],
        city=entry["city"],
        state=entry["state"],
        county=entry["county"],
        time_zone=island.time_zone if island else entry["timezone"],
        latitude=found.point.latitude if found else None,
        longitude=found.point.longitude if found else None,
        point_source=found.source if found else "",
        is_active=entry["active"],
    )


def also_called(entry: dict) -> list[str]:
    """Other names that a letter to the ZIP code may have as its city."""
    island = ISLAND_ZIPS.get(entry["zip_code"])
    return [*entry["acceptable_cities"], *(island.towns if island else ())]


def carriers_of_names(zip_codes: list[ZipCode], names: dict[str, list[str]]) -> Carriers:
    """The civil ZIP codes of every name, their own or one that the Postal Service accepts for them.

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
    return carriers


def as_cities(carriers: Carriers) -> list[City]:
    """A city for every name, if one of its ZIP codes has a point."""
    cities = [as_city(state, slug, named) for (state, slug), named in carriers.items()]
    return [city for city in cities if city]


def own_zip_codes(slug: str, named: list[tuple[str, ZipCode]]) -> list[ZipCode]:
    """Those with a point that have the name as their own, else those that accept it.

    ZIP codes that only accept the name may lie far off in the country: Casper, WY is accepted 50 miles away.
    """
    located = {item.code: item for _name, item in named if item.latitude is not None}
    own = [zip_code for zip_code in located.values() if city_slug(zip_code.city) == slug]
    return own or list(located.values())


def own_points(carriers: Carriers) -> dict[tuple[str, str], list[Coordinates]]:
    return {(state, slug): points_of(own_zip_codes(slug, named)) for (state, slug), named in carriers.items()}


def points_of(zip_codes: list[ZipCode]) -> list[Coordinates]:
    return [
        Coordinates(item.latitude, item.longitude)
        for item in zip_codes
        if item.latitude is not None and item.longitude is not None
    ]


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
    point = middle(own_zip_codes(slug, named))
    if point is None:
        return None
    name = usual_name(named)
    latitude, longitude = point
    zip_count = len({zip_code.code for _name, zip_code in named})
    place = {"latitude": latitude, "longitude": longitude, "zip_count": zip_count}
    return City(name=name, state=state, slug=slug, search_name=plain_name(name), **place)


def usual_name(named: list[tuple[str, ZipCode]]) -> str:
    """The spelling that most ZIP codes have as their own, else the one that most accept."""
    own = [name for name, zip_code in named if name == zip_code.city]
    return Counter(own or [name for name, _zip_code in named]).most_common(1)[0][0]


def middle(zip_codes: list[ZipCode]) -> Coordinates | None:
    """The mean of the points of ZIP codes with streets, else of any; None if none has a point.

    A mean far from all of them, as of a county with a town at either end, is nobody's place: then the nearest of them.
    """
    points = points_of([item for item in zip_codes if item.kind == ZipCode.Kind.STANDARD]) or points_of(zip_codes)
    if not points:
        return None
    mean = Coordinates(fmean(point.latitude for point in points), fmean(point.longitude for point in points))
    nearest = min(points, key=lambda point: miles_between(mean, point))
    return mean if miles_between(mean, nearest) < IN_TOWN_MILES else nearest
