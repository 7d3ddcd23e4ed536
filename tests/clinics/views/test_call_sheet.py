import datetime
import html
import re

import pytest
import time_machine

from clinics.models import Confirmation
from clinics.questions.on_the_phone import OF_A_SHEET, questions
from clinics.search.rows import medicine_html
from tests.factories import BOSTON, CAMBRIDGE, TOWSON, make_clinic

pytestmark = pytest.mark.django_db

URL = "/clinics/compare/"


def sheet(client, *clinics, **query) -> str:
    response = client.get(URL, {"id": [getattr(clinic, "pk", clinic) for clinic in clinics], **query})
    assert response.status_code == 200
    return " ".join(html.unescape(response.content.decode()).split())


def names_on(text: str) -> list[str]:
    return re.findall(r'<article class="sheet-clinic">.*?<h2><a [^>]*>(.*?)</a>', text)


def test_a_sheet_holds_what_a_call_needs(client):
    clinic = make_clinic(
        "Towson Clinic", at=TOWSON, phone="410-555-0123 x7", intake_phones=["410-555-0199"], services=["medicaid"]
    )
    other = make_clinic("Boston Clinic", at=BOSTON, city="Boston", state="MA", services=["methadone-in-treatment"])
    Confirmation.objects.create(clinic=clinic, fact_group="contact", source="samhsa-directory", edition="2024")
    with time_machine.travel("2026-11-20T12:00:00-05:00"):
        text = sheet(client, other, clinic)
    assert names_on(text) == ["Boston Clinic", "Towson Clinic"]  # in the order in which they were chosen
    for wanted in ("tel:+14105550123,7", "tel:+14105550199", "100 Holliday Street", "Medicaid", "Methadone"):
        assert wanted in text
    assert "Made on Nov. 20, 2026" in text
    assert "from SAMHSA's 2024 directory, not confirmed since" in text.replace("&#x27;", "'")
    assert text.count("Earliest visit:") == 2
    assert all(str(question) in text for question in questions(OF_A_SHEET))
    # Said once above, where it is true of all.
    assert text.count("Not stated, so ask: new patients, hours, walk-in.") == 1
    assert text.count("<dt>Not stated, so ask</dt><dd>payment</dd>") == 1
    assert "<svg" in text
    assert "sms:?&body=" in text


def test_a_sheet_says_of_medicine_what_the_row_of_the_list_says(client):
    clinics = [
        make_clinic("Names one", services=["methadone-in-treatment"]),
        make_clinic("Names none", services=["prescribes-buprenorphine-or-naltrexone"]),
        make_clinic("Brings", services=["accepts-outside-medication"], gives_medicine=False),
        make_clinic("Silent", gives_medicine=False),
        make_clinic("Without", services=["no-medication-for-opioid-use-disorder"]),
        make_clinic("Denies", services=["does-not-treat-opioid-use-disorder"]),
    ]
    said = re.findall(r"<dt>Medication</dt><dd>(.*?)</dd>", sheet(client, *clinics))
    assert said == [medicine_html(clinic, "en") for clinic in clinics]
    assert "Gives medicine for opioids. Does not say which: ask" in said[1]


def test_a_sheet_is_not_for_search_engines_nor_for_caches_between(client):
    response = client.get(URL, {"id": make_clinic().pk})
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"] == "private, max-age=300"
    assert '<meta name="robots" content="noindex">' in response.content.decode()
    assert "Disallow: /clinics/compare/" in client.get("/robots.txt").content.decode()


def test_distances_and_the_way_back_come_from_the_search(client):
    clinic = make_clinic(at=BOSTON)
    text = sheet(client, clinic, near="02139", medication="methadone")
    assert re.search(r"<strong>\d+\.\d miles</strong>", text)
    assert f"/clinics/?id={clinic.pk}&near=02139&medication=methadone" in text
    assert "miles</strong>" not in sheet(client, clinic)
    assert "miles</strong>" not in sheet(client, clinic, near="Massachusetts")
    assert "miles</strong>" not in sheet(client, clinic, near="no such place")


def test_the_way_back_to_an_old_search_has_the_names_of_today(client):
    clinic = make_clinic("Both Bridges")
    text = sheet(client, clinic, medication="accepts-outside-medication")
    assert f"/clinics/?id={clinic.pk}&care=accepts-outside-medication" in text


def test_one_clinic_is_removed_and_the_others_stay(client):
    first, second, third = (make_clinic(f"Clinic {number}") for number in range(3))
    text = sheet(client, first, second, third, near="02139")
    assert f'href="?id={first.pk}&id={third.pk}&near=02139">Remove' in text


