import csv
import gzip
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinics.geo import Coordinates, miles_between
from clinics.models import City, ZipCode
from clinics.search.places import LONGEST_TEXT, AmbiguousPlace, PlaceNotFound, locate, search_name
from tests.factories import BALTIMORE, CAMBRIDGE, WASHINGTON

pytestmark = pytest.mark.django_db


def refused(text: str) -> PlaceNotFound:
    with pytest.raises(PlaceNotFound) as caught:
        locate(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "02139",
        " 02139 ",
        "02139.",
        "02139-4307",
        "02139 4307",
        "021394307",
        "2139-4307",
        "21394307",
        "０２１３９",
        "Cambridge, MA 02139",
        "1 Main St, Cambridge MA 02139-4307, USA",
    ],
)
def test_a_zip_code_is_understood_however_it_is_written(text):
    place = locate(text)
    assert (place.label, place.kind, place.state, place.note) == ("Cambridge, MA 02139", "zip", "MA", "")
    assert miles_between(place.coordinates, CAMBRIDGE) < 1


@pytest.mark.parametrize(
    ("digits", "first"),
    [("602", "Aguada, PR 00602"), ("2139", "Cambridge, MA 02139"), ("0213", "Jamaica Plain, MA 02130")],
)
def test_three_or_four_digits_ask_which_zip_code(digits, first):
    with pytest.raises(AmbiguousPlace) as caught:
        locate(digits)
    assert str(caught.value) == f"A ZIP code has five digits, and you typed {digits}. Do you mean one of these?"
    assert caught.value.choices[0] == first
    assert locate(first).label == first


def test_a_zip_code_of_po_boxes_says_what_distances_mean():
    assert locate("02238").note == "02238 serves PO boxes only; distances are measured from its post office."


def test_an_unknown_zip_code_offers_the_nearest_number_of_its_region():
    error = refused("02100")
    assert str(error) == "We know no ZIP code 02100. Check the digits, or type a city and state."
    assert error.suggestions == ["02108"]
    assert refused("00000").suggestions == []


def test_military_mail_has_no_place_on_a_map():
    assert "military mail" in str(refused("09001"))
    assert "military mail" in str(refused("96507"))  # the source has a point for it, in the Aleutians


def test_a_zip_code_without_a_point_says_so_and_every_suggestion_is_found():
    without_point = ZipCode.objects.filter(latitude=None).exclude(kind=ZipCode.Kind.MILITARY)
    assert len(without_point) == 7  # military mail under another name, and letters to Santa Claus
    for zip_code in without_point:
        error = refused(zip_code.code)
        assert "We do not know where ZIP code" in str(error)
        for suggestion in error.suggestions:
            locate(suggestion)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("96941", "Pohnpei, FM 96941"),
        ("Palikir, FM", "Palikir, FM"),
        ("96960", "Majuro, MH 96960"),
        ("96940", "Koror, PW 96940"),
    ],
)
def test_the_freely_associated_states_are_places(text, label):
    place = locate(text)
    assert place.label == label
    assert place.measured_from


def test_of_zip_codes_at_one_point_that_with_streets_is_nearest():
    """The PO boxes of Baltimore stand in its middle, with lower numbers than 21260, which has streets."""
    boxes = ZipCode.objects.get(code="21203")
    assert locate(f"{boxes.latitude}, {boxes.longitude}").nearest_zip_code == "21260"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Cambridge, MA", "Cambridge, MA"),
        ("cambridge ma", "Cambridge, MA"),
        ("  CAMBRIDGE ,  massachusetts ", "Cambridge, MA"),
        ("12345 Main St, Cambridge, MA", "Cambridge, MA"),
        ("St. Louis, MO", "Saint Louis, MO"),
        ("Saint Louis MO", "Saint Louis, MO"),
        ("ft. worth tx", "Fort Worth, TX"),
        ("coeur d'alene id", "Coeur D Alene, ID"),
        ("McLean, VA", "Mc Lean, VA"),
        ("Winston-Salem, NC", "Winston Salem, NC"),
        ("Mayagüez, PR", "Mayaguez, PR"),
        ("Washington DC", "Washington, DC"),
        ("washington, d.c.", "Washington, DC"),
        ("New York New York", "New York, NY"),
        ("Charleston West Virginia", "Charleston, WV"),
        ("portland or", "Portland, OR"),
        ("Hagatna, Guam", "Hagatna, GU"),
        ("Los Angeles", "Los Angeles, CA"),  # one state has it
    ],
)
def test_a_city_is_understood_however_it_is_written(text, label):
    place = locate(text)
    assert (place.label, place.kind) == (label, "city")
    assert place.state == label[-2:]
    assert not place.state_only


