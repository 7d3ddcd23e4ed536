import csv
import gzip
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clinics import demo
from clinics.geo import Coordinates, miles_between
from clinics.models import City, Clinic, Confirmation, FactGroup, Service, Source, ZipCode
from clinics.states import state_names
from tests.factories import make_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def load() -> str:
    output = StringIO()
    call_command("load_demo", stdout=output)
    return output.getvalue()


@pytest.fixture(scope="module")
def invented(django_db_setup, django_db_blocker) -> list[Clinic]:
    with django_db_blocker.unblock():
        zip_codes = ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, is_active=True, latitude__isnull=False)
        return demo.invent(list(zip_codes.order_by("code")), Service.objects.in_bulk(field_name="slug"))


def test_about_3000_clinics_are_loaded_once():
    assert load() == "3,001 invented clinics loaded.\n"
    loaded = list(Clinic.objects.order_by("pk").values())
    assert len(loaded) == 3_001
    assert all(clinic["is_demo"] and clinic["is_listed"] for clinic in loaded)
    confirmations = Confirmation.objects.values_list("fact_group", "source", "edition", "confirmed_on")
    assert Counter(confirmations) == dict.fromkeys(
        [(group, Source.DEMO, "", None) for group in FactGroup.values], 3_001
    )
    assert load() == "The demo clinics are there; nothing changed.\n"
    assert list(Clinic.objects.order_by("pk").values()) == loaded


def test_real_and_demo_clinics_never_mix():
    make_clinic("Towson")
    with pytest.raises(CommandError) as caught:
        load()
    assert str(caught.value) == "The directory holds real clinics; demo ones are never mixed with them."
    assert Clinic.objects.count() == 1


def test_an_empty_code_book_or_table_of_places_is_named():
    ZipCode.objects.all().delete()
    with pytest.raises(CommandError, match="run load_zipcodes and load_codebook first"):
        load()


def facts(clinic) -> dict:
    """What would be stored; a clinic that another test has looked at also remembers what it was asked."""
    return {
        field.attname: getattr(clinic, field.attname) for field in Clinic._meta.concrete_fields if not field.generated
    }


def test_every_run_invents_the_same_clinics(invented):
    zip_codes = ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, is_active=True, latitude__isnull=False)
    again = demo.invent(list(zip_codes.order_by("code")), Service.objects.in_bulk(field_name="slug"))
    assert [facts(clinic) for clinic in again] == [facts(clinic) for clinic in invented]


def test_every_state_has_twelve_and_rural_places_have_some(invented):
    counts = Counter(clinic.state for clinic in invented)
    assert counts.keys() == state_names().keys() - {"AS", "MP", "FM", "MH", "PW"}
    assert all(count >= 12 for state, count in counts.items() if state not in demo.SMALL_ISLANDS)
    size = {(city.state, city.slug): city.zip_count for city in City.objects.all()}
    sizes = [size[clinic.state, clinic.city_slug] for clinic in invented]
    assert sum(zip_count == 1 for zip_count in sizes) > 500
    assert sum(zip_count > 20 for zip_count in sizes) > 200


def test_every_phone_number_is_reserved_for_fiction(invented):
    assert all(clinic.phone[3:10] == "-555-01" for clinic in invented)
    for clinic in invented:
        clinic.full_clean(exclude=["city_slug", "position"], validate_unique=False, validate_constraints=False)
        assert (clinic.website, clinic.intake_phones) == ("", [])


def test_names_are_plainly_invented(invented, shared_data):
    names = [clinic.name for clinic in invented]
    assert all(name.endswith(" (demo)") for name in names)
    assert len(set(names)) == len(names)
    packed = shared_data / "samhsa" / "national_directory_2024_facilities.csv.gz"
    with gzip.open(packed, "rt", encoding="utf-8", newline="") as file:
        real = {row["name1"].strip().lower() for row in csv.DictReader(file)}
    assert real.isdisjoint(name.removesuffix(" (demo)").lower() for name in names)


def test_each_clinic_is_within_three_miles_of_its_zip_code(invented):
    points = {item.code: item for item in ZipCode.objects.all()}
    for clinic in invented:
        own = points[clinic.zip_code]
        assert (clinic.city, clinic.state) == (own.city, own.state)
        assert miles_between(clinic.coordinates, Coordinates(own.latitude, own.longitude)) <= demo.JITTER_MILES


def test_the_facets_that_people_look_for_are_well_filled(invented):
    offers = [{(group, slug) for group, slugs in item.facet_slugs.items() for slug in slugs} for item in invented]
    counts = Counter(value for offer in offers for value in offer)
    for value in [("kind", "otp"), ("setting", "residential"), ("care", "detox"), ("setting", "telehealth")]:
        assert 300 < counts[value] < 1500, value
    assert counts["medication", "buprenorphine"] > 1500
    assert counts["payment", "medicaid"] > 1500
    assert all(("medication", "methadone") in offer for offer in offers if ("kind", "otp") in offer)
