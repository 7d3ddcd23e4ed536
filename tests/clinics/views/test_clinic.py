import datetime
import html
import json
import re
import threading

import pytest
from django.db import connection
from django.test import Client

from clinics.models import Clinic, Confirmation, Correction
from clinics.typed_hours import parse_week
from core.models import RateCount
from tests.factories import BALTIMORE, PHILADELPHIA, TOWSON, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db
EVERYTHING = {
    "services": ["methadone", "medicaid", "adults"],
    "accepting_new_patients": True,
    "days_to_first_visit": 1,
    "medication_at_first_visit": True,
    "counseling_required": False,
    "telehealth_states": [],
    "first_visit_cents": 0,
    "desk_languages": ["english"],
    "open_hours": parse_week("24/7"),
    "walk_in_hours": (),
}


def page_of(client, clinic, **query) -> str:
    response = client.get(clinic.get_absolute_url(), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_of_a_clinic_holds_its_facts_and_where_they_come_from(client):
    clinic = make_clinic(
        "Towson Clinic",
        at=TOWSON,
        phone="410-555-0123 x7",
        intake_phones=["410-555-0199"],
        website="https://clinic.example/",
        services=["buprenorphine-with-naloxone", "medicaid"],
        zip_code="21204",
        is_approximate=True,
    )
    Confirmation.objects.create(clinic=clinic, fact_group="contact", source="samhsa-directory", edition="2024")
    text = page_of(client, clinic, near="21202")
    assert 'href="tel:+14105550123,7"' in text
    assert 'href="tel:+14105550199"' in text
    assert "https://clinic.example/" in text
    assert "Suboxone" in text
    assert "Name, address and phone: from SAMHSA&#x27;s 2024 directory, not confirmed since" in " ".join(text.split())
    assert "Payment: source not stated" in " ".join(text.split())
    assert "Approximate location" in text
    assert "<strong>About 7 miles</strong> from Baltimore, MD 21202" in text
    # The clinic's own number stands before everything else that is said of it.
    main = text[text.index("<main") :]
    assert main.index("</h1>") < main.index("tel:+14105550199") < main.index("Medicine for opioids?")


def test_a_distance_is_shown_only_if_one_was_measured(client):
    assert "miles</strong>" not in page_of(client, make_clinic())
    assert "miles</strong>" not in page_of(client, make_clinic(at=None), near="21202")
    assert "miles</strong>" not in page_of(client, make_clinic(), near="no such place")


def test_what_is_not_stated_is_asked_in_one_line_and_has_no_row(client):
    text = page_of(client, make_clinic(phone="", street=""))
    assert "Phone: not stated" in text
    assert "not stated - ask" not in text
    [line] = re.findall(r'<p class="ask"><strong>Ask them:</strong>(.*?)</p>', text, re.DOTALL)
    asked = [" ".join(question.split()) for question in re.findall(r"<span>(.*?)</span>", line, re.DOTALL)]
    assert asked == [
        "Which medicine for opioids do you give?",
        "Do you take new patients?",
        "When is the earliest first visit?",
        "Can I get the medicine at the first visit?",
        "What does the first visit cost with my insurance, or without any?",
        "Do I have to do counseling?",
        "When are you open?",
        "Can I come without an appointment?",
        "Can I start by phone or video?",
        "What is your address?",
    ]
    for unanswered in ("Does it take me?", "What does it cost?", "When?"):
        assert unanswered not in text
    assert "All it says it offers" not in text


def test_a_clinic_of_which_all_is_known_has_nothing_to_ask(client):
    text = page_of(client, make_clinic(**EVERYTHING))
    assert 'class="ask"' not in text
    headings = re.findall(r"<h2>(.*?)</h2>", text)
    assert headings[:5] == ["Medicine for opioids?", "Does it take me?", "What does it cost?", "When?", "Where?"]
    assert headings[-2:] == ["All it says it offers (3)", "Where these facts come from"]


@pytest.mark.parametrize(
    ("facts", "is_quiet"),
    [
        ({}, False),
        ({"accepting_new_patients": True}, False),
        ({"accepting_new_patients": False}, True),
        ({"phone_reported_on": datetime.date(2026, 5, 1)}, True),
        ({"services": ["does-not-treat-opioid-use-disorder"]}, True),
    ],
)
def test_the_button_of_a_call_that_may_be_in_vain_is_quiet(client, facts, is_quiet):
    assert ('class="clinic-call is-quiet"' in page_of(client, make_clinic(**facts))) is is_quiet


def test_a_clinic_that_a_newer_list_lacks_says_so_at_once(client):
    text = page_of(client, make_clinic(missing_from="SAMHSA directory 2025"))
    assert text.index("Not in the SAMHSA directory 2025") < text.index("Where?")


# Back to the list, which only the address of the page knows.


def way_back_of(client, clinic, **query) -> dict[str, str]:
    """{text of a link: its address}, as far as the names that are hidden in it."""
    text = page_of(client, clinic, **query)
    found = re.search(r'<nav class="way-back".*?</nav>', text, re.DOTALL)
    links = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', found[0], re.DOTALL) if found else []
    return {" ".join(re.sub("<[^>]+>", " ", words).split()): html.unescape(address) for address, words in links}


@pytest.fixture
def four_in_a_row():
    places = (BALTIMORE, TOWSON, WASHINGTON, PHILADELPHIA)
    payments = (["medicaid"], [], ["medicaid"], ["medicaid"])
    return [
        make_clinic(name, at=at, services=["methadone", *paid])
        for name, at, paid in zip(("First", "Second", "Third", "Fourth"), places, payments, strict=True)
    ]


def test_a_page_leads_back_to_the_list_and_to_its_neighbors_there(client, four_in_a_row):
    first, second, third, fourth = four_in_a_row
    assert way_back_of(client, second, near="21202") == {
        "← Results near 21202": "/clinics/?near=21202",
        "Previous First": f"{first.get_absolute_url()}?near=21202",
        "Next Third": f"{third.get_absolute_url()}?near=21202",
    }
    assert list(way_back_of(client, first, near="21202")) == ["← Results near 21202", "Next Second"]
    assert list(way_back_of(client, fourth, near="21202")) == ["← Results near 21202", "Previous Third"]


def test_the_next_one_is_within_the_distance_that_was_asked_for(client, four_in_a_row):
    first, second, *_ = four_in_a_row
    assert "Next Third" in way_back_of(client, second, near="21202", radius="50")
    assert list(way_back_of(client, second, near="21202", radius="10")) == ["← Results near 21202", "Previous First"]
    assert list(way_back_of(client, first, near="21202", radius="5")) == ["← Results near 21202"]


def test_the_neighbors_are_those_of_the_search_with_its_filters(client, four_in_a_row):
    first, _second, third, _fourth = four_in_a_row
    query = {"near": "21202", "radius": "any", "payment": "medicaid"}
    search = "near=21202&radius=any&payment=medicaid"
    assert way_back_of(client, first, **query) == {
        "← Results near 21202": f"/clinics/?{search}",
        "Next Third": f"{third.get_absolute_url()}?{search}",
    }


def test_the_rows_of_a_list_carry_its_search_to_the_page_and_nothing_more(client, four_in_a_row):
    clinic = four_in_a_row[0]
    for search in ("near=21202", "near=21202&radius=50&payment=medicaid", "near=Baltimore%2C%20MD&treats=opioids"):
        page = client.get(f"/clinics/?{search}&page=1&id={clinic.pk}").content.decode()
        assert f'href="{clinic.get_absolute_url()}?{html.escape(search)}"' in page


@pytest.mark.parametrize("query", [{}, {"near": ""}, {"near": "no such place"}, {"payment": "medicaid"}])
def test_who_comes_without_a_place_sees_the_state_and_the_city_instead(client, query):
    clinic = make_clinic()
    assert way_back_of(client, clinic, **query) == {}
    assert '<a href="/locations/md/baltimore/">Baltimore</a>' in page_of(client, clinic, **query)


def test_a_list_by_name_or_of_a_state_has_a_way_back_and_no_neighbors(client, four_in_a_row):
    second = four_in_a_row[1]
    assert list(way_back_of(client, second, near="Maryland")) == ["← Results in Maryland"]
    assert list(way_back_of(client, second, near="21202", sort="name")) == ["← Results near 21202"]


def test_nothing_else_of_an_address_is_carried_on(client, four_in_a_row):
    links = way_back_of(client, four_in_a_row[0], near="21202", tracker="x", page="2")
    assert not any("tracker" in link or "page" in link for link in links.values())


def test_search_engines_read_the_same_facts_and_cannot_be_broken_out_of(client):
    clinic = make_clinic("</script><script>alert(1)</script>", at=BALTIMORE)
    text = page_of(client, clinic)
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    facts = json.loads(data)
    assert facts["@type"] == "MedicalClinic"
    assert facts["name"] == clinic.name
    assert facts["telephone"] == "410-555-0100"
    assert facts["geo"]["latitude"] == BALTIMORE.latitude
    assert "<script>alert" not in text


def test_an_approximate_point_is_not_told_to_search_engines(client):
    assert '"geo"' not in page_of(client, make_clinic(is_approximate=True))


def test_an_old_name_in_the_address_leads_to_the_present_one(client):
    clinic = make_clinic("New Name")
    response = client.get(f"/clinics/{clinic.pk}/old-name/?near=21202")
    assert response.status_code == 301
    assert response["Location"] == f"{clinic.get_absolute_url()}?near=21202"


def test_medication_for_opioid_use_disorder_comes_before_that_for_other_conditions(client):
    clinic = make_clinic(services=["acamprosate", "buprenorphine-with-naloxone", "disulfiram"])
    page = page_of(client, clinic)
    offers = page[page.index("All it says it offers (2)") :]
    assert offers.index("Buprenorphine (Suboxone)") < offers.index("acamprosate (Campral), disulfiram (Antabuse)")


@pytest.mark.parametrize(
    "path", ["/clinics/999999/x/", "/clinics/999999/x/report/", "/clinics/99999999999999999999/x/"]
)
def test_no_such_clinic_is_a_page_with_a_way_on(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert b"1-800-662-4357" in response.content


def test_a_closed_clinic_keeps_its_address_and_shows_the_nearest_open_ones(client):
    make_clinic("Open", services=["methadone"], at=TOWSON)
    closed = make_clinic("Closed", is_listed=False, closed_on=datetime.date(2026, 3, 1))
    text = page_of(client, closed)
    assert "Closed, as reported on March 1, 2026" in text
    assert "Open" in text
    assert "tel:+14105550100" not in text.split("nearest that are open")[0].split("</header>")[1]


def test_a_withdrawn_clinic_is_not_shown(client):
    assert client.get(make_clinic(is_listed=False).get_absolute_url()).status_code == 404


def report(client, clinic, **data):
    return client.post(f"{clinic.get_absolute_url()}report/", data)


def test_a_report_is_saved_and_thanked_for(client):
    clinic = make_clinic()
    response = report(client, clinic, problem="wrong-number", note="Rings at a bakery")
    assert response.status_code == 302
    assert b"Thank you" in client.get(response["Location"]).content
    saved = Correction.objects.get()
    assert (saved.clinic, saved.problem, saved.note, saved.status) == (
        clinic,
        "wrong-number",
        "Rings at a bakery",
        "open",
    )


def test_a_report_that_cannot_be_read_keeps_what_was_written(client):
    response = report(client, make_clinic(), note="Rings at a bakery")
    text = response.content.decode()
    assert response.status_code == 422
    assert "Choose what is wrong." in text
    assert "Rings at a bakery" in text
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    "data", [{"problem": "nonsense"}, {"problem": "moved", "note": "x" * 1001}, {"problem": "\0"}]
)
def test_a_malformed_report_is_refused_with_a_sentence(client, data):
    assert report(client, make_clinic(), **data).status_code == 422
    assert not Correction.objects.exists()


def test_a_flood_of_reports_is_stopped_and_the_text_not_lost(client):
    clinic = make_clinic()
    for _ in range(5):
        assert report(client, clinic, problem="moved").status_code == 302
    response = report(client, clinic, problem="moved", note="The sixth")
    assert response.status_code == 429
    assert b"The sixth" in response.content
    assert Correction.objects.count() == 5


def test_the_sender_of_a_report_cannot_be_read_from_the_table(client):
    report(client, make_clinic(), problem="moved")
    limit = RateCount.objects.get()
    assert "127.0.0.1" not in limit.key
    assert len(limit.key) == 64


def test_yesterdays_counts_are_forgotten():
    RateCount.objects.create(key="old", day=datetime.date(2026, 1, 1), count=3)
    assert RateCount.allows("report", "sender", limit=1)
    assert not RateCount.objects.filter(key="old").exists()


def test_only_the_report_page_sets_a_cookie(client):
    clinic = make_clinic()
    assert not client.get(clinic.get_absolute_url()).cookies
    response = client.get(f"{clinic.get_absolute_url()}report/")
    assert set(response.cookies) == {"csrftoken"}
    assert response["Referrer-Policy"] == "same-origin"


def test_a_report_without_the_forms_cookie_is_refused_in_words():
    strict = Client(enforce_csrf_checks=True)
    response = report(strict, make_clinic(), problem="moved")
    assert response.status_code == 403
    assert b"reload the page" in response.content


def test_the_page_of_a_clinic_needs_few_queries(client, django_assert_max_num_queries):
    clinic = make_clinic(services=["medicaid", "spanish"])
    page_of(client, clinic)
    # Place, clinic, vouchers, services, who treats, badges, changes, neighbors, count.
    with django_assert_max_num_queries(9):
        page_of(client, clinic, near="21202")


def test_of_parallel_requests_exactly_the_limit_passes():
    """Other connections than the test's own, so nothing of it is rolled back: the rows are removed at the end."""
    passed = []

    def ask():
        passed.append(RateCount.allows("parallel", "sender", limit=5))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(30)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert passed.count(True) == 5
        assert len(passed) == 30
    finally:
        cleanup = threading.Thread(target=lambda: (RateCount.objects.all().delete(), connection.close()))
        cleanup.start()
        cleanup.join()


def test_clinic_names_make_readable_addresses():
    assert make_clinic("St. Mary's Clinic").slug == "st-marys-clinic-baltimore"
    assert Clinic(name="???", city="").slug == "clinic"
