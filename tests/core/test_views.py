"""What any site answers: error pages, health, and what machines ask for at fixed addresses."""

import contextlib
import datetime

import pytest
from django.core.cache import caches
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.test import RequestFactory

from clinics.models import Clinic, ZipCode
from clinics.views.pages import home
from core import views

pytestmark = pytest.mark.django_db


def test_healthz_answers_and_readyz_says_what_is_missing(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    ZipCode.objects.all().delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "ZIP codes" in response.json()["why"]


def test_error_pages_need_no_database():
    caches["process"].clear()

    def refuse(*args):
        raise DatabaseError("the database is down")

    request = RequestFactory().get("/")
    with connection.execute_wrapper(refuse):
        answers = [
            views.server_error(request),
            views.not_found(request, None),
            views.forbidden(request),
            views.bad_request(request, None),
            home(request),
        ]
        assert views.readyz(request).status_code == 503
    assert [answer.status_code for answer in answers] == [500, 404, 403, 400, 200]
    for answer in answers:
        text = answer.content.decode()
        assert all(number in text for number in ("911", "988", "1-800-662-4357"))
    caches["process"].clear()


def test_a_connection_that_an_earlier_query_lost_is_a_503_too(own_connection):
    request, other = RequestFactory().get("/"), connection.copy()
    try:
        with transaction.atomic():
            with connection.cursor() as cursor, other.cursor() as killer:
                cursor.execute("SELECT pg_backend_pid()")
                killer.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
            with contextlib.suppress(OperationalError):
                Clinic.objects.count()
            Clinic.objects.count()
    except InterfaceError:
        answer = views.server_error(request)
    finally:
        other.close()
        connection.close()
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


def test_robots_are_kept_from_searches_in_every_language(client):
    text = client.get("/robots.txt").content.decode()
    for path in ("/admin/", "/clinics/?", "/es/clinics/?", "/clinics/compare/", "/es/clinics/*/report/"):
        assert f"Disallow: {path}\n" in text
    assert "Sitemap: http://testserver/sitemap.xml\n" in text


def test_security_txt_says_nothing_invented(client, settings):
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.CONTACT_EMAIL = "help@example.org"
    assert b"mailto:help@example.org" in client.get("/.well-known/security.txt").content


def test_global_privacy_control_is_honored_in_the_form_that_machines_read(client):
    answer = client.get("/.well-known/gpc.json")
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["gpc"] is True
    datetime.date.fromisoformat(answer.json()["lastUpdate"])
