import csv
import html
import io
import json
import re

import pytest
from django.urls import reverse

from clinics.availability import AVAILABILITY_FIELDS, HOURS_FIELDS
from clinics.hours import ALL_WEEK
from clinics.models import Clinic, Confirmation, ZipCode
from clinics.questions.registry import OWN
from clinics.search import facets
from tests.clinics.reading_rows import numbers_of, rows_of
from tests.factories import BALTIMORE, NEW_YORK, TOWSON, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db

URL = "/clinics/"
HELPLINES = ["911", "988", "1-800-662-4357"]


def as_json(client, **query) -> dict:
    response = client.get(URL, {"format": "json", **query})
    assert response.status_code == 200, response.content
    return response.json()


def test_json_of_a_search_is_the_contract(client):
    clinic = make_clinic(
        "Towson Clinic",
        at=TOWSON,
        name_detail="Annex",
        street="1 Main Street",
        street_detail="Suite 2",
        services=["methadone-in-treatment", "medicaid"],
        is_approximate=True,
    )
    Confirmation.objects.create(clinic=clinic, fact_group="contact", source="samhsa-directory", edition="2024")
    answer = as_json(client, near="21202", radius="25")
    place = ZipCode.objects.get(code="21202")
    lists = {"results", "beyond", "telehealth"}
    assert set(answer) == {"near", "q", "radius_miles", "treats", "count", "next", "nearby", "facets"} | lists
    assert answer["near"] == {
        "label": answer["near"]["label"],
        "kind": "zip",
        "latitude": place.latitude,
        "longitude": place.longitude,
    }
    assert (answer["radius_miles"], answer["count"], answer["next"], answer["beyond"]) == (25, 1, None, [])
    [result] = answer["results"]
    services = result.pop("services")
    assert set(services) == {group.slug for group in facets.GROUPS} - {"kind"}
    assert (services["medication"], services["payment"], services["language"]) == (["methadone"], ["medicaid"], [])
    access = result.pop("access")
    assert set(access) == {*AVAILABILITY_FIELDS, *OWN, *HOURS_FIELDS, "open_now", "time_zone"}
    assert set(access.values()) == {None}
    assert result == {
        "id": clinic.pk,
        "name": "Towson Clinic, Annex",
        "kind": [],
        "address": {"street": "1 Main Street, Suite 2", "city": "Baltimore", "state": "MD", "zip": "21202"},
        "phone": "410-555-0100",
        "phone_for_new_patients": "410-555-0100",
        "phone_shared_by": 1,
        "phones": {"intake": [], "hotline": [], "other": []},
        "phone_as_written": "",
        "serves": [],
        "latitude": TOWSON.latitude,
        "longitude": TOWSON.longitude,
        "approximate": True,
        "location": {"quality": "zip", "source": "ZIP code", "as_of": None},
        "distance_miles": None,  # the rest is known to its ZIP only
        "distance_text": "in your ZIP code",
        "obstacle": None,
        "minutes_by_car": None,
        "treats": "medicine",
        "denied": {},
        "closed": None,
        "notice": None,
        "confirmed_on": None,
        "source": "SAMHSA directory 2024",
        "url": f"http://testserver{clinic.get_absolute_url()}",
    }
    assert answer["facets"]["medication"]["methadone"] == 1
    assert answer["facets"]["medication"]["naltrexone"] == 0
    assert answer["treats"] == "medicine"
    assert answer["facets"]["treats"] == {"medicine": 1, "opioids": 1, "any": 1}


def test_a_state_is_shown_under_the_names_of_its_cities(client):
    for name, city in (("Z", "Albany"), ("A", "Buffalo"), ("B", "Albany")):
        make_clinic(name, city=city, state="NY")
    text = client.get("/clinics/", {"near": "New York State"}).content.decode()
    cities = re.split(r'<h2 class="city">(\w+)</h2>', text)[1:]
    listed = {city: [row.name for row in rows_of(part)] for city, part in zip(cities[::2], cities[1::2], strict=True)}
    assert listed == {"Albany": ["B", "Z"], "Buffalo": ["A"]}
    assert {row.level for row in rows_of(text)} == {3}
    assert numbers_of(text) == ["1", "2", "3"]
    assert "City, A to Z" in text
    assert "mile" not in re.sub(r"<[^>]*>", "", text[text.index('id="list"') : text.index('id="sheet"')])
    of_a_city = client.get("/clinics/", {"near": "Albany, NY"}).content.decode()
    assert 'class="city"' not in of_a_city
    assert "Nearest first" in of_a_city


