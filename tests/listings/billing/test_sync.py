"""Events may arrive twice, in any order, during a crash or not at all: the resulting state is the same."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import email
from core.models import OutgoingEmail
from listings.billing import gateway, sync
from listings.billing.sweep import sweep
from listings.fake_stripe import billing, objects
from listings.fake_stripe.models import GatewayObject
from listings.models import (
    GRACE,
    BillingAccount,
    LedgerEntry,
    Listing,
    Order,
    PaymentEvent,
    PlanPrice,
    Subscription,
)
from tests.depth import tries
from tests.listings.billing.payments import (
    buy,
    deliver_all_events,
    deliver_event,
    events,
    gateway_subscription,
    order,
    pay,
)
from tests.listings.factories import make_listing, make_owner


def sponsored_until(listing):
    listing.clinic.refresh_from_db()
    return listing.clinic.sponsored_until


# From paid to free


@pytest.mark.django_db
def test_a_payment_makes_a_listing_sponsored_and_sends_one_receipt(mailoutbox):
    listing = make_listing()
    subscription = buy(listing)
    assert (subscription.status, Order.objects.get().status) == ("active", "paid")
    assert sponsored_until(listing) == subscription.period_end + GRACE
    [payment] = LedgerEntry.objects.all()
    assert (payment.kind, payment.amount_cents) == ("payment", 4900)
    for _ in range(2):
        sweep()
        email.send_waiting()
    [receipt] = mailoutbox
    assert "$49.00" in receipt.subject
    assert receipt.to == ["owner@practice.example"]
    assert "Featured" in receipt.body
    assert receipt.alternatives[0].mimetype == "text/html"


@pytest.mark.django_db
def test_a_failed_renewal_has_14_days_of_grace_and_three_reminders_before_the_plan_ends(mailoutbox):
    listing = make_listing()
    subscription, start = buy(listing), timezone.now()
    address = listing.clinic.get_absolute_url()
    billing.renew(gateway_subscription(subscription), succeeds=False)
    deliver_all_events()
    seen = {}
    for day in range(20):
        with time_machine.travel(start + timedelta(days=day, minutes=1)):
            sweep()
            email.send_waiting()
            subscription.refresh_from_db()
            seen[day] = (subscription.status, subscription.is_paid)
            reminders = [letter for letter in mailoutbox if "failed" in letter.subject]
            assert len(reminders) == sum(day >= due for due in (0, 5, 12))
    assert {seen[day] for day in range(14)} == {("past-due", True)}
    assert {seen[day] for day in range(14, 20)} == {("cancelled", False)}
    assert gateway_subscription(subscription)["status"] == "canceled"  # nobody pays later for what they lost
    assert sponsored_until(listing) is None
    assert Listing.objects.get().status == "live"
    assert listing.clinic.get_absolute_url() == address
    assert [letter.subject for letter in mailoutbox].count("Your paid plan has ended; your listing stays") == 1


@pytest.mark.django_db
def test_after_an_outage_only_the_latest_reminder_is_sent(mailoutbox):
    subscription = buy()
    billing.renew(gateway_subscription(subscription), succeeds=False)
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        sweep(timezone.now() - timedelta(days=30))
        email.send_waiting()
    assert len([letter for letter in mailoutbox if "failed" in letter.subject]) == 1


@pytest.mark.django_db
def test_a_payment_within_the_grace_period_restores_the_plan():
    listing = make_listing()
    subscription = buy(listing)
    invoice = billing.renew(gateway_subscription(subscription), succeeds=False)
    deliver_all_events()
    assert Subscription.objects.get().status == "past-due"
    billing.pay(invoice)
    deliver_all_events()
    subscription.refresh_from_db()
    assert (subscription.status, subscription.past_due_since) == ("active", None)
    assert sponsored_until(listing) == subscription.period_end + GRACE
    assert LedgerEntry.objects.filter(kind="payment").count() == 2


@pytest.mark.django_db
def test_a_cancelled_plan_lasts_to_the_end_of_its_period():
    listing = make_listing()
    subscription = buy(listing)
    gateway.set_ends_at_period_end(subscription, True)
    deliver_all_events()
    subscription.refresh_from_db()
    assert (subscription.status, sponsored_until(listing)) == ("active", subscription.period_end)
    billing.renew(gateway_subscription(subscription))
    deliver_all_events()
    assert Subscription.objects.get().status == "cancelled"
    assert sponsored_until(listing) is None
    assert LedgerEntry.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("decision", "status"), [(None, "disputed"), ("lost", "cancelled"), ("won", "active")])
def test_a_dispute_takes_the_plan_away_until_it_is_won(decision, status):
    listing = make_listing()
    subscription = buy(listing)
    dispute = billing.dispute(billing.newest_charge(gateway_subscription(subscription)))
    if decision:
        billing.close_dispute(dispute, decision)
    deliver_all_events()
    assert Subscription.objects.get().status == status
    assert (sponsored_until(listing) is not None) is (status == "active")
    assert LedgerEntry.objects.filter(kind="dispute").count() == (2 if decision == "won" else 1)


@pytest.mark.django_db
def test_a_refund_in_parts_ends_the_plan_with_the_last_part(mailoutbox):
    listing = make_listing()
    buy(listing)
    payment = LedgerEntry.objects.get()
    gateway.refund(payment, 1900)
    gateway.refund(payment, 1900)  # pressed twice before anything was recorded
    deliver_all_events()
    assert payment.refundable_cents() == 3000
    assert Subscription.objects.get().status == "active"
    with pytest.raises(gateway.GatewayRefused, match=r"30\.00"):
        gateway.refund(payment, 3001)
    gateway.refund(payment, 3000)
    deliver_all_events()
    assert Subscription.objects.get().status == "refunded"
    assert sponsored_until(listing) is None
    email.send_waiting()
    assert [letter.subject for letter in mailoutbox].count("Your refund is on its way") == 2


@pytest.mark.django_db
def test_an_announced_price_is_charged_only_from_its_day_on():
    subscription = buy()
    today = timezone.now()
    dearer = PlanPrice.objects.create(
        plan=subscription.plan, interval="month", amount_cents=5900, starts_on=today + timedelta(days=1)
    )
    subscription.announce_price(dearer)
    with time_machine.travel(today + timedelta(days=29)):
        sweep()
    subscription.refresh_from_db()
    assert subscription.price.amount_cents == 4900
    with time_machine.travel(today + timedelta(days=31)):
        sweep()
        billing.renew(gateway_subscription(subscription))
        deliver_all_events()
    subscription.refresh_from_db()
    assert (subscription.price, subscription.next_price) == (dearer, None)
    assert sorted(LedgerEntry.objects.values_list("amount_cents", flat=True)) == [4900, 5900]


@pytest.mark.django_db
def test_a_listing_can_be_paid_again_and_old_events_do_not_undo_that():
    listing = make_listing()
    first = buy(listing)
    billing.cancel(gateway_subscription(first))
    deliver_all_events()
    second = buy(listing)
    deliver_event(events()[0])
    sync.sync_customer(first.customer_id)
    listing.refresh_from_db()
    assert listing.subscription == second
    assert first.customer_id == second.customer_id
    assert listing.is_paid


# Events


def our_customer(customer_id: str) -> None:
    """The gateway's customer of a billing account of ours; messages about others are refused unread."""
    BillingAccount.objects.for_buyer(make_owner(), livemode=False).store_customer(customer_id)


