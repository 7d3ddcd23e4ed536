"""What happens to subscriptions and money at the fake Stripe server. Each change emits the events of Stripe."""

import calendar
from datetime import UTC, datetime

from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, build, find, get, list_all, make, now, save

DECLINED = {"code": "card_declined", "decline_code": "generic_decline", "message": "Your card was declined."}
DISPUTE_FEE_CENTS = 1500


def later(moment: int, interval: str) -> int:
    """The same day of the next month or year, or the last day before it."""
    start = datetime.fromtimestamp(moment, UTC)
    months = start.month + (12 if interval == "year" else 1) - 1
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


# Buying


def complete(session: dict, *, card: str = "4242") -> dict:
    """The buyer pays on the pay page."""
    if session["status"] != "open":
        raise ApiError("This page is closed.")
    customer = find("customer", session["customer"])
    if customer is None:
        customer = make("customer", email=session["customer_email"], currency=session["currency"])
        emit("customer.created", customer)
    method = attach(new_card(card), customer)
    note = session["_subscription_metadata"]
    subscription = subscribe(customer, session["_items"], metadata=note, method=method, emit_created=False)
    invoice = get("invoice", subscription["latest_invoice"])
    details = session["customer_details"] | {"email": customer["email"]}
    save(
        session,
        status="complete",
        payment_status="paid",
        customer=customer["id"],
        customer_details=details,
        subscription=subscription["id"],
        invoice=invoice["id"],
        url=None,
    )
    emit("checkout.session.completed", session)
    emit("customer.subscription.created", subscription)
    return session


def new_card(last4: str = "4242") -> dict:
    method = build("payment_method", type="card")
    method["card"] = (method["card"] or {}) | {"brand": "visa", "last4": last4, "exp_month": 12, "exp_year": 2039}
    return make("payment_method", **method)


def attach(method: dict, customer: dict) -> dict:
    save(method, customer=customer["id"])
    settings = (customer["invoice_settings"] or {}) | {"default_payment_method": method["id"]}
    save(customer, invoice_settings=settings)
    return method


def expire(session: dict) -> dict:
    if session["status"] != "open":
        raise ApiError(f"Only open sessions can be expired; this one is {session['status']}.")
    save(session, status="expired", url=None)
    emit("checkout.session.expired", session)
    return session


# Subscriptions


def subscribe(customer: dict, items: list[dict], *, metadata: dict, method: dict | None, emit_created=True) -> dict:
    """A subscription whose first invoice is paid at once."""
    price = get("price", items[0]["price"])
    interval, start = price["recurring"]["interval"], now()
    subscription = build(
        "subscription",
        customer=customer["id"],
        currency=price["currency"],
        status="active",
        metadata=metadata,
        billing_cycle_anchor=start,
        start_date=start,
        collection_method="charge_automatically",
        default_payment_method=method and method["id"],
    )
    item = build(
        "subscription_item",
        subscription=subscription["id"],
        price=price,
        quantity=int(items[0].get("quantity", 1)),
        current_period_start=start,
        current_period_end=later(start, interval),
        plan=None,
    )
    subscription["items"] = listed([item], f"/v1/subscription_items?subscription={subscription['id']}")
    make("subscription", **subscription)
    invoice = create_invoice(subscription, "subscription_create")
    if emit_created:
        emit("customer.subscription.created", subscription)
    pay(invoice)
    return subscription


def listed(things: list[dict], url: str) -> dict:
    return {"object": "list", "data": things, "has_more": False, "url": url}


