"""The nightly files: every fact that may be shared, with source and day, in a form that the specification takes."""

import csv
import io
import zipfile
from datetime import date

import pytest
from django.utils.translation import override

from clinics.models import Confirmation
from clinics.open_data import files, hsds
from clinics.questions.registry import QUESTIONS
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.OPEN_DATA_DIR = tmp_path
    return tmp_path


def written(folder) -> dict[str, list[dict]]:
    files.write_all()
    with zipfile.ZipFile(folder / "hsds.zip") as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(hsds.path_of(name)).decode()))) for name in hsds.FIELDS
        }


def test_a_clinic_is_in_the_csv_with_its_source_and_the_day_it_was_assured(folder, client):
    clinic = make_clinic("=Canary", services=["methadone-in-treatment", "medicaid"], accepting_new_patients=True)
    Confirmation.objects.create(clinic=clinic, fact_group="contact", source="owner", confirmed_on=date(2026, 3, 1))
    make_clinic("Demo", is_demo=True)
    make_clinic("Closed", is_listed=False)
    files.write_all()
    response = client.get("/data/clinics.csv")
    [row] = csv.DictReader(io.StringIO(b"".join(response).decode()))
    assert row["name"] == "'=Canary"  # no spreadsheet takes it for a formula
    told = (
        row["source"],
        row["assured_date"],
        row["payment"],
        row["accepting_new_patients"],
        row["counseling_required"],
    )
    assert told == ("the clinic", "2026-03-01", "medicaid", "yes", "")
    assert row["url"] == f"http://127.0.0.1:8000{clinic.get_absolute_url()}"


def test_the_csv_says_who_shares_a_number_and_whom_a_clinic_serves(folder):
    make_clinic("Canary County Jail", street="1 Elm Street", services=["indian-health-service"])
    make_clinic("Canary Clinic", street="2 Elm Street")
    files.write_all()
    with (folder / "clinics.csv").open(newline="") as stream:
        rows = [(row["name"], row["phone_shared_by"], row["serves"]) for row in csv.DictReader(stream)]
    assert rows == [
        ("Canary County Jail", "2", "american-indian-alaska-native people-held-there"),
        ("Canary Clinic", "2", ""),
    ]


def test_the_tables_are_whole_and_refer_to_one_another(folder):
    clinic = make_clinic(phone="410-555-0100 x7", intake_phones=["410-555-0199"], website="https://clinic.example/")
    make_clinic("Private", street="", phone="", at=None)
    tables = written(folder)
    assert {name: len(lines) for name, lines in tables.items()} == {
        "organization": 2, "service": 2, "location": 2, "service_at_location": 2, "address": 1, "phone": 2,
        "taxonomy_term": len(QUESTIONS), "attribute": 0, "required_document": 0,
    }  # fmt: skip
    assert [(line["number"], line["extension"]) for line in tables["phone"]] == [
        ("410-555-0100", "7"),
        ("410-555-0199", ""),
    ]
    hsds.check(tables)
    assert written(folder) == tables  # the same ids every night
    assert clinic.contact_email == ""


@pytest.mark.parametrize(
    ("table", "column", "value", "sentence"),
    [
        ("service", "status", "open", "is not of the form"),
        ("service", "assured_date", "March 1", "is not of the form"),
        ("organization", "name", "", "required, but empty"),
        ("address", "country", "USA", "is not of the form"),
        ("service_at_location", "location_id", "x", "no such row in location"),
    ],
)
def test_a_row_that_the_specification_refuses_keeps_the_old_files(folder, monkeypatch, table, column, value, sentence):
    make_clinic()
    tables = written(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    tables[table][0][column] = value
    with pytest.raises(hsds.NotValid, match=sentence):
        hsds.check(tables)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_nothing_private_is_in_any_file(folder):
    make_clinic(contact_email="canary@clinic.example").corrections.create(problem="other", note="canary note")
    files.write_all()
    with zipfile.ZipFile(folder / "hsds.zip") as archive:
        texts = [archive.read(name) for name in archive.namelist()]
    assert not any(b"canary" in text for text in [*texts, (folder / "clinics.csv").read_bytes()])


def test_only_the_files_of_the_export_are_served(folder, client):
    (folder / "secret.txt").write_text("canary")
    files.write_all()
    response = client.get("/data/hsds.zip")
    assert response.status_code == 200
    response.close()
    for path in ("/data/secret.txt", "/data/..%2fsecret_key", "/data/.clinics.csv.unfinished"):
        assert client.get(path).status_code == 404
    page = client.get("/api/").content.decode()
    assert 'href="/data/clinics.csv"' in page
    assert "CC0-1.0" in page


@pytest.mark.parametrize(
    ("services", "name", "alert", "denied"),
    [
        (["methadone"], hsds.TREATMENT, "", ""),
        (
            ["does-not-treat-opioid-use-disorder"],
            hsds.OTHER_CARE,
            "Says it does not treat opioid use disorder.",
            "treats/opioids",
        ),
        (
            ["no-medication-for-opioid-use-disorder"],
            hsds.TREATMENT,
            "Says it does not use medication for opioid use disorder.",
            "treats/medicine",
        ),
    ],
)
def test_a_stated_no_is_told_in_both_forms(folder, services, name, alert, denied):
    make_clinic(services=services)
    with override("es"):
        [service] = written(folder)["service"]
    assert (service["name"], service["alert"]) == (name, alert)
    [row] = csv.DictReader(io.StringIO((folder / "clinics.csv").read_text(encoding="utf-8")))
    assert row["denied"].partition(" ")[0] == denied