@pytest.mark.django_db
def test_an_event_that_we_do_not_use_is_stored_and_changes_nothing():
    our_customer("cus_ours")
    event = {"id": "evt_unknown", "object": "event", "type": "radar.early_fraud_warning.created", "livemode": False}
    warning = {"object": "radar.early_fraud_warning", "id": "issfr_1", "customer": "cus_ours"}
    deliver_event(event | {"data": {"object": warning}})
    stored = PaymentEvent.objects.get()
    assert stored.applied_at is not None
    assert LedgerEntry.objects.count() == Subscription.objects.count() == 0


@pytest.mark.django_db
def test_a_payment_of_our_customer_for_no_plan_is_in_the_ledger_too():
    customer = objects.make("customer", email="somebody@else.example")
    our_customer(customer["id"])
    billing.charge(2000, "usd", customer=customer["id"])
    deliver_all_events()
    sweep()
    assert LedgerEntry.objects.get().amount_cents == 2000
    assert Subscription.objects.count() == OutgoingEmail.objects.count() == 0


@pytest.mark.django_db
def test_only_the_ids_of_an_event_are_used():
    placed = order()
    pay(placed)
    [event] = [event for event in events() if event["type"] == "customer.subscription.created"]
    event["data"]["object"] |= {"status": "canceled", "cancel_at_period_end": True}
    deliver_event(event)
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.ends_at_period_end) == ("active", False)


@pytest.mark.django_db
def test_an_event_that_fails_stores_the_reason_and_the_sweep_applies_it(settings):
    pay(order())
    event = events()[-1]
    settings.PAYMENT_GATEWAY = "off"
    deliver_event(event)
    stored = PaymentEvent.objects.get()
    assert stored.applied_at is None
    assert "GatewayUnavailable" in stored.error
    settings.PAYMENT_GATEWAY = "development"
    assert sweep()["failed"] == 0
    stored.refresh_from_db()
    assert (stored.applied_at is not None, stored.error) == (True, "")


@pytest.mark.django_db
def test_the_sweep_finds_a_payment_when_the_buyer_did_not_return_and_all_events_were_lost():
    listing = make_listing()
    pay(order(listing))
    assert sponsored_until(listing) is None
    sweep()
    assert sponsored_until(listing) is not None


