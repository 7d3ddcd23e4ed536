"""Invoices at Stripe: previews, prorations, credit, discounts, and those that are never paid."""

import pytest
import stripe

HALF_A_MONTH = 15


def test_a_preview_shows_what_a_change_charges_and_changes_nothing(gateway):
    plan = gateway.subscribe(cents=4900)
    gateway.pass_time(plan.customer, days=HALF_A_MONTH)
    change = {"id": gateway.item(plan).id, "price": gateway.price(9900).id, "quantity": 1}
    details = {"items": [change], "proration_behavior": "always_invoice"}
    asked = {"customer": plan.customer, "subscription": plan.id, "subscription_details": details}
    preview = gateway.v1.invoices.create_preview(asked)
    assert gateway.item(plan).price.unit_amount == 4900
    assert len(preview.lines.data) == 2  # the unused time, the remaining time
    assert 0 < preview.total < 9900 - 4900
    gateway.v1.subscriptions.update(plan.id, {"items": [change], "proration_behavior": "always_invoice"})
    assert gateway.invoice(plan).total == preview.total


def test_prorations_wait_for_the_next_invoice_unless_they_are_invoiced_at_once(gateway):
    plan = gateway.subscribe(cents=4900)
    gateway.pass_time(plan.customer, days=HALF_A_MONTH)
    first = gateway.invoice(plan).id
    change = {"id": gateway.item(plan).id, "price": gateway.price(9900).id, "quantity": 1}
    gateway.v1.subscriptions.update(plan.id, {"items": [change], "proration_behavior": "create_prorations"})
    assert gateway.invoice(plan).id == first
    following = gateway.v1.invoices.create_preview({"customer": plan.customer, "subscription": plan.id})
    assert len(following.lines.data) == 3
    assert 9900 < following.total < 9900 + 5000


def test_without_proration_the_new_price_counts_from_the_next_period(gateway):
    plan = gateway.subscribe(cents=4900)
    change = {"id": gateway.item(plan).id, "price": gateway.price(9900).id, "quantity": 1}
    gateway.v1.subscriptions.update(plan.id, {"items": [change], "proration_behavior": "none"})
    following = gateway.v1.invoices.create_preview({"customer": plan.customer, "subscription": plan.id})
    assert (following.total, len(following.lines.data)) == (9900, 1)


def test_a_plan_that_has_ended_has_no_next_invoice(gateway):
    plan = gateway.subscribe()
    gateway.v1.subscriptions.cancel(plan.id)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.v1.invoices.create_preview({"customer": plan.customer, "subscription": plan.id})
    assert refusal.value.http_status in (400, 404)


def test_credit_lowers_the_next_invoice(gateway):
    plan = gateway.subscribe(cents=4900)
    noted = gateway.v1.customers.balance_transactions.create(plan.customer, {"amount": -1000, "currency": "usd"})
    assert (noted.amount, noted.ending_balance) == (-1000, -1000)
    assert gateway.v1.customers.retrieve(plan.customer).balance == -1000
    gateway.pass_time(plan.customer, days=31, hours=2)
    renewal = gateway.invoice(plan)
    assert (renewal.total, renewal.amount_due, renewal.amount_paid) == (4900, 3900, 3900)
    assert gateway.v1.customers.retrieve(plan.customer).balance == 0


def test_a_promotion_code_takes_its_share_off_each_invoice(gateway):
    coupon = gateway.v1.coupons.create({"percent_off": 25, "duration": "forever"})
    code = gateway.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}})
    plan = gateway.subscribe(cents=4900, discounts=[{"promotion_code": code.id}])
    invoice = gateway.invoice(plan)
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (4900, 3675, 3675)
    assert [each.amount for each in invoice.total_discount_amounts] == [1225]
    assert gateway.v1.promotion_codes.retrieve(code.id).times_redeemed == 1


def test_a_coupon_for_once_lowers_the_first_invoice_alone(gateway):
    coupon = gateway.v1.coupons.create({"amount_off": 900, "currency": "usd", "duration": "once"})
    plan = gateway.subscribe(cents=4900, discounts=[{"coupon": coupon.id}])
    assert gateway.invoice(plan).total == 4000
    gateway.pass_time(plan.customer, days=31, hours=2)
    assert gateway.invoice(plan).total == 4900


def test_a_code_can_be_used_only_while_it_is_active(gateway):
    coupon = gateway.v1.coupons.create({"percent_off": 25, "duration": "once"})
    code = gateway.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}})
    gateway.v1.promotion_codes.update(code.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError):
        gateway.subscribe(discounts=[{"promotion_code": code.id}])


def test_a_promotion_code_names_its_coupon_inside_promotion(gateway):
    coupon = gateway.v1.coupons.create({"percent_off": 25, "duration": "once"})
    with pytest.raises(stripe.InvalidRequestError):
        gateway.v1.promotion_codes.create({"coupon": coupon.id})
    made = gateway.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}})
    assert (made.promotion.coupon, made.active) == (coupon.id, True)


def draft(gateway, customer):
    gateway.v1.invoice_items.create({"customer": customer.id, "amount": 2000, "currency": "usd"})
    return gateway.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})


def test_a_void_invoice_is_never_paid(gateway):
    invoice = draft(gateway, gateway.customer())
    gateway.v1.invoices.finalize_invoice(invoice.id, {"auto_advance": False})
    assert gateway.v1.invoices.void_invoice(invoice.id).status == "void"
    with pytest.raises(stripe.InvalidRequestError):
        gateway.v1.invoices.pay(invoice.id)


def test_an_invoice_that_was_written_off_can_still_be_voided_and_a_draft_cannot(gateway):
    customer = gateway.customer()
    invoice = draft(gateway, customer)
    with pytest.raises(stripe.InvalidRequestError):
        gateway.v1.invoices.void_invoice(invoice.id)
    gateway.v1.invoices.finalize_invoice(invoice.id, {"auto_advance": False})
    assert gateway.v1.invoices.mark_uncollectible(invoice.id).status == "uncollectible"
    assert gateway.v1.invoices.void_invoice(invoice.id).status == "void"


def test_a_declined_card_is_an_error_and_leaves_the_invoice_open(gateway):
    invoice = draft(gateway, gateway.customer("pm_card_chargeCustomerFail"))
    gateway.v1.invoices.finalize_invoice(invoice.id, {"auto_advance": False})
    with pytest.raises(stripe.CardError) as refusal:
        gateway.v1.invoices.pay(invoice.id)
    assert (refusal.value.http_status, refusal.value.code) == (402, "card_declined")
    assert gateway.v1.invoices.retrieve(invoice.id).status == "open"


def test_an_invoice_paid_by_check_moves_nothing_on_the_balance(gateway):
    invoice = draft(gateway, gateway.customer())
    gateway.v1.invoices.finalize_invoice(invoice.id, {"auto_advance": False})
    paid = gateway.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_remaining) == ("paid", 0)
    assert gateway.v1.charges.list({"customer": invoice.customer}).data == []


def test_the_payments_of_an_invoice_are_there_when_they_are_expanded(gateway):
    plan = gateway.subscribe()
    [payment] = gateway.invoice(plan).payments.data
    assert (payment.status, payment.amount_paid, payment.payment.type) == ("paid", 4900, "payment_intent")
    assert "payments" not in gateway.v1.invoices.retrieve(gateway.invoice(plan).id)
