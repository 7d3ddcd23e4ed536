"""Nearest first, money blind: what a clinic pays changes nothing in the list, only who may appear beside it too."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from clinics.models import Clinic
from clinics.search.filters import ClinicFilter
from clinics.search.results import SPONSORED_SIZE, Search
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
PLACES = (BALTIMORE, TOWSON, WASHINGTON, None)


def search(query: str, page: int = 1) -> Search:
    return Search(ClinicFilter(QueryDict(query)), page)


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
        found = search(query)
        band = [clinic.pk for clinic in found.sponsored]
        answer = found.filters.qs
        if found.place and not found.place.state_only:
            answer = answer.near(found.place.coordinates, found.radius_miles)
        matching = set(answer.values_list("pk", flat=True))
        assert set(band) <= paying & matching
        assert len(band) == len(set(band)) == min(SPONSORED_SIZE, len(paying & matching))


def test_the_band_holds_the_nearest_that_paid_and_ends_with_the_payment():
    far, near, ended = make_clinic("Far", at=TOWSON), make_clinic("Near"), make_clinic("Ended")
    pay_for([far.pk, near.pk], timezone.now() + timedelta(days=1))
    pay_for([ended.pk], timezone.now() - timedelta(seconds=1))
    assert [clinic.name for clinic in search("near=21202&radius=10").sponsored] == ["Near", "Far"]
    assert search("near=21202&radius=10&medication=methadone").sponsored == []


def test_only_the_first_page_has_a_band():
    for number in range(30):
        make_clinic(f"Clinic {number}")
    pay_for(Clinic.objects.values_list("pk", flat=True), timezone.now() + timedelta(days=1))
    assert len(search("near=21202").sponsored) == SPONSORED_SIZE
    assert search("near=21202", page=2).sponsored == []


def test_the_band_is_marked_and_stands_after_the_list(client):
    make_clinic("Paying")
    pay_for(Clinic.objects.values_list("pk", flat=True), timezone.now() + timedelta(days=1))
    page = client.get("/clinics/", {"near": "21202"}).content.decode()
    assert page.count(">Paying</a>") == 2
    assert page.index(">Paying</a>") < page.index(">Sponsored</h2>") < page.rindex(">Paying</a>")
    assert "sponsored" not in client.get("/clinics/", {"near": "21202", "format": "json"}).content.decode()


@pytest.mark.parametrize("query", ["near=21202", "near=21202&radius=25&access=accepting-new-patients"])
def test_the_band_costs_a_search_one_query_at_most(query, django_assert_max_num_queries):
    for number in range(12):
        make_clinic(f"Clinic {number}", accepting_new_patients=True)
    pay_for(Clinic.objects.values_list("pk", flat=True), timezone.now() + timedelta(days=1))
    with django_assert_max_num_queries(4):
        found = search(query)
        assert (found.count, len(found.results), len(found.sponsored)) == (12, 12, 2)