def test_the_rest_of_a_long_group_of_filters_is_folded_unless_one_of_it_is_ticked(client):
    make_clinic("Serves all", services=["medicaid"])
    Clinic.objects.update(patient_bits=facets.GROUPS_BY_SLUG["program"].mask)

    def folded(**ticked) -> tuple[bool, list[str]]:
        """Whether the rest of the long group is open, and what is in it."""
        text = client.get(URL, {"near": "21202"} | ticked).content.decode()
        [(is_open, rest)] = re.findall(r'<details class="more-ticks"( open)?>(.*?)</details>', text, re.DOTALL)
        return bool(is_open), re.findall(r'name="program" value="([\w-]+)"', rest)

    is_open, rest = folded()
    assert not is_open
    assert "trauma" in rest
    assert "pregnant" not in rest
    assert folded(program="trauma") == (True, rest)
    assert folded(program="pregnant") == (False, rest)


def test_following_next_reads_every_clinic_once(client):
    wanted = {make_clinic(f"Clinic {number}").pk for number in range(45)}
    answer, read = as_json(client, near="21202"), []
    while True:
        read += [result["id"] for result in answer["results"]]
        if not answer["next"]:
            break
        answer = client.get(answer["next"]).json()
    assert len(read) == 45
    assert set(read) == wanted


def test_beyond_is_filled_only_when_nothing_was_found(client):
    make_clinic("New York", at=NEW_YORK)
    assert [r["name"] for r in as_json(client, near="21202", radius="25")["beyond"]] == ["New York"]
    assert as_json(client, near="10001", radius="25")["beyond"] == []


