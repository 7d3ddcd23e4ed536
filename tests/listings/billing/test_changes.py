"""Changing a plan: what the gateway says it costs is shown first, and what is confirmed is what is charged."""

import re

import pytest
from django.urls import reverse

from listings.fake_stripe import billing, objects
from listings.fake_stripe.billing import customers
from tests.factories import make_clinic
from tests.listings.billing.payments import buy, gateway_subscription, price_of
from tests.listings.factories import make_listing

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    """A group plan, three times ten clinics."""
    return buy(make_listing(clinic=make_clinic("Harbor Clinic")), slug="group", quantity=3)


def address_of(subscription):
    return reverse("listings:plan_change", args=[subscription.pk])


def log_in(client, subscription):
    client.force_login(subscription.account.payers.get().user)


def seen(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(price|quantity|seen_cents|nonce)" value="([^"]*)"', page))


def item_of(subscription) -> tuple[int, int, str]:
    [item] = gateway_subscription(subscription)["items"]["data"]
    return item["price"]["unit_amount"], item["quantity"], item["price"]["recurring"]["interval"]


def test_a_change_shows_what_it_costs_and_changes_nothing_before_it_is_confirmed(client):
    subscription = buy()
    log_in(client, subscription)
    assert "Featured, $490.00 a year" in client.get(address_of(subscription)).text
    page = client.post(address_of(subscription), {"price": price_of(interval="year").pk}).text
    assert "$490.00 a year" in page
    assert "Time not used on Featured" in page
    assert "Unused time" not in page
    assert item_of(subscription) == (4900, 1, "month")
    page = client.post(address_of(subscription), seen(page), follow=True).text
    assert "Your plan is changed" in page
    assert item_of(subscription) == (49000, 1, "year")
    subscription.refresh_from_db()
    assert subscription.price == price_of(interval="year")


def test_more_and_fewer_tens_are_sent_with_price_and_interval(client, group):
    log_in(client, group)
    for quantity in (4, 2):
        form = {"price": group.price_id, "quantity": quantity}
        page = client.post(address_of(group), form).text
        client.post(address_of(group), seen(page))
        assert item_of(group) == (29000, quantity, "month")
        group.refresh_from_db()
        assert group.quantity == quantity


def test_fewer_clinics_than_the_plan_covers_are_refused(client, group):
    log_in(client, group)
    payer = group.account.payers.get().user
    for number in range(10):
        group.cover(make_listing(payer, make_clinic(f"Clinic {number}")))
    for form in ({"price": group.price_id, "quantity": 1}, {"price": price_of().pk}):
        answer = client.post(address_of(group), form)
        assert answer.status_code == 422
        assert "your plan covers 11 now" in answer.text
    same = client.post(address_of(group), {"price": group.price_id, "quantity": 3})
    assert "the plan that you have now" in same.text
    assert item_of(group) == (29000, 3, "month")


def test_an_amount_that_has_moved_is_shown_again(client):
    subscription = buy()
    log_in(client, subscription)
    form = {"price": price_of(interval="year").pk, "seen_cents": "1"}
    page = client.post(address_of(subscription), form).text
    assert "has changed since you saw it" in page
    assert item_of(subscription) == (4900, 1, "month")
    for odd in ("", "x", "٣", "9" * 30):
        assert client.post(address_of(subscription), form | {"seen_cents": odd}).status_code == 200
    assert item_of(subscription) == (4900, 1, "month")


def test_a_plan_that_ends_is_not_changed(client):
    subscription = buy()
    log_in(client, subscription)
    client.post(reverse("listings:plan_end", args=[subscription.pk]))
    answer = client.get(address_of(subscription), follow=True)
    assert "cannot be changed now" in answer.text
    assert objects.get("subscription", subscription.gateway_id)["cancel_at_period_end"] is True


def test_a_declined_change_changes_nothing_and_another_card_pays_for_it_at_once(client):
    subscription = buy()
    log_in(client, subscription)
    customer = objects.get("customer", subscription.customer_id)
    bad, good = billing.new_card(test_card="pm_card_chargeCustomerFail"), billing.new_card()
    for card, amount in ((bad, 4900), (good, 49000)):
        customers.attach(card, customer)
        objects.save(gateway_subscription(subscription), default_payment_method=card["id"])
        page = client.post(address_of(subscription), {"price": price_of(interval="year").pk}).text
        answer = client.post(address_of(subscription), seen(page), follow=True).text
        assert ("Your card was declined" in answer) == (card is bad)
        assert item_of(subscription)[0] == amount
