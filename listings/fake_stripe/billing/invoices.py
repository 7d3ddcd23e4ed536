"""Invoices: lines, discounts, tax and credit; drafts that are finalized after an hour; payments and their failure.

Sources, by the names of Stripe's pages: "Status transitions and finalization", "How subscriptions work", "Automate
payment retries", "Customer credit balance", "Pay by invoice".
"""

from listings.fake_stripe.billing import customers, money
from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, build, control, find, get, list_all, listed, make, now, save

DECLINED = {"code": "card_declined", "decline_code": "generic_decline", "message": "Your card was declined."}
DRAFT_SECONDS = 3600
RETRY_SECONDS = (3 * 86400, 5 * 86400, 7 * 86400)  # after the first, second and third failure
NOTHING_TO_PAY_WITH = (
    "This customer has no attached payment source or default payment method. "
    "Please consider adding a default payment method."
)


def compose(customer: dict, subscription: dict | None, reason: str, lines: list[dict], **values) -> dict:
    """An invoice over these lines, with discounts, tax and credit applied; not saved."""
    source = subscription or {}
    automatic_tax = source.get("automatic_tax") or {"enabled": False}
    invoice = build(
        "invoice",
        customer=customer["id"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_address=customer["address"],
        custom_fields=(customer["invoice_settings"] or {}).get("custom_fields"),
        currency=source.get("currency") or customer["currency"] or "usd",
        billing_reason=reason,
        collection_method=source.get("collection_method") or "charge_automatically",
        status="draft",
        auto_advance=True,
        attempt_count=0,
        discounts=[each for each in source.get("discounts") or [] if customers.discount_cents(each, 100)],
        starting_balance=customer["balance"] or 0,
        ending_balance=None,
        test_clock=customer["test_clock"],
    )
    if subscription:
        details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
        invoice["parent"] = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
    invoice |= {"automatic_tax": invoice["automatic_tax"] | {"enabled": bool(automatic_tax["enabled"])}} | values
    for line in lines:
        line |= {"invoice": invoice["id"], "subscription": source.get("id")}
    invoice["lines"] = listed(lines, f"/v1/invoices/{invoice['id']}/lines")
    return add_up(invoice, customer)


def add_up(invoice: dict, customer: dict) -> dict:
    """Fill in the sums: lines, less discounts, plus tax, less the credit of the customer."""
    subtotal = sum(line["amount"] for line in invoice["lines"]["data"])
    off = [
        {"discount": each, "amount": customers.discount_cents(each, subtotal)} for each in invoice["discounts"] or []
    ]
    untaxed = subtotal - sum(each["amount"] for each in off)
    taxes, status = [], None
    if invoice["automatic_tax"]["enabled"]:
        has_place = bool((customer["address"] or {}).get("country"))
        taxes = customers.tax_of(customer, max(0, untaxed)) if has_place else []
        status = "complete" if has_place else "requires_location_inputs"
    total = untaxed + sum(tax["amount"] for tax in taxes)
    balance = invoice["starting_balance"] or 0
    due = max(0, total + balance) if total > 0 else 0
    return invoice | {
        "automatic_tax": invoice["automatic_tax"] | {"status": status},
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total_discount_amounts": off,
        "total_taxes": taxes,
        "total": total,
        "total_excluding_tax": untaxed,
        "amount_due": due,
        "amount_paid": 0,
        "amount_overpaid": 0,
        "amount_remaining": due,
    }


def line(amount: int, quantity: int, period: dict, description: str, price: dict | None = None, **values) -> dict:
    """A line of an invoice. `period` has the start and the end that it pays for."""
    made = build("line_item", amount=amount, subtotal=amount, period=period, quantity=quantity, **values)
    if price:
        details = {"price": price["id"], "product": price["product"]}
        unit = str(price["unit_amount"])
        made["pricing"] = {"type": "price_details", "price_details": details, "unit_amount_decimal": unit}
    return made | {"description": description, "currency": price["currency"] if price else "usd"}


def subscription_of(invoice: dict) -> dict | None:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    return find("subscription", details.get("subscription"))


def of_subscription(subscription: dict, **where) -> list[dict]:
    """Its invoices, the newest first."""
    found = list_all("invoice", customer=subscription["customer"], **where)
    return [each for each in found if (subscription_of(each) or {}).get("id") == subscription["id"]]


# From a draft to the end


def create(customer: dict, subscription: dict | None, reason: str, lines: list[dict], **values) -> dict:
    """Save a draft, which is finalized an hour later."""
    started = now(customer["id"])
    values = {"created": started, "automatically_finalizes_at": started + DRAFT_SECONDS} | values
    invoice = make("invoice", **compose(customer, subscription, reason, lines, **values))
    if subscription:
        save(subscription, latest_invoice=invoice["id"])
    emit("invoice.created", invoice)
    return invoice


def finalize(invoice: dict) -> dict:
    """A draft becomes open: it has a number, the credit is used, nothing in it changes any more."""
    if invoice["status"] != "draft":
        raise ApiError("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    customer = get("customer", invoice["customer"])
    invoice |= add_up(invoice | {"starting_balance": customer["balance"] or 0}, customer)
    used = invoice["total"] - invoice["amount_due"]
    if used > 0 or invoice["total"] < 0:
        amount = used if used > 0 else invoice["total"]
        kind = "applied_to_invoice" if used > 0 else "adjustment"
        customers.credit(customer, amount, kind=kind, invoice=invoice["id"])
    moment = now(customer["id"])
    days = (subscription_of(invoice) or {}).get("days_until_due") or invoice.get("_days_until_due") or 30
    by_mail = invoice["collection_method"] == "send_invoice"
    save(
        invoice,
        status="open",
        number=f"TEST-{len(list_all('invoice')):04}",
        status_transitions=(invoice["status_transitions"] or {}) | {"finalized_at": moment},
        effective_at=moment,
        ending_balance=customer["balance"] or 0,
        automatically_finalizes_at=None,
        due_date=moment + days * 86400 if by_mail else None,
        hosted_invoice_url=f"/fake-stripe/invoices/{invoice['id']}/",
        next_payment_attempt=None,
    )
    _use_up(invoice)
    emit("invoice.finalized", invoice)
    if by_mail:
        emit("invoice.sent", invoice)
    return invoice


def _use_up(invoice: dict) -> None:
    """A coupon for once is for this invoice alone."""
    subscription = subscription_of(invoice)
    if subscription and subscription["discounts"]:
        save(subscription, discounts=[each for each in subscription["discounts"] if not customers.is_for_once(each)])


def collect(invoice: dict) -> dict:
    """What happens to an invoice that was finalized by itself: paid, failed, sent by mail, or set aside by a pause."""
    subscription = subscription_of(invoice)
    pause = (subscription or {}).get("pause_collection")
    if pause:
        if pause["behavior"] == "keep_as_draft":
            return save(invoice, auto_advance=False, automatically_finalizes_at=None)
        finalize(invoice)
        return close(invoice, "void" if pause["behavior"] == "void" else "uncollectible")
    finalize(invoice)
    if invoice["amount_due"] and invoice["collection_method"] == "send_invoice":
        return invoice
    return attempt(invoice)


def attempt(invoice: dict, method: dict | None = None, **options) -> dict:
    """Charge an open invoice to what the customer pays with. The failure is in the invoice: it stays open."""
    subscription, customer = subscription_of(invoice), get("customer", invoice["customer"])
    method = method or customers.method_of(subscription, customer)
    if invoice["amount_due"] and method is not None and customers.is_declined(method):
        return decline(invoice)
    if invoice["amount_due"] and method is None:
        return decline(invoice)
    return pay(invoice, method=method, **options)


def pay(invoice: dict, *, method: dict | None = None, presentment: str | None = None) -> dict:
    """An open invoice is paid; from a bank account it is pending."""
    if invoice["status"] != "open":
        raise ApiError("Invoice is already paid" if invoice["status"] == "paid" else "Invoice is not open")
    if not invoice["amount_remaining"]:
        return _is_paid(invoice, 0)
    amount, customer = invoice["amount_remaining"], invoice["customer"]
    charge_made = money.charge(amount, invoice["currency"], customer, method=method, presentment=presentment)
    is_pending = charge_made["status"] == "pending"
    make(
        "invoice_payment",
        created=now(customer),
        invoice=invoice["id"],
        payment={"payment_intent": charge_made["payment_intent"], "type": "payment_intent"},
        status="open" if is_pending else "paid",
        amount_paid=None if is_pending else amount,
        amount_requested=amount,
        currency=invoice["currency"],
        is_default=True,
        status_transitions={"canceled_at": None, "paid_at": None if is_pending else now(customer)},
    )
    save(invoice, attempted=True, attempt_count=(invoice["attempt_count"] or 0) + 1, next_payment_attempt=None)
    return invoice if is_pending else _is_paid(invoice, amount)


def _is_paid(invoice: dict, amount: int) -> dict:
    times = (invoice["status_transitions"] or {}) | {"paid_at": now(invoice["customer"])}
    paid = (invoice["amount_paid"] or 0) + amount
    save(invoice, status="paid", amount_paid=paid, amount_remaining=0, attempted=True, status_transitions=times)
    subscription = subscription_of(invoice)
    if (
        subscription
        and subscription["status"] in ("past_due", "unpaid", "incomplete")
        and is_latest(invoice, subscription)
    ):
        save(subscription, status="active")
        emit("customer.subscription.updated", subscription)
    emit("invoice.paid", invoice)
    emit("invoice.payment_succeeded", invoice)
    return invoice


def pay_elsewhere(invoice: dict) -> dict:
    """The operator says that it was paid by check or transfer: nothing moves on the balance."""
    if invoice["status"] != "open":
        raise ApiError("Invoice is already paid" if invoice["status"] == "paid" else "Invoice is not open")
    return _is_paid(invoice, 0)


def is_latest(invoice: dict, subscription: dict) -> bool:
    """Only the latest invoice decides the status of a subscription."""
    return subscription["latest_invoice"] == invoice["id"]


def settle(invoice: dict, *, succeeds: bool) -> dict:
    """The bank pays the pending payment of an invoice, or sends it back."""
    payment = next(each for each in list_all("invoice_payment", invoice=invoice["id"]) if each["status"] == "open")
    intent = get("payment_intent", payment["payment"]["payment_intent"])
    money.settle(get("charge", intent["latest_charge"]), succeeds=succeeds)
    if not succeeds:
        return decline(invoice)
    times = {"canceled_at": None, "paid_at": now(invoice["customer"])}
    save(payment, status="paid", amount_paid=payment["amount_requested"], status_transitions=times)
    return _is_paid(invoice, payment["amount_requested"])


def decline(invoice: dict) -> dict:
    """The payment fails and the invoice stays open until the next try; after the last one the account's rule holds."""
    count, moment = (invoice["attempt_count"] or 0) + 1, now(invoice["customer"])
    is_first = invoice["billing_reason"] == "subscription_create"  # which is never tried again by itself
    again = moment + RETRY_SECONDS[count - 1] if count <= len(RETRY_SECONDS) and not is_first else None
    save(invoice, attempted=True, attempt_count=count, next_payment_attempt=again)
    subscription = subscription_of(invoice)
    if subscription and subscription["status"] not in ("canceled", "incomplete_expired"):
        status = "past_due" if again or is_first else control("billing").get("after_retries", "past_due")
        save(subscription, status="incomplete" if is_first else status)
    emit("invoice.payment_failed", invoice)
    if subscription:
        if subscription["status"] == "canceled":
            save(subscription, canceled_at=moment, ended_at=moment)
            emit("customer.subscription.deleted", subscription)
        else:
            emit("customer.subscription.updated", subscription)
    return invoice


def close(invoice: dict, status: str) -> dict:
    """Void an invoice, or write it off as uncollectible."""
    allowed = ("open", "uncollectible") if status == "void" else ("open",)
    if invoice["status"] not in allowed:
        verb = "void" if status == "void" else "mark as uncollectible"
        raise ApiError(f"You can only {verb} an invoice that is open; this one is {invoice['status']}.")
    name = "voided_at" if status == "void" else "marked_uncollectible_at"
    times = (invoice["status_transitions"] or {}) | {name: now(invoice["customer"])}
    used = (invoice["total"] or 0) - (invoice["amount_due"] or 0)
    if status == "void" and used > 0:
        customers.credit(
            get("customer", invoice["customer"]), -used, kind="unapplied_from_invoice", invoice=invoice["id"]
        )
    save(invoice, status=status, status_transitions=times, next_payment_attempt=None, auto_advance=False)
    emit("invoice.voided" if status == "void" else "invoice.marked_uncollectible", invoice)
    return invoice


def overdue(invoice: dict) -> dict:
    """An invoice sent by mail was not paid by its due date."""
    subscription = subscription_of(invoice)
    save(invoice, _is_overdue=True)
    emit("invoice.overdue", invoice)
    if subscription and subscription["status"] == "active" and is_latest(invoice, subscription):
        save(subscription, status="past_due")
        emit("customer.subscription.updated", subscription)
    return invoice
