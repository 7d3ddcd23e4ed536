"""Yes, no and not stated: what each service says, and what follows from it."""

import csv
import re
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from clinics.management.commands.load_codebook import DATA
from clinics.models import Clinic, Service, ServiceCode
from clinics.models.services import columns_of
from clinics.search import facets, statements
from tests.factories import make_clinic

MEANINGS = Path(__file__).parents[2] / "data" / "service_meanings.csv"
NO_OPIOIDS, NO_MEDICINE = "does-not-treat-opioid-use-disorder", "no-medication-for-opioid-use-disorder"
# A code whose words have a "no" in them and that still says no to nothing. The reasons are in MEANINGS.
NO_DENIAL = {
    *("buprenorphine-without-naloxone", "no-charge", "no-smoking", "no-vaping", "vaping-allowed", "smoking-allowed"),
    *("opioid-medication-from-unconnected-prescriber", "alcohol-medication-from-unconnected-prescriber"),
    *("medication-from-unconnected-prescriber", "non-nicotine-quit-medication", "private-non-profit"),
    *("behavioral-addiction-treatment", "multi-setting-mental-health-facility"),
}
SAYS_NO = re.compile(r"\b(no|not|none|never|without|non|cannot|except|neither|nor)\b|n't\b|n’t\b", re.IGNORECASE)


def rows(path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def service(slug: str, pk=1) -> Service:
    [row] = [row for row in rows(DATA / "services.csv") if row["slug"] == slug]
    return Service(pk=pk, slug=slug, facet=row["facet"], implies=row["implies"], denies=row["denies"])


def of(*slugs: str) -> Clinic:
    return Clinic(**columns_of([service(slug, pk) for pk, slug in enumerate(slugs, start=1)]))


# The audit: a service that is new must be classified, with a reason, before anything is built on it.


def test_every_service_is_classified_as_a_yes_or_a_no_with_a_reason():
    meanings = rows(MEANINGS)
    assert [row["slug"] for row in meanings] == [row["slug"] for row in rows(DATA / "services.csv")]
    assert all(len(row["reason"]) > 10 for row in meanings)
    for row in meanings:
        each = service(row["slug"])
        assert row["states"] == ("no" if each.denied else "yes"), row["slug"]
        assert row["gives_medicine"] == ("yes" if facets.MEDICINE.key in each.stated else "no"), row["slug"]


def test_a_service_says_yes_or_no_never_both():
    denials = [row for row in rows(DATA / "services.csv") if row["denies"]]
    assert len(denials) == 4
    assert not [row["slug"] for row in denials if row["facet"] or row["implies"]]


def test_every_code_of_every_edition_with_a_no_in_its_words_is_a_denial_or_has_a_reason_not_to_be():
    denials = {row["slug"] for row in rows(DATA / "services.csv") if row["denies"]}
    codes = [row for row in rows(DATA / "service_codes.csv") if SAYS_NO.search(row["source_name"])]
    assert len({row["edition"] for row in codes}) == 6
    assert {row["slug"] for row in codes} - denials <= NO_DENIAL
    assert denials <= {row["slug"] for row in codes}  # each is stated by some list


# What follows.


@pytest.mark.parametrize(
    ("services", "treats"),
    [
        ([], "not-stated"),
        (["substance-use-treatment", "outpatient"], "not-stated"),
        (["accepts-outside-medication"], "not-stated"),
        (["opioid-medication-from-contracted-prescriber"], "not-stated"),
        (["samhsa-otp-certification"], "not-stated"),  # ticked by many that are not in the list of certified programs
        (["buprenorphine-injection"], "medicine"),
        (["naltrexone-tablets"], "medicine"),
        (["opioid-treatment-program"], "medicine"),
        (["prescribes-buprenorphine-or-naltrexone"], "medicine"),  # one of the two: no filter by name finds it
        (["maintenance-then-supervised-withdrawal"], "medicine"),
        (["outpatient-medication-treatment"], "medicine"),
        (["methadone-or-buprenorphine-patients-only"], "medicine"),
        ([NO_OPIOIDS], "denied"),
        ([NO_OPIOIDS, "naltrexone-tablets"], "denied"),  # for alcohol: the no wins
        ([NO_OPIOIDS, "buprenorphine-in-treatment", "opioid-treatment-program"], "denied"),
        ([NO_OPIOIDS, NO_MEDICINE], "denied"),
        ([NO_MEDICINE], "not-stated"),
        ([NO_MEDICINE, "methadone-in-treatment"], "not-stated"),
        (["does-not-treat-alcohol-use-disorder", "naltrexone-tablets"], "medicine"),
        (["no-medication-for-alcohol-use-disorder", "methadone"], "medicine"),
    ],
)
def test_a_clinic_gives_medicine_or_does_not_say_or_denies_to_treat(services, treats):
    clinic = of(*services)
    assert [value.slug for value in facets.TREATS.values if clinic.treatment_bits & value.mask] == [treats]


def test_a_no_wins_over_a_yes_and_neither_hides_what_it_says_nothing_of():
    clinic = of(NO_MEDICINE, "buprenorphine-in-treatment", "outpatient", "accepts-outside-medication", "aftercare")
    assert "accepts-outside-medication" in clinic.facet_slugs["care"]
    assert clinic.facet_slugs["kind"] == []  # outpatient and buprenorphine would be office-based
    assert clinic.facet_slugs["setting"] == ["outpatient"]
    assert (clinic.service_ids, clinic.denied_service_ids) == ([3, 4, 5], [1])


def test_what_is_denied_is_told_by_the_names_of_the_filters():
    assert statements.denied_slugs_by_group(of(NO_MEDICINE))["treats"] == ["medicine"]
    denied = statements.denied_slugs_by_group(of(NO_OPIOIDS))
    assert denied["treats"] == ["opioids", "medicine"]
    assert {"buprenorphine", "methadone", "naltrexone"} < set(denied["medication"])
    assert "otp" in denied["kind"]
    assert set(denied) == {"treats", "kind", "medication"}
    assert statements.denied_slugs_by_group(of("no-medication-for-alcohol-use-disorder")) == {}


ALL = [row["slug"] for row in rows(DATA / "services.csv")]
CODE_BOOK = {slug: service(slug, pk) for pk, slug in enumerate(ALL, start=1)}


@given(st.sets(st.sampled_from(ALL)))
def test_no_choice_of_services_makes_a_clinic_say_yes_and_no_to_one_thing(chosen):
    columns = columns_of(CODE_BOOK[slug] for slug in chosen)
    assert columns["treatment_bits"] & columns["denied_bits"] == 0
    assert not set(columns["service_ids"]) & set(columns["denied_service_ids"])
    assert (columns["treatment_bits"] & facets.TREATS.mask).bit_count() == 1
    offered = {CODE_BOOK[slug] for slug in chosen if CODE_BOOK[slug].pk in columns["service_ids"]}
    assert columns_of({*offered, *(CODE_BOOK[slug] for slug in chosen if CODE_BOOK[slug].denied)}) == columns


# What the database keeps, whoever writes.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"service_ids": [7], "denied_service_ids": [7]}, "clinic_offers_or_denies_a_service"),
        ({"treatment_bits": facets.MEDICINE.mask | 4, "denied_bits": 4}, "clinic_has_or_denies_a_facet"),
        ({"treatment_bits": facets.TREATS.mask}, "clinic_treats_is_one_of_three"),
    ],
)
def test_the_database_refuses_yes_and_no_about_one_thing(columns, constraint):
    clinic = make_clinic()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Clinic.objects.filter(pk=clinic.pk).update(**columns)


