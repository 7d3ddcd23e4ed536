"""What the present owners of a clinic hear of others who want to be owners, and the days that they have."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.urls import reverse

from core.models import OutgoingEmail
from listings.models import Claim, Invitation, Membership
from listings.models.listing import OBJECTION_DAYS
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def listing(clock):
    listing = make_listing(make_owner())
    clock.shift(timedelta(days=100))
    return listing


def claim_of(listing, **facts) -> Claim:
    claim = Claim.objects.create(clinic=listing.clinic, user=make_owner("rival"), method="document", **facts)
    claim.mark_proven()
    return claim


def decide(client, claim, choice, reason=""):
    client.force_login(User.objects.get_or_create(username="chief", is_staff=True, is_superuser=True)[0])
    address = reverse("admin:listings_claim_change", args=[claim.pk])
    assert client.get(address).status_code == 200
    client.post(address, {"decision": choice, "reason": reason})
    claim.refresh_from_db()
    return claim.status


def mails(template: str) -> list[str]:
    return list(OutgoingEmail.objects.filter(template=f"listings/{template}").values_list("to", flat=True))


def test_the_owners_hear_of_a_proved_claim_and_have_seven_days(client, listing, clock):
    claim = claim_of(listing)
    owner = listing.owners.get()
    assert mails("rival_claim") == [owner.email]
    client.force_login(owner)
    page = client.get(reverse("listings:listing", args=[listing.pk])).text
    assert reverse("listings:rival_claim", args=[listing.pk, claim.pk]) in page
    assert decide(client, claim, "approve") == "open"
    clock.shift(timedelta(days=OBJECTION_DAYS))
    assert decide(client, claim, "approve") == "approved"
    assert mails("new_owner") == [owner.email]


def test_an_objection_is_read_and_answered_before_a_claim_is_approved(client, listing, clock):
    claim = claim_of(listing)
    address = reverse("listings:rival_claim", args=[listing.pk, claim.pk])
    client.force_login(listing.owners.get())
    assert "rival@" in client.get(address).text
    assert client.post(address, {"reason": ""}).status_code == 422
    client.post(address, {"reason": "They never worked here."})
    client.post(address, {"reason": "Once more."})
    claim.refresh_from_db()
    assert claim.objection == "They never worked here."
    clock.shift(timedelta(days=OBJECTION_DAYS))
    assert decide(client, claim, "approve") == "open"
    assert "They never worked here." in client.get(reverse("admin:listings_claim_change", args=[claim.pk])).text
    assert decide(client, claim, "approve", reason="Called 410-555-0100.") == "approved"


def test_a_rejection_waits_for_nobody(client, listing):
    assert decide(client, claim_of(listing), "reject", reason="No proof of this clinic.") == "rejected"


def test_of_two_claims_the_second_waits_once_the_first_has_made_an_owner(client, clock):
    listing = make_listing(make_owner())
    clinic = listing.clinic
    listing.delete()
    first = Claim.objects.create(clinic=clinic, user=make_owner("first"), method="document", status="open")
    second = Claim.objects.create(clinic=clinic, user=make_owner("second"), method="document", status="open")
    assert decide(client, first, "approve") == "approved"
    assert decide(client, second, "approve") == "open"
    assert mails("rival_claim") == [first.user.email]


def test_a_claim_of_a_closed_listing_waits_for_nobody(client, listing):
    listing.close("It has moved.")
    assert decide(client, claim_of(listing), "approve") == "approved"


def join(client, listing, name="partner", role="owner") -> User:
    """Somebody whom an owner invites, and who accepts."""
    user = make_owner(name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    invitation = Invitation.objects.create(
        listing=listing, email=user.email, role=role, invited_by=listing.owners.first()
    )
    client.force_login(user)
    client.post(reverse("listings:invitation", args=[invitation.token]))
    return user


def remove(client, listing, user) -> bool:
    member = listing.memberships.get(user=user)
    client.post(reverse("listings:remove_person", args=[listing.pk, member.pk]))
    return not Membership.objects.filter(pk=member.pk).exists()


def test_a_new_owner_removes_nobody_for_seven_days(client, listing, clock):
    first = listing.owners.get()
    partner = join(client, listing)
    assert mails("new_owner") == [first.email]
    assert listing.waits_as_owner(partner)
    assert not listing.waits_as_owner(first)
    assert not remove(client, listing, first)
    clock.shift(timedelta(days=OBJECTION_DAYS))
    client.force_login(partner)  # the session has ended meanwhile
    assert remove(client, listing, first)


def test_a_new_owner_may_leave_and_the_others_may_remove_them(client, listing):
    first = listing.owners.get()
    partner = join(client, listing)
    assert remove(client, listing, partner)
    other = join(client, listing, "other")
    client.force_login(first)
    assert remove(client, listing, other)


def test_an_invited_editor_is_no_news_to_the_owners(client, listing):
    join(client, listing, role="editor")
    assert mails("new_owner") == []


def test_an_editor_who_becomes_an_owner_waits_from_that_day_on(client, listing, clock):
    editor = join(client, listing, role="editor")
    clock.shift(timedelta(days=100))
    listing.add_member(editor, Membership.Role.OWNER)
    assert listing.waits_as_owner(editor)
    listing.add_member(editor, Membership.Role.EDITOR)
    assert listing.memberships.get(user=editor).role == Membership.Role.OWNER, "an owner stays one"


def test_owners_of_a_listing_that_was_suspended_hear_of_a_claim_when_it_is_reinstated(listing, clock):
    listing.suspend("Checked.")
    claim = claim_of(listing)
    assert mails("rival_claim") == []
    listing.reinstate()
    assert mails("rival_claim") == [listing.owners.get().email]
    with pytest.raises(ValueError, match="have until"):
        claim.decide(True, None)
    clock.shift(timedelta(days=OBJECTION_DAYS))
    assert claim.decide(True, None) == listing


def test_a_claim_of_which_nobody_was_told_is_not_approved_and_its_seven_days_begin(client, listing, clock):
    claim = claim_of(listing)
    OutgoingEmail.objects.all().delete()
    Claim.objects.update(owners_told_at=None)
    assert decide(client, claim, "approve") == "open"
    assert mails("rival_claim") == [listing.owners.get().email]
    clock.shift(timedelta(days=OBJECTION_DAYS))
    assert decide(client, claim, "approve") == "approved"
