"""Many threads, and workers that die at any statement: nothing is lost or done twice."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import email
from core.models import OutgoingEmail
from listings.billing import endings, sync
from listings.billing.events import apply
from listings.billing.sweep import sweep
from listings.fake_stripe import billing, delivery, objects
from listings.fake_stripe.models import GatewayObject
from listings.models import LedgerEntry, Order, PaymentEvent, Subscription
from tests.factories import make_clinic
from tests.listings.billing import deaths
from tests.listings.billing.deaths import Crash
from tests.listings.billing.payments import buy, events, gateway_subscription, order, pay, price_of, send
from tests.listings.factories import make_listing, make_owner

BUYERS, PAYMENTS_EACH = 20, 5
DELIVERIES, THREADS = 6, 12
SEED = 20261122


class Dying:
    """Lets three in ten jobs die: at once, or before one of their first 60 statements."""

    def __init__(self, chance: random.Random):
        self.left = chance.choice([0, chance.randrange(60)]) if chance.random() < 0.3 else None

    def __call__(self, execute, sql, params, many, context):
        if self.left is not None:
            if not self.left:
                raise Crash
            self.left -= 1
        return execute(sql, params, many, context)


@pytest.mark.slow
def test_100_events_delivered_6_times_each_with_crashes_are_applied_once(without_rollback):
    for number in range(BUYERS):
        gateway_id = pay(order(make_listing(make_owner(f"owner{number}"), make_clinic(f"Clinic {number}"))))
        for _ in range(PAYMENTS_EACH - 1):
            billing.renew(gateway_subscription(gateway_id))
    PaymentEvent.objects.all().delete()  # delivered on the way; the deliveries below start anew
    paid = [event for event in events() if event["type"] == "invoice.paid"]
    assert len(paid) == 100
    chance, crashes, statuses = random.Random(SEED), [], []
    deliveries = [(event, random.Random(chance.random())) for event in paid * DELIVERIES]
    chance.shuffle(deliveries)

    def deliver(delivery):
        event, own_chance = delivery
        try:
            statuses.append(send(event).status_code)
            with connection.execute_wrapper(Dying(own_chance)):
                apply(event["id"])
        except Crash:
            crashes.append(event["id"])
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(deliver, deliveries))
    assert len(crashes) > 50
    assert set(statuses) == {200}
    assert sweep()["failed"] == 0
    assert PaymentEvent.objects.filter(applied_at=None).count() == 0
    entries = LedgerEntry.objects.filter(kind="payment")
    assert entries.count() == len(set(entries.values_list("charge_id", flat=True))) == 100
    assert OutgoingEmail.objects.filter(template="listings/receipt").count() == 100
    assert Subscription.objects.filter(status="active").count() == BUYERS
    call_command("reconcile_payments", stdout=StringIO())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [
        ('INSERT INTO "fake_stripe_gatewayobject"', "'refund'"),  # the gateway's own transaction is undone too
        ('INSERT INTO "listings_ledgerentry"', "'refund'"),
        ('UPDATE "listings_subscription" SET "end_done_at"',),
        ('INSERT INTO "core_outgoingemail"', "listings/plan_ended"),
    ],
)
def test_a_worker_that_dies_while_it_ends_a_plan_leaves_one_mail_that_says_what_was_refunded(words):
    buy().want_end("operator", "all")
    mails = OutgoingEmail.objects.filter(template="listings/plan_ended")
    with pytest.raises(Crash), connection.execute_wrapper(deaths.before(*words)):
        endings.finish_endings()
    assert not mails.exists()
    assert sweep()["failed"] == 0
    [mail], [charge] = mails, objects.list_all("charge")
    assert mail.context["refunded_cents"] == charge["amount_refunded"] == 4900


@pytest.mark.django_db
def test_the_fake_server_lists_what_was_made_in_one_moment_with_the_newest_first():
    with time_machine.travel(timezone.now(), tick=False):
        made = [objects.make("customer")["id"] for _ in range(20)]
    assert [each["id"] for each in objects.list_all("customer")] == made[::-1]


def test_20_parallel_submits_are_one_order_with_one_payment_page(without_rollback):
    listing = make_listing()
    owner, address = listing.owners.get(), reverse("listings:plan_choose", args=[listing.pk])
    clients = [Client() for _ in range(20)]
    for client in clients:
        client.force_login(owner)
    together, form, places = threading.Barrier(20), {"price": price_of().pk}, set()

    def submit(client):
        together.wait()
        places.add(client.post(address, form).headers["Location"])
        connection.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(submit, clients))
    [placed] = Order.objects.all()
    assert places == {placed.get_absolute_url()}
    assert [session["id"] for session in objects.list_all("checkout.session")] == [placed.session_id]


def test_a_mail_whose_worker_died_is_not_sent_again_and_stays_visible(without_rollback, mailoutbox):
    sync.sync_order(_paid_order())
    connection.commit()
    [receipt] = OutgoingEmail.objects.all()
    assert receipt.lock()  # a worker took it, and died
    email.send_waiting()
    receipt.refresh_from_db()
    assert mailoutbox == []
    assert (receipt.locked_at is not None, receipt.sent_at) == (True, None)


def test_a_mail_that_several_workers_send_at_once_is_sent_once(without_rollback, mailoutbox):
    sync.sync_order(_paid_order())
    receipt = OutgoingEmail.objects.get().pk

    def send_it(_):
        email.send(receipt)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send_it, range(8)))
    assert len(mailoutbox) == 1


def _paid_order() -> Order:
    placed = order()
    pay(placed)
    return placed


def test_the_fake_server_delivers_events_to_the_webhook_and_can_repeat_reverse_or_lose_them(without_rollback):
    placed = order()
    delivery.set_mode(delivery.TWICE)
    pay(placed)
    received = PaymentEvent.objects.count()
    assert received == GatewayObject.objects.filter(kind="event", is_delivered=True).count() > 5
    subscription = objects.list_all("subscription")[0]
    delivery.set_mode(delivery.LOST)
    billing.renew(subscription)
    assert PaymentEvent.objects.count() == received
    delivery.set_mode(delivery.REVERSED)
    with objects.locked():
        billing.renew(objects.list_all("subscription")[0])
    types = list(PaymentEvent.objects.order_by("received_at").values_list("type", flat=True))[received:]
    assert types[0] == "invoice.payment_succeeded"
    assert types[-1] == "invoice.created"
    sweep()
    assert LedgerEntry.objects.count() == 3
