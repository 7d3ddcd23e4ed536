"""Subscriptions at Stripe: what a change does, what their statuses mean, how they end."""

import pytest
import stripe

from tests.listings.contract.gateways import DAY_SECONDS

MONTH_DAYS = 32  # more than any month
DRAFT_HOURS = 2  # more than the hour of a draft


def test_a_new_price_sets_the_quantity_to_one_unless_a_quantity_is_sent(gateway):
    group = gateway.subscribe(cents=29000, quantity=3)
    item = gateway.item(group)
    dearer = gateway.price(31000)
    gateway.v1.subscriptions.update(group.id, {"items": [{"id": item.id, "price": dearer.id}]})
    assert gateway.item(group).quantity == 1


def test_a_new_price_that_is_sent_with_a_quantity_keeps_it(gateway):
    group = gateway.subscribe(cents=29000, quantity=3)
    change = {"id": gateway.item(group).id, "price": gateway.price(31000).id, "quantity": 3}
    gateway.v1.subscriptions.update(group.id, {"items": [change], "proration_behavior": "none"})
    item = gateway.item(group)
    assert (item.quantity, item.price.unit_amount) == (3, 31000)


def test_a_new_quantity_alone_keeps_the_price(gateway):
    group = gateway.subscribe(cents=29000)
    gateway.v1.subscriptions.update(group.id, {"items": [{"id": gateway.item(group).id, "quantity": 2}]})
    item = gateway.item(group)
    assert (item.quantity, item.price.unit_amount) == (2, 29000)


def test_another_interval_begins_a_new_period_and_is_charged_at_once(gateway):
    plan = gateway.subscribe(cents=4900, interval="month")
    first = plan.latest_invoice
    change = {"id": gateway.item(plan).id, "price": gateway.price(49000, "year").id, "quantity": 1}
    gateway.v1.subscriptions.update(plan.id, {"items": [change], "proration_behavior": "always_invoice"})
    item, invoice = gateway.item(plan), gateway.invoice(plan)
    assert item.current_period_end - item.current_period_start > 360 * DAY_SECONDS
    assert (invoice.id != first, invoice.status, invoice.total) == (True, "paid", 49000 - 4900)


def test_two_ways_to_end_in_one_request_are_refused(gateway):
    plan = gateway.subscribe()
    end = gateway.item(plan).current_period_end
    with pytest.raises(stripe.InvalidRequestError):
        gateway.v1.subscriptions.update(plan.id, {"cancel_at_period_end": True, "cancel_at": end})


def test_an_end_with_the_period_can_be_undone_until_it_comes(gateway):
    plan = gateway.subscribe()
    gateway.v1.subscriptions.update(plan.id, {"cancel_at_period_end": True})
    ending = gateway.subscription(plan)
    assert ending.status == "active"
    assert ending.cancel_at_period_end
    gateway.v1.subscriptions.update(plan.id, {"cancel_at_period_end": False})
    kept = gateway.subscription(plan)
    assert (kept.cancel_at_period_end, kept.cancel_at) == (False, None)


def test_an_end_on_a_day_is_undone_by_an_empty_cancel_at(gateway):
    plan = gateway.subscribe()
    end = gateway.item(plan).current_period_end
    gateway.v1.subscriptions.update(plan.id, {"cancel_at": end})
    ending = gateway.subscription(plan)
    assert (ending.status, ending.cancel_at) == ("active", end)
    gateway.v1.subscriptions.update(plan.id, {"cancel_at": ""})
    assert gateway.subscription(plan).cancel_at is None


def test_what_ends_with_its_period_is_canceled_then_and_charges_nothing_more(gateway):
    plan = gateway.subscribe()
    gateway.v1.subscriptions.update(plan.id, {"cancel_at_period_end": True})
    gateway.pass_time(plan.customer, days=MONTH_DAYS)
    assert gateway.subscription(plan).status == "canceled"
    assert len(gateway.v1.invoices.list({"customer": plan.customer}).data) == 1


def test_a_first_payment_that_fails_leaves_it_incomplete_and_a_day_later_expired(gateway):
    plan = gateway.subscribe(gateway.customer("pm_card_chargeCustomerFail"))
    assert (plan.status, gateway.invoice(plan).status) == ("incomplete", "open")
    gateway.pass_time(plan.customer, hours=25)
    assert (gateway.subscription(plan).status, gateway.invoice(plan).status) == ("incomplete_expired", "void")


def test_a_trial_charges_nothing_until_it_is_over(gateway):
    plan = gateway.subscribe(trial_period_days=7)
    assert (plan.status, gateway.invoice(plan).total) == ("trialing", 0)
    gateway.pass_time(plan.customer, days=7, hours=DRAFT_HOURS)
    assert (gateway.subscription(plan).status, gateway.invoice(plan).amount_paid) == ("active", 4900)


def test_a_trial_that_ends_without_a_card_can_pause(gateway):
    rule = {"end_behavior": {"missing_payment_method": "pause"}}
    plan = gateway.subscribe(gateway.customer(card=None), trial_period_days=7, trial_settings=rule)
    gateway.pass_time(plan.customer, days=7, hours=DRAFT_HOURS)
    assert gateway.subscription(plan).status == "paused"


def test_a_renewal_is_a_draft_for_an_hour_and_then_paid(gateway):
    plan = gateway.subscribe()
    days = (gateway.item(plan).current_period_end - gateway.item(plan).current_period_start) / DAY_SECONDS
    gateway.pass_time(plan.customer, days=days, hours=0.5)
    draft = gateway.invoice(plan)
    assert (draft.status, draft.billing_reason, draft.number) == ("draft", "subscription_cycle", None)
    gateway.pass_time(plan.customer, hours=DRAFT_HOURS)
    assert (gateway.invoice(plan).id, gateway.invoice(plan).status) == (draft.id, "paid")


