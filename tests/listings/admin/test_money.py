"""The money home, and its queues on the first page: what differs comes first, deadlines are named, figures add up."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from listings.billing.money import Money, monthly_cents
from listings.fake_stripe import billing, objects
from listings.models import LedgerEntry, Order, Subscription
from tests.factories import make_clinic
from tests.listings.billing.payments import buy, deliver_all_events, gateway_subscription
from tests.listings.factories import (
    BillingDifferenceFactory,
    LedgerEntryFactory,
    OrderFactory,
    SubscriptionFactory,
    make_listing,
    make_owner,
)

pytestmark = pytest.mark.django_db


def words_of(response) -> str:
    assert response.status_code == 200
    return " ".join(strip_tags(response.content.decode()).replace("\xa0", " ").split())


def home(desk) -> str:
    return words_of(desk.get(reverse("admin:listings_money")))


def test_where_gateway_and_site_differ_comes_first_and_each_kind_is_0_when_all_is_right(desk):
    text = home(desk)
    for kind in ("Charged, and not given", "Given, and not charged", "Nobody can end it", "Two plans for one listing"):
        assert f"0 {kind}" in text
    BillingDifferenceFactory(kind="charged-not-given", sentence="A plan is charged for nothing.")
    text = home(desk)
    assert "1 Charged, and not given" in text
    assert text.index("Charged, and not given") < text.index("Monthly recurring revenue")
    first_page = words_of(desk.get(reverse("admin:index")))
    assert "1 difference between the gateway and the site" in first_page
    assert "Money: 1 difference between the gateway and the site" in first_page


def test_the_month_the_revenue_and_what_is_due_add_up(desk):
    monthly = buy(make_listing(clinic=make_clinic("Harbor")))
    buy(make_listing(make_owner("two"), make_clinic("Towson")), interval="year")
    billing.refund(billing.newest_charge(gateway_subscription(monthly)), 900)
    deliver_all_events()
    money = Money(timezone.localdate())
    month = money.month["usd"]
    assert (month.payments, month.refunds) == (4900 + 49000, -900)
    assert (
        month.net
        == month.payments + month.refunds - month.fees
        == sum(LedgerEntry.objects.values_list("net_cents", flat=True))
    )
    assert money.mrr.cents == {"usd": 4900 + round(49000 / 12)}
    assert [str(each.listing) for each in money.due] in (["Harbor"], [])  # a month may have 31 days
    text = home(desk)
    assert "$89.83" in text
    assert "−$9.00" in text


def test_what_ends_or_rests_brings_no_revenue():
    subscription = buy()
    billing.end_at_period_end(gateway_subscription(subscription), True)
    deliver_all_events()
    assert Money(timezone.localdate()).mrr.cents == {}


def test_a_failing_plan_counts_its_price_not_its_invoice():
    plan = Subscription(
        owed_cents=5194,
        next_charge_cents=5194,
        gateway_unit_amount_cents=4900,
        gateway_quantity=1,
        gateway_interval="month",
    )
    assert monthly_cents(plan) == 4900


def test_failing_and_recovered(desk):
    subscription = buy()
    billing.renew(gateway_subscription(subscription), succeeds=False)
    deliver_all_events()
    money = Money(timezone.localdate())
    assert (money.failing, money.failing_sum.cents, money.recovered) == ([subscription], {"usd": 4900}, [])
    assert "1 plan whose payment failed" in words_of(desk.get(reverse("admin:index")))
    [invoice] = [each for each in objects.list_all("invoice") if each["status"] == "open"]
    billing.pay(invoice)
    deliver_all_events()
    money = Money(timezone.localdate())
    assert (money.failing, money.recovered) == ([], [subscription])


def test_a_dispute_is_shown_with_the_day_by_which_the_bank_wants_an_answer(desk):
    subscription = buy()
    billing.dispute(billing.newest_charge(gateway_subscription(subscription)))
    deliver_all_events()
    due = timezone.localtime(Subscription.objects.get().dispute_due_by)
    assert f"{due:%Y-%m-%d %H:%M}" in home(desk)
    first_page = words_of(desk.get(reverse("admin:index")))
    assert f"1 disputed payment to answer by {due:%b} {due.day}" in first_page
    assert "soon over" not in first_page
    Subscription.objects.update(dispute_due_by=timezone.now() + timedelta(days=2))
    assert "soon over" in words_of(desk.get(reverse("admin:index")))
    changelist = reverse("admin:listings_subscription_changelist") + "?dispute=answer"
    assert desk.get(changelist).context["cl"].result_count == 1
    Subscription.objects.update(dispute_status="under_review")
    assert desk.get(changelist).context["cl"].result_count == 0


def test_an_order_that_stands_with_an_error_is_in_a_queue(desk):
    OrderFactory()
    Order.objects.filter(pk=OrderFactory().pk).update(error_for_operator="Set the head office.")
    assert "1 order that stands with an error" in words_of(desk.get(reverse("admin:index")))
    assert "Set the head office." in home(desk)
    found = desk.get(reverse("admin:listings_order_changelist") + "?stands=error").context["cl"]
    assert found.result_count == 1


def test_who_may_not_see_the_ledger_sees_no_money(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("writer", is_staff=True))
    assert client.get(reverse("admin:listings_money")).status_code == 403
    assert client.get(reverse("admin:listings_ledger_export"), {"month": "2026-11"}).status_code == 403
    assert "Money" not in words_of(client.get(reverse("admin:index")))


def test_the_home_costs_the_same_however_many_plans_there_are(desk, django_assert_max_num_queries):
    for number in range(4):
        plan = SubscriptionFactory(order__listing__practice_name=f"Clinic {number}", next_charge_cents=4900)
        Subscription.objects.filter(pk=plan.pk).update(listing=plan.order.listing, gateway_currency="usd")
        LedgerEntryFactory(subscription=plan)
    with django_assert_max_num_queries(30):
        home(desk)
