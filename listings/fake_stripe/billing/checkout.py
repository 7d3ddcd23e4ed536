"""Payment pages: open, complete or expired; paid, unpaid or nothing to pay.

Sources, by the names of Stripe's pages: "How Checkout works", "Fulfill orders" (payment methods that take days),
"Add discounts", "Adaptive Pricing".
"""

from listings.fake_stripe.billing import customers, invoices, money
from listings.fake_stripe.billing.subscriptions import expire_incomplete, subscribe
from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, find, get, make, now, save


def apply_code(session: dict, code: str) -> dict:
    """The buyer types a promotion code on the pay page. Raises ApiError if there is no such code."""
    if not session["allow_promotion_codes"]:
        raise ApiError("This page takes no promotion codes.")
    found = customers.redeemable(code)
    coupon = get("coupon", found["promotion"]["coupon"])
    off = coupon["amount_off"] or round(session["amount_subtotal"] * float(coupon["percent_off"]) / 100)
    off = min(off, session["amount_subtotal"])
    details = session["total_details"] | {"amount_discount": off}
    note = [{"coupon": None, "promotion_code": found["id"]}]
    total = session["amount_subtotal"] - off
    return save(session, discounts=note, total_details=details, amount_total=total, _code=found["id"])


def complete(
    session: dict,
    *,
    card: str = "4242",
    method: dict | None = None,
    address: dict | None = None,
    presentment: str | None = None,
) -> dict:
    """The buyer pays on the pay page; with a bank account the payment is pending, and `settle` decides it."""
    if session["status"] != "open":
        raise ApiError("This page is closed.")
    customer = find("customer", session["customer"])
    if customer is None:
        customer = make("customer", email=session["customer_email"], currency=session["currency"], balance=0)
        emit("customer.created", customer)
    if session["automatic_tax"]["enabled"] or address:
        place = {"country": "US", "state": customers.BUYER_STATE} | (address or {})
        save(customer, address=(customer["address"] or {}) | place)
    method = customers.attach(method or customers.new_card(card), customer)
    subscription = subscribe(
        customer,
        session["_items"],
        metadata=session["_subscription_metadata"],
        method=method,
        emit_created=False,
        trial_days=session.get("_trial_days"),
        discounts=_discounts(session, customer),
        automatic_tax=session["automatic_tax"]["enabled"],
        presentment=presentment,
    )
    invoice = get("invoice", subscription["latest_invoice"])
    if presentment:
        seen = {"presentment_amount": round(invoice["total"] / money.RATES[presentment])}
        session["presentment_details"] = seen | {"presentment_currency": presentment}
    tax = sum(each["amount"] for each in invoice["total_taxes"] or [])
    off = sum(each["amount"] for each in invoice["total_discount_amounts"] or [])
    paid = "paid" if invoice["status"] == "paid" else "unpaid"
    details = session["customer_details"] | {"email": customer["email"], "address": customer["address"]}
    save(
        session,
        status="complete",
        payment_status=paid if invoice["total"] else "no_payment_required",
        amount_total=invoice["total"],
        total_details=session["total_details"] | {"amount_tax": tax, "amount_discount": off},
        customer=customer["id"],
        customer_details=details,
        subscription=subscription["id"],
        invoice=invoice["id"],
        url=None,
    )
    emit("checkout.session.completed", session)
    emit("customer.subscription.created", subscription)
    return session


def _discounts(session: dict, customer: dict) -> list[str]:
    code = find("promotion_code", session.get("_code"))
    if code is None:
        return []
    coupon = get("coupon", code["promotion"]["coupon"])
    return [customers.redeem(customer["id"], coupon, code, checkout_session=session["id"])["id"]]


def settle(session: dict, *, succeeds: bool) -> dict:
    """The bank pays what was pending when the page was completed, or sends it back."""
    invoices.settle(get("invoice", session["invoice"]), succeeds=succeeds)
    subscription = get("subscription", session["subscription"])
    if succeeds:
        save(session, payment_status="paid")
        emit("checkout.session.async_payment_succeeded", session)
    else:
        emit("checkout.session.async_payment_failed", session)
        expire_incomplete(subscription)  # the bank needs longer than the 23 hours of a first payment
    return session


def expire(session: dict) -> dict:
    if session["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status '
        )
        message += f"of {session['status']}."
        raise ApiError(message)
    save(session, status="expired", url=None)
    emit("checkout.session.expired", session)
    return session


def expire_late(session: dict) -> None:
    if session["status"] == "open" and session["expires_at"] <= now(session["customer"]):
        expire(session)
