"""What lies on the way from a ZIP code: golden cases on the real shapes, and the job that writes them."""

import csv
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from clinics.geo import miles_between
from clinics.locations import obstacles
from clinics.locations.no_road import CONTINENT, TABLE, has_road, network_of
from clinics.locations.obstacles import find_around, find_obstacles, find_soon, obstacle_between
from clinics.locations.placing import place_clinics
from clinics.models import Journey, ZipCode
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


def point_of(code):
    return ZipCode.objects.get(code=code).coordinates


def kind(one, other):
    obstacle = obstacle_between(point_of(one), point_of(other), one, other)
    return obstacle and obstacle.kind


@pytest.mark.parametrize(
    ("name", "one", "other", "obstacle"),
    [
        ("Washington Island WI to Escanaba MI", "54246", "49829", "no-road"),
        ("Vashon Island WA to Seattle", "98070", "98104", "no-road"),
        ("Rehoboth Beach DE to Villas NJ, over Delaware Bay", "19971", "08251", "water"),
        ("Port Washington NY to New Rochelle, over the Sound", "11050", "10801", "water"),
        ("Bethel AK to Anchorage", "99559", "99508", "no-road"),
        ("Hilo to Wailuku on Maui", "96720", "96793", "no-road"),
        ("Burlington VT to Plattsburgh NY, over Lake Champlain", "05401", "12901", "water"),
        ("Bainbridge Island WA, with a bridge, to Seattle", "98110", "98104", "water"),
        ("Nantucket to Hyannis", "02554", "02601", "no-road"),
        ("Culebra to San Juan", "00775", "00907", "no-road"),
        ("Cambridge to Boston", "02139", "02114", None),
        ("Manhattan to Hoboken", "10007", "07030", None),
        ("Manhattan to Brooklyn", "10007", "11201", None),
        ("Saint Louis to East Saint Louis", "63101", "62201", None),
        ("Memphis to West Memphis", "38103", "72301", None),
        ("New Orleans, downtown to the Ninth Ward", "70112", "70117", None),
        ("New Orleans, to Gentilly by the lake", "70112", "70122", None),
        ("Evanston to Chicago's south shore, along Lake Michigan", "60201", "60649", None),
        ("Detroit to Windsor's neighbor Dearborn", "48226", "48126", None),
        ("Denver to Aurora", "80202", "80010", None),
        ("Hilo to Kailua Kona on the same island", "96720", "96740", None),
        ("Orcas, two towns of one island", "98245", "98279", None),
        ("Fairbanks to Anchorage", "99701", "99508", None),
    ],
)
def test_what_lies_between(name, one, other, obstacle):
    assert kind(one, other) == obstacle
    assert kind(other, one) == obstacle


def test_the_length_of_the_water_is_kept_with_it():
    lake_michigan = obstacle_between(point_of("54246"), point_of("49829"), "54246", "49829")
    assert 20 < lake_michigan.water_miles < miles_between(point_of("54246"), point_of("49829"))


def test_networks_of_roads():
    assert network_of("21202") == network_of("99701") == CONTINENT
    assert network_of("00907") == network_of("00601") != network_of("00765")
    assert has_road("99801", "99824")
    assert not has_road("99559", "99621")  # two villages of one census area
    assert not has_road("96813", "96766")
    known = set(ZipCode.objects.values_list("code", flat=True))
    with TABLE.open(encoding="utf-8", newline="") as file:
        named = [code for row in csv.DictReader(file) for code in row["zip_codes"].split()]
    assert len(named) == len(set(named))
    assert {code for code in named if not code.endswith("*")} <= known


@pytest.fixture
def of_the_sound():
    """Clinics on both sides of Puget Sound."""
    names = {"Bremerton": "98337", "Seattle": "98104", "Seattle too": "98104"}
    return {name: make_clinic(name, at=point_of(code), zip_code=code) for name, code in names.items()}


def rows():
    return set(Journey.objects.values_list("zip_code", "clinic__name", "obstacle"))


AROUND = ["98104", "98110", "98337", "98070", "21202"]


