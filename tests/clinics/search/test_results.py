import itertools
import random

import pytest
from django.db import connection
from django.http import QueryDict

from clinics.geo import Coordinates, miles_between
from clinics.models import Clinic
from clinics.search import counts, facets, statements, treats
from clinics.search.counts import count_facets
from clinics.search.filters import ClinicFilter
from clinics.search.results import Search
from clinics.typed_hours import parse_week
from tests.factories import BALTIMORE, NEW_YORK, PHILADELPHIA, TOWSON, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db


def search(query: str, page=1, **options) -> Search:
    return Search(ClinicFilter(QueryDict(query)), page, **options)


def names(clinics) -> list[str]:
    return [clinic.name for clinic in clinics]


def test_near_keeps_only_clinics_inside_the_radius_nearest_first():
    make_clinic("Washington", at=WASHINGTON)
    make_clinic("Towson", at=TOWSON)
    make_clinic("Baltimore", at=BALTIMORE)
    assert names(Clinic.objects.near(BALTIMORE, radius_miles=10)) == ["Baltimore", "Towson"]


def test_a_radius_is_measured_over_the_ground_to_the_foot():
    make_clinic("Towson", at=TOWSON)
    miles = miles_between(BALTIMORE, TOWSON)
    assert not Clinic.objects.near(BALTIMORE, radius_miles=miles - 0.0005).exists()
    assert Clinic.objects.near(BALTIMORE, radius_miles=miles + 0.0005).exists()


def test_a_clinic_without_coordinates_is_left_out_of_a_search_by_place_but_not_of_the_list():
    make_clinic("Nowhere", at=None)
    assert not Clinic.objects.near(BALTIMORE).exists()
    assert names(search("").results) == ["Nowhere"]


def test_what_is_not_listed_is_found_nowhere():
    make_clinic("Withdrawn", is_listed=False)
    assert search("near=21202&radius=any").count == 0
    assert search("").count == 0


def test_alternatives_of_one_question_widen_and_groups_narrow():
    make_clinic("Both", services=["methadone-in-treatment", "medicaid"])
    make_clinic("Methadone", services=["methadone-in-treatment"])
    make_clinic("Buprenorphine", services=["buprenorphine-in-treatment", "medicaid"])
    either = "near=21202&radius=5&medication=methadone&medication=buprenorphine"
    assert search(either).count == 3
    assert sorted(names(search(f"{either}&payment=medicaid").results)) == ["Both", "Buprenorphine"]


def test_wishes_of_their_own_narrow():
    make_clinic("Open and soon", open_hours=parse_week("24/7"), days_to_first_visit=1)
    make_clinic("Open", open_hours=parse_week("24/7"))
    make_clinic("Closed, but soon", open_hours=(), days_to_first_visit=1)
    found = search("near=21202&radius=5&access=open-now&access=within-48-hours")
    assert names(found.results) == ["Open and soon"]
    assert search("access=open-now").counts.by_value["access/within-48-hours"] == found.count == 1


def test_which_groups_are_alternatives_and_which_are_wishes():
    combines = {group.slug: str(group.combines) for group in facets.GROUPS}
    assert combines == dict.fromkeys(("medication", "payment", "setting", "language", "kind", "age"), "or") | (
        dict.fromkeys(("access", "visit", "program", "care", "assistance"), "and")
    )


def test_an_unknown_value_is_left_out_and_the_known_one_beside_it_still_filters():
    make_clinic("Methadone", services=["methadone-in-treatment"])
    make_clinic("Other")
    found = search("medication=methadone&medication=aspirin")
    assert names(found.results) == ["Methadone"]
    assert "aspirin" in str(found.filters.form.errors["medication"])


def random_clinics(count: int, seed: int) -> None:
    """Clinics around Baltimore with random facets, written as the import writes them: by their masks."""
    chance = random.Random(seed)
    keys = [key for key, _label in facets.facet_choices() if key != "kind/office-based"]
    hours = (None, (), parse_week("24/7"))
    clinics = [
        Clinic(
            name=f"Clinic {number}",
            city="Baltimore",
            state="MD",
            latitude=BALTIMORE.latitude + chance.uniform(-0.5, 0.5),
            longitude=BALTIMORE.longitude + chance.uniform(-0.5, 0.5),
            accepting_new_patients=chance.choice((None, True, False)),
            days_to_first_visit=chance.choice((None, 1, 9)),
            counseling_required=chance.choice((None, True, False)),
            telehealth_states=chance.choice((None, [], ["MD"], ["VA"])),
            open_hours=chance.choice(hours),
            walk_in_hours=chance.choice(hours),
            time_zone="America/New_York",
            **statements.masks({key for key in keys if chance.random() < 0.15}),
        )
        for number in range(count)
    ]
    for clinic in clinics:
        about = chance.choices(facets.TREATS.values, weights=(6, 3, 1))[0]
        clinic.treatment_bits = clinic.treatment_bits & ~facets.TREATS.mask | about.mask
        clinic.index_availability()
    Clinic.objects.bulk_create(clinics)


