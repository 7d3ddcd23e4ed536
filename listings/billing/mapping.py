"""What the gateway's objects say, as the facts of listings/billing/gateway_types.py: nothing else reads these objects.

Stripe's objects as its library gives them, lists and expanded fields included; checkout.py asks for them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import stripe

from listings.billing.gateway_types import BalanceMovement, GatewaySession, GatewaySubscription

OPEN_DISPUTES = {
    "needs_response",
    "under_review",
    "warning_needs_response",
    "warning_under_review",
    "appeal_needs_response",
    "appeal_under_review",
}
KINDS = {
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
    refunds = charge.refunds.data if charge.refunds else []
    movements = [charge.balance_transaction]
    movements += [one.balance_transaction for one in refunds]
    movements += [moved for dispute in disputes for moved in dispute.balance_transactions]
    for moved in movements:
        if isinstance(moved, stripe.BalanceTransaction):  # not on the balance yet: the sweep finds it
            yield money(moved, charge)


def money(moved: stripe.BalanceTransaction, source: Any) -> BalanceMovement:
    kind = KINDS.get(moved.type, "other")
    name = getattr(source, "object", "")
    if moved.type == "adjustment" and (name == "dispute" or moved.reporting_category.startswith("dispute")):
        kind = "dispute"
    is_charge = name == "charge"
    return BalanceMovement(
        gateway_id=moved.id,
        kind=kind,
        amount_cents=moved.amount,
        fee_cents=moved.fee,
        net_cents=moved.net,
        currency=moved.currency,
        charge_id=source.id if is_charge else id_of(getattr(source, "charge", "")),
        customer_id=id_of(source.customer) if is_charge else "",
        receipt_url=(getattr(source, "receipt_url", "") or "") if is_charge and kind == "payment" else "",
        happened_at=_moment(moved.created),
    )


def in_order(money: Iterable[BalanceMovement]) -> list[BalanceMovement]:
    """A payment before what was given back of it, even in the same second."""
    return sorted(money, key=lambda one: (one.happened_at, one.kind != "payment", one.gateway_id))


def id_of(thing: Any) -> str:
    """Of an object that may be given whole or by its id."""
    return thing if isinstance(thing, str) else str(getattr(thing, "id", "") or "")


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
