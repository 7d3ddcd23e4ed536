"""What ends a plan ends it at the gateway first; mails say only what was done; nobody pays twice or is locked in."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from clinics.models import Clinic
from core import email
from core.models import OutgoingEmail
from listings.billing import endings, gateway, invariant, sync
from listings.billing.sweep import sweep
from listings.fake_stripe import billing, faults, objects
from listings.models import LedgerEntry, Listing, Membership, Order, PlanPrice, Subscription
from listings.models.order import NotForSale
from tests.factories import TOWSON, make_clinic
from tests.listings.billing.payments import (
    buy,
    deliver_all_events,
    gateway_subscription,
    order,
    pay,
    price_of,
)
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


def newest_charge(subscription) -> dict:
    return billing.newest_charge(gateway_subscription(subscription))


def settle(*subscriptions) -> None:
    """Everything arrives, and no side differs from another."""
    deliver_all_events()
    sweep()
    for subscription in subscriptions:
        subscription.refresh_from_db()
    assert invariant.differences(against_gateway=True) == []


def mails(name: str) -> list[dict]:
    return list(OutgoingEmail.objects.filter(template=f"listings/{name}").values_list("context", flat=True))


def paid_cents() -> int:
    return sum(LedgerEntry.objects.filter(kind="payment").values_list("amount_cents", flat=True))


# The six faults that were found first


def test_refunding_one_of_two_payments_of_an_invoice_leaves_the_plan_paid():
    subscription = buy()
    first = newest_charge(subscription)
    invoice = objects.get("invoice", gateway_subscription(subscription)["latest_invoice"])
    second = billing.charge(2000, "usd", customer=subscription.customer_id)
    payment = {"payment_intent": second["payment_intent"], "type": "payment_intent"}
    objects.make("invoice_payment", invoice=invoice["id"], payment=payment, status="paid", amount_paid=2000)
    billing.refund(second)
    settle(subscription)
    assert (subscription.status, subscription.is_paid) == ("active", True)
    billing.refund(first)
    settle(subscription)
    assert (subscription.status, subscription.is_open_at_gateway) == ("refunded", False)


def test_a_refund_at_the_gateway_ends_the_plan_there_before_its_mail_and_nothing_more_is_charged():
    subscription = buy()
    billing.refund(newest_charge(subscription))
    faults.inject("500", "subscriptions/", method="DELETE", count=50)
    deliver_all_events()
    assert mails("plan_ended") == []  # it would be charged still
    faults.clear()
    settle(subscription)
    assert gateway_subscription(subscription)["status"] == "canceled"
    assert len(mails("plan_ended")) == 1
    with pytest.raises(objects.ApiError):
        billing.renew(gateway_subscription(subscription))
    assert paid_cents() == 4900


def test_a_dispute_rests_the_plan_mails_no_end_and_no_renewal_is_charged_until_it_is_decided():
    listing = make_listing()
    subscription = buy(listing)
    disputed = billing.dispute(newest_charge(subscription))
    settle(subscription)
    assert (subscription.status, subscription.is_paid, subscription.is_paused) == ("disputed", False, True)
    assert mails("plan_ended") == []
    billing.renew(gateway_subscription(subscription))
    assert paid_cents() == 4900
    with pytest.raises(NotForSale, match="disputed"):
        Order.place(listing, listing.owners.get(), price_of())
    billing.close_dispute(disputed, "won")
    settle(subscription)
    assert (subscription.status, subscription.is_paid, subscription.is_paused) == ("active", True, False)
    assert Subscription.objects.count() == 1


def test_while_a_payment_is_disputed_no_open_invoice_is_collected_however_many_there_are():
    subscription = buy()
    for _month in range(2):
        billing.renew(gateway_subscription(subscription), succeeds=False)
    settle(subscription)
    assert subscription.owed_cents == 9800
    billing.dispute(objects.list_all("charge")[0])
    settle(subscription)
    unpaid = objects.list_all("invoice", status="open")
    assert [each["auto_advance"] for each in unpaid] == [False, False]
    assert (subscription.owed_cents, subscription.next_charge_cents) == (0, None)


def test_a_lost_dispute_ends_the_plan_at_the_gateway_and_the_end_is_mailed():
    subscription = buy()
    disputed = billing.dispute(newest_charge(subscription))
    settle(subscription)
    billing.close_dispute(disputed, "lost")
    settle(subscription)
    assert gateway_subscription(subscription)["status"] == "canceled"
    assert len(mails("plan_ended")) == 1


def test_an_inquiry_moves_no_money_and_changes_nothing_for_the_owner():
    subscription = buy()
    billing.dispute(newest_charge(subscription), inquiry=True)
    settle(subscription)
    assert (subscription.status, subscription.is_paid, subscription.is_paused) == ("active", True, False)
    assert subscription.dispute_status == "warning_needs_response"


def test_who_pays_is_not_locked_out_and_the_last_payer_is_not_removed(client):
    listing = make_listing()
    subscription = buy(listing)
    payer, partner = subscription.buyer, make_owner("partner")
    Membership.objects.create(listing=listing, user=partner, owner_since=None)  # for years
    client.force_login(partner)
    address = reverse("listings:remove_person", args=[listing.pk, listing.memberships.get(user=payer).pk])
    page = client.post(address, follow=True).content.decode()
    assert "name another payer first" in page
    assert listing.memberships.filter(user=payer).exists()
    with pytest.raises(ValueError, match="Name another payer first"):
        subscription.account.remove_payer(payer)
    subscription.account.add_payer(partner)
    client.post(address)
    assert not listing.memberships.filter(user=payer).exists()
    subscription.account.remove_payer(payer)
    with pytest.raises(ValueError, match="Name another payer first"):
        subscription.account.remove_payer(partner)


def test_a_new_price_keeps_the_number_of_clinics_that_a_group_pays_for():
    subscription = buy(slug="group", quantity=3)
    dearer = PlanPrice.objects.create(
        plan=subscription.plan,
        interval="month",
        amount_cents=31000,
        starts_on=timezone.localdate() + timedelta(days=1),
    )
    gateway.change_price(subscription, dearer)
    [item] = gateway_subscription(subscription)["items"]["data"]
    assert (item["quantity"], item["price"]["unit_amount"]) == (3, 31000)
    settle(subscription)
    assert (subscription.price, subscription.quantity, subscription.next_charge_cents) == (dearer, 3, 93000)


@pytest.mark.parametrize("kind", ["500", "503", "401", "403", "409", "429", "400", "refused", "timeout", "cut-off"])
def test_an_answer_that_is_a_failure_leaves_the_event_due_and_is_made_up_for(kind):
    subscription = buy()
    charge = newest_charge(subscription)
    billing.dispute(charge)
    faults.inject(kind, "", count=50)
    deliver_all_events()
    subscription.refresh_from_db()
    assert subscription.status == "active"
    waiting = subscription.order.subscriptions.model.objects  # nothing was written
    assert waiting.get().dispute_status == ""
    faults.clear()
    settle(subscription)
    assert subscription.status == "disputed"


# Listings that are not live any more


@pytest.mark.parametrize(
    ("leave", "reason"),
    [
        (lambda listing: listing.suspend("The phone is dead."), "suspended"),
        (lambda listing: listing.close(), "closed"),
        (lambda listing: listing.suspend("The phone is dead.", "all"), "suspended"),
    ],
)
def test_a_listing_that_leaves_the_directory_is_charged_no_more(leave, reason):
    listing = make_listing()
    subscription = buy(listing)
    leave(listing)
    settle(subscription)
    assert gateway_subscription(subscription)["status"] == "canceled"
    assert subscription.end_reason == reason
    [mail] = mails("plan_ended")
    assert mail["refunded_cents"] == (4900 if subscription.refund_wanted == "all" else 0)


def test_the_unused_part_is_refunded_once_whatever_crashes():
    listing = make_listing()
    subscription = buy(listing)
    start = subscription.period_start
    with time_machine.travel(start + (subscription.period_end - start) / 2):
        listing.close(refund="unused")
        faults.inject("timeout", "refunds", method="POST")  # it was done, and nobody heard
        endings.finish_endings()
        subscription.refresh_from_db()
        assert subscription.end_done_at is None
        endings.finish_endings()
    deliver_all_events()
    [refund] = LedgerEntry.objects.filter(kind="refund")
    assert -2460 < refund.amount_cents < -2440
    assert mails("plan_ended")[0]["refunded_cents"] == -refund.amount_cents
    assert (refund.subscription, refund.listing_name) == (subscription, str(listing))


def test_a_merged_clinic_leaves_no_plan_behind():
    clinic, other = make_clinic(), make_clinic("Other", at=TOWSON)
    listing = make_listing(clinic=clinic)
    subscription = buy(listing)
    Listing.objects.filter(pk=listing.pk).update(status="closed")  # past the hook that would end it
    Clinic.objects.get(pk=clinic.pk).merge_into(other)
    endings.finish_endings()
    subscription.refresh_from_db()
    assert (subscription.end_reason, subscription.is_open_at_gateway) == ("merged", False)


def test_a_group_plan_goes_on_for_another_clinic_when_the_one_it_was_bought_for_closes():
    owner = make_owner()
    first, second = make_listing(owner), make_listing(owner, make_clinic("Second", at=TOWSON))
    subscription = buy(first, slug="group")
    subscription.cover(second)
    first.close()
    settle(subscription)
    assert (subscription.listing, subscription.is_open_at_gateway, subscription.is_paid) == (second, True, True)
    assert list(subscription.listings.all()) == [second]
    second.refresh_from_db()
    second.close()
    settle(subscription)
    assert not subscription.is_open_at_gateway


def test_what_was_paid_while_the_listing_was_suspended_is_ended_and_refunded():
    listing = make_listing()
    placed = order(listing)
    listing.suspend("The phone is dead.")
    pay(placed)
    settle()
    subscription = Subscription.objects.get()
    assert (subscription.end_reason, subscription.is_open_at_gateway) == ("suspended", False)
    assert sum(LedgerEntry.objects.values_list("amount_cents", flat=True)) == 0


def test_a_second_plan_for_a_listing_is_ended_and_refunded_at_once():
    listing = make_listing()
    first = order(listing)
    Order.objects.update(status="expired")  # its page was open longer than we thought
    second = order(listing)
    pay(first)
    pay(second)
    settle()
    kept = Subscription.objects.get(is_surplus=False)
    surplus = Subscription.objects.get(is_surplus=True)
    assert (kept.is_paid, surplus.end_reason, surplus.is_open_at_gateway) == (True, "surplus", False)
    assert mails("plan_ended")[0]["refunded_cents"] == 4900
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.update(is_surplus=False, is_open_at_gateway=True, end_wanted_at=None)


# Selling


@pytest.mark.parametrize("status", ["draft", "submitted", "in-review", "suspended", "closed"])
def test_no_plan_is_sold_before_a_listing_is_live(status):
    listing = make_listing()
    Listing.objects.update(status=status)
    with pytest.raises(NotForSale):
        Order.place(listing, listing.owners.get(), price_of())


def test_a_past_due_plan_is_settled_and_no_second_one_is_sold():
    listing = make_listing()
    subscription = buy(listing)
    invoice = billing.renew(gateway_subscription(subscription), succeeds=False)
    settle(subscription)
    with pytest.raises(NotForSale, match="Settle"):
        Order.place(listing, listing.owners.get(), price_of())
    assert "settle" in subscription.state.offers
    billing.pay(objects.get("invoice", invoice["id"]))
    settle(subscription)
    assert subscription.status == "active"


def test_a_plan_whose_first_payment_never_came_is_not_paid_and_mails_no_end():
    placed = order()
    customer = objects.get("customer", placed.account.customer_id)
    item = {"price": objects.get("checkout.session", placed.session_id)["_items"][0]["price"], "quantity": 1}
    note = {"order": str(placed.pk)}
    card = objects.save(billing.new_card("0341"), _test_card="pm_card_chargeDeclined")
    made = billing.subscribe(customer, [item], metadata=note, method=card)
    assert made["status"] == "incomplete"
    sync.sync_customer(customer["id"])
    placed.refresh_from_db()
    assert (placed.status, placed.is_waiting) == ("open", True)
    billing.expire_incomplete(objects.get("subscription", made["id"]))
    sync.sync_customer(customer["id"])
    placed.refresh_from_db()
    assert (placed.status, Subscription.objects.get().status) == ("expired", "unpaid")
    assert mails("plan_ended") == []


# Grace


def test_the_grace_counts_from_the_latest_invoice_and_from_when_the_owner_was_told(mailoutbox):
    subscription = buy()
    old = billing.renew(gateway_subscription(subscription), succeeds=False)
    billing.close_invoice(objects.get("invoice", old["id"]), "uncollectible")
    billing.backdate(gateway_subscription(subscription), 400)
    billing.renew(gateway_subscription(subscription), succeeds=False)
    settle(subscription)
    assert (subscription.status, subscription.is_paid) == ("past-due", True)
    email.send_waiting()
    assert len([mail for mail in mailoutbox if "failed" in mail.subject]) == 1
    with time_machine.travel(timezone.now() + timedelta(days=13)):
        sweep()
        subscription.refresh_from_db()
        assert subscription.is_open_at_gateway
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        sweep()
        subscription.refresh_from_db()
    assert (subscription.status, subscription.end_reason) == ("cancelled", "grace-over")


# Receipts, customers, transactions


def test_receipts_name_the_clinic_the_invoice_and_the_period_that_were_paid():
    owner = make_owner()
    first, second = make_listing(owner), make_listing(owner, make_clinic("Second", at=TOWSON))
    plans = [buy(first), buy(second)]
    assert plans[0].customer_id == plans[1].customer_id
    billing.renew(gateway_subscription(plans[1]))
    deliver_all_events()
    entries = LedgerEntry.objects.filter(kind="payment").order_by("pk")
    assert [entry.subscription for entry in entries] == [plans[0], plans[1], plans[1]]
    assert [entry.listing_name for entry in entries] == [str(first), str(second), str(second)]
    assert all(entry.invoice_number and entry.period_start and entry.period_end for entry in entries)
    assert sorted(mail["subscription"] for mail in mails("receipt")) == sorted([plans[0].pk, plans[1].pk, plans[1].pk])


def test_a_customer_that_was_deleted_at_the_gateway_buys_again_as_a_new_one():
    listing = make_listing()
    subscription = buy(listing)
    objects.save(objects.get("customer", subscription.customer_id), deleted=True)
    billing.cancel(gateway_subscription(subscription))
    settle(subscription)
    faults.clear()
    placed = order(listing)
    assert placed.account.customer_id
    assert pay(placed)


def test_the_gateway_is_never_called_inside_a_transaction():
    subscription = buy()
    with pytest.raises(RuntimeError, match="inside a database transaction"), transaction.atomic():
        gateway.cancel_now(subscription)
    assert gateway_subscription(subscription)["status"] == "active"


def test_the_end_that_was_set_in_the_portal_is_taken_back_here():
    subscription = buy()
    for ends in (billing.end_at_period_end, lambda thing, _ends: billing.end_at(thing, "max_period_end")):
        ends(gateway_subscription(subscription), True)
        settle(subscription)
        assert (subscription.ends_at_period_end, subscription.next_charge_cents) == (True, None)
        gateway.set_ends_at_period_end(subscription, False)
        settle(subscription)
        assert (subscription.ends_at_period_end, subscription.next_charge_cents) == (False, 4900)


def test_an_announced_price_cannot_be_edited_by_any_writer():
    subscription = buy()
    announced = PlanPrice.objects.create(
        plan=subscription.plan, interval="month", amount_cents=5900, starts_on=timezone.localdate() + timedelta(days=1)
    )
    subscription.announce_price(announced)
    announced.amount_cents = 100
    with pytest.raises(Exception, match="announced to subscribers"):
        announced.clean()
    with pytest.raises(IntegrityError, match="sold or announced"), transaction.atomic():
        PlanPrice.objects.filter(pk=announced.pk).update(amount_cents=100)
