import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinics.models import Clinic, Service
from clinics.models.services import SHOWN_GROUPS
from clinics.search import facets

CONTRACT = {
    "medication": {"buprenorphine", "methadone", "naltrexone"},
    "payment": {"medicaid", "medicare", "private-insurance", "cash"},
    "setting": {"outpatient", "residential", "hospital-inpatient"},
    "care": {"detox"},
    "kind": {"otp", "office-based"},
}
sets_of_facets = st.sets(
    st.sampled_from([key for key, _label in facets.facet_choices() if key != "kind/office-based"])
)


@pytest.mark.parametrize(("group", "slugs"), CONTRACT.items())
def test_the_values_that_others_rely_on_exist(group, slugs):
    assert slugs <= {value.slug for value in facets.GROUPS_BY_SLUG[group].values}


def test_no_two_values_of_a_column_share_a_bit_and_a_bigint_holds_all():
    for column in facets.COLUMNS:
        bits = [value.bit for value in facets.VALUES.values() if value.column == column]
        assert sum(bits) == 2 ** len(bits) - 1
        assert sum(bits) < 2**63


@given(sets_of_facets)
def test_masks_say_what_was_put_in_and_nothing_else_but_what_follows(chosen):
    clinic = Clinic(**facets.masks(chosen))
    read = {f"{group}/{slug}" for group, slugs in clinic.facet_slugs.items() for slug in slugs}
    follows = {"kind/office-based", "medication/buprenorphine", "medication/naltrexone"}
    assert chosen <= read <= chosen | follows


@pytest.mark.parametrize(
    ("stated", "is_office_based"),
    [
        ({"medication/buprenorphine", "setting/outpatient"}, True),
        ({"medication/buprenorphine-injection", "setting/outpatient"}, True),
        ({"medication/buprenorphine", "setting/outpatient", "kind/otp"}, False),
        ({"medication/buprenorphine", "setting/residential"}, False),
        ({"setting/outpatient"}, False),
        (set(), False),
    ],
)
def test_office_based_is_outpatient_buprenorphine_outside_a_certified_program(stated, is_office_based):
    assert ("office-based" in Clinic(**facets.masks(stated)).facet_slugs["kind"]) is is_office_based


def test_what_is_not_stated_is_an_empty_list_not_a_no():
    assert set(map(tuple, Clinic().facet_slugs.values())) == {()}


def test_pages_show_every_group_of_facets_and_every_group_of_services():
    assert set(facets.GROUP_ORDER) == set(facets.GROUPS_BY_SLUG)
    assert set(SHOWN_GROUPS) == set(Service.Group)
