"""Which function handles a request, and what a response contains: expanded objects, lists page by page."""

import re
from collections.abc import Callable, Sequence

from listings.fake_stripe.objects import PREFIXES, ApiError, find, get, list_all, listed

LISTS = {  # path: kind of object, and the parameters that filter the list
    "billing_portal/configurations": ("billing_portal.configuration", ["is_default", "active"]),
    "balance_transactions": ("balance_transaction", ["type", "source", "currency"]),
    "charges": ("charge", ["customer", "payment_intent"]),
    "checkout/sessions": ("checkout.session", ["customer", "subscription", "status", "payment_intent"]),
    "coupons": ("coupon", []),
    "customers": ("customer", ["email", "test_clock"]),
    "disputes": ("dispute", ["charge", "payment_intent"]),
    "events": ("event", ["type"]),
    "invoice_payments": ("invoice_payment", ["invoice", "status"]),
    "invoiceitems": ("invoiceitem", ["customer", "invoice"]),
    "invoices": ("invoice", ["customer", "status", "collection_method"]),
    "payment_intents": ("payment_intent", ["customer"]),
    "payment_methods": ("payment_method", ["customer", "type"]),
    "prices": ("price", ["product", "active"]),
    "products": ("product", ["active"]),
    "promotion_codes": ("promotion_code", ["code", "active", "customer"]),
    "refunds": ("refund", ["charge", "payment_intent"]),
    "subscriptions": ("subscription", ["customer", "collection_method", "test_clock"]),
    "tax/registrations": ("tax.registration", ["status"]),
    "tax_rates": ("tax_rate", ["active"]),
    "test_helpers/test_clocks": ("test_helpers.test_clock", []),
    "webhook_endpoints": ("webhook_endpoint", []),
}
LARGEST_PAGE = 100
PART = 10  # of a list inside an object that many are shown
ROUTES: list[tuple[str, re.Pattern, Callable]] = []
KIND_OF = {prefix: kind for kind, prefix in PREFIXES.items()}


def route(method: str, pattern: str):
    def register(handler):
        ROUTES.append((method, re.compile(pattern), handler))
        return handler

    return register


def handle(method: str, path: str, params: dict) -> dict:
    """The object to show for one request. Raises ApiError."""
    expand = params.pop("expand", [])
    for allowed, pattern, handler in ROUTES:
        matched = pattern.fullmatch(path)
        if matched and allowed == method:
            return render(handler(params, *matched.groups()), expand)
    raise ApiError(f"Unrecognized request URL ({method}: /v1/{path}).", status=404)


# What a response contains

INCLUDED = {  # only when expanded: (kind, field): the list
    ("charge", "refunds"): lambda thing: ("refund", "charge", f"/v1/charges/{thing['id']}/refunds"),
    ("invoice", "payments"): lambda thing: ("invoice_payment", "invoice", "/v1/invoice_payments"),
    ("customer", "subscriptions"): lambda thing: ("subscription", "customer", "/v1/subscriptions"),
}


def render(thing, expand: Sequence[str] = ()):
    """The object without our own notes, and with expanded objects in place of their ids."""
    if isinstance(thing, list):
        return [render(each, expand) for each in thing]
    if not isinstance(thing, dict):
        return thing
    thing = {name: value for name, value in thing.items() if not name.startswith("_")}
    if thing.get("object") == "tax.settings":  # there is one of them in an account
        thing.pop("id", None)
    if thing.get("object") == "charge" and not any(path.split(".")[0] == "refunds" for path in expand):
        thing.pop("refunds", None)
    deeper: dict[str, list[str]] = {}
    for path in expand:
        name, _, rest = path.partition(".")
        deeper.setdefault(name, []).extend([rest] if rest else [])
    for name, inner in deeper.items():
        value = thing.get(name)
        if included := INCLUDED.get((thing.get("object", ""), name)):
            kind, by, url = included(thing)
            value = listed(list_all(kind, **{by: thing["id"]}), url, PART)
        elif isinstance(value, str):
            value = _object(value)
        elif isinstance(value, list):
            value = [_object(each) if isinstance(each, str) else each for each in value]
        if value is not None:
            thing[name] = render(value, inner)
    return thing


def _object(object_id: str):
    kind = KIND_OF.get(object_id.rsplit("_", 1)[0])
    found = find(kind, object_id) if kind else find("coupon", object_id)
    return found or object_id


# Any object, by its id or in lists


@route("GET", "(" + "|".join(LISTS) + ")")
def list_objects(params, path):
    kind, filters = LISTS[path]
    found = list_all(kind, **{name: params[name] for name in filters if name in params})
    return page([each for each in found if not each.get("deleted") and _is_wanted(kind, each, params)], params, path)


def _is_wanted(kind: str, thing: dict, params: dict) -> bool:
    created = params.get("created") or {}
    if not isinstance(created, dict):
        created = {"gte": created, "lte": created}
    compare = {"gte": int.__ge__, "gt": int.__gt__, "lte": int.__le__, "lt": int.__lt__}
    if not all(compare[name](thing["created"], int(value)) for name, value in created.items()):
        return False
    if kind == "subscription":
        status = params.get("status")
        if status == "ended":
            return thing["status"] in ("canceled", "incomplete_expired")
        return thing["status"] != "canceled" if status is None else status in ("all", thing["status"])
    if kind == "invoice" and "subscription" in params:
        details = (thing["parent"] or {}).get("subscription_details") or {}
        return details.get("subscription") == params["subscription"]
    return True


def page(found: list[dict], params: dict, path: str) -> dict:
    """One page of a list, the newest first."""
    ids = [thing["id"] for thing in found]
    limit = int(params.get("limit", 10))
    if not 1 <= limit <= LARGEST_PAGE:
        raise ApiError(f"Invalid integer: {limit}", code="parameter_invalid_integer", param="limit")
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in ids:
            raise ApiError(f"No such object: '{params[name]}'", code="resource_missing", param=name)
    if after := params.get("starting_after"):
        found = found[ids.index(after) + 1 :]
    if before := params.get("ending_before"):
        found = found[: ids.index(before)]
        return listed(found[-limit:], f"/v1/{path}") | {"has_more": len(found) > limit}
    return listed(found, f"/v1/{path}", limit)


@route("GET", "(" + "|".join(LISTS) + r")/([\w-]+)")
def retrieve(params, path, object_id):
    found = find(LISTS[path][0], object_id)
    if found and found.get("deleted"):
        return {"id": object_id, "object": found["object"], "deleted": True}
    return get(LISTS[path][0], object_id)


def only(params: dict, known: dict) -> dict:
    """The parameters that are fields of the object."""
    return {name: value for name, value in params.items() if name in known and name != "object"}


def merged(thing: dict, params: dict) -> dict:
    """The changes of an object: metadata and other parts with names are added to, the rest is replaced."""
    changes = only(params, thing)
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(thing[name], dict):
            kept = {key: part for key, part in (thing[name] | value).items() if part != ""}
            changes[name] = (
                kept if name == "metadata" else {key: part or None for key, part in (thing[name] | value).items()}
            )
        elif value == "":
            changes[name] = {} if name == "metadata" else None
    return changes
