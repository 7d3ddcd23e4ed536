"""Writes the gateway's current state to our tables. Jobs, the page after a payment and the sweep call this.

Whatever starts it - an event, a browser that came back, the sweep - the same happens: the customer is locked, their
current state is fetched from the gateway and written in one transaction. An event is only a reason to fetch: it may
arrive twice, in any order, or not at all (docs/payments.md).
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from core import email
from core.locks import transaction_lock
from listings.billing import gateway
from listings.billing.gateway_types import BalanceMovement, GatewayError, GatewayRefused, GatewaySession
from listings.models import LedgerEntry, Order, PaymentEvent, Subscription

LOCK_CLASS = 0x63757374  # "cust": the first half of a lock's key; the second half stands for the customer
OVERLAP = timedelta(days=3)  # how far the sweep looks back: longer than any outage between two of them should last
ORDER_LIFE = timedelta(hours=24)  # as long as the gateway keeps a payment page open

# Events that can change something here, by the start of their type. The others are stored and ignored.
USED_TYPES = ("checkout.session.", "customer.subscription.", "invoice.", "charge.", "refund.", "payment_intent.")
Thing = TypeVar("Thing")
logger = logging.getLogger(__name__)


# Events


def receive(event: dict[str, Any]) -> None:
    """Store an event that was verified, and apply it in a job after the commit."""
    if PaymentEvent.store(event):
        async_task(f"{__name__}.apply", event["id"])


def apply(event_id: str, synced: set[str] | None = None) -> None:
    """Apply a stored event, once. One that fails stays stored, with the reason, for the next sweep.

    `synced` are the customers that were synced after the event was stored; the event's customer is added to them.
    """
    synced = set() if synced is None else synced
    try:
        customer_id = _apply(event_id, synced)
    except GatewayError as error:
        PaymentEvent.objects.filter(pk=event_id).update(error=f"{type(error).__name__}: {error}"[:500])
    except Exception as error:
        PaymentEvent.objects.filter(pk=event_id).update(error=type(error).__name__)
        raise
    else:
        synced.add(customer_id)


@transaction.atomic
def _apply(event_id: str, synced: set[str]) -> str:
    event = PaymentEvent.objects.select_for_update().get(pk=event_id)
    customer_id = ""
    if event.applied_at is None:
        if event.type.startswith(USED_TYPES):
            customer_id = _customer_of(event.object)
            if customer_id not in synced:
                sync_customer(customer_id)
            if event.object.get("object") == "checkout.session":
                _expire_order_of(gateway.get_session(event.object["id"]))
        event.applied_at, event.error = timezone.now(), ""
        event.save(update_fields=["applied_at", "error"])
    return customer_id


def _customer_of(event_object: dict[str, Any]) -> str:
    """The customer that an event is about, as the event says or else the gateway; "" if there is none."""
    customer = event_object.get("customer")
    if isinstance(customer, str) and customer:
        return customer
    try:
        return gateway.customer_of(event_object.get("object", ""), event_object.get("id", ""))
    except (KeyError, GatewayRefused):  # a kind of object without a customer, or one that is gone
        return ""


# The current state


def sync_order(order: Order) -> None:
    """Find out what became of an open order, when the buyer is back or no event arrived. Raises GatewayError."""
    if order.session_id:
        session = gateway.get_session(order.session_id)
        sync_customer(session.customer_id)
        _expire_order_of(session)
    elif timezone.now() > order.created_at + ORDER_LIFE:
        order.set_status(Order.Status.EXPIRED)
    order.refresh_from_db()


def _expire_order_of(session: GatewaySession) -> None:
    if session.status == "expired":
        Order.objects.filter(session_id=session.id, status=Order.Status.OPEN).update(status=Order.Status.EXPIRED)


@transaction.atomic
def sync_customer(customer_id: str) -> None:
    """Write the current state of this customer's subscriptions and money. Raises GatewayError."""
    if not customer_id:
        return
    # Locked before the state is fetched, so that the newer state is written last.
    transaction_lock(LOCK_CLASS, customer_id)
    subscriptions, movements = gateway.fetch_customer(customer_id)
    for subscription in subscriptions:
        Subscription.objects.sync(subscription, livemode=settings.STRIPE_LIVEMODE)
    for movement in movements:
        _record(movement)


