"""Build, find, list and save objects. An object is a dict with every field that Stripe's has, most of them empty."""

import copy
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import transaction

from core.locks import transaction_lock
from listings.fake_stripe.models import GatewayObject

SHAPES = json.loads((Path(__file__).parent / "shapes.json").read_text())
PREFIXES = {
    "balance_transaction": "txn",
    "billing_portal.session": "bps",
    "charge": "ch",
    "checkout.session": "cs_test",
    "customer": "cus",
    "dispute": "dp",
    "event": "evt",
    "invoice": "in",
    "invoice_payment": "inpay",
    "invoiceitem": "ii",
    "line_item": "il",
    "payment_intent": "pi",
    "payment_method": "pm",
    "price": "price",
    "product": "prod",
    "refund": "re",
    "subscription": "sub",
    "subscription_item": "si",
}


LOCK = 0x67617465  # "gate"


@contextmanager
def locked() -> Iterator[None]:
    """A transaction that waits for any other one: the whole server makes one change at a time."""
    with transaction.atomic():
        transaction_lock(LOCK)
        yield


class ApiError(Exception):
    """An error response, in the words of Stripe."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **details):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **details}}


def build(kind: str, **values) -> dict:
    """A new object with all the fields of its kind, not saved."""
    made = copy.deepcopy(SHAPES[kind])
    made["id"] = f"{PREFIXES[kind]}_{secrets.token_hex(12)}"
    for name, value in {"created": now(), "livemode": False, "metadata": {}}.items():
        if name in made:
            made[name] = value
    return made | values


def make(kind: str, **values) -> dict:
    """A new object, saved."""
    made = build(kind, **values)
    GatewayObject.objects.create(id=made["id"], kind=kind, data=made, customer_id=made.get("customer") or "")
    return made


def save(thing: dict, **changes) -> dict:
    """Change a saved object."""
    thing |= changes
    GatewayObject.objects.filter(pk=thing["id"]).update(data=thing, customer_id=thing.get("customer") or "")
    return thing


def get(kind: str, object_id: str, parameter: str = "id") -> dict:
    """One object. Raises ApiError, as Stripe does, if there is none."""
    found = find(kind, object_id)
    if found is None:
        message = f"No such {kind}: '{object_id}'"
        raise ApiError(message, status=404, code="resource_missing", param=parameter)
    return found


def find(kind: str, object_id: str | None) -> dict | None:
    rows = GatewayObject.objects.filter(pk=object_id, kind=kind) if object_id else GatewayObject.objects.none()
    return rows.values_list("data", flat=True).first()


def list_all(kind: str, **where) -> list[dict]:
    """All objects of a kind whose fields have these values, the newest first."""
    rows = GatewayObject.objects.filter(kind=kind)
    if "customer" in where:
        rows = rows.filter(customer_id=where.pop("customer"))
    for name, value in where.items():
        rows = rows.filter(**{f"data__{name}": value})
    return list(rows.order_by("-created_at", "-pk").values_list("data", flat=True))


def now() -> int:
    return int(time.time())