def test_a_city_lies_in_the_middle_of_its_zip_codes():
    assert miles_between(locate("Baltimore, MD").coordinates, BALTIMORE) < 3
    assert miles_between(locate("Washington, DC").coordinates, WASHINGTON) < 3


def test_a_name_in_several_states_offers_them_largest_first():
    with pytest.raises(AmbiguousPlace) as caught:
        locate("springfield")
    assert str(caught.value) == "There are several places called Springfield. Which one do you mean?"
    labels = caught.value.choices
    assert labels[:3] == ["Springfield, MO", "Springfield, MA", "Springfield, IL"]
    assert len(labels) == 12
    assert [locate(label).label for label in labels] == labels


def test_a_name_that_ends_like_a_state_is_a_city_if_that_state_has_none():
    with pytest.raises(AmbiguousPlace) as caught:
        locate("Port Washington")
    assert "Port Washington, NY" in caught.value.choices


@pytest.mark.parametrize(
    ("text", "label", "state"),
    [
        ("MD", "Maryland", "MD"),
        ("maryland", "Maryland", "MD"),
        ("North  Carolina", "North Carolina", "NC"),
        ("District of Columbia", "District of Columbia", "DC"),
        ("PR", "Puerto Rico", "PR"),
        ("guam", "Guam", "GU"),
        ("US Virgin Islands", "Virgin Islands", "VI"),
    ],
)
def test_a_state_is_searched_whole_from_its_middle(text, label, state):
    place = locate(text)
    assert (place.label, place.kind, place.state, place.state_only) == (label, "state", state, True)
    assert (place.note, place.also) == ("", [])
    assert locate(place.label) == place


def test_a_states_middle_is_inside_it():
    assert miles_between(locate("Maryland").coordinates, BALTIMORE) < 40


@pytest.mark.parametrize(
    ("text", "city", "state"),
    [
        ("New York", "New York, NY", "New York State"),
        ("washington", "Washington, DC", "Washington State"),
        ("LA", "Los Angeles, CA", "Louisiana"),
    ],
)
def test_a_state_that_is_also_a_city_asks_which(text, city, state):
    with pytest.raises(AmbiguousPlace) as caught:
        locate(text)
    assert caught.value.choices == [city, state]
    assert locate(city).kind == "city"
    assert locate(state).kind == "state"


@pytest.mark.parametrize(
    "text", ["42.37,-71.11", "42.37, -71.11", "42.37 -71.11", "+42.37;-71.11", "42.37000, -71.11000"]
)
def test_a_point_is_taken_as_it_is(text, django_assert_num_queries):
    with django_assert_num_queries(1):
        place = locate(text)
    assert (place.label, place.kind, place.state) == ("42.3700, -71.1100", "point", "MA")
    assert place.coordinates == Coordinates(42.37, -71.11)
    assert place.name == "a point near Cambridge, MA"


