"""Customers, their cards, pages of lists, repeated requests and errors at Stripe."""

import uuid

import pytest
import stripe

from tests.listings.contract.gateways import KEY, STRIPE


def test_a_deleted_customer_says_so_and_takes_no_change(gateway):
    plan = gateway.subscribe()
    gateway.v1.customers.delete(plan.customer)
    assert gateway.v1.customers.retrieve(plan.customer).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.v1.customers.update(plan.customer, {"email": "new@practice.example"})
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_the_plans_of_a_deleted_customer_have_ended(gateway):
    plan = gateway.subscribe()
    gateway.v1.customers.delete(plan.customer)
    assert gateway.subscription(plan).status == "canceled"


def test_the_name_and_the_address_of_mails_can_be_changed(gateway):
    customer = gateway.customer()
    note = {"custom_fields": [{"name": "PO number", "value": "PO-7"}]}
    gateway.v1.customers.update(customer.id, {"email": "new@practice.example", "name": "B", "invoice_settings": note})
    changed = gateway.v1.customers.retrieve(customer.id)
    assert (changed.email, changed.name) == ("new@practice.example", "B")
    assert changed.invoice_settings.custom_fields[0].value == "PO-7"
    assert changed.invoice_settings.default_payment_method  # which was not sent


def test_an_invoice_carries_the_custom_fields_of_its_customer(gateway):
    customer = gateway.customer()
    note = {"custom_fields": [{"name": "PO number", "value": "PO-7"}]}
    gateway.v1.customers.update(customer.id, {"invoice_settings": note})
    [field] = gateway.invoice(gateway.subscribe(customer)).custom_fields
    assert (field.name, field.value) == ("PO number", "PO-7")


def test_a_card_says_when_it_expires(gateway):
    customer = gateway.customer()
    method = gateway.v1.payment_methods.retrieve(customer.invoice_settings.default_payment_method)
    assert method.type == "card"
    assert method.card.exp_year > 2000
    assert 1 <= method.card.exp_month <= 12


def test_lists_go_on_after_the_last_one_of_a_page(gateway):
    customer = gateway.customer()
    made = [
        gateway.v1.invoice_items.create({"customer": customer.id, "amount": 100, "currency": "usd"}) for _ in range(3)
    ]
    first = gateway.v1.invoice_items.list({"customer": customer.id, "limit": 2})
    assert (len(first.data), first.has_more) == (2, True)
    assert {each.id for each in first.auto_paging_iter()} == {each.id for each in made}


def test_a_page_has_a_hundred_at_most(gateway):
    with pytest.raises(stripe.InvalidRequestError):
        gateway.v1.customers.list({"limit": 101})


def test_a_repeated_key_gets_the_first_answer_and_refuses_another_request(gateway):
    options = stripe.RequestOptions(idempotency_key=uuid.uuid4().hex)
    customer = gateway.customer()
    values = {"customer": customer.id, "amount": 100, "currency": "usd"}
    first = gateway.v1.invoice_items.create(values, options)
    assert gateway.v1.invoice_items.create(values, options).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        gateway.v1.invoice_items.create(values | {"amount": 200}, options)


def test_what_does_not_exist_is_a_404_that_names_its_code(gateway):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.v1.subscriptions.retrieve("sub_none")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_a_wrong_key_is_a_401(gateway):
    wrong = stripe.StripeClient("sk_test_wrong", http_client=gateway.recorder.inner, max_network_retries=0)
    with pytest.raises(stripe.AuthenticationError) as refusal:
        wrong.v1.balance.retrieve()
    assert refusal.value.http_status == 401
    assert gateway.target != STRIPE or KEY not in str(refusal.value)
