"""Which number of a clinic is called, and which words of its source are shown beside it."""

import pytest

from clinics.models import Clinic
from tests.factories import make_clinic

MAIN, INTAKE, HOTLINE = "410-555-0100", "410-555-0101 x2", "410-555-0102"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("phone", "intakes", "first"),
    [(MAIN, [], MAIN), (MAIN, [INTAKE], INTAKE), ("", [INTAKE], INTAKE), ("", [], ""), (MAIN, [""], MAIN)],
)
def test_new_patients_call_the_line_for_intake_where_there_is_one(phone, intakes, first):
    clinic = make_clinic(phone=phone, intake_phones=intakes)
    assert Clinic.objects.get(pk=clinic.pk).phone_for_new_patients == first
    Clinic.objects.filter(pk=clinic.pk).update(intake_phones=["410-555-0199"])
    assert Clinic.objects.get(pk=clinic.pk).phone_for_new_patients == "410-555-0199"


def test_every_number_is_listed_once_the_one_for_new_patients_first():
    clinic = Clinic(phone=MAIN, intake_phones=[INTAKE, MAIN], hotlines=[HOTLINE, MAIN], phone_for_new_patients=INTAKE)
    assert clinic.phones == [INTAKE, MAIN, HOTLINE]
    assert (clinic.main_line, clinic.more_intake_phones) == (MAIN, [])


@pytest.mark.parametrize(
    ("phone", "as_written", "shown"),
    [
        ("", "211", "211"),
        (MAIN, "211", ""),  # somebody has found the number since
        (MAIN, f"{MAIN} press 2", f"{MAIN} press 2"),
        ("410-555-0199", f"{MAIN} press 2", ""),  # of a number that was replaced
        (MAIN, f"Call {MAIN}", ""),
        (MAIN, f"{MAIN}; 888-888-8888", ""),
        ("", "888-888-8888", "888-888-8888"),
        (MAIN, "", ""),
    ],
)
def test_the_words_of_a_source_stand_beside_the_number_they_are_about(phone, as_written, shown):
    assert Clinic(phone=phone, phone_for_new_patients=phone, phone_as_written=as_written).phone_words == shown
