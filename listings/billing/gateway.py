"""The only module that talks to the payment gateway: checkout, current state, refunds, signed webhook messages.

It calls Stripe's API through Stripe's library; without a key listings/fake_stripe/ handles the same requests inside
this process. Every call ends within TIMEOUT_SECONDS or raises GatewayUnavailable (try later) or GatewayRefused (it
said no). Results are the types of gateway_types.py; mapping.py knows the shape of Stripe's objects.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import stripe
from django.conf import settings
from django.utils.module_loading import import_string
from stripe.params import BalanceTransactionListParams, EventListParams
from stripe.params.checkout import SessionCreateParams

from listings.billing import mapping
from listings.billing.gateway_types import (
    BalanceMovement,
    GatewayRefused,
    GatewaySession,
    GatewaySubscription,
    GatewayUnavailable,
    NotFromGateway,
)
from listings.models import LedgerEntry, Order, PlanPrice, Subscription

TIMEOUT_SECONDS = 10.0
SIGNATURE_TOLERANCE_SECONDS = 300
PAGE = 100  # the most that the gateway lists at once

stripe.enable_telemetry = False
Result = TypeVar("Result")


# How it is reached


class _InProcessClient(stripe.HTTPClient):
    """Hands each request to a function of this process instead of the network: no port and no second thread."""

    name = "in-process"

    def __init__(self, handle: Callable[[str, str, str, dict[str, str]], tuple[int, dict[str, Any]]]):
        super().__init__()
        self.handle = handle

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, post_data: Any = None, **kwargs: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        status, body = self.handle(method, url, post_data or "", dict(headers or {}))
        return json.dumps(body), status, {"Request-Id": "req_development"}

    def close(self) -> None:
        pass


class _DeadlineClient(stripe.RequestsClient):
    """Gives up after `seconds` in all; the library's own timeout is between two bytes, however many arrive."""

    def __init__(self, seconds: float):
        super().__init__(timeout=seconds)
        self.seconds = seconds

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **kwargs: Any
    ) -> Any:
        responses: SimpleQueue[Any] = SimpleQueue()
        send = super().request

        def work() -> None:
            try:
                responses.put(send(method, url, headers, post_data))
            except Exception as error:
                responses.put(error)

        # A daemon thread: while it waits for bytes it does not keep its process from ending.
        Thread(target=work, daemon=True).start()
        try:
            response = responses.get(timeout=self.seconds)
        except Empty:
            sentence = "The answer did not end in time."
            raise stripe.APIConnectionError(sentence) from None  # type: ignore[no-untyped-call]  # Stripe's has no types
        if isinstance(response, Exception):
            raise response
        return response


def _client(timeout_seconds: float | None = None) -> stripe.StripeClient:
    if settings.PAYMENT_GATEWAY == "off":
        raise GatewayUnavailable("Plans cannot be bought here yet.")
    http_client: stripe.HTTPClient = _DeadlineClient(timeout_seconds or TIMEOUT_SECONDS)
    if settings.PAYMENT_GATEWAY == "development":
        http_client = _InProcessClient(import_string(settings.FAKE_STRIPE_API))
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=0,  # whether to try again, with a new deadline, is the caller's decision
        http_client=http_client,
    )


def _call(request: Callable[[], Result]) -> Result:
    """Run a request; the errors of Stripe's library become ours."""
    try:
        return request()
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise GatewayUnavailable("The payment service did not answer in time.") from error
    except stripe.InvalidRequestError as error:
        raise GatewayRefused(error.user_message or "", error.code or "", error.param or "") from error
    except stripe.StripeError as error:
        raise GatewayRefused(error.user_message or type(error).__name__, error.code or "") from error


def _list(request: Callable[[], Any]) -> list[Any]:
    """Every page of a list."""
    return _call(lambda: list(request().auto_paging_iter()))


# Buying


def start_session(order: Order, *, return_url: str) -> GatewaySession:
    """The payment page of an order; with the same idempotency key the gateway returns the same page again."""
    began = time.monotonic()
    try:
        return _create_session(order, return_url, TIMEOUT_SECONDS)
    except GatewayRefused as error:
        if error.code != "resource_missing" or "product" not in error.parameter:
            raise
    # This plan is sold for the first time, so the gateway does not know it yet.
    _make_product(order.price, TIMEOUT_SECONDS - (time.monotonic() - began))
    order.store_error("", was_answered=True)
    return _create_session(order, return_url, TIMEOUT_SECONDS - (time.monotonic() - began))


