"""The page of a subscription: everything about a plan, and buttons that ask, act at the gateway and are logged."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from core.models import OutgoingEmail
from listings.admin.subscription_actions import ACTIONS
from listings.admin.subscription_page import dashboard_link
from listings.billing import gateway, invariant
from listings.billing.desk import end_given_plans
from listings.billing.gateway_types import GatewayRefused
from listings.fake_stripe import billing, faults, objects
from listings.models import LedgerEntry, Listing, Plan, Subscription
from tests.clinics.admin.admin_client import history, page_of
from tests.factories import UserFactory, make_clinic
from tests.listings.billing.payments import buy, deliver_all_events, gateway_subscription, order_by_bank
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


def act(desk, subscription, name: str, **data):
    """Press a button, fill in its form and confirm; returns the text of the page that follows."""
    address = reverse("admin:listings_subscription_act", args=[subscription.pk, name])
    asked = desk.get(address)
    assert asked.status_code == 200
    response = desk.post(address, data, follow=True)
    subscription.refresh_from_db()
    return " ".join(strip_tags(response.content.decode()).split())


def page(desk, subscription) -> str:
    return " ".join(strip_tags(desk.get(page_of("change", subscription, subscription.pk)).content.decode()).split())


def buttons(desk, subscription) -> str:
    return desk.get(page_of("change", subscription, subscription.pk)).content.decode()


def payment_of(subscription) -> LedgerEntry:
    return LedgerEntry.objects.get(subscription=subscription, kind="payment")


def test_the_page_says_everything_about_a_plan(desk):
    subscription = buy()
    text = page(desk, subscription)
    for part in (
        str(subscription.listing),
        subscription.buyer.email,
        "$49.00 a month",
        "$49.00 before tax, on",
        payment_of(subscription).invoice_number,
        "receipt",
        subscription.gateway_id,
        *(action.label for name, action in ACTIONS.items() if name != "resume"),
    ):
        assert part in text, part


def test_links_lead_into_the_dashboard_of_the_gateway_in_its_mode(settings):
    assert dashboard_link("subscriptions", "sub_1", False) == "sub_1"
    settings.PAYMENT_GATEWAY = "stripe"
    assert 'href="https://dashboard.stripe.com/test/subscriptions/sub_1"' in dashboard_link(
        "subscriptions", "sub_1", False
    )
    assert 'href="https://dashboard.stripe.com/subscriptions/sub_1"' in dashboard_link("subscriptions", "sub_1", True)


def test_a_subscription_is_found_by_the_name_of_its_clinic(desk):
    buy(make_listing(clinic=make_clinic("Harbor Recovery")))
    buy(make_listing(make_owner("other"), make_clinic("Towson Center")))
    found = desk.get(page_of("changelist", Subscription), {"q": "harbor"}).context["cl"].queryset
    assert [str(each.listing) for each in found] == ["Harbor Recovery"]


def test_a_part_of_a_payment_is_refunded_and_the_plan_goes_on(desk):
    subscription = buy()
    payment = payment_of(subscription)
    refused = act(desk, subscription, "refund", payment=payment.pk, amount_cents="49.01")
    assert "Of this payment $49.00 is left." in refused
    assert "Refunded $10.50." in act(desk, subscription, "refund", payment=payment.pk, amount_cents="10.50")
    assert payment.refundable_cents() == 3850
    assert subscription.is_paid
    assert history(subscription) == ["Refunded $10.50."]


@pytest.mark.parametrize(("refund", "left"), [("none", 4900), ("all", 0)])
def test_a_plan_is_ended_at_once_with_what_is_given_back(desk, refund, left):
    subscription = buy()
    payment = payment_of(subscription)
    text = act(desk, subscription, "end", refund=refund)
    assert "Ended; given back" in text
    assert gateway_subscription(subscription)["status"] == "canceled"
    assert payment.refundable_cents() == left
    assert not subscription.is_paid
    assert OutgoingEmail.objects.filter(template="listings/plan_ended").count() == 1


def test_without_a_choice_nothing_is_ended(desk):
    subscription = buy()
    assert "Nothing was changed" in act(desk, subscription, "end")
    assert subscription.is_paid


def test_a_credit_lowers_the_next_invoice(desk):
    subscription = buy()
    form = {"amount_cents": "5", "note": "late answer", "nonce": "a-nonce"}
    assert "Credited $5.00: late answer" in act(desk, subscription, "credit", **form)
    assert objects.get("customer", subscription.customer_id)["balance"] == -500


def test_a_credit_whose_answer_was_lost_is_given_once(desk):
    subscription = buy()
    address = reverse("admin:listings_subscription_act", args=[subscription.pk, "credit"])
    form = desk.get(address).context["form"]
    data = {"amount_cents": "5", "note": "late answer", "nonce": form["nonce"].value()}
    faults.inject("timeout", "balance_transactions", method="POST")
    assert "did not answer" in act(desk, subscription, "credit", **data)
    assert "Credited $5.00" in act(desk, subscription, "credit", **data)
    assert objects.get("customer", subscription.customer_id)["balance"] == -500
    assert desk.get(address).context["form"]["nonce"].value() != data["nonce"]  # another credit is another one


def test_a_plan_whose_first_payment_is_on_its_way_is_not_paused(desk):
    order_by_bank(make_listing(make_owner()))
    subscription = Subscription.objects.get()
    assert subscription.status == "waiting"
    pause = reverse("admin:listings_subscription_act", args=[subscription.pk, "pause"])
    assert pause not in buttons(desk, subscription)
    with pytest.raises(GatewayRefused, match="on its way"):
        gateway.pause(subscription, "operator")
    assert gateway_subscription(subscription)["pause_collection"] is None
    billing.settle_session(objects.list_all("checkout.session")[0], succeeds=True)
    deliver_all_events()
    assert pause in buttons(desk, subscription)


def test_a_plan_is_paused_and_resumed(desk):
    subscription = buy()
    assert "Paused." in act(desk, subscription, "pause")
    assert subscription.is_paused
    assert not Listing.objects.get(pk=subscription.listing_id).is_paid
    assert "Resumed." in act(desk, subscription, "resume")
    assert not subscription.is_paused
    assert Listing.objects.get(pk=subscription.listing_id).is_paid


def test_a_plan_moves_to_another_clinic(desk):
    subscription = buy()
    former, other = subscription.listing, make_listing(make_owner("other"), make_clinic("Towson Center"))
    assert "No listing is called" in act(desk, subscription, "clinic", listing="Nowhere")
    assert f"Moved from {former} to {other}." in act(desk, subscription, "clinic", listing="towson")
    assert [Listing.objects.get(pk=each.pk).is_paid for each in (former, other)] == [False, True]
    billing.renew(gateway_subscription(subscription))
    deliver_all_events()
    assert LedgerEntry.objects.filter(subscription=subscription).latest("pk").listing_name == "Towson Center"
    assert [each.sentence for each in invariant.differences(against_gateway=True)] == []


def test_a_plan_moves_to_another_payer(desk):
    subscription = buy()
    user = UserFactory(email="books@clinic.example")
    assert "No account has the address" in act(desk, subscription, "payer", user="nobody@clinic.example")
    text = act(desk, subscription, "payer", user="Books@clinic.example")
    assert "The payer is books@clinic.example now." in text
    assert [payer.user for payer in subscription.account.payers.all()] == [user]
    assert objects.get("customer", subscription.customer_id)["email"] == "books@clinic.example"
    assert subscription.billing_email == "books@clinic.example"


def test_a_receipt_is_mailed_once_more(desk):
    subscription = buy()
    entry = payment_of(subscription)
    before = OutgoingEmail.objects.filter(template="listings/receipt").count()
    act(desk, subscription, "receipt", entry=entry.pk)
    act(desk, subscription, "receipt", entry=entry.pk)  # twice within a minute
    assert OutgoingEmail.objects.filter(template="listings/receipt").count() == before + 1


def test_the_present_state_is_fetched(desk):
    subscription = buy()
    billing.cancel(gateway_subscription(subscription))
    assert "Fetched." in act(desk, subscription, "fetch")
    assert subscription.status == "cancelled"


def test_what_the_gateway_refuses_is_said_and_nothing_is_lost(desk):
    subscription = buy()
    payment = payment_of(subscription)
    billing.refund(billing.newest_charge(gateway_subscription(subscription)), 4000)  # nobody told us yet
    text = act(desk, subscription, "refund", payment=payment.pk, amount_cents="20")
    assert "greater than unrefunded amount" in text
    assert history(subscription) == []


def test_a_refund_that_was_made_is_said_though_the_new_state_cannot_be_fetched(desk):
    subscription = buy()
    faults.inject("500", "charges", method="GET", count=9)
    text = act(desk, subscription, "refund", payment=payment_of(subscription).pk, amount_cents="10")
    assert "Refunded $10.00." in text
    assert "The page shows the state before that" in text
    assert objects.list_all("refund")


def test_who_may_only_look_sees_no_button_and_cannot_act(viewer_desk):
    subscription = buy()
    assert "Refund a part" not in page(viewer_desk, subscription)
    for name in ACTIONS:
        address = reverse("admin:listings_subscription_act", args=[subscription.pk, name])
        assert viewer_desk.get(address).status_code == 403
        assert viewer_desk.post(address, {"refund": "all"}).status_code == 403
    assert viewer_desk.post(reverse("admin:listings_subscription_give"), {}).status_code == 403


def test_a_button_that_does_not_fit_the_plan_says_so(desk):
    subscription = buy()
    response = desk.post(reverse("admin:listings_subscription_act", args=[subscription.pk, "resume"]), follow=True)
    assert "is not possible for this plan now" in response.content.decode()
    assert desk.get(reverse("admin:listings_subscription_act", args=[subscription.pk, "explode"])).status_code == 404


# Given plans


def give(client, listing, **changes):
    data = {
        "listing": str(listing.pk),
        "plan": Plan.objects.get(slug="featured").pk,
        "until": timezone.localdate() + timedelta(days=90),
        "note": "partner of the county",
    }
    return client.post(reverse("admin:listings_subscription_give"), data | changes, follow=True)


def test_a_partner_has_a_plan_without_charge_until_its_day(desk):
    listing = make_listing()
    assert "has the plan now" in give(desk, listing).content.decode()
    subscription = Subscription.objects.get()
    assert Listing.objects.get(pk=listing.pk).is_paid
    assert "Given without charge: partner of the county" in history(subscription)
    text = page(desk, subscription)
    assert "until" in text
    assert "Refund a part" not in text
    assert not objects.list_all("customer")
    assert [each.sentence for each in invariant.differences(against_gateway=True)] == []
    assert end_given_plans() == "0 given plans are over"
    Subscription.objects.update(comp_until=timezone.now() - timedelta(minutes=1))
    assert not Listing.objects.get(pk=listing.pk).is_paid
    assert end_given_plans() == "1 given plans are over"
    subscription.refresh_from_db()
    assert subscription.end_wanted_at


def test_a_given_plan_is_taken_back(desk):
    give(desk, make_listing())
    subscription = Subscription.objects.get()
    assert "Ended" in act(desk, subscription, "end", refund="none")
    assert subscription.status == "cancelled"
    assert not Listing.objects.get().is_paid


def test_who_pays_is_given_nothing_beside_it(desk):
    subscription = buy()
    assert "already has a paid plan" in give(desk, subscription.listing).content.decode()
    other = make_listing(make_owner("other"), make_clinic("Towson"))
    assert "That day is over" in give(desk, other, until="2026-01-01").content.decode()
    assert Subscription.objects.count() == 1
