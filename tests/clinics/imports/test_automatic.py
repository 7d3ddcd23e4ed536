"""Sources in step: files of the drop folder and states of FindTreatment.gov, held when they would change too much."""

import os
import time
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.html import strip_tags

from clinics.imports import automatic
from clinics.imports.automatic import SourcesMissing, fetch_states, reason_to_hold, take_dropped_files
from clinics.models import Clinic, ImportDifference, ImportRun, ImportUpload
from tests.clinics.admin.test_uploads import ELM, HEADING, HOPE, NAME
from tests.factories import make_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Status = ImportUpload.Status


@pytest.fixture(autouse=True)
def drop(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT, settings.IMPORT_DROP_DIR = tmp_path / "uploads", tmp_path / "drop"
    settings.IMPORT_DROP_DIR.mkdir()
    return settings.IMPORT_DROP_DIR


def put(folder: Path, *lines: str, name=NAME, age_seconds=120) -> Path:
    path = folder / name
    path.write_text(HEADING + "".join(lines))
    os.utime(path, (time.time() - age_seconds,) * 2)
    return path


def a_state_of(count: int) -> None:
    for number in range(count):
        make_clinic(f"Clinic {number}", street=f"{number} Main Street", city="Boston", state="MA", zip_code="02108")


def test_a_dropped_file_that_changes_a_twentieth_of_a_state_or_less_is_applied(drop):
    a_state_of(40)
    path = put(drop, HOPE, ELM)
    assert take_dropped_files() == "1 files taken in. 1 applied"
    assert Clinic.objects.filter(name="Hope Recovery Center").exists()
    upload = ImportUpload.objects.get()
    assert (upload.origin, upload.status, upload.held_because) == ("dropped", Status.APPLIED, "")
    assert upload.report["counts"]["created"] == 2
    assert upload.run == ImportRun.objects.get()
    assert not path.exists()
    assert take_dropped_files() == "0 files taken in. Nothing waits."


def test_a_dropped_file_that_would_change_more_waits_for_an_editor_with_its_report(drop, client):
    a_state_of(39)
    put(drop, HOPE, ELM)
    assert take_dropped_files() == "1 files taken in. 1 held"
    assert take_dropped_files() == "0 files taken in. Nothing waits."
    assert Clinic.objects.count() == 39
    upload = ImportUpload.objects.get()
    assert upload.held_because == "It would change more than 5 % of the listed clinics of a state: MA 2 of 39."
    client.force_login(User.objects.create_superuser("editor"))
    assert "1 import held" in " ".join(strip_tags(client.get("/admin/").content.decode()).split())
    page = client.get(reverse("admin:clinics_importupload_change", args=[upload.pk])).content.decode()
    for text in ("<strong>Held.</strong>", "MA 2 of 39", "Hope Recovery Center", 'value="apply"'):
        assert text in page
    client.post(reverse("admin:clinics_importupload_change", args=[upload.pk]), {"press": "apply"})
    assert take_dropped_files() == "0 files taken in. Nothing waits.", "an editor's job is not this one's"


def test_a_held_import_that_an_editor_discards_keeps_its_report(drop, client):
    put(drop, HOPE)
    take_dropped_files()
    upload = ImportUpload.objects.get()
    client.force_login(User.objects.create_superuser("editor"))
    client.post(reverse("admin:clinics_importupload_change", args=[upload.pk]), {"press": "discard"})
    upload.refresh_from_db()
    assert (upload.status, bool(upload.file), upload.report["counts"]["created"]) == (Status.DISCARDED, False, 1)
    assert take_dropped_files() == "0 files taken in. Nothing waits."
    assert not Clinic.objects.exists()


def test_a_hidden_file_and_one_that_is_still_being_written_stay_in_the_folder(drop):
    put(drop, HOPE, age_seconds=5)
    put(drop, ELM, name=".unfinished.csv")
    assert take_dropped_files() == "0 files taken in. Nothing waits."
    assert len(list(drop.iterdir())) == 2


def test_a_file_that_is_not_a_directory_fails_in_a_sentence_and_the_next_one_is_imported(drop):
    a_state_of(40)
    (drop / "a.csv").write_text("colour,shape\nred,round\n")
    os.utime(drop / "a.csv", (time.time() - 120,) * 2)
    put(drop, HOPE)
    assert take_dropped_files() == "2 files taken in. 1 applied, 1 failed"
    assert ImportUpload.objects.get(status=Status.FAILED).error


@pytest.mark.parametrize("died_in", [Status.WAITING, Status.REHEARSING, Status.REHEARSED, Status.APPLYING])
def test_after_a_worker_died_in_any_step_the_next_one_continues(drop, monkeypatch, died_in):
    a_state_of(40)
    put(drop, HOPE)
    monkeypatch.setattr(automatic, "finish_waiting", lambda: "died")
    take_dropped_files()
    monkeypatch.undo()
    upload = ImportUpload.objects.get()
    if died_in != Status.WAITING:
        automatic.uploads.rehearse(upload.pk)
        ImportUpload.objects.update(status=died_in)
    assert automatic.finish_waiting() == "1 applied"
    assert ImportRun.objects.filter(status="applied").count() == 1


@pytest.mark.parametrize("who", ["called", "owner"])
def test_what_a_clinic_or_a_call_confirmed_is_not_overwritten_but_queued(drop, who):
    a_state_of(60)
    put(drop, HOPE, name="locator_substance_use_2020.csv")
    take_dropped_files()
    ours = Clinic.objects.get(name="Hope Recovery Center")
    Clinic.objects.filter(pk=ours.pk).update(phone="617-555-0100", street_detail="Suite 9")
    ours.confirmations.filter(fact_group="contact").update(source=who, edition="", confirmed_on="2020-06-01")
    put(drop, HOPE.replace("22 Elm Street,,", "22 Elm Street,Rear,"), name="locator_substance_use_2021.csv")
    assert take_dropped_files().endswith("1 applied")
    ours.refresh_from_db()
    assert (ours.phone, ours.street_detail) == ("617-555-0100", "Suite 9")
    assert ours.confirmations.get(fact_group="contact").source == who
    assert [(d.field, d.ours, d.theirs) for d in ImportDifference.objects.all()] == [
        ("street_detail", "Suite 9", "Rear")
    ]


def test_a_state_without_clinics_is_always_held():
    row = {"created": 1, "updated": 0, "missing": 0}
    assert "WY 1 of 0" in reason_to_hold({"by_state": [row | {"state": "WY"}]})
    assert reason_to_hold({"by_state": []}) == ""


def test_a_source_that_cannot_be_reached_fails_the_job_and_is_fetched_again(settings, tmp_path):
    settings.VAR_DIR, settings.IMPORT_STATES = tmp_path, ["XX"]
    with pytest.raises(SourcesMissing, match="XX: 'XX' is not a state we know"):
        fetch_states()
    assert not ImportUpload.objects.exists()
