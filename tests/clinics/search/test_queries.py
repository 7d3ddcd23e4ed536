"""The SQL of the search answers what the QuerySets answer."""

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinics.models import Clinic
from clinics.search import facets, treats
from clinics.search.counts import count_facets
from clinics.search.filters import ClinicFilter
from clinics.search.results import Search
from tests.clinics.search.test_results import random_clinics

pytestmark = pytest.mark.django_db

reading_only = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # all share the rows
PLACES = ("21202", "20001", "19103", "Maryland", "")
RADII = ("", "5", "25", "any")
SORTS = ("", "distance", "name")
WISHES = ("access", "program", "care", "assistance")


@pytest.fixture
def clinics():
    random_clinics(80, seed=11)


def queries():
    chosen = st.lists(st.sampled_from(list(facets.VALUES.values())), max_size=3, unique=True)
    return st.builds(
        lambda near, radius, sort, treats, values: "&".join(
            [f"near={near}", f"radius={radius}", f"sort={sort}", f"treats={treats}"]
            + [f"{value.group}={value.slug}" for value in values]
        ),
        *map(st.sampled_from, (PLACES, RADII, SORTS, ("", *treats.BITS))),
        chosen,
    )


@reading_only
@given(query=queries(), rows_only=st.booleans())
def test_the_page_and_its_counts_are_those_of_the_querysets(clinics, query, rows_only):
    search = Search(ClinicFilter(QueryDict(query)), rows_only=rows_only)
    answer = search.filters.qs
    everyone = Clinic.objects.listed().with_availability(state=search.place.state if search.place else "")
    if search.place:
        answer = answer.near(search.place.coordinates, search.radius_miles)
        everyone = everyone.near(search.place.coordinates, search.radius_miles)
        if search.place.state_only:
            everyone = everyone.filter(state=search.place.state)
        if not search.criteria.by_distance:
            answer = answer.order_by("name", "pk")
    assert [clinic.pk for clinic in search.results] == list(answer.values_list("pk", flat=True)[: search.page_size])
    assert search.counts == count_facets(everyone, search.filters.selection, search.criteria.treats)


@reading_only
@given(query=queries())
def test_a_row_of_the_list_is_the_clinic(clinics, query):
    """What is read for the list is what the whole clinic says, and nothing else is read."""
    search = Search(ClinicFilter(QueryDict(query)), rows_only=True)
    everyone = Clinic.objects.with_contact_source().with_availability(state=search.place.state if search.place else "")
    for row in search.results:
        clinic = everyone.get(pk=row.pk)
        read = set(row.__dict__) - {"_state", "distance", "line", "by_telehealth"}
        assert {name: getattr(row, name) for name in read} == {name: getattr(clinic, name) for name in read}
        assert "description" not in read


@reading_only
@given(values=st.lists(st.sampled_from(list(facets.VALUES.values())), min_size=2, max_size=4, unique=True))
def test_a_clinic_answers_any_of_the_alternatives_and_all_of_the_wishes(clinics, values):
    query = "&".join(["treats=any", *(f"{value.group}={value.slug}" for value in values)])
    found = {clinic.pk for clinic in ClinicFilter(QueryDict(query)).qs}
    for clinic in Clinic.objects.listed().with_availability():
        offers = [(value.group, value.slug in clinic.facet_slugs[value.group]) for value in values]
        wishes = all(has for group, has in offers if group in WISHES)
        alternatives = all(
            any(has for other, has in offers if other == group) for group, _ in offers if group not in WISHES
        )
        assert (clinic.pk in found) is (wishes and alternatives)
