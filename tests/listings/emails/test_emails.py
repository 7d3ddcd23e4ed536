"""Mails to owners: in their language, as text and HTML, sent once, with a preview on a development machine."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.template.loader import get_template
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone, translation

from clinics.models import Practitioner
from core import email, translations
from core.models import OutgoingEmail
from listings.emails import notifications, previews
from listings.emails.compose import compose
from listings.models import OwnerLanguage
from tests.factories import make_clinic, make_practitioner
from tests.listings.accounts.test_owners import decide, editor, owner, send_in
from tests.listings.factories import make_listing, make_owner

__all__ = ["editor", "owner"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", previews.NAMES)
def test_every_mail_has_a_preview_and_a_subject_of_one_line(client, name, language):
    page = client.get(reverse("mail_previews:preview", args=[name, language]))
    assert page.status_code == 200
    message = previews.example(name, language)
    assert message.subject
    assert "\n" not in message.subject
    assert message.to == [previews.TO]
    assert "{{" not in message.body
    if name not in (previews.RECONFIRM, previews.STAFF_INVITATION):  # texts alone
        [(html, kind)] = message.alternatives
        assert kind == "text/html"
        assert f'<html lang="{language}">' in html


def test_the_previews_list_every_mail_that_the_library_of_accounts_can_send():
    assert {"account-password_reset", "account-email_deleted", "mfa-totp_activated"} <= set(previews.NAMES)
    assert {"mfa-webauthn_added", "staff_invitation"} <= set(previews.NAMES)
    assert "account-login_code" not in previews.NAMES  # settings switch it off


TYPED = "TYPED\r\nBcc: everybody@elsewhere.example"
OF_OURS = {"site", "amount", "site_name"}  # what a subject may contain


def variables_of(source: str) -> set[str]:
    """What the first line of a template prints, such as {"facts.listing"}; in blocktranslate by their names there."""
    subject = source.strip().split("\n", 1)[0]
    return set(re.findall(r"{{\s*([\w.]+)", subject)) | set(re.findall(r"%\((\w+)\)", subject))


def sources_of_subjects():
    """(name, text) of the template or of the statement that writes each subject of a mail of this site."""
    for name in previews.OWN_TEMPLATES:
        yield name, (settings.BASE_DIR / f"templates/listings/mail/{name}.txt").read_text()
    for prefix in previews.ACCOUNT_TEMPLATES.values():
        template = get_template(f"{prefix}_subject.txt").template
        yield prefix, re.sub(r"{%\s*(load|autoescape|endautoescape)[^%]*%}", "", template.source)
    for app in ("core", "clinics", "articles", "listings"):
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            source = path.read_text()
            if path.name != "compose.py" and re.search(
                r"\b(EmailMultiAlternatives|EmailMessage|send_mass_mail)\(", source
            ):
                lines = re.findall(r"^\s+subject = .*$", source, re.M)
                assert lines, f"{path} writes a mail whose subject is not `subject = ...`"
                yield from ((f"{path}: {line}", line) for line in lines)


def test_no_subject_contains_what_a_user_can_type():
    found = {name: variables_of(source) - OF_OURS for name, source in sources_of_subjects()}
    assert len(found) > 25
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize("name", previews.OWN_TEMPLATES)
def test_a_name_with_line_breaks_is_one_line_of_a_mail(name):
    facts = dict.fromkeys(("listing", "by", "person"), TYPED) | {"url": previews.URL, "day": "2027-01-31"}
    message = compose(OutgoingEmail(template=f"listings/{name}", to=previews.TO, context=facts))
    html = message.alternatives[0][0]
    assert "TYPED" not in message.subject
    assert not re.search(r"^\s*Bcc", f"{message.body}\n{html}", re.M)


def test_an_unknown_mail_or_language_has_no_preview(client):
    assert client.get(reverse("mail_previews:preview", args=["secrets", "en"])).status_code == 404
    assert client.get(reverse("mail_previews:preview", args=["receipt", "xx"])).status_code == 404


def test_the_texts_of_mails_are_collected_for_translation():
    texts = {message for _path, message, _context in translations.texts_in_templates()}
    assert "Receipt: $%(amount)s" in texts


def test_a_mail_is_in_the_language_in_which_its_owner_uses_the_site(client, owner, editor):
    with translation.override("es"):
        submission = send_in(client, owner)  # under /es/
    assert OwnerLanguage.of(owner.email) == "es"
    decide(client, editor, submission, "approve")  # by an editor who uses English
    assert set(OutgoingEmail.objects.values_list("language", flat=True)) == {"es"}
    mail = OutgoingEmail.objects.get(template="listings/approved")
    assert "/es/account/listings/" in mail.context["url"]


def test_logging_in_in_spanish_is_remembered_and_in_english_too(client):
    user = make_owner()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for prefix, language in (("/es", "es"), ("", "en")):
        form = {"login": user.email, "password": "a sentence to log in with"}
        assert client.post(f"{prefix}/account/login/", form).status_code == 302
        assert OwnerLanguage.of(user.email) == language
        client.post("/account/logout/")


def test_owners_get_one_mail_about_a_license_that_ends_within_30_days(mailoutbox):
    listing = make_listing(clinic=make_clinic())
    today = timezone.localdate()
    for npi, days in (("1234567893", 30), ("1679576722", 31), ("1245319599", -1)):
        make_practitioner(listing.clinic, name=f"Ana {days}", npi=npi, license_expires_on=today + timedelta(days=days))
    notifications.warn_of_licenses()
    notifications.warn_of_licenses()
    mail = OutgoingEmail.objects.get(template="listings/license")
    email.send(mail.pk)
    [message] = mailoutbox
    assert message.subject == "A license ends soon"
    assert "Ana 30" in message.body
    assert f"/account/listings/{listing.pk}/" in message.body
    Practitioner.objects.filter(npi="1234567893").update(license_expires_on=today + timedelta(days=29))
    notifications.warn_of_licenses()
    assert OutgoingEmail.objects.filter(template="listings/license").count() == 2  # another end, another mail


def test_signing_up_works_while_the_mail_server_is_down_and_the_mail_comes_later(client, settings, mailoutbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    form = {"email": "doctor@practice.example", "password1": "a sentence to log in with"}
    answer = client.post(reverse("account_signup"), form)
    assert answer.status_code == 302
    mail = OutgoingEmail.objects.get(to="doctor@practice.example")
    email.send(mail.pk)
    mail.refresh_from_db()
    assert (mail.sent_at, "did not take it" in mail.error) == (None, True)
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        email.send(mail.pk)
        email.send(mail.pk)
    [message] = mailoutbox
    assert "/account/confirm-email/" in message.body
    assert "/account/confirm-email/" in message.alternatives[0][0]