def test_geojson_holds_the_same_clinics_as_points(client):
    make_clinic("Towson", at=TOWSON)
    make_clinic("Nowhere", at=None)
    response = client.get(URL, {"near": "21202", "format": "geojson"})
    answer = json.loads(response.content)
    assert response["Content-Type"] == "application/geo+json"
    [feature] = answer["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [TOWSON.longitude, TOWSON.latitude]}
    assert feature["properties"]["name"] == "Towson"


def test_csv_holds_the_same_clinics_and_no_formula(client):
    make_clinic('=HYPERLINK("http://x")', street="-1 Main Street", phone="", services=["medicaid", "spanish"])
    [row] = csv.DictReader(io.StringIO(client.get(URL, {"near": "21202", "format": "csv"}).content.decode()))
    assert row["name"] == '\'=HYPERLINK("http://x")'
    assert row["street"] == "'-1 Main Street"
    assert (row["payment"], row["language"], row["state"]) == ("medicaid", "spanish", "MD")
    # A number below zero is a number, not a formula.
    assert float(row["longitude"]) == pytest.approx(BALTIMORE.longitude)


BAD_PARAMETERS = [
    ({"near": ""}, "near"),
    ({"near": "\x00"}, "near"),
    ({"near": "9" * 10_000}, "near"),
    ({"near": "21202", "radius": "-5"}, "radius"),
    ({"near": "21202", "radius": "abc"}, "radius"),
    ({"near": "21202", "radius": "\x00"}, "radius"),
    ({"near": "21202", "radius": "9" * 10_000}, "radius"),
    ({"near": "21202", "sort": "price"}, "sort"),
    ({"near": "21202", "page": "9999999"}, "page"),
    ({"near": "21202", "page": "-1"}, "page"),
    ({"near": "21202", "page": "٣"}, "page"),
    ({"near": "21202", "page": "9" * 10_000}, "page"),
    ({"near": "21202", "medication": "aspirin"}, "medication"),
    ({"near": "21202", "payment": "\x00"}, "payment"),
    ({"near": "21202", "care": "x" * 10_000}, "care"),
]


@pytest.mark.parametrize(("query", "field"), BAD_PARAMETERS)
def test_a_malformed_parameter_is_a_sentence_in_json_and_a_way_on_in_html(client, query, field):
    make_clinic()
    answer = client.get(URL, query | {"format": "json"})
    assert answer.status_code == 400
    [sentence] = answer.json()["errors"][field]
    page = client.get(URL, query)
    text = page.content.decode()
    assert page.status_code == 200
    assert all(number in text for number in HELPLINES)
    assert 'role="alert"' in text
    assert len(text) < 60_000
    assert 5 < len(sentence) < 300


def test_an_unreadable_filter_does_not_take_the_rest_with_it(client):
    make_clinic("Towson", at=TOWSON)
    text = client.get(URL, {"near": "21202", "radius": "-5", "page": "9999999", "care": "magic"}).content.decode()
    assert "Towson" in text
    assert "Choose a radius" in text
    assert "magic" in text


@pytest.mark.parametrize("near", ["00000", "99999", "Atlantis, MD", "09001", "Springfield"])
def test_a_place_we_do_not_know_is_an_answer_with_a_way_on(client, near):
    answer = as_json(client, near=near)
    assert (answer["near"], answer["count"], answer["results"]) == (None, 0, [])
    assert answer["message"]
    page = client.get(URL, {"near": near})
    text = page.content.decode()
    assert page.status_code == 200
    assert all(number in text for number in HELPLINES)
    assert reverse("clinics:state_list") in text


def test_the_chooser_of_an_ambiguous_place_leads_to_results_and_keeps_the_filters(client):
    text = client.get(URL, {"near": "Springfield", "care": "detox"}).content.decode()
    assert "?near=Springfield%2C+IL&amp;care=detox" in text
    assert as_json(client, near="Springfield, IL")["near"]["kind"] == "city"


@pytest.mark.parametrize("format_name", ["xml", "\x00", "x" * 10_000])
def test_an_unknown_format_is_refused_with_the_known_ones(client, format_name):
    response = client.get(URL, {"near": "21202", "format": format_name})
    assert response.status_code == 400
    assert "geojson" in response.json()["errors"]["format"][0]


def test_nothing_found_is_never_a_dead_end(client):
    make_clinic("Philadelphia Methadone", at=NEW_YORK, services=["methadone-in-treatment"])
    make_clinic("Baltimore", services=["medicaid"])
    text = client.get(URL, {"near": "21202", "radius": "5", "medication": "methadone"}).content.decode()
    assert "Philadelphia Methadone" in text  # beyond the radius
    assert "Without the filter “Medication”: 1 clinic" in text
    assert "Telehealth in Maryland: 0" in text
    assert "wherever they are" not in text
    assert all(number in text for number in HELPLINES)


def test_what_was_searched_for_is_not_in_the_title_and_not_for_search_engines(client):
    response = client.get(URL, {"near": "21202"})
    title = response.content.decode().split("<title>")[1].split("</title>")[0]
    assert "21202" not in title
    assert "Baltimore" not in title
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"].startswith("private")


def test_a_search_sets_no_cookie_and_forbids_other_hosts(client):
    response = client.get(URL, {"near": "21202"})
    assert not response.cookies
    assert response["Referrer-Policy"] == "no-referrer"
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_what_someone_typed_is_shown_as_text(client):
    text = client.get(URL, {"near": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>" not in text


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"near": "21202", "radius": "any"}, [", Baltimore", ", Washington, DC"]),
        ({"q": "clinic"}, ["Baltimore, MD", "Washington, DC"]),
        ({"near": "Maryland"}, ["Baltimore"]),
    ],
)
def test_a_row_names_the_state_where_it_is_not_that_of_the_place(client, query, places):
    make_clinic("Clinic A", at=BALTIMORE)
    make_clinic("Clinic B", at=WASHINGTON, city="Washington", state="DC", zip_code="20004", street="")
    page = client.get(URL, query).content.decode()
    found = [re.sub(r"^[\d.]+ miles", "", row.place) for row in rows_of(page)]
    assert found == places


def test_a_private_street_leaves_city_state_and_zip_code(client):
    make_clinic("Private", street="")
    [row] = rows_of(client.get(URL, {"near": "21202"}).content.decode())
    assert row.more.startswith("Baltimore, MD 21202")


def test_where_few_fit_within_the_distance_the_way_farther_is_one_link(client):
    for number in range(12):
        make_clinic(f"Near {number}", services=["medicaid"] if number < 3 else [])
    make_clinic("Far", at=NEW_YORK, services=["medicaid"])
    farther = "Farther away: the same search at any distance"
    assert farther not in client.get(URL, {"near": "21202"}).content.decode()
    page = client.get(URL, {"near": "21202", "payment": "medicaid"}).content.decode()
    assert len(rows_of(page)) == 3
    [query] = re.findall(rf'<a href="([^"]*)">{farther}</a>', page)
    page = client.get(f"{URL}{html.unescape(query)}").content.decode()
    assert [row.name for row in rows_of(page)][-1] == "Far"
    assert farther not in page


