"""Which number of a clinic is called, and which words of its source are shown beside it."""

import re
from datetime import date

import pytest

from clinics.models import Clinic
from tests.factories import BALTIMORE, make_clinic

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
        (MAIN, f"{MAIN} \N{BROKEN BAR} 888-888-8888", ""),
        (MAIN, f"{MAIN}; press 2", f"{MAIN}; press 2"),
        (MAIN, f"{MAIN} press 2 \N{BROKEN BAR} {MAIN} ask for Mary", f"{MAIN} press 2; {MAIN} ask for Mary"),
        ("", "888-888-8888", "888-888-8888"),
        (MAIN, "", ""),
    ],
)
def test_the_words_of_a_source_stand_beside_the_number_they_are_about(phone, as_written, shown):
    assert Clinic(phone=phone, phone_for_new_patients=phone, phone_as_written=as_written).phone_words == shown


@pytest.mark.parametrize(
    ("reported", "before", "after", "replaced"),
    [
        ("", MAIN, {"phone": MAIN}, False),
        ("", MAIN, {"phone": "410-555-0199"}, True),
        ("", MAIN, {"phone": "410-555-0199", "other_phones": [MAIN]}, False),
        ("", "", {"phone": MAIN}, True),
        (INTAKE, MAIN, {"phone": "410-555-0199", "intake_phones": [INTAKE]}, False),
        (INTAKE, MAIN, {"phone": MAIN}, True),
        (MAIN, MAIN, {"phone": MAIN}, False),
    ],
)
def test_an_edit_answers_reports_only_if_the_reported_number_is_gone(reported, before, after, replaced):
    warned = {"phone_reported": reported, "phone_reported_on": date(2026, 5, 1)} if reported else {}
    assert Clinic(**after, **warned).has_replaced(before) is replaced


@pytest.mark.django_db
def test_a_line_is_shared_by_the_listed_places_that_have_it():
    one = make_clinic("One", phone=MAIN, street="1 First Street")
    make_clinic("One", name_detail="Second program", phone=MAIN, street="1 First Street")
    make_clinic("Two", phone="410-555-0177", intake_phones=[MAIN], street="2 Second Street")
    make_clinic("Closed", phone=MAIN, street="3 Third Street", is_listed=False)
    make_clinic("Another number for new patients", phone=MAIN, intake_phones=[INTAKE], street="4 Fourth Street")
    without = make_clinic("Without", phone="", street="5 Fifth Street")
    shared = dict(Clinic.objects.with_phone_shared_by().values_list("pk", "phone_shared_by"))
    assert (shared[one.pk], shared[without.pk]) == (2, 0)


@pytest.mark.django_db
def test_pages_and_formats_call_the_line_for_new_patients_first(client):
    clinic = make_clinic(
        "Towson Clinic", at=BALTIMORE, phone=MAIN, intake_phones=[INTAKE], hotlines=[HOTLINE], street="1 A Street"
    )
    make_clinic("Towson Clinic North", at=BALTIMORE, phone=MAIN, intake_phones=[INTAKE], street="2 B Street")
    for address in ("/clinics/?near=21202", clinic.get_absolute_url(), f"/clinics/compare/?id={clinic.pk}"):
        text = " ".join(client.get(address).content.decode().split())
        numbers = re.findall(r'<a class="(?:button )?call" href="(tel:[^"]*)">Call <span>([^<]*)</span>', text)
        assert numbers[0] == ("tel:+14105550101,2", "410-555-0101"), address
        after = text[text.index("tel:+14105550101,2") :]
        assert "then dial 2" in after[:300], address
        assert "shared line of 2 clinics" in after[:1500], address
    assert "Main line:" not in client.get("/clinics/?near=21202").content.decode()
    page = " ".join(client.get(clinic.get_absolute_url()).content.decode().split())
    assert f'Main line: <a href="tel:+14105550100">{MAIN}</a>' in page
    assert f'Hotline: <a href="tel:+14105550102">{HOTLINE}</a>' in page
    assert '"telephone": "410-555-0101 x2"' in page
    results = client.get("/clinics/?near=21202&format=json").json()["results"]
    assert {(row["phone"], row["phone_for_new_patients"], row["phone_shared_by"]) for row in results} == {
        (MAIN, INTAKE, 2)
    }
    assert f",{MAIN},{INTAKE},2," in client.get("/clinics/?near=21202&format=csv").content.decode()
    features = client.get("/clinics/?near=21202&format=geojson").json()["features"]
    assert features[0]["properties"]["phone_for_new_patients"] == INTAKE


@pytest.mark.django_db
def test_what_cannot_be_dialled_is_shown_as_the_source_writes_it(client):
    clinic = make_clinic("Two One One", at=BALTIMORE, phone="", phone_as_written="211")
    for address in ("/clinics/?near=21202", clinic.get_absolute_url(), f"/clinics/compare/?id={clinic.pk}"):
        text = client.get(address).content.decode()
        assert "Phone as the source writes it: 211" in text
        assert "Phone: not stated" not in text
