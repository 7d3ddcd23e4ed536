"""Stripe's objects, as its library returns them, mapped to the types of listings/billing/gateway_types.py.

No other module reads these objects; listings/billing/gateway/ fetches them, with their lists and expanded fields.
Nothing here decides by the seconds of `created`: two payments may share one. The gateway lists the newest first.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from listings.billing import statuses
from listings.billing.gateway_types import (
    BalanceMovement,
    ChangePreview,
    GatewaySession,
    GatewaySubscription,
    OpenSubscription,
)

if TYPE_CHECKING:
    import stripe

    from listings.models import PlanPrice

TAX_BEHAVIOR = "exclusive"
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
# Which of several disputes counts
WEIGHTS = (statuses.OPEN, statuses.LOST_DISPUTE, "", statuses.INQUIRY, statuses.WON)


def to_session(found: stripe.checkout.Session) -> GatewaySession:
    return GatewaySession(
        id=found.id,
        url=found.url or "",
        status=found.status or "",
        payment_status=found.payment_status or "",
        customer_id=id_of(found.customer),
        order_id=found.client_reference_id or "",
    )


# Subscriptions


def to_subscription(
    found: stripe.Subscription,
    invoices: list[stripe.Invoice],
    charges: list[stripe.Charge],
    disputes: dict[str, list[stripe.Dispute]],
) -> GatewaySubscription:
    """Invoices and charges are all those of the customer; disputes are listed by charge id."""
    own = [invoice for invoice in invoices if subscription_of(invoice) == found.id]
    latest = next((invoice for invoice in own if invoice.id == id_of(found.latest_invoice)), None) or _first(own)
    paid = {invoice.id: _charges_of(invoice, charges) for invoice in own}
    last_paid = next((invoice for invoice in own if paid[invoice.id]), None)
    if latest is not None and (paid[latest.id] or latest.amount_paid):
        last_paid = latest  # its charge may be newer than the list of charges: then nothing is said of it
    newest = paid[last_paid.id] if last_paid else []
    dispute = _weightiest([each for group in paid.values() for each in group], newest, disputes)
    item, note = found["items"].data[0], found.metadata.to_dict() if found.metadata else {}
    period_end = max(each.current_period_end for each in found["items"].data)
    quantity = str(note.get("quantity", ""))
    owed = sum(map(_owed_cents, own))
    is_waiting = _is_waiting(found, latest, last_paid) or _is_never_paid_invoice(found, own, last_paid)
    discount, discount_cents = _discount(found, (item.price.unit_amount or 0) * (item.quantity or 1), period_end)
    ends = found.cancel_at_period_end or bool(found.cancel_at and found.cancel_at <= period_end)
    renews = found.status in ("active", "trialing", "past_due") and not ends and not found.pause_collection
    renewal_cents = max(0, (item.price.unit_amount or 0) * (item.quantity or 1) - discount_cents) if renews else None
    return GatewaySubscription(
        id=found.id,
        customer_id=id_of(found.customer),
        order_id=str(note.get("order", "")),
        price_id=str(note.get("price", "")),
        agreed_quantity=int(quantity) if quantity.isascii() and quantity.isdigit() else None,
        status=found.status,
        created_at=moment(found.created),
        ended_at=moment(found.ended_at) if found.ended_at else None,
        period_start=moment(item.current_period_start),
        period_end=moment(period_end),
        ends_at_period_end=ends,
        cancel_at=moment(found.cancel_at) if found.cancel_at else None,
        collection="invoice" if found.collection_method == "send_invoice" else "card",
        is_paused=bool(found.pause_collection),
        paused_for=str(note.get("paused_for", ""))[:20] if found.pause_collection else "",
        quantity=item.quantity or 1,
        unit_amount_cents=item.price.unit_amount or 0,
        currency=item.price.currency,
        interval=item.price.recurring.interval if item.price.recurring else "",
        is_waiting=is_waiting,
        unpaid_since=moment(latest.created) if latest and found.status in ("past_due", "unpaid") else None,
        owed_cents=owed,
        open_invoice_url=(latest.hosted_invoice_url or "") if latest and latest.status == "open" else "",
        next_charge_cents=(owed or renewal_cents) if found.status not in statuses.ENDED_WORDS else None,
        next_charge_on=_next_charge_on(latest, owed, period_end) if owed or renewal_cents is not None else None,
        discount=discount,
        tax_cents=tax_of(latest) if latest else 0,
        is_refunded=_is_refunded(latest, newest),
        dispute_status=dispute.status if dispute else "",
        dispute_due_by=_due_by(dispute),
        last_charge_id=newest[0].id if newest else "",
        last_invoice_id=latest.id or "" if latest else "",
        card_expires_on=_card_expires_on(found.default_payment_method),
    )


def to_open(found: stripe.Subscription) -> OpenSubscription:
    item, note = found["items"].data[0], found.metadata.to_dict() if found.metadata else {}
    ends = found.cancel_at_period_end or bool(found.cancel_at and found.cancel_at <= item.current_period_end)
    return OpenSubscription(
        id=found.id,
        customer_id=id_of(found.customer),
        order_id=str(note.get("order", "")),
        status=found.status,
        will_charge=found.status in ("active", "trialing", "past_due") and not ends and not found.pause_collection,
        amount_cents=(item.price.unit_amount or 0) * (item.quantity or 1),
    )


def differs_from(found: stripe.Subscription, amount_cents: int, currency: str, interval: str, quantity: int) -> str:
    """What of these terms the subscription does not have, in words; "" if it has them."""
    item = found["items"].data[0]
    price = item.price
    wanted = {
        "unit amount": (amount_cents, price.unit_amount),
        "currency": (currency, price.currency),
        "interval": (interval, price.recurring.interval if price.recurring else ""),
        "tax behavior": (TAX_BEHAVIOR, price.tax_behavior),
        "quantity": (quantity, item.quantity),
    }
    return ", ".join(f"{name} {theirs} instead of {ours}" for name, (ours, theirs) in wanted.items() if ours != theirs)


def subscription_of(invoice: stripe.Invoice) -> str:
    details = invoice.parent.subscription_details if invoice.parent else None
    return id_of(details.subscription) if details else ""


def _first(invoices: list[stripe.Invoice]) -> stripe.Invoice | None:
    return invoices[0] if invoices else None


def _intents(invoice: stripe.Invoice) -> set[str]:
    """Payment intents and charges of the payments of an invoice; it may have several."""
    payments = invoice.payments.data if invoice.payments else []
    named = {id_of(each.payment.payment_intent) for each in payments}
    return (named | {id_of(getattr(each.payment, "charge", "")) for each in payments}) - {""}


def _charges_of(invoice: stripe.Invoice, charges: list[stripe.Charge]) -> list[stripe.Charge]:
    intents = _intents(invoice)
    return [each for each in charges if each.paid and (id_of(each.payment_intent) in intents or each.id in intents)]


def _is_refunded(latest: stripe.Invoice | None, newest: list[stripe.Charge]) -> bool:
    """Whether nothing is left of the newest payments: an invoice may have several. An open invoice fails instead."""
    if not newest or (latest is not None and statuses.INVOICES.get(latest.status or "", False)):
        return False
    return all(charge.amount_refunded >= charge.amount for charge in newest)


def _is_waiting(found: stripe.Subscription, latest: stripe.Invoice | None, last_paid: stripe.Invoice | None) -> bool:
    """A bank debit: active there while the first payment is still on its way."""
    return bool(
        found.status == "active"
        and latest is not None
        and last_paid is None
        and latest.status in ("open", "draft")
        and latest.billing_reason == "subscription_create"
        and found.collection_method != "send_invoice"
    )


def _is_never_paid_invoice(
    found: stripe.Subscription, own: list[stripe.Invoice], last_paid: stripe.Invoice | None
) -> bool:
    """Invoices are mailed, and none was ever paid; also after the end."""
    by_invoice = found.collection_method == "send_invoice" and found.status != "trialing"
    return by_invoice and last_paid is None and not any(invoice.status == "paid" for invoice in own)


def _owed_cents(invoice: stripe.Invoice) -> int:
    """What the gateway would still collect by itself."""
    if invoice.status != "open" or invoice.auto_advance is False:
        return 0
    return invoice.amount_remaining or 0


def _next_charge_on(latest: stripe.Invoice | None, owed: int, period_end: int) -> datetime | None:
    if not owed:
        return moment(period_end)
    return moment(latest.next_payment_attempt) if latest and latest.next_payment_attempt else None


def _weightiest(
    charges: list[stripe.Charge], newest: list[stripe.Charge], disputes: dict[str, list[stripe.Dispute]]
) -> stripe.Dispute | None:
    """A lost dispute counts only for the newest payment: later ones were paid."""
    latest = {charge.id for charge in newest}
    found = [
        dispute
        for charge in charges
        for dispute in disputes.get(charge.id, [])
        if dispute.status != "lost" or charge.id in latest
    ]
    return min(found, key=lambda each: WEIGHTS.index(statuses.DISPUTES.get(each.status, "")), default=None)


def _due_by(dispute: stripe.Dispute | None) -> datetime | None:
    details = getattr(dispute, "evidence_details", None)
    return moment(details.due_by) if details and details.due_by else None


def _discount(found: stripe.Subscription, amount_cents: int, period_end: int) -> tuple[str, int]:
    """The discounts of the next invoice, which is made at `period_end`, in words and in cents."""
    names, cents = [], 0
    for discount in found.discounts or []:
        coupon = getattr(getattr(discount, "source", None), "coupon", None) or getattr(discount, "coupon", None)
        if isinstance(discount, str) or coupon is None or isinstance(coupon, str):
            continue
        if coupon.duration == "once":  # it was for the invoice before
            continue
        if discount.end and discount.end <= period_end:  # it counts for some months, which are over by then
            continue
        names.append(str(coupon.name or coupon.id))
        cents += coupon.amount_off or round(amount_cents * (coupon.percent_off or 0) / 100)
    return ", ".join(names)[:100], cents


def tax_of(invoice: stripe.Invoice) -> int:
    return sum(each.amount for each in getattr(invoice, "total_taxes", None) or [])


def _card_expires_on(method: Any) -> date | None:
    card = getattr(method, "card", None)
    if card is None or not card.exp_year:
        return None
    return date(card.exp_year, card.exp_month, calendar.monthrange(card.exp_year, card.exp_month)[1])


def to_preview(found: stripe.Invoice, price: PlanPrice, quantity: int, when: str) -> ChangePreview:
    lines = [(line.description or "", line.amount) for line in found.lines.data]
    end = max((line.period.end for line in found.lines.data), default=0)
    return ChangePreview(
        due_now_cents=found.amount_due if when == "now" else 0,
        next_charge_cents=price.amount_cents * quantity,
        next_charge_on=moment(end) if end else None,
        lines=lines,
    )


# Movements


def invoices_by_intent(invoices: list[stripe.Invoice]) -> dict[str, stripe.Invoice]:
    return {intent: invoice for invoice in invoices for intent in _intents(invoice)}


def movements_of(
    charge: stripe.Charge,
    refunds: list[stripe.Refund],
    disputes: list[stripe.Dispute],
    paid_by: dict[str, stripe.Invoice],
) -> Iterable[BalanceMovement]:
    """The movements of a payment, its refunds and its disputes, as far as they are on the balance yet."""
    transactions = [charge.balance_transaction]
    transactions += [refund.balance_transaction for refund in refunds]
    transactions += [transaction for dispute in disputes for transaction in dispute.balance_transactions]
    invoice = paid_by.get(id_of(charge.payment_intent)) or paid_by.get(charge.id)
    for transaction in transactions:
        if transaction is not None and not isinstance(transaction, str):  # else the sweep finds it later
            yield to_movement(transaction, charge, invoice)


def to_movement(
    transaction: stripe.BalanceTransaction, source: Any, invoice: stripe.Invoice | None = None
) -> BalanceMovement:
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
        happened_at=moment(transaction.created),
        **(_of_invoice(invoice, transaction) if invoice and kind == "payment" else {}),
    )


def _of_invoice(invoice: stripe.Invoice, transaction: stripe.BalanceTransaction) -> Any:
    """Of several payments of one invoice, each contains its share of the tax."""
    total, lines = invoice.total or 0, invoice.lines.data if invoice.lines else []
    tax = tax_of(invoice)
    return {
        "subscription_id": subscription_of(invoice),
        "invoice_id": invoice.id or "",
        "invoice_number": invoice.number or "",
        "tax_cents": round(tax * transaction.amount / total) if total else 0,
        "period_start": moment(min(line.period.start for line in lines)) if lines else None,
        "period_end": moment(max(line.period.end for line in lines)) if lines else None,
    }


def in_order(movements: Iterable[BalanceMovement]) -> list[BalanceMovement]:
    """The oldest first; a payment before its refunds, even in the same second."""
    return sorted(movements, key=lambda each: (each.happened_at, each.kind != "payment", each.gateway_id))


def id_of(expandable: Any) -> str:
    """The id of an object that Stripe gives either whole or by its id; "" if there is none."""
    return expandable if isinstance(expandable, str) else str(getattr(expandable, "id", "") or "")


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
