"""The proxy: what it lets through, what it keeps, and what it writes down."""

import http.client
import json

import pytest

from deploy.drills.production import wait_until
from tests.deploy.test_outages import has_the_strip

CANARY_ZIP = "83555"


def logged(production) -> list[dict]:
    return [json.loads(line) for line in (production.folder / "log" / "access.log").read_text().splitlines()]


def test_the_access_log_knows_neither_what_was_searched_for_nor_who(production):
    asker = production.asker("127.9.8.7")
    for path in (
        f"/clinics/?near={CANARY_ZIP}",
        f"/{CANARY_ZIP}/",
        f"/reports/{CANARY_ZIP}/",
        f"/clinics/{CANARY_ZIP * 4000}",
    ):
        asker.get(path)
    last = wait_until(lambda: [each for each in logged(production) if each["status"] == "414"], "the log")[0]
    lines = [each for each in logged(production) if each["client"] == "127.9.8.0/24"]
    assert {each["path"] for each in lines} == {"/clinics/", "-"}
    assert last["path"] == "-"
    for log in (production.folder / "log").iterdir():
        text = log.read_text()
        assert CANARY_ZIP not in text, log.name
        assert "127.9.8.7" not in text, log.name


def test_every_answer_has_the_number_that_is_in_the_log(production):
    number = production.asker().get("/").headers["x-request-id"]
    assert wait_until(lambda: [each for each in logged(production) if each["request_id"] == number], "the line", 5)


def test_what_a_reader_says_about_where_they_come_from_is_not_believed(production):
    """Five reports a day from one address: another X-Forwarded-For does not make it another address."""
    [[clinic]] = production.database.rows("SELECT min(id) FROM clinics_clinic WHERE is_listed")
    statuses, asker = [], production.asker("127.5.5.5")
    path = asker.get(f"/clinics/{clinic}/x/report/").headers["location"]
    for number in range(6):
        asker.get(path)
        [(cookie, token)] = [each for each in asker.cookies.items() if each[0].endswith("csrftoken")]
        token = {"csrfmiddlewaretoken": token, "problem": "moved"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{asker.name}"}
        headers |= {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        headers |= {"Cookie": f"{cookie}={asker.cookies[cookie]}"}
        body = "&".join(f"{name}={value}" for name, value in token.items()).encode()
        statuses.append(asker.ask("POST", path, body, headers).status)
    assert statuses == [302] * 5 + [429]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [("POST", "/clinics/", b"x" * (1024 * 1024 + 1), 413), ("GET", "/clinics/?near=" + "9" * 20_000, None, 414)],
)
def test_what_is_too_large_is_refused_with_the_helplines(production, method, path, body, status):
    answer = production.asker().ask(method, path, body)
    assert answer.status == status
    assert has_the_strip(answer.text)


def test_another_name_gets_no_answer(production):
    asker = production.asker()
    asker.name = "attacker.example"
    with pytest.raises(OSError, match=r"(?i)ssl|reset|closed"):
        asker.get("/")


def ask_in_the_clear(production, method: str, path: str):
    connection = http.client.HTTPConnection("127.0.0.1", production.plain_port)
    connection.request(method, path, headers={"Host": "clinics.example.org"})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, response.headers["Location"] or body


def test_plain_http_leads_to_https(production):
    assert ask_in_the_clear(production, "GET", "/clinics/") == (301, f"{production.url}/clinics/")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/clinics/?near=83555&format=json"), ("POST", "/webhooks/stripe/")]
)
def test_a_program_that_asks_in_the_clear_is_refused(production, method, path):
    assert ask_in_the_clear(production, method, path) == (403, "Ask over https.\n")


def test_files_may_be_kept_for_ever_and_a_search_by_nobody(production):
    text = production.asker().get("/").text
    sheet = text.split('href="/static/css/components.')[1].split('"')[0]
    answer = production.asker().get(f"/static/css/components.{sheet}", Accept_Encoding="gzip")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/css"
    for _ in range(2):
        number = production.asker().get("/clinics/?near=83555").headers["x-request-id"]
        [line] = wait_until(
            lambda n=number: [each for each in logged(production) if each["request_id"] == n], "the line"
        )
        assert line["cache"] == "BYPASS"
    assert not [
        path for path in (production.folder / "cache").rglob("*") if path.is_file() and b"83555" in path.read_bytes()
    ]
