"""Drafts of the admin's forms: whose they are, when they go, and what a refusal says."""

import json
import time
import uuid
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import Group, User
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils import timezone

from core.clock import WAITS
from core.form_drafts.jobs import delete_old
from core.form_drafts.models import KEPT_DAYS, MOST_BYTES, MOST_OF_A_FORM, MOST_OF_A_PERSON, FormDraft, OpenForm
from core.middleware.private_pages import BY_ITSELF, LAST_USED
from core.views import forbidden
from tests.articles.factories import make_article, make_review
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet password"
ADD = "/admin/articles/article/add/"
ADD_DRAFTS = "/admin/articles/article/form-drafts/"
SECRET = "what nobody has read yet"


def make_staff(name: str, *groups: str, **more) -> User:
    user = User.objects.create_user(name, f"{name}@harbor.example", PASSWORD, is_staff=True, **more)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def client_of(user: User, **options) -> Client:
    client = Client(**options)
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def wren():
    return make_staff("wren", "writer")


@pytest.fixture
def as_wren(wren):
    return client_of(wren)


def send(client: Client, user: User, address: str = ADD_DRAFTS, **sent):
    sent = {"do": "keep", "user": user.pk, "replaces": {}, "content": {"fields": {"title": [SECRET]}}} | sent
    return client.post(address, json.dumps(sent), "application/json")


def keep(client: Client, user: User, page=None, revision: int = 1, **sent) -> str:
    page = str(page or uuid.uuid4())
    assert send(client, user, page=page, revision=revision, **sent).status_code == 200
    return page


def pages(client: Client, address: str = ADD_DRAFTS) -> list[str]:
    return [draft["page"] for draft in client.get(address).json()["drafts"]]


# Whose a draft is


def test_a_draft_is_seen_by_its_writer_alone(as_wren, wren):
    article = make_article()
    page = keep(as_wren, wren)
    kept = as_wren.get(ADD_DRAFTS).json()["drafts"]
    assert [(draft["page"], draft["content"]["fields"]) for draft in kept] == [(page, {"title": [SECRET]})]
    chief = client_of(make_staff("chief", is_superuser=True))
    editor = client_of(make_staff("ed", "publisher"))
    for visitor in (chief, editor, Client()):
        for address in (ADD_DRAFTS, ADD, f"/admin/articles/article/{article.pk}/change/", "/articles/", "/admin/"):
            assert SECRET not in visitor.get(address, follow=True).text, address
    assert send(editor, wren, page=page, revision=1, do="throw-away").status_code == 200
    assert send(editor, User.objects.get(username="ed"), page=page, revision=9, do="throw-away").status_code == 200
    assert pages(as_wren) == [page]


def test_what_the_page_of_one_account_sends_is_not_kept_for_another(as_wren):
    other = make_staff("ansel", "writer")
    answer = send(as_wren, other, page=str(uuid.uuid4()), revision=1)
    assert answer.json()["name"] == "wren"
    assert not FormDraft.objects.exists()


def test_only_those_who_may_write_have_drafts(wren):
    article = make_article()
    reader = make_staff("reader")
    addresses = (ADD_DRAFTS, f"/admin/articles/article/{article.pk}/form-drafts/")
    assert [client_of(reader).get(address).status_code for address in addresses] == [403, 403]
    assert [Client().get(address).status_code for address in addresses] == [302, 302]
    assert client_of(wren).get("/admin/articles/article/0/form-drafts/").status_code == 404
    clinic = f"/admin/clinics/clinic/{make_clinic().pk}/form-drafts/"
    assert client_of(wren).get(clinic).status_code == 403
    assert client_of(make_staff("chief", is_superuser=True)).get(clinic).status_code == 200


def drafts_of(article) -> str:
    return f"/admin/articles/article/{article.pk}/form-drafts/"


def test_a_draft_of_a_page_that_was_closed_meanwhile_is_found_on_it_and_still_taken(as_wren, wren):
    article = make_article(status="in-review", publish_at=None)
    page = keep(as_wren, wren, address=drafts_of(article))
    assert as_wren.get(drafts_of(article)).json()["closed"] is False
    article.publish()
    last = {"fields": {"title": [SECRET], "summary": ["My last words"]}}
    answer = send(as_wren, wren, drafts_of(article), page=page, revision=2, content=last)
    assert (answer.status_code, answer.json()["closed"]) == (200, True)
    found = as_wren.get(drafts_of(article)).json()
    assert (found["closed"], [each["content"] for each in found["drafts"]]) == (True, [last])
    assert "data-is-closed" in as_wren.get(f"/admin/articles/article/{article.pk}/change/").text
    assert send(as_wren, wren, drafts_of(article), do="throw-away", page=page, revision=2).status_code == 200
    assert not FormDraft.objects.exists()


