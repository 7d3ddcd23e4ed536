"""Invitations to manage a listing: of one that no editor has seen they wait, unless the address is a known one."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from core.models import OutgoingEmail
from listings.billing import gateway, sync
from listings.models import Membership
from tests.factories import make_clinic
from tests.listings.billing.payments import buy
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db
STRANGER = "stranger@elsewhere.example"


@pytest.fixture
def owner():
    return make_owner()


@pytest.fixture
def draft(owner):
    listing = make_listing(owner, live=False)
    clinic, listing.clinic = listing.clinic, None
    listing.save()
    return listing, clinic


def make_known(name: str, *, verified: bool):
    user = make_owner(name)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user.email


def invite(client, listing, address: str) -> str:
    """The answer, without what is different on every page and the address itself."""
    form = {"email": address, "role": "editor"}
    page = client.post(reverse("listings:people", args=[listing.pk]), form, follow=True).text
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|/invitations/\d+/', "", page).replace(address, "ADDRESS")


def mailed() -> list[str]:
    return list(OutgoingEmail.objects.filter(template="listings/invitation").values_list("to", flat=True))


def test_an_unreviewed_listing_mails_known_addresses_alone_and_does_not_say_which(client, owner, draft):
    listing, _clinic = draft
    client.force_login(owner)
    known, pages = make_known("known", verified=True), []
    for address in (known, make_known("unproven", verified=False), STRANGER):
        pages.append(invite(client, listing, address))
        listing.invitations.all().delete()
    assert mailed() == [known]
    assert pages[0] == pages[1] == pages[2]
    assert "The invitation is stored." in pages[0]
    assert "once an editor has looked at the listing" in pages[0]


def test_what_waited_is_mailed_once_when_the_listing_is_live(client, owner, draft):
    listing, clinic = draft
    client.force_login(owner)
    invite(client, listing, STRANGER)
    assert mailed() == []
    listing.submit()
    listing.start_review()
    assert mailed() == []
    listing.publish(clinic)
    assert mailed() == [STRANGER]
    link = OutgoingEmail.objects.get(to=STRANGER).context["url"]
    assert link.endswith(reverse("listings:invitation", args=[listing.invitations.get().token]))
    assert not listing.invitations.due().exists()


def test_a_listing_in_the_directory_invites_anybody_at_once(client, owner):
    listing = make_listing(owner, make_clinic("Harbor"))
    client.force_login(owner)
    page = invite(client, listing, STRANGER)
    assert mailed() == [STRANGER]
    assert "The invitation is on its way." in page
    assert "once an editor has looked" not in page


def test_a_second_invitation_says_that_the_first_link_is_dead(client, owner):
    listing = make_listing(owner, make_clinic("Harbor"))
    client.force_login(owner)
    assert "replaces the one before" not in invite(client, listing, STRANGER)
    first = listing.invitations.get().token
    assert "It replaces the one before, whose link no longer works." in invite(client, listing, STRANGER)
    assert client.get(reverse("listings:invitation", args=[first])).status_code == 404


def test_an_invitation_is_taken_back_and_its_link_stops_working(client, owner):
    listing = make_listing(owner, make_clinic("Harbor"))
    client.force_login(owner)
    assert "not answered yet" in invite(client, listing, STRANGER)
    invitation = listing.invitations.get()
    address = reverse("listings:withdraw_invitation", args=[listing.pk, invitation.pk])
    assert "ADDRESS" not in client.post(address, follow=True).text.replace(STRANGER, "ADDRESS")
    assert client.get(reverse("listings:invitation", args=[invitation.token])).status_code == 404


def test_nobody_is_said_not_to_have_answered_what_was_not_sent(client, owner, draft):
    listing, _clinic = draft
    client.force_login(owner)
    page = invite(client, listing, STRANGER)
    assert "Invited once the listing is published" in page
    assert "not answered" not in page


def test_who_alone_pays_the_plan_is_removed_after_another_payer_is_named(client, owner):
    listing = make_listing(owner, make_clinic("Harbor"))
    subscription = buy(listing)
    partner = make_owner("partner")
    Membership.objects.create(listing=listing, user=partner)
    listing.memberships.update(owner_since=None)  # nobody is new
    remove = reverse("listings:remove_person", args=[listing.pk, listing.memberships.get(user=owner).pk])
    client.force_login(partner)
    page = client.post(remove, follow=True).text
    assert "Ask them to name another payer first" in page
    assert "pays the plan" in page
    client.force_login(owner)
    assert "Name another payer first" in client.post(remove, follow=True).text
    assert listing.memberships.count() == 2
    client.post(reverse("listings:add_payer", args=[subscription.account_id]), {"email": partner.email})
    client.post(remove)
    assert listing.memberships.get().user == partner
    assert "Harbor" in client.get(reverse("listings:billing_accounts")).text  # whose card it is still sees it


def test_who_pays_a_plan_that_has_ended_can_be_removed(client, owner):
    listing = make_listing(owner, make_clinic("Harbor"))
    subscription = buy(listing)
    Membership.objects.create(listing=listing, user=make_owner("partner"))
    gateway.cancel_now(subscription)
    sync.sync_customer(subscription.customer_id)
    client.force_login(owner)
    client.post(reverse("listings:remove_person", args=[listing.pk, listing.memberships.get(user=owner).pk]))
    assert not listing.memberships.filter(user=owner).exists()
