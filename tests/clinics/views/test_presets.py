"""The pages of /find/…, and the ways in of the home page that lead there."""

import datetime
import re

import pytest
import time_machine

from clinics.models import Confirmation
from clinics.presets import PAGES, WAYS
from clinics.typed_hours import parse_week
from tests.factories import BALTIMORE, TOWSON, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db
MONDAY_NOON = datetime.datetime(2026, 11, 30, 17, tzinfo=datetime.UTC)
OPEN_AND_SOON = {"open_hours": parse_week("Mon-Fri 8-17"), "days_to_first_visit": 1}


def names_of(html: str) -> list[str]:
    return re.findall(r'class="row-name">.*?<a [^>]*>(.*?)</a>', html)


def text_of(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    assert not response.cookies
    return response.content.decode()


def test_home_asks_for_one_place_first_and_then_has_four_ways_in(client):
    html = text_of(client, "/").split("<main")[1]
    assert html.count('name="near"') == 1
    ways = [f'href="/find/{way.preset.slug}/"' for way in WAYS]
    assert len(ways) == 4
    places = [html.index(each) for each in ['name="near"', *ways, "If this is an emergency"]]
    assert places == sorted(places)


@pytest.mark.parametrize("slug", PAGES)
def test_the_page_of_a_kind_shows_the_field_at_once(client, slug):
    html = text_of(client, f"/find/{slug}/").split("<main")[1]
    assert html.count('name="near"') == 1
    assert html.index("<h1>") < html.index('name="near"') < html.index("Other ways in")


def test_with_a_place_it_shows_the_rows_of_that_search_with_its_filters(client):
    make_clinic("Methadone here", at=BALTIMORE, services=["methadone-in-treatment"])
    make_clinic("Methadone near", at=TOWSON, services=["methadone-in-treatment"])
    make_clinic("Another", at=BALTIMORE)
    response = client.get("/find/methadone-clinics/?near=21202")
    html = response.content.decode()
    assert names_of(html) == ["Methadone here", "Methadone near"]
    assert names_of(html) == names_of(text_of(client, "/clinics/?near=21202&medication=methadone"))
    assert (response["X-Robots-Tag"], response["Cache-Control"]) == ("noindex", "private, max-age=300")
    assert 'value="21202"' in html


def test_the_filters_of_a_kind_can_be_taken_off(client):
    make_clinic("Methadone", services=["methadone-in-treatment"])
    make_clinic("Another")
    html = text_of(client, "/find/methadone-clinics/?near=21202")
    [without] = re.findall(
        r'<a class="on" href="([^"]*)"[^>]*><span class="visually-hidden">Remove </span>Methadone', html
    )
    assert sorted(names_of(text_of(client, without.replace("&amp;", "&")))) == ["Another", "Methadone"]
    assert 'href="?' not in html.split("<main")[1]


@pytest.mark.parametrize("near", ["Springfield", "00000", "nowhere at all"])
def test_a_place_that_is_not_known_is_asked_for_by_the_search(client, near):
    response = client.get("/find/methadone-clinics/", {"near": near})
    assert response.status_code == 302
    assert response["Location"].startswith("/clinics/?near=")
    assert "medication=methadone" in response["Location"]


def test_the_programs_of_a_search_are_not_at_the_address_of_a_page(client):
    make_clinic(services=["methadone-in-treatment"])
    assert "<html" in text_of(client, "/find/methadone-clinics/?near=21202&format=json")


def test_today_shows_who_is_open_now_and_sees_people_soon(client):
    clinic = make_clinic("Open and soon", **OPEN_AND_SOON)
    for group in ("availability", "hours"):
        Confirmation.objects.create(clinic=clinic, fact_group=group, source="called", confirmed_on=MONDAY_NOON.date())
    make_clinic("Says nothing")
    with time_machine.travel(MONDAY_NOON):
        html = text_of(client, "/find/today/?near=21202")
    assert names_of(html) == ["Open and soon"]
    assert "None here has told us" not in html


def test_today_shows_the_nearest_and_what_to_ask_where_nobody_says_so(client):
    make_clinic("Near", at=BALTIMORE)
    make_clinic("Far", at=TOWSON)
    html = text_of(client, "/find/today/?near=21202")
    assert names_of(html) == ["Near", "Far"]
    assert "None here has told us that it is open now" in html
    assert "Can somebody see me today or tomorrow?" in html


def test_today_names_who_is_open_and_soon_farther_away_after_the_nearest(client):
    for number in range(12):
        make_clinic(f"Near {number:02}", at=BALTIMORE)
    clinic = make_clinic("Open and soon", at=WASHINGTON, **OPEN_AND_SOON)
    for group in ("availability", "hours"):
        Confirmation.objects.create(clinic=clinic, fact_group=group, source="called", confirmed_on=MONDAY_NOON.date())
    with time_machine.travel(MONDAY_NOON):
        html = text_of(client, "/find/today/?near=21202")
    assert "None here has told us that it is open now" in html
    assert names_of(html) == [*(f"Near {number:02}" for number in range(12)), "Open and soon"]
    assert html.index("Near 11") < html.index("Farther away: open now") < html.rindex("Open and soon")
    assert "The emergency room of a hospital treats withdrawal" in html


def test_today_without_a_place_says_what_to_ask_and_leads_to_itself(client):
    html = text_of(client, "/find/today/")
    assert 'action="/find/today/"' in html
    assert "Can I get medicine at that visit?" in html
    assert 'name="access"' not in html


def test_the_page_for_someone_else_leads_to_every_clinic(client):
    make_clinic("Methadone", services=["methadone-in-treatment"])
    make_clinic("Another")
    assert len(names_of(text_of(client, "/find/someone-i-love/?near=21202"))) == 2
