"""Build, find, list and save objects. An object is a dict with every field that Stripe's has, most of them empty."""

import copy
import itertools
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
    "account": "acct",
    "balance_transaction": "txn",
    "billing_portal.configuration": "bpc",
    "billing_portal.session": "bps",
    "charge": "ch",
    "checkout.session": "cs_test",
    "coupon": "cpn",
    "customer": "cus",
    "customer_balance_transaction": "cbtxn",
    "discount": "di",
    "dispute": "dp",
    "event": "evt",
    "invoice": "in",
    "invoice_payment": "inpay",
    "invoiceitem": "ii",
    "line_item": "il",
    "payment_intent": "pi",
    "payment_method": "pm",
    "payment_method_configuration": "pmc",
    "price": "price",
    "product": "prod",
    "promotion_code": "promo",
    "refund": "re",
    "subscription": "sub",
    "subscription_item": "si",
    "tax.registration": "taxreg",
    "tax.settings": "taxset",
    "tax_id": "txi",
    "tax_rate": "txr",
    "test_helpers.test_clock": "clock",
    "webhook_endpoint": "we",
}

LOCK = 0x67617465  # "gate"
_NUMBERS = itertools.count()  # of two objects of one moment the later one has the higher id: lists keep their order


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
    made["id"] = f"{PREFIXES[kind]}_{next(_NUMBERS):012x}{secrets.token_hex(6)}"
    created = now(values.get("customer")) if "created" in made and "created" not in values else None
    usual: dict[str, object] = {"created": created, "livemode": False, "metadata": {}}
    for name, value in usual.items():
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
    if found is None or found.get("deleted"):
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


def now(customer_id: str | None = None) -> int:
    """Seconds since 1970; for a customer with a test clock, the time of that clock."""
    if customer_id:
        clock = GatewayObject.objects.filter(pk=customer_id).values_list("data__test_clock", flat=True).first()
        if clock and (found := find("test_helpers.test_clock", clock)):
            return found["frozen_time"]
    return int(time.time())


def listed(things: list[dict], url: str, limit: int | None = None) -> dict:
    """A list of Stripe's; of a part of an object at most `limit` are shown, the rest is at its address."""
    limit = len(things) if limit is None else limit
    return {"object": "list", "data": things[:limit], "has_more": len(things) > limit, "url": url}


def control(name: str) -> dict:
    """What the control page has set under this name; {} if nothing."""
    return GatewayObject.objects.filter(pk=name, kind="control").values_list("data", flat=True).first() or {}


def set_control(name: str, data: dict) -> None:
    GatewayObject.objects.update_or_create(id=name, defaults={"kind": "control", "data": data})
