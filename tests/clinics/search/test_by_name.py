"""`q=` finds one clinic by its name or number, however it is spelled, and so does a name in the box for a place."""

import csv
import gzip
import io
from collections import defaultdict
from pathlib import Path

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils.translation import override

from clinics.imports.names import display_name
from clinics.models import Clinic, ClinicWord, SourceRecord
from clinics.search import names
from clinics.search.by_name import NamedSearch, search_for
from clinics.search.filters import ClinicFilter
from tests.clinics.factories import make_record, make_run
from tests.factories import BOSTON, CAMBRIDGE, TOWSON, make_clinic

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[2] / "data"
TYPED, NAMES = DATA / "typo_names.csv", DATA / "names_2024.csv.gz"
SHOWN, ENOUGH = 3, 95  # of the hundred, so many find the right one among the first few


def search(query: str, page_size: int = 20) -> NamedSearch:
    found = search_for(ClinicFilter(QueryDict(query)), 1, page_size, rows_only=True)
    assert isinstance(found, NamedSearch)
    return found


def found(query: str) -> list[str]:
    return [clinic.name for clinic in search(query).results]


def get(client, query: str, language: str = "") -> str:
    response = client.get(f"{language}/clinics/?{query}")
    assert response.status_code == 200
    return response.content.decode()


