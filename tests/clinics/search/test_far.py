"""Where little is near, a search says how far the next clinic is, and who treats by telehealth in that state."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from clinics.models import Clinic
from clinics.search.filters import ClinicFilter
from clinics.search.results import PAGE_SIZE, Search
from tests.clinics.reading_rows import rows_of
from tests.factories import BALTIMORE, NEW_YORK, TOWSON, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db

MEDICINE = ["buprenorphine-in-treatment", "medicaid"]
BY_TELEHEALTH = [*MEDICINE, "telehealth"]


def search(query: str, page=1, **options) -> Search:
    return Search(ClinicFilter(QueryDict(query)), page, **options)


def names(clinics) -> list[str]:
    return [clinic.name for clinic in clinics]


@pytest.mark.parametrize("query", ["near=21202", "near=21202&radius=any"])
def test_how_many_are_near_and_how_far_the_next_is(client, query):
    for number in range(4):
        make_clinic(f"Near {number}", at=TOWSON, services=MEDICINE)
    make_clinic("Far", at=NEW_YORK, zip_code="10001", is_approximate=True, services=MEDICINE)
    assert search(query).gap.sentence == "4 are within 100 miles; the next is about 170 miles away."
    text = client.get(f"/clinics/?{query}").content.decode()
    assert "4 are within 100 miles; the next is about 170 miles away." in text
    assert text.index('id="telehealth"') < text.index('id="list"')
    in_spanish = client.get(f"/es/clinics/?{query}").content.decode()
    assert "Hay 4 a menos de 100 millas; la siguiente está a unas 170 millas." in in_spanish
    nearby = client.get(f"/clinics/?{query}&format=json").json()["nearby"]
    assert nearby == {
        "within_miles": 100,
        "count": 4,
        "next_distance_miles": None,
        "next_distance_text": "about 170 miles",
    }


def test_where_none_is_near_that_is_said():
    make_clinic("Far", at=NEW_YORK, services=MEDICINE)
    assert search("near=21202").gap.sentence == "None is within 100 miles: the nearest is about 170 miles away."


@pytest.mark.parametrize("query", ["near=21202", "near=21202&radius=100", "near=Maryland", "", "near=21202&sort=name"])
def test_where_enough_is_near_nothing_is_said(query):
    for number in range(12):
        make_clinic(f"Near {number}", at=TOWSON, services=MEDICINE)
    assert search(query).gap is None


def telehealth_clinics() -> None:
    make_clinic("Here, by the list", state="MD", at=TOWSON, services=BY_TELEHEALTH)
    make_clinic("Elsewhere, by the list", state="NY", at=NEW_YORK, services=BY_TELEHEALTH)
    make_clinic("Elsewhere, says Maryland", state="NY", at=NEW_YORK, services=MEDICINE, telehealth_states=["MD", "NY"])
    make_clinic("Here, says Virginia", state="MD", at=TOWSON, services=BY_TELEHEALTH, telehealth_states=["VA"])
    make_clinic("Here, says no state", state="MD", at=TOWSON, services=BY_TELEHEALTH, telehealth_states=[])
    make_clinic("Here, no medicine", state="MD", at=TOWSON, services=["telehealth"], gives_medicine=False)
    make_clinic("Here, no telehealth", state="MD", at=TOWSON, services=MEDICINE)
    make_clinic("Here, closed", state="MD", at=TOWSON, services=BY_TELEHEALTH, is_listed=False)


@pytest.mark.parametrize(
    "query",
    [
        "near=21202",
        "near=21202&radius=5&medication=methadone",
        "near=21202&radius=any&medication=methadone",
        "near=21202&payment=medicaid",
        "near=21202&sort=name",
        "near=Maryland",
    ],
)
@pytest.mark.parametrize("rows_only", [True, False])
def test_telehealth_is_of_the_own_state_unless_a_clinic_names_others(query, rows_only, django_assert_max_num_queries):
    telehealth_clinics()
    with django_assert_max_num_queries(4):
        found = search(query, rows_only=rows_only)
        assert (found.radius, found.counts, found.results, found.beyond) is not None
        group = found.telehealth
    assert (group.state, group.of_own_state, group.naming, group.count) == ("MD", 1, 1, 2)
    everyone = ["Elsewhere, says Maryland", "Here, by the list"]
    assert sorted(names(group.clinics)) == (everyone if found.telehealth_first else [])  # else they are behind links
    assert not any(clinic.by_telehealth for clinic in (*found.results, *found.beyond))


@pytest.mark.parametrize(
    "query",
    [
        "near=96799",
        "near=96799&radius=any",
        "near=96799&radius=5",
        "near=96799&payment=medicaid",
        "near=96799&medication=methadone",
    ],
)
@pytest.mark.parametrize("is_sponsored", [True, False])
def test_the_first_few_are_read_where_telehealth_comes_first(query, is_sponsored, django_assert_max_num_queries):
    for number in range(PAGE_SIZE):
        make_clinic(f"Less far {number}", state="NY", at=TOWSON, services=MEDICINE)
    make_clinic("Far", state="NY", at=NEW_YORK, services=MEDICINE)
    make_clinic("Here, by the list", state="AS", at=TOWSON, services=BY_TELEHEALTH)
    make_clinic("Elsewhere, says it", state="NY", at=NEW_YORK, services=MEDICINE, telehealth_states=["AS"])
    make_clinic("Here, says Virginia", state="AS", at=TOWSON, services=BY_TELEHEALTH, telehealth_states=["VA"])
    if is_sponsored:
        paying = ["Far", "Less far 1", "Elsewhere, says it"]  # the last two stand on the page without paying
        Clinic.objects.filter(name__in=paying).update(sponsored_until=timezone.now() + timedelta(days=1))
    has_fifth = is_sponsored and "payment" in query
    with django_assert_max_num_queries(5 if has_fifth else 4):
        found = search(query, rows_only=True)
        assert (found.radius, found.counts, found.results, found.beyond, found.sponsored) is not None
        assert found.telehealth_first
        group = found.telehealth
    assert (group.of_own_state, group.naming) == (1, 1)
    assert set(names(group.clinics)) == {"Here, by the list", "Elsewhere, says it"}
    assert all(clinic.by_telehealth for clinic in group.clinics)
    assert not any(clinic.by_telehealth for clinic in (*found.results, *found.beyond, *found.sponsored))
    assert names(found.sponsored) == (["Far"] if is_sponsored and found.count > PAGE_SIZE else [])


def test_those_that_say_they_treat_people_of_the_state_have_a_list(client):
    telehealth_clinics()
    make_clinic("Near", at=BALTIMORE, services=MEDICINE)
    text = client.get("/clinics/", {"near": "21202", "radius": "25"}).content.decode()
    address = "/clinics/?near=21202&amp;radius=any&amp;access=telehealth-in-my-state"
    assert f'<a href="{address}">All that say they treat people in Maryland</a>' in text
    assert names(search(address.partition("?")[2].replace("&amp;", "&")).results) == ["Elsewhere, says Maryland"]


@pytest.mark.parametrize(("at", "shown"), [(TOWSON, 0), (NEW_YORK, 3)])
def test_the_group_has_a_count_and_where_it_comes_first_the_nearest_few(client, at, shown):
    for number in range(5):
        make_clinic(f"By phone {number}", state="MD", at=at, services=BY_TELEHEALTH)
    text = client.get("/clinics/", {"near": "21202"}).content.decode()
    group = text[text.index('<section class="telehealth"') :].split("</section>")[0]
    assert "Telehealth in Maryland: 5" in group
    assert len(rows_of(group)) == shown
    assert "?near=Maryland&amp;setting=telehealth" in group
    assert search("near=Maryland&setting=telehealth").count == 5
    answer = client.get("/clinics/?near=21202&format=json").json()["telehealth"]
    assert (answer["state"], answer["count"], len(answer["results"])) == ("MD", 5, shown)


def test_telehealth_comes_first_only_where_nothing_is_near(client):
    make_clinic("By phone", state="MD", at=WASHINGTON, services=BY_TELEHEALTH)
    near = client.get("/clinics/", {"near": "21202", "radius": "any"}).content.decode()
    assert near.index('id="list"') < near.index('id="telehealth"')
    Clinic.objects.update(latitude=NEW_YORK.latitude, longitude=NEW_YORK.longitude)
    far = client.get("/clinics/", {"near": "21202", "radius": "any"}).content.decode()
    assert far.index('id="telehealth"') < far.index('id="list"')
    nothing = client.get("/clinics/", {"near": "21202", "radius": "5"}).content.decode()
    assert nothing.index("Telehealth in Maryland: 1") < nothing.index("farther away")
    assert "wherever they are" not in nothing


def test_a_state_without_telehealth_says_so_where_nothing_is_near(client):
    make_clinic("Far", state="NY", at=NEW_YORK, services=MEDICINE)
    text = client.get("/clinics/", {"near": "21202"}).content.decode()
    assert "Telehealth in Maryland: 0" in text
    make_clinic("Near", state="MD", at=BALTIMORE, services=MEDICINE)
    assert "Telehealth in" not in client.get("/clinics/", {"near": "21202", "radius": "25"}).content.decode()


@pytest.mark.parametrize("query", ["", "near=21202&page=2", "q=Phone&near=21202"])
def test_only_the_first_page_of_a_place_has_the_group(query):
    for number in range(25):
        make_clinic(f"By phone {number}", state="MD", services=BY_TELEHEALTH)
    assert search(query, page=2 if "page" in query else 1).telehealth is None or query.startswith("q=")
