"""`/t/02139`: the list as a text page, for phones and lines that carry no more."""

import re

import pytest
from django.core.cache import caches

from clinics.models import Confirmation
from clinics.search.plain_text import MOST_BYTES
from tests.factories import BALTIMORE, BOSTON, NEW_YORK, TOWSON, make_clinic

pytestmark = pytest.mark.django_db

LANGUAGES = pytest.mark.parametrize("prefix", ["", "/es"])
HELPLINES = ("911", "988", "1-800-662-4357")


def text_of(client, path: str, **query) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    return response.content.decode()


def items(text: str) -> list[list[str]]:
    """The lines of each clinic: the parts that end in a number."""
    parts = [part.split("\n") for part in text.split("\n\n")[1:]]
    return [part for part in parts if any(re.match(r"\d{3}-\d{3}-\d{4}", line) for line in part)]


def test_each_clinic_is_its_name_where_it_is_what_decides_and_its_number(client):
    make_clinic(
        "Towson Clinic",
        at=TOWSON,
        name_detail="Annex",
        city="Towson",
        phone="410-555-0123 x7",
        services=["methadone-in-treatment"],
    )
    make_clinic("Rough", is_approximate=True, phone="410-555-0124", services=["buprenorphine-in-treatment"])
    rough, towson = items(text_of(client, "/t/21202"))
    assert rough == ["Rough", "In your ZIP code, Baltimore", "Buprenorphine (Suboxone)", "410-555-0124"]
    assert towson[:2] == ["Towson Clinic, Annex", "7.0 miles, Towson"]
    assert towson[2:] == ["Methadone", "410-555-0123, then dial 7"]


@LANGUAGES
def test_the_helplines_come_first_whatever_is_asked(client, settings, prefix):
    settings.HELPLINES = ["Ohio CareLine: 1-800-555-0116"]
    make_clinic()
    for near in ("21202", "00000", "Springfield", "x" * 300, "Baltimore, MD", "Maryland"):
        first = text_of(client, f"{prefix}/t/{near}").split("\n\n")[0]
        assert all(number in first for number in (*HELPLINES, "1-800-555-0116")), near


def test_what_is_true_of_all_is_said_once_above_the_list(client):
    for number in range(3):
        clinic = make_clinic(f"Clinic {number}")
        Confirmation.objects.create(clinic=clinic, fact_group="contact", source="samhsa-directory", edition="2024")
    text = text_of(client, "/t/21202")
    assert text.count("from SAMHSA's 2024 directory") == 1
    assert text.count("None of these has told us whether it takes new patients. Ask that first.") == 1
    assert text.index("from SAMHSA's 2024 directory") < text.index("Clinic 0")
    Confirmation.objects.filter(clinic=clinic).update(edition="2023")
    text = text_of(client, "/t/21202")
    assert text.count("from SAMHSA's 2024 directory") == 2
    assert text.count("from SAMHSA's 2023 directory") == 1


def test_a_number_in_doubt_and_a_clinic_that_takes_nobody_say_so(client):
    make_clinic("Full", accepting_new_patients=False)
    make_clinic("Dead", phone="410-555-0199", phone_reported_on="2026-01-02", phone_reported="410-555-0199")
    by_name = {part[0]: " ".join(part) for part in items(text_of(client, "/t/21202"))}
    assert "Readers say that this number does not work." in by_name["Dead"]
    assert "Takes no new patients now" in by_name["Full"]
    assert "Readers say" not in by_name["Full"]


@LANGUAGES
def test_the_longest_names_stay_under_6_kb_and_the_rest_is_behind_an_address(client, settings, prefix):
    settings.HELPLINES = ["Línea de ayuda de un condado con un nombre muy largo: 1-800-555-0116"]
    for number in range(30):
        make_clinic(
            f"{number:02} " + "Ñandú " * 32,
            name_detail="Metropolitan Outpatient Treatment and Recovery Services " * 3,
            city="Rancho Santa Margarita de los Ángeles",
            phone="410-555-0100 x1234567890",
            services=["buprenorphine-in-treatment", "methadone-in-treatment", "naltrexone-in-treatment"],
        )
    text = text_of(client, f"{prefix}/t/21202", radius="abc")
    assert 0 < len(items(text)) < 20
    assert 4000 < len(text.encode()) <= MOST_BYTES < 6 * 1024
    assert f"http://testserver{prefix}/clinics/?radius=abc&near=21202" in text.split("\n\n")[-2]


def test_how_many_are_shown_of_how_many_is_said(client):
    for number in range(23):
        make_clinic(f"Clinic {number:02}")
    text = text_of(client, "/t/21202")
    assert "23 clinics within 5 miles of Baltimore, MD 21202" in text
    assert len(items(text)) == 20
    assert "20 of 23 are shown here." in text
    assert "are shown here" not in text_of(client, "/t/21202", payment="medicaid")


@LANGUAGES
@pytest.mark.parametrize("near", ["00000", "99999", "nowhere at all", "0", "%00%0a02139%ff", "x" * 300, "Springfield"])
def test_a_place_we_do_not_know_is_a_sentence_and_a_way_on(client, prefix, near):
    text = text_of(client, f"{prefix}/t/{near}")
    assert len(text.split("\n\n")[1]) > 20  # a sentence
    assert f"http://testserver{prefix}/clinics/\n" in text
    assert f"http://testserver{prefix}/locations/\n" in text
    assert items(text) == []


