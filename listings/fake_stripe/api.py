"""The API of the fake Stripe server: the requests that this project and its conformance tests make.

The gateway calls `answer` in this process, other programs reach it over HTTP through views.api_view.
"""

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from listings.fake_stripe import billing, encoding
from listings.fake_stripe.objects import PREFIXES, ApiError, build, find, get, list_all, make, now, save

LISTS = {  # path: kind of object, and the parameters that filter the list
    "customers": ("customer", ["email"]),
    "subscriptions": ("subscription", ["customer"]),
    "invoices": ("invoice", ["customer", "status"]),
    "charges": ("charge", ["customer", "payment_intent"]),
    "refunds": ("refund", ["charge", "payment_intent"]),
    "disputes": ("dispute", ["charge", "payment_intent"]),
    "balance_transactions": ("balance_transaction", ["type"]),
    "events": ("event", ["type"]),
    "products": ("product", ["active"]),
    "prices": ("price", ["product", "active"]),
    "payment_intents": ("payment_intent", ["customer"]),
    "payment_methods": ("payment_method", ["customer"]),
    "invoice_payments": ("invoice_payment", ["invoice"]),
    "checkout/sessions": ("checkout.session", ["customer"]),
}
ROUTES: list[tuple[str, re.Pattern, Callable]] = []


def answer(method: str, url: str, body: str | bytes, headers: dict[str, str]) -> tuple[int, dict]:
    """Status and body for one request."""
    return encoding.answer(_handle, method, url, body, headers)


def _handle(method: str, path: str, params: dict) -> dict:
    expand = params.pop("expand", [])
    for allowed, pattern, handler in ROUTES:
        matched = pattern.fullmatch(path)
        if matched and allowed == method:
            return render(handler(params, *matched.groups()), expand)
    raise ApiError(f"Unrecognized request URL ({method}: /v1/{path}).", status=404)


def route(method: str, pattern: str):
    def register(handler):
        ROUTES.append((method, re.compile(pattern), handler))
        return handler

    return register


# What a response contains

KIND_OF = {prefix: kind for kind, prefix in PREFIXES.items()}


def render(thing: dict, expand: Sequence[str] = ()) -> dict:
    """The object without our own notes, and with expanded objects in place of their ids."""
    thing = {name: value for name, value in thing.items() if not name.startswith("_")}
    if thing.get("object") == "list":
        inner = [path.removeprefix("data.") for path in expand]
        return thing | {"data": [render(each, inner) for each in thing["data"]]}
    if thing.get("object") == "charge":
        thing["refunds"] = billing.listed(list_all("refund", charge=thing["id"]), f"/v1/charges/{thing['id']}/refunds")
    for path in sorted(expand):
        name, _, rest = path.partition(".")
        if thing.get("object") == "invoice" and name == "payments":
            thing[name] = billing.listed(list_all("invoice_payment", invoice=thing["id"]), "/v1/invoice_payments")
        elif isinstance(thing.get(name), str):
            kind = KIND_OF.get(thing[name].rsplit("_", 1)[0])
            thing[name] = find(kind, thing[name]) or thing[name] if kind else thing[name]
        if rest and isinstance(thing.get(name), dict):
            thing[name] = render(thing[name], [rest])
    return thing


# Any object, by its id or in lists


@route("GET", "(" + "|".join(LISTS) + ")")
def list_objects(params, path):
    kind, filters = LISTS[path]
    found = list_all(kind, **{name: params[name] for name in filters if name in params})
    since = int((params.get("created") or {}).get("gte", 0))
    found = [thing for thing in found if thing["created"] >= since]
    if kind == "subscription" and params.get("status") != "all":
        found = [thing for thing in found if thing["status"] != "canceled"]
    if after := params.get("starting_after"):
        ids = [thing["id"] for thing in found]
        found = found[ids.index(after) + 1 :]
    limit = int(params.get("limit", 10))
    return billing.listed(found[:limit], f"/v1/{path}") | {"has_more": len(found) > limit}


@route("GET", "(" + "|".join(LISTS) + r")/([\w-]+)")
def retrieve(params, path, object_id):
    return get(LISTS[path][0], object_id)


@route("GET", "balance")
def balance(params):
    total = sum(thing["net"] for thing in list_all("balance_transaction"))
    part = {"amount": total, "currency": "usd", "source_types": {"card": total}}
    empty = part | {"amount": 0, "source_types": {"card": 0}}
    return build_balance(available=[part], pending=[empty])


def build_balance(**parts) -> dict:
    return {"object": "balance", "livemode": False, "connect_reserved": [{"amount": 0, "currency": "usd"}], **parts}


# What is sold


