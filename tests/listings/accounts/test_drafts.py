"""Drafts: one however often the button is pressed, and deleted only while nobody else has seen them."""

import pytest
from django.urls import reverse

from listings.models import Listing, Order, Submission
from tests.listings.billing.payments import price_of
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    owner = make_owner()
    client.force_login(owner)
    return owner


def begin(client) -> Listing:
    client.post(reverse("listings:new_listing"))
    return Listing.objects.latest("pk")


def delete(client, listing) -> bool:
    address = reverse("listings:delete_draft", args=[listing.pk])
    assert client.get(address).status_code == 200
    assert Listing.objects.filter(pk=listing.pk).exists(), "a link deletes nothing"
    client.post(address)
    return not Listing.objects.filter(pk=listing.pk).exists()


def test_a_second_click_makes_no_second_draft(client, owner):
    first = begin(client)
    assert begin(client) == first
    Submission.objects.filter(listing=first).update(answers={"practice": {"name": ["Harbor"]}})
    assert begin(client) != first


def test_an_empty_draft_of_somebody_else_is_not_taken_over(client, owner):
    mine = begin(client)
    client.force_login(make_owner("other"))
    assert begin(client) != mine


def test_a_draft_is_deleted_with_what_was_typed(client, owner):
    assert delete(client, begin(client))
    assert not Submission.objects.exists()


def sent_in(client, owner) -> Listing:
    listing = begin(client)
    listing.open_submission.send_in(owner)
    return listing


def rejected(client, owner) -> Listing:
    listing = sent_in(client, owner)
    listing.submissions.get().decide(Submission.Status.REJECTED, None, "No license.")
    listing.refresh_from_db()
    assert listing.status == "draft"
    return listing


def ordered(client, owner) -> Listing:
    listing = begin(client)
    Order.objects.create(listing=listing, buyer=owner, price=price_of(), status=Order.Status.EXPIRED)
    return listing


def live(client, owner) -> Listing:
    return make_listing(owner)


@pytest.mark.parametrize("make", [sent_in, rejected, ordered, live])
def test_what_an_editor_saw_and_what_was_bought_for_stays(client, owner, make):
    assert not delete(client, make(client, owner))
