"""The pages about money, and who may open them."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from core.models import OutgoingEmail
from listings.billing import gateway, sync
from listings.models import LedgerEntry, Listing, Membership, Order, PaymentEvent, Plan, PlanPrice, Subscription
from listings.translations import texts
from tests.factories import TOWSON, make_clinic
from tests.listings.billing.payments import buy, deliver_all_events, gateway_subscription, order, pay, price_of
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db

PLANS = "/list-your-practice/plans/"


def test_plans_that_we_ship_are_shown_in_spanish_and_the_words_of_editors_as_they_are(client):
    Plan.objects.filter(slug="group").update(name="Big house", summary="", features="Coffee\n\n Tea")
    page = client.get("/es/list-your-practice/plans/").text
    assert '<h3 id="plan-free">Gratis</h3>' in page
    assert "Big house" in page
    assert Plan.objects.get(slug="group").feature_lines == ["Coffee", "Tea"]
    shipped = {text for _path, text in texts()}
    assert {line for plan in Plan.objects.exclude(slug="group") for line in plan.feature_lines} < shipped


def test_the_page_of_plans_shows_each_price_with_its_start(client, django_assert_max_num_queries):
    PlanPrice.objects.filter(plan__slug="featured", interval="month").update(amount_cents=6150, starts_on="2026-01-02")
    PlanPrice.objects.create(
        plan=Plan.objects.get(slug="featured"),
        interval="month",
        amount_cents=7300,
        starts_on=timezone.localdate() + timedelta(days=40),
    )
    with django_assert_max_num_queries(10):
        page = client.get(PLANS).content.decode()
    assert "$61.50" in page
    assert "since Jan. 2, 2026" in page
    assert "$73.00 a month for new subscribers" in page
    assert "the order of distance" in page


def test_the_page_of_plans_is_public_and_sets_no_cookie(client):
    answer = client.get(PLANS)
    assert answer.status_code == 200
    assert not answer.cookies
    assert client.post(PLANS).status_code == 405
    Plan.objects.update(is_offered=False)
    assert "No paid plan is offered now" in client.get(PLANS).content.decode()


def addresses(listing, placed) -> list[tuple[str, str]]:
    return [
        ("get", reverse("listings:plan_choose", args=[listing.pk])),
        ("post", reverse("listings:plan_choose", args=[listing.pk])),
        ("get", placed.get_absolute_url()),
        ("post", reverse("listings:order_retry", args=[placed.pk])),
        ("get", reverse("listings:billing", args=[listing.pk])),
        ("post", reverse("listings:billing_cover", args=[listing.pk])),
    ]


def test_only_the_owners_of_a_listing_reach_its_plan_and_its_orders(client):
    listing = make_listing()
    placed = buy(listing).order
    stranger, editor = make_owner("stranger"), make_owner("editor")
    make_listing(stranger, make_clinic("Towson", at=TOWSON))
    Membership.objects.create(listing=listing, user=editor, role="editor")
    for method, address in addresses(listing, placed):
        assert getattr(client, method)(address).status_code == 302  # to the login
    for somebody in (stranger, editor):
        client.force_login(somebody)
        for method, address in addresses(listing, placed):
            assert getattr(client, method)(address).status_code == 404
    client.force_login(placed.buyer)
    for method, address in addresses(listing, placed):
        assert getattr(client, method)(address).status_code in (200, 302)
    assert gateway_subscription(placed.subscriptions.get())["status"] == "active"


def test_posted_extra_fields_change_nothing(client):
    listing = make_listing()
    client.force_login(listing.owners.get())
    form = {
        "price": price_of().pk,
        "quantity": 50,
        "amount_cents": 1,
        "status": "paid",
        "sponsored_until": "2099-01-01",
    }
    client.post(reverse("listings:plan_choose", args=[listing.pk]), form)
    placed = Order.objects.get()
    assert (placed.status, placed.quantity, placed.amount_cents) == ("open", 1, 4900)
    listing.refresh_from_db()
    assert (listing.status, listing.clinic.sponsored_until) == ("live", None)


def test_a_price_that_is_not_offered_cannot_be_chosen(client):
    listing = make_listing()
    client.force_login(listing.owners.get())
    later = PlanPrice.objects.create(
        plan=Plan.objects.get(slug="featured"),
        interval="month",
        amount_cents=100,
        starts_on=timezone.localdate() + timedelta(days=1),
    )
    page = client.post(reverse("listings:plan_choose", args=[listing.pk]), {"price": later.pk})
    assert page.status_code == 200
    assert Order.objects.count() == 0


def test_coming_back_from_the_payment_page_shows_the_status_of_the_order(client):
    placed = order()
    client.force_login(placed.buyer)
    assert "Continue to payment" in client.get(placed.get_absolute_url()).content.decode()
    client.post(f"/fake-stripe/pay/{placed.session_id}/", {"choice": "pay"})
    assert "We are checking your payment" in client.get(placed.get_absolute_url(), {"back": 1}).content.decode()
    sync.sync_order_of(str(placed.pk))  # the job that this page has queued
    assert "Paid. Thank you." in client.get(placed.get_absolute_url(), {"back": 2}).content.decode()
    page = client.get(reverse("listings:billing", args=[placed.listing_id])).content.decode()
    assert "Featured" in page
    assert "$49.00" in page


def test_a_group_plan_covers_and_releases_other_clinics_of_its_buyer(client):
    listing = make_listing()
    subscription = buy(listing, slug="group")
    buyer = subscription.buyer
    second = make_listing(buyer, make_clinic("Towson", at=TOWSON))
    strangers = make_listing(make_owner("stranger"), make_clinic("Elsewhere"))
    client.force_login(buyer)
    address = reverse("listings:billing_cover", args=[listing.pk])
    page = client.post(address, {"cover": second.pk}, follow=True).content.decode()
    assert "2 of 10" in page
    second.refresh_from_db()
    assert second.is_paid
    assert second.clinic.sponsored_until is not None
    assert client.post(address, {"cover": strangers.pk}).status_code == 404
    assert client.post(address, {"cover": "x"}).status_code == 404
    assert "End the plan instead" in client.post(address, {"release": listing.pk}, follow=True).content.decode()
    client.post(address, {"release": second.pk})
    second.refresh_from_db()
    assert not second.is_paid
    assert second.clinic.sponsored_until is None


def test_a_group_plan_for_ten_covers_no_eleventh_clinic(client):
    listing = make_listing()
    subscription = buy(listing, slug="group")
    client.force_login(subscription.buyer)
    for number in range(10):
        other = make_listing(subscription.buyer, make_clinic(f"Clinic {number}"))
        page = client.post(reverse("listings:billing_cover", args=[listing.pk]), {"cover": other.pk}, follow=True)
    assert "covers 10 clinics and has no room" in page.content.decode()
    assert subscription.listings.count() == 10


def test_the_plans_are_in_the_sitemap(client):
    assert "/es/list-your-practice/plans/" in client.get("/sitemap-owners.xml").content.decode()


# The admin


@pytest.fixture
def editor(client):
    client.force_login(User.objects.create_superuser("admin", password="a sentence to log in with"))
    return client


def test_every_admin_page_about_money_opens_and_payments_cannot_be_changed(editor):
    subscription = buy()
    for model in (Plan, Subscription, Order, PaymentEvent, LedgerEntry, OutgoingEmail, Listing):
        name = f"admin:{model._meta.label_lower.replace('.', '_')}"
        assert editor.get(reverse(f"{name}_changelist")).status_code == 200
        assert editor.get(reverse(f"{name}_change", args=[model.objects.first().pk])).status_code == 200
        if model not in (Plan, Listing):
            assert editor.get(reverse(f"{name}_add")).status_code == 403
            assert editor.post(reverse(f"{name}_change", args=[model.objects.first().pk]), {}).status_code == 403
            assert editor.post(reverse(f"{name}_delete", args=[model.objects.first().pk])).status_code == 403
    assert Subscription.objects.get() == subscription
    assert {model._meta.app_label for model in admin.site._registry} >= {"listings", "clinics"}


def run_action(editor, action, *subscriptions):
    form = {"action": action, "_selected_action": [subscription.pk for subscription in subscriptions]}
    return editor.post(reverse("admin:listings_subscription_changelist"), form, follow=True).content.decode()


def test_an_editor_announces_the_current_price_to_subscribers(editor):
    subscription = buy()
    assert "has the current price already" in run_action(editor, "announce_current_price", subscription)
    PlanPrice.objects.update(starts_on=timezone.localdate() - timedelta(days=9))
    PlanPrice.objects.create(plan=subscription.plan, interval="month", amount_cents=5900)
    assert "Announced the current price: 1" in run_action(editor, "announce_current_price", subscription)
    subscription.refresh_from_db()
    assert subscription.next_price_from >= timezone.now() + timedelta(days=29, hours=23)
    deliver_all_events()
    assert OutgoingEmail.objects.filter(template="listings/price_change").count() == 1


def test_an_order_whose_customer_a_job_holds_is_shown_at_once(client):
    placed = order()
    pay(placed)
    client.force_login(placed.listing.owners.get())
    customer = gateway.get_session(placed.session_id).customer_id
    job = connections.create_connection("default")
    with job.cursor() as cursor, connection.cursor() as ours:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [sync.LOCK_CLASS, customer])
        ours.execute("SET LOCAL statement_timeout = '100ms'")
        answer = client.get(placed.get_absolute_url(), {"back": 1})
    job.close()
    assert answer.status_code == 200
    assert "Do not pay twice" in answer.content.decode()