@route("POST", "products")
def create_product(params):
    if find("product", params.get("id")):
        raise ApiError("Product already exists.", code="resource_already_exists", param="id")
    return make("product", **{"active": True, "type": "service", "updated": now()} | _only(params, "product"))


def _only(params: dict, kind: str) -> dict:
    """The parameters that are fields of the object."""
    known = build(kind)
    return {name: value for name, value in params.items() if name in known and name != "object"}


@route("POST", "prices")
def create_price(params, parameter="product"):
    product = params.get("product")
    if "product_data" in params:
        product = create_product(params["product_data"])["id"]
    get("product", product, parameter)
    recurring = params.get("recurring")
    if recurring:
        recurring = {
            "interval_count": 1,
            "usage_type": "licensed",
            "meter": None,
            "trial_period_days": None,
        } | recurring
    amount = int(params["unit_amount"])
    return make(
        "price",
        active=True,
        billing_scheme="per_unit",
        currency=params["currency"],
        product=product,
        recurring=recurring,
        tax_behavior=params.get("tax_behavior", "unspecified"),
        type="recurring" if recurring else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
        metadata=params.get("metadata", {}),
    )


def _items(lines: list[dict], parameter: str) -> list[dict]:
    """The lines of a purchase, each with the id of its price and a quantity."""
    items = []
    for index, line in enumerate(lines):
        price = line.get("price") or line.get("plan")
        if "price_data" in line:
            price = create_price(line["price_data"], f"{parameter}[{index}][price_data][product]")["id"]
        items.append({"price": price, "quantity": int(line.get("quantity", 1))})
    return items


@route("POST", "customers")
def create_customer(params):
    customer = make("customer", balance=0, currency="usd", **_only(params, "customer"))
    if params.get("payment_method"):
        billing.attach(_method(params["payment_method"]), customer)
    billing.emit("customer.created", customer)
    return customer


def _method(name: str) -> dict:
    """A saved card, or one of Stripe's test cards by its name."""
    return find("payment_method", name) or save(billing.new_card(), _test_card=name)


@route("POST", r"customers/([\w-]+)")
def update_customer(params, customer_id):
    return save(get("customer", customer_id), **_only(params, "customer"))


@route("POST", "payment_methods")
def create_payment_method(params):
    card = params.get("card") or {}
    number = str(card.get("number", "4242"))
    return save(billing.new_card(number[-4:]), _test_card=card.get("token", number))


@route("POST", r"payment_methods/([\w-]+)/attach")
def attach_payment_method(params, method_id):
    return billing.attach(_method(method_id), get("customer", params["customer"]))


# Checkout


@route("POST", "checkout/sessions")
def create_session(params):
    items = _items(params["line_items"], "line_items")
    prices = [get("price", item["price"]) for item in items]
    total = sum(price["unit_amount"] * item["quantity"] for price, item in zip(prices, items, strict=True))
    if params.get("customer"):
        get("customer", params["customer"], "customer")
    session = build(
        "checkout.session",
        mode=params.get("mode", "payment"),
        status="open",
        payment_status="unpaid",
        amount_subtotal=total,
        amount_total=total,
        currency=prices[0]["currency"],
        client_reference_id=params.get("client_reference_id"),
        customer=params.get("customer"),
        customer_email=params.get("customer_email"),
        expires_at=now() + 86400,
        metadata=params.get("metadata", {}),
        payment_method_types=["card"],
        success_url=params.get("success_url"),
        cancel_url=params.get("cancel_url"),
        _items=items,
        _subscription_metadata=(params.get("subscription_data") or {}).get("metadata", {}),
    )
    session["url"] = _page(params.get("success_url") or "", f"pay/{session['id']}/")
    return make("checkout.session", **session)


def _page(neighbor: str, path: str) -> str:
    """The address of one of our pages, on the same site as `neighbor`."""
    site = urlsplit(neighbor)
    return f"{site.scheme}://{site.netloc}/fake-stripe/{path}" if site.netloc else f"/fake-stripe/{path}"


@route("POST", r"checkout/sessions/([\w-]+)/expire")
def expire_session(params, session_id):
    return billing.expire(get("checkout.session", session_id))


@route("GET", r"payment_pages/([\w-]+)")
@route("POST", r"payment_pages/([\w-]+)/init")
def payment_page(params, session_id):
    session = get("checkout.session", session_id)
    return {"id": session_id, "object": "checkout.session", "eid": session_id, "amount": session["amount_total"]}


@route("POST", r"payment_pages/([\w-]+)/confirm")
def confirm_payment_page(params, session_id):
    session = get("checkout.session", session_id)
    if session["mode"] == "subscription":
        return billing.complete(session)
    billing.charge(session["amount_total"], session["currency"], customer=session["customer"])
    save(session, status="complete", payment_status="paid", url=None)
    billing.emit("checkout.session.completed", session)
    return session


