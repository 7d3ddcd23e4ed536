"""One rule for who states a fact: whoever corrects a dead number, the warning goes and the reports are answered."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from clinics.models import Confirmation, Correction, FactGroup, ProposedChange, Source
from clinics.verification.call_list import finish, take_next
from clinics.verification.confirmation_links import link_path
from clinics.verification.reconfirmation import record_bounce, request_confirmation
from clinics.verification.reports import store_report
from tests.clinics.admin.admin_client import page_of, save
from tests.clinics.factories import make_difference
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
WARNING = "Readers say that this number does not work."
OLD, NEW = "410-555-0100", "410-555-0142"


@pytest.fixture
def clinic():
    """Two readers reported that its number is dead."""
    clinic = make_clinic(phone=OLD, contact_email="desk@clinic.example")
    for sender in ("192.0.2.1", "192.0.2.2"):
        store_report(Correction(clinic=clinic, problem="wrong-number"), sender)
    store_report(Correction(clinic=clinic, problem="moved"), "192.0.2.3")
    clinic.refresh_from_db()
    return clinic


@pytest.fixture
def editor():
    return User.objects.create_superuser("editor")


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def warns(client, clinic) -> bool:
    return WARNING in client.get(clinic.get_absolute_url()).content.decode()


def in_the_admin(client, clinic):
    save(client, clinic, phone=NEW)


def in_the_queue_of_differences(client, clinic):
    difference = make_difference(clinic=clinic, ours=OLD, theirs=NEW, source="samhsa-otp")
    client.post(page_of("change", difference, difference.pk), {"decision": "theirs"})


def by_a_link_that_an_editor_approved(client, clinic):
    client.post(link_path(request_confirmation(clinic)), {"phone": NEW, "correct": "yes"})
    page = page_of("change", ProposedChange, ProposedChange.objects.get().pk)
    client.post(page, {"decision": "approve", "confirmed_by": "call to the desk"})


@pytest.mark.parametrize(
    ("correct", "source"),
    [
        (in_the_admin, Source.EDITOR),
        (in_the_queue_of_differences, Source.EDITOR),
        (by_a_link_that_an_editor_approved, Source.OWNER),
    ],
)
def test_who_corrects_a_dead_number_becomes_its_source_and_answers_the_reports(desk, clinic, editor, correct, source):
    assert warns(desk, clinic)
    correct(desk, clinic)
    clinic.refresh_from_db()
    by = editor if source == Source.EDITOR else None
    assert clinic.phone == NEW
    contact = clinic.confirmations.get(fact_group=FactGroup.CONTACT)
    assert (contact.source, contact.confirmed_on, contact.confirmed_by) == (source, timezone.localdate(), by)
    assert not warns(desk, clinic)
    closed = clinic.corrections.filter(problem="wrong-number")
    assert set(closed.values_list("status", "closed_by")) == {("corrected", by and by.pk)}
    assert clinic.corrections.open().get().problem == "moved"


def by_still_right(client, clinic, editor):
    client.post(link_path(request_confirmation(clinic)), {"still_right": "yes"})


def by_a_call(client, clinic, editor):
    record_bounce(clinic.contact_email)  # else its answer to the mail is waited for
    finish(take_next(editor), "answered", name_is_right=True, address_is_right=True)


@pytest.mark.parametrize("confirm", [by_still_right, by_a_call])
def test_who_confirms_the_number_answers_the_reports_as_checked(desk, clinic, editor, confirm):
    confirm(desk, clinic, editor)
    assert not warns(desk, clinic)
    closed = clinic.corrections.filter(problem="wrong-number")
    assert set(closed.values_list("status", flat=True)) == {"as-stated"}


def test_an_editor_who_corrects_another_fact_has_not_checked_the_number(desk, clinic):
    save(desk, clinic, website="https://clinic.example/")
    assert clinic.confirmations.get().source == Source.EDITOR
    assert warns(desk, clinic)
    assert clinic.corrections.open().filter(problem="wrong-number").count() == 2


def test_an_editor_who_closes_the_reports_takes_the_warning_down_and_confirms_nothing(desk, clinic, editor):
    for report in clinic.corrections.filter(problem="wrong-number"):
        desk.post(page_of("change", report, report.pk), {"decision": "unclear"})
    assert not warns(desk, clinic)
    assert not clinic.confirmations.exists()


# Each with the reason why it does not go through provenance.confirm.
OTHER_WRITERS = {
    "clinics/demo.py",  # invents clinics that no person states
    "clinics/imports/apply.py",  # lists, never a person: confirmed_on is empty
    "clinics/imports/restore.py",  # what an export says that somebody confirmed then
    "listings/wizard/preview.py",  # for a page that shows what a clinic will look like; saves nothing
    "clinics/models/merging.py",  # merging hands confirmations on as they are
}
WRITES = re.compile(
    r"confirmations[\w.()=,* ]*\.(?:(?:bulk_|get_or_|update_or_)?create|update|add)\("
    r"|\bConfirmation\(|Confirmation\.objects[\w.]*\.(?:(?:bulk_|get_or_|update_or_)?create|update)\("
    r"|(?:INSERT INTO|UPDATE) clinics_confirmation"
)


def test_every_other_writer_of_confirmations_is_known():
    writers = {
        str(path.relative_to(settings.BASE_DIR))
        for folder in ("core", "clinics", "listings", "articles")
        for path in (settings.BASE_DIR / folder).rglob("*.py")
        if "migrations" not in path.parts and WRITES.search(path.read_text().replace("class Confirmation(", ""))
    }
    assert writers == {"clinics/verification/provenance.py", *OTHER_WRITERS}


def test_no_confirmation_of_a_person_is_without_its_day(desk, clinic, editor):
    in_the_admin(desk, clinic)
    by_still_right(desk, clinic, editor)
    assert not Confirmation.objects.filter(confirmed_on=None).exists()