BUPRENORPHINE = facets.VALUES["medication/buprenorphine"].mask


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("services", "written", "treats"),
    [
        ([], 0, "not-stated"),
        ([], BUPRENORPHINE, "medicine"),
        ([NO_OPIOIDS], 0, "denied"),
        ([NO_OPIOIDS], BUPRENORPHINE, "medicine"),
    ],
)
def test_a_process_of_the_release_before_leaves_no_clinic_that_no_search_finds(services, written, treats):
    """It writes the masks without the three bits, and every service into the one array that it knows."""
    clinic = make_clinic(services=services)
    ids = [*Service.objects.filter(slug__in=[*services, "outpatient"]).values_list("pk", flat=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clinics_clinic SET treatment_bits = %s, service_ids = %s WHERE id = %s", [written, ids, clinic.pk]
        )
    clinic.refresh_from_db()
    assert [value.slug for value in facets.TREATS.values if clinic.treatment_bits & value.mask] == [treats]
    assert len(clinic.all_service_ids) == len(ids)


@pytest.mark.django_db
def test_an_inserted_row_without_the_bits_gets_one():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinics_clinic (name, city, city_slug, state, treatment_bits, patient_bits, name_detail, "
            "street, street_detail, zip_code, zip4, county, phone, intake_phones, website, point_quality, "
            "service_ids, other_services, is_listed, is_demo, created_at, updated_at, availability_bits, "
            "telehealth_bits, time_zone) VALUES ('Old', 'Towson', 'towson', 'MD', 4, 0, '', '', '', '', '', '', '', "
            "'{}', '', '', '{}', '{}', true, false, now(), now(), 0, 0, '')"
        )
    assert Clinic.objects.get().treatment_bits == facets.MEDICINE.mask | 4


@pytest.mark.django_db
def test_the_four_denials_are_those_of_the_code_book():
    assert set(ServiceCode.objects.exclude(service__denies="").values_list("code", flat=True)) >= {
        *("NOOP", "NMOA", "NAUT", "NMAUT", "does not treat opioid addiction"),
        "do not use medication for opioid addiction",
    }