# Subscriptions and invoices


@route("POST", "subscriptions")
def create_subscription(params):
    customer = get("customer", params["customer"], "customer")
    method = find("payment_method", (customer["invoice_settings"] or {}).get("default_payment_method"))
    return billing.subscribe(
        customer, _items(params["items"], "items"), metadata=params.get("metadata", {}), method=method
    )


@route("POST", r"subscriptions/([\w-]+)")
def update_subscription(params, subscription_id):
    subscription = get("subscription", subscription_id)
    for changed in params.get("items", []):
        [item] = subscription["items"]["data"]
        if "price_data" in changed or "price" in changed:
            item["price"] = get("price", _items([changed], "items")[0]["price"])
        item["quantity"] = int(changed.get("quantity", item["quantity"]))
    save(subscription, metadata=subscription["metadata"] | params.get("metadata", {}))
    if "cancel_at_period_end" in params:
        return billing.end_at_period_end(subscription, params["cancel_at_period_end"])
    billing.emit("customer.subscription.updated", subscription)
    return subscription


@route("DELETE", r"subscriptions/([\w-]+)")
def cancel_subscription(params, subscription_id):
    return billing.cancel(get("subscription", subscription_id))


@route("POST", "invoiceitems")
def create_invoice_item(params):
    get("customer", params["customer"], "customer")
    values = {name: params[name] for name in ("customer", "currency", "description", "invoice") if name in params}
    return make("invoiceitem", amount=int(params["amount"]), quantity=1, **values)


@route("POST", "invoices")
def create_invoice(params):
    customer = get("customer", params["customer"], "customer")
    pending = [item for item in list_all("invoiceitem", customer=customer["id"]) if not item.get("invoice")]
    total = sum(item["amount"] for item in pending)
    amounts = dict.fromkeys(("amount_due", "amount_remaining", "subtotal", "total"), total)
    invoice = make("invoice", customer=customer["id"], currency="usd", status="draft", attempt_count=0, **amounts)
    for item in pending:
        save(item, invoice=invoice["id"])
    return invoice


@route("POST", r"invoices/([\w-]+)/finalize")
def finalize_invoice(params, invoice_id):
    return save(get("invoice", invoice_id), status="open")


@route("POST", r"invoices/([\w-]+)/pay")
def pay_invoice(params, invoice_id):
    invoice = get("invoice", invoice_id)
    if invoice["status"] == "draft":
        save(invoice, status="open")
    customer = get("customer", invoice["customer"])
    name = params.get("payment_method") or (customer["invoice_settings"] or {}).get("default_payment_method") or ""
    if _is_declined((find("payment_method", name) or {}).get("_test_card", name)):
        billing.decline(invoice)
        return _declined()
    return billing.pay(invoice)


def _is_declined(name: str) -> bool:
    return "chargeDeclined" in name or "chargeCustomerFail" in name or name.endswith(("0341", "0002"))


def _declined():
    # Returned rather than raised: the failed attempt itself is saved.
    return {"error": {"type": "card_error", **billing.DECLINED}}


# Money


@route("POST", "charges")
def create_charge(params):
    return billing.charge(int(params["amount"]), params["currency"], customer=params.get("customer"))


@route("POST", "payment_intents")
def create_payment_intent(params):
    values = {"amount": int(params["amount"]), "currency": params["currency"], "customer": params.get("customer")}
    intent = make("payment_intent", **values, status="requires_payment_method")
    billing.emit("payment_intent.created", intent)
    return confirm_payment_intent(params, intent["id"]) if params.get("confirm") else intent


@route("POST", r"payment_intents/([\w-]+)/confirm")
def confirm_payment_intent(params, intent_id):
    intent = get("payment_intent", intent_id)
    made = billing.charge(intent["amount"], intent["currency"], intent["customer"], intent)
    if "createDispute" in str(params.get("payment_method")):
        billing.dispute(made)
    return get("payment_intent", intent_id)


@route("POST", "refunds")
def create_refund(params):
    charge_id = params.get("charge") or get("payment_intent", params["payment_intent"])["latest_charge"]
    amount = int(params["amount"]) if "amount" in params else None
    return billing.refund(get("charge", charge_id, "charge"), amount)


@route("POST", r"disputes/([\w-]+)/close")
def close_dispute(params, dispute_id):
    return billing.close_dispute(get("dispute", dispute_id), "lost")


@route("POST", "billing_portal/sessions")
def create_portal_session(params):
    customer = get("customer", params["customer"], "customer")
    portal = build("billing_portal.session", customer=customer["id"], return_url=params.get("return_url"))
    portal["url"] = _page(portal["return_url"] or "", f"portal/{portal['id']}/")
    return make("billing_portal.session", **portal)
