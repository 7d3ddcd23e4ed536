"""What a paid plan shows more of, and what is left when it ends: photos, a longer description, daily totals."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from clinics.models import Clinic, ClinicPhoto, ClinicViews
from core.images import storage
from listings.models import Listing, Subscription
from listings.wizard import steps
from tests.articles.conftest import pictures
from tests.factories import make_clinic
from tests.listings.accounts.test_owners import change, owner, typed
from tests.listings.billing.payments import billing, buy, deliver_all_events, gateway_subscription
from tests.listings.factories import make_listing

__all__ = ["owner", "pictures"]  # fixtures
pytestmark = pytest.mark.django_db
ALT = "The entrance, with a ramp on the left"


def photograph(color="teal") -> SimpleUploadedFile:
    """With the place, the time and the camera in it, as phones write them."""
    image, out = Image.new("RGB", (2400, 1200), color), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "CameraMaker", {1: "N", 2: (39.0, 17.0, 27.0)}
    image.save(out, "JPEG", exif=exif)
    return SimpleUploadedFile("door.jpg", out.getvalue(), "image/jpeg")


@pytest.fixture
def listing(owner):
    listing = make_listing(owner)
    buy(listing)
    listing.refresh_from_db()
    return listing


def add(client, listing, file=None, alt=ALT):
    return client.post(reverse("listings:photos", args=[listing.pk]), {"file": file or photograph(), "alt": alt})


def end_the_plan():
    billing.cancel(gateway_subscription(Subscription.objects.get()))
    deliver_all_events()


def page_of(client, clinic) -> str:
    return client.get(clinic.get_absolute_url()).content.decode()


def show_all_photos():
    ClinicPhoto.objects.update(status=ClinicPhoto.Status.SHOWN)


def test_a_photo_waits_for_an_editor_and_its_owner_sees_how_it_stands(client, listing, pictures):
    add(client, listing)
    photo, own_page = ClinicPhoto.objects.get(), reverse("listings:photos", args=[listing.pk])
    assert photo.small_url not in page_of(client, listing.clinic)
    assert "Waiting for an editor" in client.get(own_page).content.decode()
    show_all_photos()
    assert photo.small_url in page_of(client, listing.clinic)
    assert "Shown to readers" in client.get(own_page).content.decode()
    add(client, listing, alt="Other words")
    assert photo.small_url not in page_of(client, listing.clinic), "readers would read the new words"
    ClinicPhoto.objects.update(status=ClinicPhoto.Status.DECLINED, reason="A patient is in it.")
    assert photo.small_url not in page_of(client, listing.clinic)
    assert "A patient is in it." in client.get(own_page).content.decode()


def test_a_photo_is_shown_without_place_time_and_camera(client, listing, pictures):
    assert add(client, listing).status_code == 302
    show_all_photos()
    photo = ClinicPhoto.objects.get()
    page = page_of(client, listing.clinic)
    assert photo.small_url in page
    assert f'alt="{ALT}"' in page
    for address in (photo.url, photo.small_url):
        data = b"".join(client.get(address).streaming_content)
        assert b"CameraMaker" not in data
        assert not Image.open(io.BytesIO(data)).getexif()


def test_a_photo_needs_a_description_and_must_be_an_image(client, listing, pictures):
    assert add(client, listing, alt=" ").status_code == 422
    answer = add(client, listing, SimpleUploadedFile("a.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"))
    assert answer.status_code == 422
    assert "can hold programs" in answer.content.decode()
    assert not ClinicPhoto.objects.exists()


def test_a_listing_has_at_most_four_photos_and_a_repeated_one_counts_once(client, listing, pictures):
    for color in ("teal", "teal", "navy", "olive", "maroon"):
        assert add(client, listing, photograph(color)).status_code == 302
    assert add(client, listing, photograph("black")).status_code == 422
    assert ClinicPhoto.objects.count() == 4


def test_removing_a_photo_deletes_its_files(client, listing, pictures, django_capture_on_commit_callbacks):
    add(client, listing)
    photo = ClinicPhoto.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("listings:remove_photo", args=[listing.pk, photo.pk]))
    assert not storage().exists(photo.name)
    assert not storage().exists(photo.small_name)


def test_a_free_listing_has_no_photos(client, owner, pictures):
    listing = make_listing(owner)
    assert "part of the paid plans" in add(client, listing).content.decode()
    assert not ClinicPhoto.objects.exists()


def test_when_the_plan_ends_photos_and_the_end_of_the_description_are_hidden_and_kept(client, listing, pictures):
    text = "We open early. " * 200 + "The last word."
    add(client, listing)
    assert change(client, listing, description={"description": text}).status == "approved"
    assert "The last word." in page_of(client, listing.clinic)
    end_the_plan()
    clinic = Clinic.objects.get()
    page = page_of(client, clinic)
    assert "The last word." not in page
    assert len(clinic.shown_description) <= 1200
    assert text.startswith(clinic.shown_description[:-1].rstrip())
    assert ClinicPhoto.objects.get().small_url not in page
    assert clinic.description == text
    # Nothing else of the listing is held up by it.
    assert change(client, listing, access={"days_to_first_visit": "3"}).status == "approved"
    buy(listing)
    assert "The last word." in page_of(client, Clinic.objects.get())


def test_a_free_listing_writes_1200_characters_and_a_paid_one_4000(client, owner, listing):
    free = make_listing(owner, make_clinic("Free"))

    def form(listing, length):
        return steps.DescriptionStep.of(typed(description="x" * length), listing=listing)

    assert form(free, 1200).is_valid()
    assert not form(free, 1201).is_valid()
    assert form(listing, 4000).is_valid()
    assert not form(listing, 4001).is_valid()


def test_views_are_counted_by_clinic_and_day_and_by_nothing_else(client, owner):
    clinic = make_clinic()
    for _view in range(3):
        client.get(clinic.get_absolute_url(), {"near": "21202"})
    client.head(clinic.get_absolute_url())
    row = ClinicViews.objects.get()
    assert (row.clinic, row.day, row.count) == (clinic, timezone.localdate(), 3)
    assert {field.name for field in ClinicViews._meta.get_fields()} == {"id", "clinic", "day", "count"}


def test_the_dashboard_shows_daily_totals_from_10_and_only_with_a_paid_plan(client, listing):
    today = timezone.localdate()
    Listing.objects.update(created_at=timezone.now() - timedelta(days=90))
    ClinicViews.objects.create(clinic=listing.clinic, day=today, count=9)
    ClinicViews.objects.create(clinic=listing.clinic, day=today - timedelta(days=1), count=10)
    ClinicViews.objects.create(clinic=listing.clinic, day=today - timedelta(days=2), count=417)
    address = reverse("listings:listing", args=[listing.pk])
    page = client.get(address).content.decode()
    assert "<td>417</td>" in page
    assert "<td>10</td>" in page
    assert "<td>9</td>" not in page
    end_the_plan()
    assert "417" not in client.get(address).content.decode()