def _create_session(order: Order, return_url: str, timeout_seconds: float) -> GatewaySession:
    price, note = order.price, {"order": str(order.pk)}
    params: SessionCreateParams = {
        "mode": "subscription",
        "client_reference_id": str(order.pk),
        "line_items": [{"quantity": order.quantity, "price_data": _price_data(price)}],
        "metadata": note,
        "subscription_data": {"metadata": note},
        "automatic_tax": {"enabled": settings.STRIPE_AUTOMATIC_TAX},
        "tax_id_collection": {"enabled": True},
        "allow_promotion_codes": True,
        "success_url": return_url,
        "cancel_url": return_url,
    }
    if customer_id := _known_customer(order):
        params["customer"] = customer_id
        params["customer_update"] = {"name": "auto", "address": "auto"}
    elif order.buyer.email:
        params["customer_email"] = order.buyer.email
    client, options = _client(max(1.0, timeout_seconds)), stripe.RequestOptions(idempotency_key=order.idempotency_key)
    return mapping.to_session(_call(lambda: client.v1.checkout.sessions.create(params, options)))


def _price_data(price: PlanPrice) -> Any:
    return {
        "currency": price.currency,
        "unit_amount": price.amount_cents,
        "product": price.plan.product_id,
        "tax_behavior": "exclusive",
        "recurring": {"interval": price.interval},
    }


def _make_product(price: PlanPrice, timeout_seconds: float) -> None:
    client, plan = _client(max(1.0, timeout_seconds)), price.plan
    try:
        _call(lambda: client.v1.products.create({"id": plan.product_id, "name": plan.name}))
    except GatewayRefused as error:
        if error.code != "resource_already_exists":
            raise


def _known_customer(order: Order) -> str:
    """A buyer who paid before pays as the same customer, so that one page shows all their receipts."""
    earlier = Subscription.objects.filter(order__buyer=order.buyer, order__livemode=order.livemode)
    return str(earlier.values_list("customer_id", flat=True).first() or "")


def get_session(session_id: str) -> GatewaySession:
    return mapping.to_session(_call(lambda: _client().v1.checkout.sessions.retrieve(session_id)))


def expire_session(session_id: str) -> None:
    """Close a payment page. Raises GatewayRefused if it was paid or is closed already."""
    _call(lambda: _client().v1.checkout.sessions.expire(session_id))


# Changing a subscription


def portal_url(subscription: Subscription, *, return_url: str) -> str:
    """The gateway's page with card, invoices, receipts and the end of the plan."""
    found = _call(
        lambda: _client().v1.billing_portal.sessions.create(
            {"customer": subscription.customer_id, "return_url": return_url}
        )
    )
    return found.url


def set_ends_at_period_end(subscription: Subscription, ends: bool) -> None:
    """End the plan with the period that is paid, or undo that."""
    _call(lambda: _client().v1.subscriptions.update(subscription.gateway_id, {"cancel_at_period_end": ends}))


def cancel_now(subscription: Subscription) -> None:
    """Stop renewals and retries at once. This refunds nothing."""
    try:
        _call(lambda: _client().v1.subscriptions.cancel(subscription.gateway_id))
    except GatewayRefused as error:
        if error.code != "resource_missing":  # it has ended there already
            raise


def change_price(subscription: Subscription, price: PlanPrice) -> None:
    """Charge this price from the next period on."""
    client = _client()
    found = _call(lambda: client.v1.subscriptions.retrieve(subscription.gateway_id))
    item = found["items"].data[0]
    _call(
        lambda: client.v1.subscriptions.update(
            subscription.gateway_id,
            {
                "proration_behavior": "none",
                "items": [{"id": item.id, "price_data": _price_data(price)}],
            },
            stripe.RequestOptions(idempotency_key=f"price-{subscription.pk}-{price.pk}"),
        )
    )


def refund(payment: LedgerEntry, amount_cents: int) -> None:
    """Refund a part of a payment. Called twice before the first refund is recorded, it refunds once."""
    left = payment.refundable_cents()
    if not 0 < amount_cents <= left:
        raise GatewayRefused(f"Of this payment {left / 100:.2f} can be refunded.")
    key = f"refund-{payment.charge_id}-{left}-{amount_cents}"
    _call(
        lambda: _client().v1.refunds.create(
            {"charge": payment.charge_id, "amount": amount_cents}, stripe.RequestOptions(idempotency_key=key)
        )
    )