def create_invoice(subscription: dict, reason: str) -> dict:
    """An open invoice for the current period."""
    [item] = subscription["items"]["data"]
    amount = item["price"]["unit_amount"] * item["quantity"]
    period = {"start": item["current_period_start"], "end": item["current_period_end"]}
    details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
    invoice = build(
        "invoice",
        status="open",
        customer=subscription["customer"],
        currency=subscription["currency"],
        billing_reason=reason,
        number=f"TEST-{len(list_all('invoice')) + 1:04}",
        collection_method="charge_automatically",
        parent={"quote_details": None, "subscription_details": details, "type": "subscription_details"},
        period_start=period["start"],
        period_end=period["end"],
        auto_advance=True,
        attempt_count=0,
    )
    line = build("line_item", amount=amount, currency=subscription["currency"], period=period, subtotal=amount)
    line |= {"invoice": invoice["id"], "quantity": item["quantity"], "subscription": subscription["id"]}
    invoice["lines"] = listed([line], f"/v1/invoices/{invoice['id']}/lines")
    for name in ("amount_due", "amount_remaining", "subtotal", "total", "subtotal_excluding_tax"):
        invoice[name] = amount
    invoice |= {"amount_paid": 0, "amount_overpaid": 0, "total_excluding_tax": amount}
    make("invoice", **invoice)
    emit("invoice.created", invoice)
    save(subscription, latest_invoice=invoice["id"])
    return invoice


def subscription_of(invoice: dict) -> dict | None:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    return find("subscription", details.get("subscription"))


def pay(invoice: dict) -> dict:
    """An open invoice is paid."""
    if invoice["status"] != "open":
        raise ApiError("Invoice is already paid" if invoice["status"] == "paid" else "Invoice is not open")
    charge_made = charge(invoice["total"], invoice["currency"], customer=invoice["customer"])
    payment = {"payment_intent": charge_made["payment_intent"], "type": "payment_intent"}
    make(
        "invoice_payment",
        invoice=invoice["id"],
        payment=payment,
        status="paid",
        amount_paid=invoice["total"],
        amount_requested=invoice["total"],
        currency=invoice["currency"],
        is_default=True,
    )
    times = (invoice["status_transitions"] or {}) | {"finalized_at": invoice["created"], "paid_at": now()}
    save(invoice, status="paid", amount_paid=invoice["total"], amount_remaining=0, attempted=True)
    save(invoice, status_transitions=times, attempt_count=(invoice["attempt_count"] or 0) + 1)
    subscription = subscription_of(invoice)
    if subscription and subscription["status"] in ("past_due", "unpaid", "incomplete"):
        save(subscription, status="active")
        emit("customer.subscription.updated", subscription)
    emit("invoice.paid", invoice)
    emit("invoice.payment_succeeded", invoice)
    return invoice


def decline(invoice: dict) -> dict:
    """The card is declined, and the invoice stays open."""
    save(
        invoice, attempted=True, attempt_count=(invoice["attempt_count"] or 0) + 1, next_payment_attempt=now() + 259200
    )
    subscription = subscription_of(invoice)
    if subscription:
        is_first = invoice["billing_reason"] == "subscription_create"
        save(subscription, status="incomplete" if is_first else "past_due")
    emit("invoice.payment_failed", invoice)
    if subscription:
        emit("customer.subscription.updated", subscription)
    return invoice


def renew(subscription: dict, *, succeeds: bool = True) -> dict:
    """Begin the next period, whose payment succeeds or fails; a subscription that ends with its period ends."""
    if subscription["status"] == "canceled":
        raise ApiError("This subscription has ended.")
    if subscription["cancel_at_period_end"]:
        return cancel(subscription)
    [item] = subscription["items"]["data"]
    end = item["current_period_end"]
    item |= {"current_period_start": end, "current_period_end": later(end, item["price"]["recurring"]["interval"])}
    save(subscription)
    invoice = create_invoice(subscription, "subscription_cycle")
    if succeeds:
        emit("customer.subscription.updated", subscription)
        return pay(invoice)
    return decline(invoice)


def cancel(subscription: dict) -> dict:
    if subscription["status"] == "canceled":
        message = f"No such subscription: '{subscription['id']}'"
        raise ApiError(message, status=404, code="resource_missing", param="id")
    save(subscription, status="canceled", canceled_at=now(), ended_at=now(), cancel_at_period_end=False)
    emit("customer.subscription.deleted", subscription)
    return subscription


def end_at_period_end(subscription: dict, ends: bool) -> dict:
    save(subscription, cancel_at_period_end=ends, canceled_at=now() if ends else None)
    emit("customer.subscription.updated", subscription)
    return subscription


