"""Plans that shall end, and plans that rest while a payment is disputed: the calls that this needs.

A rule only writes that a plan shall end (Subscription.want_end). Here it is ended at the gateway first, then refunded
as the operator chose, and then its payer is mailed what was done. Each step may be done again after a crash.
"""

import logging

from django.conf import settings

from listings.billing import gateway, late, statuses, sync
from listings.billing.gateway_types import GatewayError, GatewayRefused
from listings.models import LedgerEntry, Subscription

DISPUTE = "dispute"  # what a plan is paused for at the gateway
logger = logging.getLogger(__name__)


def finish_endings() -> str:
    """A job: ends what shall end. One failure stops no other; what failed is tried again by the sweep."""
    waiting = list(Subscription.objects.ending().filter(order__livemode=settings.STRIPE_LIVEMODE))
    failed = 0
    for subscription in waiting:
        try:
            finish(subscription)
        except GatewayError as error:
            failed += 1
            logger.warning("The end of the plan %s: %s", subscription.gateway_id, error)
    return f"{len(waiting) - failed} plans ended, {failed} failed"


def refund_late_payments() -> str:
    """A job: refunds what was paid for a plan that had ended. What failed is tried again by the sweep."""
    found, failed = late.kept(), 0
    for payment in found:
        try:
            refund_late(payment)
        except GatewayError as error:
            failed += 1
            logger.warning("The late payment %s: %s", payment.charge_id, error)
    return f"{len(found) - failed} late payments refunded, {failed} failed"


def refund_late(payment: LedgerEntry) -> None:
    """Raises GatewayError. What is refused, as for a disputed payment, stays as a difference (invariant.py)."""
    left = payment.refundable_cents()
    _refund_of(payment, min(left, payment.kept_cents()), left)
    sync.sync_customer(payment.customer_id)


def follow(customer_id: str) -> None:
    """What the state of a customer calls for at the gateway. Raises GatewayError."""
    subscriptions = Subscription.objects.filter(customer_id=customer_id, is_comp=False)
    for subscription in subscriptions.ending():
        finish(subscription)
    for subscription in subscriptions.open():
        _rest_while_disputed(subscription)


def finish(subscription: Subscription) -> None:
    """End it at the gateway, refund as wanted, mail. Raises GatewayError; what was done then is not done twice."""
    if subscription.is_comp:
        _end_given(subscription)
        return
    if subscription.is_open_at_gateway:
        gateway.cancel_now(subscription)
    sync.sync_customer(subscription.customer_id)  # so that the ledger has every payment
    subscription.refresh_from_db()
    if subscription.is_open_at_gateway:
        raise GatewayError(f"{subscription.gateway_id} was cancelled and is still open.")
    if subscription.end_done_at is None:
        subscription.finish_end(_refund(subscription))


def _end_given(subscription: Subscription) -> None:
    subscription.status = Subscription.Status.CANCELLED
    subscription.save(update_fields=["status"])
    subscription.finish_end()


def _refund(subscription: Subscription) -> int:
    """Refund what was chosen, and what was paid after the end was wanted. Returns how much of it is refunded now."""
    wanted = _wanted_cents(subscription)
    for payment, wanted_cents in wanted.items():
        left = payment.refundable_cents()
        _refund_of(payment, wanted_cents - (payment.amount_cents - left), left)
    if wanted:
        sync.sync_customer(subscription.customer_id)
    return sum(payment.amount_cents - payment.refundable_cents() for payment in wanted)


def _refund_of(payment: LedgerEntry, amount_cents: int, left_cents: int) -> None:
    if amount_cents <= 0:
        return
    try:
        gateway.refund(payment, amount_cents, left_cents)
    except GatewayRefused as error:  # as for a disputed payment, of which the bank decides
        logger.warning("The refund of %s was refused: %s", payment.charge_id, error)


def _wanted_cents(subscription: Subscription) -> dict[LedgerEntry, int]:
    """How much of each payment shall be refunded in all, what was refunded earlier included."""
    wanted = {}
    payments = subscription.entries.filter(kind=LedgerEntry.Kind.PAYMENT)
    last = payments.filter(charge_id=subscription.last_charge_id).first()
    of_last_invoice = list(payments.filter(invoice_id=last.invoice_id)) if last and last.invoice_id else [last]
    if subscription.refund_wanted != Subscription.RefundWanted.NONE and last:
        target = _target_cents(subscription, [each for each in of_last_invoice if each])
        for payment in filter(None, of_last_invoice):
            wanted[payment] = min(payment.amount_cents, target)
            target -= wanted[payment]
    return wanted | {payment: payment.amount_cents for payment in late.payments_of(subscription)}


def _target_cents(subscription: Subscription, payments: list[LedgerEntry]) -> int:
    """Decided once: asked again after a crash, it is the same, although a part was refunded and time has passed."""
    if subscription.refund_target_cents is None:
        total = sum(payment.amount_cents for payment in payments)
        left = sum(payment.refundable_cents() for payment in payments)
        target = total
        if subscription.refund_wanted == Subscription.RefundWanted.UNUSED:
            target = total - left + round(left * _unused_share(subscription, payments))
        Subscription.objects.filter(pk=subscription.pk, refund_target_cents=None).update(refund_target_cents=target)
        subscription.refresh_from_db(fields=["refund_target_cents"])
    return subscription.refund_target_cents or 0


def _unused_share(subscription: Subscription, payments: list[LedgerEntry]) -> float:
    """Of the paid period, what was left when the end was wanted: 0 to 1."""
    start, end = payments[0].period_start, payments[0].period_end
    start, end = start or subscription.period_start, end or subscription.period_end
    if start is None or end is None or end <= start or subscription.end_wanted_at is None:
        return 0.0
    return min(1.0, max(0.0, (end - subscription.end_wanted_at) / (end - start)))


def _rest_while_disputed(subscription: Subscription) -> None:
    """Money that a bank has withdrawn is no time to charge again: collect nothing until the dispute is decided."""
    is_disputed = statuses.DISPUTES.get(subscription.dispute_status) == statuses.OPEN
    if is_disputed and not subscription.is_paused:
        gateway.pause(subscription, DISPUTE)
    elif subscription.is_paused and subscription.paused_for == DISPUTE and not is_disputed:
        gateway.resume(subscription)
    else:
        return
    sync.sync_customer(subscription.customer_id)
