"""How a newcomer gets to their listing, in whichever browser the mail is opened; and what the time does not tell."""

import re
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import email
from core.models import OutgoingEmail

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet password"
NEW = "/list-your-practice/new/"
DOCTOR = {"email": "doctor@harbor.example", "password1": PASSWORD}


def mailed() -> str:
    """Send what waits; the text of the last mail."""
    email.send_waiting()
    return mail.outbox[-1].body


def link_in(text: str, page: str = "confirm-email") -> str:
    return re.search(rf"http\S+?(/account/{page}/\S*)", text)[1]


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_adding_a_practice_leads_a_newcomer_to_the_sign_up_and_back(client, prefix):
    page = client.get(f"{prefix}{NEW}", follow=True)
    assert page.redirect_chain[-1][0].startswith(f"{prefix}/account/signup/?next=")
    assert f"{prefix}/account/login/?next=" in page.text, "those who have an account log in"
    client.post(f"{prefix}/account/signup/", DOCTOR | {"next": f"{prefix}{NEW}"})
    link = link_in(mailed())
    phone = Client()  # the mail is opened where nobody is logged in
    assert 'name="next"' in phone.get(link).text
    answer = phone.post(link)
    assert EmailAddress.objects.get().verified
    assert unquote(answer["Location"]) == f"{prefix}/account/login/?next={prefix}{NEW}"
    there = phone.post(answer["Location"], {"login": DOCTOR["email"], "password": PASSWORD})
    assert there["Location"] == f"{prefix}{NEW}"


def test_who_changes_the_language_at_the_sign_up_is_led_on_in_that_language(client):
    page = client.get(f"/account/signup/?next={NEW}").text
    assert f"/es/account/signup/?next=/es{NEW}" in page
    page = client.get(f"/es/account/signup/?next=/es{NEW}").text
    assert f'"/account/signup/?next={NEW}"' in page


def test_the_browser_of_the_sign_up_is_logged_in_by_the_link(client):
    client.post("/account/signup/", DOCTOR | {"next": NEW})
    assert client.post(link_in(mailed()))["Location"] == NEW


@pytest.mark.parametrize(
    "evil",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", f"/{'x' * 400}", "https:///evil.example"],
)
def test_a_mailed_link_leads_to_no_other_site(client, evil):
    client.post("/account/signup/", DOCTOR | {"next": evil})
    text = mailed()
    assert "next=" not in text
    link = link_in(text)
    assert Client().post(f"{link}?next={evil}")["Location"].startswith("/")


@pytest.fixture
def known():
    user = User.objects.create_user("known", "known@harbor.example", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return {"email": user.email, "password1": PASSWORD}


def test_the_mail_to_a_known_address_leads_on_by_the_log_in(client, known):
    answer = client.post("/account/signup/", known | {"next": NEW})
    assert answer["Location"] == "/account/confirm-email/"
    text = mailed()
    assert "has an account already" in text
    assert unquote(link_in(text, "login")) == f"/account/login/?next={NEW}"


def test_a_sign_up_does_the_same_work_whether_the_address_is_known(client, known, monkeypatch):
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *args: hashed.append(1) or encode(self, *args))

    def work(form) -> tuple[int, int, int]:
        """(hashes of passwords, rows written, mails) of one sign-up."""
        hashed.clear()
        mails = OutgoingEmail.objects.count()
        with CaptureQueriesContext(connection) as queries:
            assert Client().post("/account/signup/", form)["Location"] == "/account/confirm-email/"
        written = sum(query["sql"].startswith(("INSERT", "UPDATE")) for query in queries)
        return len(hashed), written, OutgoingEmail.objects.count() - mails

    work(DOCTOR | {"email": "first@harbor.example"})  # the salt of the day is made
    new, again = work(DOCTOR), work(known)
    assert (new[0], new[2]) == (again[0], again[2]) == (1, 1)
    assert abs(new[1] - again[1]) <= 1
    assert User.objects.count() == 3, "what was done to take the time is undone"


PAGES = ("signup", "login", "password/reset", "password/reset/done", "confirm-email", "confirm-email/no-such-key")


@pytest.mark.parametrize("page", PAGES)
def test_account_pages_are_in_our_own_words(client, page):
    for prefix in ("", "/es"):
        text = client.get(f"{prefix}/account/{page}/").text
        assert not re.search(r"Sign In|Sign Up|Verify|procedure|webmaster|Por favor, confirma", text), page
