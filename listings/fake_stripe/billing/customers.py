"""Customers, what they pay with, their credit, coupons and tax.

Sources, by the names of Stripe's pages: "Customer credit balance", "Coupons and promotion codes", "Delete a customer",
"Collect taxes for recurring payments", "Set up Stripe Tax".
"""

from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, build, find, get, list_all, make, now, save

NO_HEAD_OFFICE = (
    "You must have a valid head office address to enable automatic tax calculation in test mode. "
    "Visit https://dashboard.stripe.com/test/settings/tax to update it."
)
PERCENT = {"CA": 7.25, "MD": 6.0, "NY": 4.0, "PA": 6.0, "TX": 6.25, "WA": 6.5}  # sales tax of states, without counties
BUYER_STATE = "MD"  # where the pay page says that the buyer is, unless the page is filled in
INQUIRY_CARD, DISPUTE_CARD = "createDisputeInquiry", "createDispute"


# What they pay with


def new_card(last4: str = "4242", *, exp_month: int = 12, exp_year: int = 2039, test_card: str = "") -> dict:
    method = build("payment_method", type="card")
    card = {"brand": "visa", "country": "US", "last4": last4, "exp_month": exp_month, "exp_year": exp_year}
    method["card"] = (method["card"] or {}) | card | {"funding": "credit"}
    return make("payment_method", **method, _test_card=test_card)


def new_bank_account(test_card: str = "") -> dict:
    """A bank account in the US; its payments are pending for days."""
    method = build("payment_method", type="us_bank_account", card=None)
    account = {"bank_name": "STRIPE TEST BANK", "last4": "6789", "account_type": "checking"}
    return make("payment_method", **method, us_bank_account=account, _test_card=test_card)


def method_named(name: str) -> dict:
    """A saved payment method, or one of Stripe's for tests by its name."""
    if saved := find("payment_method", name):
        return saved
    if not name.startswith("pm_"):
        raise ApiError(f"No such PaymentMethod: '{name}'", status=404, code="resource_missing", param="payment_method")
    return new_bank_account(name) if name.startswith("pm_usBankAccount") else new_card(test_card=name)


def is_declined(method: dict) -> bool:
    name = method.get("_test_card") or ""
    return "chargeDeclined" in name or "chargeCustomerFail" in name or name.endswith(("0341", "0002"))


def attach(method: dict, customer: dict) -> dict:
    """From now on the customer pays with it."""
    save(method, customer=customer["id"])
    settings = (customer["invoice_settings"] or {}) | {"default_payment_method": method["id"]}
    save(customer, invoice_settings=settings)
    emit("payment_method.attached", method)
    return method


def method_of(subscription: dict | None, customer: dict) -> dict | None:
    """What the next invoice is paid with."""
    default = (customer["invoice_settings"] or {}).get("default_payment_method")
    return find("payment_method", (subscription or {}).get("default_payment_method") or default)


# Credit


def credit(customer: dict, amount: int, *, kind: str = "adjustment", invoice: str | None = None, **note) -> dict:
    """Change the balance of a customer by `amount` cents; what is below zero reduces the next invoices."""
    balance = (customer["balance"] or 0) + amount
    save(customer, balance=balance)
    values = {"amount": amount, "ending_balance": balance, "currency": customer["currency"] or "usd", "type": kind}
    made = make("customer_balance_transaction", customer=customer["id"], invoice=invoice, **values | note)
    emit("customer.updated", customer)
    return made


# Coupons


def redeemable(name: str, by: str = "code") -> dict:
    """An active promotion code. Raises ApiError if there is none, or if it can be used no longer."""
    found = next((each for each in list_all("promotion_code") if each[by].lower() == name.lower()), None)
    if found is None:
        raise ApiError(f"No such promotion code: '{name}'", code="resource_missing", param="promotion_code")
    coupon = get("coupon", found["promotion"]["coupon"])
    used_up = found["max_redemptions"] and found["times_redeemed"] >= found["max_redemptions"]
    expired = found["expires_at"] and found["expires_at"] <= now()
    if not found["active"] or used_up or expired or not coupon["valid"]:
        raise ApiError("This promotion code cannot be redeemed because it is not active.", param="promotion_code")
    return found


def redeem(customer_id: str, coupon: dict, code: dict | None = None, **at) -> dict:
    """A discount for this customer; `at` says on what: a subscription or a session."""
    months, start = coupon["duration_in_months"], now(customer_id)
    source = {"type": "coupon", "coupon": coupon["id"]}
    values = {"customer": customer_id, "start": start, "end": start + months * 30 * 86400 if months else None}
    made = make("discount", source=source, promotion_code=code and code["id"], **values, **at)
    for used in filter(None, (coupon, code)):
        save(used, times_redeemed=(used["times_redeemed"] or 0) + 1)
    emit("customer.discount.created", made)
    return made


def discount_cents(discount_id: str, subtotal: int) -> int:
    """What a discount takes off an invoice, in cents."""
    made = find("discount", discount_id)
    coupon = made and find("coupon", made["source"]["coupon"])
    is_over = made and made["end"] and made["end"] <= now(made["customer"])
    if not coupon or is_over:
        return 0
    off = coupon["amount_off"] or round(subtotal * float(coupon["percent_off"] or 0) / 100)
    return max(0, min(subtotal, off))


def is_for_once(discount_id: str) -> bool:
    coupon = find("coupon", (get("discount", discount_id)["source"] or {}).get("coupon"))
    return bool(coupon and coupon["duration"] == "once")


# Tax


def require_tax_settings() -> None:
    """Raises ApiError, in the words of Stripe, while the account has no head office."""
    settings = next(iter(list_all("tax.settings")), None)
    if settings is None or settings["status"] != "active":
        raise ApiError(NO_HEAD_OFFICE, param="automatic_tax[enabled]")


def tax_rate(customer: dict) -> dict | None:
    """The rate of the customer's state; None where the account is not registered to collect any."""
    state = (customer["address"] or {}).get("state") or ""
    registered = [
        ((each["country_options"] or {}).get("us") or {}).get("state") for each in list_all("tax.registration")
    ]
    if state not in registered or state not in PERCENT:
        return None
    if known := list_all("tax_rate", state=state):
        return known[0]
    values = {"country": "US", "state": state, "percentage": PERCENT[state], "effective_percentage": PERCENT[state]}
    return make("tax_rate", display_name="Sales Tax", jurisdiction=state, tax_type="sales_tax", active=True, **values)


def tax_of(customer: dict, taxable: int) -> list[dict]:
    """The tax lines of an invoice for `taxable` cents, as an invoice states them."""
    rate = tax_rate(customer)
    reason = "standard_rated" if rate else "not_collecting"
    amount = round(taxable * rate["percentage"] / 100) if rate else 0
    details = {"tax_rate": rate["id"]} if rate else None
    line = {"amount": amount, "taxable_amount": taxable if rate else 0, "tax_behavior": "exclusive"}
    return [line | {"taxability_reason": reason, "type": "tax_rate_details", "tax_rate_details": details}]
