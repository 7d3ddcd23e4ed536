"""Second factors: kept encrypted, bound to the site, and for staff added by invitation alone."""

import io
import re
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.apps import apps
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from core import email, encryption, second_factors
from core.models import OutgoingEmail
from core.second_factors import Adapter
from core.staff_invitations import LIFETIME, link_for

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet password"
UNINVITED = "/account/staff/"


@pytest.fixture(autouse=True)
def of_a_deployment(settings):
    settings.STAFF_MFA, settings.SITE_URL = True, "http://testserver"


def make_staff(name="ana", **more) -> User:
    user = User.objects.create_user(name, f"{name}@harbor.example", PASSWORD, is_staff=True, **more)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def staff():
    return make_staff()


def log_in(user, client=None):
    client = client or Client()
    return client, client.post("/account/login/", {"login": user.username, "password": PASSWORD})


def is_in(client) -> bool:
    return client.get("/account/").status_code == 200


def code_for(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def add_app(client):
    """The answer to the form that adds an authenticator app, after the password is given again."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.get("/account/2fa/totp/activate/")
    secret = client.session.get("mfa.totp.secret") or totp.generate_totp_secret()
    return client.post("/account/2fa/totp/activate/", {"code": code_for(secret)})


def printed(*words) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


# Invitations


def test_the_password_of_staff_without_a_second_factor_opens_nothing(staff, caplog):
    client, answer = log_in(staff)
    assert answer["Location"] == UNINVITED
    assert not is_in(client)
    page = client.get(UNINVITED)
    assert page.status_code == 403
    assert "waypost invite_staff" in page.text
    assert add_app(client)["Location"].startswith("/account/login/")
    assert not Authenticator.objects.exists()
    assert not OutgoingEmail.objects.exists()
    assert "log-in without an invitation" in caplog.text


def test_an_invitation_adds_one_second_factor_and_opens_the_admin(staff):
    link = re.search(r"http://testserver(\S+)", printed("invite_staff", staff.email))[1]
    client, stranger = Client(), Client()
    assert client.get(link)["Location"] == "/account/login/?next=%2Faccount%2F2fa%2F"
    assert not is_in(client)  # the link alone opens nothing
    log_in(staff, client)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/")["Location"] == "/account/2fa/"
    assert add_app(client).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert stranger.get(link).status_code == 410
    with pytest.raises(CommandError, match="has a second factor"):
        printed("invite_staff", staff.username)


def test_an_invitation_is_for_one_account_ends_and_is_ended_by_the_next(staff):
    first, other = link_for(staff), make_staff("ben")
    second = link_for(staff)
    client = Client()
    assert client.get(first).status_code == 410
    assert client.get(second + "x").status_code == 410
    client.get(second)
    assert log_in(other, client)[1]["Location"] == UNINVITED
    with time_machine.travel(timezone.now() + LIFETIME + timedelta(seconds=1)):
        assert client.get(second).status_code == 410
        assert log_in(staff, client)[1]["Location"] == UNINVITED


def test_who_becomes_staff_while_logged_in_needs_an_invitation_too(staff):
    User.objects.update(is_staff=False)
    client, _answer = log_in(staff)
    User.objects.update(is_staff=True)
    assert client.get("/admin/login/")["Location"] == UNINVITED
    assert "by an invitation" in add_app(client).text
    assert not Authenticator.objects.exists()


def test_owners_and_a_fresh_machine_need_no_invitation(staff, settings):
    owner = User.objects.create_user("owner", "owner@harbor.example", PASSWORD)
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    settings.STAFF_MFA = False
    for user in (owner, staff):
        client, _answer = log_in(user)
        assert add_app(client).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_lost_second_factor_is_removed_in_the_admin_and_a_new_invitation_is_mailed(staff, client):
    client.force_login(make_staff("chief", is_superuser=True))
    totp.TOTP.activate(User.objects.get(username="chief"), totp.generate_totp_secret())
    app = totp.TOTP.activate(staff, totp.generate_totp_secret()).instance
    RecoveryCodes.activate(staff)
    client.post(f"/admin/mfa/authenticator/{app.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.filter(user=staff).exists()
    assert log_in(staff)[1]["Location"] == UNINVITED
    [waiting] = OutgoingEmail.objects.all()
    email.send(waiting.pk)
    [message] = mail.outbox
    assert message.to == [staff.email]
    phone = Client()
    phone.get(re.search(r"http://testserver(\S+)", message.body)[1])
    log_in(staff, phone)
    assert is_in(phone)
    waiting.refresh_from_db()
    assert waiting.context == {}


def test_a_superuser_invites_from_the_list_of_users(staff, client):
    chief = make_staff("chief", is_superuser=True)
    totp.TOTP.activate(chief, totp.generate_totp_secret())
    client.force_login(chief)
    form = {"action": "invite", "_selected_action": [staff.pk, chief.pk]}
    page = client.post("/admin/auth/user/", form, follow=True).text
    assert "Ana: a mail is on its way." in page
    assert "Chief: no member of staff without a second factor." in page
    assert OutgoingEmail.objects.get().to == staff.email


def test_recovery_codes_alone_are_no_second_factor(staff, client):
    RecoveryCodes.activate(staff)
    assert log_in(staff)[1]["Location"] == UNINVITED
    client.force_login(staff)
    assert client.get("/admin/").status_code == 302


# Secrets


def test_the_secrets_of_second_factors_cannot_be_read_in_their_table(staff):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(staff, secret)
    codes = RecoveryCodes.activate(staff)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert encryption.decrypt(codes.instance.data["seed"]) not in stored
    client, _answer = log_in(staff)
    client.post("/account/2fa/authenticate/", {"code": code_for(secret)})
    assert is_in(client)


def test_second_factors_outlive_the_key_of_the_site_if_they_are_encrypted_again(staff, settings):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(staff, secret)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key of the site", [settings.SECRET_KEY]
    assert "present key" in printed("encrypt_second_factors")
    settings.SECRET_KEY_FALLBACKS = []
    assert encryption.decrypt(Authenticator.objects.get().data["secret"]) == secret
    settings.SECRET_KEY = "a third one"
    client, _answer = log_in(staff)
    page = client.post("/account/2fa/authenticate/", {"code": code_for(secret)})
    assert "cannot read your second factor any more" in page.text
    assert not is_in(client)


def test_an_app_that_the_former_release_stored_plainly_is_encrypted_after_the_switch(staff):
    secret = totp.generate_totp_secret()
    app = Authenticator.objects.create(user=staff, type="totp", data={"secret": secret})
    assert second_factors.count_unreadable() == 1
    for _again in range(2):
        printed("encrypt_second_factors")
        app.refresh_from_db()
        assert encryption.decrypt(app.data["secret"]) == secret
    client, _answer = log_in(staff)
    client.post("/account/2fa/authenticate/", {"code": code_for(secret)})
    assert is_in(client)


def test_the_migration_encrypts_what_was_readable_and_back(staff):
    Authenticator.objects.create(user=staff, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    Authenticator.objects.create(user=staff, type="recovery_codes", data={"seed": "5eed", "used_mask": 3})
    Authenticator.objects.create(user=staff, type="webauthn", data={"name": "phone", "credential": {}})
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
    migration = import_module("core.migrations.0004_second_factors_are_encrypted")
    migration.encrypt_all(apps, None)
    app, codes, passkey = Authenticator.objects.order_by("pk").values_list("data", flat=True)
    assert encryption.decrypt(app["secret"]) == "JBSWY3DPEHPK3PXP"
    assert (encryption.decrypt(codes["seed"]), codes["used_mask"]) == ("5eed", 3)
    assert passkey == before[2]
    migration.decrypt_all(apps, None)
    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before


# Passkeys; a browser adds and uses one in tests/browser/test_passkeys.py


@pytest.mark.parametrize(
    ("page", "bound_to"),
    [
        ("clinics.example.org", "clinics.example.org"),
        ("www.clinics.example.org", "clinics.example.org"),
        ("localhost:8000", "localhost"),
        ("notclinics.example.org", "notclinics.example.org"),
    ],
)
def test_a_passkey_is_bound_to_the_host_of_the_site(settings, page, bound_to):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://clinics.example.org", [page.partition(":")[0]]
    with context.request_context(RequestFactory().get("/", headers={"host": page})):
        entity = Adapter().get_public_key_credential_rp_entity()
    assert entity == {"id": bound_to, "name": settings.SITE_NAME}


JUNK = ("{}", "[]", "1", '{"id": "x"}', '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {}}', "nothing")


def test_what_is_no_passkey_is_refused_with_a_sentence(staff):
    staff.is_staff = False
    staff.save()
    client, _answer = log_in(staff)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    for junk in JUNK:
        client.get("/account/2fa/webauthn/add/")
        page = client.post("/account/2fa/webauthn/add/", {"name": "phone", "credential": junk})
        assert page.status_code == 200, junk
        assert "alert" in page.text or "error" in page.text, junk
    totp.TOTP.activate(staff, totp.generate_totp_secret())
    client, _answer = log_in(staff)
    for junk in JUNK:
        assert client.post("/account/2fa/authenticate/", {"credential": junk}).status_code == 200
    assert not is_in(client)
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_a_passkey_alone_logs_nobody_in(client):
    assert client.get("/account/2fa/webauthn/login/").status_code == 404
    assert second_factors.SECOND_FACTORS == ("totp", "webauthn")


@pytest.mark.parametrize(("has_app", "words"), [(False, "Recovery code"), (True, "Code of your authenticator app")])
def test_whoever_has_a_passkey_alone_is_asked_for_no_app(has_app, words):
    user = User.objects.create_user("owner", "owner@harbor.example")
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    if has_app:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    for form_class in (second_factors.AuthenticateForm, second_factors.ReauthenticateForm):
        assert str(form_class(user=user).fields["code"].label).startswith(words)
