"""An editor finds, edits, unlists and lists clinics; each group of facts names its source."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics.models import (
    AddressPoint,
    Clinic,
    FactGroup,
    Service,
    Source,
    ZipCode,
)
from tests.clinics.admin.admin_client import facts_of, history, page_of, run_action, save, sources_of
from tests.clinics.factories import make_busy_clinic, make_correction, make_record, make_run
from tests.factories import BOSTON, make_clinic

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "words", ["harbor", "Harbor, Baltimore, MD", "towson site", "21202", "(410) 555-0100", "4105550100", "holliday"]
)
def test_a_clinic_is_found_by_what_an_editor_has_at_hand(desk, words):
    clinic = make_clinic("Harbor Recovery", name_detail="Towson site")
    make_clinic(
        "Elsewhere", at=BOSTON, street="1 Main", city="Boston", state="MA", zip_code="02108", phone="617-555-0100"
    )
    found = desk.get(page_of("changelist", Clinic), {"q": words}).context["cl"].result_list
    assert [row.pk for row in found] == [clinic.pk]


@pytest.mark.parametrize(
    ("asked", "names"), [("medicine", ["Gives"]), ("not-stated", ["Silent"]), ("denied", ["Refuses"])]
)
def test_the_list_is_filtered_by_what_a_clinic_says_of_opioid_use(desk, asked, names):
    make_clinic("Gives", services=["methadone"])
    make_clinic("Silent", gives_medicine=False)
    make_clinic("Refuses", services=["does-not-treat-opioid-use-disorder"])
    found = desk.get(page_of("changelist", Clinic), {"treats": asked}).context["cl"].queryset
    assert [clinic.name for clinic in found] == names


def test_the_list_shows_place_offer_and_source(desk):
    clinic = make_busy_clinic()
    make_clinic("Nowhere", at=None)
    page = desk.get(page_of("changelist", Clinic)).content.decode()
    assert "OTP, methadone" in page
    assert "SAMHSA directory 2024" in page
    assert "not on the map" in page
    filtered = desk.get(page_of("changelist", Clinic), {"reports": "open", "offer": "otp", "location": "exact"})
    assert [row.pk for row in filtered.context["cl"].result_list] == [clinic.pk]


def test_unlisting_and_listing_again_is_logged_for_each_clinic(desk):
    clinics = [make_clinic("One"), make_clinic("Two"), make_clinic("Three", is_listed=False)]
    run_action(desk, Clinic, "unlist", clinics)
    assert not Clinic.objects.listed().exists()
    assert [history(clinic) for clinic in clinics] == [["Unlisted."], ["Unlisted."], []]
    run_action(desk, Clinic, "list_again", clinics)
    assert Clinic.objects.listed().count() == 3
    assert history(clinics[2]) == ["Listed."]


def test_a_clinic_closed_today_is_not_listed_until_it_is_listed_again(desk):
    clinic = make_clinic()
    run_action(desk, Clinic, "close_today", [clinic])
    clinic.refresh_from_db()
    assert (clinic.is_listed, clinic.closed_on) == (False, timezone.localdate())
    run_action(desk, Clinic, "list_again", [clinic])
    clinic.refresh_from_db()
    assert (clinic.is_listed, clinic.closed_on) == (True, None)


def test_a_merged_clinic_is_not_listed_again(desk):
    merged, survivor = make_clinic("Merged"), make_clinic("Survivor")
    merged.merge_into(survivor)
    response = run_action(desk, Clinic, "list_again", [merged])
    assert "merged into another clinic" in response.content.decode()
    merged.refresh_from_db()
    assert not merged.is_listed


def test_saving_without_a_change_makes_nobody_a_source(desk):
    clinic = make_busy_clinic()
    before = Clinic.objects.filter(pk=clinic.pk).values("service_ids", "treatment_bits", "patient_bits", "phone").get()
    save(desk, clinic)
    assert set(sources_of(clinic).values()) == {Source.SAMHSA_DIRECTORY}
    assert Clinic.objects.filter(pk=clinic.pk).values(*before).get() == before


def test_editing_the_phone_makes_the_editor_the_source_of_the_contact_alone(desk, editor):
    clinic = make_busy_clinic()
    save(desk, clinic, phone="(410) 555-0142 ext. 7", intake_phones="410.555.0143, 4105550144")
    assert clinic.phone == "410-555-0142 x7"
    assert clinic.intake_phones == ["410-555-0143", "410-555-0144"]
    contact = clinic.confirmations.get(fact_group=FactGroup.CONTACT)
    assert (contact.source, contact.edition) == (Source.EDITOR, "")
    assert (contact.confirmed_on, contact.confirmed_by) == (timezone.localdate(), editor)
    assert sources_of(clinic)[FactGroup.SERVICES] == sources_of(clinic)[FactGroup.PAYMENT] == Source.SAMHSA_DIRECTORY
    assert history(clinic) == ["Changed Phone and Intake phones."]


def test_editing_services_updates_the_masks_and_their_source(desk):
    clinic = make_busy_clinic()
    clinic.other_services = ["A code nobody knows"]
    clinic.save()
    services = Service.objects.filter(slug__in=["medicaid", "outpatient", "methadone"])
    save(desk, clinic, services=[service.pk for service in services])
    assert sorted(clinic.service_ids) == sorted(service.pk for service in services)
    slugs = clinic.facet_slugs
    assert (slugs["setting"], slugs["payment"], slugs["kind"]) == (["outpatient"], ["medicaid"], [])
    assert clinic.other_services == ["A code nobody knows"]
    assert sources_of(clinic) == {
        FactGroup.CONTACT: Source.SAMHSA_DIRECTORY,
        FactGroup.SERVICES: Source.EDITOR,
        FactGroup.PAYMENT: Source.SAMHSA_DIRECTORY,
    }


def test_editing_payment_makes_the_editor_its_source_alone(desk):
    clinic = make_busy_clinic()
    save(desk, clinic, services=[pk for pk in clinic.service_ids if pk != Service.objects.get(slug="medicaid").pk])
    assert clinic.facet_slugs["payment"] == []
    assert sources_of(clinic)[FactGroup.PAYMENT] == Source.EDITOR
    assert sources_of(clinic)[FactGroup.SERVICES] == Source.SAMHSA_DIRECTORY


def test_editing_availability_makes_the_editor_the_source_of_its_group_alone(desk):
    clinic = make_busy_clinic()
    save(desk, clinic, days_to_first_visit="2", first_visit_cents="95.50", telehealth_states="md")
    assert (clinic.days_to_first_visit, clinic.first_visit_cents, clinic.telehealth_states) == (2, 9_550, ["MD"])
    assert sources_of(clinic)[FactGroup.AVAILABILITY] == Source.EDITOR
    assert FactGroup.HOURS not in sources_of(clinic)
    save(desk, clinic, open_hours="Mon-Fri 9-5pm")
    assert clinic.open_hours == tuple((day * 1440 + 540, day * 1440 + 1020) for day in range(5))
    assert clinic.time_zone == "America/New_York"
    assert sources_of(clinic)[FactGroup.HOURS] == Source.EDITOR
    save(desk, clinic, open_hours="")
    assert (clinic.open_hours, clinic.time_zone, clinic.days_to_first_visit) == (None, "", 2)


def test_an_editors_pin_is_where_the_clinic_stands_until_it_is_taken_away(desk):
    clinic = make_clinic()
    save(desk, clinic, pin="39°17'24.0\"N 76°36'36.0\"W")
    assert (clinic.latitude, clinic.longitude) == (pytest.approx(39.29), pytest.approx(-76.61))
    assert (clinic.point_quality, clinic.point_source) == ("rooftop", "editor")
    save(desk, clinic, name="Another Name")
    assert clinic.point_source == "editor"
    save(desk, clinic, pin="")
    assert clinic.is_approximate
    assert not AddressPoint.objects.exists()


def test_an_address_that_moves_without_its_pin_is_pointed_out(desk):
    clinic = make_clinic()
    save(desk, clinic, pin="39.2911, -76.6111")
    response = save(desk, clinic, street="1 New Street")
    assert "check the place on the map" in response.content.decode()
    assert clinic.is_approximate
    save(desk, clinic, street="100 Holliday Street")
    assert clinic.point_source == "editor"  # it belongs to the address


def test_a_new_clinic_gets_the_point_of_its_zip_code_and_its_editor_as_source(desk):
    facts = {"name": "New Clinic", "city": "Baltimore", "state": "MD", "zip_code": "21202", "is_listed": "on"}
    for inline in ("corrections", "confirmations", "source_records", "closures", "fact_changes"):
        facts |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
    desk.post(page_of("add", Clinic), facts)
    clinic = Clinic.objects.get(name="New Clinic")
    assert clinic.is_approximate
    assert clinic.latitude == ZipCode.objects.get(pk="21202").latitude
    assert sources_of(clinic) == {FactGroup.CONTACT: Source.EDITOR}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"phone": "911"}, "Write it like 617-555-0100"),
        ({"zip_code": "2139"}, "five digits"),
        ({"closed_on": "2026-01-31"}, "A closed clinic cannot be listed"),
        ({"pin": "95.5, -176.6"}, "There is no point in that. Pas"),
        ({"pin": "39.2908"}, "There is no point in that. Pas"),
        ({"pin": "40.7128, -74.0060"}, "mend the address or the pin"),
    ],
)
def test_an_impossible_fact_is_refused_with_a_sentence(desk, changes, sentence):
    clinic = make_clinic()
    response = desk.post(page_of("change", clinic, clinic.pk), facts_of(desk, clinic) | changes)
    assert sentence in response.content.decode()
    assert history(clinic) == []


def test_the_page_of_a_clinic_shows_its_evidence_and_costs_the_same_with_more_of_it(desk):
    clinic = make_busy_clinic()
    address = page_of("change", clinic, clinic.pk)
    desk.get(address)
    with CaptureQueriesContext(connection) as few:
        page = desk.get(address).content.decode()
    assert "BU, METH" in page
    assert "The line is &lt;b&gt;dead&lt;/b&gt;." in page
    assert clinic.get_absolute_url() in page
    for line in range(10):
        make_record(clinic, make_run(), line)
        make_correction(clinic)
    with CaptureQueriesContext(connection) as many:
        desk.get(address)
    assert len(few) == len(many) <= 14, [query["sql"][:300] for query in many]
