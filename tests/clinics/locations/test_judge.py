"""A place that contradicts itself is believed by nobody: whichever fact is false, no clinic is shown far off."""

import csv
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clinics.clinic_maps import point_of
from clinics.geo import Coordinates, miles_between
from clinics.imports.rederive import rederive
from clinics.imports.undo import undo_last_run
from clinics.locations.judge import Candidate, Stated, is_believable, judge
from clinics.locations.known_places import KnownPlaces
from clinics.locations.placing import OWNER, pin, place_addresses, place_clinics
from clinics.models import AddressPoint, Clinic, Source, ZipCode
from clinics.search.places import locate
from tests.clinics.imports.directories import import_rows, row
from tests.factories import BALTIMORE, NEW_YORK, make_clinic

pytestmark = pytest.mark.django_db
LIMIT_MILES = 30
FAR_MILES = 80  # how far off the truth a false ZIP code or city is: one next door is no contradiction
OKLAHOMA = Coordinates(35.5186, -97.6323)


@pytest.fixture(scope="session")
def truths(shared_data) -> list[tuple[Stated, Coordinates]]:
    """Every fifth facility of a list whose points are known."""
    with (shared_data / "samhsa" / "locator_substance_use_2020.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::5]
    return [
        (
            Stated(facility["state"], facility["zip"].zfill(5), facility["county"], facility["city"]),
            Coordinates(float(facility["latitude"]), float(facility["longitude"])),
        )
        for facility in rows
        if facility["state"] != "AK"  # ZIP codes as large as states
    ]


def stands_at(places: KnownPlaces, stated: Stated, point: Coordinates | None) -> Coordinates | None:
    return judge(places, stated, [Candidate(point, "street", "a-list")] if point else []).point


FALSIFIERS = {
    "state": lambda stated, point, other: (replace(stated, state=other[0].state), point),
    "ZIP code": lambda stated, point, other: (replace(stated, zip_code=other[0].zip_code), point),
    "county": lambda stated, point, other: (replace(stated, county=other[0].county), point),
    "city": lambda stated, point, other: (replace(stated, city=other[0].city), point),
    "point": lambda stated, point, other: (stated, other[1]),
    "sign": lambda stated, point, other: (stated, Coordinates(point.latitude, -point.longitude)),
    "order": lambda stated, point, other: (stated, Coordinates(max(-90, point.longitude), point.latitude)),
    "ZIP code without a point": lambda stated, point, other: (replace(stated, zip_code=other[0].zip_code), None),
    "state without a point": lambda stated, point, other: (replace(stated, state=other[0].state), None),
}


@pytest.mark.parametrize("falsified", FALSIFIERS)
def test_whichever_of_the_five_is_false_no_clinic_stands_far_from_where_it_is(truths, falsified):
    places = KnownPlaces.everywhere()
    index = st.integers(0, len(truths) - 1)

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(index, index, st.booleans())
    def check(of, another, is_of_its_state):
        stated, truth = truths[of]
        others = [other for other in truths if other[0].state == stated.state] if is_of_its_state else truths
        other = others[another % len(others)]
        assume(miles_between(other[1], truth) > FAR_MILES)
        believed = stands_at(places, stated, truth)
        middle = stands_at(places, stated, None)
        is_right = believed == truth and middle is not None and miles_between(middle, truth) < LIMIT_MILES
        assume(is_right)  # the list itself, and the table of ZIP codes
        found = stands_at(places, *FALSIFIERS[falsified](stated, truth, other))
        assert found is None or miles_between(found, truth) <= LIMIT_MILES, (stated, other)

    check()


def test_nearly_every_point_of_a_real_list_is_believed(truths):
    places = KnownPlaces.everywhere()
    believed = sum(stands_at(places, stated, truth) == truth for stated, truth in truths)
    assert believed / len(truths) > 0.996


def imported(**fields) -> Clinic:
    import_rows(row(**({"street": "700 Main Street"} | fields)), source=Source.SAMHSA_LOCATOR, edition="2020")
    return Clinic.objects.get(street="700 Main Street")


def found_near(typed: str, miles: float = 25) -> list[str]:
    return [clinic.name for clinic in Clinic.objects.listed().near(locate(typed).coordinates, miles)]


def test_a_clinic_of_boise_with_a_zip_code_of_new_york_is_in_boise_and_not_in_new_york(client):
    clinic = imported(name="Foothills", city="Boise", state="ID", zip_code="10001")
    assert (clinic.point_quality, clinic.point_source) == ("zip", "city")
    assert found_near("10001") == []
    assert found_near("Boise, ID") == ["Foothills"]
    assert "10001" in clinic.point_problem
    assert "we know the city of this clinic" in client.get(clinic.get_absolute_url()).content.decode()
    assert point_of(clinic, clinic.coordinates).zip_code == "Boise"


def test_a_clinic_of_ohio_with_a_point_in_oklahoma_stands_at_its_zip_code():
    at = dict(zip(("latitude", "longitude"), OKLAHOMA, strict=True))
    clinic = imported(name="Cedar Bend", city="Marion", state="OH", zip_code="43302", **at)
    zip_code = ZipCode.objects.get(pk="43302")
    assert clinic.coordinates == (zip_code.latitude, zip_code.longitude)
    assert clinic.is_approximate
    assert "left out: not in OH" in clinic.point_problem
    assert found_near("Bethany, OK") == []


def test_a_misread_state_is_told_by_the_zip_code_and_the_city():
    clinic = imported(name="Cedar Bend", city="Marion", state="ME", zip_code="43302")
    assert (clinic.state, clinic.point_problem) == ("OH", "")
    assert "state 'ME' read as OH, where its ZIP code is" in clinic.source_records.get().row["notes"]


def test_two_towns_of_one_name_are_no_answer():
    clinic = imported(name="Twins", city="Springfield", state="IL", zip_code="01103")
    assert clinic.coordinates is None
    assert "two places" in clinic.point_problem


def by_import(clinic, point):
    facts = {"name": clinic.name, "street": clinic.street, "city": clinic.city, "state": clinic.state}
    stated = row(**facts, zip_code=clinic.zip_code, latitude=point.latitude, longitude=point.longitude)
    import_rows(stated, source=Source.SAMHSA_LOCATOR, edition="2020")


def by_points_of_a_list(clinic, point):
    at = {"latitude": point.latitude, "longitude": point.longitude, "quality": "street"}
    AddressPoint.objects.create(
        zip_code="21202", address="100 holliday st", source="samhsa-otp", as_of="2021-01-01", **at
    )
    place_addresses([("21202", "100 holliday st")])


def by_an_owners_pin(clinic, point):
    pin(clinic, OWNER, point)
    place_clinics([clinic.pk])


def by_rederiving(clinic, point):
    by_points_of_a_list(clinic, point)
    Clinic.objects.update(latitude=point.latitude, longitude=point.longitude)
    rederive()


def by_undoing(clinic, point):
    by_import(clinic, point)
    import_rows(row(name="Elsewhere", street="9 Oak Street"), source=Source.SAMHSA_DIRECTORY, edition="2024")
    undo_last_run(Source.SAMHSA_DIRECTORY)


def by_merging(clinic, point):
    other = make_clinic("Holliday Street Center", at=point)
    other.merge_into(clinic)


WRITERS = [by_import, by_points_of_a_list, by_an_owners_pin, by_rederiving, by_undoing, by_merging]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("point", [OKLAHOMA, NEW_YORK, Coordinates(BALTIMORE.latitude, -BALTIMORE.longitude)])
def test_no_writer_puts_a_clinic_where_its_address_is_not(write, point):
    clinic = make_clinic("Holliday Street Clinic")
    write(clinic, point)
    for found in Clinic.objects.filter(name=clinic.name):
        assert found.coordinates is not None
        assert miles_between(found.coordinates, BALTIMORE) < LIMIT_MILES


@pytest.mark.parametrize("write", WRITERS[:-1])
def test_every_writer_puts_a_clinic_where_its_address_is(write):
    clinic = make_clinic("Holliday Street Clinic", at=None)
    door = Coordinates(39.2911, -76.6111)
    write(clinic, door)
    assert [found.coordinates for found in Clinic.objects.filter(name=clinic.name)] == [door]


@pytest.mark.parametrize(
    ("point", "state", "zip_code", "reason"),
    [
        (BALTIMORE, "MD", "21202", ""),
        (OKLAHOMA, "OH", "43302", "not in OH"),
        (Coordinates(39.6418, -77.72), "MD", "21202", "miles from ZIP code 21202"),  # Hagerstown
        (Coordinates(33.4256, -94.0398), "AR", "71854", ""),  # Texarkana: the other side of the street is Texas
        (Coordinates(46.4203, -117.0241), "ID", "83501", ""),  # Lewiston, on the river of the border
    ],
)
def test_an_answer_of_a_geocoder_must_be_in_its_state_and_near_its_zip_code(point, state, zip_code, reason):
    said = is_believable(point, state, zip_code)
    assert reason in said if reason else said == ""


def test_placing_again_changes_nothing_and_a_pin_wins_whatever_comes_first():
    clinic = make_clinic("Holliday Street Clinic")
    by_import(clinic, Coordinates(39.2911, -76.6111))
    clinic = Clinic.objects.filter(name=clinic.name).first()
    assert clinic.point_quality == "street"
    by_an_owners_pin(clinic, BALTIMORE)
    by_points_of_a_list(clinic, Coordinates(39.2912, -76.6112))
    clinic.refresh_from_db()
    assert (clinic.coordinates, clinic.point_quality, clinic.point_source) == (BALTIMORE, "rooftop", "owner")
    assert clinic.point_address == "100 holliday st"
    assert place_clinics() == 0
    Clinic.objects.filter(pk=clinic.pk).update(street="5 Other Street")
    place_clinics()
    clinic.refresh_from_db()
    assert clinic.is_approximate  # the pin stayed at the address
