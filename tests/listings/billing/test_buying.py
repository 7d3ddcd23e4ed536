"""Buying a plan: after approval, by card, bank debit or invoice, once, with all that it means said before."""

import pytest
from django.urls import reverse
from django_q.models import OrmQ

from core import email
from core.models import OutgoingEmail
from listings.billing import gateway
from listings.billing.gateway.client import client as stripe_client
from listings.fake_stripe import billing as fake
from listings.fake_stripe import faults, objects
from listings.models import BillingAccount, Order, Subscription
from tests.factories import make_clinic
from tests.listings.billing import payments
from tests.listings.billing.payments import buy, deliver_all_events, gateway_subscription, price_of
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db
NO_COOKIE = "We set no cookie"


@pytest.fixture
def listing():
    return make_listing(clinic=make_clinic("Harbor Clinic"))


def choose(listing) -> str:
    return reverse("listings:plan_choose", args=[listing.pk])


def test_the_page_says_what_a_plan_contains_that_it_renews_and_what_a_year_saves(client, listing):
    client.force_login(listing.owners.get())
    page = client.get(choose(listing)).text
    for sentence in ("Photos and a longer description", "You end it with one button", "costs $98.00 less than twelve"):
        assert sentence in page
    assert NO_COOKIE not in page
    assert NO_COOKIE not in client.get(reverse("listings:plans")).text
    client.logout()
    client.cookies.clear()
    assert NO_COOKIE in client.get(reverse("listings:plans")).text


def test_before_an_editor_has_approved_it_there_is_nothing_to_pay(client):
    listing = make_listing(live=False)
    client.force_login(listing.owners.get())
    for name in ("plan_choose", "billing"):
        page = client.get(reverse(f"listings:{name}", args=[listing.pk])).text
        assert "There is nothing to pay now." in page
    client.post(choose(listing), {"price": price_of().pk})
    assert not Order.objects.exists()


def test_who_is_past_due_sees_how_to_settle_and_buys_no_second_plan(client, listing):
    subscription = buy(listing)
    fake.renew(gateway_subscription(subscription), succeeds=False)
    deliver_all_events()
    client.force_login(listing.owners.get())
    portal = reverse("listings:billing_portal", args=[subscription.account_id])
    for address in ("/account/", reverse("listings:listing", args=[listing.pk]), choose(listing)):
        page = client.get(address).text
        assert "The last payment failed" in page
        assert portal in page
    client.post(choose(listing), {"price": price_of().pk})
    assert Order.objects.count() == 1


def test_a_disputed_plan_shows_the_way_and_is_bought_no_second_time(client, listing):
    subscription = buy(listing)
    fake.dispute(fake.newest_charge(gateway_subscription(subscription)))
    deliver_all_events()
    client.force_login(listing.owners.get())
    for address in ("/account/", reverse("listings:listing", args=[listing.pk]), choose(listing)):
        assert "disputed at your bank" in client.get(address).text
    client.post(choose(listing), {"price": price_of().pk})
    assert Order.objects.count() == 1
    client.post(reverse("listings:plan_end", args=[subscription.pk]))
    subscription.refresh_from_db()
    assert subscription.end_reason == "owner"


@pytest.mark.parametrize(("pays_by", "methods"), [("card", ["card"]), ("bank", ["us_bank_account"])])
def test_the_payment_page_takes_what_was_chosen(client, listing, pays_by, methods):
    client.force_login(listing.owners.get())
    client.post(choose(listing), {"price": price_of().pk, "pays_by": pays_by})
    placed = Order.objects.get()
    assert objects.get("checkout.session", placed.session_id)["payment_method_types"] == methods


def test_a_hospital_pays_by_invoice_within_30_days(client, listing):
    client.force_login(listing.owners.get())
    form = {"price": price_of(interval="year").pk, "pays_by": "invoice"}
    assert "Whom should the invoice name?" in client.post(choose(listing), form).text
    assert not Order.objects.exists()
    form |= {"name": "Harbor County Hospital", "po_number": "PO 77"}
    client.post(choose(listing), form)
    client.post(choose(listing), form)  # pressed twice
    subscription = Subscription.objects.get()
    there = gateway_subscription(subscription)
    assert (there["collection_method"], there["days_until_due"]) == ("send_invoice", 30)
    customer = objects.get("customer", subscription.customer_id)
    assert customer["name"] == "Harbor County Hospital"
    assert customer["invoice_settings"]["custom_fields"][0]["value"] == "PO 77"
    page = client.get(Order.objects.get().get_absolute_url()).text
    assert "due in 30 days" in page
    assert "Paid. Thank you." not in page
    assert OutgoingEmail.objects.filter(template="listings/invoice_plan").count() == 1
    assert "by invoice" in client.get(reverse("listings:billing_accounts")).text


