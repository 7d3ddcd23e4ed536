"""Requests about invoices and their items."""

from listings.fake_stripe.api.routing import merged, route
from listings.fake_stripe.billing import customers, invoices
from listings.fake_stripe.objects import ApiError, get, list_all, make, now, save


@route("POST", "invoiceitems")
def create_invoice_item(params):
    customer = get("customer", params["customer"], "customer")
    values = {
        name: params[name] for name in ("customer", "currency", "description", "invoice", "metadata") if name in params
    }
    moment = now(customer["id"])
    period = {"start": moment, "end": moment}
    return make("invoiceitem", amount=int(params["amount"]), quantity=1, period=period, date=moment, **values)


@route("POST", "invoices")
def create_invoice(params):
    customer = get("customer", params["customer"], "customer")
    by_mail = params.get("collection_method") == "send_invoice"
    if by_mail and not (params.get("days_until_due") or params.get("due_date")):
        raise ApiError("You must pass `days_until_due` or `due_date` with `send_invoice`.", param="days_until_due")
    pending = [item for item in list_all("invoiceitem", customer=customer["id"]) if not item.get("invoice")]
    lines = [invoices.line(each["amount"], 1, each["period"], each["description"] or "") for each in pending]
    days = int(params["days_until_due"]) if params.get("days_until_due") else None
    method = params.get("collection_method", "charge_automatically")
    advances = bool(params.get("auto_advance", False))
    values = {"collection_method": method, "auto_advance": advances, "metadata": params.get("metadata", {})}
    if not advances:
        values["automatically_finalizes_at"] = None
    made = invoices.create(customer, None, "manual", lines, _days_until_due=days, **values)
    for item in pending:
        save(item, invoice=made["id"])
    return made


@route("POST", r"invoices/(in_[\w-]+)")
def update_invoice(params, invoice_id):
    invoice = get("invoice", invoice_id)
    if invoice["status"] != "draft" and params.keys() - {"metadata", "auto_advance", "description"}:
        raise ApiError("Finalized invoices can't be updated in this way.")
    changes = merged(invoice, params)
    if "auto_advance" in changes and invoice["status"] == "open":
        again = now(invoice["customer"]) + invoices.RETRY_SECONDS[0]
        changes["next_payment_attempt"] = again if changes["auto_advance"] else None
    return save(invoice, **changes)


@route("POST", r"invoices/([\w-]+)/finalize")
@route("POST", r"invoices/([\w-]+)/send")
def finalize_invoice(params, invoice_id):
    invoice = get("invoice", invoice_id)
    if invoice["status"] != "draft":
        return invoice
    return invoices.finalize(invoice | {"auto_advance": params.get("auto_advance", invoice["auto_advance"])})


@route("POST", r"invoices/([\w-]+)/pay")
def pay_invoice(params, invoice_id):
    invoice = get("invoice", invoice_id)
    if invoice["status"] == "draft":
        invoices.finalize(invoice)
    if params.get("paid_out_of_band"):
        return invoices.pay_elsewhere(invoice)
    customer = get("customer", invoice["customer"])
    named = params.get("payment_method")
    subscription = invoices.subscription_of(invoice)
    method = customers.method_named(named) if named else customers.method_of(subscription, customer)
    if method is None and invoice["amount_due"]:
        raise ApiError(invoices.NOTHING_TO_PAY_WITH, code="resource_missing")
    if method and customers.is_declined(method):
        invoices.decline(invoice)
        return declined()
    return invoices.pay(invoice, method=method)


def declined() -> dict:
    # Returned rather than raised: the failed attempt itself is saved.
    return {"error": {"type": "card_error", **invoices.DECLINED}}


@route("POST", r"invoices/([\w-]+)/void")
def void_invoice(params, invoice_id):
    return invoices.close(get("invoice", invoice_id), "void")


@route("POST", r"invoices/([\w-]+)/mark_uncollectible")
def mark_uncollectible(params, invoice_id):
    return invoices.close(get("invoice", invoice_id), "uncollectible")


@route("GET", r"invoices/([\w-]+)/lines")
def list_lines(params, invoice_id):
    return get("invoice", invoice_id)["lines"]


@route("DELETE", r"invoices/([\w-]+)")
def delete_invoice(params, invoice_id):
    invoice = get("invoice", invoice_id)
    if invoice["status"] != "draft" or invoices.subscription_of(invoice):
        raise ApiError("You can only delete draft invoices that belong to no subscription.")
    save(invoice, deleted=True)
    return {"id": invoice_id, "object": "invoice", "deleted": True}
