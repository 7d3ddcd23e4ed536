"""Subscriptions: begin, renew, change, pause and end.

Sources, by the names of Stripe's pages: "How subscriptions work", "Pause payment collection", "Compare billing modes",
"Cancel subscriptions".
"""

import calendar
from datetime import UTC, datetime

from listings.fake_stripe.billing import customers, invoices
from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, build, get, list_all, listed, make, now, save

FIRST_PAYMENT_SECONDS = 23 * 3600  # in which the first invoice must be paid
ENDED = ("canceled", "incomplete_expired")


def later(moment: int, interval: str) -> int:
    """The same day of the next month or year, or the last day before it."""
    start = datetime.fromtimestamp(moment, UTC)
    months = start.month + (12 if interval == "year" else 1) - 1
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def item_of(subscription: dict) -> dict:
    [item] = subscription["items"]["data"]
    return item


def amount_of(item: dict) -> int:
    """What a period costs, in cents, before discounts and tax."""
    return item["price"]["unit_amount"] * item["quantity"]


def period_line(item: dict) -> dict:
    period = {"start": item["current_period_start"], "end": item["current_period_end"]}
    text = f"{item['quantity']} × {_name(item['price'])}"
    return invoices.line(amount_of(item), item["quantity"], period, text, item["price"])


def _name(price: dict) -> str:
    name = get("product", price["product"])["name"] or "Plan"
    return f"{name} (at ${price['unit_amount'] / 100:.2f} / {_interval(price)})"


def _interval(price: dict) -> str:
    return price["recurring"]["interval"]


# The beginning


def subscribe(customer: dict, items: list[dict], *, method: dict | None = None, emit_created=True, **options) -> dict:
    """A subscription whose first invoice is charged at once.

    `options` are metadata, trial_days, trial_settings, discounts (ids), collection_method, days_until_due,
    automatic_tax, behavior (Stripe's payment_behavior), presentment.
    """
    price, start = get("price", items[0]["price"]), now(customer["id"])
    trial_end = start + options["trial_days"] * 86400 if options.get("trial_days") else None
    subscription = build(
        "subscription",
        customer=customer["id"],
        currency=price["currency"],
        status="trialing" if trial_end else "incomplete",
        metadata=options.get("metadata") or {},
        billing_cycle_anchor=trial_end or start,
        start_date=start,
        trial_start=start if trial_end else None,
        trial_end=trial_end,
        collection_method=options.get("collection_method") or "charge_automatically",
        days_until_due=options.get("days_until_due"),
        default_payment_method=method and method["id"],
        discounts=options.get("discounts") or [],
        test_clock=customer["test_clock"],
    )
    subscription["billing_mode"] = {"type": "flexible", "flexible": {}}
    subscription["automatic_tax"] |= {"enabled": bool(options.get("automatic_tax"))}
    if options.get("trial_settings"):
        subscription["trial_settings"] = options["trial_settings"]
    item = build(
        "subscription_item",
        created=start,
        subscription=subscription["id"],
        price=price,
        quantity=int(items[0].get("quantity", 1)),
        current_period_start=start,
        current_period_end=trial_end or later(start, _interval(price)),
        plan=None,
    )
    subscription["items"] = listed([item], f"/v1/subscription_items?subscription={subscription['id']}")
    make("subscription", **subscription)
    if emit_created:
        emit("customer.subscription.created", subscription)
    lines = [period_line(item) | ({"amount": 0, "subtotal": 0} if trial_end else {})]
    invoice = invoices.create(customer, subscription, "subscription_create", lines)
    begin_payment(subscription, invoice, method, options)
    return subscription


def begin_payment(subscription: dict, invoice: dict, method: dict | None, options: dict) -> None:
    """The first invoice is finalized and charged at once, or waits for the customer."""
    behavior = options.get("behavior") or "allow_incomplete"
    if subscription["collection_method"] == "send_invoice":
        save(subscription, status="trialing" if subscription["trial_end"] else "active")
        return
    invoices.finalize(invoice)
    customer = get("customer", subscription["customer"])
    method = method or customers.method_of(subscription, customer)
    if invoice["amount_due"] and method is None and behavior != "default_incomplete":
        raise ApiError(invoices.NOTHING_TO_PAY_WITH, code="resource_missing")
    if behavior == "error_if_incomplete" and method and customers.is_declined(method):
        raise ApiError(invoices.DECLINED["message"], status=402, kind="card_error", code="card_declined")
    if not invoice["amount_due"] or behavior != "default_incomplete":
        invoices.attempt(invoice, method, presentment=options.get("presentment"))
    subscription |= get("subscription", subscription["id"])


def expire_incomplete(subscription: dict) -> dict:
    """The first payment did not come in time: the subscription never began."""
    save(subscription, status="incomplete_expired", ended_at=now(subscription["customer"]))
    for invoice in invoices.of_subscription(subscription, status="open"):
        invoices.close(invoice, "void")
    emit("customer.subscription.updated", subscription)
    return subscription


# The next period


def begin_period(subscription: dict) -> dict:
    """Begin the next period; its invoice is a draft for an hour. Prorations that wait are on it."""
    if subscription["status"] in ENDED:
        raise ApiError("This subscription has ended.")
    item = item_of(subscription)
    end = item["current_period_end"]
    item |= {"current_period_start": end, "current_period_end": later(end, _interval(item["price"]))}
    is_trial_over = subscription["status"] == "trialing"
    save(subscription, **({"status": "active"} if is_trial_over else {}))
    customer = get("customer", subscription["customer"])
    waiting = [each for each in list_all("invoiceitem", customer=customer["id"]) if not each["invoice"]]
    lines = [_line_of(each) for each in waiting] + [period_line(item)]
    invoice = invoices.create(customer, subscription, "subscription_cycle", lines)
    for each in waiting:
        save(each, invoice=invoice["id"])
    emit("customer.subscription.updated", subscription)
    return invoice


