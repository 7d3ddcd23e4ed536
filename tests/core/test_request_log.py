"""The log of requests: one line each with an id, without what was searched for and by whom."""

import json
import logging
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from core.logs import AsJson, WithoutQuery
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
PROXIED = {"x-forwarded-for": "203.0.113.77", "x-request-id": "0a1b2c3d4e5f6071"}


@pytest.fixture
def lines():
    """What is written while the test runs, each line read back from JSON."""
    written = []

    class Kept(logging.Handler):
        def emit(self, record):
            written.append(json.loads(self.format(record)))

    handler = Kept()
    handler.addFilter(WithoutQuery())
    handler.setFormatter(AsJson())
    loggers = [logging.getLogger(name) for name in ("core.access", "core.security", "django.request")]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield written
    for logger, (level, propagate) in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


def test_a_line_says_which_page_was_requested_and_not_what_was_searched(client, lines, settings):
    settings.TRUSTED_PROXIES = 1
    client.get("/clinics/?near=83555&language=yupik", headers=PROXIED)
    [line] = lines
    assert line["path"] == "/clinics/"
    assert line["view"] == "clinics:clinic_list"
    assert line["status"] == 200
    assert line["client"] == "203.0.113.0/24"
    assert line["request_id"] == PROXIED["x-request-id"]
    assert line["time"].endswith("+00:00")
    assert line["milliseconds"] > 0
    assert "user" not in line
    assert not re.search("83555|yupik|203.0.113.77", json.dumps(line))


def test_a_client_in_ipv6_is_cut_to_its_site(client, lines, settings):
    settings.TRUSTED_PROXIES = 1
    client.get("/", headers={"x-forwarded-for": "2001:db8:1:2:3:4:5:6"})
    assert lines[0]["client"] == "2001:db8:1::/48"


def test_an_address_without_a_page_is_in_no_line(client, lines):
    client.get("/83555/")
    assert lines[0]["path"] == lines[0]["view"] == "-"
    assert lines[0]["status"] == 404
    assert "83555" not in json.dumps(lines)


@pytest.mark.parametrize("prefix", ["", "/es"])
@pytest.mark.parametrize("typed", ["83555", "Winchester,%20ID", "46.2137,-116.5719", "es", "t"])
def test_a_place_that_is_typed_into_a_path_is_in_no_line(client, lines, prefix, typed):
    make_clinic()
    client.get(f"{prefix}/t/{typed}?language=yupik")
    client.post(f"{prefix}/t/{typed}")
    assert [(line["path"], line["status"]) for line in lines if "path" in line] == [
        (f"{prefix}/t/<str:near>", 200),
        (f"{prefix}/t/<str:near>", 405),
    ]
    assert not re.search(r"83555|Winchester|46\.2|116\.5|yupik", json.dumps(lines))


def test_a_place_in_a_path_is_in_no_line_of_an_error_either(lines, monkeypatch):
    def broken(*args, **kwargs):
        raise ValueError("near=83555")

    monkeypatch.setattr("clinics.search.plain_text.list_text", broken)
    assert Client(raise_request_exception=False).get("/t/83555").status_code == 500
    assert any("traceback" in line for line in lines)
    for quoted in ("GET /t/83555 HTTP/1.1", "/es/t/83555", "Error handling request GET /%74/83555"):
        logging.getLogger("core.access").info('"%s" 500', quoted)
    assert len(lines) == 5
    assert "83555" not in json.dumps(lines)


@pytest.mark.parametrize(
    "address",
    [
        "/reports/SECRETSECRETSECRETSECR/",
        "/clinics/1/confirm/SECRETSECRETSECRETSECR/",
        "/account/invitations/SECRETSECRETSECRETSECR/",
        "/account/confirm-email/SECRETSECRETSECRETSECR/",
        "/account/password/reset/key/1-SECRETSECRETSECRETSECR/",
        "/articles/preview/?link=SECRETSECRETSECRETSECR",
    ],
)
def test_the_part_of_an_address_that_grants_access_is_not_logged(client, lines, address):
    client.get(address)
    assert lines
    assert "SECRET" not in json.dumps(lines)


def test_an_id_is_taken_from_our_own_proxy_alone(client, lines, settings):
    assert client.get("/", headers=PROXIED)["X-Request-ID"] != PROXIED["x-request-id"]
    settings.TRUSTED_PROXIES = 1
    assert client.get("/", headers=PROXIED)["X-Request-ID"] == PROXIED["x-request-id"]
    garbled = PROXIED | {"x-request-id": 'x" onload="alert(1)'}
    assert re.fullmatch("[0-9a-f]{32}", client.get("/", headers=garbled)["X-Request-ID"])


def test_two_requests_have_two_ids(client):
    assert client.get("/")["X-Request-ID"] != client.get("/")["X-Request-ID"]


def test_every_error_page_names_the_id_of_its_line(lines, monkeypatch):
    client = Client(raise_request_exception=False)
    clinic = make_clinic()

    def broken(*args, **kwargs):
        raise ValueError("near=83555")

    answers = [client.get("/no/such/page/"), client.post("/", {}), client.get("/", headers={"host": "evil.example"})]
    answers.append(Client(enforce_csrf_checks=True).post(f"{clinic.get_absolute_url()}report/", {"problem": "moved"}))
    monkeypatch.setattr("clinics.views.clinic.answers_of", broken)
    answers.append(client.get(clinic.get_absolute_url()))
    assert [answer.status_code for answer in answers] == [404, 405, 400, 403, 500]
    ids = [answer["X-Request-ID"] for answer in answers]
    for answer, request_id in zip(answers, ids, strict=True):
        assert f"quote this number: {request_id}" in answer.content.decode()
        assert request_id in {line["request_id"] for line in lines}
    [failed] = [line for line in lines if "traceback" in line]
    assert failed["request_id"] == ids[-1]
    assert "ValueError" in failed["traceback"]
    assert "83555" not in json.dumps(lines)


def test_log_ins_and_refused_log_ins_are_logged_by_number(client, lines):
    user = User.objects.create_superuser("ana", "ana@harbor.example", "a long and quiet password")
    client.post("/admin/login/", {"username": "ana", "password": "wrong password"})
    client.post("/admin/login/?next=/admin/", {"username": "ana", "password": "a long and quiet password"})
    client.post("/admin/logout/")
    events = [(line["event"], line.get("user")) for line in lines if "event" in line]
    assert events == [("log-in failed", None), ("logged in", user.pk), ("logged out", user.pk)]
    written = json.dumps(lines)
    for secret in ("ana@", '"ana"', "password", "127.0.0.1"):
        assert secret not in written


def test_a_line_break_in_a_request_starts_no_line(lines):
    logging.getLogger("core.access").info("Invalid host: %s", "a\r\n2026-11-23 INFO all is well\x1b[2J")
    assert lines[0]["message"] == "Invalid host: a  2026-11-23 INFO all is well [2J"


def test_the_log_has_the_number_of_staff_and_none_of_readers(client, lines):
    user = User.objects.create_superuser("ana", "ana@harbor.example", "a long and quiet password")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    client.get("/admin/")
    client.get("/clinics/?near=21202")
    by_path = {line["path"]: line for line in lines if "path" in line}
    assert by_path["/clinics/"].get("user") is None
