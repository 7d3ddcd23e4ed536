"""From a message of the gateway to what is true of a listing. Jobs (`manage.py qcluster`) and the sweep call this.

Whatever starts it - an event, a browser that came back, the sweep - the same happens: the customer is locked, what is
so is asked of the gateway anew, and written in one transaction. So events may come twice, in any order, or not at all.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_q.tasks import async_task

from listings.billing import gateway
from listings.billing.gateway_types import BalanceMovement, GatewayError, GatewayRefused, GatewaySession
from listings.emails import delivery
from listings.models import LedgerEntry, Mail, Order, PaymentEvent, Subscription

LOCK_CLASS = 0x63757374  # "cust": the first half of a lock's key, the second is of the customer
OVERLAP = timedelta(days=3)  # how far the sweep looks back: longer than any outage between two of them should last
ORDER_LIFE = timedelta(hours=24)  # as long as the gateway keeps a payment page open

# Events that can change something here, by the start of their type. The others are kept and ignored.
USED_TYPES = ("checkout.session.", "customer.subscription.", "invoice.", "charge.", "refund.", "payment_intent.")
logger = logging.getLogger(__name__)


# Events


def receive(event: dict) -> None:
    """Store an event that was verified, and have it applied after the commit."""
    if PaymentEvent.store(event):
        async_task(f"{__name__}.apply", event["id"])


def apply(event_id: str, settled: set[str] | None = None) -> None:
    """Apply a stored event, once. One that fails stays stored, with the reason, for the next sweep.

    `settled` are customers of whom the gateway was asked after the event was stored; this one's is added.
    """
    settled = set() if settled is None else settled
    try:
        customer_id = _apply(event_id, settled)
    except GatewayError as error:
        PaymentEvent.objects.filter(pk=event_id).update(error=f"{type(error).__name__}: {error}"[:500])
    except Exception as error:
        PaymentEvent.objects.filter(pk=event_id).update(error=type(error).__name__)
        raise
    else:
        settled.add(customer_id)


@transaction.atomic
def _apply(event_id: str, settled: set[str]) -> str:
    event = PaymentEvent.objects.select_for_update().get(pk=event_id)
    customer_id = ""
    if event.applied_at is None:
        if event.type.startswith(USED_TYPES):
            customer_id = _customer_of(event.object)
            if customer_id not in settled:
                sync_customer(customer_id)
            if event.object.get("object") == "checkout.session":
                _expire_order_of(gateway.session(event.object["id"]))
        event.applied_at, event.error = timezone.now(), ""
        event.save(update_fields=["applied_at", "error"])
    return customer_id


def _customer_of(told: dict) -> str:
    """Whose object an event is about: by its own word, else the gateway's. The facts are asked in either case."""
    customer = told.get("customer")
    if isinstance(customer, str) and customer:
        return customer
    try:
        return gateway.customer_of(told.get("object", ""), told.get("id", ""))
    except (KeyError, GatewayRefused):  # of a kind that has no customer, or gone
        return ""


# What is so


def sync_order(order: Order) -> None:
    """Ask what became of an order: the buyer is back, or nobody has told us. Raises GatewayError."""
    if order.session_id:
        session = gateway.session(order.session_id)
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
    """Write what the gateway says of this customer now. Raises GatewayError."""
    if not customer_id:
        return
    with connection.cursor() as cursor:  # the newer answer is written last
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_CLASS, customer_id])
    subscriptions, money = gateway.fetch_customer(customer_id)
    for facts in subscriptions:
        Subscription.objects.sync(facts, livemode=settings.STRIPE_LIVEMODE)
    for movement in money:
        _record(movement)


