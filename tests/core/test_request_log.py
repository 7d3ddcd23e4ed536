"""The log of requests: one line each with an id and the route, without what was typed and by whom."""

import json
import logging
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles import own_links
from articles.models import Comment, PrivateAnswer
from core.logs import AsJson, WithoutQuery
from tests.articles.factories import make_article, make_topic
from tests.factories import make_clinic
from tests.needles import NEEDLES
from tests.routes import routes, typed_addresses

pytestmark = pytest.mark.django_db
PROXIED = {"x-forwarded-for": "203.0.113.77", "x-request-id": "0a1b2c3d4e5f6071"}
LOGGERS = ("", "core.access", "core.security", "django", "django.request", "django.server", "gunicorn.error")
TYPED = re.compile("|".join(map(re.escape, NEEDLES)))


@pytest.fixture
def lines():
    """What any logger writes while the test runs, each line read back from JSON."""
    written = []

    class Kept(logging.Handler):
        def emit(self, record):
            if not getattr(record, "is_kept", False):  # one of several loggers has it
                record.is_kept = True
                written.append(json.loads(self.format(record)))

    handler = Kept()
    handler.addFilter(WithoutQuery())
    handler.setFormatter(AsJson())
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield written
    for logger, (level, propagate) in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


def test_the_own_link_of_a_comment_and_what_is_answered_there_are_in_no_line(client, lines):
    comment = Comment.objects.create(article=make_article(), name="Sam", text="Quiet words.")
    PrivateAnswer.objects.create(comment=comment, text="zanzibarville")
    link = own_links.link_of(comment)
    for path in (
        "/articles/comments/yours/",
        "/es/articles/comments/yours/",
        "/articles/starting-again/comment/thanks/",
    ):
        assert client.get(path, {"link": link}).status_code == 200
    assert b"zanzibarville" in client.get("/articles/comments/yours/", {"link": link}).content
    assert client.get("/articles/comments/yours/", {"link": f"{link}x"}).status_code == 410
    assert next(line["view"] for line in lines if line["logger"] == "core.access") == "articles:own_comment"
    written = json.dumps(lines)
    for secret in (link, link.split(":")[-1], "zanzibarville", "Quiet"):
        assert secret not in written


def test_a_line_says_which_page_was_requested_and_not_what_was_searched(client, lines, settings):
    settings.TRUSTED_PROXIES = 1
    client.get("/clinics/?near=83555&language=yupik", headers=PROXIED)
    [line] = lines
    assert line["message"] == "GET /clinics/ 200"
    assert line["route"] == "/clinics/"
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


def access_lines(lines) -> list[dict]:
    return [line for line in lines if line["logger"] == "core.access"]


def test_what_is_typed_into_any_part_of_any_route_is_in_no_line(lines):
    clinic, article = make_clinic(), make_article()
    rows = {
        "clinic": clinic.pk,
        "slug of the clinic": clinic.slug,
        "article": article.slug,
        "topic": make_topic().slug,
    }
    rows |= {"state": "md", "city": "baltimore", "preset": "detox"}
    client = Client(raise_request_exception=False)
    for _route, address in typed_addresses(rows, most=1):
        before = len(lines)
        client.get(address)
        assert not TYPED.search(json.dumps(lines[before:])), address
    assert len(access_lines(lines)) > 2 * len(routes())


