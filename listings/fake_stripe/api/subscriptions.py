"""Requests about subscriptions, and the preview of an invoice."""

from listings.fake_stripe.api.catalog import items_of, named_discounts, price_of
from listings.fake_stripe.api.routing import merged, route
from listings.fake_stripe.billing import changes, customers, invoices, subscriptions
from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, find, get, now, save

ENDED_SENTENCE = "A canceled subscription can only update its cancellation_details and metadata."


@route("POST", "subscriptions")
def create_subscription(params):
    customer = get("customer", params["customer"], "customer")
    is_taxed = bool((params.get("automatic_tax") or {}).get("enabled"))
    if is_taxed:
        customers.require_tax_settings()
        if not (customer["address"] or {}).get("country"):
            message = (
                "The customer's location isn't recognized. Set a valid customer address in order to automatically "
                "calculate tax."
            )
            raise ApiError(message, code="customer_tax_location_invalid", param="automatic_tax[enabled]")
    by_mail = params.get("collection_method") == "send_invoice"
    if by_mail and "days_until_due" not in params:
        raise ApiError("You must pass `days_until_due` with `send_invoice`.", param="days_until_due")
    return subscriptions.subscribe(
        customer,
        items_of(params["items"], "items"),
        metadata=params.get("metadata", {}),
        method=find("payment_method", params.get("default_payment_method")),
        trial_days=int(params["trial_period_days"]) if params.get("trial_period_days") else None,
        trial_settings=params.get("trial_settings"),
        collection_method=params.get("collection_method"),
        days_until_due=int(params["days_until_due"]) if by_mail else None,
        automatic_tax=is_taxed,
        behavior=params.get("payment_behavior"),
        discounts=named_discounts(customer["id"], params.get("discounts") or []),
    )


@route("POST", r"subscriptions/([\w-]+)")
def update_subscription(params, subscription_id):
    subscription = get("subscription", subscription_id)
    if subscription["status"] in subscriptions.ENDED:
        if params.keys() - {"metadata", "cancellation_details"}:
            raise ApiError(ENDED_SENTENCE)
        return save(subscription, **merged(subscription, params))
    if params.get("cancel_at") and params.get("cancel_at_period_end"):
        raise ApiError("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    _change_fields(subscription, params)
    invoice_before = subscription["latest_invoice"]
    behavior, date = params.get("proration_behavior") or "create_prorations", params.get("proration_date")
    for changed in params.get("items", []):
        changes.change_item(subscription, changed, price_of, behavior, int(date) if date else None)
    if params.get("payment_behavior") == "error_if_incomplete" and subscription["latest_invoice"] != invoice_before:
        _require_paid(get("invoice", subscription["latest_invoice"]))
    if "pause_collection" in params:
        subscriptions.pause(subscription, params["pause_collection"])
    if "cancel_at" in params:
        return subscriptions.end_at(subscription, params["cancel_at"])
    if "cancel_at_period_end" in params:
        return subscriptions.end_at_period_end(subscription, params["cancel_at_period_end"])
    if params.get("trial_end") == "now" and subscription["status"] == "trialing":
        moment = now(subscription["customer"])
        subscriptions.item_of(subscription)["current_period_end"] = moment
        save(subscription, trial_end=moment, billing_cycle_anchor=moment)
        invoice = subscriptions.begin_period(subscription)
        invoices.collect(invoice)
        return get("subscription", subscription_id)
    emit("customer.subscription.updated", subscription)
    return subscription


def _require_paid(invoice: dict) -> None:
    """Raises ApiError if the invoice of a change was declined; then nothing of the request is kept."""
    if invoice["status"] == "open" and invoice["attempt_count"] and invoice["next_payment_attempt"]:
        raise ApiError(invoices.DECLINED["message"], status=402, kind="card_error", code="card_declined")


def _change_fields(subscription: dict, params: dict) -> None:
    """Fields that take effect with the next invoice."""
    plain = ("metadata", "description", "default_payment_method", "cancellation_details")
    values = merged(subscription, {name: params[name] for name in plain if name in params})
    if "collection_method" in params:
        by_mail = params["collection_method"] == "send_invoice"
        days = params.get("days_until_due") or subscription["days_until_due"]
        if by_mail and not days:
            raise ApiError("You must pass `days_until_due` with `send_invoice`.", param="days_until_due")
        values |= {"collection_method": params["collection_method"], "days_until_due": int(days) if by_mail else None}
    elif "days_until_due" in params:
        if subscription["collection_method"] != "send_invoice":
            raise ApiError("`days_until_due` can only be set with `send_invoice`.", param="days_until_due")
        values["days_until_due"] = int(params["days_until_due"])
    if "discounts" in params:
        values["discounts"] = named_discounts(subscription["customer"], params["discounts"] or [])
    if "automatic_tax" in params:
        enabled = bool(params["automatic_tax"]["enabled"])
        if enabled:
            customers.require_tax_settings()
        values["automatic_tax"] = subscription["automatic_tax"] | {"enabled": enabled}
    save(subscription, **values)


@route("DELETE", r"subscriptions/([\w-]+)")
def cancel_subscription(params, subscription_id):
    return subscriptions.cancel(get("subscription", subscription_id))


@route("POST", r"subscriptions/([\w-]+)/resume")
def resume_subscription(params, subscription_id):
    return subscriptions.resume(get("subscription", subscription_id))


@route("DELETE", r"subscriptions/([\w-]+)/discount")
def delete_discount(params, subscription_id):
    save(get("subscription", subscription_id), discounts=[])
    return {"object": "discount", "deleted": True}


@route("POST", "invoices/create_preview")
def create_preview(params):
    details = params.get("subscription_details") or {}
    subscription = get("subscription", params["subscription"], "subscription")
    customer = get("customer", params.get("customer") or subscription["customer"], "customer")
    return changes.preview(customer, subscription, details, price_of)
