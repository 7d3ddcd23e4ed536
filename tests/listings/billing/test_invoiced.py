"""Plans that are paid by invoice: nothing is given before the first one is paid, and an unpaid one ends as a whole."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from core import email
from core.models import OutgoingEmail
from listings.billing import endings, invariant
from listings.billing.sweep import sweep
from listings.fake_stripe import billing, objects
from listings.fake_stripe.billing import invoices
from listings.models import LedgerEntry, Order, Subscription
from listings.models.subscription import GRACE
from tests.factories import make_clinic
from tests.listings.billing.payments import buy, deliver_all_events, gateway_subscription, price_of
from tests.listings.factories import make_listing

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing(client):
    listing = make_listing(clinic=make_clinic("Harbor"))
    client.force_login(listing.owners.get())
    return listing


def order_by_invoice(client, listing, **more):
    form = {"price": price_of(interval="year").pk, "pays_by": "invoice", "name": "Harbor County Hospital"} | more
    return client.post(reverse("listings:plan_choose", args=[listing.pk]), form, follow=True)


def plan_of(listing) -> Subscription:
    return Subscription.objects.filter(listing=listing).latest("pk")


def invoice_of(subscription) -> dict:
    return objects.get("invoice", gateway_subscription(subscription)["latest_invoice"])


def is_given(listing) -> bool:
    listing.refresh_from_db()
    return listing.is_paid


def end(client, subscription) -> str:
    """What the page says before the button, and after it."""
    address = reverse("listings:plan_end", args=[subscription.pk])
    asked = client.get(address).text
    said = client.post(address, follow=True).text
    endings.finish_endings()
    return asked + said


def billing_page(client, listing) -> str:
    client.force_login(listing.owners.get())  # the session of weeks ago is over
    return client.get(reverse("listings:billing", args=[listing.pk])).text


def text_of(template: str, mailoutbox) -> str:
    email.send(OutgoingEmail.objects.filter(template=f"listings/{template}").latest("pk").pk)
    return mailoutbox[-1].subject + mailoutbox[-1].body


def test_the_extras_begin_when_the_first_invoice_is_paid(client, listing, mailoutbox):
    page = order_by_invoice(client, listing).text
    assert "The plan begins when it is paid." in page
    assert "bank debit" not in page
    subscription = plan_of(listing)
    assert not is_given(listing)
    assert "The plan begins when it is paid." in text_of("invoice_plan", mailoutbox)
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=True):
        invoices.finalize(invoice_of(subscription))
        deliver_all_events()
        sweep()
        assert Order.objects.get().status == "open", "an invoice has weeks"
        assert "Pay $490.00 now" in billing_page(client, listing)
        assert not is_given(listing)
        billing.pay(invoice_of(subscription))
        deliver_all_events()
        assert is_given(listing)
        assert Order.objects.get().status == "paid"
        assert invariant.differences(against_gateway=True) == []


def test_an_account_that_has_paid_before_has_the_extras_at_once(client, listing):
    buy(make_listing(listing.owners.get(), clinic=make_clinic("Annex")))
    assert "The plan has begun." in order_by_invoice(client, listing).text
    assert is_given(listing)
    assert invariant.differences(against_gateway=True) == []


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("is_draft", [False, True])
def test_ending_an_unpaid_one_ends_it_at_once_and_its_invoice_is_void(client, listing, is_known, is_draft, mailoutbox):
    if is_known:
        buy(make_listing(listing.owners.get(), clinic=make_clinic("Annex")))
    order_by_invoice(client, listing)
    subscription = plan_of(listing)
    if not is_draft:
        invoices.finalize(invoice_of(subscription))
        deliver_all_events()
    said = end(client, subscription)
    assert "It ends at once, because it is not paid." in said
    assert "You keep what is paid" not in said
    assert invoice_of(subscription)["status"] == "void"
    assert gateway_subscription(subscription)["status"] == "canceled"
    assert not is_given(listing)
    assert not OutgoingEmail.objects.filter(template="listings/plan_cancelled").exists()
    assert "has ended, and nothing more is charged" in text_of("plan_ended", mailoutbox)
    assert Order.objects.get(listing=listing).status == ("paid" if is_known else "expired")
    assert invariant.differences(against_gateway=True) == []


def test_after_an_invoice_that_was_never_paid_there_is_no_other_one(client, listing):
    order_by_invoice(client, listing)
    annex = make_listing(listing.owners.get(), clinic=make_clinic("Annex"))
    assert "An earlier invoice was not paid" in order_by_invoice(client, annex).text, "while it is not paid"
    order_by_invoice(client, listing, price=price_of().pk)
    assert Subscription.objects.count() == 1
    end(client, plan_of(listing))
    for each in (listing, annex):
        assert "An earlier invoice was not paid" in order_by_invoice(client, each).text
    assert Subscription.objects.count() == 1
    placed = order_by_invoice(client, listing, pays_by="card").context["order"]
    assert placed.session_url, "by card it is sold"


def test_a_first_invoice_that_stays_unpaid_is_reminded_of_and_ends_the_plan(client, listing, mailoutbox):
    order_by_invoice(client, listing)
    subscription = plan_of(listing)
    invoices.finalize(invoice_of(subscription))
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=True) as clock:
        invoices.overdue(invoice_of(subscription))
        deliver_all_events()
        sweep()
        assert not is_given(listing)
        assert "The first invoice is overdue" in billing_page(client, listing)
        said = text_of("payment_failing", mailoutbox)
        assert "Your first invoice is overdue" in said
        assert "goes on for now" not in said
        assert invariant.differences(against_gateway=True) == []
        clock.shift(GRACE + timedelta(hours=1))
        sweep()
        subscription.refresh_from_db()
        assert (subscription.end_reason, subscription.is_open_at_gateway) == ("grace-over", False)
        assert invoice_of(subscription)["status"] == "void"
        assert not LedgerEntry.objects.exists()
