"""Hostile requests: what they send, what they get, and what must not happen."""

import io
import re
import time
import zipfile
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from articles.forms import SALT
from articles.models import Comment
from clinics.models import Clinic, Correction
from core.images import prepare
from core.picture_process import MOST_PIXELS
from listings.models import Claim, Listing, Membership
from tests.articles.factories import make_article
from tests.factories import make_clinic
from tests.routes import routes

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet password"
EVIL = "https://evil.example/"
CONNECTS = re.compile(
    r"^\s*(import|from) (requests|urllib\.request|http\.client|stripe|geopy\.geocoders|socket|sentry_sdk)\b", re.M
)
ELSEWHERE = [EVIL, "//evil.example", r"\\evil.example", r"/\evil.example", "https:evil.example", "javascript:alert(1)"]


@pytest.fixture
def owner(db):
    user = User.objects.create_user("owner@harbor.example", "owner@harbor.example", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def as_owner(owner):
    client = Client()
    client.post("/account/login/", {"login": owner.email, "password": PASSWORD})
    return client


@pytest.fixture
def listing(owner):
    listing = Listing.objects.create(practice_name="Harbor", clinic=make_clinic("Harbor"), status=Listing.Status.LIVE)
    Membership.objects.create(listing=listing, user=owner, role=Membership.Role.OWNER)
    return listing


# Sessions


def test_a_session_gets_a_new_key_with_the_log_in_and_ends_with_the_log_out(client, owner):
    client.get("/account/signup/")
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post("/account/login/", {"login": owner.email, "password": PASSWORD})
    after = client.cookies["sessionid"].value
    assert after != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert thief.get("/account/").status_code == 302
    client.post("/account/logout/")
    thief.cookies["sessionid"] = after
    assert thief.get("/account/").status_code == 302


@pytest.mark.parametrize(("hours", "status"), [(1.9, 200), (2.1, 302)])
def test_an_owner_who_was_idle_for_two_hours_logs_in_again(as_owner, hours, status):
    as_owner.get("/account/")
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        assert as_owner.get("/account/").status_code == status


def test_an_owner_who_stays_busy_logs_in_again_after_twelve_hours(as_owner):
    start, answers = timezone.now(), {}
    for hour in range(15):
        with time_machine.travel(start + timedelta(hours=hour)):
            answers[hour] = as_owner.get("/account/").status_code
    assert [hour for hour, status in answers.items() if status == 302] == [13, 14]  # the first hour was noted at 0


def test_a_new_password_ends_the_other_sessions_and_a_closed_account_ends_all(owner, as_owner):
    other = Client()
    other.post("/account/login/", {"login": owner.email, "password": PASSWORD})
    new = "another quiet and long password"
    change = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert as_owner.post("/account/password/change/", change).status_code == 302
    assert other.get("/account/").status_code == 302
    as_owner.post("/account/login/", {"login": owner.email, "password": new})
    assert as_owner.get("/account/").status_code == 200
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert as_owner.get("/account/").status_code == 302


def test_the_cookies_of_a_deployment_are_for_this_host_alone(client, owner):
    client.post("/account/login/", {"login": owner.email, "password": PASSWORD})
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"
    settings = site_settings.BASE_DIR.joinpath("config", "settings.py").read_text()
    assert '"__Host-sessionid", "__Host-csrftoken"' in settings
    assert "SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS" in settings


# Where one is led


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_next_leads_to_another_site(client, owner, elsewhere):
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    for page, field in (("/account/login/", "login"), ("/admin/login/", "username")):
        visitor = Client()
        where = visitor.post(page, {field: owner.username, "password": PASSWORD, "next": elsewhere})["Location"]
        assert re.match(r"/(?![/\\])", where), (page, where)
        assert "evil" not in where
        assert "evil" not in visitor.post("/account/logout/", {"next": elsewhere}).get("Location", "")


@pytest.mark.parametrize("path", ["//evil.example/clinics", "/%5Cevil.example/clinics", "//evil.example//"])
def test_no_address_of_ours_leads_to_another_site(client, path):
    where = client.get(path).get("Location", "/")
    assert not where.startswith(("//", "/\\", "http"))


def test_a_moved_clinic_leads_within_the_site_whatever_the_query(client):
    clinic = make_clinic()
    where = client.get(f"/clinics/{clinic.pk}/old-name/?next={EVIL}&near=21202")["Location"]
    assert where.startswith(clinic.get_absolute_url())


# What one may write


def test_a_sign_up_makes_nobody_staff(client):
    more = {"is_staff": "on", "is_superuser": "on", "is_active": "on", "groups": "1", "user_permissions": "1"}
    client.post("/account/signup/", {"email": "eve@harbor.example", "password1": PASSWORD} | more)
    eve = User.objects.get(email="eve@harbor.example")
    assert (eve.is_staff, eve.is_superuser) == (False, False)
    assert eve.get_all_permissions() == set()


def test_a_report_decides_nothing_and_is_of_the_clinic_of_its_page(client):
    clinic, other = make_clinic(), make_clinic("Other")
    more = {"status": "corrected", "clinic": other.pk, "follow_key": "mine", "closed_at": "2026-01-01"}
    client.post(f"{clinic.get_absolute_url()}report/", {"problem": "moved"} | more)
    report = Correction.objects.get()
    assert (report.clinic_id, report.status, report.closed_at) == (clinic.pk, "open", None)
    assert report.follow_key != "mine"


def test_a_comment_does_not_approve_itself(client):
    article = make_article()
    words = {"name": "River", "text": "It went better.", "opened": signing.dumps(int(time.time()) - 60, salt=SALT)}
    client.post(f"{article.get_absolute_url()}comment/", words | {"status": "approved", "priority": "2"})
    assert Comment.objects.get().status == Comment.Status.HELD


def test_a_claim_is_not_proven_by_saying_so(as_owner):
    clinic = make_clinic()
    more = {"status": "approved", "user": "1", "code": "000000", "tries": "-100", "proven_at": "2026-01-01"}
    as_owner.post(f"/list-your-practice/claim/{clinic.pk}/", {"method": "phone"} | more)
    claim = Claim.objects.get()
    assert claim.status == Claim.Status.STARTED
    as_owner.post(f"/account/claims/{claim.pk}/", {"code": "wrong", "status": "approved"})
    claim.refresh_from_db()
    assert claim.status == Claim.Status.STARTED


def test_a_step_of_the_form_changes_nothing_but_its_own_answers(as_owner, listing):
    before = Clinic.objects.filter(pk=listing.clinic_id).values().get()
    as_owner.post(f"/account/listings/{listing.pk}/edit/")
    more = {"status": "live", "sponsored_until": "2099-01-01", "is_listed": "", "clinic": "1", "plan": "1"}
    as_owner.post(f"/account/listings/{listing.pk}/form/phones/", {"phone": "410-555-0123"} | more)
    after = Clinic.objects.filter(pk=listing.clinic_id).values().get()
    assert after == before  # not before an editor has looked at it
    listing.refresh_from_db()
    assert listing.status == Listing.Status.LIVE


# What the server fetches, hands out and unpacks


CONNECTING = {
    "articles/link_checks.py",  # addresses that editors put into published articles; to no private host
    "clinics/locations/census.py",  # to settings.CENSUS_GEOCODER_URL
    "clinics/locations/geocoder.py",  # to the host of settings.GEOCODER
    "clinics/imports/findtreatment_api.py",  # settings.FINDTREATMENT_URL
    "clinics/verification/nppes.py",  # settings.NPPES_URL
    "listings/billing/gateway/checkout.py",  # settings.STRIPE_API_BASE
    "listings/billing/gateway/client.py",  # settings.STRIPE_API_BASE
    "listings/billing/gateway/invoicing.py",  # settings.STRIPE_API_BASE
    "listings/billing/gateway/money.py",  # settings.STRIPE_API_BASE
    "listings/billing/gateway/state.py",  # settings.STRIPE_API_BASE
    "listings/billing/gateway/subscriptions.py",  # settings.STRIPE_API_BASE
    "listings/billing/gateway/webhooks.py",  # settings.STRIPE_API_BASE
    "listings/billing/mapping.py",  # connects to nothing: it reads the objects of that library
    "core/phone_codes.py",  # settings.PHONE_CODES_URL
    "core/sentry.py",  # settings.SENTRY_DSN
    "config/healthy.py",  # to the site in its own container
    "config/run.py",  # to see whether a port of this machine is free
}


def test_only_these_modules_connect_to_other_hosts_and_to_none_that_an_owner_names():
    found = set()
    for app in ("articles", "clinics", "config", "core", "listings"):
        for path in (site_settings.BASE_DIR / app).rglob("*.py"):
            if CONNECTS.search(path.read_text()):
                found.add(str(path.relative_to(site_settings.BASE_DIR)))
    assert found == CONNECTING
    for name in found - {"config/run.py"}:
        assert "website" not in (site_settings.BASE_DIR / name).read_text(), name


def test_a_clinic_whose_name_is_a_formula_is_a_text_in_the_csv(client):
    make_clinic('=cmd|" /C calc"!A0')
    make_clinic("'=cmd")
    text = client.get("/clinics/?near=21202&format=csv").content.decode()
    assert "'=cmd|" in text
    assert "''=cmd" in text
    assert not re.search(r'(^|,)"?=', text, re.M)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_unpacked():
    side = int(MOST_PIXELS**0.5) + 500
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    bomb = SimpleUploadedFile("bomb.png", out.getvalue(), "image/png")
    assert bomb.size < 50_000
    with pytest.raises(Exception, match="megapixels"):
        prepare(bomb)


def test_a_document_is_stored_under_a_name_of_ours_and_only_if_it_is_one(as_owner):
    clinic = make_clinic()
    address = f"/list-your-practice/claim/{clinic.pk}/"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"0" * 10_000_000)
    for name, data in (("license.pdf", packed.getvalue()), ("license.html", b"%PDF-1.7"), ("l.svg", b"<svg/>")):
        file = SimpleUploadedFile(name, data)
        assert as_owner.post(address, {"method": "document", "document": file}).status_code == 422, name
    file = SimpleUploadedFile("../../../etc/passwd.pdf", b"%PDF-1.7 license")
    assert as_owner.post(address, {"method": "document", "document": file}).status_code == 302
    claim = Claim.objects.get()
    assert re.fullmatch(r"claims/[0-9a-f]{32}\.pdf", claim.document.name)
    claim.document.delete()


