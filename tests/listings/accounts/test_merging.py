"""Merging clinics that have owners, practitioners, photos or claims."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from clinics.models import ClinicPhoto
from clinics.models.photos import MOST_PHOTOS
from listings.models import Claim, Listing
from tests.factories import make_clinic, make_practitioner
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


def show_photos(clinic, *names):
    for name in names:
        ClinicPhoto.objects.create(clinic=clinic, name=name, width=160, height=90, alt=name)


def test_of_two_merged_clinics_the_one_with_owners_stays():
    managed, other = make_listing().clinic, make_clinic("Same Place")
    with pytest.raises(ValueError, match="managed by its owners: keep that one"):
        managed.merge_into(other)
    managed.refresh_from_db()
    assert managed.is_listed
    other.merge_into(managed)
    other.refresh_from_db()
    assert other.merged_into == managed


def test_two_clinics_with_owners_cannot_be_merged_until_one_listing_is_closed():
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


def test_a_merge_moves_a_closed_listing_so_that_its_owners_can_reopen_it():
    listing, survivor = make_listing(), make_clinic("Same Place")
    listing.close("It has moved.")
    listing.clinic.merge_into(survivor)
    listing = Listing.objects.get()
    listing.reopen()
    survivor.refresh_from_db()
    assert (listing.clinic, listing.status, survivor.is_listed) == (survivor, "live", True)


def test_a_claim_on_a_clinic_with_a_closed_listing_makes_it_editable():
    closed, survivor, user = make_listing(), make_clinic("Same Place"), make_owner("second")
    closed.close("It has moved.")
    closed.clinic.merge_into(survivor)
    claim = Claim.objects.create(clinic=survivor, user=user, method="phone", status="open", proven_at=timezone.now())
    listing = claim.decide(True, User.objects.create_user("editor"))
    assert (listing.clinic, listing.takes_changes) == (survivor, True)
    assert Listing.objects.of(user).get().status == "live"


def test_a_merge_moves_practitioners_and_photos_that_are_new():
    merged, survivor = make_clinic("Merged"), make_clinic("Survivor")
    known, new = make_practitioner(merged), make_practitioner(merged, npi="1003000126")
    make_practitioner(survivor, npi=known.npi)
    show_photos(merged, "same", "a", "b", "c", "d")
    show_photos(survivor, "same", "own")
    merged.merge_into(survivor)
    assert {person.npi for person in survivor.practitioners.all()} == {known.npi, new.npi}
    assert [photo.name for photo in survivor.photos.all()] == ["a", "b", "same", "own"]
    assert survivor.photos.count() == MOST_PHOTOS


def test_an_open_claim_on_a_merged_clinic_leads_to_the_clinic_that_stays():
    merged, survivor, user = make_clinic("Merged"), make_clinic("Survivor"), make_owner()
    claim = Claim.objects.create(
        clinic=merged, user=user, method="phone", status="open", proven_at=timezone.now() - timedelta(days=1)
    )
    merged.merge_into(survivor)
    listing = Claim.objects.get(pk=claim.pk).decide(True, User.objects.create_user("editor"))
    assert (listing.clinic, listing.status) == (survivor, "live")
    assert list(listing.owners.all()) == [user]