# The current state


_REFUNDS = ["data.refunds", "data.refunds.data.balance_transaction"]


def fetch_customer(customer_id: str) -> tuple[list[GatewaySubscription], list[BalanceMovement]]:
    """All subscriptions of a customer and all movements of their money, the oldest first."""
    client = _client()
    charges = _list(
        lambda: client.v1.charges.list(
            {"customer": customer_id, "limit": PAGE, "expand": ["data.balance_transaction", *_REFUNDS]}
        )
    )
    disputes = {charge.id: _disputes_of(client, charge.id) for charge in charges if charge.disputed}
    invoices = _list(
        lambda: client.v1.invoices.list({"customer": customer_id, "limit": PAGE, "expand": ["data.payments"]})
    )
    found = _list(lambda: client.v1.subscriptions.list({"customer": customer_id, "status": "all", "limit": PAGE}))
    subscriptions = [mapping.to_subscription(each, invoices, charges, disputes) for each in found]
    subscriptions.sort(key=lambda each: (each.created_at, each.id))
    movements = [each for charge in charges for each in mapping.movements_of(charge, disputes.get(charge.id, []))]
    return subscriptions, mapping.in_order(movements)


def _disputes_of(client: stripe.StripeClient, charge_id: str) -> list[stripe.Dispute]:
    return _list(lambda: client.v1.disputes.list({"charge": charge_id, "limit": PAGE}))


def customer_of(kind: str, object_id: str) -> str:
    """The customer of an object, "" if it has none. Raises GatewayRefused if the gateway does not know it."""
    client = _client()
    retrieve: dict[str, Callable[[], Any]] = {
        "checkout.session": lambda: client.v1.checkout.sessions.retrieve(object_id),
        "subscription": lambda: client.v1.subscriptions.retrieve(object_id),
        "invoice": lambda: client.v1.invoices.retrieve(object_id),
        "charge": lambda: client.v1.charges.retrieve(object_id),
        "refund": lambda: client.v1.refunds.retrieve(object_id, {"expand": ["charge"]}).charge,
        "dispute": lambda: client.v1.disputes.retrieve(object_id, {"expand": ["charge"]}).charge,
    }
    found = _call(retrieve[kind])
    return mapping.id_of(found.customer) if found else ""


def events_since(moment: datetime) -> Iterable[dict[str, Any]]:
    """Every event that the gateway sent, or tried to send, since `moment`; it keeps them for 30 days."""
    params: EventListParams = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
    for event in _list(lambda: _client().v1.events.list(params)):
        yield event.to_dict()


def movements_since(moment: datetime | None) -> list[BalanceMovement]:
    """Every movement on the balance since `moment`, the oldest first."""
    params: BalanceTransactionListParams = {"limit": PAGE, "expand": ["data.source"]}
    if moment:
        params["created"] = {"gte": int(moment.timestamp())}
    found = _list(lambda: _client().v1.balance_transactions.list(params))
    return mapping.in_order(mapping.to_movement(each, each.source) for each in found)


def balance_cents() -> dict[str, int]:
    """What the gateway holds for us, available and pending, in cents of each currency."""
    found = _call(lambda: _client().v1.balance.retrieve())
    totals: dict[str, int] = {}
    for parts in (found.available, found.pending):
        for part in parts:
            totals[part.currency] = totals.get(part.currency, 0) + part.amount
    return totals


# Webhook messages


def verify(payload: bytes, signature: str) -> dict[str, Any]:
    """The event of a message. Raises NotFromGateway unless it was signed with our secret a short time ago."""
    if not settings.STRIPE_WEBHOOK_SECRETS:
        raise NotFromGateway("No webhook secret is set.")
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(payload, signature, secret, SIGNATURE_TOLERANCE_SECONDS)
            break
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
    else:
        raise NotFromGateway("The signature is not the gateway's, or too old.")
    try:
        event: dict[str, Any] = json.loads(payload)
        is_event = event["object"] == "event" and isinstance(event["data"]["object"], dict)
        if not is_event or not isinstance(event["id"], str) or not isinstance(event["type"], str):
            raise NotFromGateway("It is no event.")
    except (ValueError, KeyError, TypeError) as error:
        raise NotFromGateway("It is no event.") from error
    if event.get("livemode") is not settings.STRIPE_LIVEMODE:
        raise NotFromGateway("It is of the other mode: test or live.")
    return event
