"""Where the pin of a listing stands: shown, moved by its owner without JavaScript, and never far from its ZIP code."""

import pytest
from django.urls import reverse

from clinics.locations.placing import OWNER, pin
from clinics.models import Clinic
from listings.models import Listing, Submission
from tests.factories import BALTIMORE, make_clinic
from tests.listings.accounts.test_owners import PHONES, PRACTICE, change, decide, editor, owner, send_in
from tests.listings.factories import make_listing

__all__ = ["editor", "owner"]  # fixtures
pytestmark = pytest.mark.django_db


def begin(client) -> Listing:
    client.post(reverse("listings:new_listing"))
    listing = Listing.objects.get()
    client.post(reverse("listings:step", args=[listing.pk, "practice"]), PRACTICE)
    return listing


def point_of(listing) -> str:
    return Submission.objects.get(listing=listing).answers["map"]["point"][0]


def test_the_pin_starts_at_the_middle_of_the_zip_code(client, owner):
    page = client.get(reverse("listings:step", args=[begin(client).pk, "map"])).content.decode()
    assert "<svg" in page
    assert "The pin is at the middle of the ZIP code" in page


def test_buttons_move_the_pin_and_the_enter_key_presses_none_of_them(client, owner):
    listing = begin(client)
    address = reverse("listings:step", args=[listing.pk, "map"])
    client.post(address, {"point": "39.2908, -76.6108", "move": "north", "by": "0.5"})
    assert point_of(listing) == "39.29804, -76.61080"
    client.post(address, {"point": point_of(listing), "move": "west", "by": "2"})
    latitude, longitude = map(float, point_of(listing).split(", "))
    assert latitude == 39.29804
    assert longitude == pytest.approx(-76.6482, abs=0.0002)  # 2 miles at 39 degrees north
    page = client.get(address).content.decode()
    assert "Patients will see the clinic here" in page
    assert page.index('name="next"') < page.index('name="move"')


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("40.7128, -74.0060", "does not fit the address"),
        ("51.5072, -0.1276", "not in the United States"),
        ("Holliday Street", "Write latitude and longitude"),
        ("21202", "Write latitude and longitude"),
    ],
)
def test_a_pin_far_from_its_zip_code_is_refused_with_the_reason(client, owner, text, reason):
    listing = begin(client)
    answer = client.post(reverse("listings:step", args=[listing.pk, "map"]), {"point": text})
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert point_of(listing) == text  # kept as typed
    client.post(reverse("listings:step", args=[listing.pk, "phones"]), PHONES)
    assert client.post(reverse("listings:check", args=[listing.pk]), {"not_a_duplicate": "yes"}).status_code == 422


def test_a_new_listing_is_where_its_owner_put_the_pin(client, owner, editor):
    decide(client, editor, send_in(client, owner, map={"point": "39.29511, -76.61233"}), "approve")
    clinic = Clinic.objects.get()
    assert (clinic.latitude, clinic.longitude, clinic.is_approximate) == (39.29511, -76.61233, False)


def test_moving_the_pin_of_a_live_listing_waits_for_an_editor(client, owner, editor):
    listing = make_listing(owner)
    pin(listing.clinic, OWNER, BALTIMORE)
    submission = change(client, listing, map={"point": "39.30000, -76.62000"})
    assert submission.status == "open"
    assert Clinic.objects.get().coordinates == BALTIMORE
    decide(client, editor, submission, "approve")
    assert Clinic.objects.get().coordinates == (39.3, -76.62)


def test_when_the_address_changes_and_the_pin_does_not_the_point_is_looked_up_again(client, owner, editor):
    listing = make_listing(owner, make_clinic(name_detail=""))
    decide(client, editor, change(client, listing, practice=PRACTICE), "approve")
    clinic = Clinic.objects.get()
    assert clinic.is_approximate
    assert clinic.coordinates != BALTIMORE


def test_a_clinic_that_a_list_puts_far_from_its_zip_code_can_still_be_changed(client, owner):
    listing = make_listing(owner, make_clinic(at=(38.0, -77.0)))
    submission = change(client, listing, access={"days_to_first_visit": "2"})
    assert submission.status == "approved"


def test_the_enter_key_in_the_form_of_practitioners_continues_and_adds_nobody(client, owner):
    listing = begin(client)
    page = client.get(reverse("listings:step", args=[listing.pk, "practitioners"])).content.decode()
    assert page.index('name="next"') < page.index('name="more"')
