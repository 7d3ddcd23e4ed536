"""Changing, pausing and ending a subscription; the gateway's portal."""

from contextlib import suppress
from typing import Any, Literal

import stripe

from listings.billing import mapping
from listings.billing.gateway.checkout import price_data
from listings.billing.gateway.client import PAGE, call, client, list_all
from listings.billing.gateway_types import ChangePreview, GatewayMisconfigured, GatewayRefused
from listings.models import PlanPrice, Subscription

When = Literal["now", "renewal"]


def change_plan(
    subscription: Subscription, price: PlanPrice, quantity: int, when: When = "now", *, nonce: str = ""
) -> None:
    """Another price or quantity, paid for now (the gateway bills the difference) or from the next renewal on.

    Price, currency, interval, tax and quantity are always sent: the gateway sets what is left out to its own default,
    the quantity to 1. Raises GatewayMisconfigured if it answers with anything else than what was sent.
    With the same `nonce` the gateway changes once, and repeats a refusal for a day: another card needs another one.
    """
    asked = client()
    item_id = _item_id(asked, subscription)
    since = f"{subscription.pk}-{subscription.last_invoice_id}-{nonce}"
    terms = f"{price.pk}-{price.amount_cents}-{quantity}-{when}"
    params: Any = {
        "items": [{"id": item_id, "price_data": price_data(price), "quantity": quantity}],
        "metadata": {"price": str(price.pk), "quantity": str(quantity)},
        "proration_behavior": "always_invoice" if when == "now" else "none",
    }
    if when == "now" and subscription.collection == "card":
        params["payment_behavior"] = "error_if_incomplete"  # a card that is declined leaves the plan as it is
    options = stripe.RequestOptions(idempotency_key=f"plan-{since}-{terms}")
    found = call(lambda: asked.v1.subscriptions.update(subscription.gateway_id, params, options))
    if wrong := mapping.differs_from(found, price.amount_cents, price.currency, price.interval, quantity):
        raise GatewayMisconfigured(f"{subscription.gateway_id} was not changed as asked: {wrong}.")


def change_price(subscription: Subscription, price: PlanPrice) -> None:
    """Charge this price, for as many as before, from the next period on."""
    change_plan(subscription, price, subscription.quantity, "renewal")


def _item_id(asked: stripe.StripeClient, subscription: Subscription) -> str:
    found = call(lambda: asked.v1.subscriptions.retrieve(subscription.gateway_id))
    return str(found["items"].data[0].id)


def preview_change(subscription: Subscription, price: PlanPrice, quantity: int, when: When = "now") -> ChangePreview:
    """What a change would cost, as the gateway computes it."""
    asked = client()
    details: Any = {
        "items": [
            {"id": _item_id(asked, subscription), "price_data": price_data(price), "quantity": quantity},
        ],
        "proration_behavior": "always_invoice" if when == "now" else "none",
    }
    params: Any = {
        "customer": subscription.customer_id,
        "subscription": subscription.gateway_id,
        "subscription_details": details,
    }
    return mapping.to_preview(call(lambda: asked.v1.invoices.create_preview(params)), price, quantity, when)


def set_ends_at_period_end(subscription: Subscription, ends: bool) -> None:
    """End the plan with the period that is paid, or undo that.

    An end that was set in the portal is a day (`cancel_at`); both fields in one request are refused, so that is
    undone which is set.
    """
    asked = client()
    if ends:
        _update(asked, subscription, {"cancel_at_period_end": True})
        return
    found = call(lambda: asked.v1.subscriptions.retrieve(subscription.gateway_id))
    if found.cancel_at_period_end:
        found = _update(asked, subscription, {"cancel_at_period_end": False})
    if found.cancel_at:
        found = _update(asked, subscription, {"cancel_at": ""})
    if found.cancel_at_period_end or found.cancel_at:
        raise GatewayMisconfigured(f"{subscription.gateway_id} still ends although it shall go on.")


def _update(asked: stripe.StripeClient, subscription: Subscription, params: Any) -> stripe.Subscription:
    return call(lambda: asked.v1.subscriptions.update(subscription.gateway_id, params))


