"""Minutes by car, where an operator has them: what rows say, how they are ordered, and what stays as it was."""

import re

import pytest
from django.http import QueryDict
from django.utils.translation import override

from clinics.models import Clinic, Journey
from clinics.search.distances import Distance, by_road
from clinics.search.filters import ClinicFilter
from tests.clinics.reading_rows import rows_of
from tests.factories import BALTIMORE, TOWSON, make_clinic

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "21202", "10001"
NORTH = [BALTIMORE._replace(latitude=BALTIMORE.latitude + 0.01 * step) for step in range(1, 5)]
CREDIT = "https://www.openstreetmap.org/copyright"


def drive(clinic: Clinic, minutes: int, *, zip_code: str = HERE, as_of: str = "2026-11-01", **others) -> None:
    Journey.objects.create(
        zip_code=zip_code, clinic=clinic, minutes=minutes, road_miles=minutes, roads_as_of=as_of, **others
    )


@pytest.fixture
def clinics() -> dict[str, Clinic]:
    """The nearest has the longest drive, and to the second no minutes are known."""
    names = ("across the harbor", "unknown", "by the highway", "uptown")
    made = {name: make_clinic(name, at=at) for name, at in zip(names, NORTH, strict=True)}
    for name, minutes in (("across the harbor", 95), ("by the highway", 6), ("uptown", 18)):
        drive(made[name], minutes)
    return made


def results(client, **parameters) -> list[dict]:
    answer = client.get("/clinics/", {"near": HERE, "format": "json"} | parameters)
    return answer.json()["results"]


def page(client, path="/clinics/", **parameters) -> str:
    return client.get(path, {"near": HERE} | parameters).content.decode()


@pytest.mark.parametrize(
    ("minutes", "english", "spanish"),
    [
        (1, "1 minute by car", "1 minuto en auto"),
        (18, "18 minutes by car", "18 minutos en auto"),
        (90, "90 minutes by car", "90 minutos en auto"),
        (91, "1 h 31 min by car", "1 h 31 min en auto"),
        (180, "3 h 0 min by car", "3 h 0 min en auto"),
    ],
)
def test_minutes_are_said_in_both_languages(minutes, english, spanish):
    distance = by_road(Distance(1), minutes, "2026-11-01")
    assert distance.way == english
    with override("es"):
        assert distance.way == spanish


def test_a_drive_goes_round_the_water_and_disproves_that_there_is_no_road():
    assert by_road(Distance(1, obstacle="water"), 40, "").way == "across the water, 40 minutes by car"
    assert by_road(Distance(1, obstacle="no-road"), 40, "").way == "40 minutes by car"


def test_rows_tell_minutes_and_the_page_credits_the_roads(client, clinics):
    html = page(client)
    places = [row.place for row in rows_of(html)]
    for minutes in ("6 minutes by car", "1 h 35 min by car"):
        assert any(re.fullmatch(rf"[\d.]+ miles, {minutes}, Baltimore", place) for place in places), places
    assert html.count(CREDIT) == 1
    assert "2026-11-01" in html
    assert "18 minutos en auto" in page(client, "/es/clinics/")


def test_the_page_of_a_clinic_and_the_call_sheet_tell_them_too(client, clinics):
    uptown = clinics["uptown"]
    for path, parameters in ((uptown.get_absolute_url(), {}), ("/clinics/compare/", {"id": uptown.pk})):
        html = page(client, path, **parameters)
        assert "18 minutes by car" in html
        assert html.count(CREDIT) == 1


def test_json_and_csv_have_them(client, clinics):
    assert {row["name"]: row["minutes_by_car"] for row in results(client)} == {
        "across the harbor": 95,
        "unknown": None,
        "by the highway": 6,
        "uptown": 18,
    }
    lines = client.get("/clinics/", {"near": HERE, "format": "csv"}).content.decode().splitlines()
    column = lines[0].split(",").index("minutes_by_car")
    assert sorted(line.split(",")[column] for line in lines[1:]) == ["", "18", "6", "95"]


