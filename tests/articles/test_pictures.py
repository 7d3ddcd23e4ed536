import contextlib
import io
import resource
import struct
import zlib
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from articles.models import Article, Picture
from articles.pictures import store_upload
from tests.articles.factories import PictureFactory, make_article, upload_of

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


# The library


def picture_path(picture, view="change") -> str:
    return f"/admin/articles/picture/{picture.pk}/{view}/"


def library(client, **query) -> dict:
    return client.get("/admin/articles/picture/library/", query).json()


def test_the_library_shows_the_newest_pictures_first_a_page_at_a_time(client, writer):
    made = PictureFactory.create_batch(14)
    first, second = library(client), library(client, page=2)
    assert [row["id"] for row in first["pictures"]] == [picture.pk for picture in reversed(made[2:])]
    assert (first["next"], second["next"]) == (2, None)
    assert [row["id"] for row in second["pictures"]] == [made[1].pk, made[0].pk]
    assert first["pictures"][0]["small"] == made[-1].small_url


@pytest.mark.parametrize("words", ["wood path", "PATH", "jo doe", "0000000000000abc"])
def test_the_library_is_searched_by_description_credit_and_name(client, writer, words):
    PictureFactory(alt="An open door")
    sought = PictureFactory(name="0000000000000abc-1600x900.jpg", credit="Jo Doe, CC0")
    assert [row["id"] for row in library(client, q=words)["pictures"]] == [sought.pk]


def test_the_library_is_for_those_who_may_see_pictures(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("caller", is_staff=True))
    assert client.get("/admin/articles/picture/library/").status_code == 403


def test_a_picture_says_which_articles_have_it_in_their_text_or_at_their_top(client, writer):
    picture, other = PictureFactory.create_batch(2)
    make_article("At the top", hero=picture)
    make_article("In the text", body=f'<figure><img src="{picture.url}" alt="x"></figure><p>y</p>', status="draft")
    make_article("Neither", hero=other)
    assert {row["id"]: row["uses"] for row in library(client)["pictures"]} == {picture.pk: 2, other.pk: 1}
    page = client.get(picture_path(picture)).content.decode()
    assert ("At the top" in page, "In the text" in page, "Neither" in page) == (True, True, False)
    assert "2 articles" in client.get("/admin/articles/picture/").content.decode()


def test_an_upload_of_the_editor_keeps_whose_picture_it_is(client, writer, pictures):
    upload = {"file": upload_of(Image.new("RGB", (700, 70))), "alt": "A door", "credit": " Jo Doe, CC0 "}
    told = client.post("/admin/articles/picture/upload/", upload).json()
    assert (told["credit"], told["alt"]) == ("Jo Doe, CC0", "A door")
    assert Picture.objects.get(pk=told["id"]).credit == "Jo Doe, CC0"


def test_the_same_file_sent_again_changes_no_word_of_the_picture_in_the_library(client, writer, pictures):
    image = Image.new("RGB", (700, 70))
    client.post("/admin/articles/picture/upload/", {"file": upload_of(image), "alt": "A door"})
    again = client.post("/admin/articles/picture/upload/", {"file": upload_of(image), "alt": "Another"}).json()
    added = client.post("/admin/articles/picture/add/", {"file": upload_of(image), "alt": "Another", "credit": "I"})
    assert again["alt"] == "A door"
    assert "The library has this picture: “A door”" in added.content.decode()
    assert [(picture.alt, picture.credit) for picture in Picture.objects.all()] == [("A door", "")]


def test_a_writer_changes_a_picture_until_it_stands_at_the_top_of_what_readers_see(client, writer):
    picture = PictureFactory()
    words = {"alt": "A gate", "credit": "", "focus_x": 50, "focus_y": 50}
    assert client.post(picture_path(picture), words).status_code == 302
    make_article(hero=picture)
    assert client.post(picture_path(picture), words | {"alt": "Changed"}).status_code == 403
    picture.refresh_from_db()
    assert picture.alt == "A gate"


def test_the_picture_of_a_scheduled_next_version_is_for_publishers_to_change(client, writer):
    picture = PictureFactory()
    version = make_article(hero=picture).begin_next_version()
    Article.objects.filter(revises=None).update(hero=None)
    assert client.get(picture_path(picture)).context["has_change_permission"]
    version.submit()
    version.schedule(timezone.now() + timedelta(days=1))
    assert client.post(picture_path(picture), {"alt": "Changed"}).status_code == 403


def test_a_change_of_a_picture_is_kept_with_who_made_it(client, writer):
    picture = PictureFactory(alt="A path")
    client.post(picture_path(picture), {"alt": "A gate", "credit": "", "focus_x": 50, "focus_y": 50})
    newest = picture.history.first()
    assert (newest.alt, newest.history_user) == ("A gate", writer)
    page = client.get(picture_path(picture)).content.decode()
    assert "<del>A path</del> <ins>A gate</ins>" in page
    assert "writer: alternative text" in page


@pytest.mark.parametrize(
    ("x", "y", "focus"),
    [(50, 50, "middle-middle"), (0, 100, "left-bottom"), (32, 33, "left-middle"), (68, 10, "right-top")],
)
def test_the_point_that_matters_is_one_of_nine_classes_of_the_page(client, x, y, focus):
    article = make_article(hero=PictureFactory(focus_x=x, focus_y=y))
    assert f'<img class="focus-{focus}"' in client.get(article.get_absolute_url()).content.decode()
    assert f'<img class="focus-{focus}"' in client.get("/articles/").content.decode()


def test_every_class_of_the_point_that_matters_is_one_of_the_style_sheet():
    sheet = (settings.BASE_DIR / "static" / "css" / "articles.css").read_text()
    points = {Picture(focus_x=x, focus_y=y).focus for x in (0, 50, 100) for y in (0, 50, 100)}
    assert len(points) == 9
    assert {point for point in points if f".{point} " not in sheet} == {"focus-middle-middle"}  # the browser's own


def test_a_point_beyond_the_picture_is_refused(client, writer):
    picture = PictureFactory()
    answer = client.post(picture_path(picture), {"alt": "A gate", "credit": "", "focus_x": 101, "focus_y": 50})
    assert "less than or equal to 100" in answer.content.decode()


def test_without_javascript_the_picture_at_the_top_is_chosen_by_its_description(client, writer):
    picture = PictureFactory(alt="A path through a wood")
    page = client.get("/admin/articles/article/add/").content.decode()
    assert f'<option value="{picture.pk}" data-small="{picture.small_url}">A path through a wood</option>' in page
