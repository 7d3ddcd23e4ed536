"""The page of a state with those who may treat its people by phone or video, and why we think so."""

import datetime

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from clinics.views import locations
from tests.factories import BALTIMORE, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db
BY_PHONE = ["telehealth", "prescribes-buprenorphine"]


def says(name: str, states: list[str], **facts):
    """A clinic that told us in which states it treats by telehealth."""
    day = timezone.localdate() - datetime.timedelta(days=3)
    facts = {"telehealth_states": states, "availability_confirmed_on": day, "services": BY_PHONE} | facts
    return make_clinic(name, **facts)


def text_of(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    assert not response.cookies
    return " ".join(strip_tags(response.content.decode().split("<main")[1].split("</main>")[0]).split())


def test_who_says_so_stands_before_who_is_only_there(client):
    says("Says Maryland", ["MD", "VA"], at=WASHINGTON)
    make_clinic("Stands in Maryland", at=BALTIMORE, services=BY_PHONE)
    says("Says Virginia alone", ["VA"], at=BALTIMORE)
    make_clinic("No telehealth", at=BALTIMORE)
    text = text_of(client, "/locations/md/telehealth/")
    assert "Telehealth in Maryland: 2" in text
    places = [
        text.index(each)
        for each in [
            "They say that they treat people in Maryland",
            "Says Maryland",
            "They are in Maryland and see people by phone or video",
            "Stands in Maryland",
        ]
    ]
    assert places == sorted(places)
    assert "Says Virginia alone" not in text
    assert "No telehealth" not in text


def test_what_was_said_long_ago_is_said_no_longer(client):
    says("Once said Maryland", ["MD"], at=BALTIMORE, availability_confirmed_on=datetime.date(2020, 1, 1))
    text = text_of(client, "/locations/md/telehealth/")
    assert "They say that they treat people in Maryland" not in text
    assert text.index("They are in Maryland") < text.index("Once said Maryland")


def test_no_clinic_is_left_out_or_told_twice_over_the_pages(client, monkeypatch):
    monkeypatch.setattr(locations, "PAGE_SIZE", 2)
    names = [f"Clinic {number}" for number in range(5)]
    for name in names:
        make_clinic(name, at=BALTIMORE, services=BY_PHONE)
    told = [text_of(client, f"/locations/md/telehealth/?page={page}") for page in (1, 2, 3)]
    assert [sum(name in text for text in told) for name in names] == [1] * 5


def test_where_nobody_is_known_the_page_leads_on(client):
    text = text_of(client, "/locations/gu/telehealth/")
    assert "No clinic in our directory says that it gives medicine for opioids by phone or video in Guam." in text
    assert "If you need help tonight" in text
    assert "Buprenorphine by phone or video for six months." in text
    assert client.get("/locations/xx/telehealth/").status_code == 404


def test_the_pages_of_a_state_and_of_tonight_lead_there(client):
    make_clinic("Here", at=BALTIMORE, services=BY_PHONE)
    assert 'href="/locations/md/telehealth/"' in client.get("/locations/md/").content.decode()
    assert 'href="/locations/md/telehealth/"' in client.get("/tonight/?near=21202").content.decode()
    assert "Telesalud en Maryland: 1" in text_of(client, "/es/locations/md/telehealth/")
