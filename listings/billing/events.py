"""The gateway's messages: stored when they arrive, applied once in a job.

An event is marked as applied only after everything that it calls for was done. One that fails stays due, with the
reason; every sweep tries it again.
"""

from typing import Any

from django.utils import timezone
from django_q.tasks import async_task

from listings.billing import endings, foreign, gateway, sync
from listings.billing.gateway_types import GatewayError, GatewayRefused
from listings.models import BillingAccount, Order, PaymentEvent

# Events that can change something here, by the start of their type. The others are stored and ignored.
USED_TYPES = (
    "checkout.session.",
    "customer.deleted",
    "customer.subscription.",
    "invoice.",
    "charge.",
    "refund.",
    "payment_intent.",
)


def receive(event: dict[str, Any]) -> None:
    """Store an event that was verified and is ours, and apply it in a job."""
    if not foreign.refuse(event) and PaymentEvent.store(event):
        async_task(f"{__name__}.apply", event["id"])


def apply(event_id: str, synced: set[str] | None = None) -> None:
    """Apply a stored event, once. One that fails stays stored, with the reason, for the next sweep.

    `synced` are the customers that were synced after the event was stored; the event's customer is added to them.
    """
    synced = set() if synced is None else synced
    event = PaymentEvent.objects.filter(pk=event_id, applied_at=None).first()
    if event is None:
        return
    try:
        customer_id = _apply(event, synced)
    except GatewayError as error:
        PaymentEvent.objects.filter(pk=event_id).update(error=f"{type(error).__name__}: {error}"[:500])
    except Exception as error:
        PaymentEvent.objects.filter(pk=event_id).update(error=type(error).__name__)
        raise
    else:
        PaymentEvent.objects.filter(pk=event_id).update(applied_at=timezone.now(), error="")
        synced.add(customer_id)


def _apply(event: PaymentEvent, synced: set[str]) -> str:
    """Does what the event calls for; two workers at once do the same, which is written once."""
    if not event.type.startswith(USED_TYPES):
        return ""
    customer_id = _customer_of(event.object)
    if customer_id and customer_id not in synced:
        sync.sync_customer(customer_id)
        endings.follow(customer_id)
    if event.type == "customer.deleted" and gateway.is_customer_deleted(customer_id):
        for account in BillingAccount.objects.filter(customer_id=customer_id):
            account.forget_customer(customer_id)
    if event.object.get("object") == "checkout.session":
        _follow_session(event.object["id"])
    return customer_id


def _follow_session(session_id: str) -> None:
    order = Order.objects.filter(session_id=session_id, status=Order.Status.OPEN).first()
    if order is not None:
        session = gateway.get_session(session_id)
        order.follow_session(session.status, session.payment_status)


def _customer_of(event_object: dict[str, Any]) -> str:
    """The customer that an event is about, as the event says or else the gateway; "" if there is none.

    Raises GatewayError if the gateway does not say: "it did not answer" is not "there is none".
    """
    kind, customer = event_object.get("object", ""), event_object.get("customer")
    if kind == "customer":
        customer = event_object.get("id")
    if isinstance(customer, str) and customer:
        return customer
    try:
        return gateway.customer_of(kind, event_object.get("id", ""))
    except KeyError:  # a kind of object without a customer
        return ""
    except GatewayRefused as error:
        if error.is_gone:
            return ""
        raise
