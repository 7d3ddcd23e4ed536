"""Cities have the middle of their town, and places without a ZIP code of their name are there too."""

import pytest

from clinics.geo import Coordinates, miles_between
from clinics.management.towns import with_towns
from clinics.models import City, ZipCode

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def middle_of(city: str) -> Coordinates:
    name, state = city.split(", ")
    return Coordinates(*City.objects.values_list("latitude", "longitude").get(name=name, state=state))


@pytest.mark.parametrize(
    ("city", "town"),
    [
        ("Casper, WY", Coordinates(42.85, -106.32)),  # its name is accepted 50 miles away
        ("Portales, NM", Coordinates(34.1862, -103.3344)),
        ("Kongiganak, AK", Coordinates(59.96, -162.88)),  # the package has the point of Bethel, 68 miles away
        ("Majuro, MH", Coordinates(7.09, 171.38)),
    ],
)
def test_a_city_is_in_its_town(city, town):
    assert miles_between(middle_of(city), town) < 2


@pytest.mark.parametrize("place", ["Harlem, NY", "Watts, CA", "Boyle Heights, CA", "Fells Point, MD", "Overtown, FL"])
def test_a_neighborhood_is_a_place(place):
    name, state = place.split(", ")
    assert City.objects.filter(name=name, state=state).exists()


def test_a_namesake_far_from_every_zip_code_of_a_city_is_not_it():
    """Another Casper: the one of GeoNames is 130 miles away."""
    city = City(name="Casper", state="WY", slug="casper", search_name="casper", latitude=44.5, longitude=-104.1)
    elsewhere = {("WY", "casper"): [Coordinates(44.5, -104.1)]}
    [unmoved, *_added] = with_towns([city], list(ZipCode.objects.all()), elsewhere)
    assert (unmoved.latitude, unmoved.longitude, unmoved.population) == (44.5, -104.1, 0)


def test_the_largest_city_of_a_name_is_known_by_its_population():
    largest = City.objects.filter(search_name="portland").order_by("-population").first()
    assert largest.state == "OR"
    assert largest.population > 500_000