@pytest.mark.parametrize(
    ("path", "megabytes"),
    [("/account/login/", 3), ("/list-your-practice/claim/1/", 3), ("/admin/clinics/importupload/add/", 3)],
)
def test_a_body_larger_than_any_form_is_refused_before_it_is_read(client, path, megabytes):
    answer = client.post(path, {"file": SimpleUploadedFile("a.bin", b"0" * megabytes * 1_000_000)})
    assert answer.status_code == 413
    assert "1-800-662-4357" in answer.content.decode()


def test_a_photo_that_is_too_large_is_answered_with_the_limit_and_the_way_back(client):
    owner = User.objects.create_user("owner", "owner@harbor.example", PASSWORD)
    client.force_login(owner, "allauth.account.auth_backends.AuthenticationBackend")
    path = "/account/listings/1/photos/"
    answer = client.post(path, {"file": SimpleUploadedFile("a.jpg", b"0" * 11_500_000)})
    page = answer.content.decode()
    assert answer.status_code == 413
    assert "at most 10 MB" in page
    assert f'href="{path}"' in page


# Personal pages


def personal_addresses(listing) -> list[str]:
    """Every address of the URLconf below /account/ and /list-your-practice/, filled in for `listing`."""
    private = ("account/", "list-your-practice/")
    found = [route.pattern.removesuffix("$") for route in routes() if route.pattern.startswith(private)]
    filled = {r"<int:pk>": str(listing.pk), r"<int:member>": "1", r"<slug:slug>": "phones", r"<slug:token>": "x"}
    filled |= {r"<uuid:pk>": "3f1c7c52-9d1f-4c60-8f0c-4b6f5c0c8f10", r"(?P<key>[-:\w]+)": "x"}
    filled |= {r"(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)": "1-x"}
    for pattern, value in filled.items():
        found = [address.replace(pattern, value) for address in found]
    return [f"/{address}" for address in found if address != "list-your-practice/plans/"]