def test_the_telehealth_group_says_that_no_filter_applies_to_it(client):
    make_clinic(
        "By phone", at=NEW_YORK, services=["buprenorphine-in-treatment", "telehealth"], telehealth_states=["MD"]
    )
    make_clinic("Far", at=NEW_YORK, services=["methadone"])
    sentence = "Your filters are not applied here."
    assert sentence not in client.get(URL, {"near": "21202"}).content.decode()
    assert sentence in client.get(URL, {"near": "21202", "medication": "methadone"}).content.decode()


def test_pages_keep_the_query(client):
    for number in range(25):
        make_clinic(f"Clinic {number}", services=["medicaid"])
    text = client.get(URL, {"near": "21202", "radius": "any", "payment": "medicaid"}).content.decode()
    assert "?near=21202&amp;radius=any&amp;payment=medicaid&amp;page=2" in text


@pytest.mark.parametrize(
    "query",
    [
        {"near": "21202"},
        {"near": "21202", "radius": "5", "care": "detox"},
        {"near": "Baltimore, MD"},
        {},
        {"near": "21202", "access": "walk-in"},
        {"near": "21202", "access": ["open-now", "walk-in"]},
    ],
)
def test_a_results_page_needs_at_most_four_queries(client, query, django_assert_max_num_queries):
    for number in range(30):
        make_clinic(f"Clinic {number}", services=["medicaid"], open_hours=ALL_WEEK, walk_in_hours=ALL_WEEK)
    client.get(URL, query)  # whether the directory is a demo is asked once a minute
    with django_assert_max_num_queries(4):
        assert client.get(URL, query).status_code == 200


def test_a_count_beside_a_filter_is_what_the_page_then_says(client):
    make_clinic("One", services=["medicaid", "methadone-in-treatment"])
    make_clinic("Two", services=["medicaid"])
    make_clinic("Three", services=["medicare"])
    first = as_json(client, near="21202", radius="25", payment="medicaid")
    for group, values in first["facets"].items():
        for slug, count in values.items():
            query = {"near": "21202", "radius": "25", "payment": ["medicaid"]}
            query[group] = [*query.get(group, []), slug]
            assert as_json(client, **query)["count"] == count, (group, slug)


def test_a_filter_never_changes_the_radius_that_was_taken(client):
    for number in range(10):
        make_clinic(f"Near {number}", at=BALTIMORE)
    make_clinic("Far", at=TOWSON, services=["medicaid"])
    assert as_json(client, near="21202")["radius_miles"] == 5
    filtered = as_json(client, near="21202", payment="medicaid")
    assert (filtered["radius_miles"], filtered["count"]) == (5, 0)
    assert [clinic["name"] for clinic in filtered["beyond"]] == ["Far"]


def test_a_state_without_clinics_shows_the_nearest_elsewhere(client):
    make_clinic("Baltimore")
    answer = as_json(client, near="Delaware")
    assert (answer["count"], [clinic["name"] for clinic in answer["beyond"]]) == (0, ["Baltimore"])


@pytest.mark.parametrize("format_name", ["json", "geojson", "csv"])
def test_every_format_answers_an_unknown_place_and_names_the_next_page(client, format_name):
    assert client.get(URL, {"near": "00000", "format": format_name}).status_code == 200
    for number in range(21):
        make_clinic(f"Clinic {number}")
    response = client.get(URL, {"near": "21202", "format": format_name})
    assert ("page=2" in response.get("Link", "")) is (format_name == "json")
    assert client.get(URL, {"near": "21202", "format": format_name, "page": "99"}).status_code == 400


@pytest.mark.parametrize(("query", "words"), [({"near": "021\x0039"}, "cannot be read"), ({"sort": "price"}, "order")])
def test_a_sentence_says_what_to_do_and_never_shows_its_own_gaps(client, query, words):
    for response in (client.get(URL, query), client.get(URL, query | {"format": "json"})):
        assert words in response.content.decode()
        assert "%(" not in response.content.decode()


def test_an_empty_filter_is_none(client):
    make_clinic()
    assert as_json(client, near="21202", medication="")["count"] == 1


def test_the_page_does_not_promise_ten_where_the_filters_left_fewer(client):
    for number in range(10):
        make_clinic(f"Near {number}", services=["medicaid"] if number < 2 else [])
    promise = "gives you at least 10"
    assert promise in client.get(URL, {"near": "21202"}).content.decode()
    filtered = client.get(URL, {"near": "21202", "payment": "medicaid"}).content.decode()
    assert "2 clinics within" in filtered
    assert promise not in filtered
