"""Who may pin what: an owner the own clinic alone, an editor every clinic at the address; and two writers at once."""

import threading

import pytest
from django.db import connection, transaction

from clinics.geo import Coordinates
from clinics.locations.placing import EDITOR, OWNER, pin, pin_of, place_clinics
from clinics.models import AddressPoint, Clinic
from tests.databases import wait_until_somebody_waits
from tests.factories import BALTIMORE, make_clinic

DOOR, OTHER_DOOR, THIRD_DOOR = (Coordinates(39.2911 + i / 1000, -76.6111) for i in range(3))


def stands(clinic) -> tuple:
    clinic = Clinic.objects.get(pk=clinic.pk)
    return clinic.coordinates, clinic.point_source


@pytest.mark.django_db
def test_an_owner_moves_and_removes_only_the_pin_of_the_own_clinic():
    one = make_clinic("Euclid Clinic", street="500 Euclid Ave", at=None)
    other = make_clinic("Suite Clinic", street="500 Euclid Ave Ste 3", at=None)
    pin(other, OWNER, OTHER_DOOR)
    assert stands(other) == (OTHER_DOOR, OWNER)
    assert stands(one) != (OTHER_DOOR, OWNER)
    pin(one, EDITOR, DOOR)
    pin(other, OWNER, THIRD_DOOR)
    assert stands(one) == stands(other) == (DOOR, EDITOR)  # an editor's is of the address, and comes first
    pin(other, OWNER, None)
    assert stands(one) == stands(other) == (DOOR, EDITOR)
    pin(one, EDITOR, None)
    assert pin_of(one) is None
    assert not AddressPoint.objects.exists()


@pytest.mark.django_db
def test_an_editors_pin_comes_before_an_owners_whatever_the_day():
    clinic = make_clinic("Euclid Clinic", at=None)
    pin(clinic, EDITOR, DOOR)
    AddressPoint.objects.update(as_of="2020-01-01")
    pin(clinic, OWNER, OTHER_DOOR)
    assert stands(clinic) == (DOOR, EDITOR)
    assert pin_of(clinic) == DOOR
    pin(clinic, OWNER, THIRD_DOOR)
    assert AddressPoint.objects.filter(source=OWNER).count() == 1


@pytest.mark.django_db
def test_a_clinic_that_moves_leaves_its_owners_pin_behind():
    clinic = make_clinic("Euclid Clinic", at=None)
    pin(clinic, OWNER, DOOR)
    Clinic.objects.filter(pk=clinic.pk).update(street="5 Other Street")
    place_clinics([clinic.pk])
    assert stands(clinic)[1] != OWNER


def test_a_clinic_that_moves_while_it_is_placed_never_stands_at_the_old_address(without_rollback):
    """The mover holds the row while the other connection begins to place it."""
    clinic = make_clinic("Euclid Clinic", street="500 Euclid Ave", at=BALTIMORE)
    pin(clinic, EDITOR, DOOR)
    Clinic.objects.filter(pk=clinic.pk).update(latitude=None, longitude=None, point_quality="")

    def place():
        try:
            place_clinics([clinic.pk])
        finally:
            connection.close()

    placing = threading.Thread(target=place)
    with transaction.atomic():
        Clinic.objects.filter(pk=clinic.pk).update(street="5 Other Street")
        placing.start()
        wait_until_somebody_waits()
        place_clinics([clinic.pk])
    placing.join(30)
    assert stands(clinic)[0] != DOOR


@pytest.mark.django_db
@pytest.mark.parametrize("source", [OWNER, EDITOR])
def test_a_pin_of_a_clinic_without_a_street_publishes_no_door(source):
    clinic = make_clinic("Shelter", street="", at=None)
    pin(clinic, source, DOOR)
    clinic.refresh_from_db()
    assert clinic.is_approximate
    assert clinic.coordinates != DOOR
    assert pin_of(clinic) == DOOR


@pytest.mark.django_db
def test_a_zip_code_that_does_not_exist_is_named_to_editors():
    clinic = make_clinic("Typo Clinic", zip_code="00000", at=None)
    place_clinics([clinic.pk])
    clinic.refresh_from_db()
    assert clinic.point_problem == "There is no ZIP code 00000."
