"""A release that derives otherwise reaches the clinics that are there; what people confirmed stays."""

import pytest
from django.core.management import call_command

from clinics.imports.rederive import rederive
from clinics.locations.placing import place_clinics
from clinics.models import Clinic, ImportDifference, Source
from tests.clinics.imports.directories import checksum_of_everything, import_rows, row
from tests.factories import make_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def as_an_older_release_left_it(**columns) -> None:
    Clinic.objects.update(**columns)


def test_clinics_of_an_older_release_are_derived_again_from_their_records():
    import_rows(row(phone="617-555-0101", codes=("OP",)), row(3, street="40 Oak Street"))
    [expected] = Clinic.objects.filter(street="22 Elm Street").values("name", "phone", "service_ids", "treatment_bits")
    as_an_older_release_left_it(name="HOPE", phone="", service_ids=[], treatment_bits=0)
    assert rederive() == 2
    assert Clinic.objects.filter(street="22 Elm Street", **expected).exists()


def test_it_changes_nothing_where_nothing_follows_otherwise(capsys):
    import_rows(row(codes=("OP",)))
    before = checksum_of_everything()
    call_command("rederive_clinics")
    assert checksum_of_everything() == before
    assert capsys.readouterr().out == "Clinics derived otherwise than before: none.\n"


def test_a_directory_without_lists_is_left_alone():
    assert rederive() == 0


def test_what_a_person_confirmed_stays_and_what_its_list_states_is_queued_under_that_list():
    first = import_rows(row(phone="617-555-0101")).run
    import_rows(row(3, street="40 Oak Street"), source=Source.SAMHSA_LOCATOR, edition="2020")
    clinic = Clinic.objects.get(street="22 Elm Street")
    clinic.confirmations.filter(fact_group="contact").update(source=Source.OWNER)
    as_an_older_release_left_it(phone="617-555-0199")
    rederive()
    assert Clinic.objects.get(pk=clinic.pk).phone == "617-555-0199"
    [difference] = ImportDifference.objects.all()
    assert (difference.field, difference.theirs, difference.run) == ("phone", "617-555-0101", first)


def test_the_place_of_clinics_that_no_list_states_is_written_too():
    clinic = make_clinic("Hope", street="1 Main Street")
    place_clinics()
    Clinic.objects.update(place_key=None)
    assert rederive() == 1
    assert Clinic.objects.get().place_key == clinic.place_key
    assert rederive() == 0
