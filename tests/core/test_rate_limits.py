"""How often one sender may do what, whom that counts, and what is answered."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from core.middleware.form_limits import FORMS
from core.models import DailySalt, RateCount
from core.rate_limits import DAY, LIMITS, Limit
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet password"
NOON = timezone.datetime.fromisoformat("2026-11-23T17:00:00+00:00")


@pytest.fixture(autouse=True)
def within_one_period():
    """A count starts again every ten minutes, or at midnight: not in the middle of a test."""
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


def test_log_ins_to_many_accounts_from_one_address_are_limited(client):
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


def test_an_owner_who_knows_the_password_may_log_in_any_number_of_times(owner):
    for _ in range(LIMITS["login"].most + 5):
        assert log_in(Client(), PASSWORD).status_code == 302


def test_guesses_at_the_code_of_an_authenticator_app_are_limited(owner):
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


def test_a_429_says_when_to_try_again_and_where_help_is(client):
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


def test_the_count_of_a_program_names_no_address_and_no_search(client):
    client.get("/clinics/?near=21202&format=json")
    [row] = RateCount.objects.values()
    assert "127.0.0.1" not in str(row)
    assert "21202" not in str(row)
    key = row["key"]
    RateCount.objects.all().delete()
    DailySalt.objects.all().delete()
    client.get("/clinics/?near=21202&format=json")
    assert key != RateCount.objects.get().key


def test_every_form_of_a_library_has_a_limit():
    for page, (action, _field) in FORMS.items():
        assert action in LIMITS or f"{action} by account" in LIMITS, page


def test_the_sentence_says_the_number_of_the_limit(client, monkeypatch):
    monkeypatch.setitem(LIMITS, "report", Limit(2))
    address = f"{make_clinic().get_absolute_url()}report/"
    answers = [client.post(address, {"problem": "moved"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "2 reports came from here today." in answers[-1].content.decode()


# The table of docs/security.md: what its rows say, and the limits that they are about.
DOCUMENTED = {
    "wrong passwords and codes": ("login", "login by account"),
    "sign-ups": ("signup", "signup by account"),
    "mails for a new password": ("password reset", "password reset by account"),
    "reports of mistakes, and of pharmacies": ("report",),
    "comments, reports of comments": ("comment", "comment report"),
    "claims": ("claim", "claim by account"),
    "codes of a claim": ("claim code", "claim code by account"),
    "calls and texts of one number": ("call of a number",),
    "calls that were not wanted": ("unwanted call",),
    "new listings, invitations, photos": ("listing by account", "invitation by account", "photo by account"),
    "pages that ask the payment gateway": ("gateway by account",),
    "look-ups in the register of NPIs": ("register by account",),
}
PERIODS = {"in 10 minutes": 10, "an hour": 60, "a day": DAY}


@pytest.mark.parametrize("row", DOCUMENTED)
def test_the_documented_numbers_are_those_that_hold(row):
    text = (settings.BASE_DIR / "docs" / "security.md").read_text()
    [cells] = re.findall(rf"^\| {re.escape(row)} \|(.*)\|$", text, re.MULTILINE)
    documented = []
    for cell in filter(str.strip, cells.split("|")):
        [minutes] = [minutes for words, minutes in PERIODS.items() if words in cell]
        documented += [Limit(int(number), minutes) for number in re.findall(r"\d+\b(?! minutes)", cell)]
    limits = [LIMITS[name] for name in DOCUMENTED[row]]
    assert documented * (2 if "each" in cells else 1) == limits
