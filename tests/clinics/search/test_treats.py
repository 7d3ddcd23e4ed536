"""What a search is about: `treats`, on the page, in the data, and in everything that links to a search."""

import re
from html import unescape

import pytest
from django.http import QueryDict

from clinics.models import Clinic
from clinics.search import facets, treats
from clinics.search.filters import ClinicFilter
from clinics.search.treats import reason_for_no_medicine
from tests.clinics.reading_rows import chip_of, row_of
from tests.factories import TOWSON, make_clinic

pytestmark = pytest.mark.django_db
SEARCH = "/clinics/"


@pytest.fixture
def directory():
    """Near Baltimore: one clinic that gives medicine, two that do not say, three that deny it; one more in Towson."""
    make_clinic("Gives", services=["buprenorphine-in-treatment"])
    make_clinic("Gives in Towson", at=TOWSON, city="Towson", services=["methadone-in-treatment"])
    make_clinic("Silent", gives_medicine=False)
    make_clinic("Brings", services=["accepts-outside-medication"], gives_medicine=False)
    for number in range(3):
        make_clinic(f"Denies {number}", services=["does-not-treat-opioid-use-disorder"])


def as_json(client, **query) -> dict:
    return client.get(SEARCH, {"near": "21202", "format": "json", **query}).json()


def page(client, path: str = SEARCH, **query) -> str:
    return " ".join(client.get(path, query).content.decode().split())


def named(answer: dict) -> set[str]:
    return {result["name"].split()[0] for result in answer["results"]}


@pytest.mark.parametrize(
    ("query", "names", "count"),
    [
        ({}, {"Gives"}, 2),
        ({"treats": ""}, {"Gives"}, 2),
        ({"treats": "medicine"}, {"Gives"}, 2),
        ({"treats": "opioids"}, {"Gives", "Silent", "Brings"}, 4),
        ({"treats": "any"}, {"Gives", "Silent", "Brings", "Denies"}, 7),
    ],
)
def test_a_search_is_about_medicine_unless_it_says_otherwise(client, directory, query, names, count):
    answer = as_json(client, **query)
    assert (named(answer), answer["count"]) == (names, count)
    assert answer["treats"] == query.get("treats") or "medicine"
    assert answer["facets"]["treats"] == {"medicine": 2, "opioids": 4, "any": 7}
    for form in ("csv", "geojson"):
        text = client.get(SEARCH, {"near": "21202", "format": form, **query}).content.decode()
        assert {name for name in ("Gives", "Silent", "Brings", "Denies") if name in text} == names
    assert all(name in page(client, near="21202", **query) for name in names)


def test_each_result_says_what_it_states(client, directory):
    stated = {result["name"].split()[0]: result["treats"] for result in as_json(client, treats="any")["results"]}
    assert stated == {"Gives": "medicine", "Silent": "not-stated", "Brings": "not-stated", "Denies": "denied"}


def test_another_value_is_malformed(client, directory):
    answer = client.get(SEARCH, {"near": "21202", "treats": "alcohol", "format": "json"})
    assert answer.status_code == 400
    assert answer.json() == {"errors": {"treats": ["Choose for treats one of medicine, opioids, any."]}}
    text = page(client, near="21202", radius="10", treats="alcohol")
    assert "Choose for treats one of medicine, opioids, any." in text
    assert "2 clinics within" in text


def chip_link(text: str) -> str:
    return chip_of(text, "Gives medicine").address


def test_the_page_tells_both_counts_and_the_link_of_its_chip_gives_the_other(client, directory):
    text = page(client, near="21202", radius="10")
    assert "2 of 4 clinics near here say they give medicine for opioids." in text
    assert chip_of(text, "Gives medicine").is_on
    off = chip_link(text)
    assert "treats=opioids" in off
    without = page(client, SEARCH + off)
    assert "4 clinics within" in without
    assert "2 of 4 clinics near here say they give medicine for opioids." in without
    assert not chip_of(without, "Gives medicine").is_on
    on = chip_link(without)
    assert "treats=medicine" in on
    assert "2 clinics within" in page(client, SEARCH + on)


