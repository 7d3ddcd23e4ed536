"""Of a hundred requests at once, exactly as many pass as core/rate_limits.py says."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import signing
from django.db import connection
from django.test import Client

from articles.forms import SALT
from clinics.models import Correction
from core.rate_limits import LIMITS, Limit
from listings.models import Claim
from tests.articles.factories import make_article
from tests.factories import make_clinic

pytestmark = pytest.mark.slow

PASSWORD = "a long and quiet password"
WRONG = {"login": "owner@harbor.example", "password": "wrong"}
NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
AT_ONCE = 20  # connections; PostgreSQL has a hundred for everybody


@pytest.fixture(autouse=True)
def noon(without_rollback):
    """No period of a limit ends in the middle of a test."""
    with time_machine.travel(NOON):
        yield


def a_hundred_at_once(ask) -> list:
    """The answers of `ask(number)`, a hundred times from threads that start together."""
    gate = threading.Barrier(AT_ONCE)

    def one(number):
        if number < AT_ONCE:
            gate.wait(30)
        try:
            return ask(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(100)))


def statuses(answers) -> dict[int, int]:
    found = [answer.status_code for answer in answers]
    return {status: found.count(status) for status in found}


def test_of_a_hundred_wrong_passwords_for_one_account_exactly_the_limit_is_checked():
    User.objects.create_user("owner@harbor.example", "owner@harbor.example", PASSWORD)
    answers = a_hundred_at_once(lambda _: Client().post("/account/login/", WRONG))
    most = LIMITS["login by account"].most
    assert statuses(answers) == {200: most, 429: 100 - most}


def test_of_a_hundred_sign_ups_from_one_address_exactly_the_limit_is_checked():
    def sign_up(number):
        return Client().post("/account/signup/", {"email": f"doctor{number}@harbor.example", "password1": "short"})

    most = LIMITS["signup"].most
    assert statuses(a_hundred_at_once(sign_up)) == {200: most, 429: 100 - most}


def test_of_a_hundred_reports_exactly_the_limit_is_stored():
    address = f"{make_clinic().get_absolute_url()}report/"
    answers = a_hundred_at_once(lambda _: Client().post(address, {"problem": "moved"}))
    most = LIMITS["report"].most
    assert statuses(answers) == {302: most, 429: 100 - most}
    assert Correction.objects.count() == most


def test_of_a_hundred_comments_exactly_the_limit_is_stored():
    article = make_article()
    opened = signing.dumps(int(time.time()) - 60, salt=SALT)
    words = {"name": "River", "opened": opened}
    answers = a_hundred_at_once(
        lambda number: Client().post(f"{article.get_absolute_url()}comment/", words | {"text": f"It is day {number}."})
    )
    most = LIMITS["comment"].most
    assert statuses(answers) == {200: most, 429: 100 - most}
    assert article.comments.count() == most


def test_of_a_hundred_claims_of_one_person_exactly_the_limit_is_started():
    user = User.objects.create_user("owner@harbor.example", "owner@harbor.example", PASSWORD)
    clinics = [make_clinic(f"Harbor {number}") for number in range(100)]

    def claim(number):
        client = Client()
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client.post(f"/list-your-practice/claim/{clinics[number].pk}/", {"method": "phone"})

    most = LIMITS["claim by account"].most
    # One session each: the limit of an address is larger than that of an account.
    assert statuses(a_hundred_at_once(claim)) == {302: most, 429: 100 - most}
    assert Claim.objects.count() == most


@pytest.mark.parametrize("format_name", ["json", "geojson", "csv"])
def test_of_a_hundred_searches_of_a_program_exactly_the_limit_is_answered(monkeypatch, format_name):
    monkeypatch.setitem(LIMITS, "search api", Limit(30))
    answers = a_hundred_at_once(lambda _: Client().get(f"/clinics/?near=21202&format={format_name}"))
    assert statuses(answers) == {200: 30, 429: 70}
