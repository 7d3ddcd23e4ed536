"""Owners confirm their facts: they get the mails before the public address does, and see the reports of readers."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from clinics.models import ConfirmationRequest, Correction
from clinics.verification.confirmation_links import link_path
from clinics.verification.reconfirmation import record_bounce, send_due_mails
from clinics.verification.reports import store_report
from listings.models import Membership, OwnerLanguage
from tests.factories import make_clinic
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db
PUBLIC, OWNER = "desk@clinic.example", "owner@practice.example"


@pytest.fixture
def clinic():
    return make_clinic(contact_email=PUBLIC, services=["methadone", "medicaid"], accepting_new_patients=True)


@pytest.fixture
def owner():
    return make_owner()


@pytest.fixture
def listing(owner, clinic):
    return make_listing(owner, clinic)


def asked() -> list[str]:
    send_due_mails()
    return [message.to[0] for message in mail.outbox]


def confirmations(clinic) -> list[tuple]:
    fields = ("fact_group", "source", "edition", "confirmed_on", "confirmed_by")
    return list(clinic.confirmations.order_by("fact_group").values_list(*fields))


def test_the_owner_is_asked_and_without_one_the_public_address(clinic, listing):
    make_clinic("Without an owner", contact_email="other@clinic.example")
    assert sorted(asked()) == ["other@clinic.example", OWNER]


def test_an_owner_is_asked_in_their_language_and_the_public_address_in_english_as_text_and_as_html(
    client, owner, listing
):
    OwnerLanguage.objects.create(user=owner, language="es")
    make_clinic("Without & an owner", contact_email="other@clinic.example")
    asked()
    to_owner, to_other = sorted(mail.outbox, key=lambda message: message.to[0] != OWNER)
    assert to_owner.subject.startswith("¿")
    assert to_other.subject == "Is your listing on Waypost still right?"
    for message, language in ((to_owner, "es"), (to_other, "en")):
        [(html, kind)] = message.alternatives
        assert (kind, f'<html lang="{language}">' in html) == ("text/html", True)
        [link] = re.findall(r"^http\S+/confirm/\S+$", message.body, re.MULTILINE)
        assert f'<a href="{link}">' in html
        page = client.get(link.removeprefix("http://127.0.0.1:8000")).content.decode()
        assert f'<html lang="{language}">' in page
    assert "Without &amp; an owner" in to_other.alternatives[0][0]


def test_a_clinic_with_an_owner_and_no_public_address_is_asked_by_mail(owner):
    make_listing(owner, make_clinic())
    assert asked() == [OWNER]


def test_the_owner_of_a_suspended_listing_is_not_asked(clinic, listing):
    listing.suspend("Its telephone is somebody else's.")
    assert asked() == [PUBLIC]


def test_a_person_with_the_role_editor_gets_no_reconfirmation_mail(clinic, listing):
    Membership.objects.update(role="editor")
    assert asked() == [PUBLIC]


def test_when_the_owners_address_takes_no_mail_the_public_one_is_asked(clinic, listing):
    with time_machine.travel(timezone.now() - timedelta(days=91)):
        assert asked() == [OWNER]
        record_bounce(OWNER)
    assert asked() == [OWNER, PUBLIC]


def test_the_link_of_a_former_owner_is_refused(client, clinic, listing):
    send_due_mails()
    Membership.objects.all().delete()
    answer = client.post(link_path(ConfirmationRequest.objects.get()), {"still_right": "yes"})
    assert answer.status_code == 410
    assert "no longer the one of this clinic" in answer.content.decode()
    assert not confirmations(clinic)


def test_one_tap_and_the_signed_link_confirm_the_same_and_end_the_reminders(client, clinic, listing, owner):
    send_due_mails()
    [link] = re.findall(r"http://127.0.0.1:8000(\S+)", mail.outbox[0].body)
    client.post(link, {"still_right": "yes"})
    by_link = confirmations(clinic)
    assert [row[0] for row in by_link] == ["availability", "contact", "payment", "services"]
    assert {row[1:] for row in by_link} == {("owner", "", timezone.localdate(), owner.pk)}
    clinic.confirmations.all().delete()
    ConfirmationRequest.objects.update(answer="", answered_at=None)
    client.force_login(owner)
    client.post(reverse("listings:confirm", args=[listing.pk]))
    assert confirmations(clinic) == by_link
    assert ConfirmationRequest.objects.get().answer == "still-right"
    assert client.post(link, {"still_right": "yes"}).status_code == 410
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert len(asked()) == 1, "no reminder"


@pytest.mark.parametrize("was_asked_this_morning", [False, True])
def test_the_dashboard_warns_the_owner_and_shows_what_readers_report(
    client, clinic, listing, owner, was_asked_this_morning
):
    if was_asked_this_morning:
        send_due_mails()
    for sender in ("192.0.2.1", "192.0.2.2"):
        store_report(Correction(clinic=clinic, problem="wrong-number", note="my name is secret"), sender)
    assert asked()[-1] == OWNER
    assert "phone number does not work" in mail.outbox[-1].body
    assert send_due_mails() == 0
    client.force_login(owner)
    address = reverse("listings:listing", args=[listing.pk])
    page = client.get(address).content.decode()
    assert page.count("The phone number is wrong or dead") == 2
    assert "your page shows a warning" in page
    assert "secret" not in page
    client.post(reverse("listings:confirm", args=[listing.pk]))
    assert "What readers report" not in client.get(address).content.decode()
    clinic.refresh_from_db()
    assert clinic.phone_reported_on is None


@pytest.mark.parametrize(
    ("reconfirm_after_days", "days", "is_said"),
    [(90, 89, False), (90, 90, True), (30, 29, False), (30, 60, True)],
)
def test_the_dashboard_says_that_facts_are_stale_after_the_days_of_the_setting(
    client, clinic, listing, owner, settings, reconfirm_after_days, days, is_said
):
    settings.RECONFIRM_AFTER_DAYS = reconfirm_after_days
    client.force_login(owner)
    client.post(reverse("listings:confirm", args=[listing.pk]))
    clinic.confirmations.update(confirmed_on=timezone.localdate() - timedelta(days=days))
    page = client.get(reverse("listings:listing", args=[listing.pk])).content.decode()
    assert ("has not been confirmed by you lately" in page) is is_said
