"""The page and the JSON of a search whose text says more than a place: chips, notes, and questions to ask back."""

import re
from html import unescape

import pytest

from clinics.search.facets import VALUES
from tests.clinics.reading_rows import chips_of, rows_of
from tests.factories import BALTIMORE, make_clinic

pytestmark = pytest.mark.django_db

URL = "/clinics/"


@pytest.fixture
def clinics():
    make_clinic("Prescribes", at=BALTIMORE, services=["buprenorphine-with-naloxone"])
    make_clinic("Counsels", at=BALTIMORE, services=["methadone-in-treatment"])


def page_of(client, near: str, **others) -> str:
    return unescape(client.get(URL, {"near": near} | others).content.decode())


def as_json(client, near: str, **others) -> dict:
    return client.get(URL, {"near": near, "format": "json"} | others).json()


def names(answer: dict) -> list[str]:
    return [result["name"] for result in answer["results"]]


def test_words_are_ticked_filters_that_can_be_taken_off(client, clinics):
    page = page_of(client, "21202 suboxone")
    assert "1 clinic" in page
    assert "We read “suboxone” as a filter. You can take it off." in page
    assert re.search(r'<input[^>]*name="medication" value="buprenorphine"[^>]* checked', page)
    [chip] = [chip for chip in chips_of(page) if "Buprenorphine" in chip.text]
    assert chip.is_on
    taken_off = unescape(client.get(f"{URL}{chip.address}").content.decode())
    assert "suboxone" not in chip.address
    assert "2 clinics" in taken_off
    assert chip.text not in [chip.text for chip in chips_of(taken_off)]


def test_the_box_and_every_link_hold_the_place_alone(client, clinics):
    page = page_of(client, "2l202 suboxone")
    assert 'value="21202"' in page
    assert "We read “2l202” as 21202." in page
    assert not re.findall(r'href="[^"]*2l202[^"]*"', re.sub(r'<a[^>]*hreflang="es"[^>]*>|<link[^>]*>', "", page))


def test_json_says_what_was_understood(client, clinics):
    answer = as_json(client, "21202 suboxone")
    assert names(answer) == ["Prescribes"]
    assert answer["near"]["label"] == "Baltimore, MD 21202"
    assert answer["understood"] == {
        "near": "21202",
        "filters": {"medication": ["buprenorphine"]},
        "notes": ["We read “suboxone” as a filter. You can take it off."],
    }
    assert "understood" not in as_json(client, "21202")


def test_geojson_and_csv_are_filtered_by_the_words_too(client, clinics):
    features = client.get(URL, {"near": "21202 suboxone", "format": "geojson"}).json()["features"]
    assert [feature["properties"]["name"] for feature in features] == ["Prescribes"]
    assert "Counsels" not in client.get(URL, {"near": "21202 suboxone", "format": "csv"}).content.decode()


def test_a_word_is_added_to_what_was_ticked(client, clinics):
    assert names(as_json(client, "21202 suboxone", medication="methadone")) == ["Counsels", "Prescribes"]


@pytest.mark.parametrize(
    ("near", "question"), [("near me", "Where are you?"), ("cerca de mí", "Where are you?"), ("", "Where are you?")]
)
def test_without_a_place_the_page_asks_for_one(client, clinics, near, question):
    page = page_of(client, near)
    assert question in page
    assert "Where are you looking? Type a ZIP code, or a city and state." in page
    assert "data-locate" in page  # the button "Use my location"
    assert rows_of(page) == []


def test_the_words_stay_ticked_while_the_place_is_asked_for(client, clinics):
    page = page_of(client, "methadone clinic near me")
    assert '<input type="hidden" name="medication" value="methadone">' in page
    assert 'aria-invalid="true"' not in page
    assert VALUES["medication/methadone"].label in [chip.text for chip in chips_of(page) if chip.is_on]


def test_a_choice_keeps_the_filters_of_the_words(client, clinics):
    page = page_of(client, "suboxone LA")
    [link] = re.findall(r'<a href="(\?[^"]*)">Los Angeles, CA</a>', page)
    assert "medication=buprenorphine" in link
    assert as_json(client, "suboxone LA")["suggestions"] == ["Los Angeles, CA", "Louisiana"]


def test_namesakes_of_a_large_city_are_offered(client, clinics):
    page = page_of(client, "Boston")
    assert "There are other places called Boston:" in page
    assert re.search(r'<a href="\?near=Boston%2C\+[A-Z]{2}">Boston, [A-Z]{2}</a>', page)


def test_the_notes_are_in_spanish(client, clinics):
    page = unescape(client.get("/es/clinics/", {"near": "2l202 metadona"}).content.decode())
    assert "Leímos “2l202” como 21202." in page
    assert "Leímos “metadona” como un filtro. Puede quitarlo." in page


def test_what_was_typed_is_not_kept_by_anybody_in_between(client, clinics):
    answer = client.get(URL, {"near": "21202 suboxone"})
    assert answer["Cache-Control"] == "private, max-age=300"
    assert not answer.cookies


def test_a_page_with_words_needs_no_more_than_four_queries(client, clinics, django_assert_max_num_queries):
    client.get(URL, {"near": "21202"})
    for near in ("21202 suboxone", "Philly suboxone", "methadone clinics in Baltimore MD", "suboxone near me"):
        with django_assert_max_num_queries(4):
            client.get(URL, {"near": near})


@pytest.mark.parametrize("near", ["overdose", "my son overdosed 10001", "sobredosis"])
def test_of_an_overdose_the_page_says_first_whom_to_call(client, clinics, near):
    text = client.get("/clinics/", {"near": near}).text
    assert "If someone may be overdosing, call 911 now, and give naloxone" in text


def test_a_child_of_the_reader_may_be_of_any_age(client, clinics):
    answer = client.get("/clinics/", {"near": "treatment for my son 10001", "format": "json"}).json()
    assert answer["near"]["label"] == "New York, NY 10001"
    assert answer.get("understood", {"filters": {}})["filters"] == {}