def test_both_counts_are_of_one_radius_that_stays_automatic(client):
    """Nine within five miles and one farther off give medicine, and nine near ones do not say so."""
    for number in range(9):
        make_clinic(f"Near {number}")
        make_clinic(f"Silent {number}", gives_medicine=False)
    make_clinic("Far", at=TOWSON)
    text = page(client, near="21202")
    assert "10 of 19 clinics near here" in text
    assert "10 clinics within 10 miles" in text
    assert "19 clinics within 10 miles" in page(client, SEARCH + chip_link(text))
    assert "radius" not in chip_link(text)
    assert (
        client.get("/clinics/", {"near": "21202", "treats": "opioids", "format": "json"}).json()["radius_miles"] == 10
    )


def test_who_is_left_out_is_named_and_linked(client, directory):
    text = page(client, near="21202", radius="10")
    assert "2 more near here do not say that they give medicine for opioids" in text
    assert "3 more near here say that they do not treat opioid use" in text
    [everyone] = re.findall(r'href="([^"]*treats=any[^"]*)"', text)
    assert "7 clinics within" in page(client, SEARCH + unescape(everyone))
    assert "do not say that they give" not in page(client, near="21202", treats="opioids")
    assert "3 more" not in page(client, near="21202", treats="any")
    for wide in ({"near": "Maryland"}, {"near": "21202", "radius": "any"}, {}):
        assert "3 more say that they do not treat opioid use" in page(client, **wide)


def test_a_no_among_those_left_out_is_not_told_as_silence(client, directory):
    """Some of them say that they use no medicine: they do not say that they give it, and not "whether"."""
    make_clinic("Without", services=["no-medication-for-opioid-use-disorder"])
    for where in ({"near": "21202"}, {"near": "Maryland"}, {"path": "/locations/md/baltimore/"}):
        text = page(client, **where)
        assert "3 more" in text
        assert "do not say that they give medicine for opioids" in text
        assert "whether" not in " ".join(re.findall(r'<ul class="left-out">.*?</ul>', text))
    lead = (
        page(client, path="/locations/md/baltimore/", treats="opioids").split('<div class="said">')[1].split("</p>")[0]
    )
    assert "with those that do not say that they give medicine for opioid use disorder" in lead
    assert facets.NOT_STATED.label == "Does not say that it gives medicine"


def test_a_no_among_those_left_out_is_told_in_spanish_too(client, directory):
    make_clinic("Without", services=["no-medication-for-opioid-use-disorder"])
    text = page(client, path="/es/clinics/", near="21202", radius="10")
    assert "Otras 3 cerca de aquí no dicen que dan medicamentos para los opioides" in text
    assert "Otras 3 cerca de aquí dicen que no tratan el consumo de opioides" in text
    text = page(client, path="/es/clinics/", near="Maryland")
    assert "Otras 3 no dicen que dan medicamentos para los opioides" in text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"near": "Maryland"}, "2 of 4 clinics here say they give medicine for opioids."),
        ({"near": "21202", "radius": "any"}, "2 of 4 clinics say they give medicine for opioids."),
        ({}, "2 of 4 clinics say they give medicine for opioids."),
    ],
)
def test_only_what_is_near_is_called_near(client, directory, query, sentence):
    assert sentence in page(client, **query)


def test_where_all_give_medicine_no_count_says_so(client):
    make_clinic("Gives")
    assert "say they give medicine" not in page(client, near="21202")


def medication_of(text: str, name: str) -> str:
    return row_of(text, name).facts


def test_a_row_says_what_its_clinic_says_of_medicine(client, directory):
    make_clinic("Without", services=["no-medication-for-opioid-use-disorder"])
    make_clinic("Does not say which", services=["prescribes-buprenorphine-or-naltrexone"])
    text = page(client, near="21202", treats="any")
    said = {
        "Gives": "Buprenorphine (Suboxone)",
        "Silent": "Does not say whether it gives medicine for opioids",
        "Brings": "Does not say it prescribes. You may bring medicine from another doctor",
        "Without": "Says it does not use medication for opioid use disorder",
        "Does not say which": "Gives medicine for opioids. Does not say which: ask",
        "Denies 0": "Says it does not treat opioid use disorder",
    }
    assert {name: medication_of(text, name) for name in said} == said
    assert "Without" not in page(client, near="21202")
    assert "Without" in page(client, near="21202", treats="opioids")


def test_a_clinic_that_takes_in_medicine_is_not_said_to_give_it(client, directory):
    make_clinic("Both", services=["buprenorphine-in-treatment", "accepts-outside-medication"])
    assert medication_of(page(client, near="21202"), "Both") == "Buprenorphine (Suboxone)"