def _record(movement: BalanceMovement) -> bool:
    """Add a movement to the ledger and mail the buyer; False if the ledger has it already."""
    entry = LedgerEntry.record(movement, livemode=settings.STRIPE_LIVEMODE)
    if entry is None:
        return False
    templates: dict[str, str] = {LedgerEntry.Kind.PAYMENT: "receipt", LedgerEntry.Kind.REFUND: "refund"}
    template = templates.get(entry.kind)
    payment = LedgerEntry.objects.filter(charge_id=entry.charge_id, kind=LedgerEntry.Kind.PAYMENT).first()
    if template and payment and payment.customer_id:
        subscription = Subscription.objects.filter(customer_id=payment.customer_id).first()
        if subscription:
            email.enqueue(
                f"{template}-{entry.gateway_id}",
                f"listings/{template}",
                to=subscription.buyer.email,
                context={"subscription": subscription.pk, "entry": entry.pk},
            )
    return True


# The sweep


def sweep(since: datetime | None = None) -> dict[str, int]:
    """A job that finishes whatever was lost on the way. Safe to run again and beside itself.

    Fetches what happened at the gateway since `since` (by default OVERLAP ago). One failure does not stop the rest.
    Returns how many of each kind were handled, and under "failed" how many were not.
    """
    counts = dict.fromkeys(("events", "orders", "customers", "movements", "failed"), 0)
    if settings.PAYMENT_GATEWAY != "off":
        since = since or timezone.now() - OVERLAP
        _each(counts, "missed events", [since], _store_missed_events)
        waiting = PaymentEvent.objects.filter(applied_at=None).order_by("received_at").values_list("pk", flat=True)
        synced: set[str] = set()
        _each(counts, "events", list(waiting), lambda event_id: _apply_or_raise(event_id, synced))
        livemode = settings.STRIPE_LIVEMODE
        _each(counts, "orders", list(Order.objects.filter(status="open", livemode=livemode)), sync_order)
        uncertain = Subscription.objects.needing_sync().filter(order__livemode=livemode)
        customers = sorted(set(uncertain.values_list("customer_id", flat=True)))
        _each(counts, "customers", customers, sync_customer)
        _each(counts, "follow-ups", list(Subscription.objects.filter(order__livemode=livemode)), _follow_up)
        _each(counts, "movements", [since], _record_since)
    return counts


def _each(counts: dict[str, int], name: str, things: list[Thing], handle: Callable[[Thing], int | None]) -> None:
    """Handle each of them, even if others fail."""
    for thing in things:
        try:
            done = handle(thing)
        except GatewayError as error:
            counts["failed"] += 1
            logger.warning("The sweep of the payments, %s: %s", name, error)
        except Exception:
            counts["failed"] += 1
            logger.exception("The sweep of the payments, %s", name)
        else:
            if name in counts:
                counts[name] += 1 if done is None else done


def _store_missed_events(since: datetime) -> None:
    known = set(PaymentEvent.objects.filter(received_at__gte=since).values_list("pk", flat=True))
    for event in gateway.events_since(since):
        if event["id"] not in known and event["livemode"] is settings.STRIPE_LIVEMODE:
            PaymentEvent.store(event)


def _apply_or_raise(event_id: str, synced: set[str]) -> None:
    apply(event_id, synced)
    event = PaymentEvent.objects.get(pk=event_id)
    if event.applied_at is None:
        raise GatewayError(f"{event}: {event.error}")


def _record_since(since: datetime) -> int:
    """Movements that belong to no customer too: fees, payouts to the bank."""
    return sum(_record(movement) for movement in gateway.movements_since(since))


def _follow_up(subscription: Subscription) -> None:
    """What time alone brings: reminders, the end of a grace period, an announced price."""
    if subscription.grace_is_over and subscription.is_open_at_gateway:
        gateway.cancel_now(subscription)  # a later retry must not charge for a plan that has ended here
        sync_customer(subscription.customer_id)
    elif subscription.status == Subscription.Status.PAST_DUE:
        subscription.remind()
    elif subscription.is_open_at_gateway and (price := subscription.due_price):
        gateway.change_price(subscription, price)
        subscription.adopt_price()
