"""Payment pages and the billing portal."""

from urllib.parse import urlsplit

from listings.fake_stripe.api.catalog import items_of
from listings.fake_stripe.api.routing import route
from listings.fake_stripe.billing import account, checkout, money
from listings.fake_stripe.billing.customers import require_tax_settings
from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, build, get, make, now, save

PAGE_SECONDS = 86400


@route("POST", "checkout/sessions")
def create_session(params):
    if params.get("allow_promotion_codes") and params.get("discounts"):
        raise ApiError("You may only specify one of these parameters: allow_promotion_codes, discounts.")
    if params.get("customer") and params.get("customer_email"):
        raise ApiError("You may only specify one of these parameters: customer, customer_email.")
    if params.get("customer_update") and not params.get("customer"):
        raise ApiError("`customer_update` can only be used with `customer`.", param="customer_update")
    is_taxed = bool((params.get("automatic_tax") or {}).get("enabled"))
    if is_taxed:
        require_tax_settings()
    if params.get("customer"):
        get("customer", params["customer"], "customer")
    items = items_of(params["line_items"], "line_items")
    prices = [get("price", item["price"]) for item in items]
    mode = params.get("mode", "payment")
    if mode == "subscription" and not any(price["recurring"] for price in prices):
        raise ApiError("You must provide at least one recurring price in `subscription` mode.", param="line_items")
    total = sum(price["unit_amount"] * item["quantity"] for price, item in zip(prices, items, strict=True))
    data = params.get("subscription_data") or {}
    trial = int(data["trial_period_days"]) if data.get("trial_period_days") else None
    session = build(
        "checkout.session",
        created=now(),
        mode=mode,
        status="open",
        payment_status="unpaid",
        amount_subtotal=total,
        amount_total=0 if trial else total,
        allow_promotion_codes=params.get("allow_promotion_codes"),
        currency=prices[0]["currency"],
        client_reference_id=params.get("client_reference_id"),
        customer=params.get("customer"),
        customer_email=params.get("customer_email"),
        expires_at=int(params.get("expires_at") or now(params.get("customer")) + PAGE_SECONDS),
        metadata=params.get("metadata", {}),
        payment_method_types=params.get("payment_method_types") or _methods(),
        success_url=params.get("success_url"),
        cancel_url=params.get("cancel_url"),
        _items=items,
        _subscription_metadata=data.get("metadata", {}),
        _trial_days=trial,
    )
    session["automatic_tax"] |= {"enabled": is_taxed, "status": "requires_location_inputs" if is_taxed else None}
    session["total_details"] |= {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
    session["url"] = _page(params.get("success_url") or "", f"pay/{session['id']}/")
    return make("checkout.session", **session)


def _methods() -> list[str]:
    """Those that the settings of the account have switched on."""
    settings = account.settings("payment_method_configuration")
    return [name for name in ("card", "link", "us_bank_account") if settings[name]["available"]]


def _page(neighbor: str, path: str) -> str:
    """The address of one of our pages, on the same site as `neighbor`."""
    site = urlsplit(neighbor)
    return f"{site.scheme}://{site.netloc}/fake-stripe/{path}" if site.netloc else f"/fake-stripe/{path}"


@route("POST", r"checkout/sessions/([\w-]+)/expire")
def expire_session(params, session_id):
    return checkout.expire(get("checkout.session", session_id))


@route("GET", r"checkout/sessions/([\w-]+)/line_items")
def list_line_items(params, session_id):
    session = get("checkout.session", session_id)
    lines = []
    for item in session["_items"]:
        price = get("price", item["price"])
        amount = price["unit_amount"] * item["quantity"]
        line = {"id": f"li_{item['price']}", "object": "item", "price": price, "quantity": item["quantity"]}
        lines.append(line | {"amount_subtotal": amount, "amount_total": amount, "currency": price["currency"]})
    return {
        "object": "list",
        "data": lines,
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }


@route("GET", r"payment_pages/([\w-]+)")
@route("POST", r"payment_pages/([\w-]+)/init")
def payment_page(params, session_id):
    session = get("checkout.session", session_id)
    return {"id": session_id, "object": "checkout.session", "eid": session_id, "amount": session["amount_total"]}


@route("POST", r"payment_pages/([\w-]+)/confirm")
def confirm_payment_page(params, session_id):
    session = get("checkout.session", session_id)
    if session["mode"] == "subscription":
        return checkout.complete(session)
    money.charge(session["amount_total"], session["currency"], customer=session["customer"])
    save(session, status="complete", payment_status="paid", url=None)
    emit("checkout.session.completed", session)
    return session


@route("POST", "billing_portal/sessions")
def create_portal_session(params):
    customer = get("customer", params["customer"], "customer")
    configuration = account.portal_configuration(params.get("configuration"))
    portal = build("billing_portal.session", customer=customer["id"], return_url=params.get("return_url"))
    portal |= {"configuration": configuration["id"], "flow": params.get("flow_data")}
    portal["url"] = _page(portal["return_url"] or "", f"portal/{portal['id']}/")
    return make("billing_portal.session", **portal)