def test_an_old_address_that_calls_it_a_medication_is_understood_where_it_is(client, directory):
    asked = {"near": "21202", "treats": "opioids", "medication": "accepts-outside-medication"}
    response = client.get(SEARCH, asked | {"format": "json"})
    # No redirect: it would repeat where the reader is, for caches to keep.
    assert (response.status_code, response["Cache-Control"]) == (200, "private, max-age=300")
    answer = response.json()
    assert named(answer) == {"Brings"}
    services = answer["results"][0]["services"]
    assert (services["medication"], services["care"]) == ([], ["accepts-outside-medication"])
    links = re.findall(r'href="(?:/clinics/)?(\?[^"]*)"', page(client, **asked))
    assert not [link for link in links if "medication=accepts-outside-medication" in link]
    assert [link for link in links if "care=accepts-outside-medication" in link]


def test_an_old_address_beside_the_new_one_asks_once():
    both = QueryDict("medication=methadone&medication=accepts-outside-medication&care=accepts-outside-medication")
    assert ClinicFilter(both).data.urlencode() == "medication=methadone&care=accepts-outside-medication"


def test_it_travels_with_the_search(client, directory):
    for number in range(25):
        make_clinic(f"More {number}", gives_medicine=False)
    text = page(client, near="21202", treats="opioids", care="", radius="10")
    assert '<input type="hidden" name="treats" value="opioids">' in text[: text.index("</form>")]  # another ZIP code
    sheet = text[text.index('id="sheet"') :]
    assert '<input type="hidden" name="treats" value="opioids">' in sheet[: sheet.index("</form>")]
    assert re.search(r'rel="next" href="[^"]*treats=opioids', text)
    assert "treats=opioids" in as_json(client, treats="opioids")["next"]
    assert "treats=opioids" in client.get(SEARCH, {"near": "21202", "treats": "opioids"})["Link"]
    clinic = Clinic.objects.get(name="Silent")
    back = page(client, "/clinics/compare/", id=clinic.pk, near="21202", treats="opioids")
    assert re.search(r'href="/clinics/\?[^"]*treats=opioids[^"]*">Back to the search', back)
    assert 'name="treats"' not in page(client, near="21202")


def test_a_filter_that_is_taken_off_leaves_it_as_it_is(client, directory):
    text = page(client, near="21202", treats="any", medication="buprenorphine")
    without_nos = chip_of(text, "Also those that do not treat opioid use")
    assert without_nos.is_on
    assert "treats=opioids" in without_nos.address
    assert "medication=buprenorphine" in without_nos.address
    without_medicine = chip_of(text, "Buprenorphine (Suboxone)")
    assert without_medicine.is_on
    assert "treats=any" in without_medicine.address
    assert "medication" not in without_medicine.address
    assert "treats=any" in re.search(r'class="clear" href="([^"]*)"', text)[1]


def test_without_an_answer_the_way_on_is_to_ask_for_less(client):
    make_clinic("Silent", services=["detox"], gives_medicine=False)
    make_clinic("Denies", services=["does-not-treat-opioid-use-disorder"])
    text = page(client, near="21202", radius="5", care="detox")
    assert "Without the filter “Gives medicine for opioids”: 1 clinic" in text
    assert "treats=opioids" in text
    assert "1 more" not in page(client, near="21202", radius="5", care="detox", treats="opioids")


def test_one_wish_less_is_a_way_on(client):
    make_clinic("Detox", services=["detox"])
    make_clinic("Peers", services=["peer-support"])
    text = page(client, near="21202", radius="5", care=["detox", "peer-support"])
    assert "Without the filter “Detox (medical withdrawal)”: 1 clinic" in text
    assert "Without the filter “Peer support”: 1 clinic" in text
    assert "Without the filter “Care”: 2 clinics" in text


@pytest.mark.parametrize("asked", treats.BITS)
def test_it_asks_no_query_more(client, directory, asked, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        page(client, near="21202", treats=asked)


def test_its_words_never_call_another_doctors_medicine_its_own(directory):
    clinic = Clinic.objects.get(name="Brings")
    assert reason_for_no_medicine(clinic.treatment_bits, clinic.denied_bits).startswith("Does not say it prescribes")
    assert not treats.medicines_named(clinic.treatment_bits)
    assert treats.stated_by(clinic).slug == "not-stated"
