"""Two jobs share one table, and readers are told what it says from the ZIP code that they named."""

import pytest
from django.utils.translation import override

from clinics.geo import Coordinates
from clinics.locations.journeys import Drive, Obstacle, set_minutes, set_obstacles
from clinics.management.nearest_zips import with_zip_codes
from clinics.models import City, Journey, ZipCode
from clinics.search.distances import Distance
from tests.factories import BALTIMORE, make_clinic

pytestmark = pytest.mark.django_db

WATER, NO_ROAD = Obstacle("water", 4.5), Obstacle("no-road")


def rows(**only):
    columns = ("zip_code", "clinic__name", "obstacle", "water_miles", "minutes")
    return sorted(Journey.objects.filter(**only).values_list(*columns), key=str)


@pytest.fixture
def clinics():
    return [make_clinic(name, at=BALTIMORE) for name in ("A", "B", "C")]


def test_each_of_the_two_writes_its_own_columns_alone(clinics):
    a, b, _c = clinics
    set_obstacles({"21202": {a.pk: WATER, b.pk: NO_ROAD}, "21201": {a.pk: WATER}})
    set_minutes({"21202": {a.pk: Drive(18, 9.5)}}, as_of="2026-10-01")
    assert rows(zip_code="21202") == [("21202", "A", "water", 4.5, 18), ("21202", "B", "no-road", None, None)]
    set_obstacles({"21202": {}})
    assert rows() == [("21201", "A", "water", 4.5, None), ("21202", "A", "", None, 18)]
    set_minutes({"21202": {}, "21201": {}}, as_of="2026-10-01")
    assert rows() == [("21201", "A", "water", 4.5, None)]


def test_writing_the_same_again_changes_nothing(clinics):
    a, b, _c = clinics
    found = {"21202": {a.pk: WATER, b.pk: NO_ROAD}}
    assert set_obstacles(found) == 2
    assert set_obstacles(found) == 0
    assert set_obstacles({"21202": {a.pk: Obstacle("water", 5.0), b.pk: NO_ROAD}}) == 1


def test_a_clinic_that_was_deleted_meanwhile_is_left_out(clinics):
    a, b, _c = clinics
    gone = b.pk
    b.delete()
    assert set_obstacles({"21202": {a.pk: WATER, gone: WATER}}) == 1


@pytest.mark.parametrize(
    ("language", "water", "no_road"),
    [("en", "across the water", "no road"), ("es", "al otro lado del agua", "sin carretera")],
)
def test_the_words(language, water, no_road):
    with override(language):
        assert Distance(5, obstacle="water").way == water
        assert Distance(5, obstacle="no-road").way == no_road
        assert Distance(5).way == ""


@pytest.fixture
def across(clinics):
    """From Baltimore's 21202, A lies across the water, and no road leads to B."""
    a, b, _c = clinics
    set_obstacles({"21202": {a.pk: WATER, b.pk: NO_ROAD}})
    return clinics


def obstacles(client, near):
    return {
        row["name"]: row["obstacle"]
        for row in client.get("/clinics/", {"near": near, "format": "json"}).json()["results"]
    }


def test_json_and_csv_tell_it_from_the_zip_code_that_was_named(client, across):
    assert obstacles(client, "21202") == {"A": "water", "B": "no-road", "C": None}
    assert obstacles(client, "21201") == {"A": None, "B": None, "C": None}
    assert obstacles(client, "Maryland") == {"A": None, "B": None, "C": None}
    lines = client.get("/clinics/", {"near": "21202", "format": "csv"}).content.decode()
    assert lines.count(",water,") == lines.count(",no-road,") == 1


def test_a_point_has_those_of_the_zip_code_close_to_it(client, across):
    zip_code = ZipCode.objects.get(code="21202")
    near = Coordinates(zip_code.latitude + 0.001, zip_code.longitude)
    assert obstacles(client, f"{near.latitude}, {near.longitude}")["A"] == "water"


@pytest.mark.parametrize(
    ("prefix", "water", "no_road"),
    [("", "across the water", "no road"), ("/es", "al otro lado del agua", "sin carretera")],
)
def test_rows_pages_and_sheets_say_it_beside_the_miles(client, across, prefix, water, no_road):
    a, b, c = across
    page = client.get(f"{prefix}/clinics/", {"near": "21202"}).content.decode()
    assert (page.count(water), page.count(no_road)) == (1, 1)
    assert water in client.get(f"{prefix}{a.get_absolute_url()}", {"near": "21202"}).content.decode()
    assert water not in client.get(f"{prefix}{a.get_absolute_url()}").content.decode()
    assert water not in client.get(f"{prefix}{c.get_absolute_url()}", {"near": "21202"}).content.decode()
    sheet = client.get(f"{prefix}/clinics/compare/", {"id": [a.pk, b.pk], "near": "21202"}).content.decode()
    assert (sheet.count(water), sheet.count(no_road)) == (1, 1)


def test_the_order_is_that_of_the_miles_all_the_same(client, across):
    results = client.get("/clinics/", {"near": "21202", "format": "json"}).json()["results"]
    assert [row["name"] for row in results] == ["A", "B", "C"]


def test_a_page_asks_no_more_for_it(client, across, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        client.get("/clinics/", {"near": "21202"})


def test_a_city_has_those_of_the_zip_code_in_its_middle(client, across):
    city = City.objects.get(name="Baltimore", state="MD")
    a, *_ = across
    set_obstacles({city.zip_code: {a.pk: NO_ROAD}})
    assert obstacles(client, "Baltimore, MD")["A"] == "no-road"


def test_a_city_takes_a_zip_code_of_its_name_before_a_nearer_one():
    city = City(name="Here", state="WA", slug="here", latitude=47.5, longitude=-122.4)
    near = {"kind": "standard", "state": "WA", "latitude": 47.5}
    own = ZipCode(code="98001", city="Here", longitude=-122.44, **near)
    other = ZipCode(code="98002", city="Across", longitude=-122.39, **near)
    far = ZipCode(code="98003", city="Here", longitude=-122.3, **near)
    codes = [[own, other, far], [other, far], [far]]
    assert [with_zip_codes([city], zip_codes)[0].zip_code for zip_codes in codes] == ["98001", "98002", ""]