@pytest.mark.parametrize(
    ("address", "status", "route"),
    [
        ("/locations/99950/", 404, "/locations/<slug:state>/"),
        ("/find/99950/", 404, "/find/<slug:slug>/"),
        ("/articles/99950/", 404, "/articles/<slug:slug>/"),
        ("/es/locations/99950/", 404, "/es/locations/<slug:state>/"),
        ("/clinics/{pk}/99950/", 301, "/clinics/<int:pk>/<slug:slug>/"),
        ("/clinics/compare/99950/", 404, "-"),
        ("/t/99950", 200, "/t/<str:near>"),
        ("/99950", 404, "-"),
        ("/account/99950/", 404, "-"),
        ("/account/listings/99950/", 302, "/account/listings/<int:pk>/"),
        (
            "/account/password/reset/key/1-99950/",
            200,
            r"/account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        ),
        ("/clinics/map/tiles/99950", 404, "-"),
    ],
)
def test_a_line_holds_the_route_in_place_of_the_path(client, lines, address, status, route):
    answer = client.get(address.format(pk=make_clinic().pk))
    [line] = access_lines(lines)
    assert (answer.status_code, line["status"], line["route"]) == (status, status, route)
    assert "arguments" not in line
    assert "99950" not in json.dumps(lines)


def test_a_line_names_the_row_of_a_page_that_was_shown(client, lines):
    clinic = make_clinic()
    client.get(clinic.get_absolute_url())
    client.get(f"{clinic.get_absolute_url()}report/")
    client.get(f"/clinics/{clinic.pk}/another-name/")
    client.get("/clinics/99950/x/")
    assert [(line["status"], line.get("arguments")) for line in access_lines(lines)] == [
        (200, {"pk": str(clinic.pk)}),
        (200, {"pk": str(clinic.pk)}),
        (301, None),
        (404, None),
    ]
    assert clinic.slug not in json.dumps(lines)


def test_a_refused_request_is_in_the_log_without_its_words(lines, settings):
    """Django quotes the host, the origin, the referrer and the path of what it refuses."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    report = f"{make_clinic().get_absolute_url()}report/"
    client.get("/", headers={"host": "99950.example"})
    client.post(report, {"near": "99950"}, headers={"origin": "https://99950.example"})
    client.post("/clinics/map/99950/", {"near": "99950"})
    Client().post(report, {f"99950{number}": "99950" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)})
    client.generic("ZANZIBARVILLE", "/clinics/")
    assert [line["message"] for line in lines if line["logger"].startswith("django.security")] == [
        "a host that is not ours: GET -",
        "Origin checking failed: POST /clinics/<int:pk>/<slug:slug>/report/",
        "TooManyFieldsSent: POST /clinics/<int:pk>/<slug:slug>/report/",
    ]
    assert not TYPED.search(json.dumps(lines))
    assert len(access_lines(lines)) == 5
    assert access_lines(lines)[-1]["method"] == "-"


def test_a_request_that_another_library_quotes_is_in_no_line(lines):
    for name, quoted in (
        ("django.server", '"GET /locations/99950/ HTTP/1.1" 404 -'),
        ("gunicorn.error", "Error handling request GET /clinics/3/99950/"),
        ("gunicorn.error", "Invalid request from ip=2001:db8::1: Invalid HTTP Version: '99950'"),
        ("gunicorn.error", "Invalid request from ip=: Invalid HTTP request line: 'GET /t/99950 x HTTP/1.1'"),
        ("django-q", "Failed 'core.email.send' (blue-fox) - 550 zanzibarville@example.org : Traceback"),
        ("anything", 'answered "POST /es/t/99950"'),
    ):
        logging.getLogger(name).warning(quoted)
    assert [line["message"] for line in lines] == [
        '"GET - HTTP/1.1" 404 -',
        "Error handling request",
        "Invalid request from ip=- Invalid HTTP Version",
        "Invalid request from ip=- Invalid HTTP request line",
        "Failed 'core.email.send' (blue-fox)",
        'answered "POST -"',
    ]


def test_an_error_is_in_no_line_with_the_place_in_its_path_or_its_words(lines, monkeypatch):
    def broken(*args, **kwargs):
        raise ValueError("near=99950")

    monkeypatch.setattr("clinics.search.plain_text.list_text", broken)
    assert Client(raise_request_exception=False).get("/t/99950").status_code == 500
    [failed] = [line for line in lines if "traceback" in line]
    assert failed["message"] == "Internal Server Error: GET /t/<str:near>"
    assert len(lines) == 2
    assert "99950" not in json.dumps(lines)


def test_the_route_is_told_to_our_own_proxy_alone(client, settings):
    assert "X-Route" not in client.get("/find/99950/", headers=PROXIED)
    settings.TRUSTED_PROXIES = 1
    assert "X-Route" not in client.get("/find/99950/")
    assert client.get("/find/99950/", headers=PROXIED)["X-Route"] == "/find/<slug:slug>/"
    assert client.get("/99950/", headers=PROXIED)["X-Route"] == "-"


def test_no_logger_mails_what_it_quotes():
    names = ["", *logging.root.manager.loggerDict]
    handlers = {type(handler).__name__ for name in names for handler in logging.getLogger(name).handlers}
    assert "AdminEmailHandler" not in handlers


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
    [failed] = [line for line in lines if line["message"].startswith("Internal Server Error")]
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
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    client.get("/admin/")
    client.get("/clinics/?near=21202")
    by_route = {line["route"]: line for line in access_lines(lines)}
    assert by_route["/admin/"]["user"] == user.pk
    assert "user" not in by_route["/clinics/"]
