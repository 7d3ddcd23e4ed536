"""Writes the gateway's current state to our tables.

Whatever starts it - an event, a buyer who came back, the sweep - the same happens: the customer's current state is
fetched, outside any transaction, and written in one. An event is only a reason to fetch: it may arrive twice, in any
order, or not at all. No lock is held while the gateway is asked: a stamp says whether somebody else has written
meanwhile, and then the state is fetched again (docs/payments.md).
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from core import email
from core.locks import transaction_lock
from listings.billing import gateway, late, writing
from listings.billing.gateway_types import (
    BalanceMovement,
    GatewayMisconfigured,
    GatewayRefused,
    GatewaySubscription,
    GatewayUnavailable,
)
from listings.models import BillingAccount, LedgerEntry, Order, Subscription

LOCK_CLASS = 0x63757374  # "cust": the first half of a lock's key; the second half stands for the customer
MOST_FETCHES = 6  # of one customer whose state others write at the same time
ORDER_LIFE = timedelta(hours=24)  # as long as the gateway keeps a payment page open


def sync_customer(customer_id: str) -> None:
    """Write the current state of this customer's subscriptions and money. Raises GatewayError."""
    if not customer_id:
        return
    for _attempt in range(MOST_FETCHES):
        stamp, began = _stamp(customer_id), _database_clock()
        try:
            subscriptions, movements = gateway.fetch_customer(customer_id)
        except GatewayMisconfigured as error:
            BillingAccount.objects.filter(customer_id=customer_id).update(sync_error=str(error)[:500])
            raise
        except GatewayRefused as error:
            if not error.is_gone:
                raise
            subscriptions, movements = _those_of_nobody(customer_id)
        if _write(customer_id, stamp, began, subscriptions, movements):
            return
    raise GatewayUnavailable("Others write the state of this customer just now.")


def _account_of(customer_id: str) -> BillingAccount | None:
    """The account of a customer, also of one that was deleted and replaced."""
    known = Q(customer_id=customer_id) | Q(subscriptions__customer_id=customer_id)
    return BillingAccount.objects.filter(known).order_by("pk").first()


def _stamp(customer_id: str) -> datetime | None:
    account = _account_of(customer_id)
    return account.synced_at if account else None


def _database_clock() -> datetime:
    """One clock for all processes and machines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [moment] = cursor.fetchone()
    now: datetime = moment
    return now


def _those_of_nobody(customer_id: str) -> tuple[list[GatewaySubscription], list[BalanceMovement]]:
    """The gateway knows this customer no more, and charges nothing for what was theirs."""
    theirs = Subscription.objects.open().filter(customer_id=customer_id, is_comp=False)
    for subscription_id in theirs.values_list("pk", flat=True):
        writing.close_gone(subscription_id)
    for account in BillingAccount.objects.filter(customer_id=customer_id):
        account.forget_customer(customer_id)
    return [], []


@transaction.atomic
def _write(
    customer_id: str,
    stamp: datetime | None,
    began: datetime,
    subscriptions: list[GatewaySubscription],
    movements: list[BalanceMovement],
) -> bool:
    """False if somebody else has written since the stamp was read: what was fetched may be older than that."""
    transaction_lock(LOCK_CLASS, customer_id)
    account = _account_of(customer_id)
    if account is not None:
        account = BillingAccount.objects.select_for_update().get(pk=account.pk)
        if account.synced_at != stamp:
            # What began after us is at least as new as what we were asked for.
            return account.customer_id == customer_id and account.synced_at is not None and account.synced_at > began
    for each in subscriptions:
        writing.write(each, customer_id, livemode=settings.STRIPE_LIVEMODE)
    for movement in movements:
        record(movement)
    account = account or _account_of(customer_id)
    if account is not None:
        BillingAccount.objects.filter(pk=account.pk).update(synced_at=began, sync_error="")
    return True


def record(movement: BalanceMovement) -> bool:
    """Add a movement to the ledger and mail the payer; False if the ledger has it already."""
    if LedgerEntry.objects.filter(gateway_id=movement.gateway_id).exists():
        return False
    paid_for = Subscription.objects.filter(gateway_id=movement.subscription_id or None).first()
    entry = LedgerEntry.record(movement, livemode=settings.STRIPE_LIVEMODE, subscription=paid_for)
    if entry is None:
        return False
    templates: dict[str, str] = {LedgerEntry.Kind.PAYMENT: "receipt", LedgerEntry.Kind.REFUND: "refund"}
    template = templates.get(entry.kind)
    if template and entry.subscription is not None:
        email.enqueue(
            f"{template}-{entry.gateway_id}",
            f"listings/{template}",
            to=entry.subscription.billing_email,
            context={"subscription": entry.subscription.pk, "entry": entry.pk},
        )
    if late.paid_for_nothing().filter(pk=entry.pk).exists():
        transaction.on_commit(lambda: async_task("listings.billing.endings.refund_late_payments"))
    return True


# Orders


def sync_order(order: Order) -> None:
    """Find out what became of an open order, when the buyer is back or no event arrived. Raises GatewayError."""
    if order.session_id:
        session = gateway.get_session(order.session_id)
        sync_customer(session.customer_id)
        order.follow_session(session.status, session.payment_status)
        order.refresh_from_db()
        return
    if order.may_be_invoiced and order.account is not None:
        sync_customer(order.account.customer_id or "")
        order.refresh_from_db()
    is_over = timezone.now() > order.created_at + ORDER_LIFE and not order.is_waiting  # an invoice has weeks
    if order.status == Order.Status.OPEN and is_over:
        order.set_status(Order.Status.EXPIRED)
    order.refresh_from_db()


def sync_order_of(order_id: str) -> None:
    """A job: the same for an order that is still open."""
    order = Order.objects.filter(pk=order_id, status=Order.Status.OPEN).first()
    if order is not None:
        sync_order(order)
