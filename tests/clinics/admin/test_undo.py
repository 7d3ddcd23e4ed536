"""The last import of a source undone in the admin."""

import pytest
from django.urls import reverse

from clinics.models import Clinic, ImportRun, Source
from tests.clinics.admin.admin_client import INLINE, history
from tests.clinics.imports.directories import ELM_STREET, import_rows, row

pytestmark = pytest.mark.django_db


def undo_page(run: ImportRun) -> str:
    return reverse("admin:clinics_importrun_undo", args=[run.pk])


def run_page(run: ImportRun) -> str:
    return reverse("admin:clinics_importrun_change", args=[run.pk])


def test_the_last_import_of_a_source_is_undone_by_a_post(desk):
    first = import_rows(row(), source=Source.SAMHSA_OTP, edition="2020").run
    run = import_rows(row(phone="617-555-0102"), source=Source.SAMHSA_OTP, edition="2021").run
    assert undo_page(run) in desk.get(run_page(run)).content.decode()
    assert undo_page(first) not in desk.get(run_page(first)).content.decode()
    asked = desk.get(undo_page(run)).content
    assert b"Undo the import" in asked
    assert not INLINE.search(asked)
    assert Clinic.objects.get().phone == "617-555-0102"
    response = desk.post(undo_page(run), follow=True)
    assert "was undone. Records removed: 1" in response.content.decode()
    assert Clinic.objects.get().phone == ""
    run.refresh_from_db()
    assert run.status == ImportRun.Status.UNDONE
    assert "was undone" in history(run)[0]


def test_an_older_import_and_one_that_was_undone_are_refused(desk):
    first = import_rows(row(), source=Source.SAMHSA_OTP, edition="2020").run
    run = import_rows(row(phone="617-555-0102"), source=Source.SAMHSA_OTP, edition="2021").run
    page = desk.post(undo_page(first), follow=True).content.decode()
    assert "Only the last import of SAMHSA OTP directory that is in effect can be undone." in page
    desk.post(undo_page(run))
    assert "Only the last import" in desk.post(undo_page(run), follow=True).content.decode()
    assert Clinic.objects.count() == 1


def test_the_coordinates_of_an_old_list_are_taken_back(desk):
    import_rows(row())
    locator = {"source": Source.SAMHSA_LOCATOR, "edition": "2020", "points_only": True}
    run = import_rows(row(**ELM_STREET), **locator).run
    assert Clinic.objects.get().point_quality == "street"
    assert "SAMHSA locator 2020, coordinates only" in desk.get(run_page(run)).content.decode()
    assert "1 of its" in desk.get(undo_page(run)).content.decode()
    response = desk.post(undo_page(run), follow=True)
    assert "Points removed: 1, restored: 0." in response.content.decode()
    assert Clinic.objects.get().point_quality == "zip"


def test_who_may_only_look_undoes_nothing(viewer_desk):
    run = import_rows(row(), source=Source.SAMHSA_OTP, edition="2020").run
    assert undo_page(run) not in viewer_desk.get(run_page(run)).content.decode()
    assert viewer_desk.get(undo_page(run)).status_code == 403
    assert viewer_desk.post(undo_page(run)).status_code == 403
    assert Clinic.objects.count() == 1
