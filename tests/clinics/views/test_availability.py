"""What readers see of the access facts: stated ones in words, the others as a question to ask."""

from datetime import UTC, datetime

import pytest
import time_machine

from clinics.hours import parse_week
from clinics.models import Confirmation
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
NOT_STATED = "not stated - ask"
MONDAY_10_IN_BALTIMORE = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
FOUR_DAYS_BEFORE = "2026-01-01"


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_what_is_not_known_is_a_question_on_the_clinics_page(client):
    page = text_of(client.get(make_clinic().get_absolute_url()))
    for label in ("New patients", "Medication at the first visit", "Counseling required", "Start by phone or video"):
        assert f'<dt>{label}</dt><dd> <span class="muted">{NOT_STATED}</span>' in page.replace("<dd><", "<dd> <")
    assert "Hours: not stated - ask" in page
    assert "Walk-in hours: not stated - ask" in page


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
        "<strong>Takes new patients</strong> · first visit tomorrow",
        "yes, if you are in MD, VA",
        "$120.50",
        "English, Spanish",
        "Open now</strong> until 5 p.m.",
        "9 a.m. – 5 p.m.",
        "it has no walk-in hours",
        "New patients and first visit: confirmed by a call to the clinic 4 days ago",
        "Hours: confirmed by a call to the clinic 4 days ago",
    ):
        assert told in page
    assert page.count(NOT_STATED) == 1  # its services


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, NOT_STATED),
        ({"accepting_new_patients": True}, "Takes new patients"),
        ({"accepting_new_patients": False, "days_to_first_visit": 1}, "Takes no new patients now"),
        ({"days_to_first_visit": 0}, "first visit the same day"),
        ({"accepting_new_patients": True, "days_to_first_visit": 12}, "first visit in 12 days"),
    ],
)
def test_a_card_says_who_is_taken_and_how_soon(client, facts, line):
    make_clinic(services=["outpatient", "methadone", "medicaid"], **facts)
    page = text_of(client.get("/clinics/", {"near": "21202"}))
    [card] = page.split("<article")[1:]
    assert line in card
    assert (NOT_STATED in card.split("<dt>Medication")[0]) is (line == NOT_STATED)


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