def end_trial(subscription: dict) -> dict:
    """The first period that is charged; without anything to pay with, what the subscription says for that case."""
    customer = get("customer", subscription["customer"])
    has_method = customers.method_of(subscription, customer) is not None
    rule = ((subscription["trial_settings"] or {}).get("end_behavior") or {}).get("missing_payment_method")
    if has_method or rule in (None, "create_invoice") or subscription["collection_method"] == "send_invoice":
        begin_period(subscription)
    elif rule == "cancel":
        cancel(subscription)
    else:
        save(subscription, status="paused")
        emit("customer.subscription.paused", subscription)
    return subscription


def resume(subscription: dict) -> dict:
    """A subscription that a trial without a payment method has paused goes on, from now."""
    if subscription["status"] != "paused":
        raise ApiError("This subscription is not paused.")
    subscription["items"]["data"][0]["current_period_end"] = now(subscription["customer"])
    save(subscription, status="trialing")
    begin_period(subscription)
    emit("customer.subscription.resumed", subscription)
    return subscription


def _line_of(item: dict) -> dict:
    return invoices.line(item["amount"], item["quantity"], item["period"], item["description"])


def renew(subscription: dict, *, succeeds: bool = True) -> dict:
    """The next period and, as if its hour as a draft were over, its payment, which succeeds or fails.

    A subscription that ends with its period ends instead.
    """
    if subscription["status"] in ENDED:
        raise ApiError("This subscription has ended.")
    if subscription["cancel_at_period_end"] or _ends_by(subscription, item_of(subscription)["current_period_end"]):
        return cancel(subscription)
    invoice = begin_period(subscription)
    if subscription["pause_collection"]:
        invoices.collect(invoice)
    else:
        invoices.finalize(invoice)
        if not succeeds:
            invoices.decline(invoice)
        elif subscription["collection_method"] == "charge_automatically" or not invoice["amount_due"]:
            customer = get("customer", subscription["customer"])
            invoices.pay(invoice, method=customers.method_of(subscription, customer))
    subscription |= get("subscription", subscription["id"])
    return invoice


def _ends_by(subscription: dict, moment: int) -> bool:
    return bool(subscription["cancel_at"] and subscription["cancel_at"] <= moment)


# The end


def cancel(subscription: dict) -> dict:
    if subscription["status"] in ENDED:
        message = f"No such subscription: '{subscription['id']}'"
        raise ApiError(message, status=404, code="resource_missing", param="id")
    if subscription["status"] == "incomplete":
        return expire_incomplete(subscription)
    moment = now(subscription["customer"])
    canceled_at = subscription["canceled_at"] or moment
    save(subscription, status="canceled", canceled_at=canceled_at, ended_at=moment, cancel_at_period_end=False)
    for invoice in invoices.of_subscription(subscription, status="draft"):
        save(invoice, auto_advance=False, automatically_finalizes_at=None)
    for invoice in invoices.of_subscription(subscription, status="open"):
        save(invoice, auto_advance=False, next_payment_attempt=None)
    emit("customer.subscription.deleted", subscription)
    return subscription


def end_at_period_end(subscription: dict, ends: bool) -> dict:
    """What the parameter cancel_at_period_end does. Undoing it leaves a date alone that was set by cancel_at."""
    was_set, moment = subscription["cancel_at_period_end"], now(subscription["customer"])
    period_end = item_of(subscription)["current_period_end"]
    if ends:
        save(subscription, cancel_at_period_end=True, cancel_at=period_end, canceled_at=moment)
    elif was_set:
        save(subscription, cancel_at_period_end=False, cancel_at=None, canceled_at=None)
    emit("customer.subscription.updated", subscription)
    return subscription


def end_at(subscription: dict, moment: str | int) -> dict:
    """What the parameter cancel_at does: a date, the word for the end of the period, or nothing to undo it."""
    if moment in ("max_period_end", "min_period_end"):
        moment = item_of(subscription)["current_period_end"]
    date = int(moment) if moment else None
    at = now(subscription["customer"]) if date else None
    save(subscription, cancel_at=date, cancel_at_period_end=False, canceled_at=at)
    emit("customer.subscription.updated", subscription)
    return subscription


def pause(subscription: dict, value: dict | str) -> dict:
    """Stop collecting: the subscription stays active and its next invoices are set aside. "" goes on."""
    if isinstance(value, dict):
        if value.get("behavior") not in ("keep_as_draft", "mark_uncollectible", "void"):
            raise ApiError("Invalid pause_collection[behavior].", param="pause_collection[behavior]")
        resumes_at = value.get("resumes_at")
        value = {"behavior": value["behavior"], "resumes_at": int(resumes_at) if resumes_at else None}
    save(subscription, pause_collection=value or None)
    emit("customer.subscription.updated", subscription)
    return subscription


def backdate(subscription: dict, days: int) -> dict:
    """Move the dates of a subscription and its invoices `days` into the past."""
    seconds = days * 86400
    for invoice in list_all("invoice", customer=subscription["customer"]):
        times = {name: at and at - seconds for name, at in (invoice["status_transitions"] or {}).items()}
        dates = {name: invoice[name] and invoice[name] - seconds for name in ("created", "due_date", "effective_at")}
        save(invoice, status_transitions=times, **dates)
    item = item_of(subscription)
    item["current_period_start"] -= seconds
    item["current_period_end"] -= seconds
    dates = {
        name: subscription[name] and subscription[name] - seconds for name in ("created", "start_date", "cancel_at")
    }
    save(subscription, **dates)
    emit("customer.subscription.updated", subscription)
    return subscription
