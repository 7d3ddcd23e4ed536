"""What lies on the way to a clinic is known only for the point that it has."""

import pytest
from django.db import connections

from clinics.models import Clinic, Journey, ZipCode
from tests.factories import TOWSON, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    clinic = make_clinic("moves")
    for zip_code in ("21202", "21204"):
        Journey.objects.create(zip_code=zip_code, clinic=clinic, minutes=9, road_miles=4, roads_as_of="2026-11-01")
    Journey.objects.create(zip_code="21202", clinic=make_clinic("stays"), obstacle="water")
    return clinic


def left() -> set[tuple[str, str]]:
    return set(Journey.objects.values_list("zip_code", "clinic__name"))


def test_the_ways_to_a_clinic_that_moves_are_forgotten(clinic):
    Clinic.objects.filter(pk=clinic.pk).update(latitude=TOWSON.latitude)
    assert left() == {("21202", "stays")}


def test_the_ways_to_one_that_changes_otherwise_stay(clinic):
    clinic.phone = "410-555-0199"
    clinic.save()
    assert left() == {("21202", "moves"), ("21204", "moves"), ("21202", "stays")}


def test_the_ways_from_a_zip_code_that_moves_are_forgotten(clinic):
    ZipCode.objects.filter(code="21202").update(longitude=-76.5)
    assert left() == {("21204", "moves")}


def test_nobody_who_moves_a_clinic_waits_for_a_job_that_writes_its_ways(second_connection):
    """Else an import and a job could wait for each other. What the job holds is the job's to know."""
    job = connections["default"]
    moved = make_clinic("moves too")
    Journey.objects.create(zip_code="21202", clinic=moved, minutes=3, road_miles=1)
    job.set_autocommit(False)
    with job.cursor() as cursor:
        cursor.execute("SELECT FROM clinics_journey WHERE clinic_id = %s FOR UPDATE", [moved.pk])
        other = connections.create_connection("default")
        try:
            with other.cursor() as importing:
                importing.execute("SET statement_timeout = '5s'")
                importing.execute("UPDATE clinics_clinic SET latitude = 39.4 WHERE id = %s", [moved.pk])
        finally:
            other.close()
    job.rollback()
    job.set_autocommit(True)
    assert Clinic.objects.get(pk=moved.pk).latitude == 39.4
