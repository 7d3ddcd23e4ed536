"""What readers see of the access facts: stated ones in words, the others as a question to ask."""

from datetime import UTC, datetime

import pytest
import time_machine

from clinics.models import Confirmation
from clinics.typed_hours import parse_week
from tests.clinics.reading_rows import rows_of
from tests.factories import BALTIMORE, make_clinic

pytestmark = pytest.mark.django_db
NOT_STATED = "not stated - ask"
MONDAY_10_IN_BALTIMORE = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
FOUR_DAYS_BEFORE = "2026-01-01"


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


@time_machine.travel(MONDAY_10_IN_BALTIMORE, tick=False)
def test_what_is_stated_is_told_with_its_source(client):
    clinic = make_clinic(
        accepting_new_patients=True,
        days_to_first_visit=1,
        medication_at_first_visit=True,
        counseling_required=False,
        telehealth_states=["MD", "VA"],
        first_visit_cents=12_050,
        desk_languages=["english", "spanish"],
        open_hours=parse_week("Mon-Fri 9-17"),
        walk_in_hours=(),
    )
    for group in ("availability", "hours"):
        Confirmation.objects.create(clinic=clinic, fact_group=group, source="called", confirmed_on=FOUR_DAYS_BEFORE)
    page = text_of(client.get(clinic.get_absolute_url()))
    for told in (
        "<b>Takes new patients.</b>",
        "First visit tomorrow.",
        "You can start it at the first visit. You need no counseling for it.",
        "You can start by phone or video if you are in MD, VA.",
        "The first visit costs $120.50 without insurance.",
        "Languages at the desk: English, Spanish.",
        "Open now</strong> until 5 p.m.",
        "9 a.m. – 5 p.m.",
        "Only with an appointment.",
        "A call to the clinic, 4 days ago",
        "New patients and first visit: confirmed by a call to the clinic 4 days ago",
        "Hours: confirmed by a call to the clinic 4 days ago",
    ):
        assert told in page
    assert NOT_STATED not in page


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, ""),
        ({"accepting_new_patients": True}, "Takes new patients"),
        ({"accepting_new_patients": False, "days_to_first_visit": 1}, "Takes no new patients now"),
        ({"days_to_first_visit": 0}, "first visit the same day"),
        ({"accepting_new_patients": True, "days_to_first_visit": 12}, "first visit in 12 days"),
    ],
)
def test_a_row_says_who_is_taken_and_how_soon(client, facts, line):
    make_clinic(services=["outpatient", "methadone", "medicaid"], **facts)
    [row] = rows_of(client.get("/clinics/", {"near": "21202"}).content.decode())
    assert line in row.facts
    assert NOT_STATED not in row.text
    takes_none = line == "Takes no new patients now"
    assert row.facts.startswith(line) is (takes_none or not line)  # what speaks against it comes first
    assert row.is_quiet is takes_none


def test_what_no_row_of_a_list_states_is_said_once_above_it(client):
    sentence = "None of these has told us whether it takes new patients."
    make_clinic("One", at=BALTIMORE)
    make_clinic("Other", at=BALTIMORE)
    page = client.get("/clinics/", {"near": "21202"}).content.decode()
    assert page.count(sentence) == 1
    assert page.index(sentence) < page.index("<article")
    make_clinic("Says so", at=BALTIMORE, days_to_first_visit=2)
    assert sentence not in client.get("/clinics/", {"near": "21202"}).content.decode()


def test_it_is_said_of_one_clinic_of_a_city_and_of_those_farther_away_too(client):
    one, all_of_them = "It has not told us whether", "None of these has told us whether"
    make_clinic("One", at=BALTIMORE)
    assert one in client.get("/clinics/", {"near": "21202"}).content.decode()
    assert one in client.get("/locations/md/baltimore/").content.decode()
    assert one in client.get("/clinics/", {"near": "10001", "radius": "5"}).content.decode()
    make_clinic("Other", at=BALTIMORE)
    for path, query in (("/locations/md/baltimore/", {}), ("/clinics/", {"near": "10001", "radius": "5"})):
        page = client.get(path, query).content.decode()
        assert page.count(all_of_them) == 1
        assert one not in page


@time_machine.travel(MONDAY_10_IN_BALTIMORE, tick=False)
def test_open_now_means_at_this_moment_where_the_clinic_is(client):
    make_clinic("Here", open_hours=parse_week("Mon 10-11"))
    make_clinic("West", zip_code="90012", state="CA", open_hours=parse_week("Mon 10-11"))
    make_clinic("Unknown")
    answer = client.get("/clinics/", {"near": "21202", "format": "json", "access": "open-now"}).json()
    assert [result["name"] for result in answer["results"]] == ["Here"]
    assert answer["results"][0]["access"]["open_now"] is True
    assert "open-now" in answer["results"][0]["services"]["access"]


def test_telehealth_in_my_state_needs_a_state_and_takes_that_of_the_place(client):
    make_clinic("For Maryland", telehealth_states=["MD"])
    make_clinic("For Virginia", telehealth_states=["VA"])

    def found(near):
        query = {"near": near, "radius": "any", "format": "json", "access": "telehealth-in-my-state"}
        return [result["name"] for result in client.get("/clinics/", query).json()["results"]]

    assert found("21202") == ["For Maryland"]
    assert found("Richmond, VA") == ["For Virginia"]
    assert found("39.29,-76.61") == ["For Maryland"]  # as the phone's own location comes
    assert found("10001") == []


@time_machine.travel(MONDAY_10_IN_BALTIMORE, tick=False)
def test_a_row_answers_what_was_asked_and_says_nothing_twice(client):
    make_clinic(
        at=BALTIMORE,
        services=["medicaid", "medicare", "buprenorphine-in-treatment"],
        accepting_new_patients=True,
        days_to_first_visit=1,
        open_hours=parse_week("Mon-Fri 9-17"),
    )
    asked = "payment=medicaid&medication=buprenorphine&access=open-now&access=within-48-hours"
    [row] = rows_of(client.get(f"/clinics/?near=21202&{asked}").content.decode())
    assert row.facts == (
        "Buprenorphine (Suboxone) · Medicaid · Takes new patients · first visit tomorrow · Open now until 5 p.m."
    )