def cancel_now(subscription: Subscription) -> None:
    """Stop renewals and retries at once, and make an invoice void that was mailed. This refunds nothing."""
    if subscription.collection == "invoice":
        _void_invoices(subscription)  # first: after a crash the plan is still open, and all of it is done again
    try:
        call(lambda: client().v1.subscriptions.cancel(subscription.gateway_id))
    except GatewayRefused as error:
        if not error.is_gone:  # it has ended there already
            raise


def _void_invoices(subscription: Subscription) -> None:
    """So that nobody pays for what has ended. A draft is closed first, without being mailed."""
    asked = client()
    for each in _unpaid_invoices(asked, subscription, "draft", "open"):
        invoice_id = str(each.id)
        with suppress(GatewayRefused):  # a payment of it is on its way: what arrives after the end is refunded
            if each.status == "draft":
                _close_draft(asked, invoice_id)
            _void(asked, invoice_id)


def _close_draft(asked: stripe.StripeClient, invoice_id: str) -> None:
    call(lambda: asked.v1.invoices.finalize_invoice(invoice_id, {"auto_advance": False}))


def _void(asked: stripe.StripeClient, invoice_id: str) -> None:
    call(lambda: asked.v1.invoices.void_invoice(invoice_id))


def _unpaid_invoices(asked: stripe.StripeClient, subscription: Subscription, *statuses: str) -> list[stripe.Invoice]:
    """Of this plan, in these states: several renewals may have failed."""
    found = list_all(lambda: asked.v1.invoices.list({"customer": subscription.customer_id, "limit": PAGE}))
    own = [each for each in found if mapping.subscription_of(each) == subscription.gateway_id]
    return [each for each in own if each.status in statuses]


def pause(subscription: Subscription, reason: str) -> None:
    """Collect nothing until it is resumed, not even invoices that are open now. `reason` is kept at the gateway.

    Raises GatewayRefused while the first payment is on its way: a bank debit that was sent arrives, paused or not.
    """
    if subscription.status == Subscription.Status.WAITING:
        raise GatewayRefused("The first payment is on its way. Pause the plan when it has arrived, or end it.")
    params = {"pause_collection": {"behavior": "void"}, "metadata": {"paused_for": reason}}
    _update(client(), subscription, params)
    _collect_open_invoices(subscription, False)


def resume(subscription: Subscription) -> None:
    _update(client(), subscription, {"pause_collection": "", "metadata": {"paused_for": ""}})
    _collect_open_invoices(subscription, True)


def _collect_open_invoices(subscription: Subscription, collects: bool) -> None:
    asked = client()
    for invoice in _unpaid_invoices(asked, subscription, "open"):
        if invoice.auto_advance is not collects:
            _let_collect(asked, str(invoice.id), collects)


def _let_collect(asked: stripe.StripeClient, invoice_id: str, collects: bool) -> None:
    call(lambda: asked.v1.invoices.update(invoice_id, {"auto_advance": collects}))


# The portal


def portal_url(customer_id: str, *, return_url: str) -> str:
    """The gateway's page with card, invoices, receipts and the end of the plan."""
    params: Any = {"customer": customer_id, "return_url": return_url}
    try:
        return call(lambda: client().v1.billing_portal.sessions.create(params)).url
    except GatewayMisconfigured:  # its settings were never saved there
        params["configuration"] = ensure_portal_configuration()
        return call(lambda: client().v1.billing_portal.sessions.create(params)).url


def ensure_portal_configuration() -> str:
    """The id of the portal's settings; they are made if there are none."""
    asked = client()
    found = call(lambda: asked.v1.billing_portal.configurations.list({"active": True, "limit": 1})).data
    if found:
        return found[0].id
    # Name and e-mail address are changed on the account's own page here: the portal's changes would not arrive.
    params: Any = {
        "features": {
            "customer_update": {"enabled": True, "allowed_updates": ["address", "tax_id"]},
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True},
            "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
        }
    }
    return call(lambda: asked.v1.billing_portal.configurations.create(params)).id
