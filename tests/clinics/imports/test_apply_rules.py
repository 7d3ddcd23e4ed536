"""Each rule of the import on a row or two."""

import pytest
from django.utils import timezone

from clinics.imports.readers import UnreadableFile
from clinics.imports.rows import Rejection
from clinics.imports.run import ImportFailed
from clinics.models import (
    Clinic,
    Confirmation,
    ImportDifference,
    ImportRun,
    PointQuality,
    PossibleDuplicate,
    Source,
    SourceRecord,
)
from tests.clinics.imports import directories
from tests.clinics.imports.directories import ELM_STREET, MENTAL, checksum_of_everything, import_rows, row
from tests.factories import CAMBRIDGE, make_clinic

pytestmark = pytest.mark.django_db
LOCATOR = {"source": Source.SAMHSA_LOCATOR, "edition": "2020"}
OTP_2023 = {"source": Source.SAMHSA_OTP, "edition": "2023", "complete": True}
CERTIFIED = {"codes": ("OTP",), "certification": "certified"}


def test_one_place_in_two_lists_is_one_clinic_with_both_as_evidence():
    import_rows(row(**ELM_STREET), **LOCATOR)
    run = import_rows(row(name="HOPE RECOVERY CENTER, INC.", street="22 Elm St.", phone="617-555-0101")).run
    [clinic] = Clinic.objects.all()
    assert (run.created, run.updated) == (0, 1)
    assert run.rules == {"same name, street and ZIP": 1}
    assert (clinic.name, clinic.phone) == ("Hope Recovery Center, Inc.", "617-555-0101")
    assert (clinic.latitude, clinic.is_approximate) == (ELM_STREET["latitude"], False)
    assert clinic.source_records.count() == 2


def test_two_rows_with_the_same_name_street_and_zip_are_one_clinic_with_the_services_of_both():
    rows = [
        row(2, codes=("OP",), phone="617-555-0101"),
        row(3, street="22 Elm St", codes=("MD",), phone="617-555-0102"),
    ]
    run = import_rows(*rows).run
    [clinic] = Clinic.objects.all()
    assert (run.created, run.repeated) == (1, 1)
    assert len(clinic.service_ids) == 2
    assert (clinic.phone, clinic.other_phones) == ("617-555-0101", ["617-555-0102"])
    assert clinic.phone_for_new_patients == "617-555-0101"


@pytest.mark.parametrize(
    ("newer", "of_the_newer"),
    [
        ({"phone": "617-555-0101"}, True),
        ({"intake_phones": ("617-555-0101",)}, True),
        ({"hotlines": ("617-555-0101",)}, True),
        ({"phone_as_written": "211"}, False),
        ({}, False),
    ],
)
def test_all_phone_numbers_of_a_clinic_are_those_of_one_record(newer, of_the_newer):
    nothing = {"phone": "", "other_phones": (), "intake_phones": (), "hotlines": (), "phone_as_written": ""}
    older = {
        "phone": "617-555-0117",
        "other_phones": ("617-555-0119",),
        "intake_phones": ("617-555-0118",),
        "hotlines": ("617-555-0120",),
        "phone_as_written": "617-555-0117 press 2",
    }
    import_rows(row(**older), **LOCATOR)
    import_rows(row(**newer))
    stated = Clinic.objects.values(*nothing).get()
    expected = nothing | newer if of_the_newer else older
    assert {name: tuple(value) if isinstance(value, list) else value for name, value in stated.items()} == expected


def test_two_rows_of_one_list_stay_two_clinics_however_similar():
    import_rows(row(2), row(3, name_detail="Unit 2"), row(4, street_detail="Suite B"))
    assert Clinic.objects.count() == 3
    assert not PossibleDuplicate.objects.exists()


def test_the_substance_and_the_mental_row_of_one_place_are_one_clinic():
    run = import_rows(row(2, codes=("OP",)), row(3, treats=MENTAL, codes=("OP",)), include_mental_health=True).run
    assert Clinic.objects.count() == 1
    assert (run.created, run.updated) == (1, 1)


