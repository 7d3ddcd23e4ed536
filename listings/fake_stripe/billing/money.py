"""Payments, refunds, disputes and the balance.

Amounts are in cents. Sources, by the names of Stripe's pages: "How disputes work", "Responding to inquiries",
"Adaptive Pricing", "Currency conversions", "ACH Direct Debit".
"""

from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, build, find, get, list_all, make, now, save

DISPUTE_FEE_CENTS = 1500
EVIDENCE_DAYS = 14
SETTLEMENT = "usd"
RATES = {"usd": 1.0, "cad": 0.73, "eur": 1.08, "gbp": 1.27, "mxn": 0.055}  # US dollars for one of each
OPEN, CLOSED = ("needs_response", "under_review"), ("won", "lost", "warning_closed", "prevented")
INQUIRY = "warning_needs_response"


def charge(
    amount: int,
    currency: str,
    customer: str | None = None,
    intent: dict | None = None,
    *,
    method: dict | None = None,
    presentment: str | None = None,
) -> dict:
    """A payment that succeeds; one from a bank account is pending until `settle`.

    With Adaptive Pricing the buyer pays in the currency `presentment`: amounts stay in ours, and a note says what the
    buyer saw.
    """
    intent = intent or make("payment_intent", amount=amount, currency=currency, customer=customer)
    made = build("charge", amount=amount, currency=currency, customer=customer, payment_intent=intent["id"])
    made |= {"amount_captured": 0, "amount_refunded": 0, "paid": False, "status": "pending"}
    made |= {"payment_method": method and method["id"], "payment_method_details": _details(method)}
    if presentment:
        seen = round(amount / RATES[presentment])
        note = {"presentment_amount": seen, "presentment_currency": presentment}
        made["presentment_details"] = intent["presentment_details"] = note
    make("charge", **made)
    if method and method["type"] == "us_bank_account":
        save(intent, status="processing", latest_charge=made["id"], payment_method=method["id"])
        emit("charge.pending", made)
        emit("payment_intent.processing", intent)
        return made
    return _succeed(made, intent)


def _details(method: dict | None) -> dict | None:
    if method is None:
        return None
    kind = method["type"]
    return {"type": kind, kind: {name: (method[kind] or {}).get(name) for name in ("brand", "last4", "country")}}


def _succeed(made: dict, intent: dict) -> dict:
    fee = round(made["amount"] * 0.029) + 30
    movement = move("charge", made["amount"], fee, made["currency"], made["id"], customer=made["customer"])
    values = {"balance_transaction": movement["id"], "captured": True, "paid": True, "status": "succeeded"}
    save(made, amount_captured=made["amount"], receipt_url=f"/fake-stripe/receipts/{made['id']}/", **values)
    save(intent, status="succeeded", amount_received=made["amount"], latest_charge=made["id"])
    emit("charge.succeeded", made)
    emit("payment_intent.succeeded", intent)
    return made


def settle(made: dict, *, succeeds: bool) -> dict:
    """The bank pays a pending charge, or sends it back."""
    if made["status"] != "pending":
        raise ApiError("This payment is not pending.")
    intent = get("payment_intent", made["payment_intent"])
    if succeeds:
        return _succeed(made, intent)
    fail(made, intent, "insufficient_funds", "The customer's account has insufficient funds to cover this payment.")
    return made


def fail(made: dict, intent: dict, code: str, message: str) -> None:
    save(made, status="failed", paid=False, failure_code=code, failure_message=message)
    error = {"type": "card_error", "code": code, "message": message}
    save(intent, status="requires_payment_method", last_payment_error=error)
    emit("charge.failed", made)
    emit("payment_intent.payment_failed", intent)


def move(
    kind: str, amount: int, fee: int, currency: str, source: str, *, customer: str | None = None, category: str = ""
) -> dict:
    """A movement on the balance, which is kept in US dollars whatever the buyer paid in."""
    rate = RATES[currency]
    amount = round(amount * rate)
    return make(
        "balance_transaction",
        created=now(customer),
        amount=amount,
        available_on=now(customer),
        currency=SETTLEMENT,
        exchange_rate=None if currency == SETTLEMENT else rate,
        fee=fee,
        net=amount - fee,
        reporting_category=category or ("dispute" if kind == "adjustment" else kind),
        source=source,
        status="available",
        type=kind,
    )


