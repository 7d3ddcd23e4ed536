import gzip
import json
from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django_q.models import OrmQ

from clinics.imports import run as import_run
from clinics.imports import staging
from clinics.models import Clinic, ImportRun
from tests.clinics.imports.directories import checksum_of_everything

pytestmark = pytest.mark.django_db

HEADING = "name1,name2,street1,street2,city,state,zip,zip4,county,latitude,longitude\n"
ROWS = [
    "Hope Recovery Center,,22 Elm Street,,Cambridge,MA,2139,,Middlesex,42.3662,-71.1031\n",
    "Elm Clinic,,40 Elm Street,,Cambridge,MA,2139,,Middlesex,42.3665,-71.1040\n",
    ",,9 Elm Street,,Cambridge,MA,2139,,,,\n",
]


@pytest.fixture
def locator(tmp_path):
    path = tmp_path / "locator_substance_use_2021.csv"
    path.write_text(HEADING + "".join(ROWS))
    return path


def run(*arguments, **options) -> str:
    output = StringIO()
    call_command("import_clinics", *arguments, stdout=output, stderr=StringIO(), **options)
    return output.getvalue()


def numbers(output: str) -> dict[str, int]:
    words = [line.split() for line in output.splitlines() if line[:1].isalpha()]
    return {line[0]: int(line[1]) for line in words if len(line) > 1 and line[1].isdigit()}


def test_prints_one_number_a_line_and_every_rejection(locator):
    output = run(locator)
    assert numbers(output)["created"] == 2
    assert numbers(output)["rejected"] == 1
    assert {"updated", "unchanged", "closed", "repeated", "skipped", "queued"} <= numbers(output).keys()
    assert "line 4 rejected: no name" in output


def test_importing_again_changes_nothing(locator):
    run(locator)
    assert numbers(run(locator)) | {"created": 0, "updated": 0, "unchanged": 2} == numbers(run(locator))


def test_after_an_import_jobs_look_at_the_ways_and_ask_for_points_if_there_is_a_geocoder(
    locator, settings, ways_are_not_due, django_capture_on_commit_callbacks
):
    def queued(*arguments) -> list[str]:
        OrmQ.objects.all().delete()
        with django_capture_on_commit_callbacks(execute=True):
            run(locator, *arguments)
        return [job.task["func"] for job in OrmQ.objects.all()]

    assert queued() == ["clinics.locations.obstacles.find_around"]
    settings.GEOCODER = "census"
    assert queued("--edition", "2022") == ["clinics.locations.geocoding.geocode_due"]
    assert queued("--edition", "2023", "--dry-run") == []


def test_a_dry_run_prints_the_same_numbers_and_writes_nothing(locator):
    before = checksum_of_everything()
    rehearsed = run(locator, "--dry-run")
    assert checksum_of_everything() == before
    assert "Dry run: nothing was written." in rehearsed
    assert numbers(rehearsed) == numbers(run(locator))


def test_several_files_are_imported_one_after_another(locator, tmp_path):
    again = tmp_path / "locator_2022.csv"
    again.write_text(HEADING + ROWS[0])
    run(locator, again)
    assert [run.edition for run in ImportRun.objects.order_by("pk")] == ["2021", "2022"]
    assert Clinic.objects.count() == 2


def test_a_dry_run_of_several_files_shows_the_first_one_to_the_second(locator, tmp_path):
    report = tmp_path / "report.json"
    run(locator, locator, "--dry-run", "--report", report)
    assert [file["unchanged"] for file in json.loads(report.read_text())["files"]] == [0, 2]


def test_the_edition_can_be_given(locator):
    run(locator, "--edition", "2023-05-01")
    assert ImportRun.objects.get().edition == "2023-05-01"


def test_the_report_holds_all_numbers_and_rejections(locator, tmp_path):
    report = tmp_path / "report.json"
    run(locator, "--report", report)
    [file] = json.loads(report.read_text())["files"]
    assert (file["rows"], file["created"], file["status"]) == (3, 2, "applied")
    assert file["rejections"][0]["line"] == 4


def assert_refused(*arguments, saying: str) -> None:
    before = [line for line in checksum_of_everything() if line[0] != "importrun"]
    with pytest.raises(CommandError, match=saying) as failure:
        run(*arguments)
    assert failure.value.returncode == 1
    assert "\n" not in str(failure.value)
    assert [line for line in checksum_of_everything() if line[0] != "importrun"] == before


def test_a_file_that_is_missing_empty_or_not_a_directory_is_refused_in_one_sentence(tmp_path):
    assert_refused(tmp_path / "none.csv", saying="no such file")
    (tmp_path / "empty.csv").touch()
    assert_refused(tmp_path / "empty.csv", saying="empty")
    (tmp_path / "pets.csv").write_text("cat,dog\n1,2\n")
    assert_refused(tmp_path / "pets.csv", saying="no directory we know")


def test_a_gzip_file_that_was_cut_off_is_refused(locator, tmp_path):
    whole = gzip.compress((HEADING + "".join(ROWS) * 500).encode())
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    assert_refused(tmp_path / "cut.csv.gz", saying="cut off")


def test_a_full_disk_leaves_nothing(locator, monkeypatch):
    def full(*args):
        raise OperationalError('could not extend file "base/5/1": No space left on device\nHINT: Check free space')

    monkeypatch.setattr(import_run.apply, "copy_rows", full)
    assert_refused(locator, saying="No space left on device")
    assert "No space left on device" in ImportRun.objects.get().error


def test_a_bug_leaves_nothing_and_shows_its_traceback(locator, monkeypatch):
    monkeypatch.setattr(staging, "content_hash", lambda record: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(locator)
    assert ImportRun.objects.get().status == "failed"
    assert not Clinic.objects.exists()


def test_a_second_import_at_the_same_time_is_refused(locator, monkeypatch):
    monkeypatch.setattr(import_run, "LOCK_SECONDS", 0.3)
    settings = connection.get_connection_params()
    parameters = {key: settings[key] for key in ("dbname", "user", "password", "host", "port") if settings.get(key)}
    other = psycopg2.connect(**parameters)
    try:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", [import_run.LOCK])
        assert_refused(locator, saying="Another import is running")
    finally:
        other.close()


def test_progress_is_plain_lines_where_there_is_no_terminal(locator):
    errors = StringIO()
    call_command("import_clinics", locator, stdout=StringIO(), stderr=errors)
    assert errors.getvalue() == "locator_substance_use_2021.csv: SAMHSA locator 2021\n"