def test_clinics_for_mental_health_only_are_skipped_by_default():
    run = import_rows(row(2, treats=MENTAL)).run
    assert (run.rows, run.skipped, Clinic.objects.count()) == (1, 1, 0)
    assert import_rows(row(2, treats=MENTAL), include_mental_health=True).run.created == 1


def test_an_uncertain_pair_is_two_clinics_and_a_possible_match():
    import_rows(row(name="Hope Recovery Center", phone="617-555-0101"), **LOCATOR)
    run = import_rows(row(name="Hope Health Center", phone="617-555-0102")).run
    [question] = PossibleDuplicate.objects.all()
    assert (run.created, run.queued) == (1, 1)
    assert question.status == PossibleDuplicate.Status.OPEN
    assert {question.one.name, question.other.name} == {"Hope Recovery Center", "Hope Health Center"}


def test_a_possible_match_that_was_decided_is_not_queued_again():
    import_rows(row(), **LOCATOR)
    import_rows(row(name="Hope Health Center"))
    PossibleDuplicate.objects.update(status=PossibleDuplicate.Status.DIFFERENT)
    run = import_rows(row(name="Hope Health Center", phone="617-555-0102"), edition="2025").run
    assert run.queued == 0
    assert PossibleDuplicate.objects.get().status == PossibleDuplicate.Status.DIFFERENT


def test_a_clinic_without_a_source_record_is_matched():
    ours = make_clinic("Hope Recovery Ctr", street="22 Elm St", zip_code="02139", city="Cambridge", state="MA")
    assert import_rows(row(phone="617-555-0101")).run.updated == 1
    ours.refresh_from_db()
    assert ours.phone == "617-555-0101"


def test_facts_that_the_owner_confirmed_stay_and_the_difference_is_queued():
    import_rows(row(phone="617-555-0101", codes=("OP", "MD")))
    clinic = Clinic.objects.get()
    Confirmation.objects.filter(fact_group="contact").update(source=Source.OWNER, confirmed_on=timezone.localdate())
    clinic.phone = "617-555-0199"
    clinic.save()
    import_rows(row(phone="617-555-0102", codes=("OP", "RES")), edition="2025")
    clinic.refresh_from_db()
    assert clinic.phone == "617-555-0199"
    assert "residential" in clinic.facet_slugs["setting"]  # what nobody confirmed follows the list
    difference = ImportDifference.objects.get()
    assert (difference.field, difference.ours, difference.theirs) == ("phone", "617-555-0199", "617-555-0102")
    assert Confirmation.objects.get(fact_group="contact").source == Source.OWNER
    assert Confirmation.objects.get(fact_group="services").edition == "2025"


def test_confirmed_payment_stays_while_services_follow_the_list():
    import_rows(row(codes=("OP", "MD")))
    Confirmation.objects.filter(fact_group="payment").update(source=Source.EDITOR)
    import_rows(row(codes=("RES", "SF")), edition="2025")
    facets = Clinic.objects.get().facet_slugs
    assert facets["payment"] == ["medicaid"]
    assert facets["setting"] == ["residential"]
    assert ImportDifference.objects.get().field == "payment"


def test_a_decided_difference_stays_decided_until_the_list_changes():
    import_rows(row(phone="617-555-0101"))
    Confirmation.objects.filter(fact_group="contact").update(source=Source.OWNER)
    import_rows(row(phone="617-555-0102"), edition="2025")
    ImportDifference.objects.update(status=ImportDifference.Status.OURS)
    import_rows(row(phone="617-555-0102"), edition="2026")
    assert ImportDifference.objects.get().status == ImportDifference.Status.OURS
    import_rows(row(phone="617-555-0103"), edition="2027")
    assert ImportDifference.objects.get().status == ImportDifference.Status.OPEN


