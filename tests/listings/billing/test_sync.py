"""Events may come twice, in any order, in the middle of a crash, or not at all: the end is the same."""

import os
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listings.billing import gateway, sync
from listings.fake_stripe import billing, objects
from listings.fake_stripe.models import GatewayObject
from listings.models import (
    GRACE,
    LedgerEntry,
    Listing,
    Mail,
    Order,
    PaymentEvent,
    PlanPrice,
    Subscription,
)
from tests.listings.billing.payments import (
    at_gateway,
    buy,
    deliver_all_events,
    deliver_event,
    events,
    make_listing,
    order,
    pay,
)


def sponsored_until(listing):
    listing.clinic.refresh_from_db()
    return listing.clinic.sponsored_until


# From paid to free


@pytest.mark.django_db
def test_a_payment_makes_a_listing_sponsored_and_is_told_of_once(mailoutbox):
    listing = make_listing()
    subscription = buy(listing)
    assert (subscription.status, Order.objects.get().status) == ("active", "paid")
    assert sponsored_until(listing) == subscription.period_end + GRACE
    [payment] = LedgerEntry.objects.all()
    assert (payment.kind, payment.amount_cents) == ("payment", 4900)
    sync.sweep()
    sync.sweep()
    [receipt] = mailoutbox
    assert "$49.00" in receipt.subject
    assert receipt.to == ["owner@practice.example"]
    assert "Featured" in receipt.body
    assert receipt.alternatives[0].mimetype == "text/html"


@pytest.mark.django_db
def test_a_failed_renewal_is_followed_by_14_days_of_grace_three_reminders_and_free(mailoutbox):
    listing = make_listing()
    subscription, start = buy(listing), timezone.now()
    address = listing.clinic.get_absolute_url()
    billing.renew(at_gateway(subscription), succeeds=False)
    deliver_all_events()
    seen = {}
    for day in range(20):
        with time_machine.travel(start + timedelta(days=day, minutes=1)):
            sync.sweep()
            subscription.refresh_from_db()
            seen[day] = (subscription.status, subscription.is_paid)
            reminders = [letter for letter in mailoutbox if "failed" in letter.subject]
            assert len(reminders) == sum(day >= due for due in (0, 5, 12))
    assert {seen[day] for day in range(14)} == {("past-due", True)}
    assert {seen[day] for day in range(14, 20)} == {("cancelled", False)}
    assert at_gateway(subscription)["status"] == "canceled"  # nobody pays later for what they lost
    assert sponsored_until(listing) is None
    assert Listing.objects.get().status == "live"
    assert listing.clinic.get_absolute_url() == address
    assert [letter.subject for letter in mailoutbox].count("Your paid plan has ended; your listing stays") == 1


@pytest.mark.django_db
def test_after_an_outage_only_the_latest_reminder_is_sent(mailoutbox):
    subscription = buy()
    billing.renew(at_gateway(subscription), succeeds=False)
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        sync.sweep(timezone.now() - timedelta(days=30))
    assert len([letter for letter in mailoutbox if "failed" in letter.subject]) == 1


@pytest.mark.django_db
def test_a_payment_within_the_grace_makes_everything_as_it_was():
    listing = make_listing()
    subscription = buy(listing)
    invoice = billing.renew(at_gateway(subscription), succeeds=False)
    deliver_all_events()
    assert Subscription.objects.get().status == "past-due"
    billing.pay(invoice)
    deliver_all_events()
    subscription.refresh_from_db()
    assert (subscription.status, subscription.past_due_since) == ("active", None)
    assert sponsored_until(listing) == subscription.period_end + GRACE
    assert LedgerEntry.objects.filter(kind="payment").count() == 2


@pytest.mark.django_db
def test_a_plan_that_was_cancelled_lasts_to_the_end_of_its_period():
    listing = make_listing()
    subscription = buy(listing)
    gateway.set_ends_at_period_end(subscription, True)
    deliver_all_events()
    subscription.refresh_from_db()
    assert (subscription.status, sponsored_until(listing)) == ("active", subscription.period_end)
    billing.renew(at_gateway(subscription))
    deliver_all_events()
    assert Subscription.objects.get().status == "cancelled"
    assert sponsored_until(listing) is None
    assert LedgerEntry.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("decision", "status"), [(None, "disputed"), ("lost", "disputed"), ("won", "active")])
