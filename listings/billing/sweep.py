"""The job that finishes whatever was lost on the way."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from core import clock
from listings.billing import endings, events, foreign, gateway, late, sync
from listings.billing.gateway_types import BalanceMovement, GatewayError
from listings.models import BillingAccount, LedgerEntry, Order, PaymentEvent, Subscription

OVERLAP = timedelta(days=3)  # how far the sweep looks back: longer than any outage between two of them should last
Thing = TypeVar("Thing")
logger = logging.getLogger(__name__)


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
        _each(counts, "orders", list(Order.objects.filter(status="open", livemode=livemode)), sync.sync_order)
        mine = Subscription.objects.filter(order__livemode=livemode, is_comp=False)
        uncertain = mine.needing_sync() | mine.ending()
        unreachable = BillingAccount.objects.unreachable().filter(livemode=livemode)
        customers = _customers(uncertain) | {account.customer_id for account in unreachable if account.customer_id}
        _each(counts, "customers", sorted(customers), _sync_and_follow)
        if clock.is_sure():
            _each(counts, "follow-ups", list(mine.open().values_list("pk", flat=True)), _follow_up)
        _each(counts, "ends", list(Subscription.objects.ending().filter(order__livemode=livemode)), endings.finish)
        _each(counts, "movements", [since], _record_since)
        _each(counts, "late payments", late.kept(), endings.refund_late)
    return counts


def _customers(subscriptions: Iterable[Subscription]) -> set[str]:
    return {subscription.customer_id for subscription in subscriptions}


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
    missed = [event for event in gateway.events_since(since) if event["id"] not in known]
    for event in foreign.ours(event for event in missed if event["livemode"] is settings.STRIPE_LIVEMODE):
        PaymentEvent.store(event)


def _apply_or_raise(event_id: str, synced: set[str]) -> None:
    events.apply(event_id, synced)
    event = PaymentEvent.objects.get(pk=event_id)
    if event.applied_at is None:
        raise GatewayError(f"{event}: {event.error}")


def _sync_and_follow(customer_id: str) -> None:
    sync.sync_customer(customer_id)
    endings.follow(customer_id)


def _record_since(since: datetime) -> int:
    """Movements that belong to no customer too: fees, payouts to the bank."""
    movements, _ = foreign.split(gateway.movements_since(since))
    for customer_id in sorted(_of_accounts(movements)):
        sync.sync_customer(customer_id)  # which records them with the invoice that they paid
    return sum(sync.record(movement) for movement in movements)


def _of_accounts(movements: list[BalanceMovement]) -> set[str]:
    """The customers with an account here whose payments the ledger lacks."""
    known = set(
        LedgerEntry.objects.filter(gateway_id__in=[each.gateway_id for each in movements]).values_list(
            "gateway_id", flat=True
        )
    )
    lacking = {each.customer_id for each in movements if each.customer_id and each.gateway_id not in known}
    known_here = BillingAccount.objects.filter(customer_id__in=lacking).values_list("customer_id", flat=True)
    return {customer_id for customer_id in known_here if customer_id}


def _follow_up(subscription_id: int) -> None:
    """What time alone brings: reminders, the end of a grace period, an announced price."""
    subscription = Subscription.objects.get(pk=subscription_id)
    if subscription.grace_is_over:
        _end_after_grace(subscription)
    elif subscription.status == Subscription.Status.PAST_DUE:
        subscription.remind()
    elif price := subscription.due_price:
        gateway.change_price(subscription, price)
        sync.sync_customer(subscription.customer_id)  # which writes it here, as any change of price


def _end_after_grace(subscription: Subscription) -> None:
    """What was paid a moment ago is not ended: the gateway is asked first, and the row may not have changed since."""
    sync.sync_customer(subscription.customer_id)
    subscription.refresh_from_db()
    names = ("status", "past_due_since", "past_due_told_at", "last_invoice_id")
    still = {name: getattr(subscription, name) for name in names}
    if subscription.grace_is_over and subscription.want_end(Subscription.EndReason.GRACE_OVER, **still):
        endings.finish(subscription)  # a later retry must not charge for a plan that has ended here