def test_a_count_is_what_the_search_gives_once_the_value_is_ticked():
    random_clinics(120, seed=1)
    chance = random.Random(2)
    in_radius = Clinic.objects.listed().with_availability(state="MD").near(BALTIMORE, 25)
    for _ in range(12):
        chosen = chance.sample(list(facets.VALUES.values()), chance.randint(0, 4))
        selection = {group.slug: [v for v in chosen if v.group == group.slug] for group in facets.GROUPS}
        selection = {group: values for group, values in selection.items() if values}
        asked = chance.choice(list(treats.BITS))
        counts = count_facets(in_radius, selection, asked)
        for each, count in counts.by_treats.items():
            assert count == in_radius.treating(each).with_facets(selection).count()
        shown = in_radius.treating(asked)
        assert counts.total == counts.by_treats[asked]
        for value in chance.sample(list(facets.VALUES.values()), 8):
            ticked = selection | {value.group: [*selection.get(value.group, []), value]}
            assert counts.by_value[value.key] == shown.with_facets(ticked).count(), (selection, value)
        for group in selection:
            others = {other: values for other, values in selection.items() if other != group}
            assert counts.without_group[group] == shown.with_facets(others).count()


def test_the_counts_are_read_from_the_index_alone(django_assert_num_queries):
    random_clinics(50, seed=3)
    with django_assert_num_queries(1):
        count_facets(Clinic.objects.listed().with_availability().near(BALTIMORE, 25), {})


def test_pages_together_hold_every_clinic_once_in_order_of_distance():
    random_clinics(130, seed=4)
    # Several at one address: their distance is equal, their order must still be the same on every page.
    for number in range(30):
        make_clinic(f"Shared {number}", at=TOWSON)
    pages = [search("near=21202&radius=any&treats=any", page).results for page in range(1, 9)]
    found = [clinic for page in pages for clinic in page]
    assert [len(page) for page in pages] == [20] * 8
    assert len({clinic.pk for clinic in found}) == 160
    miles = [clinic.distance_miles for clinic in found]
    assert all(first <= second + 1e-4 for first, second in itertools.pairwise(miles))


@pytest.mark.parametrize(
    ("near_by", "far_off", "radius"), [(10, 0, 5), (9, 1, 10), (9, 0, "any"), (0, 10, 10), (3, 7, 10)]
)
def test_without_a_radius_the_smallest_that_holds_ten_is_taken(near_by, far_off, radius):
    for number in range(near_by):
        make_clinic(f"Near {number}", at=BALTIMORE)
    for number in range(far_off):
        make_clinic(f"Far {number}", at=TOWSON)
    found = search("near=39.2908,-76.6108&treats=opioids")
    assert found.radius == radius
    assert found.count == len(found.results) == near_by + far_off
    assert found.radius_was_chosen


def test_the_radius_taken_is_the_same_on_every_page_and_in_every_order():
    random_clinics(150, seed=5)
    for query in ("near=21202", "near=21202&sort=name"):
        radii = {search(query, page).radius for page in (1, 2, 3)}
        assert len(radii) == 1
    miles = search("near=21202").radius
    assert search("near=21202").count == search(f"near=21202&radius={miles}").count
    assert [c.pk for c in search("near=21202").results] == [c.pk for c in search(f"near=21202&radius={miles}").results]


def test_nothing_within_the_radius_shows_the_nearest_beyond_it():
    make_clinic("New York", at=NEW_YORK, services=["medicaid"])
    make_clinic("Philadelphia", at=PHILADELPHIA, services=["medicaid"])
    make_clinic("Towson, no Medicaid", at=TOWSON)
    found = search("near=21202&radius=25&payment=medicaid")
    assert found.count == 0
    assert found.results == []
    assert names(found.beyond) == ["Philadelphia", "New York"]
    assert found.without_one() == [("payment", "", "Payment", 1)]


def test_beyond_is_empty_when_something_was_found():
    make_clinic("Baltimore", at=BALTIMORE)
    make_clinic("New York", at=NEW_YORK)
    assert search("near=21202&radius=25").beyond == []


def test_a_state_is_listed_by_city_and_then_by_name():
    """Not by miles from its middle, which say nothing about the reader."""
    for name, city, at in (("Z", "Albany", BALTIMORE), ("A", "Buffalo", TOWSON), ("B", "Albany", None)):
        make_clinic(name, city=city, state="NY", at=at)
    make_clinic("C", city="Saint Albans", state="NY")
    found = search("near=New+York+State&sort=distance")
    assert [(clinic.city, clinic.name, clinic.distance) for clinic in found.results] == [
        ("Albany", "B", None),
        ("Albany", "Z", None),
        ("Buffalo", "A", None),
        ("Saint Albans", "C", None),
    ]
    assert names(search("near=New+York+State&sort=name").results) == ["A", "B", "C", "Z"]
    assert names(found.filters.qs) == names(found.results)