def test_nearest_first_stays_nearest_first(client, clinics):
    assert [row["name"] for row in results(client)] == list(clinics)


def test_the_shortest_drive_is_first_and_what_is_unknown_last_by_miles(client, clinics):
    make_clinic("unknown and farther", at=TOWSON)
    names = [row["name"] for row in results(client, sort="minutes")]
    assert names == ["by the highway", "uptown", "across the harbor", "unknown", "unknown and farther"]


def test_pages_of_that_order_repeat_and_skip_nothing(client):
    made = [make_clinic(f"clinic {n}", at=BALTIMORE._replace(latitude=39.33 + n / 1000)) for n in range(50)]
    for n, clinic in enumerate(made):
        if n % 3:
            drive(clinic, 100 - n)
    names = [row["name"] for n in (1, 2, 3) for row in results(client, sort="minutes", radius="any", page=n)]
    expected = [f"clinic {n}" for n in reversed(range(50)) if n % 3] + [f"clinic {n}" for n in range(0, 50, 3)]
    assert names == expected


def test_it_depends_on_distance_and_filters_alone(client, clinics):
    """The band that is paid for changes no place of the list."""
    before = [row["id"] for row in results(client, sort="minutes")]
    Clinic.objects.filter(name="across the harbor").update(sponsored_until="2100-01-01T00:00Z")
    assert [row["id"] for row in results(client, sort="minutes")] == before


def test_programs_of_one_place_stay_together(client, clinics):
    clinics["uptown"].place_key = clinics["across the harbor"].place_key = 7
    Clinic.objects.bulk_update(clinics.values(), ["place_key"])
    names = [row["name"] for row in results(client, sort="minutes")]
    assert names == ["by the highway", "uptown", "across the harbor", "unknown"]


def test_the_order_is_offered_where_minutes_are_known(client, clinics):
    html = page(client, sort="minutes")
    assert re.search(r'value="minutes" checked>\s*<span>Shortest drive first', html)
    assert len(re.findall(r'name="sort"[^>]* checked', html)) == 1
    assert "Clinics to which we know no drive come last" in html
    assert "Shortest drive first" in page(client)
    assert "Primero el viaje más corto en auto" in page(client, "/es/clinics/")


@pytest.mark.parametrize("near", [ELSEWHERE, "Baltimore", "39.2908,-76.6108", "MD"])
def test_from_elsewhere_nothing_is_said_of_these_drives(client, clinics, near):
    for sort in ("distance", "minutes"):
        html = page(client, near=near, sort=sort, radius="any")
        assert "by car" not in html
        assert "Shortest drive" not in html
        assert CREDIT not in html
        assert 'value="distance" checked' in html
    assert not any(row["minutes_by_car"] for row in results(client, near=near, radius="any"))
    by_miles, by_minutes = (results(client, near=near, radius="any", sort=sort) for sort in ("distance", "minutes"))
    assert by_miles == by_minutes


def test_a_clinic_that_is_known_to_its_zip_code_only_has_no_minutes(client, clinics):
    Clinic.objects.filter(name="uptown").update(point_quality="zip")
    assert "18 minutes by car" not in page(client)


def test_without_minutes_the_page_is_as_it_was(client, django_assert_max_num_queries):
    make_clinic("alone", at=TOWSON)
    html = page(client)
    assert "by car" not in html
    assert "sort=" not in html
    assert 'value="minutes"' not in html
    with django_assert_max_num_queries(4):
        page(client)


def test_minutes_cost_no_query(client, clinics, django_assert_max_num_queries):
    page(client)
    for sort in ("distance", "minutes"):
        with django_assert_max_num_queries(4):
            page(client, sort=sort)


def test_the_queryset_of_the_filter_has_the_same_order(clinics):
    rows = ClinicFilter(QueryDict(f"near={HERE}&sort=minutes")).qs
    assert [clinic.name for clinic in rows] == ["by the highway", "uptown", "across the harbor", "unknown"]
