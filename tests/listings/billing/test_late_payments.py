"""What is paid for a plan that had ended, or was to end, is refunded; and nobody's plan ends by an old row."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from listings.billing import endings, gateway, invariant, sync, writing
from listings.billing import sweep as sweeping
from listings.billing.sweep import sweep
from listings.fake_stripe import billing, faults, objects
from listings.models import LedgerEntry, Order, PlanPrice, Subscription
from listings.models.order import NotForSale
from tests.factories import TOWSON, make_clinic
from tests.listings.billing.payments import (
    buy,
    deliver_all_events,
    gateway_subscription,
    order,
    order_by_bank,
    pay,
    price_of,
)
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


def settle(*subscriptions) -> None:
    deliver_all_events()
    sweep()
    for subscription in subscriptions:
        subscription.refresh_from_db()
    assert invariant.differences(against_gateway=True) == []


def left_cents() -> int:
    return sum(LedgerEntry.objects.values_list("amount_cents", flat=True))


def bank_pays(placed) -> None:
    billing.settle_session(objects.get("checkout.session", placed.session_id), succeeds=True)


# Paid after the end


@pytest.mark.parametrize("finish", [endings.finish_endings, sweep])
def test_a_renewal_that_is_charged_after_the_end_was_wanted_is_refunded(finish):
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        subscription = buy()
        traveller.shift(60)
        subscription.want_end("owner")
        traveller.shift(60)
        billing.renew(gateway_subscription(subscription))  # the gateway could not be told yet
        assert left_cents() == 4900
        finish()
        settle(subscription)
    assert sorted(LedgerEntry.objects.values_list("kind", "amount_cents")) == [
        ("payment", 4900),
        ("payment", 4900),
        ("refund", -4900),
    ]
    assert left_cents() == 4900  # the month that was paid and given


@pytest.mark.parametrize("end", ["owner", "suspended", "at the gateway"])
def test_a_bank_debit_that_arrives_after_the_end_is_refunded_and_its_page_says_so(client, end):
    listing = make_listing()
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        placed = order_by_bank(listing)
        subscription = Subscription.objects.get()
        client.force_login(subscription.buyer)
        if end == "owner":
            client.post(reverse("listings:plan_end", args=[subscription.pk]))
        elif end == "suspended":
            listing.suspend("The phone is dead.")
        else:
            billing.cancel(gateway_subscription(subscription))
        settle(subscription)
        assert not subscription.is_open_at_gateway
        assert "Nothing was charged" in client.get(placed.get_absolute_url()).text
        traveller.shift(timedelta(days=4))
        bank_pays(placed)
        settle(subscription)
    assert [entry.amount_cents for entry in LedgerEntry.objects.order_by("pk")] == [4900, -4900]
    page = client.get(placed.get_absolute_url()).text
    assert "Nothing was charged" not in page
    assert "refunded in full" in page


def test_a_bank_debit_for_a_second_plan_is_refunded_when_it_arrives():
    listing = make_listing()
    placed = order_by_bank(listing)
    Order.objects.update(status="expired")
    first = Subscription.objects.get()
    with pytest.raises(NotForSale, match="on its way"):
        Order.place(listing, listing.owners.get(), price_of())
    Subscription.objects.update(is_surplus=True)
    settle(first)
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        bank_pays(placed)
        settle(first)
    assert left_cents() == 0


def test_a_late_payment_that_cannot_be_refunded_is_a_difference_until_it_is():
    placed = order_by_bank(make_listing())
    billing.cancel(gateway_subscription(Subscription.objects.get()))
    deliver_all_events()
    bank_pays(placed)
    faults.inject("500", "refunds", method="POST", count=50)
    deliver_all_events()
    sweep()
    [found] = invariant.differences(against_gateway=True)
    assert (found.kind, "$49.00 of it is kept" in found.sentence) == ("kept-for-nothing", True)
    faults.clear()
    settle()
    assert left_cents() == 0


def test_two_jobs_that_refund_the_same_payment_refund_it_once():
    subscription = buy()
    payment = LedgerEntry.objects.get()
    left = payment.refundable_cents()
    gateway.refund(payment, 2400, left)
    sync.sync_customer(subscription.customer_id)  # another job records it between the decision and the call
    gateway.refund(payment, 2400, left)
    deliver_all_events()
    assert payment.refundable_cents() == 2500


def test_a_plan_that_the_gateway_forgot_is_still_refunded_as_it_was_wanted():
    subscription = buy()
    subscription.want_end("operator", "all")
    writing.close_gone(subscription.pk)
    subscription.refresh_from_db()
    assert (subscription.is_open_at_gateway, subscription.end_done_at) == (False, None)
    billing.cancel(gateway_subscription(subscription))
    settle(subscription)
    assert left_cents() == 0
    assert subscription.end_done_at is not None


# Old rows


def test_a_plan_that_was_paid_a_moment_ago_is_not_ended_for_its_grace():
    subscription = buy()
    invoice = billing.renew(gateway_subscription(subscription), succeeds=False)
    settle(subscription)
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=True):
        billing.pay(invoice)  # and no event of it arrived
        sweeping._follow_up(subscription.pk)
        subscription.refresh_from_db()
        assert (subscription.status, subscription.is_open_at_gateway) == ("active", True)
        settle(subscription)
    assert left_cents() == 9800


def test_an_end_is_written_only_while_its_reason_holds():
    subscription = buy()
    assert not subscription.want_end("grace-over", status="past-due")
    assert subscription.want_end("grace-over", status="active")


def announced_for(subscription) -> PlanPrice:
    tomorrow = timezone.localdate() + timedelta(days=1)
    price = PlanPrice.objects.create(plan=subscription.plan, interval="month", amount_cents=5900, starts_on=tomorrow)
    subscription.announce_price(price)
    return price


def test_a_change_of_plan_ends_an_announcement_even_if_the_worker_dies_after_it():
    subscription = buy()
    announced_for(subscription)
    yearly = price_of(interval="year")
    gateway.change_plan(subscription, yearly, 1)
    deliver_all_events()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=True):
        sweep()
        subscription.refresh_from_db()
    assert (subscription.price, subscription.next_price, subscription.gateway_interval) == (yearly, None, "year")


def test_an_announced_price_of_another_interval_is_never_due():
    subscription = buy()
    announced_for(subscription)
    subscription.price = price_of(interval="year")
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert subscription.due_price is None


# One rule for who may take a plan


def test_a_listing_whose_own_plan_is_open_takes_no_other_in_any_way():
    owner = make_owner()
    group = buy(make_listing(owner), slug="group")
    other = make_listing(owner, make_clinic("Own", at=TOWSON))
    own = buy(other)
    billing.dispute(billing.newest_charge(gateway_subscription(own)))
    settle(own)
    other.refresh_from_db()
    assert not other.is_paid
    with pytest.raises(ValueError, match="disputed"):
        group.cover(other)
    with pytest.raises(ValueError, match="disputed"):
        group.move_to(other)
    with pytest.raises(NotForSale, match="disputed"):
        Order.place(other, owner, price_of())
    assert "disputed" in other.why_no_plan()
    assert other.why_no_plan(but=own) == ""


def test_what_is_bought_on_an_old_page_for_a_clinic_that_a_group_covers_is_ended_and_refunded():
    owner = make_owner()
    group = buy(make_listing(owner), slug="group")
    other = make_listing(owner, make_clinic("Own", at=TOWSON))
    placed = order(other)
    group.cover(other)
    pay(placed)
    settle(group)
    own = Subscription.objects.get(order=placed)
    assert (own.end_reason, own.is_open_at_gateway, group.is_open_at_gateway) == ("surplus", False, True)
    refunded = LedgerEntry.objects.filter(subscription=own).values_list("amount_cents", flat=True)
    assert sum(refunded) == 0
