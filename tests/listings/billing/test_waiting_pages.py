"""Owners' pages that wait for the gateway leave threads to searches, and are limited by account."""

import pytest
from django.urls import reverse
from django_q.models import OrmQ

from core.page_calls import MOST_PAGES, PLACES
from core.rate_limits import LIMITS, Limit
from listings.billing import sync
from listings.models import Order
from tests.listings.billing.payments import buy, order, pay, price_of
from tests.listings.factories import make_listing

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy():
    """As many pages as may wait do so already."""
    taken = [PLACES.acquire(blocking=False) for _ in range(MOST_PAGES)]
    assert all(taken)
    yield
    PLACES.release(len(taken))


def test_while_others_wait_a_page_says_so_at_once_and_keeps_what_was_chosen(client, busy):
    listing = make_listing()
    client.force_login(listing.owners.get())
    page = client.post(reverse("listings:plan_choose", args=[listing.pk]), {"price": price_of().pk}, follow=True).text
    assert "did not answer in time" in page
    assert "your order is kept" in page
    assert Order.objects.get().attempt == 1


def test_a_page_gives_its_place_back(client):
    subscription = buy()
    client.force_login(subscription.account.payers.get().user)
    address = reverse("listings:plan_change", args=[subscription.pk])
    for _ in range(MOST_PAGES + 1):
        assert "$490.00 a year" in client.post(address, {"price": price_of(interval="year").pk}).text


def test_a_job_asks_while_all_places_of_pages_are_taken(request):
    placed = order()
    pay(placed)
    request.getfixturevalue("busy")
    sync.sync_order_of(str(placed.pk))
    placed.refresh_from_db()
    assert placed.status == "paid"


@pytest.mark.parametrize("name", ["plan_choose", "order_retry", "plan_change", "plan_end", "plan_keep", "portal"])
def test_pages_that_ask_the_gateway_are_limited_by_account(client, monkeypatch, name):
    subscription = buy()
    client.force_login(subscription.account.payers.get().user)
    monkeypatch.setitem(LIMITS, "gateway by account", Limit(0, 10))
    address = {
        "plan_choose": reverse("listings:plan_choose", args=[subscription.listing_id]),
        "order_retry": reverse("listings:order_retry", args=[subscription.order_id]),
        "portal": reverse("listings:billing_portal", args=[subscription.account_id]),
    }.get(name) or reverse(f"listings:{name}", args=[subscription.pk])
    assert client.post(address).status_code == 429


def test_a_page_that_is_loaded_often_queues_one_look_at_its_order(client):
    placed = order()
    client.force_login(placed.buyer)
    for number in range(3):
        client.get(placed.get_absolute_url(), {"back": number + 1})
    assert OrmQ.objects.count() == 1