def test_a_clinic_that_a_newer_edition_no_longer_has_is_marked_until_it_is_back():
    import_rows(row(2), row(3, name="Elm Clinic", street="40 Elm Street"), edition="2023", complete=True)
    run = import_rows(row(2), edition="2024", complete=True).run
    missing = Clinic.objects.get(name="Elm Clinic")
    assert run.closed == 1
    assert (missing.missing_from, missing.is_listed) == ("SAMHSA directory 2024", True)
    import_rows(row(2), row(3, name="Elm Clinic", street="40 Elm Street"), edition="2025", complete=True)
    missing.refresh_from_db()
    assert missing.missing_from == ""


def test_a_part_of_a_list_marks_no_clinic_as_missing():
    import_rows(row(2), row(3, name="Elm Clinic", street="40 Elm Street"), edition="2023", complete=True)
    assert import_rows(row(2), edition="2024", complete=False).run.closed == 0


def test_a_program_that_lost_its_certification_is_no_longer_shown_as_certified():
    import_rows(row(2, **CERTIFIED), row(3, name="Elm Clinic", street="40 Elm Street", **CERTIFIED), **OTP_2023)
    assert Clinic.objects.get(name="Elm Clinic").facet_slugs["kind"] == ["otp"]
    import_rows(row(2, **CERTIFIED), **OTP_2023 | {"edition": "2024"})
    assert Clinic.objects.get(name="Elm Clinic").facet_slugs["kind"] == []


def test_a_list_of_certified_programs_adds_to_the_services_of_the_directory():
    import_rows(row(codes=("OP", "BU")))
    import_rows(row(**CERTIFIED), **OTP_2023)
    facets = Clinic.objects.get().facet_slugs
    assert (facets["kind"], facets["setting"]) == (["otp"], ["outpatient"])
    assert Confirmation.objects.get(fact_group="services").source == Source.SAMHSA_DIRECTORY


def test_a_point_that_a_later_list_states_is_used_for_every_clinic_at_the_address():
    import_rows(row(2), row(3, name="Elm Dental and Detox", street_detail="Suite 9"))
    assert set(Clinic.objects.values_list("point_quality", flat=True)) == {PointQuality.ZIP}
    import_rows(row(street="22 ELM ST.", **ELM_STREET), **LOCATOR)
    assert Clinic.objects.count() == 2
    for clinic in Clinic.objects.all():
        assert (clinic.latitude, clinic.is_approximate) == (ELM_STREET["latitude"], False)


def test_the_point_of_a_withheld_address_is_that_of_its_zip_whatever_the_list_prints():
    import_rows(row(street="- - -", **ELM_STREET), **LOCATOR)
    clinic = Clinic.objects.get()
    assert (clinic.street, clinic.is_approximate) == ("", True)
    assert clinic.latitude != ELM_STREET["latitude"]


def test_an_address_that_becomes_withheld_is_removed():
    import_rows(row(**ELM_STREET), **LOCATOR)
    import_rows(row(street="22 Elm Street"), edition="2023")
    record = SourceRecord.objects.get(edition="2023")
    record.row["street"], record.street_key = "- - -", ""
    record.save()
    import_rows(row(phone="617-555-0101", **ELM_STREET), source=Source.SAMHSA_LOCATOR, edition="2021")
    clinic = Clinic.objects.get()
    assert (clinic.street, clinic.is_approximate) == ("", True)


def test_a_clinic_that_moved_does_not_keep_the_point_of_its_old_address():
    import_rows(row(**ELM_STREET), **LOCATOR)
    record = SourceRecord.objects.get()
    import_rows(row(name="Elm Clinic", street="40 Elm Street"))
    SourceRecord.objects.filter(pk=record.pk).update(clinic=Clinic.objects.get(name="Elm Clinic"))
    import_rows(row(name="Elm Clinic", street="40 Elm Street", phone="617-555-0101"), edition="2025")
    moved = Clinic.objects.get(name="Elm Clinic")
    assert moved.is_approximate


