"""The real directory of 2024, imported once."""

import json
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from clinics.imports.run import import_file
from clinics.management.commands.count_by_state import by_state
from clinics.models import Clinic, Confirmation, ImportDifference, ImportRejection, ImportRun, SourceRecord
from tests.clinics.imports.directories import checksum_of_everything

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def imported(module_db, shared_data):
    path = shared_data / "samhsa" / "national_directory_2024_facilities.csv.gz"
    return SimpleNamespace(path=path, result=import_file(path))


def test_every_row_is_accounted_for(imported):
    run = imported.result.run
    assert (run.rows, run.created, run.updated, run.unchanged) == (20_521, 12_186, 0, 0)
    assert (run.repeated, run.skipped, run.rejected, run.closed) == (14, 8_319, 2, 0)
    assert run.adds_up
    assert run.status == ImportRun.Status.APPLIED
    assert Clinic.objects.count() == SourceRecord.objects.count() == 12_186


def test_the_junk_rows_are_kept_with_line_and_reason(imported):
    rejections = ImportRejection.objects.filter(run=imported.result.run)
    assert [rejection.line for rejection in rejections] == [20_524, 20_525]
    assert all(rejection.reason for rejection in rejections)
    assert "3 empty rows (lines 20521 to 20523), passed over" in imported.result.run.messages


def test_the_same_file_again_changes_nothing(imported):
    before = [line for line in checksum_of_everything() if "import" not in line[0]]
    run = import_file(imported.path).run
    assert (run.created, run.updated, run.unchanged) == (0, 0, 12_186)
    assert [line for line in checksum_of_everything() if "import" not in line[0]] == before


def test_a_dry_run_reports_the_changes_and_writes_nothing(imported, shared_data, tmp_path):
    newer, report = shared_data / "samhsa" / "findtreatment_residential_ca_2025.csv.gz", tmp_path / "report.json"
    before = checksum_of_everything()
    call_command("import_clinics", newer, "--dry-run", "--report", report, verbosity=0)
    [imported] = json.loads(report.read_text())["files"]
    assert imported["created"] > 0
    assert checksum_of_everything() == before


def test_services_become_what_the_search_counts(imported):
    clinics = Clinic.objects.all()
    assert "outpatient" in clinics.get(name="Kimi Recovery Center").facet_slugs["setting"]
    with_buprenorphine = sum("buprenorphine" in clinic.facet_slugs["medication"] for clinic in clinics.iterator())
    assert 7_000 < with_buprenorphine < 7_500  # 7,095 state BU, some only an injection or the tablet
    assert sum("otp" in clinic.facet_slugs["kind"] for clinic in clinics.iterator()) == 1_460  # 3 more deny it


def test_the_clinics_are_of_three_groups_by_what_they_say_of_opioid_use(imported):
    _all, *totals = (sum(column) for column in zip(*[row[1:] for row in by_state()], strict=True))
    assert totals == [8_049, 3_310, 827, 511]  # give medicine, do not say, deny; of the second: no medicine
    assert ImportDifference.objects.disputed_denials().count() == 88


def test_lost_zeros_of_zips_are_restored_and_found(imported):
    assert Clinic.objects.filter(state="MA", zip_code__startswith="0").exists()
    assert not Clinic.objects.exclude(zip_code__regex=r"^\d{5}$").exists()


def test_without_coordinates_the_point_of_the_zip_is_used_and_marked_approximate(imported):
    assert Clinic.objects.filter(point_quality="zip").count() >= 12_170
    assert Clinic.objects.exclude(point_quality__in=["zip", ""]).count() == 0


def test_a_withheld_address_is_not_shown(imported):
    assert not Clinic.objects.filter(street__regex="^[- ]+$").exists()
    assert Clinic.objects.filter(street="").count() > 400


def test_every_fact_group_of_a_new_clinic_has_a_source_and_no_confirmation(imported):
    for group in ("contact", "services", "payment"):
        confirmations = Confirmation.objects.filter(fact_group=group)
        assert confirmations.count() == 12_186
        assert set(confirmations.values_list("source", "edition", "confirmed_on")) == {
            ("samhsa-directory", "2024", None)
        }


def test_every_code_is_in_the_code_book(imported):
    assert not [message for message in imported.result.run.messages if "code book" in message]
    assert not Clinic.objects.exclude(other_services=[]).exists()
