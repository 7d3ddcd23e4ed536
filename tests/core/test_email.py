"""The outbox of the whole site: stored once, sent once, tried again, and nothing secret kept."""

import smtplib

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation

from core import email
from core.models import OutgoingEmail

pytestmark = pytest.mark.django_db
TO = "desk@clinic.example"


class Unreachable(BaseEmailBackend):
    def send_messages(self, messages):
        raise ConnectionRefusedError


class Refusing(BaseEmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPRecipientsRefused({})


def compose(mail: OutgoingEmail) -> EmailMultiAlternatives:
    return EmailMultiAlternatives(mail.context["subject"], translation.get_language(), to=[mail.to])


@pytest.fixture(autouse=True)
def refused_addresses(monkeypatch) -> list[str]:
    """Two apps with mails: one is told which addresses the mail server refuses, the other is not."""
    refused: list[str] = []
    monkeypatch.setitem(email._senders, "plain", email.Sender(compose))
    monkeypatch.setitem(email._senders, "informed", email.Sender(compose, refused=refused.append))
    return refused


def store(key: str = "a", app: str = "plain", **details) -> OutgoingEmail | None:
    return email.store(key, f"{app}/letter", **{"to": TO, "context": {"subject": "A letter"}} | details)


def test_a_mail_is_stored_once_for_each_key_and_never_without_an_address():
    assert store()
    assert store() is None
    assert store("b", to="") is None
    assert OutgoingEmail.objects.count() == 1


def test_a_mail_is_sent_once_in_its_language(mailoutbox):
    mail = store(language="es")
    assert [email.send(mail.pk), email.send(mail.pk)] == [True, False]
    assert [(message.subject, message.body) for message in mailoutbox] == [("A letter", "es")]


def test_a_mail_that_the_server_did_not_take_waits_and_is_sent_by_the_next_job(settings, mailoutbox):
    mail, backend = store(), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
    assert email.send_waiting() == "0 of 1 mails sent"
    mail.refresh_from_db()
    assert (mail.locked_at, mail.error) == (None, "The mail server did not take it: ConnectionRefusedError.")
    settings.EMAIL_BACKEND = backend
    assert email.send_waiting() == "1 of 1 mails sent"
    assert email.send_waiting() == "0 of 0 mails sent"
    mail.refresh_from_db()
    assert mail.error == ""


def test_a_mail_whose_worker_died_is_not_sent_again_and_counts_as_unsent(mailoutbox):
    assert store().lock()
    assert email.send_waiting() == "0 of 0 mails sent"
    assert (len(mailoutbox), OutgoingEmail.objects.unsent().count()) == (0, 1)


def test_an_address_that_is_refused_ends_a_mail_whose_app_wants_to_know(settings, refused_addresses):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert not email.send(store("a", "informed").pk)
    assert not email.send(store("b", "plain").pk)
    assert refused_addresses == [TO]
    assert [mail.key for mail in OutgoingEmail.objects.waiting()] == ["b"]
    assert OutgoingEmail.objects.get(key="a").bounced_at


def test_what_opens_an_account_is_forgotten_once_it_is_sent():
    for key, is_secret in (("secret", True), ("plain", False)):
        email.send(store(key, is_secret=is_secret).pk)
    assert OutgoingEmail.objects.get(key="secret").context == {}
    assert OutgoingEmail.objects.get(key="plain").context == {"subject": "A letter"}


def test_a_mail_that_cannot_be_composed_stops_no_other_and_is_tried_again(mailoutbox, caplog):
    bad, good = store("bad", context={}), store("good")
    assert email.send_waiting() == "1 of 2 mails sent"
    assert [message.subject for message in mailoutbox] == ["A letter"]
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.locked_at, bad.error) == (None, "It cannot be composed: KeyError.")
    assert good.sent_at
    OutgoingEmail.objects.filter(pk=bad.pk).update(context={"subject": "A letter"})
    assert email.send_waiting() == "1 of 1 mails sent"


def test_a_mail_of_an_app_that_is_not_installed_waits():
    mail = store(app="gone")
    assert email.send(mail.pk) is False
    assert OutgoingEmail.objects.waiting().get() == mail


def test_a_mail_that_nobody_should_get_any_more_leaves_the_outbox(monkeypatch, mailoutbox):
    def withdraw(mail):
        raise email.NotWanted

    monkeypatch.setitem(email._senders, "plain", email.Sender(withdraw))
    assert email.send(store().pk) is False
    assert (len(mailoutbox), OutgoingEmail.objects.count()) == (0, 0)


def test_the_oldest_mail_is_sent_first(mailoutbox):
    for name in ("first", "second", "third"):
        store(name, context={"subject": name})
    email.send_waiting()
    assert [message.subject for message in mailoutbox] == ["first", "second", "third"]


def test_staff_cannot_read_what_opens_an_account(admin_client):
    open_one, secret = store("open"), store("secret", is_secret=True, context={"subject": "reset link"})
    page = "/admin/core/outgoingemail/{}/change/"
    assert "A letter" in admin_client.get(page.format(open_one.pk)).content.decode()
    assert "reset link" not in admin_client.get(page.format(secret.pk)).content.decode()
