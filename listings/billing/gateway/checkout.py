"""Customers and payment pages."""

from typing import Any

import stripe
from django.conf import settings

from listings.billing import mapping
from listings.billing.gateway.client import call, client
from listings.billing.gateway_types import GatewayMisconfigured, GatewayRefused, GatewaySession
from listings.models import BillingAccount, Order, PlanPrice

METHODS = {Order.PaysBy.CARD: ["card"], Order.PaysBy.BANK: ["us_bank_account"]}  # what a payment page takes


def start_session(order: Order, *, return_url: str, cancel_url: str = "") -> GatewaySession:
    """The payment page of an order; with the same idempotency key the gateway returns the same page again."""
    account = order.account or BillingAccount.objects.for_buyer(order.buyer, livemode=order.livemode)
    for _attempt in range(3):
        customer_id = account.customer_id or make_customer(account)
        try:
            return _create_session(order, customer_id, return_url, cancel_url or return_url)
        except GatewayRefused as error:
            if not error.is_gone:
                raise
            if "product" in error.parameter:  # the plan is sold for the first time
                make_product(order.price)
            elif error.parameter.startswith("customer"):  # it was deleted there; a new one can pay
                account.forget_customer(customer_id)
            else:
                raise
        order.store_error("", was_answered=True)
    raise GatewayMisconfigured("A payment page cannot be made: customer and plan are unknown there again and again.")


def _create_session(order: Order, customer_id: str, return_url: str, cancel_url: str) -> GatewaySession:
    note = {"order": str(order.pk), "price": str(order.price_id), "quantity": str(order.quantity)}
    params: Any = {
        "mode": "subscription",
        "client_reference_id": str(order.pk),
        "customer": customer_id,
        "payment_method_types": METHODS[Order.PaysBy(order.pays_by)],
        "customer_update": {"name": "auto", "address": "auto"},
        "line_items": [{"quantity": order.quantity, "price_data": price_data(order.price)}],
        "metadata": note,
        "subscription_data": {"metadata": note},
        "automatic_tax": {"enabled": settings.STRIPE_AUTOMATIC_TAX},
        "tax_id_collection": {"enabled": True},
        "allow_promotion_codes": True,
        "success_url": return_url,
        "cancel_url": cancel_url,
    }
    asked, options = client(), stripe.RequestOptions(idempotency_key=order.idempotency_key)
    return mapping.to_session(call(lambda: asked.v1.checkout.sessions.create(params, options)))


def price_data(price: PlanPrice) -> Any:
    return {
        "currency": price.currency,
        "unit_amount": price.amount_cents,
        "product": price.plan.product_id,
        "tax_behavior": mapping.TAX_BEHAVIOR,
        "recurring": {"interval": price.interval},
    }


def make_product(price: PlanPrice) -> None:
    asked, plan = client(), price.plan
    try:
        call(lambda: asked.v1.products.create({"id": plan.product_id, "name": plan.name}))
    except GatewayRefused as error:
        if error.code != "resource_already_exists":
            raise


def _customer_data(account: BillingAccount) -> Any:
    """An empty text at the gateway removes what was there."""
    po_number = [{"name": "PO number", "value": account.po_number[:30]}] if account.po_number else ""
    return {"email": account.email, "name": account.name, "invoice_settings": {"custom_fields": po_number}}


def make_customer(account: BillingAccount) -> str:
    """One customer for an account: asked again, the gateway returns the same one.

    It is made with the account's number alone, because the key allows no other parameters, and then told the contact.
    """
    asked = client()
    former = account.subscriptions.order_by("-created_at").values_list("customer_id", flat=True).first()
    options = stripe.RequestOptions(idempotency_key=f"account-{account.pk}-{former or 'new'}")
    found = call(lambda: asked.v1.customers.create({"metadata": {"account": str(account.pk)}}, options))
    account.store_customer(found.id)
    update_customer(account)
    return account.customer_id or found.id


def update_customer(account: BillingAccount) -> None:
    """Tell the gateway name, contact and purchase order number of an account."""
    customer_id = account.customer_id
    if not customer_id:
        return
    call(lambda: client().v1.customers.update(customer_id, _customer_data(account)))


def is_customer_deleted(customer_id: str) -> bool:
    try:
        found = call(lambda: client().v1.customers.retrieve(customer_id))
    except GatewayRefused as error:
        if error.is_gone:
            return True
        raise
    return bool(getattr(found, "deleted", False))


def get_session(session_id: str) -> GatewaySession:
    return mapping.to_session(call(lambda: client().v1.checkout.sessions.retrieve(session_id)))


def expire_session(session_id: str) -> bool:
    """Close a payment page; False if it was paid or is closed already."""
    try:
        call(lambda: client().v1.checkout.sessions.expire(session_id))
    except (GatewayRefused, GatewayMisconfigured):
        # The gateway has no code for "it is not open": its present state says whether that was the reason.
        if get_session(session_id).status == "open":
            raise
        return False
    return True
