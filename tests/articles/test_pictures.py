import contextlib
import io
import resource
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from articles.models import Picture
from articles.pictures import store_upload
from tests.articles.factories import upload_of

pytestmark = pytest.mark.django_db
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def refusal(data: bytes, name="a.jpg") -> str:
    with pytest.raises(ValidationError) as refused:
        store_upload(SimpleUploadedFile(name, data), "A door", None)
    return refused.value.messages[0]


def bomb(side: int) -> bytes:
    """A PNG of a few hundred bytes that says it has `side` times `side` pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_a_photograph_loses_its_location_and_camera_data_and_gets_two_sizes(pictures, client):
    image = Image.new("RGB", (2400, 1200), "teal")
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "CAMERA-CANARY", "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[1] = "N"
    picture = store_upload(upload_of(image, exif=exif, comment=b"COMMENT-CANARY"), "A door", None)
    assert (picture.width, picture.height) == (1600, 800)
    for url, size in ((picture.url, (1600, 800)), (picture.small_url, (640, 320))):
        answer = client.get(url)
        data = b"".join(answer.streaming_content)
        assert answer["Content-Type"] == "image/jpeg"
        assert "immutable" in answer["Cache-Control"]
        assert not answer.cookies
        stored = Image.open(io.BytesIO(data))
        assert (stored.format, stored.size, dict(stored.getexif())) == ("JPEG", size, {})
        assert b"CANARY" not in data


def test_a_photo_of_a_phone_held_sideways_is_turned_upright(pictures):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to see it upright
    picture = store_upload(upload_of(Image.new("RGB", (400, 200)), exif=exif), "A door", None)
    assert (picture.width, picture.height) == (200, 400)


@pytest.mark.parametrize(("format_name", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGB")])
def test_every_usual_format_becomes_a_jpeg(pictures, format_name, mode):
    picture = store_upload(upload_of(Image.new(mode, (50, 40)), format_name), "A door", None)
    assert picture.name.endswith("-50x40.jpg")
    assert picture.small_url == picture.url


def test_a_file_that_is_too_large_is_refused_with_its_size(pictures):
    assert refusal(b"\xff\xd8" + b"0" * (10 * 1024 * 1024)).startswith("The picture has 10.0 MB; it may have 10 MB.")


@pytest.mark.parametrize(("side", "said"), [(8000, "64 megapixels"), (12000, "144 megapixels"), (30000, "pixels")])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(pictures, side, said):
    assert len(bomb(side)) < 1000
    assert said in refusal(bomb(side), "a.png")


@pytest.mark.parametrize("data", [SVG, b"\n  <svg onload=alert(1)>", b"<!DOCTYPE html><script>alert(1)</script>"])
def test_an_svg_is_refused_under_any_name(pictures, data):
    assert "can hold programs" in refusal(data, "photo.jpg")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"GIF89a", b"\xff\xd8\xff\xe0broken", b"BM" + b"\0" * 60])
def test_a_file_that_is_not_a_picture_is_refused(pictures, data):
    assert "not a picture we can read" in refusal(data)


def test_a_picture_without_an_alternative_text_is_refused(pictures):
    with pytest.raises(ValidationError, match="alternative text"):
        store_upload(upload_of(Image.new("RGB", (9, 9))), "  ", None)
    assert not Picture.objects.exists()


def test_only_pictures_with_names_of_ours_are_served(pictures, client):
    for name in ("../settings.py", "0123456789abcdef-1x1.png", "x.jpg"):
        assert client.get(f"/pictures/{name}").status_code == 404
    assert client.get("/pictures/0123456789abcdef-1x1.jpg").status_code == 404


@contextlib.contextmanager
def full_disk(room_bytes: int):
    """No file of this process may grow beyond `room_bytes`, as on a disk that has no more room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_gives_a_sentence_and_leaves_no_half_picture(pictures, tmp_path):
    upload = upload_of(Image.effect_noise((900, 600), 90).convert("RGB"))
    with full_disk(50_000), pytest.raises(ValidationError, match="disk is full"):
        store_upload(upload, "A door", None)
    assert [path.name for path in tmp_path.rglob("*.jpg")] == []
    assert not Picture.objects.exists()
    upload.seek(0)
    assert store_upload(upload, "A door", None).pk  # later, when there is room


def test_a_folder_that_cannot_be_written_gives_a_sentence(settings, tmp_path):
    (tmp_path / "file").touch()
    options = {"location": tmp_path / "file" / "pictures", "base_url": "/pictures/"}
    settings.STORAGES = settings.STORAGES | {"pictures": settings.STORAGES["pictures"] | {"OPTIONS": options}}
    with pytest.raises(ValidationError, match="cannot be written"):
        store_upload(upload_of(Image.new("RGB", (900, 600), "teal")), "A door", None)