@pytest.mark.django_db
def test_the_sweep_finds_a_payment_even_when_the_gateway_has_forgotten_its_events():
    listing = make_listing()
    pay(order(listing))
    GatewayObject.objects.filter(kind="event").delete()
    sweep()
    assert sponsored_until(listing) is not None


@pytest.mark.django_db
def test_an_abandoned_order_expires_and_another_can_follow():
    listing = make_listing()
    placed = order(listing)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        billing.expire(objects.get("checkout.session", placed.session_id))
        sweep()
        placed.refresh_from_db()
        assert placed.status == "expired"
        assert order(listing).pk != placed.pk


@pytest.mark.django_db
def test_a_mail_server_that_is_down_neither_loses_nor_repeats_a_mail(settings, mailoutbox):
    buy()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    email.send_waiting()
    assert "did not take it" in OutgoingEmail.objects.get().error
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    email.send_waiting()
    email.send_waiting()
    assert len(mailoutbox) == 1


# Any order, any loss, any crash

LATER_STEPS = [
    lambda at: billing.renew(at()),
    lambda at: billing.renew(at(), succeeds=False),
    lambda at: billing.pay(objects.list_all("invoice", status="open")[0]),
    lambda at: billing.end_at_period_end(at(), True),
    lambda at: billing.end_at_period_end(at(), False),
    lambda at: billing.refund(billing.newest_charge(at()), 1000),
    lambda at: billing.cancel(at()),
]


HISTORIES = tries(suite=10, deep=500)  # half a second each
SENT_ONCE = ["listings/receipt", "listings/refund", "listings/plan_ended"]


class RolledBack(Exception):  # noqa: N818
    """Ends the transaction of an example, so that it leaves no rows behind."""


def state() -> tuple:
    """The contents of all rows that the events change."""
    fields = ["status", "ends_at_period_end", "period_end", "past_due_since", "is_open_at_gateway", "quantity"]
    [clinic] = Listing.objects.values_list("clinic__sponsored_until", "status", "subscription__status")
    return (
        list(Subscription.objects.values_list(*fields)),
        sorted(LedgerEntry.objects.values_list("gateway_id", "kind", "amount_cents", "net_cents")),
        list(Order.objects.values_list("status", flat=True)),
        clinic,
        sorted(OutgoingEmail.objects.filter(template__in=SENT_ONCE).values_list("key", flat=True)),
    )


@pytest.fixture
def history():
    """The eight steps in the history of one subscription, of which the first is the purchase."""
    placed = order()

    def at():
        return objects.list_all("subscription")[0]

    def steps():
        yield lambda: pay(placed)
        for step in LATER_STEPS:
            yield lambda step=step: step(at)

    return list(steps())


def run_history(steps, arrivals) -> tuple:
    """Run all steps. `arrivals` says for each step after which other step its event arrives, or None: never."""
    seen = 0
    waiting = []
    for number, step in enumerate(steps):
        step()
        new = events()[seen:]
        seen += len(new)
        # Only the last event of each step is delivered.
        waiting.append((arrivals[number], new[-1]))
        for when, event in waiting:
            if when == number:
                deliver_event(event)
    late = [(when, event) for when, event in waiting if when is not None and when >= len(steps)]
    for _, event in sorted(late, key=lambda pair: pair[0]):  # in an order of their own
        deliver_event(event)
        deliver_event(event)
    sweep()
    return state()


def forget_ids(rows: tuple) -> tuple:
    """Without ids, which differ in each run; the rest must be the same."""
    subscriptions, entries, orders, clinic, mails = rows
    kinds = sorted((kind, amount, net) for _, kind, amount, net in entries)
    return subscriptions, kinds, orders, clinic, sorted(key.split("-")[0] for key in mails)


@pytest.mark.deep
@pytest.mark.django_db
def test_eight_events_in_any_order_with_up_to_half_lost_lead_to_the_same_state(history):
    with time_machine.travel(timezone.now(), tick=False):
        in_order = _rolled_back(lambda: run_history(history, range(len(history))))
        assert in_order[0][0][0] == "cancelled"
        assert len(in_order[1]) == 4  # three payments and a part of one given back

        @settings(max_examples=HISTORIES, database=None, suppress_health_check=list(HealthCheck))
        @given(
            when=st.tuples(*(st.integers(number, 2 * len(history)) for number in range(len(history)))),
            lost=st.sets(st.integers(0, len(history) - 1), max_size=len(history) // 2),
        )
        def check(when, lost):
            arrivals = [None if number in lost else moment for number, moment in enumerate(when)]
            assert _rolled_back(lambda: run_history(history, arrivals)) == in_order

        check()


def _rolled_back(run):
    result = []
    try:
        block = transaction.atomic()
        block._from_testcase = True  # it stands for no transaction of ours
        with block:
            result.append(forget_ids(run()))
            raise RolledBack
    except RolledBack:
        return result[0]