def test_a_dispute_takes_the_plan_away_until_it_is_won(decision, status):
    listing = make_listing()
    subscription = buy(listing)
    dispute = billing.dispute(billing.newest_charge(at_gateway(subscription)))
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
    sync.sweep()
    assert [letter.subject for letter in mailoutbox].count("Your refund is on its way") == 2


@pytest.mark.django_db
def test_an_announced_price_is_paid_only_when_its_day_has_come():
    subscription = buy()
    today = timezone.now()
    dearer = PlanPrice.objects.create(
        plan=subscription.plan, interval="month", amount_cents=5900, starts_on=today + timedelta(days=1)
    )
    subscription.announce_price(dearer)
    with time_machine.travel(today + timedelta(days=29)):
        sync.sweep()
    subscription.refresh_from_db()
    assert subscription.price.amount_cents == 4900
    with time_machine.travel(today + timedelta(days=31)):
        sync.sweep()
        billing.renew(at_gateway(subscription))
        deliver_all_events()
    subscription.refresh_from_db()
    assert (subscription.price, subscription.next_price) == (dearer, None)
    assert sorted(LedgerEntry.objects.values_list("amount_cents", flat=True)) == [4900, 5900]


@pytest.mark.django_db
def test_a_listing_can_be_paid_again_after_its_plan_ended_and_old_news_does_not_undo_that():
    listing = make_listing()
    first = buy(listing)
    billing.cancel(at_gateway(first))
    deliver_all_events()
    second = buy(listing)
    deliver_event(events()[0])
    sync.sync_customer(first.customer_id)
    listing.refresh_from_db()
    assert listing.subscription == second
    assert first.customer_id == second.customer_id
    assert listing.is_paid


# Events


@pytest.mark.django_db
def test_what_is_of_no_use_is_kept_and_changes_nothing():
    event = {"id": "evt_unknown", "object": "event", "type": "radar.early_fraud_warning.created", "livemode": False}
    deliver_event(event | {"data": {"object": {"object": "radar.early_fraud_warning", "id": "issfr_1"}}})
    kept = PaymentEvent.objects.get()
    assert kept.applied_at is not None
    assert LedgerEntry.objects.count() == Subscription.objects.count() == 0


@pytest.mark.django_db
def test_a_payment_that_is_of_no_listing_is_in_the_ledger_all_the_same():
    customer = objects.make("customer", email="somebody@else.example")
    billing.charge(2000, "usd", customer=customer["id"])
    deliver_all_events()
    sync.sweep()
    assert LedgerEntry.objects.get().amount_cents == 2000
    assert Subscription.objects.count() == Mail.objects.count() == 0


@pytest.mark.django_db
def test_an_event_is_believed_in_nothing_but_its_ids():
    placed = order()
    pay(placed)
    [event] = [event for event in events() if event["type"] == "customer.subscription.created"]
    event["data"]["object"] |= {"status": "canceled", "cancel_at_period_end": True}
    deliver_event(event)
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.ends_at_period_end) == ("active", False)


@pytest.mark.django_db
def test_an_event_that_cannot_be_applied_keeps_its_reason_and_the_sweep_applies_it(settings):
    pay(order())
    event = events()[-1]
    settings.PAYMENT_GATEWAY = "off"
    deliver_event(event)
    kept = PaymentEvent.objects.get()
    assert kept.applied_at is None
    assert "GatewayUnavailable" in kept.error
    settings.PAYMENT_GATEWAY = "development"
    assert sync.sweep()["failed"] == 0
    kept.refresh_from_db()
    assert (kept.applied_at is not None, kept.error) == (True, "")


@pytest.mark.django_db
def test_a_buyer_who_closed_the_browser_and_whose_events_were_all_lost_is_found_by_the_sweep():
    listing = make_listing()
    pay(order(listing))
    assert sponsored_until(listing) is None
    sync.sweep()
    assert sponsored_until(listing) is not None


@pytest.mark.django_db
def test_the_sweep_finds_a_payment_even_when_the_gateway_has_forgotten_its_events():
    listing = make_listing()
    pay(order(listing))
    GatewayObject.objects.filter(kind="event").delete()
    sync.sweep()
    assert sponsored_until(listing) is not None


