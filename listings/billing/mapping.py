"""Stripe's objects, as its library returns them, mapped to the types of listings/billing/gateway_types.py.

No other module reads these objects; listings/billing/gateway.py fetches them, with their lists and expanded fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from listings.billing.gateway_types import BalanceMovement, GatewaySession, GatewaySubscription

if TYPE_CHECKING:
    import stripe

OPEN_DISPUTES = {
    "needs_response",
    "under_review",
    "warning_needs_response",
    "warning_under_review",
    "appeal_needs_response",
    "appeal_under_review",
}
KINDS = {  # Stripe's type of a balance transaction: our kind of ledger entry
    "charge": "payment",
    "payment": "payment",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund-failed",
    "payout": "payout",
    "payout_failure": "payout",
    "payout_cancel": "payout",
    "stripe_fee": "fee",
    "tax_fee": "fee",
}


def to_session(found: stripe.checkout.Session) -> GatewaySession:
    order_id = found.client_reference_id or ""
    return GatewaySession(found.id, found.url or "", found.status or "", id_of(found.customer), order_id)


def to_subscription(
    found: stripe.Subscription,
    invoices: list[stripe.Invoice],
    charges: list[stripe.Charge],
    disputes: dict[str, list[stripe.Dispute]],
) -> GatewaySubscription:
    """Invoices and charges are all those of the customer; disputes are listed by charge id."""
    own = [invoice for invoice in invoices if _subscription_of(invoice) == found.id]
    intents = {id_of(payment.payment.payment_intent) for invoice in own for payment in _payments(invoice)}
    paid = [charge for charge in charges if charge.paid and id_of(charge.payment_intent) in intents]
    newest = max(paid, key=lambda charge: (charge.created, charge.id), default=None)
    unpaid = [invoice.created for invoice in own if invoice.status in ("open", "uncollectible")]
    is_failing = found.status in ("past_due", "unpaid")
    items = found["items"].data
    return GatewaySubscription(
        id=found.id,
        customer_id=id_of(found.customer),
        order_id=(found.metadata.to_dict() if found.metadata else {}).get("order", ""),
        status=found.status,
        created_at=_moment(found.created),
        period_end=_moment(max(item.current_period_end for item in items)) if items else None,
        ends_at_period_end=found.cancel_at_period_end or bool(found.cancel_at),
        unpaid_since=_moment(min(unpaid, default=found.created)) if is_failing else None,
        is_refunded=bool(newest and newest.refunded),
        is_disputed=any(
            dispute.status in OPEN_DISPUTES or (dispute.status == "lost" and charge is newest)
            for charge in paid
            for dispute in disputes.get(charge.id, [])
        ),
        last_charge_id=newest.id if newest else "",
    )


def _subscription_of(invoice: stripe.Invoice) -> str:
    details = invoice.parent.subscription_details if invoice.parent else None
    return id_of(details.subscription) if details else ""


def _payments(invoice: stripe.Invoice) -> list[stripe.InvoicePayment]:
    return invoice.payments.data if invoice.payments else []


def movements_of(charge: stripe.Charge, disputes: list[stripe.Dispute]) -> Iterable[BalanceMovement]:
    """The movements of a payment, its refunds and its disputes, as far as they are on the balance yet."""
    refunds = charge.refunds.data if charge.refunds else []
    transactions = [charge.balance_transaction]
    transactions += [refund.balance_transaction for refund in refunds]
    transactions += [transaction for dispute in disputes for transaction in dispute.balance_transactions]
    for transaction in transactions:
        if transaction is not None and not isinstance(transaction, str):  # else the sweep finds it later
            yield to_movement(transaction, charge)


def to_movement(transaction: stripe.BalanceTransaction, source: Any) -> BalanceMovement:
    """`source` is what the money moved for: a charge, a refund, a dispute, a payout or nothing."""
    kind = KINDS.get(transaction.type, "other")
    name = getattr(source, "object", "")
    if transaction.type == "adjustment" and (
        name == "dispute" or transaction.reporting_category.startswith("dispute")
    ):
        kind = "dispute"
    is_charge = name == "charge"
    return BalanceMovement(
        gateway_id=transaction.id,
        kind=kind,
        amount_cents=transaction.amount,
        fee_cents=transaction.fee,
        net_cents=transaction.net,
        currency=transaction.currency,
        charge_id=source.id if is_charge else id_of(getattr(source, "charge", "")),
        customer_id=id_of(source.customer) if is_charge else "",
        receipt_url=(getattr(source, "receipt_url", "") or "") if is_charge and kind == "payment" else "",
        happened_at=_moment(transaction.created),
    )


def in_order(movements: Iterable[BalanceMovement]) -> list[BalanceMovement]:
    """The oldest first; a payment before its refunds, even in the same second."""
    return sorted(movements, key=lambda each: (each.happened_at, each.kind != "payment", each.gateway_id))


def id_of(expandable: Any) -> str:
    """The id of an object that Stripe gives either whole or by its id; "" if there is none."""
    return expandable if isinstance(expandable, str) else str(getattr(expandable, "id", "") or "")


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
