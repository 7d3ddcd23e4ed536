"""Nearest first, money blind: what a clinic pays changes nothing in the list, only who may appear beside it too."""

import re
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from clinics.geo import Coordinates
from clinics.models import Clinic
from clinics.search.filters import ClinicFilter
from clinics.search.results import PAGE_SIZE, SPONSORED_SIZE, Search
from tests.factories import BALTIMORE, TOWSON, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db
QUERIES = (
    "near=21202",
    "near=21202&radius=5",
    "near=21202&radius=any&sort=name",
    "near=21202&radius=25&medication=methadone",
    "near=MD&access=accepting-new-patients",
    "",
    "medication=methadone",
)
NORTH_OF_BALTIMORE = Coordinates(39.33, -76.61)  # 3 miles from its city hall
PLACES = (BALTIMORE, TOWSON, WASHINGTON, None)


def search(query: str, page: int = 1, page_size: int = PAGE_SIZE) -> Search:
    return Search(ClinicFilter(QueryDict(query)), page, page_size)


def organic(query: str) -> list:
    found = search(query)
    counts = found.counts
    rows = [(clinic.pk, clinic.distance_miles) for clinic in found.results]
    return [found.radius, counts.total, counts.by_value, counts.without_group, rows, [c.pk for c in found.beyond]]


def pay_for(pks, until) -> None:
    Clinic.objects.filter(pk__in=pks).update(sponsored_until=until)


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.booleans(), st.booleans()), min_size=1, max_size=25),
    st.data(),
)
def test_paying_leaves_every_organic_list_identical(clinics, data):
    Clinic.objects.all().delete()
    pks = [
        make_clinic(
            f"Clinic {number}",
            at=place,
            services=["methadone-in-treatment"] if has_methadone else [],
            accepting_new_patients=takes or None,
        ).pk
        for number, (place, has_methadone, takes) in enumerate(clinics)
    ]
    before = [organic(query) for query in QUERIES]
    paying = data.draw(st.sets(st.sampled_from(pks)))
    pay_for(paying, timezone.now() + timedelta(days=30))
    assert [organic(query) for query in QUERIES] == before
    for query in QUERIES:
        found = search(query, page_size=4)
        band = [clinic.pk for clinic in found.sponsored]
        answer = found.filters.qs
        if found.place and not found.place.state_only:
            answer = answer.near(found.place.coordinates, found.radius_miles)
        matching = set(answer.values_list("pk", flat=True))
        elsewhere = paying & matching - {clinic.pk for clinic in found.results}
        assert set(band) <= elsewhere
        assert len(band) == len(set(band)) == min(SPONSORED_SIZE, len(elsewhere))


def fill_a_page() -> None:
    """As many clinics in the middle of Baltimore as one page holds."""
    for number in range(PAGE_SIZE):
        make_clinic(f"Clinic {number}", accepting_new_patients=True)


def test_the_band_holds_the_nearest_that_paid_and_ends_with_the_payment():
    fill_a_page()
    near = make_clinic("Near", at=NORTH_OF_BALTIMORE)
    far, third, ended = (make_clinic(name, at=TOWSON) for name in ("Far", "Third", "Ended"))
    pay_for([far.pk, near.pk, third.pk], timezone.now() + timedelta(days=1))
    pay_for([ended.pk], timezone.now() - timedelta(seconds=1))
    assert [clinic.name for clinic in search("near=21202&radius=10").sponsored] == ["Near", "Far"]
    assert [clinic.name for clinic in search("near=21202&radius=5").sponsored] == ["Near"]
    assert search("near=21202&radius=10&access=accepting-new-patients").sponsored == []
    assert search("near=21202&radius=10", page=2).sponsored == []


def test_no_card_stands_twice_on_a_page(client):
    fill_a_page()
    make_clinic("Paying", at=TOWSON)
    pay_for(Clinic.objects.values_list("pk", flat=True), timezone.now() + timedelta(days=1))
    page = client.get("/clinics/", {"near": "21202", "radius": "10"}).content.decode()
    names = re.findall(r">((?:Clinic \d+)|Paying)</a>", page)
    assert len(names) == len(set(names)) == PAGE_SIZE + 1
    assert page.index(">Sponsored</h2>") < page.index(">Paying</a>")
    for as_other in ({"format": "json"}, {"format": "csv"}, {"format": "geojson"}):
        assert "ponsored" not in client.get("/clinics/", {"near": "21202", **as_other}).content.decode()
    assert "ponsored" not in client.get("/t/21202").content.decode()


def test_a_list_of_one_page_has_no_band(client):
    make_clinic("Paying")
    pay_for(Clinic.objects.values_list("pk", flat=True), timezone.now() + timedelta(days=1))
    page = client.get("/clinics/", {"near": "21202"}).content.decode()
    assert page.count(">Paying</a>") == 1
    assert "Sponsored" not in page


@pytest.mark.parametrize("query", ["near=21202&radius=10", "near=21202&radius=25&access=accepting-new-patients"])
def test_the_band_costs_a_search_one_query_at_most(query, django_assert_max_num_queries):
    fill_a_page()
    for number in range(3):
        make_clinic(f"Paying {number}", at=TOWSON, accepting_new_patients=True)
    pay_for(Clinic.objects.filter(name__startswith="Paying"), timezone.now() + timedelta(days=1))
    with django_assert_max_num_queries(4):
        found = search(query)
        assert (found.count, len(found.results), len(found.sponsored)) == (23, 20, 2)
