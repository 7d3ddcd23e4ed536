"""What happens at the fake Stripe server. Each change emits the events of Stripe.

money.py          payments, refunds, disputes, the balance
customers.py      customers, what they pay with, credit, coupons, tax
invoices.py       lines and sums, drafts, payments and their failure, void and uncollectible
subscriptions.py  begin, renew, pause, end
changes.py        another price, quantity or interval, with prorations; previews
checkout.py       payment pages
passing.py        what time brings to customers with a test clock
account.py        the settings of the account: tax, portal, payment methods, webhook endpoints

The pages, the tests and the drills reach them from here.
"""

from datetime import UTC, datetime

from listings.fake_stripe.billing.account import save_portal_settings
from listings.fake_stripe.billing.checkout import apply_code, complete, expire
from listings.fake_stripe.billing.checkout import settle as settle_session
from listings.fake_stripe.billing.customers import attach, credit, new_bank_account, new_card
from listings.fake_stripe.billing.invoices import attempt, decline, finalize, pay, settle, subscription_of
from listings.fake_stripe.billing.invoices import close as close_invoice
from listings.fake_stripe.billing.money import charge, close_dispute, dispute, escalate, find_charge, refund
from listings.fake_stripe.billing.passing import advance, advance_customer
from listings.fake_stripe.billing.subscriptions import (
    backdate,
    begin_period,
    cancel,
    end_at,
    end_at_period_end,
    expire_incomplete,
    pause,
    renew,
    subscribe,
)
from listings.fake_stripe.objects import list_all

__all__ = [
    "UTC", "advance", "advance_customer", "apply_code", "attach", "attempt", "backdate", "begin_period", "cancel",
    "charge", "close_dispute", "close_invoice", "complete", "credit", "datetime", "decline", "dispute", "end_at",
    "end_at_period_end", "escalate", "expire", "expire_incomplete", "finalize", "new_bank_account", "new_card",
    "newest_charge", "pause", "pay", "refund", "renew", "save_portal_settings", "settle", "settle_session",
    "subscribe", "subscription_of",
]  # fmt: skip


def newest_charge(subscription: dict) -> dict | None:
    """The latest payment of a subscription."""
    for invoice in list_all("invoice", customer=subscription["customer"], status="paid"):
        if (subscription_of(invoice) or {}).get("id") == subscription["id"]:
            for payment in list_all("invoice_payment", invoice=invoice["id"]):
                return find_charge(payment["payment"]["payment_intent"])
    return None
