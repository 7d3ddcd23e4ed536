"""How a clinic's facts changed, whoever wrote them; what moved leads on."""

import datetime

import pytest
from django.db import connection

from clinics.models import Clinic, FactChange
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


def changes(clinic) -> set[tuple]:
    return set(clinic.fact_changes.values_list("field", "old", "new"))


def test_a_change_is_noted_whether_a_form_a_queryset_or_an_import_in_sql_wrote_it():
    clinic = make_clinic(accepting_new_patients=None)
    assert not FactChange.objects.exists()  # to be made is no change
    clinic.phone = "410-555-0111"
    clinic.save()
    Clinic.objects.filter(pk=clinic.pk).update(accepting_new_patients=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clinics_clinic SET city = 'Towson', updated_at = now() WHERE id = %s", [clinic.pk])
    assert changes(clinic) == {
        ("phone", "410-555-0100", "410-555-0111"),
        ("accepting_new_patients", None, "true"),
        ("city", "Baltimore", "Towson"),
    }


def test_a_change_that_readers_cannot_see_is_not_noted():
    clinic = make_clinic()
    clinic.save()
    Clinic.objects.update(contact_email="desk@clinic.example", missing_from="SAMHSA directory 2025")
    assert not FactChange.objects.exists()


def test_the_page_shows_how_phone_and_status_changed_and_nothing_else(client):
    clinic = make_clinic()
    Clinic.objects.update(phone="410-555-0111", website="https://canary.example/", closed_on=datetime.date(2026, 3, 1))
    Clinic.objects.update(website="")
    text = " ".join(client.get(clinic.get_absolute_url()).content.decode().split())
    assert "phone became 410-555-0111" in text
    assert "(before: 410-555-0100)" in text
    assert "reported as closed" in text
    assert "canary" not in text


def test_a_clinic_that_moved_is_found_under_its_old_address(client):
    clinic = make_clinic("Harbor")
    old = clinic.get_absolute_url()
    clinic.city = "Towson"
    clinic.save()
    assert client.get(old).headers["Location"] == clinic.get_absolute_url() != old
    new = make_clinic("Harbor at its new door", city="Boston", state="MA")
    clinic.merge_into(new)
    assert client.get(old).headers["Location"] == new.get_absolute_url()
