"""A listing, somebody who pays for it, and a gateway that is told what to do."""

import json

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from listings.billing import gateway, sync
from listings.fake_stripe import billing, delivery, objects
from listings.fake_stripe.models import GatewayObject
from listings.models import (
    Claim,
    Invitation,
    LedgerEntry,
    Listing,
    Mail,
    Membership,
    Order,
    PaymentEvent,
    Plan,
    PlanPrice,
    Submission,
    Subscription,
)
from tests.factories import make_clinic


def make_owner(name="owner") -> User:
    return User.objects.create_user(name, email=f"{name}@practice.example", password="a sentence to log in with")


def make_listing(owner=None, clinic=None, *, live=True) -> Listing:
    """A live listing of the clinic in Baltimore, unless told otherwise."""
    clinic = clinic or make_clinic()
    listing = Listing.objects.create(clinic=clinic, practice_name=clinic.name)
    Membership.objects.create(listing=listing, user=owner or make_owner())
    if live:
        listing.submit()
        listing.start_review()
        listing.publish()
    return listing


def price_of(slug="featured", interval="month") -> PlanPrice:
    return PlanPrice.objects.get(plan__slug=slug, interval=interval)


def order(listing=None, slug="featured", interval="month", quantity=1) -> Order:
    """An order with a payment page."""
    listing = listing or make_listing()
    placed = Order.place(listing, listing.owners.first(), price_of(slug, interval), quantity)
    session = gateway.start_session(placed, return_url="http://testserver/back/")
    placed.store_session(session.id, session.url)
    return placed


def pay(placed: Order) -> str:
    """The buyer pays at the gateway; the id of the subscription there. We are told nothing yet."""
    session = objects.get("checkout.session", placed.session_id)
    return billing.complete(session)["subscription"]


def buy(listing=None, **choice) -> Subscription:
    """A paid and settled subscription."""
    placed = order(listing, **choice)
    gateway_id = pay(placed)
    deliver_all_events()
    return Subscription.objects.get(gateway_id=gateway_id)


def at_gateway(subscription) -> dict:
    return objects.get("subscription", getattr(subscription, "gateway_id", subscription))


def events() -> list[dict]:
    """Everything that the gateway has to tell, the oldest first."""
    return list(GatewayObject.objects.filter(kind="event").order_by("created_at", "pk").values_list("data", flat=True))


def send(event: dict, **changed):
    """The answer of the endpoint to a message of the gateway."""
    body = json.dumps(event | changed).encode()
    headers = {"Stripe-Signature": delivery.signature(body)}
    return Client().post(reverse("stripe_webhook"), body, "application/json", headers=headers)


def deliver_event(event: dict) -> None:
    """One message arrives at the endpoint, and the job that follows is done."""
    assert send(event).status_code == 200
    sync.apply(event["id"])


def deliver_all_events() -> None:
    known = set(PaymentEvent.objects.exclude(applied_at=None).values_list("pk", flat=True))
    for event in events():
        if event["id"] not in known:
            deliver_event(event)


# A row of every model that the admin shows, without a gateway


def row_of_plan(number: int) -> Plan:
    plan = Plan.objects.create(slug=f"plan-{number}", name=f"Plan {number}")
    PlanPrice.objects.create(plan=plan, interval="month", amount_cents=4900)
    return plan


def row_of_order(number: int) -> Order:
    listing = make_listing(make_owner(f"owner{number}"), make_clinic(f"Clinic {number}"))
    return Order.objects.create(
        listing=listing, buyer=listing.owners.get(), price=row_of_plan(number).prices.get(), session_id=f"cs_{number}"
    )


def row_of_subscription(number: int) -> Subscription:
    placed = row_of_order(number)
    subscription = Subscription.objects.create(
        gateway_id=f"sub_{number}", customer_id=f"cus_{number}", order=placed, price=placed.price, status="active"
    )
    Listing.objects.filter(pk=placed.listing_id).update(subscription=subscription)
    return subscription


def row_of_ledger(number: int) -> LedgerEntry:
    amounts = {"kind": "payment", "amount_cents": 4900, "net_cents": 4900, "currency": "usd", "livemode": False}
    return LedgerEntry.objects.create(
        gateway_id=f"txn_{number}", charge_id=f"ch_{number}", happened_at=timezone.now(), **amounts
    )


def row_of_invitation(number: int) -> Invitation:
    listing = make_listing(make_owner(f"owner{number}"))
    return Invitation.objects.create(
        listing=listing, email=f"colleague{number}@practice.example", invited_by=listing.owners.get()
    )


ROWS = {
    Authenticator: lambda number: Authenticator.objects.create(
        user=make_owner(f"owner{number}"), type=Authenticator.Type.TOTP, data={}
    ),
    Claim: lambda number: Claim.objects.create(
        clinic=make_clinic(), user=make_owner(f"owner{number}"), method="phone", state="open"
    ),
    EmailAddress: lambda number: EmailAddress.objects.create(
        user=make_owner(f"owner{number}"), email=f"owner{number}@practice.example"
    ),
    Invitation: row_of_invitation,
    Submission: lambda number: Submission.objects.create(
        listing=make_listing(make_owner(f"owner{number}")), state="open", submitted_at=timezone.now()
    ),
    LedgerEntry: row_of_ledger,
    Listing: lambda number: row_of_subscription(number).order.listing,
    Mail: lambda number: Mail.objects.create(key=f"mail-{number}", template="receipt", to="owner@practice.example"),
    Order: row_of_order,
    PaymentEvent: lambda number: PaymentEvent.objects.create(
        id=f"evt_{number}", type="invoice.paid", livemode=False, payload={"data": {"object": {"id": f"in_{number}"}}}
    ),
    Plan: row_of_plan,
    Subscription: row_of_subscription,
}
