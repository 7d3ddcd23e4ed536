"""An export restores the same directory, in an empty one and in its own."""

import csv
import datetime
import re

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from clinics.locations.placing import EDITOR, pin, place_clinics
from clinics.models import AddressPoint, Clinic, Confirmation, ImportRun, SourceRecord
from clinics.questions import stated
from clinics.typed_hours import parse_week
from tests.clinics.imports.directories import import_rows, import_states, row
from tests.factories import BALTIMORE, make_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def state() -> list:
    """All that a reader or a later import could see of the directory, without keys and times of writing."""
    clinics = Clinic.objects.order_by("pk").defer("position")
    hidden = {"created_at", "updated_at", "position"}
    names = [field.name for field in Clinic._meta.concrete_fields if field.name not in hidden]
    facts = list(clinics.values(*names))
    confirmations = list(
        Confirmation.objects.order_by("clinic", "fact_group").values(
            "clinic", "fact_group", "source", "edition", "confirmed_on"
        )
    )
    records = list(
        SourceRecord.objects.order_by("source", "edition", "record_key").values(
            "clinic", "source", "edition", "directory", "record_key", "content_hash", "line", "row", "run__is_complete"
        )
    )
    return [facts, confirmations, records]


def forget_everything() -> None:
    SourceRecord.objects.all().delete()
    Clinic.objects.all().delete()
    ImportRun.objects.all().delete()
    AddressPoint.objects.all().delete()


@pytest.fixture
def directory(shared_data):
    """Real clinics of two lists, one of them edited by a person, one closed, one with a treacherous name."""
    import_states(shared_data / "samhsa" / "locator_substance_use_2020.csv", {"VT"})
    import_states(shared_data / "samhsa" / "national_directory_2024_facilities.csv.gz", {"VT", "DE"})
    import_rows(row(name='=HYPERLINK("http://x")', street="-1 Main Street", codes=("OP", "NEWCODE")), edition="2023")
    edited = Clinic.objects.order_by("pk").first()
    edited.phone = "802-555-0100"
    edited.accepting_new_patients, edited.days_to_first_visit, edited.first_visit_cents = False, 3, 12_050
    edited.telehealth_states, edited.desk_languages = [], ["english", "spanish"]
    edited.open_hours, edited.walk_in_hours = parse_week("Mon-Fri 9-17; Sun 22-2"), ()
    stated.state(edited, {"id_needed": False, "letters": []}, "editor", datetime.date(2026, 5, 2))
    edited.save()
    edited.confirmations.filter(fact_group="contact").update(source="editor", confirmed_on=datetime.date(2026, 5, 1))
    closed = Clinic.objects.order_by("pk").last()
    closed.is_listed, closed.closed_on = False, datetime.date(2026, 6, 1)
    closed.save()
    quoted = make_clinic("'Quoted' by an editor, in no list", services=["medicaid"], gives_medicine=False)
    pin(quoted, EDITOR, BALTIMORE)
    place_clinics()
    return state()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_restores_the_same_directory(directory, tmp_path, capsys, ending):
    path = tmp_path / f"clinics.{ending}"
    call_command("export_clinics", path)
    call_command("import_clinics", path)
    assert f"updated      0\nunchanged    {len(directory[0])}" in capsys.readouterr().out
    assert state() == directory
    forget_everything()
    call_command("import_clinics", path)
    assert f"created      {len(directory[0])}\n" in capsys.readouterr().out
    assert state() == directory
    # A clinic that comes later gets a number of its own.
    assert make_clinic().pk > max(clinic["id"] for clinic in directory[0])


def test_later_changes_are_undone_by_restoring(directory, tmp_path, capsys):
    path = tmp_path / "clinics.csv"
    call_command("export_clinics", path)
    clinic = Clinic.objects.order_by("pk").first()
    clinic.name, clinic.service_ids = "Renamed", []
    clinic.save()
    call_command("import_clinics", path, dry_run=True)
    assert Clinic.objects.get(pk=clinic.pk).name == "Renamed"
    call_command("import_clinics", path)
    assert "updated      1\n" in capsys.readouterr().out
    assert state() == directory


