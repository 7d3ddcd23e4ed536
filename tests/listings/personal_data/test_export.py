"""The download of all that is held of a person."""

import json

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from clinics.models import Confirmation
from core.models import OutgoingEmail, PaperAcceptance
from listings.billing import desk
from listings.models import Claim, Invitation, LedgerEntry, Order, Submission
from listings.personal_data.export import export
from tests.listings.billing.payments import buy
from tests.listings.factories import ClaimFactory, InvitationFactory, make_listing, make_owner

pytestmark = pytest.mark.django_db
PASSWORD = "a sentence to log in with"


@pytest.fixture
def owner():
    owner = make_owner()
    owner.set_password(PASSWORD)
    owner.save()
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    return owner


@pytest.fixture
def as_owner(client, owner):
    """Logged in, with the password given a moment ago."""
    client.force_login(owner, "allauth.account.auth_backends.AuthenticationBackend")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.fixture
def everything(owner):
    """A row of every kind, of this person and of another."""
    for user in (owner, make_owner("other")):
        listing = make_listing(user)
        buy(listing)
        Submission.objects.create(listing=listing, started_by=user, submitted_by=user, submitted_at=timezone.now())
        ClaimFactory(user=user)
        InvitationFactory(listing=listing, email=f"colleague-of-{user.username}@practice.example", invited_by=user)
        PaperAcceptance.objects.create(user=user, slug="terms", version=1)
        Confirmation.objects.update_or_create(
            clinic=listing.clinic, fact_group="contact", defaults={"confirmed_by": user, "source": "owner"}
        )
    OutgoingEmail.objects.create(
        key="secret", template="listings/account", to=owner.email, is_secret=True, context={"text": "the link"}
    )
    return owner


def test_the_file_holds_every_part_and_nothing_of_others(as_owner, everything):
    answer = as_owner.post(reverse("listings:data"))
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    text, data = answer.content.decode(), json.loads(answer.content)
    assert data["account"]["email"] == everything.email
    [order], [payment] = data["orders"], data["payments"]
    assert order["id"] == str(Order.objects.get(buyer=everything).pk)
    assert payment["amount_cents"] == LedgerEntry.objects.first().amount_cents
    for part in (
        "sessions",
        "email_addresses",
        "listings",
        "submissions",
        "claims",
        "plans",
        "papers_accepted",
        "mails",
    ):
        assert data[part], part
    assert [each["email"] for each in data["invitations_sent"]] == [
        f"colleague-of-{everything.username}@practice.example"
    ]
    assert len(data["confirmations"]) == 1
    other = Claim.objects.exclude(user=everything).get().user
    assert other.email not in text
    assert f"colleague-of-{other.username}" not in text


def test_the_file_opens_no_account(as_owner, everything):
    text = as_owner.post(reverse("listings:data")).content.decode()
    assert "the link" not in text
    assert everything.password not in text
    assert Invitation.objects.first().token not in text


def test_the_password_is_asked_for_where_it_was_not_given_lately(client, owner):
    client.force_login(owner)
    answer = client.post(reverse("listings:data"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/reauthenticate/")


def test_who_has_handed_an_account_on_does_not_read_what_the_next_payer_pays(owner):
    handed_on = buy(make_listing(owner))
    other = make_owner("next")
    desk.move_to_payer(handed_on.account, other, keeps_others=False)
    buy(make_listing(other))
    for person, count in ((owner, 1), (other, 2)):
        data = export(person)
        assert [len(data[part]) for part in ("plans", "payments")] == [count, count]
