"""Each kind of difference is found, kept while it lasts, and gone when its cause is."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from core import dashboard
from listings.billing import endings, invariant, sync
from listings.billing.gateway_types import GatewayError
from listings.billing.sweep import sweep
from listings.fake_stripe import billing, faults, objects
from listings.models import BillingDifference, Listing, Order, PaymentEvent, Subscription
from tests.listings.billing.payments import buy, deliver_all_events, gateway_subscription, order, pay, price_of
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


def update(**values):
    Subscription.objects.update(**values)


def change_at_gateway(**values):
    objects.save(objects.list_all("subscription")[0], **values)


def reset_the_quantity():
    [item] = (found := objects.list_all("subscription")[0])["items"]["data"]
    item["quantity"] = 7
    objects.save(found)


BREAKS = {
    "charged-not-given": lambda: Listing.objects.update(status="draft"),
    "given-not-charged": lambda: update(is_open_at_gateway=False),
    "nobody-can-end": lambda: Subscription.objects.get().account.payers.all().delete(),
    "two-for-one": lambda: update(is_surplus=True),
    "amount-differs": lambda: update(gateway_unit_amount_cents=100),
    "status-differs": lambda: change_at_gateway(status="past_due"),
    "end-not-done": lambda: update(end_wanted_at=timezone.now() - timedelta(hours=1)),
    "unknown-status": lambda: update(gateway_status="frozen"),
    "needs-operator": lambda: Order.objects.update(status="open", error_for_operator="Tax is not set up."),
}


@pytest.mark.parametrize("kind", BREAKS)
def test_each_kind_of_difference_is_found(kind):
    buy()
    assert invariant.differences(against_gateway=True) == []
    BREAKS[kind]()
    assert kind in {each.kind for each in invariant.differences(against_gateway=True)}


def test_a_plan_that_is_open_at_the_gateway_alone_is_found_and_another_business_is_not_ours():
    placed = order()
    pay(placed)
    [found] = invariant.differences(against_gateway=True)
    assert (found.kind, str(placed.pk) in found.sentence) == ("unknown-at-site", True)
    change_at_gateway(metadata={"order": "of another shop"})
    assert invariant.differences(against_gateway=True) == []


def test_another_quantity_at_the_gateway_is_a_difference_and_is_not_adopted():
    subscription = buy()
    reset_the_quantity()
    assert [each.kind for each in invariant.differences(against_gateway=True)] == ["status-differs"]
    sync.sync_customer(subscription.customer_id)
    [found] = invariant.differences(against_gateway=True)
    assert (found.kind, "$343.00" in found.sentence) == ("amount-differs", True)


def test_a_difference_is_the_first_queue_and_goes_when_it_is_gone():
    buy()
    BREAKS["needs-operator"]()
    invariant.prove()
    invariant.prove()
    row = BillingDifference.objects.get()
    assert (row.resolved_at, row.kind) == (None, "needs-operator")
    assert dashboard.queues()[0].name == "billing_difference"
    assert dashboard.queues()[0].waiting()[0] == 1
    with pytest.raises(CommandError, match="charged, given and shown"):
        call_command("reconcile_payments")
    Order.objects.update(status="paid")
    invariant.prove()
    row.refresh_from_db()
    assert row.resolved_at is not None
    call_command("reconcile_payments")


def test_a_wrong_key_is_told_to_the_operator_and_the_event_stays_due():
    subscription = buy()
    billing.dispute(billing.newest_charge(gateway_subscription(subscription)))
    faults.inject("401", "", count=100)
    deliver_all_events()
    faults.clear()
    assert PaymentEvent.objects.filter(applied_at=None, error__startswith="GatewayMisconfigured").exists()
    assert "needs-operator" in {each.kind for each in invariant.differences(against_gateway=False)}


def test_a_state_that_could_not_be_fetched_for_a_wrong_key_is_fetched_once_the_key_is_right():
    subscription = buy()
    faults.inject("401", "", count=1)
    with pytest.raises(GatewayError):
        sync.sync_customer(subscription.customer_id)
    assert "needs-operator" in {each.kind for each in invariant.differences(against_gateway=False)}
    sweep()  # nothing else has happened: no message waits, nothing is due
    assert invariant.differences(against_gateway=True) == []


def test_a_plan_that_is_given_needs_no_gateway_and_ends_with_its_day():
    listing = make_listing(make_owner("partner"))
    given = Subscription.objects.give(listing, price_of(), timezone.now() + timedelta(days=9), livemode=False)
    listing.refresh_from_db()
    assert listing.is_paid
    assert invariant.differences(against_gateway=True) == []
    given.want_end("operator")
    endings.finish_endings()
    listing.refresh_from_db()
    assert not listing.is_paid
    assert invariant.differences(against_gateway=True) == []