def test_the_drafts_of_a_next_version_and_their_last_words_go_to_the_article_that_it_becomes(as_wren, wren):
    article = make_article()
    version = article.begin_next_version()
    make_review(version)
    version.submit()
    content = {"fields": {"title": [SECRET]}, "hidden": {"opened_version": "1"}}
    page = keep(as_wren, wren, address=drafts_of(version), content=content)
    gone = drafts_of(version)
    version.publish()
    [found] = as_wren.get(drafts_of(article)).json()["drafts"]
    assert (found["page"], found["content"]) == (page, content | {"hidden": {"opened_version": ""}})
    last = {"fields": {"title": [SECRET], "summary": ["My last words"]}}
    answer = send(as_wren, wren, gone, page=page, revision=2, content=last)
    assert (answer.status_code, answer.json()["closed"]) == (200, True)
    [found] = as_wren.get(drafts_of(article)).json()["drafts"]
    assert found["content"] == last
    ed = make_staff("ed", "publisher")
    assert send(client_of(ed), ed, gone, page=page, revision=3).status_code == 404, "that draft is not theirs"
    assert send(as_wren, wren, gone, page=str(uuid.uuid4()), revision=1).status_code == 404
    assert as_wren.get(gone).status_code == 404


def test_a_draft_goes_with_the_account(as_wren, wren):
    keep(as_wren, wren)
    wren.delete()
    assert not FormDraft.objects.exists()


# What is kept


def test_an_older_message_that_arrives_late_changes_nothing(as_wren, wren):
    page = keep(as_wren, wren, revision=2, content={"fields": {"title": ["newer"]}})
    keep(as_wren, wren, page, revision=1, content={"fields": {"title": ["older"]}})
    [draft] = as_wren.get(ADD_DRAFTS).json()["drafts"]
    assert (draft["revision"], draft["content"]["fields"]["title"]) == (2, ["newer"])


def test_a_draft_that_is_continued_takes_the_place_of_the_old_one_unless_that_went_on(as_wren, wren):
    first = keep(as_wren, wren)
    second = keep(as_wren, wren, replaces={first: 1})
    assert pages(as_wren) == [second]
    keep(as_wren, wren, second, revision=2)
    third = keep(as_wren, wren, replaces={second: 1})
    assert set(pages(as_wren)) == {second, third}


def test_any_text_is_kept_as_it_was_typed(as_wren, wren):
    typed = "a\0b \ud800 \u202e \U0001f6b2 <script>"
    keep(as_wren, wren, content={"fields": {"title": [typed]}})
    assert as_wren.get(ADD_DRAFTS).json()["drafts"][0]["content"]["fields"]["title"] == [typed]


def test_a_draft_has_a_largest_size_and_a_form_a_largest_number(as_wren, wren):
    answer = send(as_wren, wren, page=str(uuid.uuid4()), revision=1, content={"fields": {"body": ["x" * MOST_BYTES]}})
    assert answer.status_code == 413
    assert "too long to be kept as a draft" in answer.json()["sentence"]


def test_one_draft_too_many_is_refused_and_costs_no_older_one(as_wren, wren):
    kept = [keep(as_wren, wren) for _ in range(MOST_OF_A_FORM)]
    answer = send(as_wren, wren, page=str(uuid.uuid4()), revision=1)
    assert (answer.status_code, "save or throw away" in answer.json()["sentence"]) == (409, True)
    assert set(pages(as_wren)) == set(kept)
    keep(as_wren, wren, kept[0], revision=2)  # a page that has one already goes on
    last = keep(as_wren, wren, replaces={kept[0]: 2})  # and one that takes the place of another has room
    assert set(pages(as_wren)) == {*kept[1:], last}


def test_one_person_keeps_a_largest_number_over_all_forms(as_wren, wren):
    others = [
        FormDraft(user=wren, page=uuid.uuid4(), form="clinics.clinic", object_id=str(number), revision=1, content="{}")
        for number in range(MOST_OF_A_PERSON)
    ]
    FormDraft.objects.bulk_create(others)
    assert send(as_wren, wren, page=str(uuid.uuid4()), revision=1).status_code == 409
    FormDraft.objects.filter(page=others[0].page).delete()
    keep(as_wren, wren)


