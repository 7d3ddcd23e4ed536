"""What happens to money and plans at the fake Stripe server, where the contract cannot reach."""

import pytest

from listings.fake_stripe import api, billing
from listings.fake_stripe.objects import ApiError, get, list_all, make, set_control
from tests.listings.billing.payments import buy, gateway_subscription

pytestmark = pytest.mark.django_db
KEY = {"Authorization": "Bearer sk_test_development"}


def plan() -> dict:
    return gateway_subscription(buy())


# Disputes and other currencies


def test_an_inquiry_that_becomes_a_dispute_withdraws_the_money_then():
    dispute = billing.dispute(billing.charge(4900, "usd"), inquiry=True)
    assert (dispute["status"], dispute["balance_transactions"]) == ("warning_needs_response", [])
    billing.escalate(dispute)
    assert (dispute["status"], len(dispute["balance_transactions"])) == ("needs_response", 1)
    with pytest.raises(ApiError):
        billing.escalate(dispute)


@pytest.mark.parametrize("status", ["won", "lost"])
def test_an_inquiry_closes_without_a_winner(status):
    dispute = billing.dispute(billing.charge(4900, "usd"), inquiry=True)
    assert billing.close_dispute(dispute, status)["status"] == "warning_closed"
    assert dispute["balance_transactions"] == []


def test_a_dispute_has_two_weeks_and_evidence_stops_no_clock():
    dispute = billing.dispute(billing.charge(4900, "usd"))
    assert dispute["evidence_details"]["due_by"] - dispute["created"] == 14 * 86400
    body = "evidence[uncategorized_text]=We met.&submit=true"
    status, shown = api.answer("POST", f"/v1/disputes/{dispute['id']}", body, KEY)
    assert (status, shown["status"], shown["evidence_details"]["has_evidence"]) == (200, "under_review", True)


def test_a_payment_in_another_currency_is_on_the_balance_in_dollars():
    charge = billing.charge(1000, "eur")
    movement = get("balance_transaction", charge["balance_transaction"])
    assert (charge["currency"], movement["currency"], movement["amount"]) == ("eur", "usd", 1080)
    assert movement["exchange_rate"] == 1.08
    billing.refund(charge)
    assert sum(each["amount"] for each in list_all("balance_transaction")) == 0


# The end of retries


@pytest.mark.parametrize("rule", ["past_due", "unpaid", "canceled"])
def test_after_the_last_retry_the_rule_of_the_account_holds(rule):
    set_control("billing", {"after_retries": rule})
    subscription = plan()
    invoice = billing.renew(subscription, succeeds=False)
    for _ in range(3):
        assert gateway_subscription(subscription["id"])["status"] == "past_due"
        billing.decline(invoice)
    assert gateway_subscription(subscription["id"])["status"] == rule
    assert invoice["next_payment_attempt"] is None


def test_only_the_latest_invoice_makes_a_plan_active_again():
    subscription = plan()
    older = billing.renew(subscription, succeeds=False)
    billing.renew(subscription, succeeds=False)
    billing.pay(older)
    assert gateway_subscription(subscription["id"])["status"] == "past_due"


# Time


def test_days_pass_for_one_customer():
    subscription = plan()
    billing.advance_customer(subscription["customer"], 32)
    paid = list_all("invoice", customer=subscription["customer"], status="paid")
    assert [invoice["billing_reason"] for invoice in paid] == ["subscription_cycle", "subscription_create"]


def test_a_clock_moves_neither_back_nor_past_two_periods():
    subscription = plan()
    clock = billing.advance_customer(subscription["customer"], 1)
    for moment in (clock["frozen_time"], clock["frozen_time"] + 90 * 86400):
        with pytest.raises(ApiError, match="frozen_time"):
            billing.advance(clock, moment)


def test_an_end_set_in_the_portal_is_a_day_and_ends_the_plan_then(client):
    subscription = plan()
    billing.end_at(subscription, "max_period_end")
    assert (subscription["cancel_at_period_end"], subscription["status"]) == (False, "active")
    billing.end_at_period_end(subscription, False)
    assert subscription["cancel_at"] is not None
    billing.renew(subscription)
    assert subscription["status"] == "canceled"


# The account


def test_the_portal_refuses_in_the_words_of_stripe_until_its_settings_are_saved(client):
    customer = make("customer", email="owner@practice.example")
    status, answer = api.answer("POST", "/v1/billing_portal/sessions", f"customer={customer['id']}", KEY)
    assert status == 400
    assert answer["error"]["message"].startswith("No configuration provided and your test mode default configuration")
    client.post("/fake-stripe/", {"choice": "portal-settings"})
    assert api.answer("POST", "/v1/billing_portal/sessions", f"customer={customer['id']}", KEY)[0] == 200


@pytest.mark.parametrize(
    ("choice", "before", "status"),
    [
        ("void", "fail", "void"),
        ("write-off", "fail", "uncollectible"),
        ("draft", "", "draft"),
        ("renew", "pause", "void"),
    ],
)
def test_the_control_page_sets_invoices_aside(client, choice, before, status):
    subscription = plan()
    for pressed in filter(None, (before, choice)):
        client.post("/fake-stripe/", {"choice": pressed, "subscription": subscription["id"]})
    assert list_all("invoice")[0]["status"] == status
