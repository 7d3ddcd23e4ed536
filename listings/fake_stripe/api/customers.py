"""Customers and what they pay with, their credit, test clocks."""

from listings.fake_stripe.api.routing import merged, only, page, route
from listings.fake_stripe.billing import customers, passing
from listings.fake_stripe.billing.subscriptions import ENDED, cancel
from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, build, find, get, list_all, make, now, save


@route("POST", "customers")
def create_customer(params):
    values = {"balance": 0, "currency": "usd", "next_invoice_sequence": 1}
    if "test_clock" in params:
        clock = get("test_helpers.test_clock", params["test_clock"], "test_clock")
        values["created"] = clock["frozen_time"]
    empty = build("customer")
    customer = make("customer", **values | only(params, empty) | _parts(params, empty))
    if params.get("payment_method"):
        customers.attach(customers.method_named(params["payment_method"]), customer)
    emit("customer.created", customer)
    return customer


def _parts(params: dict, empty: dict) -> dict:
    parts = {name: params[name] for name in ("address", "invoice_settings") if isinstance(params.get(name), dict)}
    made = {name: (empty[name] or {}) | value for name, value in parts.items()}
    default = made.get("invoice_settings", {}).get("default_payment_method")
    if default:
        made["invoice_settings"]["default_payment_method"] = customers.method_named(default)["id"]
    return made


@route("POST", r"customers/([\w-]+)")
def update_customer(params, customer_id):
    customer = get("customer", customer_id)
    changes = merged(customer, params)
    if "balance" in changes:
        changes["balance"] = int(changes["balance"])
    default = (changes.get("invoice_settings") or {}).get("default_payment_method")
    if default and find("payment_method", default) is None:
        raise ApiError(f"No such PaymentMethod: '{default}'", code="resource_missing")
    save(customer, **changes)
    emit("customer.updated", customer)
    return customer


@route("DELETE", r"customers/([\w-]+)")
def delete_customer(params, customer_id):
    """The subscriptions end at once; what was paid stays."""
    customer = get("customer", customer_id)
    for subscription in list_all("subscription", customer=customer_id):
        if subscription["status"] not in ENDED:
            cancel(subscription)
    save(customer, deleted=True)
    emit("customer.deleted", {name: value for name, value in customer.items() if name != "deleted"})
    return {"id": customer_id, "object": "customer", "deleted": True}


@route("POST", r"customers/([\w-]+)/balance_transactions")
def create_balance_transaction(params, customer_id):
    note = {name: params[name] for name in ("description", "metadata") if name in params}
    if params.get("currency") is None:
        raise ApiError("Missing required param: currency.", code="parameter_missing", param="currency")
    return customers.credit(get("customer", customer_id), int(params["amount"]), **note)


@route("GET", r"customers/([\w-]+)/balance_transactions")
def list_balance_transactions(params, customer_id):
    get("customer", customer_id)
    found = list_all("customer_balance_transaction", customer=customer_id)
    return page(found, params, f"customers/{customer_id}/balance_transactions")


@route("POST", r"customers/([\w-]+)/tax_ids")
def create_tax_id(params, customer_id):
    owner = {"customer": get("customer", customer_id)["id"], "type": "customer", "customer_account": None}
    values = {"type": params["type"], "value": params["value"], "country": params["type"][:2].upper()}
    return make("tax_id", customer=customer_id, owner=owner, **values)


@route("GET", r"customers/([\w-]+)/tax_ids")
def list_tax_ids(params, customer_id):
    return page(list_all("tax_id", customer=customer_id), params, f"customers/{customer_id}/tax_ids")


@route("GET", r"customers/([\w-]+)/payment_methods")
def list_payment_methods(params, customer_id):
    found = list_all("payment_method", customer=customer_id)
    return page(found, params, f"customers/{customer_id}/payment_methods")


# What they pay with


@route("POST", "payment_methods")
def create_payment_method(params):
    if params.get("type") == "us_bank_account":
        return customers.new_bank_account()
    card = params.get("card") or {}
    number = str(card.get("number", "4242"))
    dates = {name: int(card[name]) for name in ("exp_month", "exp_year") if name in card}
    return customers.new_card(number[-4:], test_card=card.get("token", number), **dates)


@route("POST", r"payment_methods/([\w-]+)")
def update_payment_method(params, method_id):
    method = get("payment_method", method_id)
    card = {name: int(value) for name, value in params.get("card", {}).items()}
    changes = merged(method, {name: params[name] for name in ("metadata", "billing_details") if name in params})
    if card:
        changes["card"] = method["card"] | card
    return save(method, **changes)


@route("POST", r"payment_methods/([\w-]+)/attach")
def attach_payment_method(params, method_id):
    customer, method = get("customer", params["customer"]), customers.method_named(method_id)
    if customers.is_declined(method) and "chargeDeclined" in method["_test_card"]:
        raise ApiError("Your card was declined.", status=402, kind="card_error", code="card_declined")
    customers.attach(method, customer)
    return method


# Test clocks


@route("POST", "test_helpers/test_clocks")
def create_test_clock(params):
    values = {"frozen_time": int(params["frozen_time"]), "name": params.get("name"), "status": "ready"}
    return make("test_helpers.test_clock", deletes_after=now() + 30 * 86400, **values)


@route("POST", r"test_helpers/test_clocks/([\w-]+)/advance")
def advance_test_clock(params, clock_id):
    return passing.advance(get("test_helpers.test_clock", clock_id), int(params["frozen_time"]))


@route("DELETE", r"test_helpers/test_clocks/([\w-]+)")
def delete_test_clock(params, clock_id):
    clock = get("test_helpers.test_clock", clock_id)
    for customer in list_all("customer", test_clock=clock_id):
        if not customer.get("deleted"):
            delete_customer({}, customer["id"])
    save(clock, deleted=True)
    return {"id": clock_id, "object": "test_helpers.test_clock", "deleted": True}
