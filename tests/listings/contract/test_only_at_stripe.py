"""What only Stripe itself can show. Collected with STRIPE_TEST_KEY alone."""

import pytest
import stripe

from tests.listings.contract.gateways import STRIPE

pytestmark = pytest.mark.parametrize("gateway", [pytest.param(STRIPE, marks=pytest.mark.enable_socket)], indirect=True)


def test_a_date_set_by_the_portal_is_not_undone_by_cancel_at_period_end(gateway):
    plan = gateway.subscribe()
    gateway.v1.subscriptions.update(plan.id, {"cancel_at": gateway.item(plan).current_period_end})
    gateway.v1.subscriptions.update(plan.id, {"cancel_at_period_end": False})
    assert gateway.subscription(plan).cancel_at is not None


def test_new_subscriptions_are_billed_flexibly(gateway):
    assert gateway.subscribe().billing_mode.type == "flexible"


def test_a_parameter_that_does_not_exist_is_refused(gateway):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.v1.customers.create({"colour": "blue"})
    assert refusal.value.code == "parameter_unknown"


def test_settings_made_by_the_api_are_not_the_default_ones_of_the_portal(gateway):
    made = gateway.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    assert made.is_default is False


def test_the_refusal_of_a_change_after_the_end_has_no_code(gateway):
    plan = gateway.subscribe()
    gateway.v1.subscriptions.cancel(plan.id)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        gateway.v1.subscriptions.update(plan.id, {"cancel_at_period_end": True})
    assert refusal.value.code is None
