"""What one sender may do how often: exactly that many pass, however parallel, and nobody is written down."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from core import rate_limits
from core.models import DailySalt, RateCount
from core.rate_limits import LIMITS, Limit
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet password"
NOON = timezone.datetime.fromisoformat("2026-11-23T17:00:00+00:00")


@pytest.fixture(autouse=True)
def within_one_period():
    """A count begins anew every ten minutes, or at midnight: not in the middle of a test."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def owner(db):
    user = User.objects.create_user("owner@harbor.example", "owner@harbor.example", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def log_in(client, password, name="owner@harbor.example", **headers):
    return client.post("/account/login/", {"login": name, "password": password}, headers=headers)


# Who is counted


def test_a_limit_is_of_one_address_and_of_one_account(client, owner, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(LIMITS["login by account"].most):
        log_in(client, "wrong", **{"x-forwarded-for": f"203.0.113.{number}"})
    other = {"x-forwarded-for": "198.51.100.7"}
    assert log_in(client, PASSWORD, **other).status_code == 429  # however many addresses take part
    assert log_in(client, PASSWORD, " Owner@HARBOR.example ", **other).status_code == 429  # however it is spelled
    assert log_in(client, "wrong", "somebody@else.example", **other).status_code == 200


def test_many_accounts_tried_from_one_address_are_too_many(client):
    answers = [log_in(client, "wrong", f"doctor{number}@harbor.example").status_code for number in range(31)]
    assert answers == [200] * 30 + [429]


def test_a_header_that_anybody_can_send_does_not_make_another_sender(client, owner, settings):
    assert settings.TRUSTED_PROXIES == 0
    answers = [
        log_in(client, "wrong", f"d{number}@harbor.example", **{"x-forwarded-for": f"203.0.113.{number}"}).status_code
        for number in range(31)
    ]
    assert answers[-1] == 429


def test_one_household_is_one_sender_in_ipv6(client, settings):
    settings.TRUSTED_PROXIES = 1
    address = f"{make_clinic().get_absolute_url()}report/"
    answers = [
        client.post(
            address, {"problem": "moved"}, headers={"x-forwarded-for": f"2001:db8:1:2::{number:x}"}
        ).status_code
        for number in range(1, 7)
    ]
    assert answers == [302] * 5 + [429]


def test_whoever_knows_the_password_is_never_kept_out_by_coming_often(owner):
    for _ in range(LIMITS["login"].most + 5):
        assert log_in(Client(), PASSWORD).status_code == 302


def test_the_code_of_an_authenticator_app_cannot_be_guessed_on(owner):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(owner, generate_totp_secret())
    client = Client()
    assert log_in(client, PASSWORD)["Location"].startswith("/account/2fa/authenticate/")
    answers = [client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


def test_the_log_in_of_the_admin_is_counted_too(client):
    answers = [client.post("/admin/login/", {"username": "admin", "password": "wrong"}).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


def test_mails_to_one_address_are_few(client, owner):
    answers = [client.post("/account/password/reset/", {"email": owner.email}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]


# What is answered


def test_who_is_stopped_reads_when_to_go_on_and_where_help_is(client):
    with time_machine.travel(NOON + timedelta(minutes=6), tick=False):
        for _ in range(LIMITS["login by account"].most):
            log_in(client, "wrong")
        answer = log_in(client, "wrong")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "241"
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.decode()
    assert "try again in 5 minutes" in text
    for number in ("911", "988", "1-800-662-4357"):
        assert number in text
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        assert log_in(client, "wrong").status_code == 200


def test_a_program_that_is_stopped_gets_json(client, monkeypatch):
    monkeypatch.setitem(LIMITS, "search api", Limit(1, 1))
    with time_machine.travel(NOON, tick=False):
        client.get("/clinics/?near=21202&format=json")
        answer = client.get("/clinics/?near=21202&format=json")
    assert answer.status_code == 429
    assert answer.json()["errors"]["rate"][0].startswith("At most 1 searches a minute")
    assert answer["Retry-After"] == "61"


def test_a_reader_is_never_counted(client, monkeypatch):
    monkeypatch.setitem(LIMITS, "search api", Limit(0, 1))
    assert client.get("/clinics/?near=21202").status_code == 200
    assert not RateCount.objects.exists()


def test_what_is_kept_of_a_program_leads_to_nobody(client):
    client.get("/clinics/?near=21202&format=json")
    [row] = RateCount.objects.values()
    assert "127.0.0.1" not in str(row)
    assert "21202" not in str(row)
    key = row["key"]
    RateCount.objects.all().delete()
    DailySalt.objects.all().delete()
    client.get("/clinics/?near=21202&format=json")
    assert key != RateCount.objects.get().key


def test_every_form_that_is_counted_has_a_limit_of_its_own():
    for page, (action, _field) in rate_limits.FORMS.items():
        assert action in LIMITS or f"{action} by account" in LIMITS, page
