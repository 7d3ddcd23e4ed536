"""After 90 days a message of the gateway holds ids, types and amounts, and nothing of a person."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from listings.billing import stripping
from listings.billing.events import apply
from listings.models import PaymentEvent, Subscription
from tests.listings.billing.payments import buy, events, order, pay
from tests.listings.factories import PaymentEventFactory

PERSONAL = [
    "Maria",
    "O'Neil",
    "maria@clinic.example",
    "410-555-0123",
    "12 Quay",
    "21202",
    "4242",
    "2039",
    "98-7654321",
]
CHARGE = {
    "id": "ch_3QrX7b2eZvKYlo2C",
    "object": "charge",
    "amount": 5194,
    "currency": "usd",
    "created": 1767225600,
    "customer": "cus_Qx81kLmZ0pTqRs",
    "description": "Featured for Maria O'Neil",
    "billing_details": {
        "name": "Maria O'Neil",
        "email": "maria@clinic.example",
        "phone": "410-555-0123",
        "address": {"line1": "12 Quay St", "city": "Baltimore", "postal_code": "21202"},
    },
    "payment_method_details": {
        "type": "card",
        "card": {
            "brand": "visa",
            "last4": "4242",
            "exp_month": 12,
            "exp_year": 2039,
            "fingerprint": "Xt5EWLLDS7FJjR1c",
        },
    },
    "receipt_url": "https://pay.gateway.example/receipts/maria",
    "customer_tax_ids": [{"type": "us_ein", "value": "98-7654321"}],
    "metadata": {"order": "0b0c9f0e-3f3b-4a53-9f0c-111111111111", "called": "Maria"},
}


def test_ids_types_and_amounts_stay_and_a_person_goes():
    left = stripping.strip({"id": "evt_1QrX7b2eZvKYlo2C", "type": "charge.succeeded", "data": {"object": CHARGE}})
    thing = left["data"]["object"]
    assert left["type"] == "charge.succeeded"
    assert {name: thing[name] for name in ("id", "object", "amount", "currency", "customer", "created")} == {
        name: CHARGE[name] for name in ("id", "object", "amount", "currency", "customer", "created")
    }
    assert thing["metadata"] == {"order": CHARGE["metadata"]["order"]}
    assert [word for word in PERSONAL if word in json.dumps(left)] == []
    assert "Xt5EWLLDS7FJjR1c" not in json.dumps(left)
    assert "https" not in json.dumps(left)


@pytest.mark.django_db
def test_the_daily_job_strips_what_is_older_than_90_days_and_nothing_else():
    old = PaymentEventFactory(
        payload={"data": {"object": CHARGE}}, received_at=timezone.now() - timedelta(days=90, minutes=1)
    )
    new = PaymentEventFactory(payload={"data": {"object": CHARGE}}, received_at=timezone.now() - timedelta(days=89))
    assert stripping.strip_events() == "1 messages stripped"
    old.refresh_from_db()
    new.refresh_from_db()
    assert "name" not in old.object
    assert old.stripped_at
    assert new.object == CHARGE
    assert stripping.strip_events() == "0 messages stripped"


@pytest.mark.django_db
def test_whatever_the_gateway_sent_of_a_purchase_no_text_of_a_person_is_left():
    subscription = buy()
    buyer, customer = subscription.buyer, subscription.customer_id
    assert buyer.email in json.dumps(list(PaymentEvent.objects.values_list("payload", flat=True)))
    PaymentEvent.objects.update(received_at=timezone.now() - timedelta(days=91))
    stripping.strip_events()
    left = json.dumps(list(PaymentEvent.objects.values_list("payload", flat=True)))
    assert [word for word in (buyer.email, buyer.username, "4242", "last4", "http") if word in left] == []
    assert customer in left


@pytest.mark.django_db
def test_a_message_that_was_never_applied_can_still_be_when_it_is_stripped():
    placed = order()
    gateway_id = pay(placed)
    for event in events():
        PaymentEvent.store(event)
    PaymentEvent.objects.update(received_at=timezone.now() - timedelta(days=91))
    stripping.strip_events()
    for event in PaymentEvent.objects.filter(applied_at=None):
        apply(event.pk)
    assert Subscription.objects.get(gateway_id=gateway_id).is_paid
    assert not PaymentEvent.objects.filter(applied_at=None).exists()
