"""Whom a clinic serves, where that is not everybody."""

import csv

import pytest

from clinics.audience import HELD_THERE, TEXTS, serves, serves_text
from clinics.management.commands.load_codebook import DATA
from clinics.models import Clinic
from clinics.search import facets
from tests.factories import BALTIMORE, make_clinic

# Who runs a facility, in the code books of every edition; the others serve everybody.
OPERATORS = {
    "veterans-affairs": "enrolled-veterans",
    "va-health-facility": "enrolled-veterans",
    "indian-health-service": "american-indian-alaska-native",
    "tribal-government": "american-indian-alaska-native",
    "department-of-defense": "service-members",
}


def services():
    with (DATA / "services.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_those_who_run_a_facility_for_some_say_for_whom():
    stated = {row["slug"]: row["implies"].removeprefix("serves/") for row in services() if "serves/" in row["implies"]}
    assert stated == OPERATORS


def test_every_audience_has_its_words():
    assert {value.slug for value in facets.SERVES.values} | {HELD_THERE} == set(TEXTS)


@pytest.mark.django_db
@pytest.mark.parametrize(("service", "audience"), OPERATORS.items())
def test_a_row_a_page_a_sheet_and_the_json_say_for_whom(client, service, audience):
    clinic = make_clinic("Fort Invented", at=BALTIMORE, services=[service, "methadone-in-treatment"])
    words = str(TEXTS[audience])
    for address in ("/clinics/?near=21202", clinic.get_absolute_url(), f"/clinics/compare/?id={clinic.pk}"):
        assert words in client.get(address).content.decode(), address
    [result] = client.get("/clinics/?near=21202&format=json").json()["results"]
    assert result["serves"] == [audience]
    assert f",{audience}," in client.get("/clinics/?near=21202&format=csv").content.decode()


@pytest.mark.parametrize(
    ("name", "detail", "held"),
    [
        ("Towers Jail", "", True),
        ("Correctional Health Services", "Durango Jail", True),
        ("Metropolitan Correctional Center", "BOP", True),
        ("Washoe County Detention Center", "", True),
        ("Franklin County House of Corrections", "", True),
        ("Correctional Psychology Associates", "", False),
        ("Jail Diversion Program", "", False),
        ("County Jail", "Re-Entry Services", False),
        ("County Jail Reentry Services", "", False),
        ("Alternatives to Prison", "", False),
        ("Prison Fellowship Ministries", "", False),
        ("Good News Jail Ministry", "", False),
        ("Time Out Community Counseling and", "Correctional Services LLC", False),
        ("Pilgrim Rest Therapeutic Services Inc", "4601 Sheriff Road", False),
    ],
)
def test_places_in_a_jail_or_prison_are_known_by_their_names(name, detail, held):
    clinic = Clinic(name=name, name_detail=detail)
    assert (HELD_THERE in serves(clinic)) is held
    assert bool(serves_text(clinic)) is held