def test_a_renewal_that_fails_is_past_due_with_an_open_invoice_that_is_tried_again(gateway):
    plan = gateway.subscribe()
    gateway.replace_card(plan.customer, "pm_card_chargeCustomerFail")
    gateway.pass_time(plan.customer, days=31, hours=DRAFT_HOURS)
    invoice = gateway.invoice(plan)
    assert (gateway.subscription(plan).status, invoice.status) == ("past_due", "open")
    assert invoice.attempt_count == 1
    assert invoice.next_payment_attempt > invoice.created
    gateway.replace_card(plan.customer, "pm_card_visa")
    gateway.v1.invoices.pay(invoice.id)
    assert (gateway.subscription(plan).status, gateway.invoice(plan).status) == ("active", "paid")


def test_a_pause_of_collection_keeps_it_active_and_voids_the_next_invoices(gateway):
    plan = gateway.subscribe()
    gateway.v1.subscriptions.update(plan.id, {"pause_collection": {"behavior": "void"}})
    gateway.pass_time(plan.customer, days=31, hours=DRAFT_HOURS)
    paused = gateway.subscription(plan)
    assert (paused.status, paused.pause_collection.behavior) == ("active", "void")
    assert (gateway.invoice(plan).status, gateway.invoice(plan).amount_paid) == ("void", 0)
    gateway.v1.subscriptions.update(plan.id, {"pause_collection": ""})
    assert gateway.subscription(plan).pause_collection is None


def test_an_invoice_by_mail_is_open_until_its_due_date_and_then_past_due(gateway):
    by_mail = {"collection_method": "send_invoice", "days_until_due": 5}
    plan = gateway.subscribe(gateway.customer(card=None), **by_mail)
    assert plan.status == "active"
    gateway.pass_time(plan.customer, hours=DRAFT_HOURS)
    invoice = gateway.invoice(plan)
    assert (invoice.status, invoice.collection_method) == ("open", "send_invoice")
    assert 4 * DAY_SECONDS < invoice.due_date - invoice.created < 6 * DAY_SECONDS
    gateway.pass_time(plan.customer, days=6)
    assert gateway.subscription(plan).status == "past_due"


def test_a_draft_by_mail_is_closed_without_being_mailed_and_is_void_before_the_plan_ends(gateway):
    plan = gateway.subscribe(gateway.customer(card=None), collection_method="send_invoice", days_until_due=30)
    invoice = gateway.invoice(plan)
    assert invoice.status == "draft"
    assert gateway.v1.invoices.finalize_invoice(invoice.id, {"auto_advance": False}).status == "open"
    assert gateway.v1.invoices.void_invoice(invoice.id).status == "void"
    assert gateway.subscription(plan).status == "active"
    assert gateway.v1.subscriptions.cancel(plan.id).status == "canceled"


def test_an_invoice_by_mail_needs_a_number_of_days(gateway):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.subscribe(gateway.customer(), collection_method="send_invoice")
    assert "days_until_due" in str(refusal.value)


def test_what_has_ended_can_be_neither_changed_nor_ended_again(gateway):
    plan = gateway.subscribe()
    gateway.v1.subscriptions.cancel(plan.id)
    with pytest.raises(stripe.InvalidRequestError):
        gateway.v1.subscriptions.update(plan.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.v1.subscriptions.cancel(plan.id)
    assert refusal.value.code == "resource_missing"


def test_without_anything_to_pay_with_nothing_begins(gateway):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.subscribe(gateway.customer(card=None))
    assert refusal.value.code == "resource_missing"


def test_lists_leave_canceled_ones_out_unless_all_are_asked_for(gateway):
    plan = gateway.subscribe()
    gateway.v1.subscriptions.cancel(plan.id)
    assert gateway.v1.subscriptions.list({"customer": plan.customer}).data == []
    assert [each.id for each in gateway.v1.subscriptions.list({"customer": plan.customer, "status": "all"})] == [
        plan.id
    ]


def test_metadata_is_added_to_and_an_empty_value_removes_a_name(gateway):
    plan = gateway.subscribe(metadata={"order": "7", "note": "x"})
    gateway.v1.subscriptions.update(plan.id, {"metadata": {"note": "", "more": "y"}})
    assert gateway.subscription(plan).metadata.to_dict() == {"order": "7", "more": "y"}


def test_a_change_that_is_declined_changes_nothing_and_its_key_repeats_the_refusal(gateway):
    plan = gateway.subscribe()
    first = plan.latest_invoice
    item = {"id": gateway.item(plan).id, "price": gateway.price(49000, "year").id, "quantity": 1}
    change = {"items": [item], "proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"}
    gateway.replace_card(plan.customer, "pm_card_chargeCustomerFail")
    key = f"declined-{plan.id}"
    with pytest.raises(stripe.CardError):
        gateway.v1.subscriptions.update(plan.id, change, {"idempotency_key": key})
    there = gateway.subscription(plan)
    assert (there.status, there.latest_invoice, gateway.item(plan).price.unit_amount) == ("active", first, 4900)
    gateway.replace_card(plan.customer, "pm_card_visa")
    with pytest.raises(stripe.CardError):
        gateway.v1.subscriptions.update(plan.id, change, {"idempotency_key": key})
    gateway.v1.subscriptions.update(plan.id, change, {"idempotency_key": f"{key}-again"})
    assert gateway.item(plan).price.unit_amount == 49000
