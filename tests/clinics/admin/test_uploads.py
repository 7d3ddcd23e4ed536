"""A file through the admin: uploaded, rehearsed, applied or discarded by jobs."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from clinics.admin import uploads as upload_admin
from clinics.imports import uploads
from clinics.imports.export import COLUMNS
from clinics.imports.run import LOCK
from clinics.models import Clinic, ImportRun, ImportUpload
from tests.clinics.admin.admin_client import INLINE, history
from tests.clinics.imports.directories import import_rows, row
from tests.databases import PLACES, own_database

pytestmark = pytest.mark.django_db

HEADING = "name1,name2,street1,street2,city,state,zip,zip4,county,latitude,longitude\n"
HOPE = "Hope Recovery Center,,22 Elm Street,,Cambridge,MA,2139,,Middlesex,42.3662,-71.1031\n"
ELM = "Elm <b>Clinic</b>,,40 Elm Street,,Cambridge,MA,2139,,Middlesex,42.3665,-71.1040\n"
EMPTY, NAMELESS = ",,,,,,,,,,\n", ",,9 Elm Street,,Cambridge,MA,2139,,,,\n"
NAME = "locator_substance_use_2021.csv"
LIST, ADD = reverse("admin:clinics_importupload_changelist"), reverse("admin:clinics_importupload_add")
Status = ImportUpload.Status


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return settings.MEDIA_ROOT


def bring(desk, *lines: str, name=NAME, **fields):
    file = SimpleUploadedFile(name, (HEADING + "".join(lines)).encode())
    return desk.post(ADD, {"file": file} | fields)


def make_upload(*lines: str, name=NAME, **fields) -> ImportUpload:
    file = SimpleUploadedFile(name, (HEADING + "".join(lines)).encode())
    return ImportUpload.objects.create(file=file, original_name=name, **fields)


def rehearsed(*lines: str, **fields) -> ImportUpload:
    upload = make_upload(*lines, **fields)
    uploads.rehearse(upload.pk)
    upload.refresh_from_db()
    assert upload.status == Status.REHEARSED, upload.error
    return upload


def page_of(upload: ImportUpload) -> str:
    return reverse("admin:clinics_importupload_change", args=[upload.pk])


def press(desk, upload: ImportUpload, button: str):
    response = desk.post(page_of(upload), {"press": button})
    upload.refresh_from_db()
    return response


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# The way of a file


def test_an_upload_is_kept_under_a_name_nobody_guesses_and_queued(desk, folder, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        response = bring(desk, HOPE, edition="2022")
    upload = ImportUpload.objects.get()
    assert response["Location"] == page_of(upload)
    assert (upload.status, upload.original_name, upload.edition) == (Status.WAITING, NAME, "2022")
    assert upload.uploaded_by.username == "editor"
    [path] = files_in(folder)
    assert len(path.parent.name) >= 20
    assert path.stat().st_mode & 0o777 == 0o600
    assert not OrmQ.objects.exists(), "queued before it is certain that the upload is there"
    for callback in callbacks:
        callback()
    [job] = OrmQ.objects.all()
    assert (job.func(), job.task["args"]) == ("clinics.imports.uploads.rehearse", (upload.pk,))


def test_a_rehearsal_shows_what_would_change_and_writes_nothing(desk, folder):
    upload = rehearsed(HOPE, ELM, EMPTY, NAMELESS)
    assert not Clinic.objects.exists()
    assert not ImportRun.objects.exists()
    assert upload.rows_read == 3
    assert upload.report["counts"]["created"] == 2
    assert upload.report["by_state"] == [{"state": "MA", "created": 2, "updated": 0, "missing": 0}]
    page = desk.get(page_of(upload)).content
    assert not INLINE.search(page)
    page = page.decode()
    assert "1 empty row (line 4), passed over" in page
    assert "9 Elm Street | Cambridge | MA | 2139" in page  # the rejected row
    assert "Elm &lt;b&gt;Clinic&lt;/b&gt;" in page
    assert "SAMHSA locator 2021" in page
    assert 'value="apply"' in page
    assert 'http-equiv="refresh"' not in page
    assert len(files_in(folder)) == 1


def test_of_an_old_list_the_coordinates_alone_are_taken(desk, folder, django_capture_on_commit_callbacks):
    import_rows(row(name="Ours"))
    with django_capture_on_commit_callbacks(execute=True):
        bring(desk, HOPE, ELM, points_only="on")
    upload = ImportUpload.objects.get()
    uploads.rehearse(upload.pk)
    assert Clinic.objects.get().point_quality == "zip"
    page = desk.get(page_of(upload)).content.decode()
    assert "SAMHSA locator 2021, coordinates only" in page
    assert "1 clinic was placed by them" in page
    with django_capture_on_commit_callbacks(execute=True):
        press(desk, upload, "apply")
    uploads.apply(upload.pk)
    clinic = Clinic.objects.get()
    assert (clinic.name, clinic.latitude, clinic.point_source) == ("Ours", 42.3662, "samhsa-locator")


def test_apply_is_a_job_and_its_file_is_deleted(desk, folder, django_capture_on_commit_callbacks):
    upload = rehearsed(HOPE, ELM)
    with django_capture_on_commit_callbacks(execute=True):
        press(desk, upload, "apply")
    assert upload.status == Status.APPLYING
    assert not Clinic.objects.exists()
    assert 'http-equiv="refresh"' in desk.get(page_of(upload)).content.decode()
    [job] = OrmQ.objects.all()
    assert job.func() == "clinics.imports.uploads.apply"
    uploads.apply(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.file.name, upload.run.created) == (Status.APPLIED, "", 2)
    assert (upload.run.file_name, upload.run.status) == (NAME, ImportRun.Status.APPLIED)
    assert Clinic.objects.count() == 2
    assert list(folder.iterdir()) == []
    assert history(upload) == ["It will be applied."]


def test_a_button_pressed_twice_starts_one_job(desk, django_capture_on_commit_callbacks):
    upload = rehearsed(HOPE)
    with django_capture_on_commit_callbacks(execute=True):
        press(desk, upload, "apply")
        assert "cannot be done now" in desk.post(page_of(upload), {"press": "apply"}, follow=True).content.decode()
    assert OrmQ.objects.count() == 1
    for _ in range(3):
        uploads.apply(upload.pk)
        uploads.rehearse(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, ImportRun.objects.count(), Clinic.objects.count()) == (Status.APPLIED, 1, 1)
    press(desk, upload, "discard")
    assert upload.status == Status.APPLIED


def test_discarding_deletes_the_upload_and_its_file(desk, folder):
    upload = rehearsed(HOPE)
    response = desk.post(page_of(upload), {"press": "discard"})
    assert response["Location"] == LIST
    assert not ImportUpload.objects.exists()
    assert list(folder.iterdir()) == []
    uploads.apply(upload.pk)  # delivered late
    assert not Clinic.objects.exists()


def test_get_changes_nothing(desk):
    upload = rehearsed(HOPE)
    before = ImportUpload.objects.values().get()
    for query in ({}, {"press": "apply"}, {"press": "discard"}):
        desk.get(page_of(upload), query)
    assert ImportUpload.objects.values().get() == before
    assert not OrmQ.objects.exists()


def test_someone_who_may_only_look_starts_nothing(viewer_desk):
    upload = rehearsed(HOPE)
    page = viewer_desk.get(page_of(upload)).content.decode()
    assert 'name="press"' not in page
    assert "Hope Recovery Center" in page
    for button in ("apply", "discard", "again"):
        assert viewer_desk.post(page_of(upload), {"press": button}).status_code == 403
    assert bring(viewer_desk, HOPE).status_code == 403
    assert ImportUpload.objects.get().status == Status.REHEARSED


def test_nobody_gets_in_without_a_login(client):
    upload = make_upload(HOPE)
    for address in (LIST, ADD, page_of(upload)):
        assert client.get(address).status_code == 302
        assert client.post(address, {"press": "apply"}).status_code == 302


def test_an_upload_is_never_served(client):
    upload = make_upload(HOPE)
    for address in (f"/{upload.file.name}", f"/uploads/{upload.file.name}", f"/media/{upload.file.name}"):
        assert client.get(address).status_code == 404


# What goes wrong


def test_a_file_that_is_too_large_is_refused_with_a_sentence(desk, folder, monkeypatch):
    monkeypatch.setattr(upload_admin, "LARGEST_MEGABYTES", 0.0001)
    page = bring(desk, HOPE).content.decode()
    assert "Import a larger one with manage.py import_clinics." in page
    assert not ImportUpload.objects.exists()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "cannot be imported"),
        (b"colour,size\nred,3\n", "cannot be imported"),
        (b"\x1f\x8b\x08\x00broken", "cannot be imported"),
    ],
)
def test_a_bad_file_fails_with_one_sentence(desk, content, sentence):
    upload = ImportUpload.objects.create(
        file=SimpleUploadedFile("list 2024.csv", content), original_name="list 2024.csv"
    )
    uploads.rehearse(upload.pk)
    upload.refresh_from_db()
    assert upload.status == Status.FAILED
    assert upload.error.startswith("list 2024.csv")
    assert sentence in upload.error
    assert str(project.MEDIA_ROOT) not in upload.error
    assert "\n" not in upload.error
    page = desk.get(page_of(upload)).content.decode()
    assert 'value="again"' in page
    assert 'value="discard"' in page


def test_an_export_is_sent_to_the_command(desk):
    upload = ImportUpload.objects.create(
        file=SimpleUploadedFile("export.csv", f"{','.join(COLUMNS)}\n1{',' * (len(COLUMNS) - 1)}\n".encode()),
        original_name="export.csv",
    )
    uploads.rehearse(upload.pk)
    upload.refresh_from_db()
    assert upload.error == "export.csv is an export of this directory; `manage.py import_clinics` restores it."


def test_a_file_that_is_gone_fails_with_a_sentence(desk, folder):
    upload = rehearsed(HOPE)
    shutil.rmtree(folder)
    ImportUpload.objects.update(status=Status.APPLYING)
    uploads.apply(upload.pk)
    upload.refresh_from_db()
    assert upload.status == Status.FAILED
    assert upload.error.startswith(NAME)
    desk.post(page_of(upload), {"press": "discard"})
    assert not ImportUpload.objects.exists()


def test_an_error_of_ours_is_shown_and_raised_for_the_log(monkeypatch):
    upload = make_upload(HOPE)
    monkeypatch.setattr(uploads, "changes_since", lambda moment: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        uploads.rehearse(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.error) == (Status.FAILED, uploads.INTERNAL_ERROR)


def test_while_another_import_runs_it_waits_and_can_be_tried_again(desk, monkeypatch):
    monkeypatch.setattr("clinics.imports.run.LOCK_SECONDS", 0)
    upload = make_upload(HOPE)
    with closing(connections.create_connection("default")) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        uploads.rehearse(upload.pk)
    upload.refresh_from_db()
    assert upload.status == Status.WAITING
    assert "Another import is running" in upload.error
    press(desk, upload, "again")
    assert upload.error == ""
    uploads.rehearse(upload.pk)
    upload.refresh_from_db()
    assert upload.status == Status.REHEARSED


@pytest.mark.parametrize(("stuck", "job"), [(Status.REHEARSING, "rehearse"), (Status.APPLYING, "apply")])
def test_after_its_worker_died_it_is_queued_again(desk, stuck, job, django_capture_on_commit_callbacks):
    upload = make_upload(HOPE, status=stuck, rows_read=1)
    assert 'value="again"' not in desk.get(page_of(upload)).content.decode()
    ImportUpload.objects.update(queued_at=timezone.now() - 2 * uploads.RETRY_AFTER)
    assert 'value="again"' in desk.get(page_of(upload)).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        press(desk, upload, "again")
    assert OrmQ.objects.get().func() == f"clinics.imports.uploads.{job}"
    getattr(uploads, job)(upload.pk)
    upload.refresh_from_db()
    assert upload.status == (Status.REHEARSED if job == "rehearse" else Status.APPLIED)


def test_an_upload_of_another_worker_is_left_alone(desk):
    upload = make_upload(HOPE, queued_at=timezone.now() - 2 * uploads.RETRY_AFTER)
    with closing(connections.create_connection("default")) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [uploads.LOCK_CLASS, upload.pk])
        assert uploads.is_being_worked_on(upload)
        uploads.rehearse(upload.pk)
        assert not uploads.discard(upload)
        assert 'value="again"' not in desk.get(page_of(upload)).content.decode()
    upload.refresh_from_db()
    assert upload.status == Status.WAITING


def test_the_files_of_the_applied_are_removed_by_the_next_job(folder):
    make_upload(HOPE, status=Status.APPLIED)
    uploads.rehearse(0)
    assert files_in(folder) == []


@pytest.mark.usefixtures("second_connection")
def test_progress_is_seen_while_the_import_is_open(monkeypatch):
    monkeypatch.setattr(uploads, "PROGRESS_SECONDS", 0)
    upload, seen = make_upload(HOPE, ELM), []
    with closing(connections.create_connection("default")) as other, other.cursor() as cursor:

        class Watched(uploads.Progress):
            def _write(self, *counts):
                super()._write(*counts)
                cursor.execute("SELECT rows_read, status FROM clinics_importupload")
                seen.extend(cursor.fetchall())

        monkeypatch.setattr(uploads, "Progress", Watched)
        uploads.rehearse(upload.pk)
    assert seen[:2] == [(1, "rehearsing"), (2, "rehearsing")]
    upload.refresh_from_db()
    assert (upload.status, upload.total_rows) == (Status.REHEARSED, 2)


# A real worker


def manage(url: str, *arguments: str, **options) -> subprocess.Popen:
    environment = {"DATABASE_URL": url, "SECRET_KEY": "test", "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=project.BASE_DIR,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


UPLOAD = f"""
from django.core.files.base import ContentFile
from clinics.imports import uploads
from clinics.models import ImportUpload
upload = ImportUpload(original_name={NAME!r})
upload.file.save({NAME!r}, ContentFile({HEADING + HOPE!r}.encode()))
uploads.enqueue_rehearsal(upload)
print("folder", upload.file.path)
"""


@pytest.mark.slow
def test_a_real_worker_rehearses_an_upload():
    with own_database(PLACES) as url:
        output, _ = manage(url, "shell", "-v0", "-c", UPLOAD).communicate(timeout=60)
        folder = Path(output.rpartition("folder ")[2].strip()).parent
        worker = manage(url, "qcluster", start_new_session=True)
        try:
            with closing(psycopg2.connect(url)) as link, link.cursor() as cursor:
                link.autocommit = True
                until = time.monotonic() + 90
                found = None
                while time.monotonic() < until and found not in ("rehearsed", "failed"):
                    time.sleep(0.2)
                    cursor.execute("SELECT status, error, report->'counts'->>'created' FROM clinics_importupload")
                    found, error, created = cursor.fetchone()
            assert (found, error, created) == ("rehearsed", "", "1")
        finally:
            worker.terminate()
            said, _ = worker.communicate(timeout=30)
            shutil.rmtree(folder)
        assert "Traceback" not in said


def test_a_folder_that_cannot_be_written_is_an_error_of_the_field(desk, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file" / "uploads"
    response = bring(desk, HOPE)
    assert response.status_code == 200
    assert "disk is full or cannot be written" in response.content.decode()
    assert not ImportUpload.objects.exists()