def _record(movement: BalanceMovement) -> bool:
    """Add a movement of money to the ledger and tell whom it concerns; False if it is there already."""
    entry = LedgerEntry.record(movement, livemode=settings.STRIPE_LIVEMODE)
    if entry is None:
        return False
    template = {LedgerEntry.Kind.PAYMENT: "receipt", LedgerEntry.Kind.REFUND: "refund"}.get(entry.kind)
    payer = LedgerEntry.objects.filter(charge_id=entry.charge_id, kind=LedgerEntry.Kind.PAYMENT).first()
    if template and payer and payer.customer_id:
        subscription = Subscription.objects.filter(customer_id=payer.customer_id).first()
        if subscription:
            Mail.enqueue(
                f"{template}-{entry.gateway_id}",
                template,
                to=subscription.buyer.email,
                subscription=subscription,
                entry=entry,
            )
    return True


# The sweep


def sweep(since: datetime | None = None) -> dict[str, int]:
    """Every 15 minutes: finish what was lost on the way. Safe to run again and beside itself.

    Asks the gateway for what happened since `since` (3 days ago). One failure keeps nothing else from being settled;
    returns how many there were of each thing done, "failed" among them.
    """
    counts = dict.fromkeys(("events", "orders", "customers", "movements", "mails", "failed"), 0)
    if settings.PAYMENT_GATEWAY != "off":
        since = since or timezone.now() - OVERLAP
        _each(counts, "missed events", [since], _catch_up)
        waiting = PaymentEvent.objects.filter(applied_at=None).order_by("received_at").values_list("pk", flat=True)
        settled: set[str] = set()
        _each(counts, "events", list(waiting), lambda event_id: _apply_or_note(event_id, settled))
        livemode = settings.STRIPE_LIVEMODE
        _each(counts, "orders", list(Order.objects.filter(status="open", livemode=livemode)), sync_order)
        unsettled = Subscription.objects.needing_sync().filter(order__livemode=livemode)
        customers = sorted(set(unsettled.values_list("customer_id", flat=True)))
        _each(counts, "customers", customers, sync_customer)
        _each(counts, "follow-ups", list(Subscription.objects.filter(order__livemode=livemode)), _follow_up)
        _each(counts, "movements", [since], _record_since)
    owed = Mail.objects.filter(claimed_at=None, sent_at=None)
    _each(counts, "mails", list(owed.values_list("pk", flat=True)), delivery.send)
    return counts


def _each(counts: dict[str, int], name: str, things: list, act: Callable) -> None:
    """Do it with each of them, whatever becomes of the others."""
    for thing in things:
        try:
            done = act(thing)
        except GatewayError as error:
            counts["failed"] += 1
            logger.warning("The sweep of the payments, %s: %s", name, error)
        except Exception:
            counts["failed"] += 1
            logger.exception("The sweep of the payments, %s", name)
        else:
            if name in counts:
                counts[name] += 1 if done is None else done


def _catch_up(since: datetime) -> None:
    """Store the events that never reached us."""
    known = set(PaymentEvent.objects.filter(received_at__gte=since).values_list("pk", flat=True))
    for event in gateway.events_since(since):
        if event["id"] not in known and event["livemode"] is settings.STRIPE_LIVEMODE:
            PaymentEvent.store(event)


def _apply_or_note(event_id: str, settled: set[str]) -> None:
    apply(event_id, settled)
    event = PaymentEvent.objects.get(pk=event_id)
    if event.applied_at is None:
        raise GatewayError(f"{event}: {event.error}")


def _record_since(since: datetime) -> int:
    """Also what belongs to nobody: fees, payouts to the bank."""
    return sum(_record(movement) for movement in gateway.movements_since(since))


def _follow_up(subscription: Subscription) -> None:
    """What time alone brings: reminders, the end of a grace, an announced price."""
    if subscription.grace_is_over and subscription.is_open_at_gateway:
        gateway.cancel_now(subscription)  # nobody pays later for what they lost
        sync_customer(subscription.customer_id)
    elif subscription.status == Subscription.Status.PAST_DUE:
        subscription.remind()
    elif (
        subscription.next_price_from
        and subscription.next_price_from <= timezone.now()
        and subscription.is_open_at_gateway
    ):
        gateway.change_price(subscription, subscription.next_price)
        subscription.adopt_price()
