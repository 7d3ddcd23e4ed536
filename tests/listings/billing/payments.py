"""Orders and subscriptions for tests, through the fake Stripe server, and the events that it sends."""

import json

from django.test import Client
from django.urls import reverse

from listings.billing import gateway
from listings.billing.events import apply
from listings.fake_stripe import billing, delivery, objects
from listings.fake_stripe.models import GatewayObject
from listings.models import Order, PaymentEvent, Plan, PlanPrice, Subscription
from tests.listings.factories import make_listing


def price_of(slug="featured", interval="month") -> PlanPrice:
    """What is for sale today."""
    [price] = [each for each in Plan.objects.get(slug=slug).prices_on() if each.interval == interval]
    return price


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
    apply(event["id"])


def deliver_all_events() -> None:
    """Deliver every event that was not applied yet."""
    known = set(PaymentEvent.objects.exclude(applied_at=None).values_list("pk", flat=True))
    for event in events():
        if event["id"] not in known:
            deliver_event(event)


def order_by_bank(listing) -> Order:
    """The money arrives days later, or never: see `billing.settle_session`."""
    placed = order(listing)
    Order.objects.filter(pk=placed.pk).update(pays_by="bank")
    billing.complete(objects.get("checkout.session", placed.session_id), method=billing.new_bank_account())
    deliver_all_events()
    return placed
