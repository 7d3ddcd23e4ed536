"""Refunds, disputes and the balance at Stripe."""

import pytest
import stripe

from tests.listings.contract.gateways import DAY_SECONDS


def charge_of(gateway, intent):
    return gateway.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds", "balance_transaction"]})


def test_a_charge_lists_ten_refunds_and_says_that_there_are_more(gateway):
    intent = gateway.pay(4900)
    for _ in range(11):
        gateway.v1.refunds.create({"charge": intent.latest_charge, "amount": 100})
    charge = charge_of(gateway, intent)
    assert (len(charge.refunds.data), charge.refunds.has_more, charge.amount_refunded) == (10, True, 1100)
    assert len(list(charge.refunds.auto_paging_iter())) == 11
    assert len(gateway.v1.refunds.list({"charge": charge.id, "limit": 100}).data) == 11


def test_the_refunds_of_a_charge_are_there_only_when_they_are_expanded(gateway):
    intent = gateway.pay(4900)
    assert "refunds" not in gateway.v1.charges.retrieve(intent.latest_charge)


def test_more_than_is_left_cannot_be_refunded(gateway):
    intent = gateway.pay(4900)
    gateway.v1.refunds.create({"charge": intent.latest_charge, "amount": 900})
    with pytest.raises(stripe.InvalidRequestError):
        gateway.v1.refunds.create({"charge": intent.latest_charge, "amount": 4001})
    gateway.v1.refunds.create({"charge": intent.latest_charge})
    assert charge_of(gateway, intent).refunded is True
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.v1.refunds.create({"charge": intent.latest_charge})
    assert refusal.value.code == "charge_already_refunded"


def test_a_declined_card_is_a_402_with_its_code(gateway):
    with pytest.raises(stripe.CardError) as refusal:
        gateway.pay(4900, "pm_card_chargeDeclined")
    assert (refusal.value.http_status, refusal.value.code) == (402, "card_declined")


def test_the_balance_keeps_the_fee_apart_from_the_amount(gateway):
    movement = charge_of(gateway, gateway.pay(4900)).balance_transaction
    assert (movement.amount, movement.net) == (4900, 4900 - movement.fee)
    assert movement.type in ("charge", "payment")


def dispute_of(gateway, intent):
    found = gateway.eventually(lambda: gateway.v1.disputes.list({"payment_intent": intent.id}).data)
    return gateway.v1.disputes.retrieve(found[0].id)


def test_a_dispute_withdraws_the_money_and_states_a_deadline(gateway):
    dispute = dispute_of(gateway, gateway.pay(4900, "pm_card_createDispute"))
    assert (dispute.status, dispute.amount) == ("needs_response", 4900)
    assert sum(each.amount for each in dispute.balance_transactions) == -4900
    assert dispute.evidence_details.due_by > dispute.created + DAY_SECONDS


def test_a_dispute_carries_no_customer_only_its_charge(gateway):
    dispute = dispute_of(gateway, gateway.pay(4900, "pm_card_createDispute"))
    assert "customer" not in dispute
    assert gateway.v1.charges.retrieve(dispute.charge).disputed is True


def test_an_inquiry_moves_no_money(gateway):
    dispute = dispute_of(gateway, gateway.pay(4900, "pm_card_createDisputeInquiry"))
    assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])


@pytest.mark.parametrize(
    ("words", "status", "left"), [("winning_evidence", "won", 0), ("losing_evidence", "lost", -4900)]
)
def test_evidence_decides_a_dispute(gateway, words, status, left):
    dispute = dispute_of(gateway, gateway.pay(4900, "pm_card_createDispute"))
    gateway.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": words}, "submit": True})
    closed = gateway.eventually(
        lambda: (found := gateway.v1.disputes.retrieve(dispute.id)).status == status and found,
    )
    assert sum(each.amount for each in closed.balance_transactions) == left


def test_what_is_disputed_cannot_be_refunded(gateway):
    dispute = dispute_of(gateway, gateway.pay(4900, "pm_card_createDispute"))
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.v1.refunds.create({"charge": dispute.charge})
    assert refusal.value.code == "charge_disputed"
