"""Who orders and pays for a listing that has several owners, and on whose account."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from listings.fake_stripe import objects
from listings.models import BillingAccount, Membership, Order, Payer, Subscription
from tests.factories import make_clinic
from tests.listings.billing.payments import buy, order, price_of
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing():
    listing = make_listing(clinic=make_clinic("Harbor"))
    Membership.objects.update(owner_since=timezone.now() - timedelta(days=100))
    return listing


@pytest.fixture
def newcomer(listing):
    """An owner since a moment ago, beside another one."""
    newcomer = make_owner("newcomer")
    listing.add_member(newcomer, "owner")
    return newcomer


def choose(listing) -> str:
    return reverse("listings:plan_choose", args=[listing.pk])


def test_who_was_named_as_a_payer_buys_with_an_account_of_their_own(client, listing):
    account = buy(listing).account
    partner = make_owner("partner")
    Payer.objects.create(account=account, user=partner)
    other = make_listing(partner, clinic=make_clinic("Annex"))
    client.force_login(partner)
    form = {"price": price_of(interval="year").pk, "pays_by": "invoice", "name": "Annex Hospital"}
    client.post(choose(other), form)
    bought = Order.objects.get(listing=other).account
    assert bought != account
    assert bought.name == "Annex Hospital"
    assert [payer.user for payer in bought.payers.all()] == [partner]
    assert BillingAccount.objects.get(pk=account.pk).name != "Annex Hospital"
    assert BillingAccount.objects.for_buyer(partner, livemode=False) == bought, "and with it again"


def test_another_owner_is_not_led_to_a_payment_page_of_which_they_are_no_payer(client, listing):
    placed = order(listing)
    partner = make_owner("partner")
    Membership.objects.create(listing=listing, user=partner, owner_since=timezone.now() - timedelta(days=50))
    client.force_login(partner)
    page = client.get(placed.get_absolute_url()).text
    assert placed.session_url not in page
    assert "Order it yourself" in page
    Order.objects.filter(pk=placed.pk).update(session_id=None, session_url="")
    assert "Try again" not in client.get(placed.get_absolute_url()).text
    client.post(reverse("listings:order_retry", args=[placed.pk]))
    placed.refresh_from_db()
    assert placed.session_id is None
    client.post(choose(listing), {"price": price_of().pk})
    own = Order.objects.get(listing=listing, status="open")
    assert own.buyer == partner
    assert own.session_url in client.get(own.get_absolute_url()).text


def test_a_new_owner_withdraws_no_order_of_the_others(client, listing, newcomer):
    placed = order(listing)
    client.force_login(newcomer)
    page = client.post(choose(listing), {"price": price_of().pk}).text
    assert "Another owner has ordered a plan for this listing" in page
    assert Order.objects.get() == placed
    placed.refresh_from_db()
    assert placed.status == "open"


def test_a_new_owner_ends_no_plan_and_names_no_payer(client, listing, newcomer):
    subscription = buy(listing)
    client.force_login(newcomer)
    end = reverse("listings:plan_end", args=[subscription.pk])
    for page in (client.get(end), client.post(end), client.get(reverse("listings:billing", args=[listing.pk]))):
        assert "You became an owner only recently." in page.text
    assert end not in page.text
    subscription.refresh_from_db()
    assert (subscription.ends_at_period_end, subscription.end_wanted_at) == (False, None)
    subscription.account.add_payer(newcomer)
    address = reverse("listings:add_payer", args=[subscription.account_id])
    friend = make_owner("friend")
    Membership.objects.create(listing=listing, user=friend)
    assert "You became an owner only recently." in client.post(address, {"email": friend.email}, follow=True).text
    assert not subscription.account.has_payer(friend)
    assert client.post(end).status_code == 302, "a payer ends what they pay"
    assert Subscription.objects.get().ends_at_period_end


def test_the_form_takes_as_much_of_a_purchase_order_number_as_invoices_show(client, listing):
    client.force_login(listing.owners.get())
    form = {"price": price_of(interval="year").pk, "pays_by": "invoice", "name": "Harbor County Hospital"}
    assert "at most 30 characters" in client.post(choose(listing), form | {"po_number": "7" * 31}).text
    client.post(choose(listing), form | {"po_number": "7" * 30})
    customer = objects.get("customer", BillingAccount.objects.get().customer_id)
    assert customer["invoice_settings"]["custom_fields"][0]["value"] == "7" * 30
