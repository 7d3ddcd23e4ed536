"""Requests about payments, refunds, disputes and the balance."""

from listings.fake_stripe.api.invoices import declined
from listings.fake_stripe.api.routing import page, route
from listings.fake_stripe.billing import customers, invoices, money
from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import get, list_all, make, save


@route("GET", "balance")
def balance(params):
    total = sum(thing["net"] for thing in list_all("balance_transaction"))
    part = {"amount": total, "currency": "usd", "source_types": {"card": total}}
    empty = part | {"amount": 0, "source_types": {"card": 0}}
    reserved = [{"amount": 0, "currency": "usd"}]
    return {
        "object": "balance",
        "livemode": False,
        "connect_reserved": reserved,
        "available": [part],
        "pending": [empty],
    }


@route("POST", "charges")
def create_charge(params):
    return money.charge(int(params["amount"]), params["currency"], customer=params.get("customer"))


@route("POST", "payment_intents")
def create_payment_intent(params):
    values = {"amount": int(params["amount"]), "currency": params["currency"], "customer": params.get("customer")}
    intent = make("payment_intent", **values, status="requires_payment_method", metadata=params.get("metadata", {}))
    emit("payment_intent.created", intent)
    return confirm_payment_intent(params, intent["id"]) if params.get("confirm") else intent


@route("POST", r"payment_intents/([\w-]+)/confirm")
def confirm_payment_intent(params, intent_id):
    intent = get("payment_intent", intent_id)
    name = str(params.get("payment_method") or "")
    method = customers.method_named(name) if name else None
    if method and customers.is_declined(method):
        save(intent, last_payment_error={"type": "card_error", **invoices.DECLINED})
        emit("payment_intent.payment_failed", intent)
        return declined()
    made = money.charge(intent["amount"], intent["currency"], intent["customer"], intent, method=method)
    if customers.DISPUTE_CARD in name:
        money.dispute(made, inquiry=customers.INQUIRY_CARD in name, reason="fraudulent")
    return get("payment_intent", intent_id)


@route("POST", "refunds")
def create_refund(params):
    charge_id = params.get("charge") or get("payment_intent", params["payment_intent"])["latest_charge"]
    amount = int(params["amount"]) if "amount" in params else None
    made = money.refund(get("charge", charge_id, "charge"), amount)
    note = {name: params[name] for name in ("metadata", "reason") if name in params}
    return save(made, **note) if note else made


@route("GET", r"charges/([\w-]+)/refunds")
def list_refunds(params, charge_id):
    get("charge", charge_id)
    return page(list_all("refund", charge=charge_id), params, f"charges/{charge_id}/refunds")


@route("POST", r"disputes/([\w-]+)")
def update_dispute(params, dispute_id):
    disputed = get("dispute", dispute_id)
    if evidence := params.get("evidence"):
        save(disputed, evidence=(disputed["evidence"] or {}) | evidence)
        if params.get("submit") is False:
            return disputed
        money.submit_evidence(disputed)
        # The words that decide a dispute in test mode.
        decided = {"winning_evidence": "won", "losing_evidence": "lost"}.get(evidence.get("uncategorized_text"))
        return money.close_dispute(disputed, decided) if decided else disputed
    return save(disputed, metadata=disputed["metadata"] | params.get("metadata", {}))


@route("POST", r"disputes/([\w-]+)/close")
def close_dispute(params, dispute_id):
    return money.close_dispute(get("dispute", dispute_id), "lost")