@pytest.mark.django_db
def test_an_order_whose_page_was_left_is_closed_and_another_can_follow():
    listing = make_listing()
    placed = order(listing)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        billing.expire(objects.get("checkout.session", placed.session_id))
        sync.sweep()
        placed.refresh_from_db()
        assert placed.status == "expired"
        assert order(listing).pk != placed.pk


@pytest.mark.django_db
def test_a_mail_server_that_is_away_loses_no_mail_and_doubles_none(settings, mailoutbox):
    buy()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    sync.sweep()
    assert "did not take it" in Mail.objects.get().error
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sync.sweep()
    sync.sweep()
    assert len(mailoutbox) == 1


# Any order, any loss, any crash

LIFE = [
    lambda at: billing.renew(at()),
    lambda at: billing.renew(at(), succeeds=False),
    lambda at: billing.pay(objects.list_all("invoice", status="open")[0]),
    lambda at: billing.end_at_period_end(at(), True),
    lambda at: billing.end_at_period_end(at(), False),
    lambda at: billing.refund(billing.newest_charge(at()), 1000),
    lambda at: billing.cancel(at()),
]


# Half a second each, so a run of all the tests does with fewer. EXAMPLES=500 asks for all of them.
EXAMPLES = int(os.environ.get("EXAMPLES", "30"))


class TakenBack(Exception):  # noqa: N818
    """So that an example leaves nothing behind."""


def state() -> tuple:
    """All that matters of a life: the same rows again, by what they say."""
    fields = ["status", "ends_at_period_end", "period_end", "past_due_since", "is_open_at_gateway", "quantity"]
    [clinic] = Listing.objects.values_list("clinic__sponsored_until", "status", "subscription__status")
    return (
        list(Subscription.objects.values_list(*fields)),
        sorted(LedgerEntry.objects.values_list("gateway_id", "kind", "amount_cents", "net_cents")),
        list(Order.objects.values_list("status", flat=True)),
        clinic,
        sorted(Mail.objects.filter(template__in=["receipt", "refund", "plan_ended"]).values_list("key", flat=True)),
    )


@pytest.fixture
def a_life():
    """One buyer, and the eight things that happen to the subscription, the first of which is that it is bought."""
    placed = order()

    def at():
        return objects.list_all("subscription")[0]

    def steps():
        yield lambda: pay(placed)
        for step in LIFE:
            yield lambda step=step: step(at)

    return list(steps())


def live(steps, fate) -> tuple:
    """Each step happens; of the events that it brings, `fate` says after which step they arrive, or None: never."""
    told = 0
    waiting = []
    for number, step in enumerate(steps):
        step()
        new = events()[told:]
        told += len(new)
        # One event tells of each step: the one that Stripe's customers listen to.
        waiting.append((fate[number], new[-1]))
        for when, event in waiting:
            if when == number:
                deliver_event(event)
    late = [(when, event) for when, event in waiting if when is not None and when >= len(steps)]
    for _, event in sorted(late, key=lambda pair: pair[0]):  # so these are shuffled among themselves
        deliver_event(event)
        deliver_event(event)
    sync.sweep()
    return state()


def forget_ids(told: tuple) -> tuple:
    """Ids are made anew in each life; the rest must be the same."""
    subscriptions, entries, orders, clinic, mails = told
    kinds = sorted((kind, amount, net) for _, kind, amount, net in entries)
    return subscriptions, kinds, orders, clinic, sorted(key.split("-")[0] for key in mails)


@pytest.mark.django_db
def test_any_order_of_eight_events_with_up_to_half_of_them_lost_ends_in_the_same_state(a_life):
    with time_machine.travel(timezone.now(), tick=False):
        in_order = _taken_back(lambda: live(a_life, range(len(a_life))))
        assert in_order[0][0][0] == "cancelled"
        assert len(in_order[1]) == 4  # three payments and a part of one given back

        @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
        @given(
            when=st.tuples(*(st.integers(number, 2 * len(a_life)) for number in range(len(a_life)))),
            lost=st.sets(st.integers(0, len(a_life) - 1), max_size=len(a_life) // 2),
        )
        def check(when, lost):
            fate = [None if number in lost else moment for number, moment in enumerate(when)]
            assert _taken_back(lambda: live(a_life, fate)) == in_order

        check()


def _taken_back(act):
    result = []
    try:
        with transaction.atomic():
            result.append(forget_ids(act()))
            raise TakenBack
    except TakenBack:
        return result[0]
