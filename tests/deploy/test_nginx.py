"""The proxy: what it passes on, what it caches, and what it logs."""

import http.client
import json

import pytest

from deploy.drills.production import wait_until
from tests.deploy.test_outages import has_helplines

SEARCHED_ZIP = "83555"


def logged(production) -> list[dict]:
    return [json.loads(line) for line in (production.folder / "log" / "access.log").read_text().splitlines()]


def test_the_access_log_has_routes_and_neither_what_was_typed_nor_the_address(production):
    client = production.client("127.9.8.7")
    [[clinic]] = production.database.rows("SELECT min(id) FROM clinics_clinic WHERE is_listed")
    typed = {
        f"/clinics/?near={SEARCHED_ZIP}": (200, "/clinics/"),
        f"/{SEARCHED_ZIP}/": (404, "-"),
        f"/reports/{SEARCHED_ZIP}/": (404, "/reports/<slug:key>/"),
        f"/locations/{SEARCHED_ZIP}/": (404, "/locations/<slug:state>/"),
        f"/es/find/{SEARCHED_ZIP}/": (404, "/es/find/<slug:slug>/"),
        f"/clinics/{clinic}/{SEARCHED_ZIP}/": (301, "/clinics/<int:pk>/<slug:slug>/"),
        f"/locations/{SEARCHED_ZIP}": (301, "-"),
        f"/t/{SEARCHED_ZIP}": (200, "/t/<str:near>"),
        f"/es/t/{SEARCHED_ZIP}": (200, "/es/t/<str:near>"),
        f"/%74/{SEARCHED_ZIP}": (200, "/t/<str:near>"),
        f"/t/{SEARCHED_ZIP}/": (404, "-"),
        f"/static/{SEARCHED_ZIP}/": (404, None),
        f"/static/{SEARCHED_ZIP}": (404, None),
        f"/clinics/{SEARCHED_ZIP * 4000}": (414, "-"),
    }
    answers = [client.get(path) for path in typed]
    answers.append(client.request(f"GET{SEARCHED_ZIP}", "/clinics/"))
    request_without_tls(production, "GET", f"/locations/{SEARCHED_ZIP}/")
    wait_until(lambda: [each for each in logged(production) if each["status"] == "414"], "the log")
    assert [answer.status for answer in answers[:-1]] == [status for status, _ in typed.values()]
    assert all("x-route" not in answer.headers for answer in answers)
    lines = [each for each in logged(production) if each["client"] == "127.9.8.0/24"]
    expected = [(str(status), route) for status, route in typed.values() if route]
    assert [(each["status"], each["route"]) for each in lines][: len(expected)] == expected
    for log in (production.folder / "log").iterdir():
        text = log.read_text()
        assert SEARCHED_ZIP not in text, log.name
        assert "127.9.8.7" not in text, log.name


def test_a_page_from_the_cache_has_its_route_in_the_log_too(production):
    client = production.client("127.9.9.9")
    statuses = [client.get("/locations/md/").headers for _ in range(3)]
    assert all("x-route" not in headers for headers in statuses)
    lines = wait_until(lambda: [e for e in logged(production) if e["client"] == "127.9.9.0/24"][2:] or None, "the log")
    assert (lines[0]["cache"], lines[0]["route"]) == ("HIT", "/locations/<slug:state>/")


def test_every_answer_has_the_id_of_its_log_line(production):
    number = production.client().get("/").headers["x-request-id"]
    assert wait_until(lambda: [each for each in logged(production) if each["request_id"] == number], "the line", 5)


def test_forged_headers_do_not_change_the_address(production):
    """The limit of reports for one address holds, whatever X-Forwarded-For the client sends."""
    [[clinic]] = production.database.rows("SELECT min(id) FROM clinics_clinic WHERE is_listed")
    statuses, client = [], production.client("127.5.5.5")
    path = client.get(f"/clinics/{clinic}/x/report/").headers["location"]
    for number in range(6):
        client.get(path)
        [(cookie, token)] = [each for each in client.cookies.items() if each[0].endswith("csrftoken")]
        token = {"csrfmiddlewaretoken": token, "problem": "moved"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{client.name}"}
        headers |= {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        headers |= {"Cookie": f"{cookie}={client.cookies[cookie]}"}
        body = "&".join(f"{name}={value}" for name, value in token.items()).encode()
        statuses.append(client.request("POST", path, body, headers).status)
    assert statuses == [302] * 5 + [429]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [("POST", "/clinics/", b"x" * (1024 * 1024 + 1), 413), ("GET", "/clinics/?near=" + "9" * 20_000, None, 414)],
)
def test_a_request_that_is_too_large_is_refused_with_the_helplines(production, method, path, body, status):
    answer = production.client().request(method, path, body)
    assert answer.status == status
    assert has_helplines(answer.text)


def test_a_photo_of_a_phone_reaches_the_site(production):
    """It is the site that answers, with its own limit, which for somebody who is not logged in is that of a form."""
    answer = production.client().request("POST", "/account/listings/1/photos/", b"x" * 3_000_000)
    assert answer.status == 413
    assert "That is too large" in answer.text


def test_a_request_for_another_host_name_gets_no_answer(production):
    client = production.client()
    client.name = "attacker.example"
    with pytest.raises(OSError, match=r"(?i)ssl|reset|closed"):
        client.get("/")


def request_without_tls(production, method: str, path: str):
    connection = http.client.HTTPConnection("127.0.0.1", production.plain_port)
    connection.request(method, path, headers={"Host": "clinics.example.org"})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, response.headers["Location"] or body


def test_plain_http_redirects_to_https(production):
    assert request_without_tls(production, "GET", "/clinics/") == (301, f"{production.url}/clinics/")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/clinics/?near=83555&format=json"), ("POST", "/webhooks/stripe/")]
)
def test_a_program_without_tls_is_refused(production, method, path):
    assert request_without_tls(production, method, path) == (403, "Ask over https.\n")


def test_files_are_cached_for_ever_and_searches_never(production):
    text = production.client().get("/").text
    sheet = text.split('href="/static/css/components.')[1].split('"')[0]
    answer = production.client().get(f"/static/css/components.{sheet}", Accept_Encoding="gzip")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/css"
    for path in ("/clinics/?near=83555", "/t/83555") * 2:
        number = production.client().get(path).headers["x-request-id"]
        [line] = wait_until(
            lambda n=number: [each for each in logged(production) if each["request_id"] == n], "the line"
        )
        assert line["cache"] == "BYPASS"
    assert not [
        path for path in (production.folder / "cache").rglob("*") if path.is_file() and b"83555" in path.read_bytes()
    ]
