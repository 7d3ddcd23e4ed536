"""Listings, owners, orders and subscriptions for tests, and the events of the fake Stripe server."""

import json

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import OutgoingEmail
from listings.billing import gateway, sync
from listings.fake_stripe import billing, delivery, objects
from listings.fake_stripe.models import GatewayObject
from listings.models import (
    Claim,
    Invitation,
    LedgerEntry,
    Listing,
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
    """A listing of a clinic, by default a live one in Baltimore."""
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
    """The buyer pays; returns the id of the subscription at the gateway. No event is delivered yet."""
    session = objects.get("checkout.session", placed.session_id)
    return billing.complete(session)["subscription"]


def buy(listing=None, **choice) -> Subscription:
    """A subscription that is paid and synced."""
    placed = order(listing, **choice)
    gateway_id = pay(placed)
    deliver_all_events()
    return Subscription.objects.get(gateway_id=gateway_id)


def gateway_subscription(subscription) -> dict:
    return objects.get("subscription", getattr(subscription, "gateway_id", subscription))


def events() -> list[dict]:
    """All events of the gateway, the oldest first."""
    return list(GatewayObject.objects.filter(kind="event").order_by("created_at", "pk").values_list("data", flat=True))


def send(event: dict, **changed):
    """Post an event to the webhook; returns the response."""
    body = json.dumps(event | changed).encode()
    headers = {"Stripe-Signature": delivery.signature(body)}
    return Client().post(reverse("stripe_webhook"), body, "application/json", headers=headers)


def deliver_event(event: dict) -> None:
    """Deliver one event to the webhook and run the job that applies it."""
    assert send(event).status_code == 200
    sync.apply(event["id"])


def deliver_all_events() -> None:
    """Deliver every event that was not applied yet."""
    known = set(PaymentEvent.objects.exclude(applied_at=None).values_list("pk", flat=True))
    for event in events():
        if event["id"] not in known:
            deliver_event(event)


# A row of each model that the admin shows, made without the gateway


def make_plan(number: int) -> Plan:
    plan = Plan.objects.create(slug=f"plan-{number}", name=f"Plan {number}")
    PlanPrice.objects.create(plan=plan, interval="month", amount_cents=4900)
    return plan


def make_order(number: int) -> Order:
    listing = make_listing(make_owner(f"owner{number}"), make_clinic(f"Clinic {number}"))
    return Order.objects.create(
        listing=listing, buyer=listing.owners.get(), price=make_plan(number).prices.get(), session_id=f"cs_{number}"
    )


def make_subscription(number: int) -> Subscription:
    placed = make_order(number)
    subscription = Subscription.objects.create(
        gateway_id=f"sub_{number}", customer_id=f"cus_{number}", order=placed, price=placed.price, status="active"
    )
    Listing.objects.filter(pk=placed.listing_id).update(subscription=subscription)
    return subscription


def make_ledger_entry(number: int) -> LedgerEntry:
    amounts = {"kind": "payment", "amount_cents": 4900, "net_cents": 4900, "currency": "usd", "livemode": False}
    return LedgerEntry.objects.create(
        gateway_id=f"txn_{number}", charge_id=f"ch_{number}", happened_at=timezone.now(), **amounts
    )


def make_invitation(number: int) -> Invitation:
    listing = make_listing(make_owner(f"owner{number}"))
    return Invitation.objects.create(
        listing=listing, email=f"colleague{number}@practice.example", invited_by=listing.owners.get()
    )


ROWS = {
    Authenticator: lambda number: Authenticator.objects.create(
        user=make_owner(f"owner{number}"), type=Authenticator.Type.TOTP, data={}
    ),
    Claim: lambda number: Claim.objects.create(
        clinic=make_clinic(), user=make_owner(f"owner{number}"), method="phone", status="open"
    ),
    EmailAddress: lambda number: EmailAddress.objects.create(
        user=make_owner(f"owner{number}"), email=f"owner{number}@practice.example"
    ),
    Invitation: make_invitation,
    Submission: lambda number: Submission.objects.create(
        listing=make_listing(make_owner(f"owner{number}")), status="open", submitted_at=timezone.now()
    ),
    LedgerEntry: make_ledger_entry,
    Listing: lambda number: make_subscription(number).order.listing,
    OutgoingEmail: lambda number: OutgoingEmail.objects.create(
        key=f"mail-{number}", template="listings/receipt", to="owner@practice.example"
    ),
    Order: make_order,
    PaymentEvent: lambda number: PaymentEvent.objects.create(
        id=f"evt_{number}", type="invoice.paid", livemode=False, payload={"data": {"object": {"id": f"in_{number}"}}}
    ),
    Plan: make_plan,
    Subscription: make_subscription,
}