def test_a_bank_debit_on_its_way_is_said_everywhere_and_nothing_is_bought_twice(client, listing):
    client.force_login(listing.owners.get())
    client.post(choose(listing), {"price": price_of().pk, "pays_by": "bank"})
    placed = Order.objects.get()
    fake.complete(objects.get("checkout.session", placed.session_id), method=fake.new_bank_account())
    deliver_all_events()
    assert "Your payment is on its way" in client.get(placed.get_absolute_url()).text
    for address in (choose(listing), reverse("listings:billing", args=[listing.pk]), "/account/"):
        assert "The first payment is on its way" in client.get(address).text
    client.post(choose(listing), {"price": price_of(interval="year").pk})
    assert Order.objects.get().status == "open"
    assert OutgoingEmail.objects.filter(template="listings/payment_waiting").count() == 1
    fake.settle_session(objects.get("checkout.session", placed.session_id), succeeds=False)
    deliver_all_events()
    assert "This order was not paid" in client.get(placed.get_absolute_url()).text


def test_a_coupon_is_shown_on_the_order_the_bill_and_the_receipt(client, listing, mailoutbox):
    asked = stripe_client().v1
    coupon = asked.coupons.create({"percent_off": 25, "duration": "forever", "name": "Spring"})
    code = asked.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SPRING"})
    placed = payments.order(listing)
    session = objects.get("checkout.session", placed.session_id)
    fake.apply_code(session, code.code)
    fake.complete(session)
    deliver_all_events()
    client.force_login(listing.owners.get())
    subscription = Subscription.objects.get()
    assert subscription.discount
    for address in (placed.get_absolute_url(), reverse("listings:billing", args=[listing.pk])):
        assert subscription.discount in client.get(address).text
    assert "$36.75 on" in client.get(reverse("listings:billing_accounts")).text
    email.send(OutgoingEmail.objects.get(template="listings/receipt").pk)
    assert f"Discount: {subscription.discount}" in mailoutbox[0].body
    assert "$36.75 for the plan Featured, Harbor Clinic" in mailoutbox[0].body


def order_by_invoice(client, listing) -> Order:
    client.force_login(listing.owners.get())
    form = {"price": price_of(interval="year").pk, "pays_by": "invoice", "name": "Harbor County Hospital"}
    client.post(choose(listing), form)
    return Order.objects.get()


def begun() -> int:
    return len(objects.list_all("subscription"))


def test_a_failure_to_read_what_has_begun_is_no_failure_of_the_order(client, listing):
    faults.inject("500", "charges")
    placed = order_by_invoice(client, listing)
    assert placed.error == ""
    page = client.get(placed.get_absolute_url()).text
    assert "We are setting up your plan" in page
    assert "Nothing was charged" not in page
    assert OrmQ.objects.count() == 1  # a job reads it
    client.post(reverse("listings:order_retry", args=[placed.pk]))
    assert (placed.subscriptions.count(), begun()) == (1, 1)


def test_a_retry_with_a_new_key_finds_the_plan_that_has_begun(client, listing):
    faults.inject("500", "charges")
    placed = order_by_invoice(client, listing)
    Order.objects.filter(pk=placed.pk).update(attempt=2, error="The payment service failed.")
    client.post(reverse("listings:order_retry", args=[placed.pk]))
    placed.refresh_from_db()
    assert (placed.error, placed.subscriptions.count(), begun()) == ("", 1, 1)


def test_a_purchase_order_number_is_as_long_as_an_invoice_shows(client, listing):
    client.force_login(listing.owners.get())
    form = {"price": price_of().pk, "pays_by": "invoice", "name": "Harbor", "po_number": "7" * 31}
    assert "at most 30 characters" in client.post(choose(listing), form).text
    client.post(choose(listing), form | {"po_number": "7" * 30})
    account = Order.objects.get().account
    fields = objects.get("customer", account.customer_id)["invoice_settings"]["custom_fields"]
    assert fields[0]["value"] == account.po_number


def test_a_coupon_of_some_months_counts_for_the_next_charge_only_while_it_lasts(client, listing):
    asked = stripe_client().v1
    for months, interval, cents in ((1, "year", 49000), (12, "month", 3675)):
        terms = {"percent_off": 25, "duration": "repeating", "duration_in_months": months, "name": "Spring"}
        coupon = asked.coupons.create(terms)
        code = asked.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}})
        placed = payments.order(make_listing(make_owner(interval), make_clinic(interval)), interval=interval)
        session = objects.get("checkout.session", placed.session_id)
        fake.apply_code(session, code.code)
        fake.complete(session)
        deliver_all_events()
        assert placed.subscriptions.get().next_charge_cents == cents


def test_a_buyer_whose_first_try_was_cut_off_may_change_the_name_and_try_again(listing):
    placed = Order.place(listing, listing.owners.get(), price_of())
    faults.inject("timeout", "customers", method="POST")
    with pytest.raises(gateway.GatewayUnavailable):
        gateway.start_session(placed, return_url="http://testserver/")
    BillingAccount.objects.filter(orders=placed).update(name="Harbor County")
    placed.refresh_from_db()
    assert gateway.start_session(placed, return_url="http://testserver/").url
    [customer] = objects.list_all("customer")
    assert (customer["name"], customer["email"]) == ("Harbor County", placed.account.email)


def test_the_portal_lets_nobody_change_the_contact_behind_the_sites_back():
    gateway.ensure_portal_configuration()
    [made] = objects.list_all("billing_portal.configuration")
    assert made["features"]["customer_update"]["allowed_updates"] == ["address", "tax_id"]
