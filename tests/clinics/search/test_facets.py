import copy

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from hypothesis import given
from hypothesis import strategies as st

from clinics.models import Clinic, Service
from clinics.models.services import SHOWN_GROUPS
from clinics.search import facet_bits, facets, statements

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


def test_no_two_values_share_a_bit_and_a_bigint_holds_all():
    bits = [(value.column, value.bit) for value in facets.VALUES.values()]
    assert len(bits) == len(set(bits))
    assert all(0 <= bit <= 62 for _column, bit in bits)


@given(sets_of_facets)
def test_masks_say_what_was_put_in_and_nothing_else_but_what_follows(chosen):
    clinic = Clinic(**statements.masks(chosen))
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
    assert ("office-based" in Clinic(**statements.masks(stated)).facet_slugs["kind"]) is is_office_based


def test_what_is_not_stated_is_an_empty_list_not_a_no():
    assert set(map(tuple, Clinic().facet_slugs.values())) == {()}


def test_pages_show_every_group_of_facets_and_every_group_of_services():
    assert set(facets.GROUP_ORDER) == set(facets.GROUPS_BY_SLUG)
    assert set(SHOWN_GROUPS) == set(Service.Group)


# A bit is an identity: processes of two releases read the same masks.


@pytest.mark.parametrize("group", facets.GROUPS_BY_SLUG)
def test_a_facet_added_to_any_group_moves_the_bit_of_no_other(group):
    table = copy.deepcopy(facets._TABLE)
    [values] = [values for entries in table.values() for slug, _label, values in entries if slug == group]
    values.insert(0, ("new-one", 62, "New one"))
    bits = {value.key: value.bit for each in facets.build_groups(table) for value in each.values}
    assert bits.pop(f"{group}/new-one") == 62
    assert bits == {key: value.bit for key, value in facets.VALUES.items()}


def test_the_bits_are_those_that_were_given():
    assert list(facet_bits.problems(facet_bits.bits_in_use(), facet_bits.ledger())) == []


@pytest.mark.parametrize(
    ("key", "bit", "sentence"),
    [
        ("kind/otp", 3, "belongs to medication/methadone for ever"),
        ("kind/otp", 40, "kind/otp had bit 0 of treatment_bits: a bit never moves"),
        ("medication/new", 40, "write the line “treatment_bits,40,medication/new” into"),
        ("medication/new", 3, "belongs to medication/methadone for ever"),
        ("medication/new", 63, "holds the bits 0 to 62"),
    ],
)
def test_a_bit_that_moved_or_is_given_again_is_refused_with_a_sentence(key, bit, sentence):
    used = [(("treatment_bits", bit), key)]
    [problem] = facet_bits.problems(used, facet_bits.ledger())
    assert sentence in problem


def test_two_facets_of_one_bit_are_refused():
    used = [(("treatment_bits", 50), "medication/one"), (("treatment_bits", 50), "medication/other")]
    given = {("treatment_bits", 50): "medication/one"}
    assert list(facet_bits.problems(used, given)) == [
        "medication/other and medication/one share bit 50 of treatment_bits."
    ]


@pytest.mark.django_db
def test_load_codebook_writes_nothing_with_a_bit_that_moved(monkeypatch):
    moved = facets.VALUES["kind/otp"].__class__("kind", "otp", "OTP", "treatment_bits", 3)
    monkeypatch.setitem(facets.VALUES, "kind/otp", moved)
    with pytest.raises(SystemCheckError, match="belongs to medication/methadone for ever"):
        call_command("load_codebook", skip_checks=False)


@pytest.mark.django_db
def test_a_facet_that_is_being_retired_is_still_written_for_processes_of_the_release_before(monkeypatch):
    monkeypatch.setitem(facets.RETIRING, "medication/old-name", ("treatment_bits", 40))
    assert statements.masks({"medication/old-name"})["treatment_bits"] & 1 << 40