def test_an_unknown_code_is_kept_as_text_and_reported():
    run = import_rows(row(2, codes=("OP", "XYZ")), row(3, name="Elm Clinic", codes=("XYZ",))).run
    assert "code XYZ is not in the code book: kept as text, 2 facilities" in run.messages
    assert Clinic.objects.get(name="Elm Clinic").other_services == ["XYZ"]


def test_an_unknown_column_is_named():
    assert import_rows(row(), unknown_columns=["telehealth2"]).run.messages == [
        "unknown column 'telehealth2', ignored"
    ]


def test_the_meanings_of_findtreatment_are_read_without_codes():
    meanings = (("OM", "Buprenorphine used in  Treatment"), ("OM", "Tea and sympathy"))
    import_rows(row(meanings=meanings), source=Source.FINDTREATMENT, codebook={})
    clinic = Clinic.objects.get()
    assert clinic.facet_slugs["medication"] == ["buprenorphine"]
    assert clinic.other_services == ["tea and sympathy"]


def test_a_text_that_is_too_long_is_a_rejection():
    result = import_rows(row(2), row(3, city="C" * 81))
    assert (result.run.created, result.run.rejected) == (1, 1)
    assert result.rejections[0].reason == "city of more than 80 characters"


def test_a_rejected_row_is_stored_with_line_reason_and_text():
    run = import_rows(row(2), Rejection(3, "no name", "22 Elm Street")).run
    [rejection] = run.rejections.all()
    assert (rejection.line, rejection.reason, rejection.text) == (3, "no name", "22 Elm Street")


def test_the_first_real_clinic_replaces_the_demo():
    make_clinic("DEMO Clinic", is_demo=True)
    run = import_rows(row()).run
    assert not Clinic.objects.filter(is_demo=True).exists()
    assert run.messages == ["the 1 demo clinics were removed"]


def test_a_file_that_is_damaged_in_the_middle_leaves_only_its_failed_run():
    class Torn(list):
        def __iter__(self):
            yield from list.__iter__(self)
            raise UnreadableFile("The gzip file is damaged or was cut off; download it again.")

    import_rows(row())
    make_clinic("DEMO Clinic", is_demo=True, at=CAMBRIDGE)
    before = [line for line in checksum_of_everything() if line[0] != "importrun"]
    with pytest.raises(ImportFailed, match="cut off"):
        directories.import_directory(
            directories.Directory(Torn([row(2, phone="617-555-0101"), row(3, name="Elm Clinic")])),
            directories.Path(__file__),
            include_mental_health=False,
            status=ImportRun.Status.APPLIED,
        )
    assert [line for line in checksum_of_everything() if line[0] != "importrun"] == before
    failed = ImportRun.objects.first()
    assert (failed.status, failed.error) == ("failed", "The gzip file is damaged or was cut off; download it again.")


def test_a_run_whose_process_died_is_marked_by_the_next():
    dead = ImportRun.objects.create(file_name="a.csv", layout="x", source=Source.SAMHSA_OTP, edition="2020")
    import_rows(row())
    dead.refresh_from_db()
    assert (dead.status, dead.error) == ("failed", "It was interrupted; nothing was written.")


def test_numbers_that_do_not_add_up_stop_the_import(monkeypatch):
    monkeypatch.setattr(ImportRun, "adds_up", False)
    with pytest.raises(ImportFailed, match="do not add up"):
        import_rows(row())
    assert not Clinic.objects.exists()


def test_a_record_from_before_a_field_was_read_states_nothing_about_it():
    import_rows(row(website="https://hope.example"), edition="2022")
    record = SourceRecord.objects.get()
    del record.row["website"], record.row["county"]
    record.save()
    import_rows(row(phone="617-555-0100"), edition="2024")
    clinic = Clinic.objects.get()
    assert (clinic.website, clinic.county, clinic.phone) == ("", "", "617-555-0100")
