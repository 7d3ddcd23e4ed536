"""All that a clinic says it offers: one line for one medicine, and what it denies apart."""

import csv

import pytest

from clinics.models import Service
from clinics.offers import MEDICINES, Offer, offers_of
from clinics.translations import CODE_BOOK
from tests.factories import make_clinic

BUPRENORPHINE = [
    *("buprenorphine-in-treatment", "prescribes-buprenorphine", "buprenorphine-with-naloxone"),
    *("buprenorphine-without-naloxone", "buprenorphine-maintenance", "buprenorphine-injection"),
]


def code_book() -> list[dict[str, str]]:
    with CODE_BOOK.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_code_of_a_medicine_for_opioids_is_merged_into_one():
    merged = {slug for medicine in MEDICINES for slug in medicine.forms}
    medicines = {row["slug"] for row in code_book() if row["facet"].startswith("medication/")}
    assert medicines <= merged


def test_what_is_merged_is_of_the_code_book_and_each_code_is_in_one_medicine_alone():
    slugs = [slug for medicine in MEDICINES for slug in medicine.forms]
    assert len(slugs) == len(set(slugs))
    assert set(slugs) <= {row["slug"] for row in code_book() if row["group"] == "medication"}


def test_no_two_medicines_for_opioids_are_in_one_line():
    facet_of = {row["slug"]: row["facet"].removesuffix("-injection") for row in code_book()}
    for medicine in MEDICINES:
        assert len({facet_of[slug] for slug in medicine.forms} - {"", "care/detox"}) <= 1, medicine.name


@pytest.mark.django_db
def test_six_codes_of_one_medicine_are_one_line_with_its_forms():
    offers = offers_of(make_clinic(services=BUPRENORPHINE))
    [(heading, [line])] = offers.groups
    assert heading == "Medications"
    assert line == Offer(
        "Buprenorphine (Suboxone)",
        "It eases withdrawal and cravings.",
        ("film or tablet with naloxone", "without naloxone", "injection (such as Sublocade)", "ongoing treatment"),
    )
    assert offers.count == 1


@pytest.mark.django_db
def test_medicines_for_opioids_come_before_those_for_other_conditions():
    services = ["acamprosate", "olanzapine", "hiv-prevention-medication", "methadone", "disulfiram", *BUPRENORPHINE]
    [(_heading, lines)] = offers_of(make_clinic(services=services)).groups
    assert [(line.name, line.forms[-1:]) for line in lines] == [
        ("Buprenorphine (Suboxone)", ("ongoing treatment",)),
        ("Methadone", ()),
        ("Medicine for alcohol use", ("disulfiram (Antabuse)",)),
        ("Medicine for psychosis", ("Olanzapine (Zyprexa)",)),
        ("Medicine to prevent HIV (PrEP)", ()),
    ]


@pytest.mark.django_db
def test_what_it_denies_is_in_no_group_and_what_is_about_opioids_comes_first():
    denied = [*Service.objects.exclude(denies="").values_list("slug", flat=True)]
    offers = offers_of(make_clinic(services=["outpatient", *denied]))
    assert [(heading, [line.name for line in lines]) for heading, lines in offers.groups] == [
        ("Where and how", ["Outpatient: you live at home"])
    ]
    assert len(offers.denied) == len(denied)
    assert "opioid" in offers.denied[0].name
    assert "alcohol" in offers.denied[-1].name


@pytest.mark.django_db
def test_nothing_that_is_stated_is_lost_by_merging():
    """Of a clinic that states the whole code book, every service is a line, a form of one, or says nothing more."""
    offered = [row["slug"] for row in code_book() if not row["denies"]]
    offers = offers_of(make_clinic(services=offered))
    lines = [line for _heading, found in offers.groups for line in found]
    merged = {slug: medicine for medicine in MEDICINES for slug in medicine.forms}
    assert offers.count == len(lines) == len(offered) - len(merged) + len(MEDICINES)
    forms = sum(len(line.forms) for line in lines)
    assert forms == sum(form != "" for medicine in MEDICINES for form in medicine.forms.values())
