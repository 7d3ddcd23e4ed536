"""The page of pharmacies that filled it lately, and the form on which a reader says so."""

import io
import re
from datetime import UTC, date, datetime
from urllib.parse import quote

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.utils.html import strip_tags

from clinics.models import Pharmacy, PharmacyReport
from clinics.pharmacies import SaidBy
from core.rate_limits import LIMITS
from tests.clinics.factories import PharmacyFactory, PharmacyReportFactory
from tests.factories import BALTIMORE, make_clinic

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
LAST_SECOND, NEXT_DAY = datetime(2026, 12, 2, 4, 59, 59, tzinfo=UTC), datetime(2026, 12, 2, 5, tzinfo=UTC)
CANARY_ZIP = "83555"  # of no clinic and no pharmacy
NEW = {"name": "Gazebo Pharmacy", "street": "2 Gazebo Way", "zip_code": "21201", "phone": "410-556-0001"}
TYPED = NEW | {"filled_on": "2026-11-21", "form": "film-or-tablets"}
ONE, OTHER = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def noon():
    caches["process"].clear()
    with time_machine.travel(NOON, tick=False):
        yield
    caches["process"].clear()


def page(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode().split("<main")[1].split("</main>")[0]


def text(html: str) -> str:
    return " ".join(strip_tags(html.replace("&nbsp;", " ")).split())


def make_told(day=date(2026, 11, 21), **facts) -> Pharmacy:
    pharmacy = PharmacyFactory(**({"phone": "410-556-0001"} | facts))
    for _reader in range(2):
        PharmacyReportFactory(pharmacy=pharmacy, filled_on=day)
    return pharmacy


def send(client, sender=ONE, path="/pharmacies/report/", **changes):
    return client.post(path, TYPED | changes, REMOTE_ADDR=sender)


# The list


def test_it_tells_who_said_so_when_and_how_far_and_to_call_first(client):
    make_told()
    html = page(client, "/pharmacies/?near=21202")
    said = text(html)
    assert "Gazebo Pharmacy" in said
    assert "About 1 mile, 2 Gazebo Way, Baltimore, MD 21201" in said
    assert "Filled buprenorphine on November 21, as 2 readers said." in said
    assert 'href="tel:+14105560001"' in html
    assert "Call first: that it was filled then does not say that it is there now." in said
    assert "in 2023, 39 % did." in said
    assert "Health Affairs" in said


def test_it_is_gone_at_the_midnight_that_ends_the_thirtieth_day(client):
    make_told(day=date(2026, 11, 1))
    with time_machine.travel(LAST_SECOND, tick=False):
        assert "Gazebo Pharmacy" in page(client, "/pharmacies/?near=21202")
    with time_machine.travel(NEXT_DAY, tick=False):
        html = page(client, "/pharmacies/?near=21202")
    assert "Gazebo Pharmacy" not in html
    assert "Nobody has told us of a pharmacy near here" in text(html)


def test_farther_than_fifty_miles_the_nearest_is_told_as_such(client):
    make_told()
    said = text(page(client, "/pharmacies/?near=10001"))
    assert "Nobody has told us of one within 50 miles in the last 30 days. The nearest:" in said
    assert "About 170 miles" in said


def test_of_a_state_it_asks_for_a_zip_code(client):
    make_told()
    said = text(page(client, "/pharmacies/?near=Maryland"))
    assert "Type a ZIP code to see the nearest first." in said
    assert "Gazebo Pharmacy" in said


@pytest.mark.parametrize("near", ["", "00000", "Springfield", "x" * 300, "-", "Texas", "39.29,-76.61", "21202", "%FF"])
@pytest.mark.parametrize("language", ["", "/es"])
def test_whatever_is_typed_there_is_a_way_on_and_nothing_is_said_to_be_there(client, near, language):
    make_told()
    html = page(client, f"{language}/pharmacies/?near={near}")
    assert f'href="{language}/tonight/' in html
    assert f'href="{language}/clinics/' in html
    assert f'href="{language}/pharmacies/report/' in html
    assert 'href="tel:+18006624357"' in html
    assert not re.search(r"\b(in stock|en existencia|hay existencias|disponible)\b", html, re.IGNORECASE)


def test_the_ways_on_keep_the_place(client):
    html = page(client, "/pharmacies/?near=21202")
    for path in ("/clinics/", "/tonight/", "/pharmacies/report/"):
        assert f'href="{path}?near=21202"' in html
    make_clinic("Here", at=BALTIMORE)
    for path in ("/tonight/?near=21202", "/clinics/?near=21202", "/find/today/?near=21202"):
        assert 'href="/pharmacies/?near=21202"' in page(client, path), path
    assert 'href="/es/pharmacies/?near=21202"' in page(client, "/es/clinics/?near=21202")
    assert 'href="/pharmacies/"' in page(client, "/clinics/?near=00000")


def test_a_clinic_that_gives_it_leads_to_those_near_there(client):
    giving = make_clinic("Gives it", zip_code="21202", services=["prescribes-buprenorphine"])
    other = make_clinic("Methadone alone", zip_code="21202", services=["methadone"])
    link = 'href="/pharmacies/?near=21202"'
    assert link in page(client, giving.get_absolute_url())
    assert 'href="/pharmacies/?near=10001"' in page(client, f"{giving.get_absolute_url()}?near=10001")
    assert link not in page(client, other.get_absolute_url())


def test_a_search_is_kept_from_robots_and_proxies_and_sets_no_cookie(client):
    response = client.get("/pharmacies/?near=21202")
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"].startswith("private")
    assert not response.cookies
    assert "X-Robots-Tag" not in client.get("/pharmacies/")
    assert "Disallow: /pharmacies/?" in client.get("/robots.txt").content.decode()
    assert client.post("/pharmacies/").status_code == 405


def test_in_spanish(client):
    make_told()
    said = text(page(client, "/es/pharmacies/?near=21202"))
    assert "Surtió buprenorfina el 21 de noviembre, según 2 lectores." in said
    assert "Llame antes:" in said
    assert "39 %" in said


def test_it_asks_the_database_a_fixed_number_of_times(client, django_assert_max_num_queries):
    for number in range(8):
        make_told(phone=f"410-556-{number:04}")
    client.get("/pharmacies/?near=21202")
    with django_assert_max_num_queries(3):
        assert page(client, "/pharmacies/?near=21202").count('class="row-name"') == 8


# The form


def test_two_readers_of_a_new_pharmacy_are_told_once_an_editor_has_checked_it(client):
    answer = send(client)
    assert answer.status_code == 302
    assert answer["Location"] == "/pharmacies/report/thanks/?near=21201"
    send(client, OTHER, name="The Gazebo", phone="(410) 556-0001")
    assert "Gazebo" not in page(client, "/pharmacies/?near=21202")
    pharmacy = Pharmacy.objects.get()
    assert (pharmacy.city, pharmacy.state) == ("Baltimore", "MD")
    pharmacy.check_facts(None)
    assert "as 2 readers said. Form: film or tablets." in text(page(client, "/pharmacies/?near=21202"))


def test_one_reader_who_sends_it_twice_is_one(client):
    PharmacyFactory(phone="410-556-0001")
    send(client)
    send(client, filled_on="2026-11-22")
    assert PharmacyReport.objects.count() == 2
    assert "Gazebo" not in page(client, "/pharmacies/?near=21202")
    send(client, OTHER)
    assert "Gazebo" in page(client, "/pharmacies/?near=21202")


def test_a_pharmacy_that_we_know_is_chosen_by_one_tap(client):
    known, unchecked = PharmacyFactory(), PharmacyFactory(name="Typed by anybody", checked_on=None)
    html = page(client, "/pharmacies/report/?near=21202")
    assert f'value="{known.pk}"' in html
    assert unchecked.name not in html
    answer = client.post("/pharmacies/report/", {"near": "21202", "pharmacy": known.pk, "filled_on": "11/30/2026"})
    assert answer["Location"] == "/pharmacies/report/thanks/?near=21202"
    report = PharmacyReport.objects.get()
    assert (report.pharmacy, report.filled_on, report.said_by) == (known, date(2026, 11, 30), SaidBy.READER)


def test_another_one_is_typed_and_one_that_is_not_offered_is_refused(client):
    PharmacyFactory()
    hidden = PharmacyFactory(is_hidden=True)
    answer = send(client, near="21202", pharmacy="another", phone="410-556-0077")
    assert answer.status_code == 302
    refused = send(client, near="21202", pharmacy=hidden.pk)
    assert refused.status_code == 422
    assert "Choose one of the pharmacies below" in refused.content.decode()
    assert not hidden.reports.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"filled_on": "2026-12-03"}, "That day has not come yet."),
        ({"filled_on": "2026-10-31"}, "That is more than 30 days ago"),
        ({"filled_on": "last week"}, "We cannot read this day."),
        ({"filled_on": "2026-02-30"}, "We cannot read this day."),
        ({"filled_on": ""}, "Say on which day it was filled."),
        ({"zip_code": "00000"}, "We do not know this ZIP code."),
        ({"zip_code": "２１２０１"}, "We do not know this ZIP code."),
        ({"zip_code": ""}, "Type the ZIP code of the pharmacy."),
        ({"name": ""}, "Type the name of the pharmacy."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"street": "x" * 5000}, "at most 200 characters"),
        ({"phone": "12"}, "This is not a US phone number."),
        ({"phone": "800-746-7287"}, "That is a number for the whole country."),
        ({"street": "", "phone": ""}, "Type its street or its phone number"),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"form": "powder"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_taken_gets_a_sentence_and_nothing_typed_is_lost(client, changes, sentence):
    answer = send(client, **changes)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert "<title>Error:" in html
    for name, value in (TYPED | changes).items():
        if value and name != "form" and "\0" not in value:
            assert f'value="{value}"' in html, name
    assert not Pharmacy.objects.exists()


