"""Clinics that become one, where owners, people, photos or claims are at stake."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from clinics.models import ClinicPhoto
from clinics.models.photos import MOST_PHOTOS
from listings.models import Claim, Listing
from tests.factories import make_clinic, make_practitioner
from tests.listings.billing.payments import make_listing, make_owner

pytestmark = pytest.mark.django_db


def show_photos(clinic, *names):
    for name in names:
        ClinicPhoto.objects.create(clinic=clinic, name=name, width=160, height=90, alt=name)


def test_a_clinic_that_owners_manage_is_the_one_that_stays():
    managed, other = make_listing().clinic, make_clinic("Same Place")
    with pytest.raises(ValueError, match="managed by its owners: keep that one"):
        managed.merge_into(other)
    managed.refresh_from_db()
    assert managed.is_listed
    other.merge_into(managed)
    other.refresh_from_db()
    assert other.merged_into == managed


def test_two_clinics_that_owners_manage_stay_two_until_one_listing_is_closed():
    one, two = make_listing(), make_listing(make_owner("second"), make_clinic("Same Place"))
    with pytest.raises(ValueError, match="both managed by their owners"):
        one.clinic.merge_into(two.clinic)
    one.close("It is the same practice.")
    one.refresh_from_db()
    one.clinic.merge_into(two.clinic)
    one.refresh_from_db()
    assert one.clinic.merged_into == two.clinic
    with pytest.raises(ValueError, match="was merged into"):
        one.reopen()


def test_a_closed_listing_goes_along_so_that_its_owners_can_come_back():
    listing, survivor = make_listing(), make_clinic("Same Place")
    listing.close("It has moved.")
    listing.clinic.merge_into(survivor)
    listing = Listing.objects.get()
    listing.reopen()
    survivor.refresh_from_db()
    assert (listing.clinic, listing.status, survivor.is_listed) == (survivor, "live", True)


def test_who_claims_a_clinic_that_brought_a_closed_listing_along_can_change_it():
    closed, survivor, user = make_listing(), make_clinic("Same Place"), make_owner("second")
    closed.close("It has moved.")
    closed.clinic.merge_into(survivor)
    claim = Claim.objects.create(clinic=survivor, user=user, method="phone", state="open", proven_at=timezone.now())
    listing = claim.decide(True, User.objects.create_user("editor"))
    assert (listing.clinic, listing.takes_changes) == (survivor, True)
    assert Listing.objects.of(user).get().status == "live"


def test_people_and_photos_go_along_unless_they_are_there_already():
    merged, survivor = make_clinic("Merged"), make_clinic("Survivor")
    known, new = make_practitioner(merged), make_practitioner(merged, npi="1003000126")
    make_practitioner(survivor, npi=known.npi)
    show_photos(merged, "same", "a", "b", "c", "d")
    show_photos(survivor, "same", "own")
    merged.merge_into(survivor)
    assert {person.npi for person in survivor.practitioners.all()} == {known.npi, new.npi}
    assert [photo.name for photo in survivor.photos.all()] == ["a", "b", "same", "own"]
    assert survivor.photos.count() == MOST_PHOTOS


def test_a_claim_that_was_under_way_leads_to_the_clinic_that_stays():
    merged, survivor, user = make_clinic("Merged"), make_clinic("Survivor"), make_owner()
    claim = Claim.objects.create(
        clinic=merged, user=user, method="phone", state="open", proven_at=timezone.now() - timedelta(days=1)
    )
    merged.merge_into(survivor)
    listing = Claim.objects.get(pk=claim.pk).decide(True, User.objects.create_user("editor"))
    assert (listing.clinic, listing.status) == (survivor, "live")
    assert list(listing.owners.all()) == [user]