def test_a_state_is_searched_whole_and_alone():
    make_clinic("Baltimore", at=BALTIMORE, state="MD")
    make_clinic("Washington", at=WASHINGTON, state="DC")
    found = search("near=Maryland&radius=5")
    assert (found.radius, names(found.results)) == ("any", ["Baltimore"])


@pytest.mark.parametrize(
    ("query", "most"),
    [("near=21202", 3), ("near=21202&radius=25", 3), ("near=21202&radius=5&care=detox", 4), ("", 2)],
)
def test_a_search_needs_at_most_four_queries(query, most, django_assert_max_num_queries):
    random_clinics(60, seed=6)
    with django_assert_max_num_queries(most):
        found = search(query)
        assert (found.radius, found.count, found.results, found.beyond, found.counts) is not None


def test_clinics_at_one_point_come_by_what_is_known_of_them_then_by_name(client):
    """The same on the page, in the data, in SQL of our own and through the ORM."""
    for name, services in (("B", []), ("A", []), ("D", ["methadone-in-treatment"]), ("C", ["medicaid"])):
        make_clinic(name, at=Coordinates(39.3, -76.6), services=services, gives_medicine=False)
    twin = make_clinic("B", at=Coordinates(39.3, -76.6), gives_medicine=False)
    make_clinic("Nearer", at=BALTIMORE)
    expected = ["Nearer", "D", "A", "B", "B", "C"]
    assert names(Clinic.objects.near(BALTIMORE)) == expected
    assert names(Clinic.objects.nearest(BALTIMORE, 6)) == expected
    assert names(search("near=39.2908,-76.6108&treats=opioids").results) == expected
    assert search("near=39.2908,-76.6108&treats=opioids").results[4].pk == twin.pk
    for form in ("json", "csv", "geojson"):
        text = client.get(f"/clinics/?near=39.2908,-76.6108&treats=opioids&format={form}").content.decode()
        assert text.index("Nearer") < text.index(f"/{Clinic.objects.get(name='D').pk}/") < text.index(f"/{twin.pk}/")


def test_the_nearest_are_the_same_as_those_of_the_whole_list_in_order():
    random_clinics(90, seed=7)
    for number in range(30):  # at one address: their order is that of their keys, wherever a page ends
        make_clinic(f"Shared {number}", at=TOWSON)
    whole = list(Clinic.objects.listed().near(BALTIMORE))
    for start, end in ((0, 20), (0, 5), (15, 33), (30, 50), (100, 120), (110, 200)):
        assert list(Clinic.objects.listed().nearest(BALTIMORE, end, start)) == whole[start:end]


def test_the_nearest_are_found_by_a_walk_along_the_index():
    """PostgreSQL before 17 walks it only where nothing but the distance orders the rows."""
    random_clinics(60, seed=8)
    rows, parameters = Clinic.objects.listed().nearest(BALTIMORE, 20).values_list("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )  # a tiny table
        cursor.execute(f"EXPLAIN {rows}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    walk = plan[plan.index("InitPlan") : plan.index("Index Cond")]
    assert "using clinic_by_nearness" in walk
    assert "Sort" not in walk
    assert "Order By" in plan


@pytest.fixture
def count_at_most(monkeypatch):
    """count_at_most(number)"""
    return lambda number: monkeypatch.setattr(counts, "MOST_COUNTED", number)


def test_where_there_are_too_many_the_counts_say_at_least(client, count_at_most):
    random_clinics(60, seed=9)
    exact = search("near=21202&radius=any&treats=any")
    assert (exact.count, exact.count_text, exact.counts.is_capped) == (60, "60", False)
    count_at_most(25)
    capped = search("near=21202&radius=any&treats=any")
    assert (capped.count, capped.count_text, len(capped.results)) == (25, "25+", 20)
    miles = [clinic.distance_miles for clinic in capped.results]
    assert miles == sorted(miles) == [clinic.distance_miles for clinic in exact.results]
    page = client.get("/clinics/", {"near": "21202", "radius": "any", "treats": "any"}).content.decode()
    assert "25+ clinics" in page
    assert "stop counting at 25" in page
    assert client.get("/clinics/", {"near": "21202", "radius": "any", "treats": "any", "format": "json"}).json()[
        "count_is_capped"
    ]


def test_where_none_of_the_counted_fits_another_one_is_still_found(count_at_most):
    random_clinics(40, seed=10)
    Clinic.objects.update(patient_bits=0)
    make_clinic("The only one", at=WASHINGTON, services=["medicaid"])
    count_at_most(20)
    found = search("near=21202&radius=any&payment=medicaid")
    assert (found.count, names(found.results)) == (1, ["The only one"])