def test_bytes_that_are_no_text_are_answered(client):
    raw = b"name=%FF%FE&street=%00&zip_code=%C3%28&phone=%80&filled_on=%F0%9F&near=%FF"
    answer = client.post("/pharmacies/report/", raw, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422


def test_so_many_reports_a_day_and_no_more(client):
    for number in range(LIMITS["report"].most):
        assert send(client, phone=f"410-556-{number:04}", name=f"Gazebo {number}").status_code == 302
    answer = send(client)
    assert answer.status_code == 429
    assert f"{LIMITS['report'].most} reports came from here today." in answer.content.decode()
    assert 'value="Gazebo Pharmacy"' in answer.content.decode()


def test_a_forged_report_is_refused_and_the_form_alone_has_a_cookie():
    client = Client(enforce_csrf_checks=True)
    assert send(client).status_code == 403
    response = client.get("/pharmacies/report/?near=21202")
    assert list(response.cookies) == ["csrftoken"]
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cache-Control"] == "no-store"
    thanks = client.get("/pharmacies/report/thanks/?near=21202")
    assert not thanks.cookies
    assert thanks["Cache-Control"] == "no-store"


def test_after_a_report_there_are_ways_on(client):
    html = page(client, "/pharmacies/report/thanks/?near=21202")
    for path in ("/pharmacies/", "/clinics/", "/tonight/"):
        assert f'href="{path}?near=21202"' in html
    assert f'href="/pharmacies/?near={quote("<b>")}' not in page(client, "/pharmacies/report/thanks/?near=<b>")


def test_the_form_is_in_spanish(client):
    PharmacyFactory()
    html = client.post("/es/pharmacies/report/", {"near": "21202", "filled_on": "2026-10-31"}).content.decode()
    for sentence in ("Elija la farmacia", "Eso fue hace más de 30 días", "Enviar el aviso"):
        assert sentence in html


def test_no_log_and_no_table_keeps_the_place_that_was_typed(client, caplog):
    known = PharmacyFactory()
    with caplog.at_level(0):
        page(client, f"/pharmacies/?near={CANARY_ZIP}")
        page(client, f"/pharmacies/report/?near={CANARY_ZIP}")
        send(client, near=CANARY_ZIP, zip_code="00000")
        send(client, near=CANARY_ZIP)
        client.post("/pharmacies/report/", {"near": "21202", "pharmacy": known.pk, "filled_on": "2026-11-21"})
        send(client, OTHER, near="21202", pharmacy=known.pk, zip_code=CANARY_ZIP, name=f"At home {CANARY_ZIP}")
    assert PharmacyReport.objects.count() == 3
    assert CANARY_ZIP not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for [table] in cursor.fetchall():
            rows = io.StringIO()
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', rows)
            holds = re.search(rf"(?<![0-9]){CANARY_ZIP}(?![0-9])", rows.getvalue())
            assert not holds or table in ("clinics_city", "clinics_zipcode"), table
