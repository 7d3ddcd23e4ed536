"""Ages that cannot be right count as not stated, and are marked for editors and readers."""

import pytest
from django.urls import reverse

from clinics.imports.plausibility import AGES_TO_CHECK, contradicts_children_only
from clinics.imports.readers import open_directory
from clinics.imports.rederive import rederive
from clinics.imports.rows import SUBSTANCE_USE, FacilityRow
from clinics.models import Clinic, Service, ServiceCode, Source
from tests.clinics.imports.directories import CODEBOOK, import_rows, row

pytestmark = pytest.mark.django_db
REMARK = "The ages in the list look wrong: ask"
OTP = {"source": Source.SAMHSA_OTP, "edition": "2024-07-01", "complete": True}


def ages(*codes: str) -> tuple[list[str], bool]:
    """(the ages that a clinic with these codes is found by, whether they are to be checked)"""
    import_rows(row(codes=codes))
    clinic = Clinic.objects.get()
    is_marked = clinic.service_ids.count(Service.objects.get(slug=AGES_TO_CHECK).pk) == 1
    return clinic.facet_slugs["age"], is_marked


@pytest.mark.parametrize(
    "codes", [("SE",), ("VET",), ("ADM",), ("MN", "AD"), ("WN",), ("METH", "AD"), ("BU",), ("NXN",)]
)
def test_children_only_beside_care_for_adults_is_not_believed(codes):
    assert ages("CHLD", *codes) == ([], True)


@pytest.mark.parametrize(
    "codes",
    [
        ("CHLD",),
        ("CHLD", "AD", "BU", "UB"),  # a program for teenagers may prescribe buprenorphine
        ("CHLD", "PW"),
        ("CHLD", "CJ"),
        ("CHLD", "TAY"),
        ("CHLD", "MF"),
    ],
)
def test_children_only_is_believed_of_a_program_for_the_young(codes):
    assert ages(*codes) == (["children"], False)


def test_ages_that_name_adults_too_are_believed():
    assert ages("CHLD", "ADLT", "SE", "METH") == (["adults", "children"], False)


def test_a_certified_program_does_not_treat_children_only():
    import_rows(row(codes=("CHLD", "AD")))
    assert Clinic.objects.get().facet_slugs["age"] == ["children"]
    import_rows(row(codes=("OTP",), certification="certified"), **OTP)
    assert Clinic.objects.get().facet_slugs["age"] == []


def test_readers_are_told_to_ask_and_editors_find_the_clinic(client, admin_client):
    import_rows(row(codes=("CHLD", "SE")), row(3, street="40 Oak Street", codes=("CHLD",)))
    marked, plain = Clinic.objects.order_by("-street")[1], Clinic.objects.order_by("-street")[0]
    assert (marked.street, plain.street) == ("22 Elm Street", "40 Oak Street")
    assert REMARK in client.get(marked.get_absolute_url()).content.decode()
    assert REMARK not in client.get(plain.get_absolute_url()).content.decode()
    found = admin_client.get(reverse("admin:clinics_clinic_changelist"), {"ages": "check"}).context["cl"].result_list
    assert list(found) == [marked]


def test_what_a_person_states_is_not_doubted():
    import_rows(row(codes=("CHLD", "SE")))
    clinic = Clinic.objects.get()
    clinic.set_services(Service.objects.filter(slug__in=["children", "older-adults-program"]))
    clinic.save()
    clinic.confirmations.filter(fact_group="services").update(source=Source.OWNER)
    rederive()
    assert Clinic.objects.get().facet_slugs["age"] == ["children"]


def test_on_the_directory_of_2024_the_rule_touches_what_was_counted(shared_data):
    services = {
        code.code: code.service
        for code in ServiceCode.objects.filter(edition=CODEBOOK[SUBSTANCE_USE]).select_related("service")
    }
    rows = [
        row
        for row in open_directory(shared_data / "samhsa" / "national_directory_2024_facilities.csv.gz")
        if isinstance(row, FacilityRow) and row.treats == {SUBSTANCE_USE}
    ]
    stated = [[services[code] for code in row.codes or () if code in services] for row in rows]
    assert len(rows) == 12_200
    assert sum(bool(contradicts_children_only(each)) for each in stated) == 23
