"""Plans that are paid by invoice: hospitals and counties buy without a payment page."""

from typing import Any

import stripe
from django.conf import settings

from listings.billing.gateway.checkout import make_customer, make_product, price_data, update_customer
from listings.billing.gateway.client import PAGE, call, client, list_all
from listings.billing.gateway_types import GatewayMisconfigured, GatewayRefused
from listings.models import BillingAccount, Order


def start_invoiced(order: Order, account: BillingAccount) -> str:
    """Begin a plan whose invoices are mailed and paid by hand. Returns the customer.

    With the same idempotency key the gateway begins it once, however often it is asked. A retry with another key first
    looks whether the plan has begun: a failure of the gateway's own may have come after that.
    """
    for _attempt in range(3):
        customer_id = account.customer_id or make_customer(account)
        try:
            update_customer(account)
            if order.attempt == 1 or not _has_begun(order, customer_id):
                _create(order, account, customer_id)
            return customer_id
        except GatewayRefused as error:
            if not error.is_gone:
                raise
            if "product" in error.parameter:  # the plan is sold for the first time
                make_product(order.price)
            else:  # the customer was deleted there; a new one can pay
                account.forget_customer(customer_id)
        order.store_error("", was_answered=True)
    raise GatewayMisconfigured("A plan cannot begin: customer and plan are unknown there again and again.")


def _has_begun(order: Order, customer_id: str) -> bool:
    asked = client()
    found = list_all(lambda: asked.v1.subscriptions.list({"customer": customer_id, "status": "all", "limit": PAGE}))
    return any(each.metadata.to_dict().get("order") == str(order.pk) for each in found if each.metadata)


def _create(order: Order, account: BillingAccount, customer_id: str) -> None:
    params: Any = {
        "customer": customer_id,
        "collection_method": "send_invoice",
        "days_until_due": account.invoice_days,
        "items": [{"price_data": price_data(order.price), "quantity": order.quantity}],
        "metadata": {"order": str(order.pk), "price": str(order.price_id), "quantity": str(order.quantity)},
        "automatic_tax": {"enabled": settings.STRIPE_AUTOMATIC_TAX},
    }
    asked, options = client(), stripe.RequestOptions(idempotency_key=order.idempotency_key)
    call(lambda: asked.v1.subscriptions.create(params, options))
