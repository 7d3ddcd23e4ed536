"""The buttons of the control page: what the world does to a subscription, a payment or the account."""

from collections.abc import Mapping

from listings.fake_stripe import billing
from listings.fake_stripe.objects import ApiError, find, get, list_all

BACKDATE_DAYS = 15  # one more than the grace period


def summary(subscription: dict) -> dict:
    """What the pages show of a subscription."""
    [item] = subscription["items"]["data"]
    charge = billing.newest_charge(subscription)
    dispute = next(iter(list_all("dispute", charge=charge["id"])), None) if charge else None
    customer = find("customer", subscription["customer"]) or {}
    return {
        "id": subscription["id"],
        "status": subscription["status"],
        "ends_at_period_end": subscription["cancel_at_period_end"] or bool(subscription["cancel_at"]),
        "email": customer.get("email") or subscription["customer"],
        "amount": item["price"]["unit_amount"] * item["quantity"] / 100,
        "interval": item["price"]["recurring"]["interval"],
        "period_end": billing.datetime.fromtimestamp(item["current_period_end"], billing.UTC),
        "charge": charge,
        "dispute": dispute,
        "is_payable": subscription["status"] in ("past_due", "unpaid"),
        "is_paused": bool(subscription["pause_collection"]),
        "is_over": subscription["status"] in ("canceled", "incomplete_expired"),
    }


def _pay_open_invoice(subscription):
    for invoice in list_all("invoice", customer=subscription["customer"], status="open"):
        billing.pay(invoice)


def _close_open_invoices(subscription, status):
    for invoice in list_all("invoice", customer=subscription["customer"], status="open"):
        billing.close_invoice(invoice, status)


def _charge(subscription) -> dict:
    charge = billing.newest_charge(subscription)
    if charge is None:
        raise ApiError("Nothing has been paid yet.")
    return charge


def _dispute(subscription) -> dict:
    disputes = list_all("dispute", charge=_charge(subscription)["id"])
    if not disputes:
        raise ApiError("There is no dispute.")
    return disputes[0]


OF_SUBSCRIPTION = {
    "renew": billing.renew,
    "fail": lambda subscription: billing.renew(subscription, succeeds=False),
    "draft": billing.begin_period,
    "retry": _pay_open_invoice,
    "void": lambda subscription: _close_open_invoices(subscription, "void"),
    "write-off": lambda subscription: _close_open_invoices(subscription, "uncollectible"),
    "age": lambda subscription: billing.backdate(subscription, BACKDATE_DAYS),
    "cancel": billing.cancel,
    "end": lambda subscription: billing.end_at(subscription, "max_period_end"),
    "pause": lambda subscription: billing.pause(subscription, {"behavior": "void"}),
    "resume": lambda subscription: billing.pause(subscription, ""),
    "refund": lambda subscription: billing.refund(_charge(subscription)),
    "dispute": lambda subscription: billing.dispute(_charge(subscription)),
    "inquiry": lambda subscription: billing.dispute(_charge(subscription), inquiry=True),
    "escalate": lambda subscription: billing.escalate(_dispute(subscription)),
    "win": lambda subscription: billing.close_dispute(_dispute(subscription), "won"),
    "lose": lambda subscription: billing.close_dispute(_dispute(subscription), "lost"),
}
OF_SESSION = {
    "bank-pays": lambda session: billing.settle_session(session, succeeds=True),
    "bank-refuses": lambda session: billing.settle_session(session, succeeds=False),
}


def run(choice: str, posted: Mapping[str, str]) -> None:
    """Press a button. Raises ApiError if it cannot be done; an unknown name does nothing."""
    if choice in OF_SUBSCRIPTION:
        OF_SUBSCRIPTION[choice](get("subscription", posted.get("subscription", "")))
    elif choice in OF_SESSION:
        OF_SESSION[choice](get("checkout.session", posted.get("session", "")))
    elif choice == "portal-settings":
        billing.save_portal_settings()
