"""Uploads in a bucket, on a small S3 server of the test."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage.handler import StorageHandler

from clinics.models import ImportUpload
from config.bucket import storages

KEYS = {"access_key": "key", "secret_key": "canary-of-the-secret"}


class Bucket(BaseHTTPRequestHandler):
    """PUT, GET, HEAD and DELETE of objects."""

    def do_PUT(self):
        self.server.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.headers.append(dict(self.headers))
        self.answer(200)

    def do_GET(self):
        stored = self.server.objects.get(self.path.partition("?")[0])
        self.answer(404 if stored is None else 200, stored or b"")

    def do_HEAD(self):
        self.do_GET()

    def do_DELETE(self):
        self.server.objects.pop(self.path, None)
        self.answer(204)

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Mon, 23 Nov 2026 07:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def bucket():
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        server.objects, server.headers = {}, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def stored(bucket):
    return StorageHandler(storages("clinics", f"http://127.0.0.1:{bucket.server_port}", KEYS))


@pytest.mark.slow
def test_uploads_and_pictures_have_separate_private_folders_in_one_bucket(bucket, stored):
    stored["pictures"].save("0123.jpg", ContentFile(b"picture"))
    stored["default"].save("folder/list.csv", ContentFile(b"rows"))
    assert set(bucket.objects) == {"/clinics/pictures/0123.jpg", "/clinics/uploads/folder/list.csv"}
    sent = str(bucket.headers).lower()
    assert "x-amz-acl" not in sent
    assert "canary" not in sent
    with stored["pictures"].open("0123.jpg") as file:
        assert file.read() == b"picture"
    with pytest.raises(FileNotFoundError):
        stored["pictures"].open("4567.jpg")


@pytest.mark.slow
def test_an_import_reads_a_copy_of_the_file_in_the_bucket_and_leaves_neither(bucket, stored, monkeypatch):
    monkeypatch.setattr(ImportUpload._meta.get_field("file"), "storage", stored["default"])
    upload = ImportUpload(original_name="list.csv")
    upload.file.save("2024.csv", ContentFile(b"rows"), save=False)
    with upload.on_disk() as path:
        assert path.read_bytes() == b"rows"
        assert path.name == "2024.csv"
    assert not path.exists()
    upload.delete_file()
    assert bucket.objects == {}


@pytest.mark.parametrize("missing", ["S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY"])
def test_half_a_configuration_does_not_start_and_says_what_is_missing(missing):
    stated = {"S3_BUCKET": "clinics", "S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "secret", missing: ""}
    keys = {"access_key": stated["S3_ACCESS_KEY"], "secret_key": stated["S3_SECRET_KEY"]}
    with pytest.raises(ImproperlyConfigured, match=missing):
        storages(stated["S3_BUCKET"], "https://s3.example.org", keys)
