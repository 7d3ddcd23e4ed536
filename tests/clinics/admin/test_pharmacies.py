"""An editor checks pharmacies that somebody named, hides them, and makes one of two."""

import pytest
from django.utils.html import strip_tags

from clinics.models import Pharmacy
from tests.clinics.admin.admin_client import history, page_of, run_action
from tests.clinics.factories import PharmacyFactory, PharmacyReportFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> Pharmacy:
    """Two readers say so; nobody has checked it."""
    pharmacy = PharmacyFactory(checked_on=None)
    for _reader in range(2):
        PharmacyReportFactory(pharmacy=pharmacy)
    return pharmacy


def facts_of(desk, pharmacy) -> dict:
    form = desk.get(page_of("change", pharmacy, pharmacy.pk)).context["adminform"].form
    posted = {name: form[name].value() for name in form.fields if form[name].value()}
    return posted | {"reports-TOTAL_FORMS": 0, "reports-INITIAL_FORMS": 0}


def test_what_waits_is_on_the_first_page_and_leads_to_its_queue(desk, waiting):
    PharmacyFactory(checked_on=None)  # of which nobody says anything
    words = " ".join(strip_tags(desk.get("/admin/").content.decode().replace("\xa0", " ")).split())
    assert "1 pharmacy to check" in words
    rows = desk.get(page_of("changelist", Pharmacy), {"to_check": "yes"}).context["cl"].result_list
    assert list(rows) == [waiting]


def test_checked_it_is_told_to_readers_and_hidden_no_more(desk, editor, waiting):
    run_action(desk, Pharmacy, "check_facts", [waiting])
    waiting.refresh_from_db()
    assert waiting.checked_by == editor
    assert list(Pharmacy.objects.filled_lately()) == [waiting]
    run_action(desk, Pharmacy, "hide", [waiting])
    assert not Pharmacy.objects.filled_lately()
    assert history(waiting) == ["Checked: name, address and number are right.", "Hidden from readers."]


def test_without_a_number_it_cannot_be_checked(desk, waiting):
    Pharmacy.objects.update(phone="")
    answer = run_action(desk, Pharmacy, "check_facts", [waiting])
    assert "has no phone number yet: add it first." in answer.content.decode()
    data = facts_of(desk, waiting) | {"is_right": "on"}
    answer = desk.post(page_of("change", waiting, waiting.pk), data)
    assert "Add the street and the phone number first." in answer.content.decode()
    desk.post(page_of("change", waiting, waiting.pk), data | {"phone": "(410) 556-0001"})
    assert list(Pharmacy.objects.filled_lately()) == [waiting]


def test_an_editor_who_unticks_it_takes_it_from_readers(desk, waiting):
    run_action(desk, Pharmacy, "check_facts", [waiting])
    Pharmacy.objects.update(checked_on="2026-01-31")
    data = facts_of(desk, waiting)
    desk.post(page_of("change", waiting, waiting.pk), data | {"note": "Closed on Sundays"})
    assert Pharmacy.objects.get(checked_on="2026-01-31").note == "Closed on Sundays", "a note is no check"
    assert data.pop("is_right") is True
    desk.post(page_of("change", waiting, waiting.pk), data)
    assert not Pharmacy.objects.filled_lately()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [({"phone": "12"}, "is not a phone number"), ({"zip_code": "00000"}, "There is no such ZIP code.")],
)
def test_what_cannot_be_dialled_or_placed_is_refused(desk, waiting, facts, sentence):
    data = facts_of(desk, waiting) | facts
    assert sentence in desk.post(page_of("change", waiting, waiting.pk), data).content.decode()


def test_of_two_that_are_one_the_checked_one_stays_with_all_reports(desk, waiting):
    checked = PharmacyFactory()
    run_action(desk, Pharmacy, "are_one_place", [waiting, checked])
    assert list(Pharmacy.objects.filled_lately()) == [checked]
    assert checked.reports.count() == 2
    assert list(desk.get(page_of("changelist", Pharmacy)).context["cl"].result_list) == [checked]
    answer = run_action(desk, Pharmacy, "are_one_place", [checked])
    assert "Choose two or more that are the same." in answer.content.decode()


def test_nobody_deletes_one(desk, waiting):
    assert desk.post(page_of("delete", waiting, waiting.pk), {"post": "yes"}).status_code == 403
