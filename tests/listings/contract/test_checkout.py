"""Payment pages and the portal at Stripe, as far as a program can go: nobody can pay there but a browser."""

import uuid

import pytest
import stripe

BACK = "https://practice.example/back/"


def page(gateway, **values):
    price_data = {
        "currency": "usd",
        "unit_amount": 4900,
        "recurring": {"interval": "month"},
        "product": gateway.v1.products.create({"name": "Contract plan"}).id,
    }
    usual = {
        "mode": "subscription",
        "line_items": [{"quantity": 1, "price_data": price_data}],
        "success_url": BACK,
        "cancel_url": BACK,
    }
    return gateway.v1.checkout.sessions.create(usual | values)


def test_a_new_page_is_open_and_unpaid(gateway):
    made = page(gateway, client_reference_id="7", metadata={"order": "7"})
    assert (made.status, made.payment_status, made.amount_total) == ("open", "unpaid", 4900)
    assert made.url
    assert (made.client_reference_id, made.customer, made.subscription) == ("7", None, None)


def test_a_page_can_be_closed_once(gateway):
    made = page(gateway)
    assert gateway.v1.checkout.sessions.expire(made.id).status == "expired"
    assert gateway.v1.checkout.sessions.retrieve(made.id).url is None
    with pytest.raises(stripe.InvalidRequestError):
        gateway.v1.checkout.sessions.expire(made.id)


def test_a_page_is_for_a_customer_or_for_an_address_not_for_both(gateway):
    with pytest.raises(stripe.InvalidRequestError):
        page(gateway, customer=gateway.customer().id, customer_email="owner@practice.example")


def test_a_page_takes_codes_or_has_discounts_not_both(gateway):
    coupon = gateway.v1.coupons.create({"percent_off": 25, "duration": "once"})
    with pytest.raises(stripe.InvalidRequestError):
        page(gateway, allow_promotion_codes=True, discounts=[{"coupon": coupon.id}])


def test_an_unknown_product_is_named_in_the_refusal(gateway):
    price_data = {"currency": "usd", "unit_amount": 4900, "recurring": {"interval": "month"}, "product": "none-such"}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        page(gateway, line_items=[{"quantity": 1, "price_data": price_data}])
    assert refusal.value.code == "resource_missing"
    assert "product" in refusal.value.param


def test_a_product_can_have_an_id_of_ours_once(gateway):
    name = f"contract-{uuid.uuid4().hex}"
    assert gateway.v1.products.create({"id": name, "name": "Contract plan"}).id == name
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.v1.products.create({"id": name, "name": "Contract plan"})
    assert refusal.value.code == "resource_already_exists"


def test_the_portal_opens_with_settings_that_were_made_for_it(gateway):
    features = {"invoice_history": {"enabled": True}, "payment_method_update": {"enabled": True}}
    settings = gateway.v1.billing_portal.configurations.create({"features": features})
    customer = gateway.customer()
    opened = gateway.v1.billing_portal.sessions.create({"customer": customer.id, "configuration": settings.id})
    assert opened.url
    assert opened.customer == customer.id


def test_the_portal_refuses_settings_that_do_not_exist(gateway):
    with pytest.raises(stripe.InvalidRequestError):
        gateway.v1.billing_portal.sessions.create({"customer": gateway.customer().id, "configuration": "bpc_none"})