@pytest.mark.parametrize("query", [{}, {"id": ""}, {"id": ["abc", "-1", "1.5", "9" * 30, "٣", "²", "0", "\0"]}])
def test_no_readable_number_is_a_sentence_and_a_way_on(client, query):
    response = client.get(URL, query)
    text = response.content.decode()
    assert response.status_code == 200
    assert "No clinic is on this sheet" in text
    assert ("is not the number of a clinic" in text) is bool(query)
    assert 'name="near"' in text
    assert "1-800-662-4357" in text.split("<main")[1]


def test_unknown_and_withdrawn_clinics_are_named_by_number_and_left_out(client):
    shown, withdrawn = make_clinic("Shown"), make_clinic("Withdrawn", is_listed=False)
    text = sheet(client, 99999, withdrawn, shown)
    assert names_on(text) == ["Shown"]
    assert f"The clinic numbers 99999, {withdrawn.pk} are not in our directory" in text
    assert "Withdrawn" not in text
    assert "Clinic number 99999 is not in our directory" in sheet(client, 99999)


def test_a_closed_clinic_is_left_out_with_the_day_and_a_link_to_those_that_are_open(client):
    closed = make_clinic("Closed Clinic", is_listed=False, closed_on=datetime.date(2026, 3, 1))
    text = sheet(client, closed)
    assert names_on(text) == []
    assert "Closed Clinic has closed, as reported on March 1, 2026" in text
    assert closed.get_absolute_url() in text


def test_a_merged_clinic_is_shown_as_what_it_was_merged_into_once(client):
    old, new = make_clinic("Old Listing"), make_clinic("New Listing")
    old.merge_into(new)
    text = sheet(client, old, new)
    assert names_on(text) == ["New Listing"]
    assert f"Clinic number {old.pk} is the same place as New Listing" in text


def test_a_repeated_number_is_shown_once(client):
    clinic = make_clinic("Once")
    assert names_on(sheet(client, clinic, clinic, f"0{clinic.pk}")) == ["Once"]


def test_a_seventh_clinic_is_left_out_with_a_sentence(client):
    clinics = [make_clinic(f"Clinic {number}") for number in range(7)]
    text = sheet(client, *clinics)
    assert names_on(text) == [f"Clinic {number}" for number in range(6)]
    assert "A call sheet holds 6 clinics" in text
    assert "Add another clinic" not in text
    assert "A call sheet holds" not in sheet(client, *clinics[:6])


def test_a_clinic_of_any_name_cannot_break_out_of_the_page(client):
    response = client.get(URL, {"id": make_clinic('"><script>alert(1)</script>').pk})
    assert b"<script>alert" not in response.content


def test_a_sheet_needs_the_same_few_queries_however_many_clinics(client, django_assert_num_queries):
    clinics = [make_clinic(f"Clinic {number}") for number in range(6)]
    client.get("/")  # what every page asks once a minute
    for few in (clinics[:1], clinics):
        with django_assert_num_queries(3):  # the place; which were merged; the clinics
            sheet(client, *few, near="02139")


def test_an_address_with_hundreds_of_numbers_is_read_to_a_bound(client, django_assert_num_queries):
    client.get("/")
    with django_assert_num_queries(2):
        text = sheet(client, *range(90000, 90900))
    assert "90000, 90001, 90002, 90003, 90004, 90005, ... are not in our directory" in text


def test_the_results_offer_a_tick_for_each_clinic_and_remember_those_of_the_address(client):
    near, far = make_clinic("Near", at=CAMBRIDGE), make_clinic("Far", at=TOWSON)
    text = client.get("/clinics/", {"near": "02139", "radius": "5", "id": [near.pk, far.pk]}).content.decode()
    assert f'form="sheet" name="id" value="{near.pk}" checked' in text
    assert f'<input type="hidden" name="id" value="{far.pk}">' in text  # not on this page, and not lost
    assert '<input type="hidden" name="near" value="02139">' in text
    assert (
        f"{URL}?id={near.pk}&amp;near=02139" in client.get(near.get_absolute_url(), {"near": "02139"}).content.decode()
    )


def test_ticks_leave_the_search_as_it_is(client):
    clinic = make_clinic(at=CAMBRIDGE)
    plain = client.get("/clinics/", {"near": "02139", "format": "json"}).json()
    assert client.get("/clinics/", {"near": "02139", "format": "json", "id": [clinic.pk, "abc"]}).json() == plain
    page = client.get("/clinics/", {"near": "02139", "id": "abc"})
    assert page.status_code == 200