def test_a_point_far_out_at_sea_is_in_no_state():
    place = locate("26, -157")
    assert (place.state, place.name) == ("", place.label)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Where are you looking? Type a ZIP code, or a city and state."),
        (" \t ", "Where are you looking? Type a ZIP code, or a city and state."),
        ("021\x0039", "Some characters of that cannot be read. Type a ZIP code, or a city and state."),
        ("x" * 10_000, "That is too long for a place. Type a ZIP code, or a city and state."),
        ("ﷺ" * 100, "That is too long for a place. Type a ZIP code, or a city and state."),  # 1,800 once normalised
        ("000000", "A ZIP code has five digits, such as 02139. Check the digits, or type a city and state."),
        ("?!", "A ZIP code has five digits, such as 02139. Check the digits, or type a city and state."),
        (
            "91, 0",
            "Those numbers are no place on Earth. Type latitude and longitude in degrees, such as 42.37, -71.11.",
        ),
        ("51.5, -0.1", "That point is not in the United States. Type a ZIP code, or a city and state."),
        ("zzzzqqq", "We know no place called “zzzzqqq”. Check the spelling, or type a ZIP code."),
    ],
)
def test_what_is_no_place_gets_a_sentence_that_says_what_to_do(text, sentence):
    assert str(refused(text)) == sentence


def test_a_misspelt_city_offers_the_nearest_names_of_its_state():
    error = refused("Springfd, IL")
    assert error.suggestions[0] == "Springfield, IL"
    assert {suggestion[-2:] for suggestion in error.suggestions} == {"IL"}
    assert "The nearest names are: Springfield, IL" in str(error)


def test_a_city_in_the_wrong_state_offers_its_namesakes():
    assert refused("Boston, CA").suggestions[0] == "Boston, MA"


@pytest.mark.parametrize(
    ("text", "queries"),
    [("02139", 1), ("00000", 2), ("Cambridge, MA", 1), ("Port Washington", 1), ("Maryland", 1), ("New York", 0)],
)
def test_a_place_costs_one_query_and_a_wrong_one_a_second(text, queries, django_assert_num_queries):
    with django_assert_num_queries(queries), suppress(PlaceNotFound, AmbiguousPlace):
        locate(text)


def test_a_label_finds_its_place_again():
    for city in City.objects.order_by("slug", "state")[::400]:
        assert locate(str(city)).coordinates == (city.latitude, city.longitude)
    for code in ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, latitude__gt=0).values_list("code", flat=True)[
        ::300
    ]:
        place = locate(code)
        assert locate(place.label) == place


def test_every_zip_code_of_the_12200_facilities_is_found(shared_data):
    packed = shared_data / "samhsa" / "national_directory_2024_facilities.csv.gz"
    with gzip.open(packed, "rt", encoding="utf-8", newline="") as file:
        facilities = [row for row in csv.DictReader(file) if row["directory_type"] == "substance" and row["name1"]]
    assert len(facilities) == 12_200
    state_by_zip = {text: locate(text.zfill(5)).state for text in {row["zip"] for row in facilities}}
    elsewhere = {row["zip"] for row in facilities if state_by_zip[row["zip"]] != row["state"]}
    assert elsewhere == set()


def test_search_name_folds_what_people_write_differently():
    assert search_name("St. Mary's") == search_name("Saint Marys") == "stmarys"
    assert search_name("Mount Vernon") == search_name("MT VERNON")
    assert search_name("Cañon City") == "canoncity"


texts = st.one_of(
    st.text(max_size=LONGEST_TEXT + 5),
    st.text(alphabet="0123456789.,;+- ", max_size=20),
    st.text(alphabet="abcdNewYorkSt.,MAIL 0123456789'-", max_size=30),
    st.text(alphabet=st.characters(), max_size=10),
)


@given(text=texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_place_or_gets_a_sentence(text):
    try:
        place = locate(text)
    except (PlaceNotFound, AmbiguousPlace) as error:
        assert str(error)  # noqa: PT017 - any of both is right
    else:
        assert -90 <= place.coordinates.latitude <= 90
        assert len(place.label) <= LONGEST_TEXT


@pytest.mark.parametrize("text", ["Queens, NY", "Queens County, NY", "Orange County, CA"])
def test_a_county_is_a_place(text):
    assert locate(text).kind == "city"