def test_an_export_of_another_directory_is_refused(directory, tmp_path):
    path = tmp_path / "clinics.csv"
    call_command("export_clinics", path)
    forget_everything()
    first = min(clinic["id"] for clinic in directory[0])
    make_clinic("Somebody Else", id=first)
    before = state()
    with pytest.raises(CommandError, match="of another directory"):
        call_command("import_clinics", path)
    assert state() == before


# Columns that the first release did not write.
ADDED_LATER = ["phone_as_written", "other_phones", "hotlines", "point_quality", "points"]
POINT_COLUMNS = {"point_quality", "point_source", "point_as_of", "point_address"}


def older_export(path) -> None:
    """Write the directory as the first release did."""
    call_command("export_clinics", path)
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    with path.open("w", newline="") as stream:
        names = [name for name in rows[0] if name not in ADDED_LATER]
        out = csv.DictWriter(stream, [*names, "is_approximate"], extrasaction="ignore")
        out.writeheader()
        out.writerows(row | {"is_approximate": row["point_quality"] == "zip"} for row in rows)


def without_points(facts: list) -> list:
    return [{name: value for name, value in clinic.items() if name not in POINT_COLUMNS} for clinic in facts]


def test_an_export_of_an_older_release_restores_what_it_states(directory, tmp_path, capsys):
    path = tmp_path / "clinics.csv"
    Clinic.objects.update(other_phones=[], hotlines=[], phone_as_written="")
    before = state()
    older_export(path)
    forget_everything()
    call_command("import_clinics", path)
    assert f"created      {len(before[0])}\n" in capsys.readouterr().out
    facts, *rest = state()
    assert [without_points(facts), *rest] == [without_points(before[0]), *before[1:]]
    # What a person had confirmed or given is a pin of its address now.
    pinned = Clinic.objects.filter(point_quality="rooftop")
    assert set(pinned.values_list("point_source", "point_as_of")) == {("editor", "2026-05-01"), ("owner", "")}


def test_a_column_of_a_newer_release_is_not_dropped_silently(directory, tmp_path):
    path = tmp_path / "clinics.csv"
    call_command("export_clinics", path)
    heading, *lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([f"fax,{heading}", *(f",{line}" for line in lines)]))
    with pytest.raises(CommandError, match="column 'fax', which is not known here"):
        call_command("import_clinics", path)
    assert state() == directory


def test_a_damaged_export_changes_nothing(directory, tmp_path):
    path = tmp_path / "clinics.csv"
    call_command("export_clinics", path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:3], lines[3].replace("True", "Perhaps").replace("False", "Perhaps"), *lines[4:]]))
    Clinic.objects.filter(pk=directory[0][0]["id"]).update(name="Before")
    before = state()
    with pytest.raises(CommandError, match="Line 4 of the export is damaged"):
        call_command("import_clinics", path)
    assert state() == before


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_begins_like_a_formula(directory, tmp_path, ending):
    path = tmp_path / f"clinics.{ending}"
    call_command("export_clinics", path)
    if ending == "csv":
        with path.open(newline="") as stream:
            cells = [cell for line in csv.reader(stream) for cell in line]
    else:
        book = load_workbook(path)
        rows = book.worksheets[0].iter_rows(values_only=True)
        cells = [cell for line in rows for cell in line if isinstance(cell, str)]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    formulas = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert not [cell for cell in formulas if not re.fullmatch(r"-[0-9.]+", cell)]  # longitudes are numbers


def test_a_file_name_with_another_ending_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"\.csv or \.xlsx"):
        call_command("export_clinics", tmp_path / "clinics.pdf")


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(CommandError, match="could not be written"):
        call_command("export_clinics", tmp_path / "missing" / "clinics.csv")
