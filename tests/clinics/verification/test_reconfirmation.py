"""Asking clinics whether they are still right: whom, when, at most once, and what an answer writes."""

import smtplib
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from clinics.models import Clinic, Confirmation, ConfirmationRequest, Correction
from clinics.verification.reconfirmation import (
    TEMPLATE,
    due_clinics,
    record_bounce,
    request_confirmation,
    send_due_mails,
)
from core import email
from core.models import OutgoingEmail
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 17, tzinfo=UTC)


def after(days: int):
    return time_machine.travel(START + timedelta(days=days), tick=False)


@pytest.fixture
def clinic():
    return make_clinic(contact_email="desk@clinic.example")


def confirmed(clinic, days_before: int):
    said_on = (START - timedelta(days=days_before)).date()
    Confirmation.objects.create(clinic=clinic, fact_group="contact", source="owner", confirmed_on=said_on)


def run_on(*days) -> list[int]:
    """How many mails went out on each of these days."""
    sent = []
    for day in days:
        with after(day):
            sent.append(send_due_mails())
    return sent


def test_a_clinic_is_asked_reminded_after_7_and_14_days_and_again_after_90(clinic):
    assert run_on(0, 0, 1, 6, 7, 8, 13, 14, 15, 29, 60, 89, 90) == [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1]
    assert [message.to for message in mail.outbox] == [["desk@clinic.example"]] * 4
    assert mail.outbox[0].subject.startswith("Is your listing")
    assert mail.outbox[1].subject.startswith("Reminder")
    assert ConfirmationRequest.objects.count() == 2
    with after(30):
        assert ConfirmationRequest.objects.last().is_unanswered


@pytest.mark.parametrize(("days", "asked"), [(0, 0), (89, 0), (90, 1), (91, 1)])
def test_a_confirmed_clinic_is_asked_after_ninety_days(clinic, days, asked):
    confirmed(clinic, 0)
    assert run_on(days) == [asked]


def test_a_worker_that_was_stopped_catches_up_with_one_mail(clinic):
    assert run_on(0, 15, 15, 16) == [1, 1, 0, 0]  # the second reminder; the first was missed and stays so


@pytest.mark.parametrize("change", ["answered", "gone", "another address", "a reminder is due"])
def test_a_mail_left_in_the_outbox_is_sent_only_while_it_is_due(clinic, change):
    """A worker died before it sent the question; the job that sends what waits asks the same as the daily one."""
    with after(0):
        request = request_confirmation(clinic)
        context = {"request": request.pk, "step": 0}
        email.store(request.mail_key(0), TEMPLATE, to=request.email, context=context)
        if change == "answered":
            request.answer_with(ConfirmationRequest.Answer.STILL_RIGHT)
        elif change == "gone":
            request.delete()
        elif change == "another address":
            Clinic.objects.update(contact_email="new@clinic.example")
    with after(7 if change == "a reminder is due" else 0):
        email.send_waiting()
    assert (mail.outbox, OutgoingEmail.objects.count()) == ([], 0)


def test_a_mail_left_in_the_outbox_is_sent_while_it_is_due(clinic):
    with after(0):
        request = request_confirmation(clinic)
        context = {"request": request.pk, "step": 0}
        email.store(request.mail_key(0), TEMPLATE, to=request.email, context=context)
        email.send_waiting()
    assert [message.to for message in mail.outbox] == [["desk@clinic.example"]]


def test_only_listed_clinics_with_a_working_address_are_asked(clinic):
    make_clinic("No address")
    make_clinic("Unlisted", contact_email="other@clinic.example", is_listed=False)
    with after(0):
        assert [found.pk for found in due_clinics()] == [clinic.pk]
        request_confirmation(clinic)
        assert record_bounce("Desk@clinic.example") == 1
    assert run_on(7, 90, 200) == [0, 0, 0]
    Clinic.objects.update(contact_email="new@clinic.example", is_listed=True)
    assert run_on(201) == [3]


class Refusing(EmailBackend):
    error = ConnectionRefusedError()

    def send_messages(self, messages):
        raise self.error


