"""How rows are compared, and which of them are one place."""

import pytest

from clinics.imports.matching import (
    SAME_BUILDING,
    SIMILAR_ADDRESS,
    SIMILAR_NEAR,
    SIMILAR_PHONE,
    SIMILAR_STREET,
    MatchStatus,
    Pair,
    classify,
    names_conflict,
    resolve,
)
from clinics.imports.normalization import address_of, house_of, is_withheld, name_key, street_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Hope Recovery Center", ""), ("HOPE RECOVERY CTR., INC.", "")),
        (("Saint Mary's Hospital", ""), ("St. Marys Hosp", "")),
        (("Clínica de Tratamiento", ""), ("Clinica de Tratamiento, LLC", "")),
        (("Alcohol and Drug Services", ""), ("Alc & Drug Servs", "")),
        (("Bay Street 822 Program", "Outpatient"), ("Bay Street 822 Prog", "OP")),
        (("BrightView", ""), ("BrightView LLC", "N/A")),
    ],
)
def test_names_written_differently_are_compared_as_one(one, other):
    assert name_key(*one) == name_key(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("2106 North Main Street", ""), ("2106 N. Main St", "")),
        (("780 W. Bel Air Ave Suite B", ""), ("780 West Bel Air Avenue", "Ste B")),
        (("1508 Genesee Street 2nd Floor", ""), ("1508 Genesee Street", "Floor 2")),
        (("600 Saint Clair Avenue", "Building 9 Suite 23"), ("600 St. Clair Ave", "Ste 23, Bldg 9")),
        (("1100 Fifth Street", ""), ("1100 5th St.", "")),
        (("4136 N 75th Ave #116", ""), ("4136 North 75th Avenue", "# 116")),
    ],
)
def test_streets_written_differently_are_compared_as_one(one, other):
    assert street_key(*one) == street_key(*other)


def test_what_distinguishes_two_doors_is_kept():
    assert street_key("22 Elm Street", "Suite 1") != street_key("22 Elm Street", "Suite 2")
    assert street_key("22 Elm Street", "Suite A") != street_key("22 Elm Street", "Unit A")
    assert address_of(street_key("22 Elm Street", "Suite 1")) == street_key("22 Elm Street", "") == "22 elm st"
    assert house_of("22 elm st # 1 ste") == "22"
    assert house_of("p o box 9") == ""


def test_dashes_for_a_street_are_a_withheld_address():
    assert is_withheld("- - -")
    assert is_withheld("---")
    assert not is_withheld("")
    assert not is_withheld("1 Elm Street")
    assert street_key("- - -", "") == ""


def test_a_name_of_only_company_words_is_still_a_name():
    assert name_key("The LLC", "") == "the llc"


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("hope house men", "hope house women", True),
        ("hope center inpatient", "hope center outpatient", True),
        ("harlem no 2 clinic", "harlem no 6 clinic", True),
        ("help clinic unit ii", "help clinic unit 1", True),
        ("help clinic unit ii", "help clinic unit 2", False),
        ("hope house men", "hope house", False),
        ("hope adolescent program", "hope adult program", True),
    ],
)
def test_names_in_conflict(one, other, apart):
    assert names_conflict(one, other) is names_conflict(other, one) is apart


def pair(n=1, clinic_id=1, **evidence) -> Pair:
    defaults = {
        "our_name": "hope recovery center",
        "their_name": "hope recovery clinic",
        "name_similarity": 0.6,
        "our_address": "22 elm st",
        "their_address": "22 elm st",
        "same_zip": True,
        "same_house": True,
        "street_similarity": 1.0,
        "same_phone": False,
        "metres": None,
        "same_door": False,
        "siblings": 0,
    }
    return Pair(n=n, clinic_id=clinic_id, **(defaults | evidence))


MOVED = {"their_address": "40 oak st", "same_house": False, "street_similarity": 0.1}


@pytest.mark.parametrize(
    ("evidence", "status", "rule"),
    [
        ({}, MatchStatus.MATCH, SIMILAR_ADDRESS),
        ({"their_name": "hope recovery center", "name_similarity": 1.0}, MatchStatus.MATCH, SAME_BUILDING),
        ({"name_similarity": 0.45}, MatchStatus.POSSIBLE, None),
        ({"name_similarity": 0.45, "same_phone": True}, MatchStatus.MATCH, SIMILAR_ADDRESS),
        ({"name_similarity": 0.45, "same_door": True}, MatchStatus.MATCH, SIMILAR_ADDRESS),
        ({"name_similarity": 0.2}, MatchStatus.NON_MATCH, None),
        ({"siblings": 2}, MatchStatus.POSSIBLE, None),  # one owner's programs under one roof
        ({"siblings": 2, "name_similarity": 0.8}, MatchStatus.MATCH, SIMILAR_ADDRESS),
        ({"our_name": "hope men", "their_name": "hope women"}, MatchStatus.POSSIBLE, None),
        ({"their_address": "22 elm ave", "street_similarity": 0.6}, MatchStatus.MATCH, SIMILAR_STREET),
        ({"their_address": "22 oak st", "street_similarity": 0.2}, MatchStatus.NON_MATCH, None),
        ({"same_zip": False, "same_phone": True}, MatchStatus.MATCH, SIMILAR_PHONE),
        ({"same_zip": False}, MatchStatus.NON_MATCH, None),
        (MOVED | {"name_similarity": 1.0}, MatchStatus.POSSIBLE, None),
        (MOVED | {"name_similarity": 1.0, "same_zip": False}, MatchStatus.NON_MATCH, None),
        (
            MOVED | {"name_similarity": 1.0, "same_zip": False, "same_phone": True},
            MatchStatus.NON_MATCH,
            None,
        ),  # a chain's number
        (MOVED | {"name_similarity": 0.8, "metres": 90.0}, MatchStatus.NON_MATCH, None),  # two houses of one street
        (MOVED | {"name_similarity": 0.8, "metres": 90.0, "same_phone": True}, MatchStatus.MATCH, SIMILAR_NEAR),
        (MOVED | {"name_similarity": 0.8, "metres": 90.0, "our_address": ""}, MatchStatus.MATCH, SIMILAR_NEAR),
        (MOVED | {"name_similarity": 0.8, "metres": 900.0, "our_address": ""}, MatchStatus.NON_MATCH, None),
    ],
)
def test_a_pair_is_classified_by_its_evidence(evidence, status, rule):
    found, text = classify(pair(**evidence))
    assert found is status
    assert rule is None or text == rule


def test_a_clinic_is_matched_to_the_clearly_best_row():
    matches, questions = resolve([pair(1, 7, name_similarity=0.95), pair(2, 7, name_similarity=0.6)])
    assert matches == {1: (7, SIMILAR_ADDRESS)}
    assert questions == []


def test_two_rows_that_fit_equally_well_are_possible_matches():
    matches, questions = resolve([pair(1, 7, name_similarity=0.8), pair(2, 7, name_similarity=0.78)])
    assert matches == {}
    assert [(question.n, question.clinic_id) for question, _ in questions] == [(1, 7), (2, 7)]


def test_the_pairs_left_after_a_match_are_compared_again():
    rivals = [pair(1, 7, name_similarity=0.95), pair(2, 7, name_similarity=0.7), pair(2, 8, name_similarity=0.65)]
    assert {n: clinic for n, (clinic, _) in resolve(rivals)[0].items()} == {1: 7, 2: 8}
