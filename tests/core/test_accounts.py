"""How a user gets into an account, and what does not open one."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.core import mail, signing
from django.test import Client
from django.urls import reverse

from articles import own_links, previews
from articles.forms import SALT
from articles.models import Comment
from clinics.models import Correction
from core import email
from core.models import OutgoingEmail
from core.open_sessions import open_sessions
from tests.articles.factories import make_article
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet password"


@pytest.fixture
def owner(db):
    user = User.objects.create_user("owner@harbor.example", "owner@harbor.example", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def log_in(owner, password=PASSWORD) -> Client:
    client = Client()
    client.post("/account/login/", {"login": owner.email, "password": password})
    return client


def is_in(client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("short", False),
        ("elevenchars", False),
        ("suboxoneclinic1", False),  # words of the site
        ("1234567890123", False),  # a common one
        ("owner@harbor.example", False),  # the address itself
        ("correct horse battery staple", True),
        ("ñandú ß ﷺ 1 zwölf Zeichen", True),
        ("x7!" * 30, True),  # 90 characters
    ],
)
def test_a_password_has_twelve_characters_of_any_kind(client, password, is_taken):
    client.post("/account/signup/", {"email": "owner@harbor.example", "password1": password})
    user = User.objects.filter(email="owner@harbor.example").first()
    assert (user is not None) is is_taken
    if user:
        assert user.check_password(password)
        assert not user.check_password(password[:-1])
        assert not user.check_password(password.swapcase())


def test_the_field_of_a_password_hides_it_and_lets_managers_fill_it(client):
    for page, hint in (("/account/login/", "current-password"), ("/account/signup/", "new-password")):
        text = client.get(page).content.decode()
        [field] = re.findall(r'<input type="password"[^>]*>', text)
        assert f'autocomplete="{hint}"' in field
        assert "onpaste" not in text


def test_passwords_are_stored_as_slow_hashes():
    """As a deployment keeps them; the tests themselves hash quickly."""
    from django.conf import global_settings
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    assert "PASSWORD_HASHERS" not in (site_settings.BASE_DIR / "config" / "settings.py").read_text()
    assert global_settings.PASSWORD_HASHERS[0].endswith("PBKDF2PasswordHasher")
    assert PBKDF2PasswordHasher.iterations >= 600_000


def test_changing_the_address_of_an_account_asks_for_the_password_again(owner):
    client = log_in(owner)
    session = client.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 3600
    session.save()
    answer = client.post("/account/email/", {"action_add": "", "email": "eve@elsewhere.example"})
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not EmailAddress.objects.filter(email="eve@elsewhere.example").exists()


def test_an_owner_sees_their_open_sessions_and_ends_all_others(owner):
    stranger = User.objects.create_user("eve", "eve@elsewhere.example", PASSWORD)
    EmailAddress.objects.create(user=stranger, email=stranger.email, verified=True, primary=True)
    here, phone, others = log_in(owner), log_in(owner), log_in(stranger)
    assert is_in(phone)
    page = here.get("/account/sessions/").text
    assert page.count("last used at") == 2
    assert page.count(">here<") == 1
    here.post("/account/reauthenticate/", {"password": PASSWORD})
    assert here.post("/account/sessions/", follow=True).text.count("last used at") == 1
    assert is_in(here)
    assert not is_in(phone)
    assert is_in(others)


def test_a_session_that_was_idle_too_long_is_not_among_the_open_ones(owner, settings):
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as clock:
        assert is_in(log_in(owner))
        clock.shift(settings.SESSION_IDLE_SECONDS)
        assert len(open_sessions(owner)) == 1
        clock.shift(1)
        assert open_sessions(owner) == []


def test_ending_other_sessions_asks_for_the_password_again(owner):
    here, phone = log_in(owner), log_in(owner)
    assert here.post("/account/sessions/")["Location"].startswith("/account/reauthenticate/")
    assert is_in(phone)


def test_a_code_of_the_authenticator_app_works_once(owner):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(owner, secret)
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False):  # a code lives 30 seconds
        code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
        first, second = log_in(owner), log_in(owner)
        assert not is_in(first)
        first.post("/account/2fa/authenticate/", {"code": code})
        second.post("/account/2fa/authenticate/", {"code": code})
        assert is_in(first)
        assert not is_in(second)


def test_a_reset_of_the_password_does_not_bypass_the_second_factor(owner, client):
    totp.TOTP.activate(owner, totp.generate_totp_secret())
    client.post("/account/password/reset/", {"email": owner.email})
    email.send(OutgoingEmail.objects.get().pk)
    [link] = re.findall(r"http\S+/password/reset/key/\S+", mail.outbox[0].body)
    answer = client.get(link.partition("testserver")[2], follow=True)
    new = "another quiet and long password"
    client.post(answer.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert not is_in(client)
    assert not is_in(log_in(owner, new))
    owner.refresh_from_db()
    assert owner.check_password(new)


def test_no_link_logs_anybody_in(owner, client):
    for address in (
        "/account/login/?login=owner@harbor.example&password=a+long+and+quiet+password",
        "/account/logout/",
    ):
        client.get(address)
        assert not is_in(client)
    signed_in = log_in(owner)
    signed_in.get("/account/logout/")
    assert is_in(signed_in)


def test_a_token_of_one_kind_is_refused_for_another(client):
    article, clinic = make_article(status="draft", publish_at=None), make_clinic()
    comment = signing.dumps(article.pk, salt=SALT)
    preview = previews.address_of(article)
    assert client.get(reverse("articles:preview"), {"link": comment}).status_code == 410
    own = own_links.link_of(Comment.objects.create(article=article, name="Sam", text="Well."))
    assert client.get(reverse("articles:preview"), {"link": own}).status_code == 410
    for other in (comment, preview.rpartition("=")[2]):
        assert client.get(reverse("articles:own_comment"), {"link": other}).status_code == 410
    report = Correction.objects.create(clinic=clinic, problem="moved")
    for token in (comment, own, report.follow_key, preview.rpartition("=")[2]):
        assert client.get(f"/clinics/{clinic.pk}/confirm/{token}/").status_code in (404, 410)
        assert client.get(f"/account/confirm-email/{token}/").status_code in (200, 404)
        assert not is_in(client)


# What any address answers


def test_no_page_echoes_what_is_traced(client):
    answer = client.trace("/clinics/", headers={"cookie": "sessionid=secret", "x-canary": "secret"})
    assert answer.status_code == 405
    assert b"x-canary" not in answer.content.lower()


FILES = (
    *("/.git/config", "/.env", "/manage.py", "/config/settings.py", "/var/", "/static/", "/uploads/", "/media/"),
    *("/static/../config/settings.py", "/static/%2e%2e/manage.py", "/pictures/", "/pictures/../secret_key"),
    "/data/..%2fsecret_key",
)


@pytest.mark.parametrize("path", FILES)
def test_no_file_of_the_checkout_is_served(client, path):
    answer = client.get(path)
    assert answer.status_code in (301, 400, 404), path
    assert b"SECRET_KEY" not in answer.content


PAGES = (
    "/",
    "/clinics/?near=21202",
    "/clinics/?near=21202&format=json",
    "/clinics/?near=21202&format=csv",
    "/robots.txt",
)


def test_every_answer_names_its_type_and_charset(client):
    make_clinic()
    for page in (*PAGES, "/sitemap.xml", "/articles/feed/", "/accuracy/accuracy.csv", "/no/such/", "/account/login/"):
        kind = client.get(page)["Content-Type"]
        assert kind == "application/json" or kind.startswith("application/xml") or "charset=utf-8" in kind, page


def test_no_answer_invites_another_origin(client):
    for page in (*PAGES, "/account/login/", "/admin/login/"):
        answer = client.get(page, headers={"origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in answer, page
