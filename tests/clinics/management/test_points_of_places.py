"""Every city is in its town, and every ZIP code stands where its people are: over all of them, in two tables."""

import csv
import gzip
from collections import defaultdict

import pytest
import zipcodes

from clinics.geo import Coordinates, miles_between
from clinics.locations.make_zip_points import rows
from clinics.locations.towns import ZIP_POINTS
from clinics.locations.zip_tables import Tables, read_tables
from clinics.models import City, ZipCode
from clinics.models.clinic import city_slug

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

IN_TOWN_MILES = 8
NEAR_MILES = 10
AREA_RADII = 3  # an area is no circle
# Addresses of the post for military mail and for letters to Santa Claus: nobody lives there.
NOWHERE = ["09905", "09980", "09981", "09982", "09983", "09984", "88888"]
# No table knows a town of the name or an area, and two tables do not agree on the point.
DISPUTED = ["16728"]


@pytest.fixture(scope="module")
def tables(shared_data) -> Tables:
    return read_tables(shared_data)


def points_by_name() -> dict[tuple[str, str], list[Coordinates]]:
    """Of the ZIP codes that have a name of their own, of those that accept it, and of counties, in this order."""
    accepted = {entry["zip_code"]: entry["acceptable_cities"] for entry in zipcodes.list_all()}
    own, accepting, counties = defaultdict(list), defaultdict(list), defaultdict(list)
    for zip_code in ZipCode.objects.exclude(latitude=None).exclude(kind=ZipCode.Kind.MILITARY):
        point = Coordinates(zip_code.latitude, zip_code.longitude)
        own[zip_code.state, city_slug(zip_code.city)].append(point)
        counties[zip_code.state, city_slug(zip_code.county)].append(point)
        for name in accepted[zip_code.code]:
            accepting[zip_code.state, city_slug(name)].append(point)
    return counties | accepting | own


def test_every_city_is_near_a_zip_code_of_its_own():
    points = points_by_name()
    cities = [city for city in City.objects.exclude(zip_count=0) if (city.state, city.slug) in points]
    assert len(cities) > 42_600
    far = [
        str(city)
        for city in cities
        if all(
            miles_between(Coordinates(city.latitude, city.longitude), point) > IN_TOWN_MILES
            for point in points[city.state, city.slug]
        )
    ]
    assert far == []


def test_every_zip_code_is_near_the_town_of_its_name_or_in_its_area(tables):
    """A ZIP code of a village never stands in the hub town that its mail is flown from."""
    astray, checked = [], 0
    for zip_code in ZipCode.objects.filter(code__in=tables.entries).exclude(latitude=None):
        point = Coordinates(zip_code.latitude, zip_code.longitude)
        area = tables.area_of(zip_code.code)
        towns = tables.towns.get(tables.town_key(zip_code.code), [])
        evidence = [(town.point, NEAR_MILES) for town in towns]
        if area:
            evidence.append((area.point, max(NEAR_MILES, AREA_RADII * area.radius_miles)))
        checked += bool(evidence)
        if evidence and all(miles_between(point, known) > miles for known, miles in evidence):
            astray.append(str(zip_code))
    assert checked > 41_700
    assert astray == []


def test_where_no_town_and_no_area_is_known_two_tables_agree(tables):
    disputed = [
        code
        for code in tables.package.keys() & tables.geonames.keys()
        if not tables.area_of(code)
        and not tables.towns.get(tables.town_key(code))
        and miles_between(tables.package[code], tables.geonames[code]) > NEAR_MILES
    ]
    assert disputed == DISPUTED


def test_the_file_of_points_is_what_the_script_makes(tables):
    assert [tuple(row.split(",")) for row in packed_rows(ZIP_POINTS)] == [tuple(map(str, row)) for row in rows(tables)]


def packed_rows(path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read().splitlines()[1:]


def test_only_military_mail_and_santa_claus_have_no_point():
    without = ZipCode.objects.filter(latitude=None).exclude(kind=ZipCode.Kind.MILITARY)
    assert list(without.values_list("code", flat=True)) == NOWHERE


def test_every_point_of_a_zip_code_has_its_source():
    located = ZipCode.objects.exclude(latitude=None)
    assert set(located.values_list("point_source", flat=True).distinct()) == {
        "zipcodes",
        "GeoNames",
        "Census ZCTA 2021",
        "Census places 2022",
    }
    assert not ZipCode.objects.filter(latitude=None).exclude(point_source="").exists()


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("99545", Coordinates(59.96, -162.88)),  # Kongiganak: the package has Bethel, 68 miles away
        ("99565", Coordinates(56.31, -158.53)),  # Chignik Lagoon: GeoNames has a place 150 miles away
        ("99505", Coordinates(61.26, -149.70)),  # the base beside Anchorage: GeoNames has a place 319 miles away
        ("99726", Coordinates(66.91, -151.52)),  # Bettles
        ("66040", Coordinates(38.35, -94.76)),  # La Cygne KS: GeoNames is 53 miles off
        ("97420", Coordinates(43.37, -124.22)),  # Coos Bay: both tables are 10 miles off
        ("23233", Coordinates(37.64, -77.63)),  # west of Richmond: both tables have the middle of the county
        ("96941", Coordinates(6.96, 158.21)),  # Pohnpei
        ("96960", Coordinates(7.09, 171.38)),  # Majuro: the package has the other side of the date line
        ("96940", Coordinates(7.34, 134.47)),  # Koror
    ],
)
def test_where_a_table_is_wrong_another_is_taken(code, place):
    assert miles_between(Coordinates(*ZipCode.objects.values_list("latitude", "longitude").get(code=code)), place) < 3


@pytest.fixture(scope="module")
def facilities(shared_data) -> list[Coordinates]:
    with (shared_data / "samhsa" / "locator_substance_use_2020.csv").open(encoding="utf-8", newline="") as file:
        return [Coordinates(float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("city", "zip_code", "miles"),
    [
        ("Casper, WY", "82601", (0, 4)),  # was told 19.6 miles
        ("Portales, NM", "88130", (0, 5)),
        ("Kongiganak, AK", "99545", (64, 70)),  # about Bethel: was told 1.5 miles
    ],
)
def test_the_first_clinic_is_as_far_by_the_name_of_a_city_as_by_its_zip_code(facilities, city, zip_code, miles):
    name, state = city.split(", ")
    by_name = City.objects.values_list("latitude", "longitude").get(name=name, state=state)
    by_number = ZipCode.objects.values_list("latitude", "longitude").get(code=zip_code)
    for point in (by_name, by_number):
        nearest = min(miles_between(Coordinates(*point), facility) for facility in facilities)
        assert miles[0] <= nearest < miles[1]