def test_no_private_page_is_stored_by_a_cache(as_owner, client, listing):
    addresses = personal_addresses(listing)
    assert len(addresses) > 40
    for address in addresses:
        for visitor in (as_owner, client):
            for prefix in ("", "/es"):
                answer = visitor.get(prefix + address)
                assert "no-store" in answer["Cache-Control"], (address, answer.status_code)
                assert "public" not in answer["Cache-Control"]
        if address.startswith("/account/logout"):
            break


def test_no_page_of_a_secret_address_is_stored_by_a_cache(client):
    clinic = make_clinic()
    report = Correction.objects.create(clinic=clinic, problem="moved")
    for address in (
        f"/reports/{report.follow_key}/",
        f"{clinic.get_absolute_url()}report/",
        f"{clinic.get_absolute_url()}report/thanks/?report={report.follow_key}",
        "/pharmacies/report/?near=21202",
        "/pharmacies/report/thanks/?near=21202",
        f"/clinics/{clinic.pk}/confirm/x/",
        "/articles/preview/?link=x",
        "/articles/comments/yours/?link=x",
    ):
        assert "no-store" in client.get(address)["Cache-Control"], address


def test_the_admin_is_not_stored_by_a_cache(client, admin_client):
    for visitor in (client, admin_client):
        for address in ("/admin/", "/admin/clinics/clinic/", "/admin/auth/user/", "/admin/login/"):
            assert "no-store" in visitor.get(address)["Cache-Control"], address