def load_names() -> dict[tuple[str, str], set[str]]:
    """The names and cities of 2024 as readers see them, no more of these clinics: {(name as printed, city): names}."""
    text = gzip.decompress(NAMES.read_bytes()).decode()
    clinics, shown = [], defaultdict(set)
    for name, detail, city, state in csv.reader(io.StringIO(text)):
        clinic = Clinic(city=city, state=state)
        clinic.name, clinic.name_detail = display_name(name, detail, city)
        clinics.append(clinic)
        shown[name.casefold(), city].add(clinic.name)
    Clinic.objects.bulk_create(clinics, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clinics_clinicword, clinics_knownword")
    return shown


@pytest.mark.slow
def test_of_a_hundred_mistyped_names_the_right_clinic_is_among_the_first_three():
    shown = load_names()
    missed = []
    with TYPED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        query = QueryDict(mutable=True)
        query["q"] = row["typed"]
        first = {(clinic.name, clinic.city) for clinic in search(query.urlencode(), SHOWN).results}
        if not first & {(name, row["city"]) for name in shown[row["name"].casefold(), row["city"]]}:
            missed.append((row["kind"], row["typed"], row["name"], first))
    assert len(rows) == 100
    assert len(rows) - len(missed) >= ENOUGH, missed


@pytest.fixture
def harbor():
    return make_clinic("Harbor Recovery Center", name_detail="Women's Program", phone="410-555-0142")


@pytest.fixture
def others():
    for name in ("Recovery Center", "Hope House", "St. Mary's Health", "Acme Treatment Center"):
        make_clinic(name, phone="")


@pytest.mark.parametrize(
    "typed",
    [
        *("harbor recovery center", "HARBOR", "habor", "harbour recovry", "recovery harbor", "harbor ctr", "hárbor"),
        *(
            "har bor",
            "harbor rec",
            "womens program",
            "women’s harbor",
            "the harbor of recovery",
            "harbor baltimore",
        ),
    ],
)
def test_a_name_is_found_however_it_is_spelled(harbor, others, typed):
    assert found(f"q={typed}")[0] == harbor.name


@pytest.mark.parametrize(
    "typed",
    [
        *("410-555-0142", "(410) 555-0142", "4105550142", "1-410-555-0142", "%2B1 410 555 0142", "410.555.0142"),
        *("410-555-0142 x12", "555-0142", "5550142", "0142", "410-555", "４１０-555-0142"),
    ],
)
def test_a_number_is_found_however_it_is_written(harbor, others, typed):
    assert found(f"q={typed}") == [harbor.name]


def test_an_intake_line_and_a_number_in_letters_are_found():
    make_clinic("Acme", intake_phones=["888-304-4673"])
    assert found("q=888-304-HOPE") == found("q=8883044673") == ["Acme"]


def test_the_spelling_of_a_source_is_found_beside_the_name_that_is_shown():
    clinic = make_clinic("Gallatin County Alcohol Services")
    record = make_record(clinic, make_run(), 7, row={"name": "Alc Servs of", "name_detail": "Gallatin Cnty"})
    assert found("q=alc servs cnty") == found("q=alcohol services") == [clinic.name]
    record.row = {"name": "Bozeman Servs"}
    record.save()
    assert found("q=bozeman servs") == [clinic.name]
    other = make_clinic("Other")
    SourceRecord.objects.update(clinic=other)
    assert found("q=bozeman") == ["Other"]
    SourceRecord.objects.all().delete()
    assert found("q=bozeman") == []


def test_the_words_follow_the_clinic(harbor):
    Clinic.objects.update(name="Acme", city="Towson", phone="410-555-0199")
    assert found("q=harbor") == found("q=0142") == []
    assert found("q=acme") == found("q=towson") == found("q=0199") == ["Acme"]
    harbor.delete()
    assert not ClinicWord.objects.exists()


def test_a_name_counts_more_than_a_city():
    make_clinic("Hope House", city="Boston", state="MA")
    make_clinic("Boston Center", city="Worcester", state="MA")
    assert found("q=boston") == ["Boston Center", "Hope House"]


def test_of_equal_matches_the_nearest_comes_first():
    for name, at in (("Hope House", TOWSON), ("Hope Home", CAMBRIDGE), ("Hope House", BOSTON), ("Hope House", None)):
        make_clinic(name, at=at)
    cities = [(clinic.name, clinic.coordinates) for clinic in search("q=hope house&near=02139").results]
    assert cities[:3] == [("Hope House", BOSTON), ("Hope House", TOWSON), ("Hope House", None)]
    assert search("q=hope house&near=02139&radius=25").count == 1
    assert found("q=hope house&near=Massachusetts") == []
    assert found("q=hope&sort=name")[0] == "Hope Home"


def test_filters_and_their_counts_are_those_of_the_clinics_found(others):
    make_clinic("Harbor One", services=["methadone", "medicaid"])
    make_clinic("Harbor Two", services=["medicaid"])
    by_value = search("q=harbor").counts.by_value
    assert (by_value["payment/medicaid"], by_value["medication/methadone"]) == (2, 1)
    narrowed = search("q=harbor&medication=methadone")
    assert ([clinic.name for clinic in narrowed.results], narrowed.count) == (["Harbor One"], 1)
    assert narrowed.counts.without_group == {"medication": 2}


def test_a_name_finds_clinics_that_do_not_say_what_they_give_and_counts_those_that_deny(client):
    make_clinic("Acme Driving School", services=["does-not-treat-opioid-use-disorder"])
    assert found("q=acme") == []
    page = get(client, "q=acme")
    assert "1 more says that it does not treat opioid use" in " ".join(page.split())
    assert "We know no clinic with a name or number like that." not in page
    assert found("q=acme&treats=any") == ["Acme Driving School"]
    assert "Says it does not treat opioid use disorder" in get(client, "q=acme&treats=any")
    make_clinic("Acme Counseling", gives_medicine=False)  # says neither
    assert found("q=acme") == ["Acme Counseling"]
    assert found("q=acme&treats=medicine") == []


def test_closed_clinics_are_not_found(harbor):
    Clinic.objects.update(is_listed=False)
    assert found("q=harbor") == []


def test_more_than_can_be_counted_are_at_least_so_many(monkeypatch):
    monkeypatch.setattr(names, "MOST_MATCHES", 2)
    for n in range(3):
        make_clinic(f"Harbor {n}")
    assert search("q=harbor").count_text == "2+"


def test_all_formats_say_what_was_looked_for(client, harbor, others):
    answer = client.get("/clinics/?q=habor&format=json").json()
    assert (answer["q"], answer["near"], answer["count"], answer["results"][0]["name"]) == (
        *("habor", None, 1),
        harbor.full_name,
    )
    [feature] = client.get("/clinics/?q=habor&format=geojson").json()["features"]
    assert feature["id"] == harbor.pk
    assert harbor.full_name in client.get("/clinics/?q=habor&format=csv").content.decode()
    assert "1 clinic with a name like “habor”" in get(client, "q=habor")
    with override("es"):
        assert "1 clínica con un nombre parecido a «habor»" in get(client, "q=habor", "/es")


@pytest.mark.parametrize("query", ["q=habor", "q=habor&near=02139", "near=habor recovery", "near=zzzzqq", "q=zzzzqq"])
def test_at_most_four_queries(client, harbor, others, django_assert_max_num_queries, query):
    get(client, query)
    with django_assert_max_num_queries(4):
        get(client, query)


def test_a_name_in_the_box_for_a_place_shows_clinics_of_that_name(client, harbor):
    page = get(client, "near=harbor+recovry")
    assert "We know no place called “harbor recovry”, so these are clinics with a name like it." in page
    assert harbor.get_absolute_url() in page
    assert 'value="harbor recovry"' in page.partition('name="q"')[2][:200]  # where it belongs, to be mended
    answer = client.get("/clinics/?near=harbor+recovry&format=json").json()
    assert (answer["near"], answer["q"], answer["count"]) == (None, "harbor recovry", 1)
    assert answer["message"].startswith("We know no place called “harbor recovry”.")


def test_a_number_in_the_box_for_a_place_shows_the_clinic_that_has_it(client, harbor):
    page = get(client, "near=410-555-0142")
    assert "1 clinic with the number 410-555-0142" in page
    assert harbor.get_absolute_url() in page


def test_a_place_with_a_name_is_a_place(client):
    make_clinic("Baltimore Recovery")
    assert client.get("/clinics/?near=Baltimore, MD&format=json").json()["q"] is None


@pytest.mark.parametrize("typed", ["99999", "0213", "zzzzqq"])
def test_digits_of_a_zip_code_and_letters_of_no_name_stay_questions_about_a_place(client, harbor, typed):
    answer = client.get(f"/clinics/?near={typed}&format=json").json()
    assert (answer["q"], answer["count"]) == (None, 0)


def test_a_name_beside_an_unknown_place_is_found_anywhere(client, harbor):
    page = get(client, "q=harbor&near=zzzzqq")
    assert "We know no place called “zzzzqq”." in page
    assert harbor.get_absolute_url() in page


@pytest.mark.parametrize("query", ["q=zzzzqq", "q=zzzzqq&near=21202", "q=555-0999", "q=harbor&medication=methadone"])
def test_nothing_found_is_no_dead_end(client, harbor, query):
    page = get(client, query)
    assert harbor.get_absolute_url() not in page
    assert "1-800-662-4357" in page.partition("<main")[2]
    assert 'class="ways"' in page


@pytest.mark.parametrize(("typed", "status"), [("x", 400), ("\x00", 400), ("a" * 101, 400), ("", 200), ("%%%ab", 200)])
def test_what_cannot_be_a_name_is_said(client, harbor, typed, status):
    response = client.get("/clinics/", {"q": typed, "format": "json"})
    assert response.status_code == status
    assert (status == 200) or list(response.json()["errors"]) == ["q"]


def test_the_call_sheet_leads_back_to_it(client, harbor):
    page = get(client, "q=harbor")
    assert '<input type="hidden" name="q" value="harbor">' in page


def test_a_name_that_becomes_too_long_when_it_is_normalised_is_refused_with_a_sentence(client):
    answer = client.get("/clinics/", {"q": "ﷺ" * 100, "format": "json"})
    assert answer.status_code == 400
    assert "That is too long for a name" in answer.content.decode()
