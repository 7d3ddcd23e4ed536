"""The only package that talks to the payment gateway. It calls Stripe's API through Stripe's library.

client.py         how it is reached, and what its errors mean; no call is made inside a transaction of ours
checkout.py       customers, payment pages
invoicing.py      plans that are paid by invoice
subscriptions.py  changing, pausing and ending a subscription; the portal
money.py          refunds, credit, promotion codes
state.py          what is the case there now: customers, events, movements, the balance
webhooks.py       signed messages

Every call ends within client.TIMEOUT_SECONDS, all calls of a page within those of core/page_calls.py, or it raises one
of the errors of gateway_types.py. Results are the types of that module; mapping.py knows Stripe's objects.
"""

from listings.billing.gateway.checkout import (
    expire_session,
    get_session,
    is_customer_deleted,
    start_session,
    update_customer,
)
from listings.billing.gateway.invoicing import start_invoiced
from listings.billing.gateway.money import create_promotion_code, credit, end_promotion_code, refund
from listings.billing.gateway.state import (
    balance_cents,
    customer_of,
    events_since,
    fetch_customer,
    movements_since,
    open_subscriptions,
)
from listings.billing.gateway.subscriptions import (
    cancel_now,
    change_plan,
    change_price,
    ensure_portal_configuration,
    pause,
    portal_url,
    preview_change,
    resume,
    set_ends_at_period_end,
)
from listings.billing.gateway.webhooks import verify
from listings.billing.gateway_types import (
    GatewayError,
    GatewayMisconfigured,
    GatewayRefused,
    GatewayUnavailable,
    NotFromGateway,
)

__all__ = [
    "GatewayError",
    "GatewayMisconfigured",
    "GatewayRefused",
    "GatewayUnavailable",
    "NotFromGateway",
    "balance_cents",
    "cancel_now",
    "change_plan",
    "change_price",
    "create_promotion_code",
    "credit",
    "customer_of",
    "end_promotion_code",
    "ensure_portal_configuration",
    "events_since",
    "expire_session",
    "fetch_customer",
    "get_session",
    "is_customer_deleted",
    "movements_since",
    "open_subscriptions",
    "pause",
    "portal_url",
    "preview_change",
    "refund",
    "resume",
    "set_ends_at_period_end",
    "start_invoiced",
    "start_session",
    "update_customer",
    "verify",
]
