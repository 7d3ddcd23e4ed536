"""Programs of one organization at one address are one entry of the list."""

import random
import re

import pytest
from django.http import QueryDict

from clinics.geo import Coordinates, miles_between
from clinics.models import Clinic
from clinics.search.entries import entries_of, place_of
from clinics.search.filters import ClinicFilter
from clinics.search.results import Search
from tests.clinics.reading_rows import numbers_of, row_of, rows_of
from tests.factories import BALTIMORE, TOWSON, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db

SEARCHES = ("near=21202&radius=any", "near=21202&radius=25", "near=21202&radius=any&sort=name", "near=Maryland", "")
FILTERS = ("", "&payment=medicaid", "&treats=any&payment=medicaid", "&treats=any")


def search(query: str, page=1, **options) -> Search:
    return Search(ClinicFilter(QueryDict(query)), page, **options)


def many_places(seed: int, count=60) -> None:
    """Places with one to four programs of random services; some programs have another point than their place."""
    chance = random.Random(seed)
    for number in range(count):
        at = Coordinates(39.3 + chance.uniform(-0.4, 0.4), -76.6 + chance.uniform(-0.4, 0.4))
        city = chance.choice(["Baltimore", "Towson", "Essex"])
        for program in range(chance.choice((1, 1, 2, 4))):
            services = chance.sample(["methadone-in-treatment", "medicaid", "buprenorphine-in-treatment"], k=2)
            moved = Coordinates(at.latitude + 0.01, at.longitude) if chance.random() < 0.1 else at
            street = "" if chance.random() < 0.1 else f"{number} Elm Street"
            name, detail = f"Org {chance.randrange(9)}{number}", f"Program {program}"
            make_clinic(name[:5], name_detail=detail, city=city, at=moved, street=street, services=services)


def brute_force(query: str) -> list[list[int]]:
    """The entries that a search has to answer with, from the QuerySet in its order."""
    found = search(query)
    rows = found.filters.qs
    if found.place and not found.place.state_only and found.radius_miles is None and not found.criteria.by_name:
        rows = rows.near(found.place.coordinates)
    places: dict[int, list[int]] = {}
    for clinic in rows:
        places.setdefault(place_of(clinic), []).append(clinic.pk)
    return list(places.values())


@pytest.mark.parametrize("query", SEARCHES)
def test_pages_hold_twenty_entries_and_never_part_one(query):
    many_places(seed=1)
    for filtered in (query + wanted for wanted in FILTERS):
        expected = brute_force(filtered)
        first = search(filtered)
        assert first.counts.places == len(expected)
        assert first.count == sum(map(len, expected))
        assert first.page_count == max(1, -(-len(expected) // 20))
        found = []
        for page in range(1, first.page_count + 1):
            entries = search(filtered, page, rows_only=True).entries
            assert len(entries) == min(20, len(expected) - 20 * (page - 1))
            found += [[clinic.pk for clinic in entry.clinics] for entry in entries]
        assert found == expected


def test_an_entry_stands_where_its_nearest_program_does_and_has_only_those_that_fit():
    make_clinic("Hope", name_detail="Far door", street="1 Elm Street", at=WASHINGTON, services=["medicaid"])
    make_clinic("Hope", name_detail="Near door", street="1 Elm Street", at=BALTIMORE, services=["medicaid"])
    make_clinic("Hope", name_detail="No Medicaid", street="1 Elm Street", at=BALTIMORE)
    make_clinic("Between", street="2 Oak Street", at=TOWSON, services=["medicaid"])
    everywhere = search("near=21202&radius=any&payment=medicaid&treats=any")
    assert [[c.name_detail or c.name for c in entry.clinics] for entry in everywhere.entries] == [
        ["Near door", "Far door"],
        ["Between"],
    ]
    within = search("near=21202&radius=25&payment=medicaid&treats=any")
    assert [[c.name_detail or c.name for c in entry.clinics] for entry in within.entries] == [
        ["Near door"],
        ["Between"],
    ]
    assert (within.count, within.counts.places) == (2, 2)


def test_clinics_without_a_street_are_never_put_together():
    for _ in range(3):
        make_clinic("Shelter", street="", services=["methadone-in-treatment"])
    found = search("near=21202")
    assert (found.count, found.counts.places, len(found.entries)) == (3, 3, 3)


def test_the_page_says_an_address_once_and_names_its_programs_each_with_its_page_and_number(client):
    for number, detail in enumerate(("Detox", "Outpatient")):
        make_clinic("Hope Center", name_detail=detail, street="22 Elm Street", phone=f"410-555-010{number}")
    make_clinic("Other", street="9 Oak Street", at=TOWSON)
    text = client.get("/clinics/", {"near": "21202", "radius": "25", "treats": "any"}).content.decode()
    assert text.count("22 Elm Street") == 1
    programs = [row for row in rows_of(text) if row.level == 3]
    assert [(row.name, row.place) for row in programs] == [("Detox", ""), ("Outpatient", "")]
    assert "2 programs here" in text
    assert "3 programs at 2 places" in " ".join(text.split())
    for clinic in Clinic.objects.filter(name="Hope Center"):
        row = row_of(text, clinic.name_detail)
        assert row.address.startswith(clinic.get_absolute_url())
        assert row.phone == f"tel:+1{clinic.phone.replace('-', '')}"
    assert numbers_of(text) == ["1", "2"]
    text = client.get("/clinics/map/", {"near": "21202", "radius": "25", "treats": "any"}).content.decode()
    assert len(re.findall(r'class="pin"', text)) == 2


def test_a_city_is_paged_by_place_too(client):
    for place in range(21):
        for program in range(2):
            make_clinic(f"Org {place:02}", name_detail=f"Program {program}", street=f"{place} Elm Street")
    first = client.get("/locations/md/baltimore/").content.decode()
    assert (first.count('class="place"'), first.count("2 programs here")) == (20, 20)
    second = client.get("/locations/md/baltimore/", {"page": 2}).content.decode()
    assert second.count('class="place"') == 1
    assert "Org 20" in second


def test_data_have_a_result_for_each_program_and_the_pages_of_the_list(client):
    for place in range(21):
        for program in range(2):
            at = Coordinates(39.3 + place / 1000, -76.6)
            make_clinic("Org", name_detail=f"Program {program}", street=f"{place} Elm Street", at=at)
    first = client.get("/clinics/?near=21202&treats=any&format=json").json()
    assert (first["count"], len(first["results"])) == (42, 40)
    second = client.get(first["next"]).json()
    assert [result["address"]["street"] for result in second["results"]] == ["20 Elm Street"] * 2
    assert second["next"] is None


def test_a_place_is_told_by_neighbours_alone():
    one, other = (make_clinic("Hope", street="1 Elm Street") for _ in range(2))
    between = make_clinic("Between", street="2 Elm Street")
    assert [len(entry.clinics) for entry in entries_of([one, other, between])] == [2, 1]
    assert miles_between(BALTIMORE, one.coordinates) == 0