def test_an_owner_learns_nothing_of_another_not_even_that_they_exist(listing):
    stranger = Client()
    eve = User.objects.create_user("eve@harbor.example", "eve@harbor.example", PASSWORD)
    stranger.force_login(eve, "allauth.account.auth_backends.AuthenticationBackend")
    for address in personal_addresses(listing):
        if f"listings/{listing.pk}/" in address:
            for method in ("get", "post"):
                answer = getattr(stranger, method)(address, follow=method == "get")  # of a button: to its page
                assert answer.status_code in (404, 405), address


def test_a_text_that_is_no_file_is_refused_from_the_size_of_a_form_on(as_owner):
    body = "name=" + "a" * 300_000
    form = "application/x-www-form-urlencoded"
    assert as_owner.post("/account/email/", body, content_type=form).status_code == 413
    assert as_owner.post("/account/email/", body[:200_000], content_type=form).status_code != 413


@pytest.mark.parametrize("address", ["/clinics/?" + f"near={'9' * 20}&" * 900, "/t/" + "9" * 1_000])
def test_an_address_longer_than_any_link_of_ours_is_refused_and_not_repeated(client, address):
    answer = client.get(address)
    assert answer.status_code == 414
    assert "1-800-662-4357" in answer.content.decode()
    assert "9999" not in answer.content.decode()


def test_a_value_longer_than_any_of_ours_is_refused_by_its_field_and_not_repeated(client):
    page = client.get("/clinics/", {"near": "9" * 10_000, "radius": "25"}).content.decode()
    assert "too long for a place" in page
    assert "9" * 301 not in page
    assert client.get("/clinics/", {"near": "9" * 10_000, "format": "json"}).json()["errors"].keys() == {"near"}


def test_an_address_with_a_character_that_no_text_may_hold_is_not_found(client):
    assert client.get("/reports/%00/").status_code == 404
