from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from clinics.geo import Coordinates
from clinics.management.commands.load_zipcodes import as_cities, carriers_of_names, middle
from clinics.models import City, ZipCode

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def zip_code(code, city, *, kind=ZipCode.Kind.STANDARD, at=(40.0, -90.0), state="IL"):
    latitude, longitude = at or (None, None)
    return ZipCode(code=code, city=city, state=state, kind=kind, latitude=latitude, longitude=longitude)


def test_every_zip_code_of_the_package_is_there():
    assert ZipCode.objects.count() == 42_789
    cambridge = ZipCode.objects.get(code="02139")
    assert (cambridge.city, cambridge.state, cambridge.kind) == ("Cambridge", "MA", "standard")
    assert (cambridge.county, cambridge.time_zone) == ("Middlesex County", "America/New_York")
    assert ZipCode.objects.get(code="02238").kind == ZipCode.Kind.PO_BOX
    assert ZipCode.objects.get(code="09001").kind == ZipCode.Kind.MILITARY


def test_accepted_names_are_cities_and_military_mail_is_not():
    assert City.objects.get(state="NY", slug="manhattan").name == "Manhattan"
    assert City.objects.get(state="MO", slug="st-louis").name == "Saint Louis"
    assert not City.objects.filter(state__in=["AA", "AE", "AP"]).exists()


def test_a_misspelt_city_is_found_by_its_index_as_soon_as_cities_are_loaded():
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT FROM clinics_city WHERE search_name %% 'baltimroe'", [])
        assert "city_by_likeness" in str(cursor.fetchall())


def test_loading_again_changes_nothing():
    before = list(City.objects.order_by("pk").values_list("pk", "name")[:100])
    output = StringIO()
    call_command("load_zipcodes", stdout=output)
    assert output.getvalue() == ("42,789 ZIP codes (nothing changed) and 47,207 cities (nothing changed).\n")
    assert list(City.objects.order_by("pk").values_list("pk", "name")[:100]) == before


def test_loading_again_repairs_what_differs_and_keeps_primary_keys():
    key = City.objects.get(state="MA", slug="cambridge").pk
    City.objects.filter(pk=key).update(latitude=0)
    City.objects.create(name="Nowhere", state="MA", slug="nowhere", latitude=0, longitude=0, zip_count=1)
    ZipCode.objects.filter(code="02139").delete()
    output = StringIO()
    call_command("load_zipcodes", stdout=output)
    assert output.getvalue() == "42,789 ZIP codes (1 created) and 47,207 cities (1 updated, 1 removed).\n"
    assert City.objects.get(state="MA", slug="cambridge").pk == key
    assert ZipCode.objects.filter(code="02139").exists()


def test_a_city_lies_between_its_zip_codes_with_streets():
    zip_codes = [
        zip_code("60001", "Alton", at=(40, -90)),
        zip_code("60002", "Alton", at=(40.2, -90.1)),
        zip_code("60003", "Alton", at=(10, -10), kind=ZipCode.Kind.PO_BOX),
        zip_code("60004", "Alton", at=None),
    ]
    [city] = as_cities(carriers_of_names(zip_codes, {item.code: [] for item in zip_codes}))
    assert (city.latitude, city.longitude, city.zip_count) == (40.1, -90.05, 4)


def test_two_spellings_are_one_city_under_the_postal_services_own_name():
    zip_codes = [zip_code("60001", "Saint Anne"), zip_code("60002", "Saint Anne")]
    [city] = as_cities(carriers_of_names(zip_codes, {"60001": ["St Anne"], "60002": ["St Anne"]}))
    assert (city.name, city.slug, city.search_name, city.zip_count) == ("Saint Anne", "st-anne", "stanne", 2)


def test_a_place_without_points_has_no_middle():
    assert middle([zip_code("60001", "Alton", at=None)]) is None
    assert middle([zip_code("60001", "Alton", kind=ZipCode.Kind.PO_BOX)]) == Coordinates(40, -90)


def test_a_mean_far_from_every_zip_code_is_nobodys_place():
    """A county with a town at either end: the town that is nearer to the mean."""
    ends = [zip_code("60001", "Alton", at=(40, -90)), zip_code("60002", "Alton", at=(41, -90))]
    assert middle([*ends, zip_code("60003", "Alton", at=(40.1, -90))]) == Coordinates(40.1, -90)