@pytest.mark.parametrize(
    "sent",
    [
        {"page": "x"},
        {"page": None},
        {"revision": -1},
        {"revision": 2**31},
        {"revision": "1"},
        {"revision": True},
        {"content": None},
        {"content": "text"},
        {"replaces": ["x"]},
        {"replaces": {"x": 1}},
        {"content": {"fields": {"title": [float("nan")]}}},
        {"content": {"fields": {"title": [float("-inf")]}}},
        {"content": {"fields": [[[[[[[[[[]]]]]]]]]]}},
        {"do": "publish"},
    ],
)
def test_what_is_no_draft_is_refused_or_ignored(as_wren, wren, sent):
    answer = send(as_wren, wren, **({"page": str(uuid.uuid4()), "revision": 1} | sent))
    assert answer.status_code == (200 if "do" in sent else 400)
    assert not FormDraft.objects.exists()
    for body in (b"\xff[", b"[" * 200_000, b'{"do": 1e999'):
        assert as_wren.post(ADD_DRAFTS, body, "application/json").status_code == 400


def test_a_number_that_is_too_large_for_a_browser_is_refused(as_wren, wren):
    sent = f'{{"do": "keep", "user": {wren.pk}, "page": "{uuid.uuid4()}", "revision": 1, "replaces": {{}}, '
    answer = as_wren.post(ADD_DRAFTS, sent + '"content": {"stored": 1e999}}', "application/json")
    assert answer.status_code == 400
    assert not FormDraft.objects.exists()


# When it goes


def fields_of(title: str) -> dict:
    rows = {f"citations-{part}_FORMS": 0 for part in ("TOTAL", "INITIAL")}
    return {"title": title, "slug": "a-title", "summary": "S", "body": "<p>x</p>", "language": "en"} | rows


def test_a_save_deletes_the_draft_of_its_page_and_no_other(as_wren, wren):
    page, other = keep(as_wren, wren, revision=3), keep(as_wren, wren)
    fields = fields_of("A title") | {"_draft": page, "_draft_revision": "3"}
    assert as_wren.post(ADD, fields).status_code == 302
    assert pages(as_wren) == [other]


def test_a_draft_that_is_newer_than_the_saved_form_stays(as_wren, wren):
    page = keep(as_wren, wren, revision=4)
    assert as_wren.post(ADD, fields_of("A title") | {"_draft": page, "_draft_revision": "3"}).status_code == 302
    assert pages(as_wren) == [page]


def test_a_form_that_is_refused_keeps_its_draft_and_its_page(as_wren, wren):
    page = keep(as_wren, wren, revision=3)
    answer = as_wren.post(ADD, fields_of("") | {"_draft": page, "_draft_revision": "3"})
    assert answer.status_code == 200
    assert f'data-page="{page}" data-revision="3" data-is-new data-is-sent' in answer.text
    assert pages(as_wren) == [page]


@pytest.mark.parametrize(
    "named",
    [{}, {"_draft": "x", "_draft_revision": "1"}, {"_draft": str(uuid.UUID(int=1)), "_draft_revision": "9" * 30}],
)
def test_a_form_without_a_draft_is_saved_as_ever(as_wren, wren, named):
    page = keep(as_wren, wren)
    assert as_wren.post(ADD, fields_of("A title") | named).status_code == 302
    assert pages(as_wren) == [page]


def test_old_drafts_are_deleted_unless_the_clock_is_doubted(as_wren, wren, monkeypatch):
    old = keep(as_wren, wren)
    FormDraft.objects.update(kept_at=timezone.now() - timedelta(days=KEPT_DAYS, minutes=1))
    young = keep(as_wren, wren)
    FormDraft.objects.filter(page=young).update(kept_at=timezone.now() - timedelta(days=KEPT_DAYS, minutes=-5))
    with monkeypatch.context() as patch:
        patch.setattr("core.clock.is_sure", lambda: False)
        assert delete_old() == WAITS
    assert delete_old() == "1 drafts of forms deleted"
    assert pages(as_wren) == [young]
    assert old != young


# Who else has it open


