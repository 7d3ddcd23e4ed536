"""What is the case at the gateway now."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import stripe
from stripe.params import BalanceTransactionListParams, EventListParams

from listings.billing import mapping, statuses
from listings.billing.gateway.client import PAGE, call, client, list_all
from listings.billing.gateway_types import BalanceMovement, GatewaySubscription, OpenSubscription

_REFUNDS = ["data.refunds", "data.refunds.data.balance_transaction"]
_OF_SUBSCRIPTIONS = ["data.default_payment_method", "data.discounts.source.coupon"]


def fetch_customer(customer_id: str) -> tuple[list[GatewaySubscription], list[BalanceMovement]]:
    """All subscriptions of a customer and all movements of their money, the oldest first.

    The charges are asked for first: whatever they paid for is then in the other lists.
    """
    asked = client()
    charges = list_all(
        lambda: asked.v1.charges.list(
            {"customer": customer_id, "limit": PAGE, "expand": ["data.balance_transaction", *_REFUNDS]}
        )
    )
    invoices = list_all(
        lambda: asked.v1.invoices.list({"customer": customer_id, "limit": PAGE, "expand": ["data.payments"]})
    )
    found = list_all(
        lambda: asked.v1.subscriptions.list(
            {"customer": customer_id, "status": "all", "limit": PAGE, "expand": _OF_SUBSCRIPTIONS}
        )
    )
    disputes = {charge.id: _disputes_of(asked, charge.id) for charge in charges if charge.disputed}
    refunds = {charge.id: _refunds_of(asked, charge) for charge in charges}
    subscriptions = [mapping.to_subscription(each, invoices, charges, disputes) for each in found]
    subscriptions.sort(key=lambda each: (each.created_at, each.id))
    paid_by = mapping.invoices_by_intent(invoices)
    movements = [
        movement
        for charge in charges
        for movement in mapping.movements_of(charge, refunds[charge.id], disputes.get(charge.id, []), paid_by)
    ]
    return subscriptions, mapping.in_order(movements)


def _disputes_of(asked: stripe.StripeClient, charge_id: str) -> list[stripe.Dispute]:
    return list_all(lambda: asked.v1.disputes.list({"charge": charge_id, "limit": PAGE}))


def _refunds_of(asked: stripe.StripeClient, charge: stripe.Charge) -> list[stripe.Refund]:
    """A charge contains its first ten."""
    if charge.refunds is None or not charge.refunds.has_more:
        return charge.refunds.data if charge.refunds else []
    return list_all(
        lambda: asked.v1.refunds.list({"charge": charge.id, "limit": PAGE, "expand": ["data.balance_transaction"]})
    )


def customer_of(kind: str, object_id: str) -> str:
    """The customer of an object, "" if it has none. Raises KeyError for a kind of object that has no customer."""
    asked = client()
    retrieve: dict[str, Callable[[], Any]] = {
        "checkout.session": lambda: asked.v1.checkout.sessions.retrieve(object_id),
        "subscription": lambda: asked.v1.subscriptions.retrieve(object_id),
        "invoice": lambda: asked.v1.invoices.retrieve(object_id),
        "charge": lambda: asked.v1.charges.retrieve(object_id),
        "payment_intent": lambda: asked.v1.payment_intents.retrieve(object_id),
        "refund": lambda: asked.v1.refunds.retrieve(object_id, {"expand": ["charge"]}).charge,
        "dispute": lambda: asked.v1.disputes.retrieve(object_id, {"expand": ["charge"]}).charge,
    }
    found = call(retrieve[kind])
    return mapping.id_of(found.customer) if found else ""


def open_subscriptions() -> list[OpenSubscription]:
    """Every subscription that has not ended there, of whatever business."""
    found = list_all(lambda: client().v1.subscriptions.list({"status": "all", "limit": PAGE}))
    return [mapping.to_open(each) for each in found if each.status not in statuses.ENDED_WORDS]


def events_since(moment: datetime) -> Iterable[dict[str, Any]]:
    """Every event that the gateway sent, or tried to send, since `moment`; it keeps them for 30 days."""
    params: EventListParams = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
    for event in list_all(lambda: client().v1.events.list(params)):
        yield event.to_dict()


def movements_since(moment: datetime | None) -> list[BalanceMovement]:
    """Every movement on the balance since `moment`, the oldest first."""
    params: BalanceTransactionListParams = {"limit": PAGE, "expand": ["data.source"]}
    if moment:
        params["created"] = {"gte": int(moment.timestamp())}
    found = list_all(lambda: client().v1.balance_transactions.list(params))
    return mapping.in_order(mapping.to_movement(each, each.source) for each in found)


def balance_cents() -> dict[str, int]:
    """What the gateway holds for us, available and pending, in cents of each currency."""
    found = call(lambda: client().v1.balance.retrieve())
    totals: dict[str, int] = {}
    for parts in (found.available, found.pending):
        for part in parts:
            totals[part.currency] = totals.get(part.currency, 0) + part.amount
    return totals