def test_what_may_have_been_meant_has_its_own_text_page(client):
    [line] = [line for line in text_of(client, "/t/Springfield").split("\n") if line.startswith("Springfield, MA: ")]
    address = line.partition(": ")[2]
    make_clinic("Near Springfield", at=BOSTON)
    assert "Near Springfield" in text_of(client, address.removeprefix("http://testserver"))


def test_it_takes_the_filters_of_the_search_and_names_them(client):
    make_clinic("Takes it", services=["medicaid"])
    make_clinic("Silent")
    text = text_of(client, "/t/21202", payment="medicaid", radius="5")
    assert [part[0] for part in items(text)] == ["Takes it"]
    assert "Filters: Medicaid" in text
    assert "/clinics/?payment=medicaid&radius=5&near=21202" in text
    make_clinic("Far", at=NEW_YORK, services=["methadone-in-treatment"])
    text = text_of(client, "/t/21202", medication="methadone", radius="5")
    assert "The nearest that fit, farther away" in text
    assert [part[0] for part in items(text)] == ["Far"]


@pytest.mark.parametrize(
    ("near", "address"),
    [
        ("21202", "/t/21202"),
        ("Baltimore, MD", "/t/Baltimore,%20MD"),
        ("39.2908,-76.6108", "/t/39.2908,%20-76.6108"),
        ("Maryland", "/t/Maryland"),
    ],
)
def test_the_page_of_results_leads_to_it_with_its_filters(client, near, address):
    make_clinic("Takes it", services=["medicaid"])
    page = client.get("/clinics/", {"near": near, "payment": "medicaid", "page": "1"}).content.decode()
    [link] = re.findall(r'<a href="([^"]*)" rel="nofollow">This list as plain text</a>', page)
    assert link == f"{address}?payment=medicaid"
    assert [part[0] for part in items(text_of(client, link))] == ["Takes it"]


def test_it_lists_the_clinics_of_the_search_in_its_order(client):
    for number in range(12):
        make_clinic(f"Clinic {number:02}", at=(BALTIMORE.latitude + number / 100, BALTIMORE.longitude))
    make_clinic("Denies", services=["does-not-treat-opioid-use-disorder"])
    page = client.get("/clinics/?near=21202&format=json").json()
    assert [part[0] for part in items(text_of(client, "/t/21202"))] == [each["name"] for each in page["results"]]


def test_where_little_is_near_those_who_treat_by_telehealth_come_first_and_once(client):
    make_clinic("By phone", at=NEW_YORK, services=["buprenorphine-in-treatment", "telehealth"])
    make_clinic("Far", at=BOSTON, services=["buprenorphine-in-treatment"])
    text = text_of(client, "/t/21202")
    assert "Telehealth in Maryland: 1\n" in text
    assert [part[0] for part in items(text)] == ["By phone", "Far"]
    assert "are shown here" not in text


def test_those_by_telehealth_are_not_counted_among_those_of_the_list(client):
    for number in range(3):
        make_clinic(f"By phone {number}", at=NEW_YORK, services=["buprenorphine-in-treatment", "telehealth"])
    for number in range(24):
        make_clinic(f"Far {number:02}", at=BOSTON, services=["buprenorphine-in-treatment"])
    text = text_of(client, "/t/21202", radius="any")
    names = [part[0] for part in items(text)]
    listed = sum(name.startswith("Far") for name in names) + sum(name.startswith("By") for name in names[3:])
    assert f"{listed + 3} of 27 are shown here." in text or f"{listed} of 27 are shown here." in text


def test_it_asks_the_database_no_more_than_the_page(client, django_assert_max_num_queries):
    for number in range(12):
        make_clinic(f"Clinic {number}")
    client.get("/t/21202")  # whether the directory is a demo is asked once a minute
    with django_assert_max_num_queries(4):
        client.get("/t/21202")


@LANGUAGES
def test_it_is_kept_by_no_cache_between_and_found_by_no_search_engine(client, prefix):
    make_clinic()
    page, text = client.get(f"{prefix}/clinics/?near=21202"), client.get(f"{prefix}/t/21202")
    for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy"):
        assert text[name] == page[name], name
    assert text["Content-Language"] == (prefix.strip("/") or "en")
    assert not text.cookies
    assert f"Disallow: {prefix}/t/" in client.get("/robots.txt").content.decode()
    assert "/t/" not in client.get("/sitemap-pages.xml").content.decode()


def test_it_is_only_read(client):
    assert client.post("/t/21202").status_code == 405
    assert client.head("/t/21202").status_code == 200


def test_in_spanish_all_but_names_is_spanish(client):
    for number in range(21):
        clinic = make_clinic(f"Clinic {number}", phone="", services=["methadone-in-treatment"])
        Confirmation.objects.create(clinic=clinic, fact_group="contact", source="samhsa-directory", edition="2024")
    text = text_of(client, "/es/t/21202")
    assert "21 clínicas a menos de 5 millas de Baltimore, MD 21202" in text
    assert "Metadona" in text
    english = re.compile(r"\b(the|with|Call|Helpline|clinics|shown|list|None|They|number)\b")
    assert [line for line in text.split("\n") if english.search(line) and "://" not in line] == []


def test_an_invented_directory_says_so_at_once(client):
    make_clinic(is_demo=True)
    caches["process"].clear()
    try:
        assert "DEMO" in text_of(client, "/t/21202").partition("Sample Clinic")[0]
    finally:
        caches["process"].clear()