def refund(charge_made: dict, amount: int | None = None) -> dict:
    remaining = charge_made["amount"] - charge_made["amount_refunded"]
    amount = remaining if amount is None else amount
    if charge_made["status"] != "succeeded":
        raise ApiError(f"Charge {charge_made['id']} has not succeeded.", code="charge_not_refundable")
    if not remaining:
        raise ApiError(f"Charge {charge_made['id']} has already been refunded.", code="charge_already_refunded")
    if charge_made["disputed"] and any(each["status"] in OPEN for each in disputes_of(charge_made)):
        raise ApiError(
            f"Charge {charge_made['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if not 0 < amount <= remaining:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({remaining})"
        raise ApiError(message, param="amount")
    customer = charge_made["customer"]
    made = build("refund", amount=amount, charge=charge_made["id"], currency=charge_made["currency"])
    made["created"] = now(customer)
    movement = move("refund", -amount, 0, charge_made["currency"], made["id"], customer=customer)
    made |= {"balance_transaction": movement["id"], "status": "succeeded"}
    make("refund", **made | {"payment_intent": charge_made["payment_intent"]})
    refunded_amount = charge_made["amount_refunded"] + amount
    save(charge_made, amount_refunded=refunded_amount, refunded=refunded_amount == charge_made["amount"])
    emit("charge.refunded", charge_made)
    emit("refund.created", made)
    return made


# Disputes


def disputes_of(charge_made: dict) -> list[dict]:
    return list_all("dispute", charge=charge_made["id"])


def dispute(charge_made: dict, *, inquiry: bool = False, reason: str = "general") -> dict:
    """The cardholder disputes a payment: the money is withdrawn. An inquiry only asks, and moves none."""
    if charge_made["disputed"]:
        raise ApiError("This charge is disputed already.")
    made = build("dispute", amount=charge_made["amount"], charge=charge_made["id"], currency=charge_made["currency"])
    started = now(charge_made["customer"])
    due = {"due_by": started + EVIDENCE_DAYS * 86400, "submission_count": 0}
    made |= {"created": started, "reason": reason, "payment_intent": charge_made["payment_intent"]}
    made |= {"evidence_details": made["evidence_details"] | due, "is_charge_refundable": inquiry}
    made |= {"status": INQUIRY if inquiry else "needs_response"}
    made["payment_method_details"] = {"type": "card", "card": {"case_type": "inquiry" if inquiry else "chargeback"}}
    make("dispute", **made)
    save(charge_made, disputed=True)
    emit("charge.dispute.created", made)
    if not inquiry:
        _withdraw(made)
    return made


def _withdraw(disputed: dict) -> None:
    movement = move("adjustment", -disputed["amount"], DISPUTE_FEE_CENTS, disputed["currency"], disputed["id"])
    save(disputed, balance_transactions=[*disputed["balance_transactions"], movement])
    emit("charge.dispute.funds_withdrawn", disputed)


def escalate(disputed: dict) -> dict:
    """An inquiry becomes a dispute."""
    if disputed["status"] != INQUIRY:
        raise ApiError("This dispute is no open inquiry.")
    save(disputed, status="needs_response", is_charge_refundable=False)
    emit("charge.dispute.updated", disputed)
    _withdraw(disputed)
    return disputed


def submit_evidence(disputed: dict) -> dict:
    if disputed["status"] in CLOSED:
        raise ApiError("This dispute is closed already.")
    details = disputed["evidence_details"]
    details |= {"has_evidence": True, "submission_count": (details["submission_count"] or 0) + 1}
    status = "warning_under_review" if disputed["status"].startswith("warning") else "under_review"
    save(disputed, status=status, evidence_details=details)
    emit("charge.dispute.updated", disputed)
    return disputed


def close_dispute(disputed: dict, status: str) -> dict:
    """Close a dispute: "won" returns the money, "lost" does not; an inquiry closes as "warning_closed"."""
    if disputed["status"] in CLOSED:
        raise ApiError("This dispute is closed already.")
    if disputed["status"].startswith("warning"):
        status = "warning_closed"
    save(disputed, status=status)
    if status in ("won", "prevented") and disputed["balance_transactions"]:
        movement = move("adjustment", disputed["amount"], 0, disputed["currency"], disputed["id"])
        save(disputed, balance_transactions=[*disputed["balance_transactions"], movement])
        emit("charge.dispute.funds_reinstated", disputed)
    emit("charge.dispute.closed", disputed)
    return disputed


def find_charge(intent_id: str | None) -> dict | None:
    intent = find("payment_intent", intent_id)
    return find("charge", intent["latest_charge"]) if intent else None
