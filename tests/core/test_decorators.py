"""Pages that a proxy may store for a minute, and those that it may never store."""

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from articles.models import Topic
from clinics.models import City, Clinic
from core.decorators import OWN, SHARED, shared_page
from tests.articles.factories import make_article
from tests.factories import BALTIMORE, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages() -> dict[str, str]:
    """An address of every kind of page that may be shared."""
    clinic = make_clinic("Harbor", at=BALTIMORE, city="Baltimore", state="MD", services=["methadone"])
    City.objects.get_or_create(state="MD", slug="baltimore", defaults={"name": "Baltimore"})
    topic, _created = Topic.objects.get_or_create(slug="relapse", defaults={"name": "Relapse"})
    article = make_article(topics=[topic])
    return {
        "home": "/",
        "way in": "/find/methadone-clinics/",
        "states": "/locations/",
        "state": "/locations/md/",
        "city": "/locations/md/baltimore/",
        "clinic": clinic.get_absolute_url(),
        "evidence": f"{clinic.get_absolute_url()}evidence/",
        "articles": "/articles/",
        "topic": f"/articles/topics/{topic.slug}/",
        "topics": "/articles/topics/",
        "article": article.get_absolute_url(),
    }


def test_a_shared_page_may_be_stored_and_is_not_sent_twice(client, pages):
    for kind, address in pages.items():
        first = client.get(address)
        assert (first.status_code, first["Cache-Control"]) == (200, SHARED), kind
        assert not first.cookies, kind
        again = client.get(address, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", SHARED), kind


def test_a_compressed_page_is_recognized_by_its_tag(client, pages):
    first = client.get(pages["state"], headers={"accept-encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip"
    headers = {"accept-encoding": "gzip", "if-none-match": first["ETag"]}
    assert client.get(pages["state"], headers=headers).status_code == 304


@pytest.mark.parametrize("kind", ["home", "state", "city", "clinic", "article", "articles", "topic"])
def test_a_shared_page_in_spanish_may_be_stored_too(client, pages, kind):
    if "article" in kind or kind == "topic":
        make_article(title="Empezar de nuevo", slug="empezar", language="es", topics=Topic.objects.all())
        addresses = {"article": "/es/articles/empezar/", "articles": "/es/articles/", "topic": f"/es{pages['topic']}"}
    else:
        addresses = {kind: f"/es{pages[kind]}"}
    answer = client.get(addresses[kind])
    assert (answer.status_code, answer["Cache-Control"]) == (200, SHARED)


def test_a_changed_page_has_another_tag(client, pages):
    before = {kind: client.get(pages[kind])["ETag"] for kind in ("city", "clinic", "article")}
    Clinic.objects.update(phone="410-555-0199")
    make_article(title="Another", slug="another", topics=Topic.objects.all())
    for kind, tag in before.items():
        answer = client.get(pages[kind], headers={"if-none-match": tag})
        assert answer.status_code == 200, kind
        assert answer["ETag"] != tag, kind


@pytest.mark.parametrize("query", ["near=21202", "page=2", "near="])
def test_a_page_with_a_query_is_stored_by_the_reader_alone(client, pages, query):
    for kind, address in pages.items():
        expected = "private, max-age=300" if (kind, query) == ("way in", "near=21202") else OWN  # it is a search then
        assert client.get(f"{address}?{query}")["Cache-Control"] == expected, kind


def test_a_user_who_is_logged_in_sees_every_change_at_once(client, pages):
    client.force_login(User.objects.create_user("owner"))
    for kind, address in pages.items():
        assert client.get(address)["Cache-Control"] == "private, no-cache", kind


def test_a_page_with_a_form_of_the_reader_or_a_cookie_is_not_shared():
    request = RequestFactory().get("/")
    assert shared_page(lambda request: HttpResponse(get_token(request)))(request)["Cache-Control"] == OWN

    def with_cookie(request):
        response = HttpResponse("hello")
        response.set_cookie("who", "somebody")
        return response

    assert shared_page(with_cookie)(RequestFactory().get("/"))["Cache-Control"] == OWN


def test_a_visitor_who_once_opened_a_form_may_still_share_the_pages(pages):
    visitor = Client()
    visitor.get(f"{pages['clinic']}report/")
    assert "csrftoken" in visitor.cookies
    assert visitor.get(pages["state"])["Cache-Control"] == SHARED


@pytest.mark.parametrize(
    "address",
    [
        "/locations/zz/",
        "/clinics/999999/none/",
        "/articles/none/",
        "/clinics/?near=21202",
        "/articles/harbor/comments/",
    ],
)
def test_errors_and_searches_are_never_shared(client, pages, address):
    assert "public" not in client.get(address).get("Cache-Control", "")