def test_each_learns_who_else_has_a_form_open_for_half_a_minute(wren):
    article = make_article(status="draft", publish_at=None)
    address = f"/admin/articles/article/{article.pk}/form-drafts/"
    ansel = make_staff("ansel", "writer", first_name="Ansel", last_name="Okafor")
    start = timezone.now()

    def see(user) -> list[tuple]:
        return [
            (each["name"], each["since"]) for each in send(client_of(user), user, address, do="open").json()["others"]
        ]

    with time_machine.travel(start, tick=False):
        assert see(wren) == []
        assert [name for name, _since in see(ansel)] == ["wren"]
    with time_machine.travel(start + timedelta(seconds=25), tick=False):
        [[name, since]] = see(wren)
        assert (name, since[:19]) == ("Ansel Okafor", f"{start:%Y-%m-%dT%H:%M:%S}")
    with time_machine.travel(start + timedelta(seconds=50), tick=False):
        assert [name for name, _since in see(ansel)] == ["wren"]
        assert see(wren) == [("Ansel Okafor", OpenForm.objects.get(user=ansel).opened_at.isoformat()[:23] + "Z")]
    with time_machine.travel(start + timedelta(seconds=90), tick=False):
        assert see(wren) == []


# The session


def test_a_page_that_asks_by_itself_does_not_keep_its_session_alive(as_wren, wren):
    as_wren.get("/admin/")
    start = timezone.now()

    def last_used() -> int:
        return as_wren.session[LAST_USED]

    first = last_used()
    with time_machine.travel(start + timedelta(minutes=90), tick=False):
        send_headers = {BY_ITSELF: "1"}
        assert as_wren.get(ADD_DRAFTS, headers=send_headers).status_code == 200
        assert last_used() == first
    with time_machine.travel(start + timedelta(minutes=121), tick=False):
        assert as_wren.get(ADD_DRAFTS, headers=send_headers).status_code == 302
    as_wren.force_login(wren, "allauth.account.auth_backends.AuthenticationBackend")
    as_wren.get("/admin/")
    start = timezone.now()
    with time_machine.travel(start + timedelta(minutes=90), tick=False):
        keep(as_wren, wren)  # typed by a person
    with time_machine.travel(start + timedelta(minutes=150), tick=False):
        assert as_wren.get(ADD_DRAFTS).status_code == 200


def test_the_log_in_over_a_page_ends_at_a_page_that_says_so_with_a_second_factor_too(wren, settings):
    settings.STAFF_MFA, settings.SITE_URL = True, "http://testserver"
    EmailAddress.objects.create(user=wren, email=wren.email, verified=True, primary=True)
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(wren, secret)
    client = Client()
    way = client.get("/admin/login/?next=/admin/logged-in/")["Location"]
    assert client.post(way, {"login": "wren", "password": PASSWORD})["Location"].startswith(
        "/account/2fa/authenticate/"
    )
    counter = int(time.time()) // 30
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    answer = client.post("/account/2fa/authenticate/", {"code": code}, follow=True)
    assert answer.redirect_chain[-1][0] == "/admin/logged-in/"
    assert "You are logged in as" in answer.text


# Refusals


def test_staff_read_what_their_account_may_not_do_and_whom_to_ask(wren):
    make_staff("chief", is_superuser=True, first_name="Ada", last_name="Chief")
    page = client_of(wren).get("/admin/clinics/clinic/add/")
    assert page.status_code == 403
    text = " ".join(page.text.split())
    assert "no permission to add clinics" in text
    assert "Ada Chief can give it to you" in text
    assert "cookie" not in text


def test_a_refusal_at_an_address_without_a_name_is_a_page_too(wren):
    request = RequestFactory().get("/admin/articles/article/1/")
    request.user, request.resolver_match = wren, resolve(request.path_info)
    request.csp_nonce = ""
    assert request.resolver_match.url_name is None
    answer = forbidden(request)
    assert answer.status_code == 403
    assert "no permission" in " ".join(answer.text.split())


def test_an_owner_who_may_not_is_told_nothing_of_cookies(settings):
    settings.STAFF_MFA = True
    answer = client_of(User.objects.create_user("eve")).get("/admin/login/?next=/admin/")
    assert answer.status_code == 403
    assert "You may not open this page" in answer.text
    assert "without the cookie" not in answer.text


def test_a_forged_form_in_the_admin_says_whether_a_draft_is_kept(wren):
    strict = client_of(wren, enforce_csrf_checks=True)
    page = keep(client_of(wren), wren)
    kept = strict.post(ADD, fields_of("A title") | {"_draft": page, "_draft_revision": "1"})
    lost = strict.post(ADD, fields_of("A title"))
    assert (kept.status_code, lost.status_code) == (403, 403)
    assert "What you typed is kept as a draft" in kept.text
    assert "kept as a draft" not in lost.text
    assert "without the cookie" in lost.text
    reader = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "x", "password": "y"})
    assert "Copy it, because reloading empties the form" in reader.text