def test_the_job_writes_what_it_finds_and_nothing_when_it_runs_again(of_the_sound):
    find_obstacles(AROUND)
    found = rows()
    assert ("98110", "Seattle", "water") in found
    assert ("98110", "Seattle too", "water") in found
    assert ("98070", "Bremerton", "no-road") in found
    assert ("98104", "Bremerton", "water") in found
    assert not {("98104", "Seattle", "water"), ("98337", "Bremerton", "water")} & found
    assert find_obstacles(AROUND).endswith("; 0 ways changed")
    assert rows() == found


def test_a_clinic_that_moved_or_left_is_looked_at_again(of_the_sound):
    find_obstacles(AROUND)
    moved, left = of_the_sound["Seattle"], of_the_sound["Seattle too"]
    moved.latitude, moved.longitude = point_of("98337")
    moved.zip_code = "98337"
    moved.save()
    left.is_listed = False
    left.save()
    find_obstacles(AROUND)
    names_from_the_island = {name for code, name, _ in rows() if code == "98110"}
    assert names_from_the_island == set()


def test_a_job_that_dies_leaves_whole_zip_codes_and_the_next_one_the_same_end(of_the_sound, monkeypatch):
    find_obstacles(AROUND)
    wanted = rows()
    Journey.objects.all().delete()
    monkeypatch.setattr(obstacles, "ZIP_CODES_AT_ONCE", 1)

    class Killed(BaseException):
        pass

    seen = []

    def dies(execute, sql, params, many, context):
        if sql.lstrip().startswith("WITH origin"):
            seen.append(sql)
            if len(seen) == 3:
                raise Killed
        return execute(sql, params, many, context)

    with pytest.raises(Killed), connection.execute_wrapper(dies):
        find_obstacles(AROUND)
    written = {code for code, *_ in rows()}
    assert written
    assert {row for row in wanted if row[0] in written} == rows()
    find_obstacles(AROUND)
    assert rows() == wanted


def waiting():
    return [task.func() for task in OrmQ.objects.all()]


def test_what_is_due_anyway_is_not_asked_for_as_well(ways_are_not_due, django_capture_on_commit_callbacks):
    clinic = make_clinic()
    ways_are_not_due.update(next_run=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        find_soon()
        find_soon([clinic.pk])
    assert waiting() == []
    ways_are_not_due.update(repeats=0)  # an editor switched it off
    with django_capture_on_commit_callbacks(execute=True):
        find_soon()
    assert waiting() == ["clinics.locations.obstacles.find_obstacles"]


def test_what_is_asked_for_soon_is_asked_for_once_until_a_worker_takes_it(
    ways_are_not_due, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        find_soon()
    assert waiting() == [], "there is no clinic"
    make_clinic()
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            find_soon()
    assert waiting() == ["clinics.locations.obstacles.find_obstacles"]
    OrmQ.objects.update(lock=timezone.now() + timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        find_soon()
    assert len(waiting()) == 2


def test_looks_around_clinics_that_wait_become_one_look_at_all(ways_are_not_due, django_capture_on_commit_callbacks):
    for clinic in [make_clinic(), make_clinic(), make_clinic(), make_clinic()]:
        with django_capture_on_commit_callbacks(execute=True):
            find_soon([clinic.pk])
    names = [task.func().rsplit(".", 1)[-1] for task in OrmQ.objects.order_by("pk")]
    assert names == ["find_around", "find_obstacles"]


def test_where_a_clinic_is_placed_anew_the_ways_to_it_are_looked_at(
    of_the_sound, ways_are_not_due, django_capture_on_commit_callbacks
):
    moved = of_the_sound["Seattle"]
    moved.zip_code, moved.city = "98337", "Bremerton"
    moved.save()
    with django_capture_on_commit_callbacks(execute=True):
        place_clinics([moved.pk])
        place_clinics([moved.pk])
    [task] = OrmQ.objects.all()
    assert (task.func(), task.args()) == ("clinics.locations.obstacles.find_around", ([moved.pk],))
    find_around([moved.pk])
    assert ("98104", "Seattle", "water") in rows()
    assert not Journey.objects.filter(zip_code="21202").exists()