def backdate(subscription: dict, days: int) -> dict:
    """Move the dates of a subscription and its invoices `days` into the past."""
    seconds = days * 86400
    for invoice in list_all("invoice", customer=subscription["customer"]):
        save(invoice, created=invoice["created"] - seconds)
    [item] = subscription["items"]["data"]
    item["current_period_start"] -= seconds
    item["current_period_end"] -= seconds
    save(subscription, created=subscription["created"] - seconds)
    emit("customer.subscription.updated", subscription)
    return subscription


# Money


def charge(amount: int, currency: str, customer: str | None = None, intent: dict | None = None) -> dict:
    """A payment that succeeds."""
    intent = intent or make("payment_intent", amount=amount, currency=currency, customer=customer)
    fee = round(amount * 0.029) + 30
    made = build("charge", amount=amount, currency=currency, customer=customer, payment_intent=intent["id"])
    movement = move("charge", amount, fee, currency, made["id"])
    made |= {
        "amount_captured": amount,
        "amount_refunded": 0,
        "balance_transaction": movement["id"],
        "captured": True,
        "paid": True,
        "status": "succeeded",
    }
    make("charge", **made)
    save(intent, status="succeeded", amount_received=amount, latest_charge=made["id"])
    emit("charge.succeeded", made)
    emit("payment_intent.succeeded", intent)
    return made


def move(kind: str, amount: int, fee: int, currency: str, source: str) -> dict:
    """A movement on the balance."""
    return make(
        "balance_transaction",
        amount=amount,
        available_on=now(),
        currency=currency,
        fee=fee,
        net=amount - fee,
        reporting_category="dispute" if kind == "adjustment" else kind,
        source=source,
        status="available",
        type=kind,
    )


def refund(charge_made: dict, amount: int | None = None) -> dict:
    remaining = charge_made["amount"] - charge_made["amount_refunded"]
    amount = remaining if amount is None else amount
    if not remaining:
        raise ApiError(f"Charge {charge_made['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= remaining:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({remaining})"
        raise ApiError(message, param="amount")
    made = build("refund", amount=amount, charge=charge_made["id"], currency=charge_made["currency"])
    movement = move("refund", -amount, 0, charge_made["currency"], made["id"])
    made |= {"balance_transaction": movement["id"], "status": "succeeded"}
    make("refund", **made | {"payment_intent": charge_made["payment_intent"]})
    refunded_amount = charge_made["amount_refunded"] + amount
    save(charge_made, amount_refunded=refunded_amount, refunded=refunded_amount == charge_made["amount"])
    emit("charge.refunded", charge_made)
    emit("refund.created", made)
    return made


def dispute(charge_made: dict) -> dict:
    """The cardholder disputes a payment; the money is withdrawn until the dispute is closed."""
    if charge_made["disputed"]:
        raise ApiError("This charge is disputed already.")
    made = build("dispute", amount=charge_made["amount"], charge=charge_made["id"], currency=charge_made["currency"])
    movement = move("adjustment", -made["amount"], DISPUTE_FEE_CENTS, made["currency"], made["id"])
    made |= {"balance_transactions": [movement], "reason": "general", "status": "needs_response"}
    make("dispute", **made | {"payment_intent": charge_made["payment_intent"]})
    save(charge_made, disputed=True)
    emit("charge.dispute.created", made)
    return made


def close_dispute(disputed: dict, status: str) -> dict:
    """Close a dispute: "won" returns the money, "lost" does not."""
    if disputed["status"] in ("won", "lost"):
        raise ApiError("This dispute is closed already.")
    if status == "won":
        movement = move("adjustment", disputed["amount"], 0, disputed["currency"], disputed["id"])
        disputed["balance_transactions"].append(movement)
    save(disputed, status=status)
    emit("charge.dispute.closed", disputed)
    return disputed


def newest_charge(subscription: dict) -> dict | None:
    """The latest payment of a subscription."""
    for invoice in list_all("invoice", customer=subscription["customer"], status="paid"):
        if (subscription_of(invoice) or {}).get("id") == subscription["id"]:
            [payment] = list_all("invoice_payment", invoice=invoice["id"])
            intent = get("payment_intent", payment["payment"]["payment_intent"])
            return find("charge", intent["latest_charge"])
    return None