def test_a_mail_that_could_not_be_sent_is_tried_again(clinic, settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert run_on(0) == [0]
    assert not OutgoingEmail.objects.exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert run_on(0, 0) == [1, 0]


def test_an_address_that_the_server_refuses_is_recorded_as_bounced(clinic, settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    monkeypatch.setattr(Refusing, "error", smtplib.SMTPRecipientsRefused({}))
    assert run_on(0, 7) == [0, 0]
    assert ConfirmationRequest.objects.get().bounced_at


def test_a_mail_whose_worker_was_killed_is_not_sent_twice(clinic):
    with after(0):
        request = request_confirmation(clinic)
        begun = email.store(request.mail_key(0), TEMPLATE, to=request.email)
        assert begun.lock()
    assert run_on(0, 1, 7) == [0, 0, 1]


# The link


def link(clinic, day=0) -> str:
    assert run_on(day) == [1]
    [url] = [line for line in mail.outbox[-1].body.splitlines() if "/confirm/" in line]
    assert url.startswith("http://127.0.0.1:8000/clinics/")
    return url.removeprefix("http://127.0.0.1:8000")


def state(clinic) -> list:
    return [
        *Clinic.objects.filter(pk=clinic.pk).values("phone", "open_hours", "accepting_new_patients", "updated_at"),
        *clinic.confirmations.values("fact_group", "source", "confirmed_on"),
        *Correction.objects.values("status"),
        *ConfirmationRequest.objects.values("answer", "answered_at"),
    ]


def test_opening_the_link_changes_nothing_and_sets_no_cookie(client, clinic):
    url = link(clinic)
    before = state(clinic)
    with after(1):
        for _ in range(3):
            response = client.get(url)
            assert response.status_code == 200
            assert not response.cookies
            client.head(url)
    assert "410-555-0100" in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    assert state(clinic) == before


def test_still_right_confirms_what_is_stated_and_answers_the_reports_of_a_dead_number(client, clinic):
    Clinic.objects.update(accepting_new_patients=True)
    report = Correction.objects.create(clinic=clinic, problem="wrong-number")
    url = link(clinic)
    with after(1):
        assert "Thank you" in client.post(url, {"still_right": "1"}).content.decode()
        page = client.get(clinic.get_absolute_url()).content.decode()
    said = {c.fact_group: (c.source, c.confirmed_on) for c in clinic.confirmations.all()}
    assert said == dict.fromkeys(["contact", "availability"], ("owner", date(2026, 3, 3)))
    assert "confirmed by the clinic" in page
    report.refresh_from_db()
    assert report.status == "as-stated"
    assert run_on(7, 14, 89) == [0, 0, 0]


def test_corrections_in_place_are_written_and_confirmed(client, clinic):
    url = link(clinic)
    form = {"phone": "(410) 555-0100", "accepting_new_patients": "no", "open_hours": "Mon-Fri 9-17", "correct": "1"}
    with after(1):
        assert client.post(url, form).status_code == 200
    clinic.refresh_from_db()
    assert (clinic.phone, clinic.accepting_new_patients) == ("410-555-0100", False)
    assert clinic.open_hours is not None
    assert set(clinic.confirmations.values_list("fact_group", flat=True)) == {"contact", "availability", "hours"}
    assert ConfirmationRequest.objects.get().answer == "corrected"


def test_a_website_that_is_stored_already_keeps_no_correction_back(client, clinic):
    Clinic.objects.update(website="http://clinic.example:8080/")
    url = link(clinic)
    form = {
        "phone": "410-555-0100",
        "website": "http://clinic.example:8080/",
        "open_hours": "Mon-Fri 9-17",
        "correct": "1",
    }
    with after(1):
        assert client.post(url, form).status_code == 200
    clinic.refresh_from_db()
    assert (clinic.website, clinic.open_hours is not None) == ("http://clinic.example:8080/", True)


def test_a_correction_that_cannot_be_read_writes_nothing_and_keeps_the_link(client, clinic):
    url = link(clinic)
    before = state(clinic)
    with after(1):
        response = client.post(url, {"phone": "call us", "correct": "1"})
    assert response.status_code == 422
    assert "Write it like 617-555-0100" in response.content.decode()
    assert state(clinic) == before


def test_a_clinic_that_has_moved_goes_to_an_editor_unconfirmed(client, clinic):
    url = link(clinic)
    with after(1):
        client.post(url, {"phone": clinic.phone, "gone": "moved", "gone_note": "5 Elm Street", "correct": "1"})
    assert not clinic.confirmations.exists()
    report = Correction.objects.get()
    assert (report.problem, report.status) == ("moved", "open")
    assert report.note == "By the link that was mailed to desk@clinic.example. 5 Elm Street"


def refused(client, url, day=1) -> str:
    with after(day):
        before = list(Confirmation.objects.values())
        for response in (client.get(url), client.post(url, {"still_right": "1"})):
            assert response.status_code == 410
            text = response.content.decode()
            assert "Nothing was changed." in text
        assert list(Confirmation.objects.values()) == before
    return text


def test_a_used_link_is_refused_with_a_sentence(client, clinic):
    url = link(clinic)
    with after(1):
        client.post(url, {"still_right": "1"})
    assert "was used already" in refused(client, url)


def test_an_expired_link_is_refused_with_a_sentence(client, clinic):
    url = link(clinic)
    with after(29):
        assert client.get(url).status_code == 200
    assert "has expired" in refused(client, url, day=31)


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: t[:-3] + "abc", lambda t: "x" + t, lambda t: "x"])
def test_an_altered_link_is_refused_with_a_sentence(client, clinic, spoil):
    head, token = link(clinic).rstrip("/").rsplit("/", 1)
    assert "altered" in refused(client, f"{head}/{spoil(token)}/")


def test_a_link_for_another_clinic_is_refused_with_a_sentence(client, clinic):
    url = link(clinic)
    other = make_clinic("Other")
    assert "another clinic" in refused(client, url.replace(f"/{clinic.pk}/", f"/{other.pk}/"))


def test_the_link_of_an_address_that_is_no_longer_the_clinics_is_refused(client, clinic):
    url = link(clinic)
    Clinic.objects.update(contact_email="new@clinic.example")
    assert "no longer the one of this clinic" in refused(client, url)
